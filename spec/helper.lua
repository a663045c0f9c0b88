-- What the specs share: temporary directories, a coaio.run that checks for leaks, witnesses, child processes.
--
-- A witness is another program (stat, cmp, readlink, strace...): what coaio says is compared with what it says, never
-- with coaio itself. Whatever could hang runs in a child under timeout(1). No spec measures time.

local coaio = require "coaio"

local helper = {
  lua = os.getenv "LUA" or "lua5.4",
  limit = 60, -- seconds until a child process counts as hung
}

local wanted = os.getenv "COAIO_BACKEND"

do
  local file <close> = io.open "/proc/self/stat"
  helper.pid = file:read "n" -- the first field
end

-- Quote a word for the shell.
function helper.quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

-- Run a shell command and return its output, without the last newline, and its exit status. "%s" takes a quoted word.
function helper.try(command, ...)
  local words = table.pack(...)
  for i = 1, words.n do words[i] = helper.quote(words[i]) end
  local pipe = io.popen("unset LD_PRELOAD; exec 2>&1; " .. command:format(table.unpack(words, 1, words.n)))
  local output = pipe:read "a"
  local _, how, code = pipe:close()
  return (output:gsub("\n$", "")), how == "exit" and code or how .. code
end

-- The same, and the command must succeed.
function helper.sh(command, ...)
  local output, code = helper.try(command, ...)
  assert(code == 0, ("%s: status %s: %s"):format(command, code, output))
  return output
end

helper.root = helper.sh "id -u" == "0"

-- Files, plainly.
function helper.write(path, content)
  local file = assert(io.open(path, "wb"))
  assert(file:write(content))
  assert(file:close())
  return path
end

function helper.slurp(path)
  local file = assert(io.open(path, "rb"))
  local content = assert(file:read "a")
  file:close()
  return content
end

-- Bytes that repeat only after a long while, so that a misplaced piece shows.
function helper.bytes(n)
  local pieces, have, i = {}, 0, 0
  while have < n do
    i = i + 1
    pieces[i] = ("%d:%x;"):format(i, i * 2654435761 % 4294967296)
    have = have + #pieces[i]
  end
  return table.concat(pieces):sub(1, n)
end

-- A temporary directory. Calling it names a file in it; `remove` is for teardown.
local Directory = {}
Directory.__index = Directory

function Directory:__call(name)
  return self.path .. "/" .. name
end

function Directory:file(name, content)
  return helper.write(self(name), content or "")
end

function Directory:fifo(name)
  helper.sh("mkfifo %s", self(name))
  return self(name)
end

function helper.tmpdir()
  local self = setmetatable({ path = helper.sh "mktemp -d /tmp/coaio-spec.XXXXXX" }, Directory)
  self.remove = function() helper.sh("rm -rf %s", self.path) end
  return self
end

-- Descriptors that this process has open, one a line: number and what it is. Without the pipe to the command that lists
-- them, whose other end may still be open here.
function helper.fds()
  return helper.sh("own=$(readlink /proc/$$/fd/1); ls -l /proc/%s/fd 2>/dev/null | "
    .. "sed -n 's/.* \\([0-9]* -> \\)/\\1/p' | grep -vF \"$own\"", helper.pid)
end

