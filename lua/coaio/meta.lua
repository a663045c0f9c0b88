---@meta coaio
-- luacheck: ignore
-- Annotations of coaio for editors that understand LuaCATS: objects, tasks, the loop, settings. In meta/ are the
-- synchronous functions, and the requests and constants, which tools/gen_docs.lua generates. docs/guide.md explains all
-- of it.

---@class coaio
---@field VERSION string
---@field errno coaio.errno numbers of errors by name
---@field coroutine coroutinelib in a generator of its making requests, and closing values, suspend the whole task
---@field CWD coaio.wd the current directory
---@field cancelled table what a cancelled task finds raised where it waits
---@field onerror fun(err: any, traceback: string, task?: coaio.task) gets errors of tasks that nobody joins
local coaio = {}

---A file in a request: a coaio file, a Lua io file, or an integer descriptor.
---@alias coaio.fh coaio.file|file*|integer

---A path in a request: bytes, or something below a working directory.
---@alias coaio.path string|coaio.wd|{ [1]: coaio.wd, [2]: string }

---An entry of aio_readdirx with READDIR_DENTS: name, type (DT_*), inode.
---@alias coaio.dirent { [1]: string, [2]: integer, [3]: integer }

---An extent of aio_fiemap, by position and by name.
---@class coaio.extent
---@field [1] integer logical
---@field [2] integer physical
---@field [3] integer length
---@field [4] integer flags
---@field logical integer where in the file, in bytes
---@field physical integer where on the device, in bytes
---@field length integer bytes
---@field flags integer FIEMAP_EXTENT_*

---@class coaio.file
local file = {}

---@return integer descriptor
function file:fileno() end

---Waits for the requests on the file, and closes it.
---@async
---@return true? ok, string? message, integer? errno
function file:close() end

---A working directory, from aio_wd.
---@class coaio.wd

---@class coaio.stat
---@field type "file"|"directory"|"link"|"fifo"|"socket"|"char"|"block"|nil
---@field size integer
---@field mode integer
---@field ino integer
---@field dev integer
---@field nlink integer
---@field uid integer
---@field gid integer
---@field rdev integer
---@field blksize integer
---@field blocks integer units of 512 bytes
---@field atime number seconds since 1970
---@field mtime number
---@field ctime number
---@field btime? number
---@field atimesec integer the seconds alone
---@field mtimesec integer
---@field ctimesec integer
---@field btimesec? integer
---@field atimensec integer nanoseconds after them
---@field mtimensec integer
---@field ctimensec integer
---@field btimensec? integer

---@class coaio.statx
---@field mask integer which of the others are there
---@field mode? integer
---@field ino? integer
---@field nlink? integer
---@field uid? integer
---@field gid? integer
---@field size? integer
---@field blksize integer
---@field blocks? integer
---@field dev_major integer
---@field dev_minor integer
---@field rdev_major integer
---@field rdev_minor integer
---@field attributes integer
---@field attributes_mask integer
---@field atime? number
---@field mtime? number
---@field ctime? number
---@field btime? number
---@field atimesec? integer
---@field mtimesec? integer
---@field ctimesec? integer
---@field btimesec? integer
---@field atimensec? integer
---@field mtimensec? integer
---@field ctimensec? integer
---@field btimensec? integer

---@class coaio.statvfs
---@field bsize integer
---@field frsize integer
---@field blocks integer
---@field bfree integer
---@field bavail integer
---@field files integer
---@field ffree integer
---@field favail integer
---@field fsid integer
---@field flag integer
---@field namemax integer

---Memory that requests fill and write.
---@class coaio.buffer
---@operator len: integer
local buffer = {}

---As string.sub.
---@param i? integer
---@param j? integer
---@return string
function buffer:sub(i, j) end

---Writes at an offset, counted from 0.
---@param offset integer
---@param bytes string
---@return coaio.buffer self
function buffer:set(offset, bytes) end

---@param length integer
---@return coaio.buffer self
function buffer:resize(length) end

