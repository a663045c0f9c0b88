-- Run a section of the script (see script.lua) through coaio, in the current directory, and write down what came of
-- each step, in the words of runner.pl.
--   lua runner.lua REPOSITORY BUILD SECTION SHARED OUTPUT

local repository, build, section, shared, output = table.unpack(arg)
package.path = ("%s/lua/?.lua;%s/?.lua;%s"):format(repository, repository, package.path)
package.cpath = ("%s/?.so;%s"):format(build, package.cpath)

local coaio = require "coaio"
local request = require "coaio.request"
local script = require "spec.peers.equal.script"

local var = {}
local special = {}

local function sum_of(text)
  local sum = 0
  for i = 1, #text, 4096 do
    for _, byte in ipairs { text:byte(i, math.min(i + 4095, #text)) } do sum = sum + byte end
  end
  return sum % (1 << 32)
end

-- The directory of each side has a name of its own, which shows in real paths.
local root = os.getenv "PWD"

local function quote(text)
  if text:sub(1, #root) == root then text = "ROOT" .. text:sub(#root + 1) end
  if #text > 100 then return ("%d bytes, sum %d"):format(#text, sum_of(text)) end
  return '"' .. text:gsub("[^ !#-Z^-~]", function(byte) return ("\\x%02x"):format(byte:byte()) end) .. '"'
end

local function list_of(entries)
  local quoted = {}
  table.sort(entries)
  for i, entry in ipairs(entries) do quoted[i] = quote(entry) end
  return "{" .. table.concat(quoted, ", ") .. "}"
end

local function fields_of(object, names)
  local words = {}
  for i, name in ipairs(names) do words[i] = name .. "=" .. object[name] end
  return table.concat(words, " ")
end

local function value(arg)
  if arg == script.NIL then return nil end
  if type(arg) ~= "table" then return arg end
  if arg.ref then return var[arg.ref] end
  if arg.wd and arg.name then return { var[arg.wd], arg.name } end
  if arg.wd then return var[arg.wd] end
  return arg
end

local function values(step)
  local args = { n = #step - 1 }
  for i = 1, args.n do args[i] = value(step[i + 1]) end
  return args
end

local function call(op, args)
  return coaio["aio_" .. op](table.unpack(args, 1, args.n))
end

local function failed(code)
  return "error " .. code
end

-- Requests whose results are told in a way of their own: by the name of the request, from the results.
local shapes = {}

function shapes.stat(step, stat)
  local fields = setmetatable({}, { __index = stat })
  for _, name in ipairs { "atime", "mtime" } do
    fields[name] = ("%d.%09d"):format(stat[name] // 1, stat[name .. "nsec"])
  end
  return fields_of(fields, step.fields or { "mode", "nlink", "uid", "gid", "size" })
end

shapes.lstat = shapes.stat

function shapes.statvfs(step, statvfs)
  return fields_of(statvfs, step.fields)
end

function shapes.readdir(step, names)
  return step.count and #names .. " entries" or list_of(names)
end

function shapes.readdirx(step, entries, flags)
  local names = {}
  for i = 1, step.first or #entries do
    local entry = entries[i]
    names[i] = type(entry) == "table" and entry[1] .. ":" .. entry[2] or entry
  end
  return list_of(names) .. " flags=" .. (flags & ~coaio.READDIR_DENTS)
end

function shapes.scandir(step, dirs, nondirs)
  if step.count then return #dirs .. " and " .. #nondirs end
  return list_of(dirs) .. " " .. list_of(nondirs)
end

function shapes.fiemap(_, extents)
  if type(extents) ~= "table" then return tostring(extents) end
  local words = {}
  for i, extent in ipairs(extents) do
    words[i] = ("%d:%d:%d:%d"):format(extent.logical, extent.physical, extent.length, extent.flags)
  end
  return "{" .. table.concat(words, ", ") .. "}"
end

function shapes.ioctl(step, result, data)
  return step.text and result .. " " .. quote(data) or tostring(result)
end

local function shape(step, first, second, third)
  if first == nil then return failed(third) end
  local shaped = shapes[step[1]]
  if shaped then return shaped(step, first, second) end
  if step.as then var[step.as] = first end
  if type(first) == "string" then return quote(first) end
  return math.type(first) and tostring(first) or "ok"
end

function special.sh(_, args)
  return os.execute(args[1]) and "ok" or "failed"
end

function special.map(step, args)
  local size, fh = args[1], args[2]
  local flags = fh and coaio.MAP_SHARED or coaio.MAP_PRIVATE | coaio.MAP_ANONYMOUS
  return shape(step, coaio.mmap(size, coaio.PROT_READ | coaio.PROT_WRITE, flags, fh, 0))
end

function special.poke(_, args)
  args[1]:set(args[2], args[3])
  return "ok"
end

function special.read(step, args)
  local initial = args[4]
  if not initial then return shape(step, call("read", args)) end
  local buffer = coaio.buffer(initial)
  local count, _, code = coaio.aio_read(args[1], args[2], args[3], buffer, args[5])
  return count and count .. " " .. quote(tostring(buffer)) or failed(code)
end

function special.fcntl(step, args)
  local lock = args[3]
  if type(lock) ~= "table" then return shape(step, call("fcntl", args)) end
  local copy = { type = lock.type, whence = lock.whence, start = lock.start, len = lock.len }
  local result, _, code = coaio.aio_fcntl(args[1], args[2], copy)
  if not result then return failed(code) end
  return ("%d %d,%d,%d,%d"):format(result, copy.type, copy.whence, copy.start, copy.len)
end

function special.group(step, members)
  local outcomes = {}
  local group = request.aio_group()
  for i, member in ipairs(members) do
    local args = values(member)
    args[args.n + 1] = function(first, _, code) outcomes[i] = first and "ok" or failed(code) end
    group:add(request["aio_" .. member[1]](table.unpack(args, 1, args.n + 1)))
  end
  if step.result then group:result(table.unpack(step.result)) end
  local result = { coaio.aio_wait(group) }
  if result[1] == true then result = {} end -- there was nothing else to say
  return table.concat(outcomes, "; ") .. " = " .. table.concat(result, ",")
end

local function run_step(step)
  local args = values(step)
  if special[step[1]] then return special[step[1]](step, args) end
  return shape(step, call(step[1], args))
end

local function outcome_of(step)
  local ok, outcome = pcall(run_step, step)
  return ok and outcome or "raised"
end

os.execute "true" -- so that a shell is known to be there before anything depends on it
local file = assert(io.open(output, "w"))
coaio.run(function()
  file:write("return { backend = ", ("%q"):format(coaio.backend()), ",\n")
  for _, step in ipairs(script.section(section, shared).steps) do
    file:write(("  %q,\n"):format(outcome_of(step)))
  end
  file:write "}\n"
end)
assert(file:close())
