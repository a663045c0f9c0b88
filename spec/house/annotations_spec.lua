-- Once: it does not matter who executes requests.
-- The annotations for editors (lua/coaio/meta) are LuaCATS, agree with themselves, and know all of coaio: as much of
-- what a language server would say as a look at lines and words can tell.

local coaio = require "coaio"
local helper = require "spec.helper"

local function words(text)
  local set = {}
  for word in text:gmatch "%S+" do set[word] = true end
  return set
end

local tags = words [[alias as async cast class deprecated diagnostic enum field generic meta module nodiscard operator
  overload package param private protected return see source type vararg version]]
local known_types = words [[any boolean false function integer nil number string table thread true unknown userdata fun
  async file coroutinelib]] -- file: of file*
local give_nothing = words [[coaio.attach coaio.cede coaio.detach coaio.flush coaio.poll_wait coaio.reinit]]

-- The type at the beginning of a text: up to a space or comma outside of brackets; a function's result belongs to it.
local function split_type(text)
  local depth = 0
  for at = 1, #text do
    local c = text:sub(at, at)
    depth = depth + (c:find "[({<]" and 1 or c:find "[)}>]" and -1 or 0)
    if depth == 0 and c:find "[ ,]" and not text:sub(1, at - 1):find "[):]:$" and text:sub(1, at - 1) ~= "async" then
      return text:sub(1, at - 1), text:sub(at)
    end
  end
  return text, ""
end

-- The types that a tag names, as one text.
local function types_of(tag, text)
  if tag == "class" then return text:match ":%s*(.+)" or "" end
  if tag == "param" or tag == "field" or tag == "alias" then return (split_type(text:match "^%S+%s+(.*)$")) end
  if tag == "type" then return (split_type(text)) end
  local types = {}
  while tag == "return" and text do
    types[#types + 1], text = split_type(text)
    text = text:match "^ ?[%w_.]*, (.+)$" -- the next value
  end
  return table.concat(types, " ")
end

-- The annotations: tags with their place, functions with what stands above them, and names of types that are defined.
local files, all, found, functions, defined = {}, "", {}, {}, {}
for path in helper.sh "ls lua/coaio/meta.lua lua/coaio/meta/*.lua":gmatch "%S+" do
  local text, number = helper.slurp(path), 0
  local block = {}
  files[#files + 1], all = path, all .. text
  for line in text:gmatch "([^\n]*)\n" do
    number = number + 1
    local tag, rest = line:match "^%s*%-%-%-@(%S+)%s?(.*)$"
    local name, parameters = line:match "^function ([%w_.:]+)%((.*)%) end$"
    if tag then
      local entry = { tag = tag, text = rest, place = path .. ":" .. number, block = block }
      found[#found + 1], block[#block + 1] = entry, entry
      if tag == "class" or tag == "alias" then defined[rest:match "^[%w_.]+"] = true end
    elseif name then
      functions[#functions + 1] = { name = name, parameters = parameters, block = block, place = path .. ":" .. number }
    end
    if not line:find "^%s*%-%-%-" then block = {} end
  end
end

local function is_annotated(name)
  return all:find("function coaio%." .. name .. "%(") or all:find("%-%-%-@field " .. name .. "%??[ :]")
end

local function is_type(name, block)
  for _, entry in ipairs(block) do
    if entry.tag == "generic" and (", " .. entry.text .. ","):find(", " .. name .. ",", 1, true) then return true end
  end
  return known_types[name] or defined[name]
end

describe("the annotations", function()
  it("are Lua", function()
    for _, path in ipairs(files) do assert(loadfile(path)) end
    assert.is_true(#found > 500 and #functions > 100)
  end)

  it("have no tag that LuaCATS has not", function()
    for _, entry in ipairs(found) do assert(tags[entry.tag], entry.place .. ": " .. entry.tag) end
  end)

  it("name types that are defined", function()
    for _, entry in ipairs(found) do
      local types = types_of(entry.tag, entry.text):gsub('"[^"]*"', ""):gsub("[%w_]+%??%s*:", "")
      for name in types:gmatch "[%a_][%w_.]*" do
        assert(is_type(name, entry.block), ("%s: no type %s"):format(entry.place, name))
      end
    end
  end)

  it("tell each parameter of a function, in order, and what it returns", function()
    for _, fn in ipairs(functions) do
      local names, returns = {}, false
      for _, entry in ipairs(fn.block) do
        if entry.tag == "param" then names[#names + 1] = entry.text:match "^[%w_.]+" end
        returns = returns or entry.tag == "return"
      end
      assert.equal(fn.parameters, table.concat(names, ", "), fn.place)
      assert(returns ~= (give_nothing[fn.name] or false), fn.place .. ": @return")
    end
  end)

  it("know everything in coaio", function()
    local missing = {}
    for name in pairs(coaio) do
      if not is_annotated(name) then missing[#missing + 1] = name end
    end
    table.sort(missing)
    assert.equal("", table.concat(missing, " "))
  end)

  it("name no function that there is not", function()
    for name in all:gmatch "function coaio%.([%w_]+)%(" do assert.is_truthy(coaio[name], name) end
  end)

  it("know what the examples use", function()
    for path in helper.sh "grep -l 'require \"coaio\"' examples/*.lua":gmatch "%S+" do
      for name in helper.slurp(path):gmatch "%f[%w_]coaio%.([%w_]+)" do
        assert(is_annotated(name), ("%s: coaio.%s"):format(path, name))
      end
    end
  end)
end)
