-- coaio.madvise, munlock, mlockall, munlockall: /proc/self/smaps says which flags a mapping has.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, raises, failed = helper.run, helper.raises, helper.failed
local mmap, munmap, madvise = coaio.mmap, coaio.munmap, coaio.madvise
local READ, WRITE, PRIVATE = coaio.PROT_READ, coaio.PROT_WRITE, coaio.MAP_PRIVATE

local sanitized = (os.getenv "COAIO_SAN" or "") ~= ""
local page = tonumber(helper.sh "getconf PAGESIZE")

describe("advice and locks", function()
  local tmp = helper.tmpdir()
  local content = helper.bytes(4 * page)
  local path = tmp:file("file", content)
  local map
  teardown(tmp.remove)

  before_each(function()
    local file <close> = assert(io.open(path, "r+"))
    map = assert(mmap(#content, READ | WRITE, PRIVATE, file))
  end)
  after_each(function() munmap(map) end)

  -- The sizes, in pages, of the mappings of the file that have a flag.
  local function flagged(flag)
    local sizes, size = {}, nil
    for line in io.lines "/proc/self/smaps" do
      local from, to, name = line:match "^(%x+)%-(%x+) %S+ %x+ %S+ %d+%s*(.*)$"
      if from then
        size = name == path and (tonumber(to, 16) - tonumber(from, 16)) // page
      elseif size and line:find "^VmFlags:" and (line .. " "):find(" " .. flag .. " ") then
        sizes[#sizes + 1] = size
      end
    end
    return table.concat(sizes, " ")
  end

  it("madvise reaches the kernel, in whole pages", function()
    assert.is_true(madvise(map, 0, nil, coaio.MADV_RANDOM))
    assert.equal("4", flagged "rr")
    assert.is_true(madvise(map, page + 1, 1, coaio.MADV_SEQUENTIAL))
    assert.equal("1", flagged "sr")
    assert.is_true(madvise(map, -1, 100, coaio.MADV_NORMAL))
    assert.equal("1 1", flagged "rr")
    assert.is_true(madvise(map, 0, -1, coaio.MADV_WILLNEED))
    assert.is_true(madvise(map, 0, page, coaio.MADV_DONTFORK))
    assert.equal("1", flagged "dc")
    failed("EINVAL", nil, madvise(map, 0, nil, 99))
  end)

  it("madvise throws nothing away where IO::AIO's does not", function()
    map:set(0, "changed")
    assert.is_true(madvise(map, 0, nil, coaio.MADV_DONTNEED))
    assert.equal("changed", map:sub(1, 7))
  end)

  it("madvise takes ordinary buffers for what cannot hurt their neighbours", function()
    local b = coaio.buffer(content, 4096)
    assert.is_true(madvise(b, 0, nil, coaio.MADV_DONTNEED))
    assert.is_true(madvise(b, 0, nil, coaio.MADV_NORMAL))
    raises("#1 to 'madvise'.*mmap", madvise, b, 0, nil, coaio.MADV_FREE)
    raises("#4 to 'madvise'", madvise, b, 0, nil, -1)
    raises("#4 to 'madvise'", madvise, b, 0, nil, 100)
    raises("#4 to 'madvise'", madvise, b, 0, nil)
    assert.is_true(content == tostring(b))
  end)

  it("munlock undoes what aio_mlock did", function()
    if sanitized then return pending "sanitizers make mlock do nothing" end
    assert.is_true(run(coaio.aio_mlock, map))
    assert.equal("4", flagged "lo")
    assert.is_true(coaio.munlock(map, page, 10))
    assert.equal("1 2", flagged "lo")
    assert.is_true(coaio.munlock(map))
    assert.equal("", flagged "lo")
    assert.is_true(coaio.munlock(coaio.buffer(10)))
    raises("#2 to 'munlock'", coaio.munlock, map, #map + 1)
  end)

  it("mlockall locks everything, and munlockall lets it go", function()
    if sanitized then return pending "sanitizers make mlockall do nothing" end
    local output = helper.works [[
      local coaio = require "coaio"
      local function locked()
        for line in io.lines "/proc/self/status" do
          if line:find "^VmLck" then return tonumber(line:match "%d+") > 0 end
        end
      end
      local ok, _, code = coaio.mlockall(coaio.MCL_CURRENT | coaio.MCL_ONFAULT)
      if ok then
        print(ok, locked(), coaio.munlockall(), locked())
      elseif code == coaio.errno.EPERM or code == coaio.errno.ENOMEM then
        print "refused"
      end
      print(coaio.mlockall(1 << 20))
      print(select("#", coaio.munlockall()))
    ]]
    local invalid = "nil\tInvalid argument\t22\n1\n"
    if output ~= "refused\n" .. invalid then assert.equal("true\ttrue\ttrue\tfalse\n" .. invalid, output) end
    raises("#1 to 'mlockall'", coaio.mlockall)
  end)
end)
