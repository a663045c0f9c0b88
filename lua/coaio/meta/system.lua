---@meta
-- luacheck: ignore
-- Annotations of the synchronous functions, for editors. docs/support.md explains them. In memory, an offset below 0
-- counts from the end, and a length below 0, too long, or left out is the rest.

---@class coaio
local coaio = {}

---A file, or nothing, as the memory of a fixed buffer.
---@param length integer
---@param prot integer PROT_*
---@param flags integer MAP_*
---@param fh? coaio.fh
---@param offset? integer a multiple of the page size
---@return coaio.buffer? map, string? message, integer? errno
function coaio.mmap(length, prot, flags, fh, offset) end

---@param map coaio.buffer
---@return true? ok, string? message, integer? errno
function coaio.munmap(map) end

---@param map coaio.buffer
---@param length integer
---@param flags? integer MREMAP_MAYMOVE, the default, or 0
---@return true? ok, boolean|string moved, integer? errno
function coaio.mremap(map, length, flags) end

---@param map coaio.buffer
---@param offset? integer
---@param length? integer
---@param prot integer PROT_*
---@return true? ok, string? message, integer? errno
function coaio.mprotect(map, offset, length, prot) end

---@param buffer coaio.buffer
---@param offset? integer
---@param length? integer
---@param advice integer MADV_*
---@return true? ok, string? message, integer? errno
function coaio.madvise(buffer, offset, length, advice) end

---@param buffer coaio.buffer
---@param offset? integer
---@param length? integer
---@return true? ok, string? message, integer? errno
function coaio.munlock(buffer, offset, length) end

---@return true? ok, string? message, integer? errno
function coaio.munlockall() end

---@param flags integer MCL_*
---@return true? ok, string? message, integer? errno
function coaio.mlockall(flags) end

---@param out_fh coaio.fh
---@param in_fh coaio.fh
---@param in_offset? integer left out: the file's own position
---@param length? integer
---@return integer? count, string? message, integer? errno
function coaio.sendfile(out_fh, in_fh, in_offset, length) end

---@param fh coaio.fh
---@param offset? integer
---@param length? integer 0 or left out: to the end
---@param advice integer FADV_*
---@return true? ok, string? message, integer? errno
function coaio.fadvise(fh, offset, length, advice) end

---@param r_fh coaio.fh
---@param r_off? integer left out: its own position
---@param w_fh coaio.fh
---@param w_off? integer
---@param length integer
---@param flags? integer SPLICE_F_*
---@return integer? count, string? message, integer? errno
function coaio.splice(r_fh, r_off, w_fh, w_off, length, flags) end

---@param r_fh coaio.fh
---@param w_fh coaio.fh
---@param length integer
---@param flags? integer SPLICE_F_*
---@return integer? count, string? message, integer? errno
function coaio.tee(r_fh, w_fh, length, flags) end

---@param flags? integer O_NONBLOCK, O_DIRECT
---@return coaio.file? r_fh, coaio.file|string w_fh, integer? errno
function coaio.pipe2(flags) end

---@param fh coaio.fh
---@param size? integer
---@return integer? size, string? message, integer? errno
function coaio.pipesize(fh, size) end

---@param fh coaio.fh a socket that listens
---@param maxlength? integer of the peer's name; 0: do not ask for it
---@param flags? integer SOCK_NONBLOCK
---@return coaio.file? file, string sockaddr, integer length of the whole name, which may be longer
function coaio.accept4(fh, maxlength, flags) end

---Becomes another program; returns only when that fails.
---@param fh coaio.fh
---@param arguments string[]
---@param environment? string[] "NAME=value"; left out: this process's own
---@return nil, string message, integer errno
function coaio.fexecve(fh, arguments, environment) end

---@param special? string
---@param path string
---@param fstype? string
---@param flags? integer MS_*
---@param data? string
---@return true? ok, string? message, integer? errno
function coaio.mount(special, path, fstype, flags, data) end

---@param target coaio.fh|coaio.path
---@param flags? integer AT_*
---@param mask? integer STATX_*
---@return coaio.statx? statx, string? message, integer? errno
function coaio.statx(target, flags, mask) end

---@param path string
---@param flags? integer MNT_*, UMOUNT_NOFOLLOW
---@return true? ok, string? message, integer? errno
function coaio.umount(path, flags) end

---@param name string
---@param flags? integer MFD_*
---@return coaio.file? file, string? message, integer? errno
function coaio.memfd_create(name, flags) end

---@param value? integer
---@param flags? integer EFD_*
---@return coaio.file? file, string? message, integer? errno
function coaio.eventfd(value, flags) end

---@param clockid integer CLOCK_*
---@param flags? integer TFD_*
---@return coaio.file? file, string? message, integer? errno
function coaio.timerfd_create(clockid, flags) end

---Times are in seconds; what it returns is what was set before.
---@param fh coaio.fh
---@param flags? integer TFD_TIMER_*
---@param interval number
---@param value number
---@return number? interval, number|string value, integer? errno
function coaio.timerfd_settime(fh, flags, interval, value) end

---@param fh coaio.fh
---@return number? interval, number|string value, integer? errno
function coaio.timerfd_gettime(fh) end

---@param pid integer
---@param flags? integer
---@return coaio.file? file, string? message, integer? errno
function coaio.pidfd_open(pid, flags) end

---@param fh coaio.fh
---@param signal integer
---@param info? { code?: integer, pid?: integer, uid?: integer, value_int?: integer, value_ptr?: integer }
---@param flags? integer
---@return true? ok, string? message, integer? errno
function coaio.pidfd_send_signal(fh, signal, info, flags) end

---@param fh coaio.fh
---@param descriptor integer of that process
---@param flags? integer
---@return coaio.file? file, string? message, integer? errno
function coaio.pidfd_getfd(fh, descriptor, flags) end

---One more than the highest number that a descriptor can have.
---@return integer? limit, string? message, integer? errno
function coaio.get_fdlimit() end

---Raises the limit to at least this, or as far as it goes.
---@param number? integer
---@return true? ok, string? message, integer? errno
function coaio.min_fdlimit(number) end

---@param dev integer
---@return integer
function coaio.major(dev) end

---@param dev integer
---@return integer
function coaio.minor(dev) end

---@param major integer
---@param minor integer
---@return integer dev
function coaio.makedev(major, minor) end
