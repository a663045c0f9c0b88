-- Before the measuring: compile what is in C, and make the files that are read.
local process = require "bench.process"
local trees = require "bench.trees"

local shell, output = process.shell, process.output

local build = "build/bench"
local setup = { file = build .. "/data/file", files = build .. "/data/files" }
local file, files = setup.file, setup.files

-- Compile what is in C; coaio_c only where the library is built.
function setup.compile()
  local cc = (os.getenv("CC") or "cc") .. " -O2 -std=c11 -D_GNU_SOURCE -Wall"
  local flags = output("pkg-config --cflags lua5.4 || pkg-config --cflags lua-5.4 || pkg-config --cflags lua")
    :match("%-I[^\n]*") or ""
  local function must(command)
    local text = output(command .. " && echo compiled")
    if not text:find("compiled\n$") then io.stderr:write(text) end
  end
  os.execute("mkdir -p " .. build .. "/data")
  must(("%s bench/blocking.c -o %s/blocking"):format(cc, build))
  must(("%s bench/apart.c -o %s/apart -lpthread"):format(cc, build))
  must(("%s %s -fPIC -shared bench/clock.c -o %s/clock.so"):format(cc, flags, build))
  if shell("test -e build/libcoaio.a") then
    local libs = ""
    for _, name in ipairs { "libuv", "liburing" } do
      libs = libs .. " " .. (output("pkg-config --libs " .. name):match("^%s*(%-[^\n]*)") or "")
    end
    must(("%s -Iinclude bench/coaio_c.c -o %s/coaio_c build/libcoaio.a %s -lpthread"):format(cc, build, libs))
  end
end

-- One file of 128 MiB, never zeros only, written out before anything is measured.
local function make_file()
  if shell(("test -s %s && test $(wc -c <%s) -eq 134217728"):format(file, file)) then return end
  assert(shell("head -c 134217728 /dev/urandom >" .. file .. " && sync"), "cannot write " .. file)
end

-- `count` files of 1 KiB, a thousand to a directory.
local function make_files(count)
  local last = ("%s/%03d/%03d"):format(files, (count - 1) // 1000, (count - 1) % 1000)
  if shell("test -s " .. last) then return end
  local text = ("0123456789abcde\n"):rep(64)
  for directory = 0, (count - 1) // 1000 do
    local name = ("%s/%03d"):format(files, directory)
    os.execute("mkdir -p " .. name)
    for i = 0, math.min(999, count - 1 - directory * 1000) do
      local out = assert(io.open(("%s/%03d"):format(name, i), "wb"))
      assert(out:write(text))
      out:close()
    end
  end
  shell("sync")
end

function setup.data(count)
  make_file()
  make_files(count)
  trees.make(count)
end

-- Bring what is to be read back into the page cache: kernels let go of what was not used for a while.
function setup.warm(target)
  if target == "files" then
    shell("find " .. files .. " -type f -exec cat {} +")
  elseif target == "file" then
    shell("cat " .. file)
  end
end

return setup
