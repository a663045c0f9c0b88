-- Closing a file that others use: what may never end is cancelled, a write is waited for, and who does not want to wait
-- any longer loses no descriptor.

local coaio = require "coaio"
local helper = require "spec.helper"
local request = require "coaio.request"
local run = helper.run

local LOCK = { type = coaio.F_WRLCK, whence = coaio.SEEK_SET, start = 0, len = 0 }

local function results(task) return table.pack(task:join()) end

local function was_cancelled(task)
  helper.failed("ECANCELED", nil, table.unpack(results(task), 1, 3))
end

-- Starts fn(...) and lets it begin.
local function begin(fn, ...)
  local task = coaio.async(fn, ...)
  coaio.cede()
  helper.until_true(function() return coaio.nreqs() > 0 and coaio.nready() == 0 end)
  return task
end

describe("a close", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("locked", "content")
  teardown(tmp.remove)

  -- A lock of the one open file is in the way of both kinds of lock of the other.
  local function with_waiting_lock(command, fn)
    run(function()
      local holder <close> = assert(coaio.aio_open(path, "r+"))
      assert(coaio.aio_fcntl(holder, coaio.F_OFD_SETLK, LOCK))
      local fh = assert(coaio.aio_open(path, "r+"))
      local waits = begin(coaio.aio_fcntl, fh, command, LOCK)
      fn(fh, waits)
    end)
  end

  for _, name in ipairs { "F_SETLKW", "F_OFD_SETLKW" } do
    it("cancels a wait for a lock by " .. name, function()
      with_waiting_lock(coaio[name], function(fh, waits)
        assert.is_true(fh:close())
        was_cancelled(waits)
      end)
    end)

    it("by a variable cancels it, too: " .. name, function()
      with_waiting_lock(coaio[name], function(fh, waits)
        do local _ <close> = fh end
        was_cancelled(waits)
      end)
    end)
  end

  it("cancels a wait for a lock of flock", function()
    run(function()
      local holder <close> = assert(coaio.aio_open(path))
      assert(coaio.aio_flock(holder, coaio.LOCK_EX))
      local fh = assert(coaio.aio_open(path))
      helper.failed("EAGAIN", nil, coaio.aio_flock(fh, coaio.LOCK_SH | coaio.LOCK_NB))
      local waits = begin(coaio.aio_flock, fh, coaio.LOCK_EX)
      assert.is_true(fh:close())
      was_cancelled(waits)
    end)
  end)

  it("ends in time although a lock is waited for", function()
    with_waiting_lock(coaio.F_SETLKW, function(fh, waits)
      assert.is_true(coaio.timeout(60, fh.close, fh))
      was_cancelled(waits)
    end)
  end)

  it("cancels reads of pipes, sockets and terminals, whatever else waits there", function()
    run(function()
      local r, w = coaio.pipe2()
      local fifo = assert(coaio.aio_open(tmp:fifo "fifo", coaio.O_RDWR))
      local event = coaio.eventfd()
      local master = assert(coaio.aio_open("/dev/ptmx", "r+"))
      for _, fh in ipairs { r, fifo, event, master } do
        local plain, buffered = begin(coaio.aio_read, fh, nil, 8), begin(coaio.aio_read, fh, nil, 8, coaio.buffer(8))
        assert.is_true(fh:close())
        was_cancelled(plain)
        was_cancelled(buffered)
      end
      w:close()
    end)
  end)

  it("cancels a sendfile that waits for its source, on either side", function()
    run(function()
      for side = 1, 2 do
        local r, w = coaio.pipe2()
        local out = assert(coaio.aio_open(tmp "out", "w"))
        local waits = begin(coaio.aio_sendfile, out, r, nil, 100)
        assert.is_true((side == 1 and out or r):close())
        was_cancelled(waits);
        (side == 1 and r or out):close()
        w:close()
      end
    end)
  end)

  it("waits for a write, of which nothing is lost", function()
    run(function()
      local r <close>, w = coaio.pipe2()
      local data = helper.bytes(300000)
      local writer = begin(coaio.aio_write, w, nil, nil, data)
      local closer = coaio.async(w.close, w)
      local pieces = {}
      repeat
        pieces[#pieces + 1] = assert(coaio.aio_read(r, nil, 100000))
      until pieces[#pieces] == ""
      assert.is_true(table.concat(pieces) == data)
      assert.equal(#data, writer:join())
      assert.is_true(closer:join())
    end)
  end)

  for how, leave in pairs {
    ["times out"] = function(w)
      assert.same({ nil, "timed out", coaio.errno.ETIMEDOUT }, { coaio.timeout(0.01, w.close, w) })
    end,
    ["is cancelled"] = function(w)
      local closer = coaio.async(w.close, w)
      coaio.cede()
      closer:cancel()
      assert.is_false(pcall(closer.join, closer))
    end,
    ["is cancelled in callback style"] = function(w)
      local told
      local close = request.aio_close(w, function(_, _, code) told = code end)
      assert.is_true(close:cancel())
      coaio.aio_wait(close)
      assert.equal(coaio.errno.ECANCELED, told)
    end,
  } do
    it("that " .. how .. " beside a write closes the file when that has ended", function()
      run(function() -- which looks for descriptors that are left
        local r <close>, w = coaio.pipe2()
        local data = helper.bytes(300000)
        local writer = begin(coaio.aio_write, w, nil, nil, data)
        leave(w)
        assert.equal("coaio.file (closed)", tostring(w))
        local have = 0
        repeat
          local piece = assert(coaio.aio_read(r, nil, 100000))
          have = have + #piece
        until piece == "" -- its only writer is closed
        assert.equal(#data, have)
        assert.equal(#data, writer:join())
      end)
    end)
  end
end)
