-- Once: it reads the sources, and runs nothing.
-- The style of the house as a test. A limit may be exceeded only by what the tables of exceptions list, with today's
-- number. A number that grows fails. One that could be smaller is pending, and names the number that is enough now.

local WIDTH, GOOD_WIDTH, FUNCTION_LINES, FILE_LINES = 120, 100, 45, 400

local exceptions = {
  file_lines = {
    ["include/coaio.h"] = 449,
    ["include/coaio/requests.h"] = 432,
    ["lua/coaio/meta.lua"] = 407,
    ["lua/coaio/meta/constants.lua"] = 443,
    ["lua/coaio/task.lua"] = 431,
  },
  function_lines = {}, -- ["src/x.c:name"] = 80
  wide_lines = { bench = 131, examples = 19, include = 253, lua = 62, spec = 790, src = 73 },
  vague_comments = { bench = 9, examples = 2, include = 4, lua = 2, spec = 71, src = 31 },
  base_names = { ["request.c"] = 2 },
}

-- Words that a comment does not begin with: they stand for a noun that the reader would have to guess.
local vague = {}
for word in ([[Not Of By Else Who Whom Whose Whoever What Whatever It They Them Their Those Somebody Nobody Everybody
  Others From With Without For Among Beside Behind]]):gmatch "%a+" do
  vague[word] = true
end

-- Whom a layer may include: itself and what stands in its list. Public headers are open to all.
local layers = {
  base = {},
  ops = { "base" },
  exec = { "base", "ops" },
  core = { "base", "ops", "exec" },
  uv = { "base", "ops", "exec", "core" },
  lua = {}, -- a user of the public headers like any other
}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

