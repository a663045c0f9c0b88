-- File objects: what they show, how they close, and what closing means for the requests under way.

local coaio = require "coaio"
local helper = require "spec.helper"
local aio_open, aio_close, aio_read, aio_write = coaio.aio_open, coaio.aio_close, coaio.aio_read, coaio.aio_write
local run = helper.run

describe("a file object", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  teardown(tmp.remove)

  local function is_open(name)
    return helper.fds():find(tmp(name), 1, true) ~= nil
  end

  it("shows its descriptor", function()
    run(function()
      local fh = assert(aio_open(path, "r"))
      local fd = fh:fileno()
      assert.equal("integer", math.type(fd))
      assert.equal(path, helper.sh("readlink /proc/%s/fd/%s", helper.pid, fd))
      assert.truthy(tostring(fh):find(tostring(fd), 1, true))
      assert.is_true(fh:close())
      assert.truthy(tostring(fh):find "closed")
      helper.raises("closed", fh.fileno, fh)
    end)
  end)

  it("closes by method, by request and at the end of its scope", function()
    run(function()
      local by_method, by_request = assert(aio_open(path, "r")), assert(aio_open(path, "r"))
      assert.is_true(by_method:close())
      assert.is_true(aio_close(by_request))
      assert.is_false(is_open "file")
      local kept
      do
        local scoped <close> = assert(aio_open(path, "r"))
        kept = scoped
        assert.equal("content", aio_read(scoped, 0, 10))
      end
      helper.raises("closed", aio_read, kept, 0, 10)
      helper.until_true(function() return not is_open "file" end)
    end)
  end)

  it("refuses everything once closed, naming function and argument", function()
    run(function()
      local fh = assert(aio_open(path, "r"))
      assert(fh:close())
      for _, name in ipairs { "aio_read", "aio_stat", "aio_fsync", "aio_close", "aio_chmod", "aio_seek" } do
        local text = tostring(helper.raises("bad argument #1 to '[%w.]*" .. name, coaio[name], fh, 0, 0))
        assert.truthy(text:find "closed")
      end
      helper.raises("closed", fh.close, fh)
      local other <close> = assert(aio_open(path, "r"))
      helper.raises("bad argument #2 to '[%w.]*aio_sendfile", coaio.aio_sendfile, other, fh, 0, 1)
      assert.equal("content", aio_read(other, 0, 10))
    end)
  end)

  it("may be closed twice by scope", function()
    run(function()
      local fh <close> = assert(aio_open(path, "r"))
      assert(fh:close())
    end)
  end)

  it("is closed when it is collected", function()
    run(function()
      for _ = 1, 50 do assert(aio_open(path, "r")) end
      collectgarbage()
      collectgarbage()
      helper.until_true(function() return not is_open "file" end)
    end)
  end)

  it("is closed for a finalizer that comes after its own", function()
    local results
    run(function()
      local owner = setmetatable({}, { __gc = function(self)
        results = { tostring(self.fh), pcall(aio_close, self.fh) }
        results[4], results[5] = pcall(self.fh.fileno, self.fh)
      end })
      owner.fh = assert(aio_open(path, "r"))
    end)
    collectgarbage()
    assert.same({ "coaio.file (closed)", false, "bad argument #1 to 'aio_close' (attempt to use a closed file)",
      false, "attempt to use a closed file" }, results)
  end)

  it("is closed when a task that owns it fails or is cancelled", function()
    run(function()
      local failing = coaio.async(function()
        local fh <close> = assert(aio_open(path, "r"))
        error { fd = fh:fileno() }
      end)
      assert.is_false(pcall(failing.join, failing))
      local cancelled = coaio.async(function()
        local fh <close> = assert(aio_open(path, "r"))
        coaio.sleep(100000)
        return fh
      end)
      helper.until_true(function() return is_open "file" end)
      cancelled:cancel()
      assert.is_false(pcall(cancelled.join, cancelled))
      helper.until_true(function() return not is_open "file" end)
    end)
  end)

  it("lets the requests under way finish before it closes", function()
    local data = helper.bytes(3000000)
    tmp:file("large", data)
    run(function()
      local fh = assert(aio_open(tmp "large", "r+"))
      local readers = {}
      for i = 1, 20 do
        readers[i] = coaio.async(function() return aio_read(fh, i * 100000, 100000) end)
      end
      local writer = coaio.async(function() return aio_write(fh, 2900000, nil, data, 2900000) end)
      coaio.cede()
      assert.is_true(aio_close(fh))
      for i, reader in ipairs(readers) do
        assert.is_true(reader:join() == data:sub(i * 100000 + 1, i * 100000 + 100000))
      end
      assert.equal(100000, writer:join())
      assert.is_false(is_open "large")
    end)
    helper.sh("cmp %s %s", tmp "large", tmp:file("same", data))
  end)

  it("refuses new requests as soon as it is being closed", function()
    local fifo = tmp:fifo "closing"
    run(function()
      local fh = assert(aio_open(fifo, coaio.O_RDWR))
      local closer = coaio.async(aio_close, fh)
      coaio.cede()
      helper.raises("closed", aio_read, fh, nil, 1)
      assert.is_true(closer:join())
    end)
  end)

  it("cancels reads on a pipe when it is closed", function()
    run(function()
      local fh = assert(aio_open(tmp:fifo "cancelled", coaio.O_RDWR))
      local readers = {}
      for i = 1, 3 do readers[i] = coaio.async(function() return aio_read(fh, nil, 100) end) end
      helper.until_true(function() return coaio.nreqs() >= 3 end)
      assert.is_true(aio_close(fh))
      for _, reader in ipairs(readers) do helper.failed("ECANCELED", nil, reader:join()) end
      assert.is_false(is_open "cancelled")
    end)
  end)

  it("stays alive while a request needs it", function()
    run(function()
      local fifo = tmp:fifo "anchored"
      local out = assert(aio_open(fifo, coaio.O_RDWR))
      local reader = coaio.async(function()
        return aio_read(assert(aio_open(fifo, "r")), nil, 100)
      end)
      helper.until_true(function() return select(2, helper.fds():gsub("anchored", "")) == 2 end)
      for _ = 1, 3 do
        coaio.cede()
        collectgarbage()
      end
      assert.equal(4, aio_write(out, nil, nil, "kept"))
      assert.equal("kept", reader:join())
      assert(aio_close(out))
    end)
  end)

  it("is no other userdata", function()
    run(function()
      for _, other in ipairs { io.stdout, coaio.buffer(1), assert(coaio.aio_stat(path)) } do
        local method = getmetatable(assert(aio_open(path, "r"))).__index
        if type(method) == "table" then assert.is_false(pcall(method.fileno, other)) end
        assert.is_true(io.type(other) ~= nil or not pcall(aio_read, other, 0, 1))
      end
    end)
  end)
end)

describe("a Lua file", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("stays open and stays alive while a request needs it", function()
    local fifo = tmp:fifo "lua-file"
    run(function()
      local out = assert(aio_open(fifo, coaio.O_RDWR))
      local reader = coaio.async(function() return aio_read(assert(io.open(fifo, "r")), nil, 100) end)
      helper.until_true(function() return coaio.nreqs() >= 1 end)
      for _ = 1, 3 do
        coaio.cede()
        collectgarbage()
      end
      assert.equal(4, aio_write(out, nil, nil, "kept"))
      assert.equal("kept", reader:join())
      assert(aio_close(out))
    end)
  end)
end)
