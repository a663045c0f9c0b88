-- Once: it does not matter who executes requests.
-- A request is in the table, has a prototype with a comment, a symbol, a chapter of documentation, a place in Lua and a
-- test that names it; and the other way round.

local coaio = require "coaio"
local helper = require "spec.helper"

local function read(path)
  local file = io.open(path)
  return file and file:read "a" or ""
end

local rows = {}
for name in read("src/ops.c"):gmatch '"aio_([%w_]+)"' do rows[#rows + 1] = name end

-- What is called otherwise, and what is no request, though its name says so.
local functions = { wd = "wd_open" }
local no_rows = { aio_wait = true }

local header = read "include/coaio/requests.h"
local headers = header .. read "include/coaio.h"
local map = read "src/coaio.map"
local manual = read "docs/requests.md"

local specs = {}
for path in helper.sh("find spec -name '*_spec.lua' ! -name coverage_spec.lua ! -name args_spec.lua"):gmatch "%S+" do
  specs[#specs + 1] = read(path)
end
local tests = table.concat(specs, "\n")

describe("the table of requests", function()
  it("is found", function() assert.is_true(#rows >= 36) end)

  for _, name in ipairs(rows) do
    describe("aio_" .. name, function()
      it("has a prototype below a comment", function()
        local prototype = "COAIO_EXTERN coaio_req %*coaio_" .. (functions[name] or name) .. "%(coaio_engine %*engine"
        local start = assert(headers:find(prototype), "no prototype")
        assert.truthy(headers:sub(1, start - 1):find "%*/\n[^\n/]*[^/]*$", "no comment")
      end)

      it("has an opcode", function()
        assert.truthy(header:find("%f[%w]COAIO_" .. name:upper() .. " = %d+"))
      end)

      it("has a symbol", function() assert.truthy(map:find("%f[%w_]coaio_" .. (functions[name] or name) .. ";")) end)

      it("has a chapter in docs/requests.md", function()
        assert.truthy(("\n" .. manual):find("\n#+[^\n]*%f[%w_]aio_" .. name .. "%f[^%w_]"))
      end)

      it("is a function of coaio", function() assert.equal("function", type(coaio["aio_" .. name])) end)

      it("is named by a spec", function() assert.truthy(tests:find("aio_" .. name .. "%f[^%w_]")) end)
    end)
  end

  local known = {}
  for _, name in ipairs(rows) do known[name] = true end

  it("has a row for every prototype and every opcode", function()
    for name in header:gmatch "coaio_req %*coaio_([%w_]+)%(" do
      local base = (name:match "^f(%w+)$" or name):gsub("ns$", "") -- utimens: the times are exact
      local twin = known[base] and not known[name]
      assert.truthy(known[name] or twin or name == functions.wd, "coaio_" .. name .. " has no row")
    end
    for name in header:match("enum coaio_opcode(.-)};"):gmatch "COAIO_([%w_]+) =" do
      assert.truthy(known[name:lower()], "COAIO_" .. name .. " has no row")
    end
  end)

  it("has a row for every aio_ function of coaio", function()
    for name in pairs(coaio) do
      local base = tostring(name):match "^aio_([%w_]+)$"
      if base and not no_rows[name] then assert.truthy(known[base], name .. " has no row") end
    end
  end)

  it("numbers its opcodes without gap or repetition", function()
    local seen = {}
    for number in header:match("enum coaio_opcode(.-)};"):gmatch "= (%d+)" do
      assert.is_nil(seen[tonumber(number)])
      seen[tonumber(number)] = true
    end
    assert.equal(#rows, #seen)
  end)
end)

describe("the constants", function()
  it("have the values of the system", function()
    local names = {}
    for name, value in pairs(coaio) do
      if type(name) == "string" and name:find "^[A-Z][A-Z_0-9]+$" and math.type(value) == "integer" then
        names[#names + 1] = name
      end
    end
    assert.is_true(#names > 50, #names .. " constants")
    table.sort(names)
    local source = { "#define _GNU_SOURCE", "#include <stdio.h>" }
    for _, include in ipairs { "fcntl", "unistd", "dirent", "errno", "sys/stat", "sys/mman", "sys/statvfs", "linux/fs",
      "linux/falloc", "sys/ioctl", "linux/fiemap", "sys/sysmacros", "signal" } do
      source[#source + 1] = "#include <" .. include .. ".h>"
    end
    source[#source + 1] = "int main(void) {"
    for _, name in ipairs(names) do
      source[#source + 1] = ("#ifdef %s\nprintf(\"%s %%lld\\n\", (long long) %s);\n#endif"):format(name, name, name)
    end
    source[#source + 1] = "return 0; }"
    local dir = helper.tmpdir()
    dir:file("constants.c", table.concat(source, "\n"))
    helper.sh("${CC:-cc} -w -D_FILE_OFFSET_BITS=64 -o %s %s", dir "constants", dir "constants.c")
    local checked = 0
    for name, value in helper.sh("%s", dir "constants"):gmatch "(%S+) (%S+)" do
      assert.equal(tonumber(value), coaio[name], name)
      checked = checked + 1
    end
    dir.remove()
    assert.is_true(checked > 40, checked .. " constants checked")
  end)

  it("name the errors", function()
    for name, number in pairs { ENOENT = 2, EACCES = 13, EINVAL = 22, ECANCELED = 125 } do
      assert.equal(number, coaio.errno[name])
      assert.equal(name, coaio.errname(number))
    end
    assert.equal("No such file or directory", coaio.strerror(2))
    assert.is_nil(coaio.errno.ENOSUCHTHING)
    assert.is_nil(coaio.O_NOSUCHTHING)
    assert.is_nil(coaio.errname(100000))
  end)
end)
