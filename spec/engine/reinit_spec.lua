-- coaio.reinit: what a forked child may do. fork(2) comes from a module that is compiled here.

local helper = require "spec.helper"

local source = [[
typedef struct lua_State lua_State;
extern void lua_pushinteger(lua_State *L, long long n);
extern int fork(void);
extern int waitpid(int pid, int *status, int options);
int luaopen_forked(lua_State *L) { lua_pushinteger(L, fork()); return 1; }
int luaopen_waited(lua_State *L) { int status = -1; waitpid(-1, &status, 0); lua_pushinteger(L, status); return 1; }
]]

describe("after fork", function()
  local tmp = helper.tmpdir()
  tmp:file("fork.c", source)
  local output, code = helper.try("${CC:-cc} -shared -fPIC -o %s %s", tmp "forked.so", tmp "fork.c")
  if code == 0 then helper.sh("cp %s %s", tmp "forked.so", tmp "waited.so") end
  teardown(tmp.remove)

  -- `child` runs in the child, then `parent` in the parent; what they print comes back.
  local function forked(before, child, parent)
    return helper.works(([[
      package.cpath = %q .. "/?.so;" .. package.cpath
      io.stdout:setvbuf "no"
      local coaio, request = require "coaio", require "coaio.request"
      local path = %q
      %s
      if require "forked" == 0 then
        %s
        os.exit(0, true)
      end
      local status = require "waited"
      %s
      print("status " .. status)
    ]]):format(tmp.path, tmp:file("file", "content"), before, child, parent), {
      env = "ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0", -- its tracer finds threads of the parent in the child
    })
  end

  local function test(name, ...)
    local parts = { ... }
    it(name, function()
      if code ~= 0 then return pending("no compiler: " .. output) end
      if (os.getenv "COAIO_SAN" or ""):find "address" then
        return pending "the address sanitizer's allocator does not survive fork(2) beside threads"
      end
      assert.equal(parts[4], forked(parts[1], parts[2], parts[3]))
    end)
  end

  test("a child that has not called it is refused",
    "assert(coaio.aio_stat(path))",
    "print(select(2, pcall(coaio.aio_stat, path)):match 'reinit')",
    "print(coaio.aio_load(path))", "reinit\ncontent\nstatus 0\n")

  test("reinit makes the child's coaio anew, and leaves the parent's alone",
    "local slow = request.aio_busy(0.05, function() print 'once' end)",
    [[coaio.reinit()
      print(coaio.nreqs(), coaio.run(coaio.aio_load, path))
      coaio.run(function()
        for _ = 1, 100 do coaio.async(function() assert(coaio.aio_stat(path)) end) end
      end)]],
    "coaio.aio_wait(slow)", "0\tcontent\nonce\nstatus 0\n")

  test("reinit forgets open groups and running callbacks",
    [[local group = coaio.aio_group()
      group:add(request.aio_sleep(1000), request.aio_nop(function() coaio.sleep(1000) end))
      coaio.poll_cb()]],
    [[coaio.reinit()
      print(coaio.nreqs(), pcall(group.add, group) and "open" or "finished")
      group:close()
      collectgarbage()
      print(coaio.aio_load(path))]],
    "group:cancel()", "0\tfinished\ncontent\nstatus 0\n")

  test("reinit in the parent does nothing",
    "local req = request.aio_busy(0.01)",
    "coaio.reinit()",
    "coaio.reinit() print(coaio.nreqs(), coaio.aio_wait(req))", "1\ttrue\nstatus 0\n")
end)
