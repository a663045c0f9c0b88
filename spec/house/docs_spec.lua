-- The documents tell the truth: the programs of docs/guide.md and docs/hosts.md run and print what stands below them,
-- links lead somewhere, what tools/gen_docs.lua generates is up to date, and the figures are those of a run.

package.path = "./?.lua;" .. package.path

local figures = require "bench.figures"
local helper = require "spec.helper"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

-- The blocks of a document that are marked to be run: source, expected output, number of the first line, the module
-- that is not everywhere, as in "run luv".
local function programs(text)
  local list, at = {}, 1
  while true do
    local first, last, needs, source = text:find("<!%-%- run ?(%a*) %-%->\n```lua\n(.-\n)```\n", at)
    if not first then return list end
    local expected = text:match("^```text\n(.-\n)```\n", last + 1)
    local line = select(2, text:sub(1, first):gsub("\n", "")) + 3
    list[#list + 1] = { source = source, expected = expected, line = line, needs = needs }
    at = last + 1
  end
end

-- The names that headings of a document have as targets of links, as GitHub makes them.
local function anchors(text)
  local set = {}
  for heading in ("\n" .. text):gmatch "\n#+ ([^\n]+)" do
    set[heading:lower():gsub("[^%w%-_ ]", ""):gsub(" ", "-")] = true
  end
  return set
end

local documents = helper.sh "ls README.md CHANGELOG.md CONTRIBUTING.md docs/*.md"

describe("the document", function()
  local dir
  local root = helper.sh "pwd"

  -- A search path that holds in any directory.
  local function absolute(path)
    return (path:gsub("%f[^;\0]%./", root .. "/"))
  end

  setup(function() dir = helper.tmpdir() end)
  teardown(function() dir.remove() end)

  for path, least in pairs { ["docs/guide.md"] = 8, ["docs/hosts.md"] = 3 } do
    for i, program in ipairs(programs(read(path))) do
      it(path .. " has a program on line " .. program.line .. " that runs", function()
        if program.needs ~= "" and not pcall(require, program.needs) then
          return pending(program.needs .. " is not installed")
        end
        local folder = dir(path:gsub("%W", "") .. i)
        helper.sh("mkdir %s", folder)
        local wrap = ("env -C %s LUA_PATH='%s' LUA_CPATH='%s'"):format(helper.quote(folder),
          absolute(package.path), absolute(package.cpath))
        local output = helper.works(program.source, { wrap = wrap })
        output = output:gsub("\t", "  ") -- the document has no tabs
        if program.expected then assert.equal(program.expected, output) end
      end)
    end

    it(path .. " has programs", function() assert.is_true(#programs(read(path)) >= least) end)
  end
end)

describe("the generated documents", function()
  it("are up to date", function()
    assert.equal("", helper.sh("%s tools/gen_docs.lua --check", helper.lua))
  end)
end)

describe("the links of", function()
  for path in documents:gmatch "%S+" do
    it(path .. " lead somewhere", function()
      local text, folder = read(path), path:match "^(.*/)" or ""
      for target in text:gmatch "%]%(([^)%s]+)%)" do
        local file, anchor = target:match "^([^#]*)#?(.*)$"
        if not target:find "^https?:" then
          local name = file == "" and path or folder .. file
          assert(io.open(name), ("%s: no such file: %s"):format(path, target)):close()
          if anchor ~= "" then assert(anchors(read(name))[anchor], ("%s: no heading for %s"):format(path, target)) end
        end
      end
    end)
  end
end)

describe("the figures", function()
  it("of README.md are those of docs/figures.md", function()
    local readme = read "README.md"
    assert.equal(readme, figures.into(readme, read "docs/figures.md"))
  end)

  it("of docs/figures.md are of works that make bench knows", function()
    local known = {}
    for _, work in ipairs(figures.works()) do known[work] = true end
    local seen = 0
    for work in read("docs/figures.md"):gmatch "\n| (%w[^|]-) |" do
      if work ~= "work" then
        assert.is_true(known[work], work)
        seen = seen + 1
      end
    end
    assert.is_true(seen > 0)
  end)

  it("are written as docs/figures.md has them", function()
    local function of(...)
      return { median = select(2, ...), ... }
    end
    local text = figures.document({
      ["stat, 1"] = { coaio = of(380000, 381000, 399000), coro = of(20000, 20300, 21000) },
      ["rename, 1"] = { coaio = of(126000, 127000, 128000), coro = of(21000, 21200, 22000), c = { reason = "away" } },
      ["memory per waiting coroutine"] = { coaio = { median = 1735, 1735 }, coro = { median = 4485, 4485 } },
    }, "A machine")
    local rows, stored = {}, read "docs/figures.md"
    for row in text:gmatch "\n(| %w[^\n]+)" do rows[#rows + 1] = row end
    assert.same({
      "| work | coaio | compared with | its figure | ratio | range |",
      "| rename, 1 coroutine | 127 k/s | Coro::AIO | 21.2 k/s | 6x | 5.8-6 |",
      "| stat, 1 coroutine | 381 k/s | Coro::AIO | 20.3 k/s | 19x | 19-19 |",
      "| memory of a waiting coroutine | 1735 B | Coro::AIO | 4485 B | 0.39x |  |",
    }, rows)
    local machine = stored:match "%-%->\n\n([^\n]+)%.\n"
    assert.equal((stored:gsub("\n| [^\n]+", "")), (text:gsub("A machine", machine):gsub("\n| [^\n]+", "")))
  end)
end)

-- The sources are searched as text: a name may be a function, a field, a constant or a setting.
describe("docs/design.md", function()
  local design = read "docs/design.md"
  local sources, files = {}, {}
  for path in helper.sh("find src include lua spec tools -name '*.[ch]' -o -name '*.lua'"):gmatch "%S+" do
    files[path:match "[^/]+$"] = true
    files[path:gsub("^src/", "")] = true
    if path:find "^src/" or path:find "^include/" or path:find "^lua/" then sources[#sources + 1] = read(path) end
  end
  local words = {}
  for word in table.concat(sources, "\n"):gmatch "[%a_][%w_]*" do words[word] = true end

  local function missing_from(set, pattern)
    local list = {}
    for name in design:gmatch(pattern) do
      local known = set[name] or set[name:gsub("^%l+/", "")]
      if not known then list[#list + 1] = name end
    end
    return list
  end

  it("names files that exist", function()
    assert.same({}, missing_from(files, "%f[%w_/][%w_/]+%.[ch]%f[^%w]"))
    assert.same({}, missing_from(files, "%f[%w_/][%w_/]+%.lua%f[^%w]"))
  end)

  it("names functions, fields and constants that exist", function()
    assert.same({}, missing_from(words, "%f[%w_]%a[%w]*_[%w_]+%f[^%w_]"))
    assert.same({}, missing_from(words, "`([%a_][%w_]*)`"))
  end)

  it("gives constants their values", function()
    local policy, seen = read "src/base/policy.h", 0
    for name, value in design:gmatch "(COAIO__[%w_]+)`? %((%d+)%)" do
      assert.equal(value, policy:match("%f[%w_]" .. name .. " = (%d+),"), name)
      seen = seen + 1
    end
    assert.is_true(seen > 0)
  end)

  it("quotes rows as they stand in the table", function()
    local table_of_requests, seen = read "src/ops.c", 0
    for row in design:gmatch "\n    (%[COAIO_[^\n]+\n        [^\n]+)\n" do
      assert.truthy(table_of_requests:find(row, 1, true), row)
      seen = seen + 1
    end
    assert.is_true(seen > 0)
  end)
end)
