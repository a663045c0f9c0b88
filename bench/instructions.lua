-- Instructions per request, in user space, as valgrind's callgrind counts them: repeatable where times are not. Two
-- runs of different length are compared, so that the start does not count. On worker threads alone, as valgrind knows
-- no io_uring; and on one processor, so that none is there to share with: nothing here needs a worker then but stat,
-- whose counts waver by some percent.
--
-- bench/instructions.txt has the numbers of today, and says on what they were counted: they hold for that compiler and
-- that Lua. `make test` fails when one has grown by more than a tenth (spec/house/instructions_spec.lua);
-- `make bench BENCH=--instructions` compares, and with BENCH="--instructions --update" writes the table anew.
local process = require "bench.process"

local instructions = { path = "bench/instructions.txt", growth = 1.1 }

local lua = os.getenv "LUA" or arg and arg[-1] or "lua5.4"
local cc = os.getenv "CC" or "cc"
local target = "build/bench/blocks"
local short, long = 3200, 12800

local programs = {
  C = "build/bench/instructions",
  Lua = lua .. " bench/instructions_coroutine.lua",
}

instructions.rows = {
  { program = "C", work = "nop", concurrency = 1 },
  { program = "C", work = "nop", concurrency = 64 },
  { program = "C", work = "read", concurrency = 64 },
  { program = "C", work = "stat", concurrency = 64 },
  { program = "Lua", work = "nop", concurrency = 1 },
  { program = "Lua", work = "nop", concurrency = 64 },
  { program = "Lua", work = "read", concurrency = 64 },
  { program = "Lua", work = "stat", concurrency = 64 },
}

function instructions.name(row)
  return ("%s %s %d"):format(row.program, row.work, row.concurrency)
end

-- Why nothing can be counted, or nil.
function instructions.unavailable()
  if not process.shell("command -v valgrind") then return "valgrind is not installed" end
  if not process.shell("command -v taskset") then return "taskset is not installed" end
  if not process.shell("test -e build/coaio/core.so && test -e build/libcoaio.a") then return "coaio is not built" end
end

-- What the numbers depend on besides the sources.
function instructions.circumstances()
  local flags = process.output("cat build/flags")
  local optimized = {}
  for flag in flags:gmatch("%-[Omf][%w=-]+") do
    if flag:find("^%-O") or flag:find("^%-m") then optimized[#optimized + 1] = flag end
  end
  local compiler = process.output(cc .. " --version"):match("^%S+") .. " " .. process.output(cc .. " -dumpversion")
  local release = process.output(lua .. " -v"):match("Lua [%d.]+")
  return table.concat({ process.output("uname -m"), compiler, table.concat(optimized, " "), release }, ", ")
    :gsub("\n", "")
end

-- The program in C and the file to read, made once per process.
local prepared
local function prepare()
  if prepared then return end
  local libs = process.output("pkg-config --libs libuv 2>/dev/null; pkg-config --libs liburing 2>/dev/null")
  local text, good = process.output(("mkdir -p build/bench && head -c 65536 /dev/zero >%s && "
    .. "%s -O2 -std=c11 -D_GNU_SOURCE -Iinclude bench/instructions.c -o %s build/libcoaio.a %s -lpthread")
    :format(target, cc, programs.C, (libs:gsub("\n", " "))))
  assert(good, text)
  prepared = true
end

-- A command that runs another on the first of the processors that this process may use.
local function on_one_processor()
  local first = process.output("taskset -cp $$"):match("(%d+)[%d,-]*%s*$")
  return first and "taskset -c " .. first or ""
end

local function count(row, requests)
  local text = process.output(("COAIO_BACKEND=threads LUA_PATH='./?.lua;lua/?.lua;;' LUA_CPATH='build/?.so;;' "
    .. "%s timeout 120 valgrind --tool=callgrind --callgrind-out-file=/dev/null %s %s %d %d %s"):format(
    on_one_processor(), programs[row.program], row.work, row.concurrency, requests, target))
  local total = text:match("Collected : (%d+)")
  if not total or not text:find("\n" .. requests .. "\n") then error("callgrind: " .. text) end
  return tonumber(total)
end

-- Instructions per request.
function instructions.measure(row)
  prepare()
  return (count(row, long) - count(row, short)) // (long - short)
end

-- The numbers by name, and the circumstances they were counted in.
function instructions.read()
  local numbers, circumstances = {}, nil
  for line in io.lines(instructions.path) do
    local name, number = line:match("^(%a+ %a+ %d+)%s+(%d+)$")
    if name then numbers[name] = tonumber(number) end
    circumstances = circumstances or line:match("^# counted on (.+)$")
  end
  return numbers, circumstances
end

local function write(numbers)
  local file <close> = assert(io.open(instructions.path, "w"))
  file:write("# Instructions per request: language, request, how many at a time. See bench/instructions.lua.\n",
    "# counted on ", instructions.circumstances(), "\n")
  for _, row in ipairs(instructions.rows) do
    local name = instructions.name(row)
    file:write(("%-12s %6d\n"):format(name, numbers[name]))
  end
end

-- Print what they are now beside the table; `update` makes them the table.
function instructions.report(update)
  local why = instructions.unavailable()
  if why then return print(why) end
  local before, circumstances = instructions.read()
  local numbers = {}
  print(("instructions per request; now: %s; table: %s"):format(instructions.circumstances(), circumstances))
  print(("%-12s %8s %8s"):format("", "now", "table"))
  for _, row in ipairs(instructions.rows) do
    local name = instructions.name(row)
    local now, was = instructions.measure(row), before[name]
    numbers[name] = now
    print(("%-12s %8d %8s %s"):format(name, now, was or "-", was and ("%+.1f%%"):format((now / was - 1) * 100) or ""))
  end
  if update then write(numbers) end
end

return instructions
