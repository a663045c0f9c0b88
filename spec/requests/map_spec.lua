-- coaio.mmap and its relatives: /proc says what is mapped, with which rights and flags. The program never crashes.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, raises, failed = helper.run, helper.raises, helper.failed
local aio_open, aio_read, aio_write = coaio.aio_open, coaio.aio_read, coaio.aio_write
local mmap, munmap, mremap, mprotect = coaio.mmap, coaio.munmap, coaio.mremap, coaio.mprotect
local READ, WRITE, NONE = coaio.PROT_READ, coaio.PROT_WRITE, coaio.PROT_NONE
local SHARED, PRIVATE, ANONYMOUS = coaio.MAP_SHARED, coaio.MAP_PRIVATE, coaio.MAP_ANONYMOUS

local page = tonumber(helper.sh "getconf PAGESIZE")

-- The rights of the mappings of a file and their sizes in pages, in the order of their addresses.
local function rights_of(path)
  local list = {}
  for line in io.lines "/proc/self/maps" do
    local from, to, rights, name = line:match "^(%x+)%-(%x+) (%S+) %x+ %S+ %d+%s*(.*)$"
    if name == path then list[#list + 1] = rights .. (tonumber(to, 16) - tonumber(from, 16)) // page end
  end
  return table.concat(list, " ")
end

describe("a memory map", function()
  local tmp = helper.tmpdir()
  local content = helper.bytes(10 * page)
  local count = 0
  teardown(tmp.remove)

  -- A file with the content, and a map of it.
  local function map_file(rights, flags, length)
    count = count + 1
    local path = tmp:file("file" .. count, content)
    local file <close> = assert(io.open(path, rights & WRITE ~= 0 and "r+" or "r"))
    return assert(mmap(length or #content, rights, flags, file)), path
  end

  it("is a buffer whose memory is the file", function()
    local map, path = map_file(READ, SHARED)
    assert.equal("r--s10", rights_of(path))
    assert.equal(#content, #map)
    assert.is_true(content == tostring(map))
    for _, range in ipairs { { 1, 10 }, { page, page + 1 }, { -5, -1 }, { 5, 4 }, { -1 << 40, 1 << 40 } } do
      assert.equal(content:sub(range[1], range[2]), map:sub(range[1], range[2]))
    end
    assert.is_false(pcall(map.resize, map, 10))
    assert.is_true(munmap(map))
    assert.equal("", rights_of(path))
  end)

  it("begins at its offset and takes every kind of handle", function()
    local path = tmp:file("offset", content)
    local file <close> = assert(io.open(path))
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      for _, handle in ipairs { fh, file, fh:fileno() } do
        local map = assert(mmap(100, READ, SHARED, handle, 2 * page))
        assert.equal(content:sub(2 * page + 1, 2 * page + 100), tostring(map))
        assert.is_true(munmap(map))
      end
    end)
    assert.equal("", rights_of(path))
  end)

  it("writes to the file when it is shared, and to nothing when it is private", function()
    local map, path = map_file(READ | WRITE, SHARED)
    assert.equal("rw-s10", rights_of(path))
    assert.equal(map, map:set(page - 1, "HELLO"))
    map:set(-3, "end")
    assert.is_true(run(coaio.aio_msync, map))
    assert.is_true(run(coaio.aio_msync, map, page, 10, coaio.MS_ASYNC))
    local expected = content:sub(1, page - 1) .. "HELLO" .. content:sub(page + 5, -4) .. "end"
    assert.is_true(helper.slurp(path) == expected)
    raises("too short", map.set, map, #map - 2, "abc")
    map = map_file(READ | WRITE, PRIVATE)
    path = tmp("file" .. count)
    map:set(0, "HELLO")
    assert.equal("HELLO", map:sub(1, 5))
    assert.is_true(helper.slurp(path) == content)
  end)

  it("can do without a file", function()
    local map = assert(mmap(3 * page, READ | WRITE, PRIVATE | ANONYMOUS))
    assert.equal(("\0"):rep(3 * page), tostring(map))
    map:set(page, "x")
    assert.equal("\0x\0", map:sub(page, page + 2))
    assert.is_true(munmap(map))
  end)

  it("fails as the system says", function()
    local path = tmp:file("refused", content)
    local file <close> = assert(io.open(path))
    failed("EINVAL", nil, mmap(0, READ, SHARED, file))
    failed("EINVAL", nil, mmap(10, READ, 0, file))
    failed("EINVAL", nil, mmap(10, READ, SHARED, file, 1))
    failed("EBADF", nil, mmap(10, READ, SHARED))
    failed("EBADF", nil, mmap(10, READ, SHARED, 999999))
    failed("EBADF", nil, mmap(10, READ, SHARED, 1 << 32))
    failed("EACCES", nil, mmap(10, READ | WRITE, SHARED, file))
    failed("ENOMEM", nil, mmap(math.maxinteger, READ, PRIVATE | ANONYMOUS))
    assert.equal("", rights_of(path))
  end)

  it("raises for misuse", function()
    local path = tmp:file("misused", content)
    local file = assert(io.open(path))
    raises("#1 to 'mmap'", mmap, -1, READ, SHARED, file)
    raises("#1 to 'mmap'", mmap, 1.5, READ, SHARED, file)
    raises("#2 to 'mmap'", mmap, 1, nil, SHARED, file)
    raises("#2 to 'mmap'", mmap, 1, 64, SHARED, file)
    raises("#3 to 'mmap'", mmap, 1, READ)
    raises("#3 to 'mmap'.*fixed", mmap, page, READ, SHARED | coaio.MAP_FIXED, file)
    raises("#4 to 'mmap'", mmap, 1, READ, SHARED, "file")
    raises("#5 to 'mmap'", mmap, 1, READ, SHARED, file, -page)
    file:close()
    raises("closed file", mmap, 1, READ, SHARED, file)
    for name, call in pairs { munmap = munmap, mremap = mremap, mprotect = mprotect } do
      raises(("#1 to '%s'.*mmap"):format(name), call, coaio.buffer(10), 0, 0, 0)
      raises(("#1 to '%s'"):format(name), call, "text")
    end
  end)

  it("without the right to write refuses bytes, from Lua and from requests", function()
    local map, path = map_file(READ, SHARED)
    raises("read%-only", map.set, map, 0, "x")
    raises("read%-only", map.set, map, #map - 1, "x")
    map:set(5, "")
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      failed("EFAULT", nil, aio_read(fh, 0, 100, map))
      raises("aio_slurp.*read%-only", coaio.aio_slurp, path, 0, 10, map)
      raises("aio_ioctl.*read%-only", coaio.aio_ioctl, fh, 0, map)
      raises("aio_fcntl.*read%-only", coaio.aio_fcntl, fh, coaio.F_GETFL, map)
      raises("aio_mtouch.*read%-only", coaio.aio_mtouch, map, 0, nil, coaio.MT_MODIFY)
      assert.is_true(coaio.aio_mtouch(map))
      assert.is_true(coaio.aio_mlock(map, 0, 10))
    end)
    assert.is_true(content == tostring(map))
  end)

  it("without the right to read shows nothing", function()
    for _, rights in ipairs { NONE, WRITE } do
      local map, path = map_file(rights, SHARED)
      raises("not readable", map.sub, map, 1, 1)
      raises("not readable", tostring, map)
      assert.equal("", map:sub(2, 1))
      assert.equal(#content, #map)
      run(function()
        raises("aio_mtouch.*not readable", coaio.aio_mtouch, map)
        local out <close> = assert(aio_open(tmp "none", "w"))
        if rights == NONE then failed("EFAULT", nil, aio_write(out, 0, nil, map)) end
      end)
      assert(munmap(map))
      assert.equal("", rights_of(path))
    end
  end)

  it("is read into, written from and touched by requests", function()
    local map = assert(mmap(#content, READ | WRITE, SHARED | ANONYMOUS))
    local path = tmp:file("source", content)
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      assert.equal(100, aio_read(fh, 50, 100, map, page))
      assert.equal(#content, #map)
      assert.equal(content:sub(51, 150), map:sub(page + 1, page + 100))
      assert.equal(#content, aio_read(fh, 0, nil, map))
      assert.is_true(content == tostring(map))
      raises("aio_read.*too short", aio_read, fh, 0, 11, map, #map - 10)
      assert.equal(7, coaio.aio_slurp(path, 10, 7, map))
      assert.equal(content:sub(11, 17) .. content:sub(8), tostring(map))
      local out <close> = assert(aio_open(tmp "copy", "w"))
      assert.equal(#content, aio_write(out, 0, nil, map))
      assert.is_true(coaio.aio_mtouch(map, -10, nil, coaio.MT_MODIFY))
    end)
    assert.equal(tostring(map), helper.slurp(tmp "copy"))
  end)

  it("raises when it is used after munmap", function()
    local map = map_file(READ | WRITE, SHARED)
    assert.is_true(munmap(map))
    for _, method in ipairs { "sub", "set", "resize" } do raises("unmapped", map[method], map, 0, "") end
    raises("unmapped", function() return #map end)
    raises("unmapped", tostring, map)
    for _, call in ipairs { munmap, mremap, mprotect, coaio.madvise, coaio.munlock } do
      raises("#1 to .*unmapped", call, map, 0, 0, 0)
    end
    run(function()
      local fh <close> = assert(aio_open(tmp "file1", "r+"))
      raises("#4 to 'aio_read'.*unmapped", aio_read, fh, 0, 10, map)
      raises("#4 to 'aio_write'.*unmapped", aio_write, fh, 0, 10, map)
      raises("#3 to 'aio_ioctl'.*unmapped", coaio.aio_ioctl, fh, 0, map)
      raises("#4 to 'aio_slurp'.*unmapped", coaio.aio_slurp, tmp "file1", 0, 10, map)
      for _, name in ipairs { "aio_msync", "aio_mtouch", "aio_mlock" } do
        raises(("#1 to '%s'.*unmapped"):format(name), coaio[name], map)
      end
    end)
  end)

  it("stays while a request uses it, and goes with its last user", function()
    local path = select(2, map_file(READ | WRITE, SHARED))
    collectgarbage()
    assert.equal("", rights_of(path))
    run(function()
      local pipe <close> = assert(aio_open(tmp:fifo("busy" .. count), coaio.O_RDWR))
      local file <close> = assert(io.open(path, "r+"))
      local map = assert(mmap(page, READ | WRITE, SHARED, file))
      local reader = coaio.async(function() return aio_read(pipe, nil, 10, map, 5) end)
      helper.until_true(function() return coaio.nreqs() >= 1 end)
      for _, call in ipairs { munmap, mremap, mprotect } do raises("a request uses", call, map, page, 0, 0) end
      map = nil
      collectgarbage()
      assert.equal("rw-s1", rights_of(path))
      assert.equal(3, aio_write(pipe, nil, nil, "abc"))
      assert.equal(3, reader:join())
      reader = nil
      helper.until_true(function() collectgarbage() return rights_of(path) == "" end)
      return map, reader
    end)
    assert.equal(content:sub(1, 5) .. "abc" .. content:sub(9), helper.slurp(path))
  end)

  it("may be unmapped while a slurp is under way, which then raises", function()
    local map, path = map_file(READ | WRITE, SHARED)
    run(function()
      local before = coaio.max_parallel(0)
      local task = coaio.async(function() return coaio.aio_slurp(path, 0, 10, map) end)
      coaio.cede()
      assert.is_true(munmap(map))
      coaio.max_parallel(before)
      raises("unmapped", task.join, task)
    end)
  end)

  it("of a file that was cut off gives EFAULT to requests", function()
    local map, path = map_file(READ, SHARED)
    helper.sh("truncate -s 1 %s", path)
    run(function()
      local out <close> = assert(aio_open(tmp "cut", "w"))
      failed("EFAULT", nil, aio_write(out, 0, 10, map, 2 * page))
    end)
    assert.equal(content:sub(1, 1) .. "\0", map:sub(1, 2))
  end)
end)

describe("mprotect", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", helper.bytes(6 * page))
  local map
  teardown(tmp.remove)

  before_each(function()
    local file <close> = assert(io.open(path, "r+"))
    map = assert(mmap(6 * page, READ | WRITE, SHARED, file))
  end)
  after_each(function() if map then munmap(map) end end)

  it("opens and closes single pages", function()
    assert.is_true(mprotect(map, page, 2 * page, READ))
    assert.is_true(mprotect(map, -1, nil, NONE))
    assert.equal("rw-s1 r--s2 rw-s2 ---s1", rights_of(path))
    map:set(0, ("x"):rep(page))
    map:set(3 * page, ("x"):rep(2 * page))
    raises("read%-only", map.set, map, page - 1, "xy")
    raises("read%-only", map.set, map, 3 * page - 1, "xy")
    raises("not readable", map.set, map, 5 * page, "x")
    assert.equal(5 * page, #map:sub(1, 5 * page))
    raises("not readable", map.sub, map, 1, 5 * page + 1)
    assert.is_true(mprotect(map, page + 5, 1, READ | WRITE))
    map:set(page, ("y"):rep(page))
    raises("read%-only", map.set, map, 2 * page, "x")
    assert.is_true(mprotect(map, 0, nil, READ))
    assert.equal("r--s6", rights_of(path))
    raises("read%-only", map.set, map, 0, "x")
    assert.equal(6 * page, #tostring(map))
    assert.is_true(mprotect(map, 0, -1, READ | WRITE))
    map:set(0, ("z"):rep(6 * page))
  end)

  it("shortens a range that is too long, and refuses one that begins elsewhere", function()
    assert.is_true(mprotect(map, 5 * page, 1 << 40, READ))
    assert.equal("rw-s5 r--s1", rights_of(path))
    assert.is_true(mprotect(map, 6 * page, 10, NONE))
    assert.equal("rw-s5 r--s1", rights_of(path))
    raises("#2 to 'mprotect'", mprotect, map, 6 * page + 1, 1, READ)
    raises("#2 to 'mprotect'", mprotect, map, -6 * page - 1, 1, READ)
    raises("#3 to 'mprotect'", mprotect, map, 0, "x", READ)
    raises("#4 to 'mprotect'", mprotect, map, 0, 1)
    raises("#4 to 'mprotect'", mprotect, map, 0, 1, 1 << 24)
  end)

  it("that is refused changes nothing for the better", function()
    munmap(map)
    local file <close> = assert(io.open(path, "r"))
    map = assert(mmap(6 * page, READ, SHARED, file))
    failed("EACCES", nil, mprotect(map, 0, nil, READ | WRITE))
    failed("EACCES", nil, mprotect(map, page, page, READ | WRITE))
    assert.equal("r--s6", rights_of(path))
    raises("read%-only", map.set, map, page, "x")
    assert.equal(6 * page, #tostring(map))
  end)
end)

describe("mremap", function()
  local tmp = helper.tmpdir()
  local content = helper.bytes(8 * page)
  local path = tmp:file("file", content)
  local map
  teardown(tmp.remove)

  before_each(function()
    local file <close> = assert(io.open(path, "r+"))
    map = assert(mmap(2 * page, READ | WRITE, SHARED, file))
  end)
  after_each(function() munmap(map) end)

  it("makes a map longer and shorter", function()
    local ok, moved = mremap(map, 8 * page)
    assert.is_true(ok)
    assert.equal("boolean", type(moved))
    assert.equal(8 * page, #map)
    assert.equal("rw-s8", rights_of(path))
    assert.is_true(content == tostring(map))
    assert.same({ true, false }, { mremap(map, page + 1, 0) })
    assert.equal(page + 1, #map)
    assert.equal("rw-s2", rights_of(path))
    assert.equal(content:sub(1, page + 1), tostring(map))
    raises("too short", map.set, map, page + 1, "x")
  end)

  it("keeps the rights of the pages", function()
    assert.is_true(mprotect(map, 0, page, READ))
    failed("EFAULT", nil, mremap(map, 8 * page))
    assert.is_true(mprotect(map, page, page, READ))
    assert.is_true(mremap(map, 8 * page))
    assert.equal("r--s8", rights_of(path))
    for at = 0, 7 do raises("read%-only", map.set, map, at * page, "x") end
    assert.is_true(mprotect(map, page, nil, READ | WRITE))
    assert.is_true(mremap(map, 3 * page))
    raises("read%-only", map.set, map, 0, "x")
    map:set(page, content:sub(page + 1, 3 * page))
    assert.equal("r--s1 rw-s2", rights_of(path))
  end)

  it("fails and raises without harm", function()
    failed("EINVAL", nil, mremap(map, 0))
    raises("#2 to 'mremap'", mremap, map, -1)
    raises("#3 to 'mremap'", mremap, map, page, coaio.MREMAP_MAYMOVE | coaio.MREMAP_FIXED)
    assert.equal(content:sub(1, 2 * page), tostring(map))
  end)
end)
