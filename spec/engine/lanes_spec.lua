-- One operation that hangs does not stop the others: the slow lane, the replacement of stuck workers, the limits.
-- All by construction, with FIFOs that nobody opens and workers that are busy for a day.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, cancel_all = helper.run, helper.cancel_all

describe("the slow lane", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  teardown(tmp.remove)

  it("takes a hundred opens of FIFOs, and everything else goes on", function()
    run(function()
      local fifo, tasks = tmp:fifo "fifo", {}
      for i = 1, 100 do tasks[i] = coaio.async(coaio.aio_open, fifo, i % 2 == 0 and "r" or coaio.O_RDONLY) end
      coaio.cede()
      for _ = 1, 20 do
        assert.equal("file", coaio.aio_stat(path).type)
        local fh = assert(coaio.aio_open(path, "r"))
        assert.equal("content", coaio.aio_read(fh, 0, 100))
        assert(coaio.aio_fsync(fh))
        assert(coaio.aio_close(fh))
        assert(coaio.aio_busy(0))
        assert(coaio.aio_readdir(tmp.path))
      end
      assert.is_true(coaio.nreqs() >= 100)
      cancel_all(tasks)
    end)
  end)

  it("opens FIFOs in both directions, many at a time", function()
    run(function()
      local hit = helper.expect(40, "pair")
      for i = 1, 40 do
        local fifo = tmp:fifo("pair" .. i)
        coaio.async(function()
          local fh <close> = assert(coaio.aio_open(fifo, "r"))
          assert(coaio.aio_read(fh, nil, 100) == tostring(i))
          hit()
        end)
        coaio.async(function()
          local fh <close> = assert(coaio.aio_open(fifo, "w"))
          assert(coaio.aio_write(fh, nil, nil, tostring(i)))
        end)
      end
    end)
  end)

  it("takes reads of pipes, whoever opened them", function()
    run(function()
      local pipe = assert(coaio.aio_open(tmp:fifo "shared", coaio.O_RDWR))
      local io_file <close> = assert(io.open(tmp "shared", "r+"))
      local tasks = {}
      for i = 1, 60 do
        local handle = ({ pipe, pipe:fileno(), io_file })[i % 3 + 1]
        tasks[i] = coaio.async(coaio.aio_read, handle, nil, 100)
      end
      coaio.cede()
      for _ = 1, 20 do
        assert(coaio.aio_busy(0))
        assert(coaio.aio_stat(path))
      end
      cancel_all(tasks)
      assert(pipe:close())
    end)
  end)

  it("writes to a full pipe without stopping anybody", function()
    run(function()
      local pipe = assert(coaio.aio_open(tmp:fifo "full", coaio.O_RDWR))
      local data = helper.bytes(300000)
      local writer = coaio.async(function()
        local done = 0
        while done < #data do done = done + assert(coaio.aio_write(pipe, nil, nil, data, done)) end
      end)
      coaio.cede()
      assert(coaio.aio_busy(0))
      assert(coaio.aio_stat(path))
      local pieces, have = {}, 0
      while have < #data do
        local piece = assert(coaio.aio_read(pipe, nil, 10000))
        pieces[#pieces + 1] = piece
        have = have + #piece
      end
      writer:join()
      assert.is_true(table.concat(pieces) == data)
      assert(pipe:close())
    end)
  end)
end)

describe("the workers", function()
  it("that are stuck are replaced", function()
    run(function()
      local tasks = {}
      for i = 1, 8 do tasks[i] = coaio.async(coaio.aio_busy, 100000) end
      coaio.cede()
      for _ = 1, 3 do assert(coaio.aio_busy(0)) end
      assert(coaio.aio_realpath ".")
      cancel_all(tasks)
    end)
  end)

  it("run no more than max_parallel at once", function()
    local order = {}
    run(function()
      coaio.max_parallel(1)
      local tasks = {}
      for i = 1, 10 do
        tasks[i] = coaio.async(function()
          assert(coaio.aio_busy(i % 2 == 1 and 0.01 or 0))
          order[#order + 1] = i
        end)
      end
      for _, task in ipairs(tasks) do task:join() end
      coaio.max_parallel(8)
    end)
    assert.same({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, order)
  end)

  it("run several when max_parallel allows", function()
    run(function()
      coaio.max_parallel(2)
      local task = coaio.async(coaio.aio_busy, 100000)
      coaio.cede()
      for _ = 1, 5 do assert(coaio.aio_busy(0)) end
      cancel_all { task }
      coaio.max_parallel(8)
    end)
  end)

  it("pause at max_parallel 0, and go on after", function()
    local done = 0
    run(function()
      coaio.max_parallel(0)
      local tasks = {}
      for i = 1, 10 do
        tasks[i] = coaio.async(function()
          assert(coaio.aio_busy(0))
          done = done + 1
        end)
      end
      helper.until_true(function() return coaio.nready() >= 10 end)
      coaio.sleep(0.01)
      assert.equal(0, done)
      coaio.max_parallel(8)
      for _, task in ipairs(tasks) do task:join() end
    end)
    assert.equal(10, done)
  end)

  it("that are stuck are listed, and on demand what waits on the slow lane, or for a descriptor", function()
    local tmp = helper.tmpdir()
    local fifo = tmp:fifo "fifo"
    run(function()
      assert.same({}, coaio.stuck(true))
      local fh = assert(coaio.aio_open(fifo, coaio.O_RDWR))
      local opened = tmp:fifo "opened"
      local tasks = { coaio.async(coaio.aio_busy, 100000), coaio.async(coaio.aio_busy, 200000),
        coaio.async(coaio.aio_open, opened, "r"), coaio.async(coaio.aio_read, fh, nil, 1) }
      helper.until_true(function() return #coaio.stuck(true) == 4 end)
      local found = {}
      for i, entry in ipairs(coaio.stuck(true)) do
        assert.is_true(entry.seconds >= 0.1)
        assert.is_true(i == 1 or entry.seconds <= found[i - 1].seconds)
        found[i], entry.seconds = { seconds = entry.seconds }, nil
        found[entry.request] = entry
      end
      local function listed(request, lane, path, fd)
        assert.same({ request = request, lane = lane, path = path, fd = fd, cancelled = false }, found[request])
      end
      listed("aio_busy", "ordinary")
      listed("aio_open", "slow", opened)
      listed("aio_read", "poller", nil, fh:fileno())
      assert.equal(2, coaio.nstuck())
      local stuck = coaio.stuck()
      assert.equal(2, #stuck)
      for _, entry in ipairs(stuck) do assert.equal("aio_busy", entry.request) end
      cancel_all(tasks)
      helper.until_true(function() return #coaio.stuck(true) == 0 end)
      fh:close()
    end)
    tmp.remove()
  end)

  it("are counted, and so are requests", function()
    run(function()
      assert.equal(0, coaio.nreqs())
      local task = coaio.async(coaio.aio_busy, 100000)
      coaio.cede()
      assert.equal(1, coaio.nreqs())
      helper.until_true(function() return coaio.nready() == 0 end)
      assert.is_true(coaio.nthreads() >= 1)
      assert.equal(0, coaio.npending())
      cancel_all { task }
    end)
  end)
end)
