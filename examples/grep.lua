--- grep -rc in parallel, with progress: how many lines of each file below a directory contain a string.
--
-- lua5.4 examples/grep.lua string [directory [readers]]

local coaio = require "coaio"

local needle, root, readers = arg[1], arg[2] or ".", tonumber(arg[3]) or 32
if not needle then
  io.stderr:write "usage: grep.lua string [directory [readers]]\n"
  os.exit(2)
end

local CHUNK = 1 << 20
local files, bytes, matches = 0, 0, 0

-- Lines of a text that contain the string. The text ends with a newline.
local function count_in(text)
  local n, at = 0, 1
  while true do
    local found = text:find(needle, at, true)
    if not found then
      return n
    end
    n = n + 1
    at = text:find("\n", found, true) + 1
  end
end

-- The file in pieces that end with a line.
local function count(path)
  local file <close>, message = coaio.aio_open(path, "r")
  if not file then
    io.stderr:write(message, "\n")
    return 0
  end
  local n, offset, rest = 0, 0, ""
  repeat
    local data = assert(coaio.aio_read(file, offset, CHUNK))
    offset, bytes = offset + #data, bytes + #data
    local text = rest .. data
    local last = #data == 0 and #text or text:match "^.*()\n" or 0
    local lines = text:sub(1, last)
    rest = text:sub(last + 1)
    n = n + count_in(lines:sub(-1) == "\n" and lines or lines .. "\n")
  until #data == 0
  return n
end

-- An iterator over the regular files below a directory. It reads directories as it goes, and waits for them.
local function files_below(directory)
  return coaio.coroutine.wrap(function()
    local queue = { directory }
    while #queue > 0 do
      local current = table.remove(queue)
      local directories, others = coaio.aio_scandir(current, 0)
      for _, name in ipairs(directories or {}) do
        queue[#queue + 1] = current .. "/" .. name
      end
      for _, name in ipairs(others or {}) do
        local path = current .. "/" .. name
        local stat = coaio.aio_lstat(path)
        if stat and stat.type == "file" then
          coroutine.yield(path)
        end
      end
    end
  end)
end

local function progress()
  while true do
    coaio.sleep(0.2)
    io.stderr:write(("\r%d files, %.1f MB, %d matches "):format(files, bytes / 1e6, matches))
  end
end

coaio.run(function()
  local ticker = coaio.async(progress)
  local paths = {}
  for path in files_below(root) do
    paths[#paths + 1] = path
  end
  coaio.map(paths, readers, function(path)
    local n = count(path)
    files, matches = files + 1, matches + n
    if n > 0 then
      print(("%s:%d"):format(path, n))
    end
  end)
  ticker:cancel()
end)
io.stderr:write(("\r%d files, %d bytes, %d matches\n"):format(files, bytes, matches))
os.exit(matches > 0 and 0 or 1, true)
