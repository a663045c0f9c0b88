-- What the Lua contenders share: the command line, the random sequence, the budget of seconds, the dispatch.
-- The protocol of every contender is described in bench/README.md.
local clock = require "bench.clock"

local common = { clock = clock, block = 4096, files_per_dir = 1000 }

-- Offsets of random blocks of `path`, the same sequence in every contender.
function common.sequence(path)
  local file = assert(io.open(path, "rb"))
  local blocks = file:seek("end") // common.block
  file:close()
  local seed = 1
  return function()
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 7) % blocks * 4096
  end
end

-- `more()` is true until the seconds are over; `rate()` is how often it was, per second.
function common.budget(seconds)
  local start, count, over = clock(), 0, false
  local function more()
    if count & 63 == 0 then over = clock() - start >= seconds end
    if over then return false end
    count = count + 1
    return true
  end
  local function rate()
    return count / (clock() - start)
  end
  return more, rate
end

-- The file that is written to, beside the one that is read, and a block of bytes. It has 8 MiB and is made here, block
-- by block, as all contenders do: how the cache has them matters to the file system.
function common.written(path)
  local written, data = path .. ".written", ("x"):rep(common.block)
  local file = assert(io.open(written, "wb"))
  file:setvbuf("no")
  for _ = 1, (8 << 20) // common.block do assert(file:write(data)) end
  file:close()
  return written, data
end

-- Makes `count` empty files in a directory beside `path`; the function hands out their names, and for each another one.
function common.renamed(path, count)
  local directory, index = path .. ".renamed", 0
  os.execute(("rm -rf %s && mkdir %s"):format(directory, directory))
  for i = 1, count do assert(io.open(("%s/%d"):format(directory, i), "w")):close() end
  return function()
    index = index + 1
    return ("%s/%d"):format(directory, index), ("%s/%d.renamed"):format(directory, index)
  end
end

-- Hands out the paths of `count` small files below `target`, nil after the last.
function common.paths(target, count)
  local index = -1
  return function()
    index = index + 1
    if index < count then
      return ("%s/%03d/%03d"):format(target, index // common.files_per_dir, index % common.files_per_dir)
    end
  end
end

-- Resident memory of this process in bytes.
function common.resident()
  local file = assert(io.open("/proc/self/statm"))
  local _, pages = file:read("n", "n")
  file:close()
  return pages * 4096
end

-- The longest gap seen between calls, in milliseconds.
function common.gaps()
  local last, longest = clock(), 0
  local function tick()
    local now = clock()
    longest = math.max(longest, now - last)
    last = now
  end
  return tick, function() return longest * 1000 end
end

function common.main(works)
  local work = works[arg[1]]
  if not work then os.exit(3) end
  local result = work(tonumber(arg[2]), tonumber(arg[3]), arg[4])
  print(("%.3f"):format(result))
  io.stdout:flush()
  os.exit(0, false)
end

return common
