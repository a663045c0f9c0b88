--- Tasks: the loop, and what can be made of start, join and cancel.

local attach = require "coaio.attach"
local core = require "coaio.core"

local M = {}

--- What a cancelled task finds raised where it waits.
M.cancelled = setmetatable({}, { __tostring = function() return "cancelled" end, __name = "coaio.cancelled" })
core.set_cancelled(M.cancelled)

--- async([{ daemon = true }, ]fn, ...) -> task: queued; it starts at the next turn of the loop. `run` does not wait for
-- a daemon, and cancels it at its end; what a daemon makes is a daemon as well, unless daemon is false.
M.async = core.async

local function deadlock()
  local lines = { "deadlock: nothing can wake these tasks any more" }
  for _, task in ipairs(core.tasks()) do
    lines[#lines + 1] = tostring(task) .. ": " .. core.traceback(task)
  end
  return table.concat(lines, "\n")
end

-- An error raised in this file, as by Ctrl-C: where in here does not help anybody.
local here = debug.getinfo(1, "S").short_src .. ":"
local function without_position(err)
  if type(err) == "string" and err:sub(1, #here) == here then
    return (err:sub(#here + 1):gsub("^%d+: ", ""))
  end
  return err
end

local function drive(waiter)
  while not core.done(waiter) do
    if not core.step() and not core.done(waiter) then
      error(deadlock(), 0)
    end
  end
end

-- How the main chunk waits.
core.set_driver(function(waiter)
  local ok, err = pcall(drive, waiter)
  if not ok then
    error(without_position(err), 0)
  end
end)

local traceback -- of the task whose error the last run raised

-- Has it ended without results? Then the other tasks have to end, too. It is lost in a forked child, and nil where
-- none of the tasks forked.
local function is_broken(main)
  local status = main and main:status()
  return status == "failed" or status == "cancelled" or status == "lost"
end

-- Cancels the daemons, for which run waits from now on. Were there any?
local function dismiss()
  local daemons = core.recall()
  for _, task in ipairs(daemons) do
    task:cancel()
  end
  return #daemons > 0
end

-- Where tasks are left that nothing can wake. Not when they were dismissed: they were to end, however.
local function check_left(dismissed)
  if dismissed then
    core.abandon()
  elseif core.ntasks() > core.ndaemons() then
    error(deadlock(), 0)
  end
end

-- Runs until nothing is left, or `main` is broken. What daemons leave behind is waited for.
local function loop(main)
  local dismissed = false
  repeat
    while core.step(true) do
      if is_broken(main) then
        return
      end
    end
    if not is_broken(main) then
      check_left(dismissed)
    end
    dismissed = dismiss()
  until not dismissed
end

-- The same where a host has the loop: until nothing is left in that, or `main` is broken.
local function loop_of(main, host)
  local dismissed = false
  host.run(function()
    if not is_broken(main) and not core.left() then
      dismissed = dismiss() or dismissed
    end
    return is_broken(main)
  end)
  if not is_broken(main) then
    check_left(dismissed)
  end
end

-- Until all tasks have ended. Requests of other coroutines may be stuck for good: they are not waited for.
local function loop_to_the_end()
  local host = attach.current()
  if host then
    host.run(function() return core.ntasks() == 0 end)
  else
    while core.ntasks() > 0 and core.step() do end
  end
end

-- Cancels every task and lets it unwind.
local function unwind()
  for _, task in ipairs(core.tasks()) do
    task:cancel()
  end
  loop_to_the_end()
  core.abandon()
  core.report() -- what is left to be told
end

local shown = 10 -- tasks at either end of a chain

-- Where the error of a task was that has failed, and where those stood who joined it and failed of that.
local function chain(task)
  local tasks, places = {}, {}
  while task do
    table.insert(tasks, 1, task)
    task = core.cause(task)
  end
  for i, each in ipairs(tasks) do
    if i <= shown or i > #tasks - shown then
      places[#places + 1] = (i > 1 and "joined by " .. tostring(each) .. "\n" or "") .. tostring(core.traceback(each))
    elseif i == shown + 1 then
      places[#places + 1] = ("joined by %d tasks more"):format(#tasks - 2 * shown)
    end
  end
  return table.concat(places, "\n")
end

-- Is there nobody in Lua who could catch what is raised here? Then it ends the program, which writes it out.
local function is_uncaught()
  local _, in_main = coroutine.running()
  local level, info, below = 1, debug.getinfo(1, "S"), debug.getinfo(2, "S")
  while in_main and below and info.what ~= "C" do
    level = level + 1
    info, below = below, debug.getinfo(level + 1, "S")
  end
  return in_main and not below
end

-- Raises the error of `main`: the very value. Who would only read it is told where it was.
local function raise(main)
  traceback = chain(main)
  local _, err = pcall(main.join, main)
  if type(err) == "string" and is_uncaught() then
    error(("%s\n%s\nrun by the main chunk"):format(err, traceback), 0)
  end
  error(err, 0)
end

-- Loops for `main`; in a forked child, where that is lost, for the task that forked. Which one it was in the end.
local function loop_for(main)
  local ok, err, heir
  local host = attach.current()
  repeat
    main = heir or main
    ok, err = pcall(host and loop_of or loop, main, host)
    heir = core.heir(main)
  until heir == main or not heir
  if not heir and ok then
    ok, err = pcall(host and loop_of or loop, nil, host)
  end
  return heir, ok, err
end

local function finish(main, ok, err)
  local unwound, problem = true, nil
  if not ok and main then
    core.unwatch(main) -- run raises another error than that of main
  end
  if not ok or is_broken(main) then
    unwound, problem = pcall(unwind)
  end
  if not unwound then
    error(without_position(problem), 0)
  elseif not ok then
    error(without_position(err), 0)
  elseif main and main:status() == "failed" then
    raise(main)
  elseif main then
    return main:join()
  end
end

--- traceback([task]) -> where the task or coroutine is now, or where its error was; without one: where the error was
-- that the last run raised, and if there was none, where the caller is.
function M.traceback(task)
  if task == nil then
    return traceback or debug.traceback(nil, 2)
  elseif type(task) == "thread" then
    return core.cotraceback(task) or debug.traceback(task)
  elseif not core.is_task(task) then
    error(("bad argument #1 to 'traceback' (task expected, got %s)"):format(type(task)), 2)
  end
  return task:status() == "failed" and core.traceback(task) and chain(task) or core.traceback(task)
end

--- tasks() -> list of { task, status, daemon, traceback } of all that have not ended, in no order.
function M.tasks()
  local list = {}
  for i, task in ipairs(core.tasks()) do
    list[i] = {
      task = task,
      status = task:status(),
      daemon = core.is_daemon(task),
      traceback = core.traceback(task),
    }
  end
  return list
end

-- A value for a <close> variable of run: it ends also where an interrupt comes, or memory runs out, between two steps.
local ending = setmetatable({}, { __close = core.run_ends })

--- run(fn, ...) -> its results, when it, all tasks and all outstanding requests are done.
function M.run(fn, ...)
  if type(fn) ~= "function" then
    error(("bad argument #1 to 'run' (function expected, got %s)"):format(type(fn)), 2)
  end
  if core.is_run() or core.inside() or (core.hosted() and coroutine.isyieldable()) then
    error("coaio.run: already running: call the function, or make it a task by coaio.async", 2)
  end
  local host = attach.current()
  if host and not host.run then
    error("coaio.run: the host runs its loop itself; coaio.async makes tasks there", 2)
  end
  local main = core.watch(core.async(fn, ...))
  local _ <close> = ending
  traceback = nil
  core.run_begins()
  return finish(loop_for(main))
end

-- Cancels what is left of a list of tasks and waits until it has unwound.
local function stop(tasks)
  for _, task in ipairs(tasks) do
    task:cancel()
  end
  for _, task in ipairs(tasks) do
    task:cancel() -- it may have been made meanwhile
    pcall(core.await_end, task)
  end
end

-- A value for a <close> variable that stops these tasks, also when the running task is cancelled. Of the watched one
-- among them, state.decisive, the outcome has been taken by then, or nobody takes it.
local function stopping(tasks, state)
  return setmetatable({}, { __close = function()
    stop(tasks)
    if state and state.decisive then
      core.unwatch(state.decisive)
    end
  end })
end

local function check(good, argument, name, wanted)
  if not good then
    error(("bad argument #%d to '%s' (%s)"):format(argument, name, wanted), 3)
  end
end

--- timeout(seconds, fn, ...) -> results of fn; nil, "timed out", ETIMEDOUT when it was cancelled for being late.
function M.timeout(seconds, fn, ...)
  check(type(seconds) == "number" and seconds >= 0, 1, "timeout", "seconds from 0 on expected")
  check(type(fn) == "function", 2, "timeout", "function expected")
  local late = false
  local child = core.async(fn, ...)
  local timer = core.async(function()
    core.ops.aio_sleep(seconds)
    late = child:cancel()
  end)
  local _ <close> = stopping { timer, child }
  core.await_end(child)
  if late and child:status() ~= "done" then -- whatever it made of coaio.cancelled on its way
    return nil, "timed out", core.errno.ETIMEDOUT
  end
  return child:join()
end

--- sleep(seconds): as aio_sleep, with an error of its own.
function M.sleep(seconds)
  check(type(seconds) == "number" and seconds >= 0, 1, "sleep", "seconds from 0 on expected")
  return core.ops.aio_sleep(seconds)
end

local function are_tasks(list)
  for _, task in ipairs(type(list) == "table" and list or {}) do
    if not core.is_task(task) then
      return false
    end
  end
  return type(list) == "table" and list[1] ~= nil
end

--- first(tasks) -> the results of the one that ends first (or its error); the others are cancelled.
function M.first(tasks)
  check(are_tasks(tasks), 1, "first", "list of tasks expected")
  tasks = table.move(tasks, 1, #tasks, 1, {}) -- the caller's may change meanwhile
  local state, problem = {}, nil
  local gate = core.async(core.park)
  local watchers = { gate }
  local _ <close> = stopping(tasks, state)
  local _ <close> = stopping(watchers)
  for i, task in ipairs(tasks) do
    watchers[i + 1] = core.async(function()
      local ok, err = pcall(core.await_end, task)
      if not ok then
        problem = err
      elseif not state.decisive then
        state.decisive = core.watch(task)
      end
      gate:cancel()
    end)
  end
  core.await_end(gate)
  if not state.decisive then
    error(problem or M.cancelled, 0)
  end
  return state.decisive:join()
end

-- Lets one task at a time call a function that may wait, as a generator may.
local function one_at_a_time(fn)
  local inside, gates, first, last = false, {}, 1, 0 -- a queue
  local leaving = setmetatable({}, { __close = function()
    inside = false
    local gate = gates[first]
    if gate then
      gates[first], first = nil, first + 1
      gate:cancel()
    end
  end })
  local function wait()
    local gate = core.async(core.park)
    last = last + 1
    gates[last] = gate
    local _ <close> = stopping { gate }
    core.await_end(gate)
  end
  return function()
    while inside do
      wait()
    end
    inside = true
    local _ <close> = leaving
    return fn()
  end
end

-- A function that gives index and item, one pair per call, of a list or an iterator.
local function items_of(source)
  local index, ended = 0, false
  return one_at_a_time(function()
    local item
    index = index + 1
    if type(source) == "table" then
      item = source[index]
    elseif not ended then
      item = source()
    end
    ended = item == nil
    if not ended then
      return index, item
    end
  end)
end

-- A value for a <close> variable of each of these workers: the first that does not finish is state.decisive, and
-- cancels the others.
local function breaking(workers, state)
  local finished = false
  return setmetatable({ finish = function() finished = true end }, { __close = function()
    if finished or state.decisive then
      return
    end
    state.decisive = core.watch(core.self())
    for _, worker in ipairs(workers) do
      worker:cancel()
    end
  end })
end

--- map(list_or_iterator, n, fn) -> list of fn(item, index), at most n at a time; the first error stops the rest.
function M.map(source, n, fn)
  check(type(source) == "table" or type(source) == "function", 1, "map", "list or iterator expected")
  check(type(n) == "number" and math.tointeger(n) and n >= 1, 2, "map", "positive integer expected")
  check(type(fn) == "function", 3, "map", "function expected")
  local results, workers, state = {}, {}, {}
  local next_item = items_of(source)

  local function work()
    local guard <close> = breaking(workers, state)
    for index, item in next_item do
      if #workers < n and not state.decisive then -- no more of them than there are items
        workers[#workers + 1] = core.async(work)
      end
      results[index] = fn(item, index)
    end
    guard.finish()
  end

  local _ <close> = stopping(workers, state)
  workers[1] = core.async(work)
  for _, worker in ipairs(workers) do
    core.await_end(worker)
    if worker:status() ~= "done" then -- one that was cancelled before it started tells nobody
      state.decisive = state.decisive or worker
    end
  end
  if state.decisive then
    state.decisive:join()
  end
  return results
end

return M
