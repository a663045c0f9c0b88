-- coaio.buffer: memory that requests fill and empty without a copy.

local coaio = require "coaio"
local helper = require "spec.helper"
local aio_open, aio_read, aio_write = coaio.aio_open, coaio.aio_read, coaio.aio_write
local run = helper.run

describe("a buffer", function()
  local tmp = helper.tmpdir()
  local content = helper.bytes(100000)
  local path = tmp:file("content", content)
  teardown(tmp.remove)

  it("is made by size or from a string", function()
    assert.equal(0, #coaio.buffer(0))
    assert.equal(1000, #coaio.buffer(1000))
    local b = coaio.buffer "hel\0lo"
    assert.equal(6, #b)
    assert.equal("hel\0lo", tostring(b))
    for _, bad in ipairs { -1, 1.5, 0 / 0, true, {}, math.maxinteger } do
      assert.is_false(pcall(coaio.buffer, bad), tostring(bad))
    end
    for _, align in ipairs { -1, 3, 1.5, 4097, "x" } do assert.is_false(pcall(coaio.buffer, 10, align)) end
  end)

  it("has sub, set and resize", function()
    local b = coaio.buffer "0123456789"
    local s = "0123456789"
    for i = -12, 12 do
      assert.equal(s:sub(i), b:sub(i))
      for j = -12, 12 do assert.equal(s:sub(i, j), b:sub(i, j)) end
    end
    b:set(3, "abc")
    assert.equal("012abc6789", tostring(b))
    b:set(-1, "z")
    assert.equal("012abc678z", tostring(b))
    for _, bad in ipairs { -11, 1.5, math.mininteger, math.maxinteger } do
      assert.is_false(pcall(b.set, b, bad, "x"))
    end
    b:resize(4)
    assert.equal("012a", tostring(b))
    b:resize(6)
    assert.equal(6, #b)
    assert.equal("012a", b:sub(1, 4))
    assert.is_false(pcall(b.resize, b, -1))
    assert.is_false(pcall(b.resize, b, math.maxinteger))
    b:resize(0)
    assert.equal("", tostring(b))
  end)

  it("is filled at its offset, grows, and ends where the data ends", function()
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      local b = coaio.buffer(0)
      assert.equal(100, aio_read(fh, 50, 100, b))
      assert.equal(content:sub(51, 150), tostring(b))
      assert.equal(10, aio_read(fh, 0, 10, b, 100))
      assert.equal(content:sub(51, 150) .. content:sub(1, 10), tostring(b))
      assert.equal(5, aio_read(fh, 7, 5, b, 2))
      assert.equal(content:sub(51, 52) .. content:sub(8, 12), tostring(b))
      assert.equal(0, aio_read(fh, #content, 10, b, 3))
      assert.equal(content:sub(51, 52) .. content:sub(8, 8), tostring(b))
      assert.equal(3, aio_read(fh, 0, 3, b, 10))
      assert.equal(13, #b)
      assert.equal(content:sub(1, 3), b:sub(11))
    end)
  end)

  it("grows no further than there is to read", function()
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      local b = coaio.buffer(0)
      assert.equal(#content, aio_read(fh, 0, 1 << 40, b))
      assert.is_true(content == tostring(b))
      assert.equal(10, aio_read(fh, #content - 10, math.maxinteger, b))
      assert.equal(content:sub(-10), tostring(b))
    end)
  end)

  it("is left as it was by a read that fails", function()
    run(function()
      local dir <close> = assert(aio_open(tmp.path, coaio.O_RDONLY))
      local b = coaio.buffer "kept"
      helper.failed("EISDIR", nil, aio_read(dir, 0, 4, b))
      assert.equal("kept", b:sub(1, 4))
    end)
  end)

  it("is written from, as a whole and in part", function()
    run(function()
      local fh <close> = assert(aio_open(tmp "out", "w"))
      local b = coaio.buffer "0123456789"
      assert.equal(10, aio_write(fh, 0, nil, b))
      assert.equal(3, aio_write(fh, 10, 3, b, 4))
      assert.equal(2, aio_write(fh, 13, nil, b, 8))
      assert.equal(0, aio_write(fh, 15, 0, b, 10))
      helper.raises("aio_write", aio_write, fh, 0, 11, b)
      helper.raises("aio_write", aio_write, fh, 0, 1, b, 10)
    end)
    assert.equal("012345678945689", helper.slurp(tmp "out"))
  end)

  it("that is aligned is fixed, and fit for O_DIRECT", function()
    run(function()
      local b = coaio.buffer(8192, 4096)
      local fh <close> = assert(aio_open(path, "r"))
      assert.equal(8192, aio_read(fh, 0, 8192, b))
      assert.is_true(content:sub(1, 8192) == tostring(b))
      helper.raises("aio_read", aio_read, fh, 0, 8193, b)
      helper.raises("aio_read", aio_read, fh, 0, 8192, b, 1)
      assert.is_false(pcall(b.resize, b, 16384))
      local direct = aio_open(path, coaio.O_RDONLY | coaio.O_DIRECT)
      if not direct then return end
      assert.equal(8192, aio_read(direct, 4096, 8192, b))
      assert.is_true(content:sub(4097, 12288) == tostring(b))
      assert(direct:close())
    end)
  end)

  it("keeps its length while a request uses it", function()
    run(function()
      local pipe = assert(aio_open(tmp:fifo "busy", coaio.O_RDWR))
      local b = coaio.buffer(10)
      local reader = coaio.async(function() return aio_read(pipe, nil, 10, b) end)
      helper.until_true(function() return coaio.nreqs() >= 1 end)
      assert.is_false(pcall(b.resize, b, 100))
      assert.is_false(pcall(b.resize, b, 0))
      assert.equal(10, #b)
      local fh <close> = assert(aio_open(path, "r"))
      assert.is_false(pcall(aio_read, fh, 0, 1000, b))
      assert.equal(3, aio_write(pipe, nil, nil, "abc"))
      assert.equal(3, reader:join())
      assert.equal("abc", tostring(b))
      b:resize(100)
      assert(pipe:close())
    end)
  end)

  it("outlives its last reference while a request fills it", function()
    run(function()
      local pipe = assert(aio_open(tmp:fifo "dropped", coaio.O_RDWR))
      coaio.async(function() return aio_read(pipe, nil, 4096, coaio.buffer(4096)) end)
      local task = coaio.async(function() return aio_read(pipe, nil, 4096, coaio.buffer(4096)) end)
      helper.until_true(function() return coaio.nreqs() >= 2 end)
      collectgarbage()
      task:cancel()
      assert.is_false(pcall(task.join, task))
      task = nil
      collectgarbage()
      for _ = 1, 100 do coaio.buffer(("x"):rep(4096)) end
      assert.equal(4096, aio_write(pipe, nil, nil, ("z"):rep(4096)))
      assert(pipe:close())
      return task
    end)
  end)

  it("may be shared by requests that fit into it", function()
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      local b = coaio.buffer(65536, 4096)
      local tasks = {}
      for i = 0, 15 do
        tasks[#tasks + 1] = coaio.async(function() assert(aio_read(fh, i * 4096, 4096, b, i * 4096)) end)
      end
      for _, task in ipairs(tasks) do task:join() end
      for i = 0, 15 do
        if #b >= (i + 1) * 4096 then
          assert.is_true(b:sub(i * 4096 + 1, (i + 1) * 4096) == content:sub(i * 4096 + 1, (i + 1) * 4096))
        end
      end
    end)
  end)

  -- In a process of its own, whose heap is small: here the collector sees only objects of a few bytes.
  for name, make in pairs {
    ["a size"] = "return coaio.buffer(1 << 20)",
    ["a size and an alignment"] = "return coaio.buffer(1 << 20, 4096)",
    ["resize"] = "return coaio.buffer(0):resize(1 << 20)",
    ["set"] = "local b = coaio.buffer(0) b:set(1 << 20, 'x') return b",
    ["a read"] = "local b = coaio.buffer(0) assert(coaio.aio_read(fh, 0, 1 << 20, b) == 1 << 20) return b",
    ["aio_slurp"] = "local b = coaio.buffer(0) assert(coaio.aio_slurp(arg[1], 0, nil, b) == 1 << 20) return b",
  } do
    it("is collected when its memory, made by " .. name .. ", would be much", function()
      helper.works(([[
        local coaio = require "coaio"
        local fh = assert(coaio.aio_open(arg[1]))
        local function make() %s end
        local alive, most = setmetatable({}, { __mode = "v" }), 0
        for i = 1, 300 do
          alive[i] = make()
          local n = 0
          for _ in pairs(alive) do n = n + 1 end
          most = math.max(most, n)
        end
        assert(most < 100, most)
        collectgarbage "stop"
        for i = 301, 350 do alive[i] = make() end
        local n = 0
        for _ in pairs(alive) do n = n + 1 end
        assert(n >= 50, "the collector was to stand still")
      ]]):format(make), { args = { tmp:file("megabyte", ("x"):rep(1 << 20)) } })
    end)
  end
end)
