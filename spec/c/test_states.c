/*
 * Several Lua states, in threads of their own, each with its engine: none notices another. And a state that is closed,
 * with requests under way, leaves no thread and no descriptor behind.
 */
#include "test.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <sys/stat.h>

enum { THREADS = 4, STATES = 3, REPEATS = 200 };

/* Its arguments: a name that no other state has, how often. It ends with requests under way. */
static const char work[] =
    "local name, rounds = ...\n"
    "local coaio, request = require 'coaio', require 'coaio.request'\n"
    "local text = (name .. ';'):rep(1000)\n"
    "local function read_by_many(file)\n"
    "  local function read() return assert(coaio.aio_read(file, 0, #text)) end\n"
    "  local tasks = {}\n"
    "  for i = 1, 10 do tasks[i] = coaio.async(read) end\n"
    "  for i = 1, 10 do assert(tasks[i]:join() == text) end\n"
    "end\n"
    "local function cancel(fn, ...)\n"
    "  local task = coaio.async(fn, ...)\n"
    "  coaio.cede()\n"
    "  task:cancel()\n"
    "  local ok, err = pcall(task.join, task)\n"
    "  assert(not ok and err == coaio.cancelled, err)\n"
    "end\n"
    "local function wait_for_group()\n"
    "  local group, n = coaio.aio_group(), 0\n"
    "  for _ = 1, 5 do\n"
    "    group:add(request.aio_stat(name, function(stat) n = n + (stat.size == #text and 1 or 0) end))\n"
    "  end\n"
    "  assert(coaio.aio_wait(group))\n"
    "  assert(n == 5)\n"
    "end\n"
    "coaio.run(function()\n"
    "  local file <close> = assert(coaio.aio_open(name, 'w+'))\n"
    "  assert(coaio.aio_write(file, 0, nil, text) == #text)\n"
    "  for _ = 1, rounds do\n"
    "    read_by_many(file)\n"
    "    cancel(coaio.sleep, 100000)\n"
    "    cancel(coaio.aio_open, 'fifo', 'r')\n"
    "    wait_for_group()\n"
    "    assert(coaio.aio_busy(0))\n"
    "  end\n"
    "end)\n"
    "coroutine.wrap(coaio.aio_open)('fifo', 'r')\n"
    "coroutine.wrap(coaio.sleep)(100000)\n"
    "for _ = 1, 10 do request.aio_stat(name) end\n";

static void run_state(const char *name, int rounds)
{
    lua_State *L = luaL_newstate();
    CHECK(L != NULL);
    luaL_openlibs(L);
    CHECK_EQ(luaL_loadbuffer(L, work, sizeof(work) - 1, "=work"), LUA_OK);
    lua_pushstring(L, name);
    lua_pushinteger(L, rounds);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK)
        test_fail(__FILE__, __LINE__, name, lua_tostring(L, -1));
    lua_close(L);
}

static pthread_barrier_t together;

static void *run_states(void *data)
{
    char name[40];
    pthread_barrier_wait(&together);
    for (int i = 0; i < STATES; i++) {
        snprintf(name, sizeof name, "thread %d, state %d", *(int *)data, i);
        run_state(name, 10);
    }
    return NULL;
}

static void states_in_threads_of_their_own(void)
{
    pthread_t thread[THREADS];
    int number[THREADS];
    CHECK_EQ(pthread_barrier_init(&together, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++) {
        number[i] = i;
        CHECK_EQ(pthread_create(&thread[i], NULL, run_states, &number[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(thread[i], NULL), 0);
    pthread_barrier_destroy(&together);
}

/* Workers are detached: they may need a moment to leave. */
static void comes_down_to(int (*count)(void), int before)
{
    for (int i = 0; count() > before && i < 60000; i++)
        usleep(1000);
    CHECK(count() <= before);
}

static void states_leave_nothing_behind(void)
{
    run_state("the first", 1); /* libtsan starts a thread of its own */
    int fds = count_fds(), threads = count_threads();
    for (int i = 0; i < REPEATS; i++)
        run_state("again and again", 1);
    comes_down_to(count_threads, threads);
    comes_down_to(count_fds, fds);
}

int main(void)
{
    char directory[200];
    enter_directory(directory, sizeof directory);
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    states_leave_nothing_behind();
    states_in_threads_of_their_own();
    leave_directory(directory);
    return 0;
}