---@param content integer|string its size, or its bytes
---@param align? integer a power of two up to 65536: such a buffer is fixed
---@return coaio.buffer
function coaio.buffer(content, align) end

---@class coaio.task
local task = {}

---Waits for its end; its results, or its error.
---@async
---@return any ...
function task:join() end

---Raises coaio.cancelled where it waits. Whether there was something to cancel.
---@return boolean
function task:cancel() end

---@return "queued"|"running"|"waiting"|"done"|"failed"|"cancelled"|"lost" lost: in a child, where another task forked
function task:status() end

---Its priority, -4 to 4, before the call.
---@param priority? integer
---@return integer
function task:prio(priority) end

---Runs fn, all tasks and all requests to their end; the results of fn.
---@param fn async fun(...): any
---@param ... any
---@return any ...
function coaio.run(fn, ...) end

---Where a task or coroutine is now, or where its error was; without one, where the error was that the last run raised.
---@param task? coaio.task|thread
---@return string? traceback nil of a task that failed without one: it had no memory
function coaio.traceback(task) end

---All tasks that have not ended, in no order.
---@return coaio.tasks.entry[]
function coaio.tasks() end

---@class coaio.tasks.entry
---@field task coaio.task
---@field status "queued"|"running"|"waiting"
---@field daemon boolean
---@field traceback string where it is

---A task that starts at the next turn. With options first: a daemon, which run does not wait for and cancels.
---@overload fun(options: { daemon?: boolean }, fn: async fun(...), ...: any): coaio.task
---@param fn async fun(...): any
---@param ... any
---@return coaio.task
function coaio.async(fn, ...) end

---The task that runs, nil outside.
---@return coaio.task?
function coaio.self() end

---@async
---@param seconds number
---@return true ok
function coaio.sleep(seconds) end

---Calls start(done) at once and waits until done(...) was called, by a callback of the host, say; what that was given.
---@async
---@param start fun(done: fun(...: any): boolean)
---@return any ...
function coaio.await(start) end

---Lets everything else that is ready go first.
---@async
function coaio.cede() end

---The results of fn, or nil, "timed out", ETIMEDOUT.
---@async
---@param seconds number
---@param fn async fun(...): any
---@param ... any
---@return any ...
function coaio.timeout(seconds, fn, ...) end

---A list of fn(item, index), at most n at a time.
---@async
---@generic T, R
---@param source T[]|fun(): T?
---@param n integer
---@param fn async fun(item: T, index: integer): R
---@return R[]
function coaio.map(source, n, fn) end

---The results of the task that ends first; the others are cancelled.
---@async
---@param tasks coaio.task[]
---@return any ...
function coaio.first(tasks) end

---A request in callback style, from require "coaio.request".
---@class coaio.request
local request = {}

---Whether it will be delivered as ECANCELED.
---@return boolean
function request:cancel() end

---Replaces the callback; the one before.
---@param fn? async fun(...)
---@return function?
function request:cb(fn) end

---@param priority integer -4 to 4
---@return coaio.request self
function request:prio(priority) end

---Delivers it as ETIMEDOUT if it is not finished in that time from now; without an argument it has no timeout any more.
---@param seconds? number
---@return coaio.request self
function request:timeout(seconds) end

---What the operation itself returned.
---@return integer? value, string? message, integer? errno
function request:outcome() end

---@return "threads"|"uring"|"inline"|"" who served it so far
function request:backend() end

---A request that waits for other requests: from coaio.aio_group and request.aio_group.
---@class coaio.group: coaio.request
local group = {}

---Adds members; returns its arguments.
---@param ... coaio.request
---@return coaio.request ...
function group:add(...) end

---Cancels the members and drops the feeder; the group then finishes.
---@return coaio.group self
function group:cancel_subs() end

---Sets the results that callback and aio_wait get; the group is not open any more.
---@param ... any
---@return coaio.group self
function group:result(...) end

---Makes it a failure with this error; 0: not.
---@param number integer
---@return coaio.group self
function group:errno(number) end

