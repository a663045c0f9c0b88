-- The circles among the object files of a folder: files that call each other, directly or by way of others. Reads what
-- each defines and needs by nm(1).
--   tools/circles.lua [-v] [BUILD]      after make all; -v: also the order of the stacks, ground first
-- Ends with status 1 if a folder has more files in circles than are allowed, or fewer: then the number here is out of
-- date.

local verbose = arg[1] == "-v" and table.remove(arg, 1)
local objects = (arg[1] or "build") .. "/obj"

-- How many files may stand in circles. These numbers only become smaller.
local allowed = {}

local function symbols_of(object)
  local defined, needed = {}, {}
  for line in assert(io.popen("nm " .. object)):lines() do
    local kind, name = line:match "(%a) ([%w_]+)$"
    if kind == "U" then
      needed[name] = true
    elseif kind and kind:match "[TDBRV]" then
      defined[name] = true
    end
  end
  return defined, needed
end

-- callees[file][other file] = a symbol that it needs of it
local function calls_in(folder)
  local home, needed_by, callees = {}, {}, {}
  for object in assert(io.popen(("ls %s/%s/*.o"):format(objects, folder))):lines() do
    local file = object:match "([^/]+)%.o$"
    local source = io.open(("src/%s/%s.c"):format(folder, file)) -- objects of files that are gone may lie there
    if source then
      source:close()
      local defined, needed = symbols_of(object)
      needed_by[file] = needed
      for name in pairs(defined) do home[name] = file end
    end
  end
  for file, needed in pairs(needed_by) do
    callees[file] = {}
    for name in pairs(needed) do
      if home[name] then callees[file][home[name]] = name end
    end
  end
  return callees
end

-- The strongly connected components, those that are called before those that call (Tarjan).
local function components_of(callees)
  local index, low, on_stack, stack, count, found = {}, {}, {}, {}, 0, {}
  local function visit(file)
    count = count + 1
    index[file], low[file], on_stack[file] = count, count, true
    stack[#stack + 1] = file
    for callee in pairs(callees[file]) do
      if not index[callee] then
        visit(callee)
        low[file] = math.min(low[file], low[callee])
      elseif on_stack[callee] then
        low[file] = math.min(low[file], index[callee])
      end
    end
    if low[file] ~= index[file] then return end
    local component = {}
    repeat
      local member = table.remove(stack)
      on_stack[member] = nil
      component[#component + 1] = member
    until member == file
    table.sort(component)
    found[#found + 1] = component
  end
  local files = {}
  for file in pairs(callees) do files[#files + 1] = file end
  table.sort(files)
  for _, file in ipairs(files) do
    if not index[file] then visit(file) end
  end
  return found
end

local function show(folder, component, callees)
  print(("  %s: a circle of %d: %s"):format(folder, #component, table.concat(component, " ")))
  local member = {}
  for _, file in ipairs(component) do member[file] = true end
  for _, file in ipairs(component) do
    for callee, name in pairs(callees[file]) do
      if member[callee] then print(("    %s.c -> %s.c  %s"):format(file, callee, name)) end
    end
  end
end

local bad = false
for _, folder in ipairs { "base", "ops", "exec", "core", "lua" } do
  local callees, caught, order, limit = calls_in(folder), 0, {}, allowed[folder] or 0
  for _, component in ipairs(components_of(callees)) do
    order[#order + 1] = table.concat(component, "+")
    if #component > 1 then
      caught = caught + #component
      if caught > limit or verbose then show(folder, component, callees) end
    end
  end
  if verbose then print(("  %s: %s"):format(folder, table.concat(order, " "))) end
  if caught ~= limit then print(("  %s: %d files in circles, not %d"):format(folder, caught, limit)) end
  bad = bad or caught ~= limit
end
os.exit(not bad)
