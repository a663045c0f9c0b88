-- Who takes part: how each contender is started, what it needs, and how its answer is read.
-- All but fio follow one protocol (bench/README.md): PROGRAM WORK CONCURRENCY AMOUNT TARGET prints one number.
local lua = arg and arg[-1] or "lua5.4"
local env = 'LUA_PATH="./?.lua;lua/?.lua;;" LUA_CPATH="build/?.so;;" '

local contenders = {}

-- `needs` is a shell command that succeeds where the contender can run.
local function program(key, title, command, needs, missing)
  contenders[key] = {
    title = title,
    needs = needs,
    missing = missing,
    command = function(work, n, amount, target)
      return ("%s %s %d %s %s"):format(command, work, n, amount, target)
    end,
  }
end

-- Without fio's own bookkeeping, and, where asked for, in batches, as coaio submits: the default is one by one.
local function fio(key, engine, batch)
  contenders[key] = {
    title = "fio " .. engine .. (batch and " batch" or ""),
    needs = "command -v fio && fio --enghelp | grep -qw " .. engine,
    missing = "fio with its " .. engine .. " engine is not installed",
    command = function(_, n, seconds, target)
      return ("fio --minimal --name=bench --readonly --filename=%s --rw=randread --bs=4k --direct=1 --invalidate=0 "
        .. "--gtod_reduce=1 --norandommap --ioengine=%s --iodepth=%d --time_based --runtime=%dms %s")
        :format(target, engine, n, math.max(1, seconds * 1000 // 1), batch or "")
    end,
    -- Field 8 of the terse format is the reads per second.
    parse = function(output)
      local fields = {}
      for value in (output:match("3;fio[^\n]*") or ""):gmatch("[^;]+") do fields[#fields + 1] = value end
      return tonumber(fields[8])
    end,
  }
end

local core = "test -e build/coaio/core.so"
local built = "coaio is not built (run make)"

program("coaio", "coaio", "COAIO_BACKEND=auto " .. env .. lua .. " bench/coaio_coroutine.lua", core, built)
contenders.coaio_buffer = { -- what Coro::AIO does: each coroutine reads into memory of its own
  title = "coaio, buffers",
  needs = core,
  missing = built,
  command = function(_, n, amount, target) return contenders.coaio.command("read_into", n, amount, target) end,
}
program("coaio_threads", "coaio, threads", "COAIO_BACKEND=threads " .. env .. lua .. " bench/coaio_coroutine.lua", core,
  built)
program("coaio_c", "coaio in C", "COAIO_BACKEND=auto build/bench/coaio_c", "test -x build/bench/coaio_c", built)
program("coaio_c_threads", "coaio in C, threads", "COAIO_BACKEND=threads build/bench/coaio_c",
  "test -x build/bench/coaio_c", built)
program("coro", "Coro::AIO", "perl bench/coro_aio.pl", "perl -MEV -MCoro::EV -MAnyEvent::AIO -MCoro::AIO -e 1",
  "Coro::AIO, AnyEvent::AIO or EV is not installed")
program("luv", "luv", env .. lua .. " bench/luv_coroutine.lua", lua .. " -e 'require \"luv\"'", "luv is not installed")
program("node", "Node fs.promises", "node bench/node_fs.mjs", "command -v node", "Node is not installed")
program("lua", "blocking Lua", env .. lua .. " bench/blocking.lua", "test -e build/bench/clock.so",
  "bench.clock did not compile")
program("c", "blocking C", "build/bench/blocking", "test -x build/bench/blocking", "bench/blocking.c did not compile")
for _, tool in ipairs { "find", "rm", "cp" } do
  program(tool, tool == "find" and tool or tool .. " -r" .. (tool == "rm" and "f" or ""),
    env .. lua .. " bench/commands.lua " .. tool, "command -v " .. tool, tool .. " is not installed")
end
program("fd", "fd", env .. lua .. " bench/commands.lua fd", "command -v fdfind || command -v fd", "fd is not installed")
fio("fio", "io_uring")
fio("fio_batch", "io_uring", "--iodepth_batch_submit=16 --iodepth_batch_complete_max=16")
fio("fio_libaio", "libaio")
fio("fio_psync", "psync")

return contenders