-- The lines of a text in alphabetic order, for what may come in any order.
function helper.sorted(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
  table.sort(lines)
  return table.concat(lines, "\n") .. "\n"
end

local function count_lines(text)
  return select(2, text:gsub("[^\n]+", ""))
end

-- What /proc says of a descriptor: is it closed on exec? The number itself; 02000000 is O_CLOEXEC.
function helper.cloexec(fd)
  local flags = helper.slurp("/proc/self/fdinfo/" .. fd):match "flags:%s*(%d+)"
  return tonumber(flags, 8) & tonumber("2000000", 8) ~= 0
end

-- What the descriptor of a file is, and that it closes on exec.
function helper.kind_of(file)
  assert(helper.cloexec(file:fileno()))
  return helper.sh("readlink /proc/%s/fd/%s", helper.pid, file:fileno())
end

-- What the kernel says of it.
function helper.info_of(file)
  return helper.slurp("/proc/self/fdinfo/" .. file:fileno())
end

-- Cancel tasks, and see that each of them ends so.
function helper.cancel_all(tasks)
  for _, task in ipairs(tasks) do task:cancel() end
  for _, task in ipairs(tasks) do
    local ok, err = pcall(task.join, task)
    assert(not ok and err == coaio.cancelled, tostring(err))
  end
end

-- A counter that must be called n times before the next helper.run ends.
local expected = {}

function helper.expect(n, what)
  local counter = { n = n, calls = 0, what = what or "callback" }
  expected[#expected + 1] = counter
  return function() counter.calls = counter.calls + 1 end
end

local function check_expected()
  local list = expected
  expected = {}
  for _, counter in ipairs(list) do
    assert(counter.calls == counter.n, ("%s: called %d times, not %d"):format(counter.what, counter.calls, counter.n))
  end
end

-- The first run makes the engine, the loop and the poller, whose descriptors stay.
local warm

local function warm_up()
  if warm then return end
  warm = true
  coaio.run(function()
    coaio.aio_nop()
    coaio.aio_busy(0)
    coaio.sleep(0.001)
    local r, w = coaio.pipe2()
    assert(coaio.aio_write(w, nil, nil, "x"))
    assert(r:close() and w:close())
    if wanted == "threads" or wanted == "uring" then assert(coaio.backend() == wanted, coaio.backend()) end
  end)
end

-- Files that were left to the collector are closed by workers, which nobody waits for: give them some turns.
local function settled(before)
  local after
  for _ = 1, 200 do
    collectgarbage()
    coaio.run(coaio.sleep, 0.005)
    after = helper.fds()
    if count_lines(after) <= count_lines(before) then return true end
  end
  return nil, "descriptors before:\n" .. before .. "\nand after:\n" .. after
end

-- Errors of tasks that nobody joins fail the spec, unless it has an onerror of its own.
local default_onerror = coaio.onerror

local function guarded(fn, ...)
  if coaio.onerror ~= default_onerror then return pcall(coaio.run, fn, ...) end
  local lost
  coaio.onerror = function(err, traceback) lost = lost or { err, traceback } end
  local results = table.pack(pcall(coaio.run, fn, ...))
  coaio.onerror = default_onerror
  if results[1] and lost then return false, ("%s\n%s"):format(tostring(lost[1]), tostring(lost[2])) end
  return table.unpack(results, 1, results.n)
end

-- coaio.run, and nothing may remain of it: no request, no descriptor, no call that was expected.
function helper.run(fn, ...)
  warm_up()
  local before = helper.fds()
  local results = table.pack(guarded(fn, ...))
  if not results[1] then
    expected = {}
    error(results[2], 0)
  end
  assert(coaio.nreqs() == 0, "requests left over")
  check_expected()
  assert(settled(before))
  return table.unpack(results, 2, results.n)
end

-- The three values of a failure: nil, "prefix: message", and the number of the error called `name`.
function helper.failed(name, prefix, ...)
  local ok, message, code = ...
  assert(ok == nil, ("%s expected, but it returned %s"):format(name, tostring(ok)))
  assert(select("#", ...) == 3, "a failure is three values")
  assert(coaio.errname(code) == name, ("%s expected, not %s"):format(name, tostring(message)))
  local text = coaio.strerror(code)
  local whole = prefix and prefix .. ": " .. text or text
  assert(message == whole, ("%q expected, not %q"):format(whole, message))
end

-- The call must raise an error whose text matches `pattern`.
function helper.raises(pattern, fn, ...)
  local results = table.pack(pcall(fn, ...))
  assert(not results[1], "an error was expected that matches " .. pattern)
  assert(tostring(results[2]):find(pattern), ("%q does not match %s"):format(tostring(results[2]), pattern))
  return results[2]
end

-- What has no result to wait for, and no other way to be noticed: cede until `condition` holds.
function helper.until_true(condition)
  while not condition() do coaio.sleep(0.001) end
end

-- Run Lua source in a process of its own. `options`: args (list), env ("A=1 B=2"), wrap (a command such as strace),
-- limit (seconds). Returns output, errors and status ("killed" after the limit).
function helper.child(source, options)
  options = options or {}
  local base = os.tmpname()
  helper.write(base .. ".lua", source)
  local words = {}
  for i, word in ipairs(options.args or {}) do words[i] = helper.quote(word) end
  local env = options.env or ""
  if (options.wrap or ""):find "strace" then env = env .. " ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0" end
  local command = ("%s timeout -s KILL %d %s %s %s.lua %s >%s.out 2>%s.err </dev/null"):format(env,
    options.limit or helper.limit, options.wrap or "", helper.lua, base, table.concat(words, " "), base, base)
  local _, how, code = os.execute("exec 2>/dev/null; " .. command)
  local output, errors = helper.slurp(base .. ".out"), helper.slurp(base .. ".err")
  for _, suffix in ipairs { "", ".lua", ".out", ".err" } do os.remove(base .. suffix) end
  if code == 137 or how == "signal" then code = "killed" end
  return output, errors, code
end

-- The same, and it must succeed without a word on stderr.
function helper.works(source, options)
  local output, errors, code = helper.child(source, options)
  assert(code == 0 and errors == "", ("status %s\n%s%s"):format(code, output, errors))
  return output
end

-- Errors that reach coaio.onerror while fn runs.
function helper.reported(fn)
  local errors, before = {}, coaio.onerror
  coaio.onerror = function(err, traceback) errors[#errors + 1] = { err, traceback } end
  local ok, problem = pcall(helper.run, fn)
  coaio.onerror = before
  assert(ok, problem)
  return errors
end

return helper
