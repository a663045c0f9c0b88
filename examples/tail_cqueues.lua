--- tail -F for many logs at once, with cqueues: files are read by coaio; the clock and the loop are cqueues'.
-- A file that was renamed away and made again, or cut short, is read from its beginning.
--
-- lua5.4 examples/tail_cqueues.lua [-n lines] file...       with -n it ends after that many lines

local coaio = require "coaio"
local cqueues = require "cqueues"

local INTERVAL = 0.05
local CHUNK = 1 << 16

local limit, paths = math.huge, {}
do
  local i = 1
  while arg[i] do
    if arg[i] == "-n" then
      limit, i = tonumber(arg[i + 1]), i + 1
    else
      paths[#paths + 1] = arg[i]
    end
    i = i + 1
  end
end

local function show(path, line)
  if limit > 0 then
    limit = limit - 1
    print(path .. ": " .. line)
    io.stdout:flush()
  end
end

-- Shows the whole lines of what was appended since `offset`; where the last of them ends.
local function catch_up(path, file, offset)
  local rest = ""
  while true do
    local data = assert(coaio.aio_read(file, offset + #rest, CHUNK))
    if #data == 0 then
      return offset
    end
    local text, at = rest .. data, 1
    for line, stop in text:gmatch "([^\n]*)\n()" do
      show(path, line)
      at = stop
    end
    offset, rest = offset + at - 1, text:sub(at)
  end
end

-- One file of this name, until another one takes its place.
local function follow_one(path, from_end)
  local file <close> = coaio.aio_open(path, "r")
  if not file then
    return cqueues.sleep(INTERVAL)
  end
  local own = assert(coaio.aio_stat(file))
  local offset = from_end and own.size or 0
  while limit > 0 do
    local size = assert(coaio.aio_stat(file)).size
    offset = size < offset and 0 or offset
    if size > offset then
      offset = catch_up(path, file, offset)
    end
    local now = coaio.aio_stat(path)
    if not now or now.ino ~= own.ino or now.dev ~= own.dev then
      return
    end
    cqueues.sleep(INTERVAL)
  end
end

local loop = cqueues.new()
coaio.attach("cqueues", loop)
for _, path in ipairs(paths) do
  loop:wrap(function()
    follow_one(path, true)
    while limit > 0 do
      follow_one(path, false)
    end
  end)
end
assert(loop:loop())