local function lines_of(command)
  local list = {}
  for line in assert(io.popen(command)):lines() do list[#list + 1] = line end
  return list
end

local function find(folders, ...)
  local names = { ... }
  for i, name in ipairs(names) do names[i] = ("-name '%s'"):format(name) end
  return lines_of(("find %s -type f \\( %s \\) 2>/dev/null | sort"):format(folders, table.concat(names, " -o ")))
end

local c_files = find("include src spec examples bench", "*.c", "*.h")
local lua_files = find("lua spec examples bench", "*.lua")
local sources = find("include src lua spec examples bench", "*.c", "*.h", "*.lua", "*.map")
local all_files = find("include src lua spec examples bench docs tools .ci", "*")
for _, name in ipairs { "Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "coaio.pc.in" } do
  if io.open(name) then all_files[#all_files + 1] = name end
end

local text_of = {}
for _, list in ipairs { c_files, lua_files, sources, all_files } do
  for _, path in ipairs(list) do text_of[path] = text_of[path] or read(path) end
end

local function each_line(path)
  local number = 0
  return function(text, at)
    if at > #text then return nil end
    number = number + 1
    local stop = text:find("\n", at, true) or #text + 1
    return stop + 1, text:sub(at, stop - 1), number
  end, text_of[path], 1
end

local function without_comments(text)
  return (text:gsub("/%*.-%*/", " "))
end

local function none(complaints)
  assert(#complaints == 0, "\n  " .. table.concat(complaints, "\n  "))
end

-- Lines of these files that `complain` has something to say about.
local function none_of(files, complain)
  local complaints = {}
  for _, path in ipairs(files) do
    for _, line, number in each_line(path) do
      local complaint = complain(line, path)
      if complaint then complaints[#complaints + 1] = ("%s:%d: %s"):format(path, number, complaint) end
    end
  end
  none(complaints)
end

local loose = {} -- exceptions that could be smaller

-- `sizes` by name against a limit and the exceptions called `kind`.
local function within(sizes, limit, kind)
  local complaints, excepted = {}, exceptions[kind]
  for name, size in pairs(sizes) do
    if size > (excepted[name] or limit) then
      complaints[#complaints + 1] = ("%s: %d, more than %d"):format(name, size, excepted[name] or limit)
    end
  end
  for name, was in pairs(excepted) do
    local size = sizes[name] or 0
    if size < was then loose[#loose + 1] = ("%s of %s: %d is enough"):format(kind, name, size > limit and size or 0) end
  end
  table.sort(complaints)
  none(complaints)
end

-- How many lines of src, of include and so on `counts` is true of.
local function by_tree(files, counts)
  local sizes = {}
  for _, path in ipairs(files) do
    local tree = path:match "^[^/]+"
    for _, line in each_line(path) do
      if counts(line, path) then sizes[tree] = (sizes[tree] or 0) + 1 end
    end
  end
  return sizes
end

local function width(line)
  return utf8.len(line) or #line
end

local function includes_of(path)
  local list = {}
  for mark, name in text_of[path]:gmatch '#include%s+(["<])([^">]+)' do
    list[#list + 1] = { quoted = mark == '"', name = name }
  end
  return list
end

local function exported()
  local names = {}
  for _, path in ipairs(find("include", "*.h")) do
    local text = without_comments(text_of[path])
    for name in text:gmatch "COAIO_EXTERN%s[^;(]-(coaio_[%w_]+)%s*%(" do names[name] = path end
  end
  return names
end

describe("the text of the sources", function()
  it("keeps lines short", function()
    none_of(sources, function(line)
      return width(line) > WIDTH and ("%d columns"):format(width(line))
    end)
    within(by_tree(sources, function(line) return width(line) > GOOD_WIDTH end), 0, "wide_lines")
  end)

  it("begins comments with a noun or a verb", function()
    within(by_tree(sources, function(line)
      return vague[line:match "^%s*/%*%s(%a+)%f[%A]" or line:match "^%s*%-%- (%a+)%f[%A]" or ""]
    end), 0, "vague_comments")
  end)

  it("has no tabs, trailing blanks or carriage returns", function()
    none_of(all_files, function(line, path)
      local may_have_tabs = path == "Makefile" or path:find "%.mk$" or path:find "%.md$"
      if line:find "\t" and not may_have_tabs then return "a tab" end
      return line:find "%s$" and "a trailing blank"
    end)
  end)

  it("ends in a newline, and not in an empty line", function()
    local complaints = {}
    for _, path in ipairs(all_files) do
      local text = text_of[path]
      if text ~= "" and (not text:find "\n$" or text:find "\n\n$") then complaints[#complaints + 1] = path end
    end
    none(complaints)
  end)

  it("leaves no notes about work to do", function()
    local marks = { "TO" .. "DO", "FIX" .. "ME", "XX" .. "X", "HA" .. "CK" }
    none_of(sources, function(line)
      for _, mark in ipairs(marks) do
        if line:find("%f[%w]" .. mark .. "%f[%W]") then return mark end
      end
    end)
  end)

  it("opens each file with a comment that says what it is", function()
    local complaints = {}
    for _, path in ipairs(sources) do
      local text = text_of[path]
      local commented = text:find "^/%*" or text:find "^%-%-" or text:find "^#![^\n]*\n%-%-"
      if not commented then complaints[#complaints + 1] = path end
    end
    none(complaints)
  end)
end)

describe("sizes", function()
  it("keeps files short", function()
    local sizes = {}
    for _, path in ipairs(sources) do sizes[path] = select(2, text_of[path]:gsub("\n", "")) end
    within(sizes, FILE_LINES, "file_lines")
  end)

  it("keeps C functions short", function()
    local sizes = {}
    local listing = lines_of("ctags -f - --sort=no --languages=C,C++ --langmap=C:.c.h --c-kinds=f --fields=ne "
      .. table.concat(c_files, " "))
    for _, line in ipairs(listing) do
      local name, path = line:match "^(%S+)\t(%S+)\t"
      local first, last = line:match "\tline:(%d+)", line:match "\tend:(%d+)"
      if first and last then sizes[path .. ":" .. name] = last - first + 1 end
    end
    assert.is_truthy(next(sizes))
    within(sizes, FUNCTION_LINES, "function_lines")
  end)

  it("calls no two files of src alike", function()
    local sizes = {}
    for _, path in ipairs(find("src", "*.c", "*.h")) do
      local name = path:match "[^/]+$"
      sizes[name] = (sizes[name] or 0) + 1
    end
    within(sizes, 1, "base_names")
  end)

  it("needs no exception that is larger", function()
    table.sort(loose)
    if loose[1] then pending(table.concat(loose, "; ")) end
  end)
end)

describe("layers", function()
  it("include only downwards", function()
    local complaints = {}
    for _, path in ipairs(find("src", "*.c", "*.h")) do
      local layer = path:match "^src/(%w+)/"
      local allowed = { coaio = true, [layer or ""] = true }
      for _, lower in ipairs(layers[layer] or {}) do allowed[lower] = true end
      for _, include in ipairs(layer and includes_of(path) or {}) do
        local from = include.name:match "^(%w+)/"
        if include.quoted and include.name ~= "coaio.h" and not allowed[from] then
          complaints[#complaints + 1] = ("%s includes %s"):format(path, include.name)
        end
      end
      if layer and not layers[layer] then complaints[#complaints + 1] = path .. ": an unknown layer" end
    end
    none(complaints)
  end)

  it("show that headers stand alone: each C file includes its own first", function()
    local complaints = {}
    for _, path in ipairs(find("src", "*.c")) do
      local first = includes_of(path)[1]
      local own = path:match "^src/(.+)%.c$" .. ".h"
      if path ~= "src/ops.c" and text_of["src/" .. own] and (not first or first.name ~= own) then
        complaints[#complaints + 1] = ("%s does not include %s first"):format(path, own)
      end
    end
    none(complaints)
  end)
end)

describe("declarations", function()
  it("of internal functions are used by a file other than the one that defines them", function()
    local complaints, used_in = {}, {}
    for _, path in ipairs(find("src", "*.c", "*.h")) do
      for name in without_comments(text_of[path]):gmatch "coaio__[%w_]+" do
        used_in[name] = used_in[name] or {}
        used_in[name][path] = true
      end
    end
    for _, path in ipairs(find("src", "*.h")) do
      local text = without_comments(text_of[path]):gsub("typedef[^;]+;", "")
      for name, rest in text:gmatch "(coaio__[%w_]+)%s*%b()%s*([;{])" do
        local users = rest == ";" and -1 or 0 -- a prototype: one of the files is the definition's
        for user in pairs(used_in[name]) do users = user == path and users or users + 1 end
        local _, mentions = text:gsub("%f[%w_]" .. name .. "%f[^%w_]", "")
        if mentions > 1 then users = users + 1 end -- an inline function of the header calls it
        if users < 1 then complaints[#complaints + 1] = ("%s: %s is used nowhere else"):format(path, name) end
      end
    end
    none(complaints)
  end)

  it("in the public headers and the symbol map are the same", function()
    local complaints, mapped = {}, {}
    local names = exported()
    for name in without_comments(read "src/coaio.map"):gmatch "(coaio_[%w_]+);" do
      if mapped[name] then complaints[#complaints + 1] = name .. " is in the map twice" end
      mapped[name] = true
      if not names[name] then complaints[#complaints + 1] = name .. " is in the map and in no header" end
    end
    for name, path in pairs(names) do
      if not mapped[name] then complaints[#complaints + 1] = ("%s of %s is not in the map"):format(name, path) end
    end
    table.sort(complaints)
    none(complaints)
  end)
end)