---Calls feeder now and whenever there are fewer members than the limit. It may not yield.
---@param feeder? fun(group: coaio.group)
---@return coaio.group self
function group:feed(feeder) end

---@param n integer how many members a feeder keeps the group at, 2 at first; 0 pauses it
---@return coaio.group self
function group:limit(n) end

---A group of coaio.aio_group may finish.
---@return coaio.group self
function group:close() end

---The request's results, when its callback has ended.
---@async
---@param req coaio.request
---@return any ...
function coaio.aio_wait(req) end

---The priority of this coroutine's next request; the one before. Without an argument it only tells.
---@param priority? integer -4 to 4
---@return integer
function coaio.aioreq_pri(priority) end

---Lowers the priority of this coroutine's next request by n; the one before.
---@param n integer
---@return integer
function coaio.aioreq_nice(n) end

---@return "threads"|"uring"
function coaio.backend() end

---Lets coaio live in another event loop; docs/hosts.md.
---@param host? "luv"|"cqueues"|"copas"|"glib"|coaio.host without it, the one that is running or loaded
---@param ... any the luv module; the cqueues controller
function coaio.attach(host, ...) end

---Leaves the host, when nothing is outstanding.
function coaio.detach() end

---An event loop, for attach.
---@class coaio.host
---@field watch fun(fd: integer, turn: fun()) call turn when fd is readable
---@field unwatch fun()
---@field hold fun() coaio has something to do
---@field release fun() it has no more
---@field suspend? fun(co: thread): false?
---@field resume? fun(co: thread)
---@field spawn? fun(fn: fun())
---@field run? fun(done: fun(): boolean)

---Makes coaio usable in a forked child.
function coaio.reinit() end

---A descriptor to watch for readability: then call poll_cb.
---@return integer
function coaio.poll_fileno() end

---Submits and delivers; -1 when a limit left something over.
---@return integer
function coaio.poll_cb() end

---Waits until poll_cb has something to do.
function coaio.poll_wait() end

---poll_wait and poll_cb.
---@return integer
function coaio.poll() end

---Waits until no request is outstanding.
---@async
function coaio.flush() end

---Seconds of a clock that only goes forward.
---@return number
function coaio.now() end

---@param number integer
---@return string?
function coaio.errname(number) end

---@param number integer
---@return string
function coaio.strerror(number) end

---A request that has been executing for over 100 ms.
---@class coaio.stuck
---@field request string its name, "aio_stat"
---@field seconds number how long it has been executing
---@field path? string its first path, relative to its wd
---@field fd? integer its first descriptor
---@field lane "ordinary"|"ring"|"slow"|"poller" who executes it
---@field cancelled boolean it was cancelled or timed out, and may be delivered already

---What hangs, longest first.
---@param all? boolean also what waits on the slow lane, or for its pipe, socket or terminal
---@return coaio.stuck[]
function coaio.stuck(all) end

---Each sets a limit, and returns the one before.
---@alias coaio.setting fun(value?: integer): integer

---@class coaio
---@field min_parallel coaio.setting
---@field max_parallel coaio.setting
---@field max_idle coaio.setting
---@field max_slow coaio.setting
---@field max_inline coaio.setting
---@field max_poll_reqs coaio.setting
---@field max_outstanding coaio.setting over it calls of coroutines wait; 0: no limit
---@field ring_depth coaio.setting
---@field signal coaio.setting the signal that interrupts what waits, as coaio.SIGURG; 0: never
---@field idle_timeout fun(seconds?: number): number
---@field drain_timeout fun(seconds?: number): number how long the end of the Lua state waits for requests under way
---@field max_poll_time fun(seconds?: number): number
---@field nreqs fun(): integer requests outstanding
---@field nready fun(): integer of these, not executing yet
---@field npending fun(): integer of these, finished and not delivered
---@field nthreads fun(): integer worker threads
---@field nwaiting fun(): integer of these, those that wait for time or for others, and take no room of max_outstanding
---@field nstuck fun(): integer requests that are stuck on ordinary workers or on the ring

return coaio
