-- find, fd, rm and cp as contenders: commands.lua COMMAND WORK CONCURRENCY COUNT TARGET. The time that the command
-- takes at least for an empty directory, which is its start, does not count: the others' start does not either.
local common = require "bench.common"

local commands = {
  find = { scan = "find %s -type f >/dev/null" },
  fd = { scan = "$(command -v fdfind || command -v fd) --unrestricted --type f . %s >/dev/null" },
  rm = { remove = "rm -rf %s", rmtree = "rm -rf %s" },
  cp = { copy = "cp -r %s %s.copy" },
}

local command = commands[table.remove(arg, 1)]

local function seconds(template, target)
  local line, start = template:gsub("%%s", target), common.clock()
  assert(os.execute(line), line)
  return common.clock() - start
end

local function start_of(template)
  local empty, least = os.tmpname(), math.huge
  assert(os.remove(empty))
  for _ = 1, 5 do
    assert(os.execute("mkdir " .. empty))
    least = math.min(least, seconds(template, empty))
    os.execute(("rm -rf %s %s.copy"):format(empty, empty))
  end
  return least
end

local function work(_, count, target)
  local template = command[arg[1]]
  local start = start_of(template)
  return count / (seconds(template, target) - start)
end

common.main { [command[arg[1]] and arg[1] or ""] = work }
