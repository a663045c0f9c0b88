-- fork(2) while tasks live: in the child only the task that forked goes on. What both processes write is the witness.

local helper = require "spec.helper"

local source = [[
typedef struct lua_State lua_State;
extern void lua_pushinteger(lua_State *L, long long n);
extern void lua_pushcclosure(lua_State *L, int (*f)(lua_State *), int n);
extern int fork(void);
extern int waitpid(int pid, int *status, int options);
static int forked(lua_State *L)
{
    int status = -1, pid = fork();
    if (pid > 0)
        waitpid(pid, &status, 0); /* so that the order is known */
    lua_pushinteger(L, pid == 0 ? 0 : status == 0 ? 1 : status);
    return 1;
}
int luaopen_forks(lua_State *L) { lua_pushcclosure(L, forked, 0); return 1; }
]]

describe("a task that forks", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  tmp:file("forks.c", source)
  local output, code = helper.try("${CC:-cc} -shared -fPIC -o %s %s", tmp "forks.so", tmp "forks.c")
  teardown(tmp.remove)

  local head = [[
    package.cpath = %q .. "/?.so;" .. package.cpath
    io.stdout:setvbuf "no"
    local coaio, request, forks = require "coaio", require "coaio.request", require "forks"
    local path = %q
    local where = "parent"
    -- 0 in the child. The parent goes on when that has ended, well.
    local function fork()
      local pid = forks()
      where = pid == 0 and "child" or "parent"
      assert(pid == 0 or pid == 1, pid)
      return pid
    end
    local function say(...) print(where, ...) end
    local function steps(name)
      for i = 1, 3 do
        say(name, i)
        coaio.cede()
      end
      return name .. " done"
    end
  ]]

  -- `sorted`: the order is that of the machine. `wrap`: what starts it.
  local function test(name, script, expected, sorted, wrap)
    it(name, function()
      if code ~= 0 then return pending("no compiler: " .. output) end
      if (os.getenv "COAIO_SAN" or ""):find "address" then
        return pending "the address sanitizer's allocator does not survive fork(2) beside threads"
      end
      if (os.getenv "COAIO_SAN" or ""):find "thread" and script:find "reinit" then
        return pending "the thread sanitizer takes a thread of the child for one of the parent's"
      end
      local printed = helper.works(head:format(tmp.path, path) .. script, {
        env = "ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0", limit = 20, wrap = wrap,
      })
      if sorted then printed = helper.sorted(printed) end
      assert.equal(expected, (printed:gsub("\t", " "):gsub("\n", ", ")))
    end)
  end

  local tail = "say(coaio.run(function() %s end))"

  test("goes on alone in the child, and run returns its results there", tail:format [[
    coaio.async(steps, "a")
    coaio.async(function()
      coaio.cede()
      if fork() == 0 then
        coaio.cede()
        say "forked"
        coaio.cede()
        return "result"
      end
      say "went on"
    end)
    coaio.async(steps, "b")
    return steps "main"
  ]], "parent main 1, parent a 1, parent b 1, parent main 2, parent a 2, child forked, child result, "
    .. "parent went on, parent b 2, parent main 3, parent a 3, parent b 3, parent main done, ")

  test("may be the main one", tail:format [[
    coaio.async(steps, "a")
    coaio.cede()
    fork()
    return "main"
  ]], "parent a 1, child main, parent a 2, parent a 3, parent main, ")

  test("may have been resumed by a request", tail:format [[
    local task = coaio.async(function()
      coaio.async(function() coaio.aio_busy(0.01) say "late" end)
      coaio.async(function() coaio.sleep(0.01) coaio.aio_busy(0.1) say "slept" end)
      coaio.aio_busy(0)
      if fork() == 0 then coaio.cede() end
      return "forked"
    end)
    request.aio_stat(path, function() say "called" end)
    return task:join()
  ]], "child forked, parent called, parent forked, parent late, parent slept, ", true)

  test("may make its coaio anew, and tasks and requests", tail:format [[
    coaio.async(steps, "a"):join()
    local reader, writer = coaio.pipe2()
    local never = request.aio_read(reader, nil, 1, function() say "called" end)
    coaio.aio_busy(0)
    if fork() == 0 then
      coaio.reinit()
      local task = coaio.async(function() return coaio.aio_load(path) end)
      say(task:join(), coaio.nreqs(), #coaio.tasks())
      return coaio.map({ path, path }, 2, coaio.aio_load)[2]
    end
    coaio.aio_write(writer, nil, nil, "x")
    coaio.aio_wait(never)
  ]], "parent a 1, parent a 2, parent a 3, child content 0 1, child content, parent called, parent, ")

  test("finds that the others were given up", tail:format [[
    local other = coaio.async(coaio.sleep, 0.01)
    local req = request.aio_busy(0)
    local joined = coaio.async(function() other:join() end)
    coaio.cede()
    if fork() == 0 then
      say(other:status(), joined:status(), #coaio.tasks(), other:cancel())
      say(select(2, pcall(other.join, other)):match "given up")
      say(select(2, pcall(coaio.aio_wait, req)):match "given up")
      say(select(2, pcall(coaio.aio_stat, path)):match "reinit")
      return "end"
    end
    return "end"
  ]], "child lost lost 1 false, child given up, child given up, child reinit, child end, parent end, ")

  test("raises out of run in the child when it fails there", [[
    coaio.onerror = function(err) say("reported", err) end
    say(pcall(coaio.run, function()
      coaio.async(steps, "a")
      coaio.async(function() if fork() == 0 then error("alone", 0) end end)
    end))
  ]], "parent a 1, child false alone, parent a 2, parent a 3, parent true, ")

  test("tells nobody of errors that the parent tells of", [[
    coaio.onerror = function(err) say("reported", err) end
    say(coaio.run(function()
      coaio.async(error, "failed", 0)
      coaio.async(function() fork() end)
    end))
  ]], "child, parent reported failed, parent, ")

  test("may be a callback, a plain coroutine, or run by a loop of the program", [[
    request.aio_nop(function() fork() coaio.cede() say "callback" end)
    request.aio_busy(0.01, function() say "other" end)
    coaio.async(steps, "a")
    if pcall(coaio.flush) and where == "parent" then say "flushed" end
    if where == "child" then os.exit(0, true) end
    coaio.run(function()
      coaio.async(steps, "b")
      coroutine.wrap(function() coaio.cede() fork() say "plain" end)()
    end)
    say "end"
  ]], "child callback, child end, child plain, parent a 1, parent a 2, parent a 3, parent b 1, parent b 2, parent b 3, "
    .. "parent callback, parent end, parent flushed, parent other, parent plain, ", true)

  test("may be none: what the main chunk made before is the parent's", [[
    local task = coaio.async(steps, "a")
    if fork() == 0 then
      coaio.reinit()
      say(coaio.run(coaio.aio_load, path))
      os.exit(0, true)
    end
    coaio.run(coaio.cede)
    say(task:join())
  ]], "child content, parent a 1, parent a 2, parent a 3, parent a done, ")

  test("may come while descriptors are short", tail:format [[
    local files = {}
    local function take_all()
      while true do
        local file = io.open(path)
        if not file then return end
        files[#files + 1] = file
      end
    end
    coaio.aio_busy(0)
    take_all()
    local task = coaio.async(coaio.aio_open, path)
    repeat coaio.cede() until #coaio.tasks() > 2 -- it is tried again
    if fork() == 0 then
      for _ = 1, 30 do table.remove(files):close() end
      coaio.reinit()
      task = nil
      collectgarbage()
      coaio.flush()
      take_all()
      say(coaio.errname(select(3, coaio.aio_open(path))))
      return "flushed"
    end
    return coaio.errname(select(3, task:join()))
  ]], "child EMFILE, child flushed, parent EMFILE, ", false, "sh -c 'ulimit -n 100; exec \"$0\" \"$@\"'")
end)
