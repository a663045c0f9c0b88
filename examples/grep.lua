--- grep -rc in parallel, with progress: how many lines of each file below a directory contain a string.
--
-- lua5.4 examples/grep.lua string [directory [readers]]     exits as grep does: 0 found, 1 not found, 2 trouble

local coaio = require "coaio"

local needle, root, readers = arg[1], arg[2] or ".", tonumber(arg[3]) or 32
if not needle or needle == "" then
  io.stderr:write "usage: grep.lua string [directory [readers]]\n"
  os.exit(2)
end

local CHUNK = 1 << 20
local files, bytes, matches, failures = 0, 0, 0, 0

local function fail(message)
  failures = failures + 1
  io.stderr:write(message, "\n")
end

-- A function that takes a text piece by piece, and tells how many lines so far contain the string.
local function line_counter()
  local n, rest, counted = 0, "", false -- where the string may have begun; whether the line that goes on is counted
  return function(piece)
    local text, at = rest .. piece, 1
    while true do
      local newline = counted and text:find("\n", at, true)
      at = counted and (newline or #text) + 1 or at
      counted = counted and not newline
      local found = text:find(needle, at, true)
      if not found then
        rest = text:sub(math.max(at, #text - #needle + 2))
        return n
      end
      n, at, counted = n + 1, found, true
    end
  end
end

local function count(path)
  local file <close>, message = coaio.aio_open(path, "r")
  if not file then
    return fail(message)
  end
  local counter, offset, n = line_counter(), 0
  repeat
    local data
    data, message = coaio.aio_read(file, offset, CHUNK)
    if not data then
      return fail(path .. ": " .. message)
    end
    offset, bytes, n = offset + #data, bytes + #data, counter(data)
  until data == ""
  files, matches = files + 1, matches + n
  if n > 0 then
    print(("%s:%d"):format(path, n))
  end
end

-- An iterator over the regular files below a directory. It reads directories as it goes, and waits for them.
local function files_below(directory)
  return coaio.coroutine.wrap(function()
    local queue = { directory }
    while #queue > 0 do
      local current = table.remove(queue)
      local directories, others = coaio.aio_scandir(current, 0)
      if not directories then
        fail(others)
        directories, others = {}, {}
      end
      for _, name in ipairs(directories) do
        queue[#queue + 1] = current .. "/" .. name
      end
      for _, name in ipairs(others) do
        local path = current .. "/" .. name
        local stat = coaio.aio_lstat(path)
        if stat and stat.type == "file" then
          coroutine.yield(path)
        end
      end
    end
  end)
end

local function show_progress()
  io.stderr:write(("\r%d files, %.1f MB, %d matches "):format(files, bytes / 1e6, matches))
end

coaio.run(function()
  local ticker = coaio.async(function()
    while true do
      coaio.sleep(0.2)
      show_progress()
    end
  end)
  coaio.map(files_below(root), readers, count)
  ticker:cancel()
end)
show_progress()
io.stderr:write "\n"
os.exit(failures > 0 and 2 or matches > 0 and 0 or 1, true)
