-- Memory that runs out in Lua, at every allocation in turn. The allocator that fails comes from a module that is
-- compiled here.

local helper = require "spec.helper"

local source = [[
#include <stddef.h>
typedef struct lua_State lua_State;
typedef void *lua_Alloc(void *data, void *block, size_t before, size_t size);
extern lua_Alloc *lua_getallocf(lua_State *L, void **data);
extern void lua_setallocf(lua_State *L, lua_Alloc *f, void *data);
extern long long luaL_checkinteger(lua_State *L, int index);
extern void lua_pushinteger(lua_State *L, long long n);
extern void lua_pushcclosure(lua_State *L, int (*f)(lua_State *), int n);

static long long left, failures;
static lua_Alloc *real;
static void *real_data;

/* Fails three times: Lua collects and tries again before it gives up. */
static void *starving(void *data, void *block, size_t before, size_t size)
{
    if (size == 0 || (block != NULL && size <= before) || left-- > 0 || failures == 0)
        return real(data, block, before, size);
    failures--;
    return NULL;
}

/* starve(n): the allocations after the next n fail; starve(-1): none any more. Returns how many were to fail. */
static int starve(lua_State *L)
{
    long long n = luaL_checkinteger(L, 1);
    lua_pushinteger(L, failures);
    left = n;
    failures = n < 0 ? 0 : 3;
    lua_setallocf(L, n < 0 ? real : starving, real_data);
    return 1;
}

int luaopen_starve(lua_State *L)
{
    real = lua_getallocf(L, &real_data);
    lua_pushcclosure(L, starve, 0);
    return 1;
}
]]

describe("memory that runs out at any place", function()
  local tmp = helper.tmpdir()
  tmp:file("starve.c", source)
  local output, code = helper.try("${CC:-cc} -shared -fPIC -o %s %s", tmp "starve.so", tmp "starve.c")
  teardown(tmp.remove)

  -- Runs `work` in a task until it gets through; what it starves of must not harm what comes afterwards.
  local function survives(name, work)
    it("is an error, and no more, in " .. name, function()
      if code ~= 0 then return pending("no compiler: " .. output) end
      assert.equal("done\n", helper.works(([[
        package.cpath = %q .. "/?.so;" .. package.cpath
        local coaio, request = require "coaio", require "coaio.request"
        local starve, path = require "starve", arg[1]
        local function work() %s end
        local function afterwards() coaio.aio_busy(0) return coaio.aio_load(path) end
        coaio.onerror = function() end
        coaio.run(work)
        io.stderr:close() -- where errors are lost, that is said there
        local n, starved = 0, nil
        repeat
          starve(n)
          local ok, err = pcall(coaio.run, work)
          starved = starve(-1) < 3
          coaio.max_outstanding(0)
          assert(ok or tostring(err):find "memory", err)
          assert(coaio.run(afterwards) == "content")
          n = n + 1
        until not starved
        print "done"
      ]]):format(tmp.path, work), { args = { tmp:file("file", "content") } }))
    end)
  end

  survives("tasks", [[
    local tasks = {}
    for i = 1, 3 do
      tasks[i] = coaio.async(function(...)
        local fh <close> = assert(coaio.aio_open(path))
        coaio.aio_read(fh, 0, 100, coaio.buffer(0))
        coaio.aio_busy(0)
        return ...
      end, i, i)
    end
    for i = 1, 3 do tasks[i]:join() end
    coaio.max_outstanding(2)
    coaio.map({ 1, 2, 3 }, 2, function() coaio.aio_busy(0) end)
    coaio.first { coaio.async(coaio.sleep, 0.1), coaio.async(coaio.aio_nop) }
  ]])

  survives("groups and callbacks", [[
    local group, fed = coaio.aio_group(), 0
    group:limit(2)
    group:feed(function()
      fed = fed + 1
      if fed < 4 then group:add(request.aio_stat(path, function() coaio.aio_busy(0) end)) end
    end)
    coaio.aio_wait(group)
    coaio.aio_wait(request.aio_load(path, function() end))
  ]])

  survives("generators", [[
    local next = coaio.coroutine.wrap(function()
      for i = 1, 2 do
        coaio.aio_busy(0)
        coaio.coroutine.yield(i)
      end
    end)
    assert(next() == 1 and next() == 2)
    coroutine.wrap(function() coaio.aio_busy(0) end)()
    local function closing() return setmetatable({}, { __close = function() coaio.aio_busy(0) end }) end
    local function body()
      local _ <close> = closing()
      coaio.coroutine.yield(1)
    end
    for _ in coaio.coroutine.wrap(body) do break end
    local co = coaio.coroutine.create(body)
    assert(coaio.coroutine.resume(co))
    local closed, problem = coaio.coroutine.close(co)
    assert(closed, problem)
    local task = coaio.async(function()
      local _ <close> = closing()
      local _, err = pcall(coaio.sleep, 1000)
      error("wrapped: " .. tostring(err))
    end)
    coaio.cede()
    task:cancel()
    pcall(task.join, task)
  ]])
end)
