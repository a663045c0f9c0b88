-- Bad input, for every argument of every request: a wrong type, a number that is no integer, an offset out of range or
-- a closed file raises an error that names function and argument; what only the system can refuse returns nil, message
-- and errno; nothing crashes, leaks, or takes a number for another one.

local coaio = require "coaio"
local helper = require "spec.helper"

local tmp = helper.tmpdir()
local nan, too_big, wraps = 0 / 0, 2.0 ^ 63, 1 << 32

-- What each request takes, by kind, in order. "?" may be left out.
local requests = {
  aio_open = { "path", "openflags?", "mode?" },
  aio_close = { "fh" },
  aio_seek = { "fh", "delta?", "whence?" },
  aio_read = { "fh", "offset?", "length?", "buffer?", "dataoffset?" },
  aio_write = { "fh", "offset?", "length?", "data", "dataoffset?" },
  aio_sendfile = { "fh", "fh", "offset?", "length?" },
  aio_readahead = { "fh", "offset0?", "length?" },
  aio_stat = { "target" },
  aio_lstat = { "path" },
  aio_fstat = { "fh" },
  aio_statvfs = { "target" },
  aio_statx = { "target", "flags?", "flags?" },
  aio_utime = { "target", "time?", "time?" },
  aio_chown = { "target", "id?", "id?" },
  aio_chmod = { "target", "mode" },
  aio_truncate = { "target", "offset0?" },
  aio_allocate = { "fh", "flags?", "space?", "space?" },
  aio_unlink = { "path" },
  aio_rmdir = { "path" },
  aio_mkdir = { "path", "mode?" },
  aio_mknod = { "path", "mode?", "dev?" },
  aio_link = { "target", "path" },
  aio_symlink = { "text", "path" },
  aio_rename = { "path", "path" },
  aio_rename2 = { "path", "path", "flags?" },
  aio_readlink = { "path" },
  aio_realpath = { "path" },
  aio_readdir = { "path" },
  aio_readdirx = { "path", "flags?" },
  aio_sync = {},
  aio_syncfs = { "fh" },
  aio_fsync = { "fh" },
  aio_fdatasync = { "fh" },
  aio_sync_file_range = { "fh", "offset0?", "length?", "flags?" },
  aio_nop = {},
  aio_busy = { "seconds" },
  aio_sleep = { "seconds" },
  aio_fiemap = { "fh", "offset0?", "length?", "flags?", "length?" },
  aio_fcntl = { "fh", "command", "argument?" },
  aio_flock = { "fh", "command" },
  aio_ioctl = { "fh", "command", "argument?" },
  aio_msync = { "range", "dataoffset?", "length?", "flags?" },
  aio_mtouch = { "range", "dataoffset?", "length?", "flags?" },
  aio_mlock = { "range", "dataoffset?", "length?" },
  aio_mlockall = { "flags?" },
  aio_slurp = { "path", "fromend?", "length?", "buffer?" },
  aio_load = { "path" },
  aio_copy = { "path", "path" },
  aio_move = { "path", "path" },
  aio_scandir = { "path", "length?" },
  aio_rmtree = { "path" },
  aio_pathsync = { "path" },
  aio_wd = { "path", "options?" },
}

-- A value of each kind that is right.
local fresh = 0
local function new_path()
  fresh = fresh + 1
  return tmp("file" .. fresh)
end

local right = {
  path = new_path,
  text = new_path,
  target = function() return tmp:file("target", "content") end,
  fh = function(files)
    local fh = assert(coaio.aio_open(tmp "handle", coaio.O_RDWR | coaio.O_CREAT | coaio.O_TRUNC))
    files[#files + 1] = fh
    return fh
  end,
  openflags = function() return coaio.O_RDWR | coaio.O_CREAT end,
  buffer = function() return coaio.buffer(16) end,
  data = function() return "data" end,
  mode = function() return coaio.S_IFREG | 384 end,
  flags = function() return 0 end,
  whence = function() return 0 end,
  offset = function() return 0 end,
  offset0 = function() return 0 end,
  dataoffset = function() return 0 end,
  space = function() return 1 end,
  delta = function() return 0 end,
  length = function() return 1 end,
  id = function() return -1 end,
  time = function() return 1 end,
  dev = function() return 0 end,
  seconds = function() return 0 end,
  command = function() return coaio.F_GETFD end,
  argument = function() return 0 end,
  range = function() return coaio.buffer(4096, 4096) end,
  fromend = function() return 0 end,
  options = function() return {} end,
}

-- Wrong values, each under a name. Made anew, because some are objects.
local wrong = {
  ["nil"] = function() return nil end,
  ["true"] = function() return true end,
  ["table"] = function() return {} end,
  ["function"] = function() return print end,
  ["thread"] = function() return coroutine.create(print) end,
  ["-1"] = function() return -1 end,
  ["1.5"] = function() return 1.5 end,
  ["NaN"] = function() return nan end,
  ["2^63"] = function() return too_big end,
  ["-inf"] = function() return -math.huge end,
  ["mininteger"] = function() return math.mininteger end,
  ["2^32"] = function() return wraps end,
  ["word"] = function() return "no-such-thing" end,
  ["closed file"] = function(files)
    local fh = right.fh(files)
    files[#files] = nil
    assert(coaio.aio_close(fh))
    return fh
  end,
  ["closed Lua file"] = function()
    local file = io.open(tmp:file("closed", ""))
    file:close()
    return file
  end,
}

-- What must happen: "raises", "fails" (nil, message, errno), "refused" (either) or "any". A kind inherits from "*".
local everywhere = {
  ["true"] = "raises", table = "raises", ["function"] = "raises", thread = "raises", ["1.5"] = "raises",
  NaN = "raises", ["2^63"] = "raises", ["-inf"] = "raises", ["closed file"] = "raises",
  ["closed Lua file"] = "raises",
}

local by_kind = {
  path = { ["nil"] = "raises", ["-1"] = "raises", mininteger = "raises", ["2^32"] = "raises", word = "skip" },
  target = { ["nil"] = "raises", ["-1"] = "refused", mininteger = "refused", ["2^32"] = "refused", word = "fails" },
  fh = { ["nil"] = "raises", ["-1"] = "refused", mininteger = "refused", ["2^32"] = "refused", word = "raises" },
  openflags = { ["-1"] = "refused", mininteger = "refused", ["2^32"] = "refused", word = "raises" },
  mode = { ["-1"] = "refused", mininteger = "refused", ["2^32"] = "refused", word = "raises" },
  flags = { ["-1"] = "refused", mininteger = "refused", ["2^32"] = "refused", word = "raises" },
  whence = { ["-1"] = "refused", mininteger = "refused", ["2^32"] = "refused", word = "raises" },
  offset = { ["-1"] = "raises", mininteger = "raises", ["2^32"] = "any", word = "raises" },
  offset0 = { ["-1"] = "raises", mininteger = "raises", ["2^32"] = "any", word = "raises" },
  delta = { ["-1"] = "fails", mininteger = "fails", ["2^32"] = "any", word = "raises" },
  length = { ["-1"] = "raises", mininteger = "raises", ["2^32"] = "any", word = "raises" },
  buffer = { ["-1"] = "raises", mininteger = "raises", ["2^32"] = "raises", word = "raises" },
  data = { ["nil"] = "raises", ["1.5"] = "any", NaN = "any", ["2^63"] = "any", ["-inf"] = "any" },
  id = { mininteger = "refused", ["2^32"] = "refused", word = "raises" },
  time = { ["1.5"] = "any", ["2^63"] = "refused", ["-inf"] = "refused", mininteger = "any", word = "raises" },
  dev = { word = "raises" },
  space = { ["-1"] = "raises", mininteger = "raises", ["2^32"] = "skip", word = "raises" },
  dataoffset = { ["-1"] = "any", mininteger = "raises", ["2^32"] = "skip", word = "raises" },
  command = { ["nil"] = "raises", ["-1"] = "refused", mininteger = "refused", ["2^32"] = "refused", word = "raises" },
  argument = { table = "any" },
  range = { ["nil"] = "raises", ["-1"] = "raises", mininteger = "raises", ["2^32"] = "raises", word = "raises" },
  fromend = { word = "raises" },
  options = { table = "any", ["-1"] = "refused", mininteger = "refused", ["2^32"] = "refused", word = "raises" },
  seconds = {
    ["nil"] = "raises", ["1.5"] = "skip", ["2^32"] = "skip", ["2^63"] = "skip", ["-1"] = "refused", NaN = "refused",
    ["-inf"] = "refused", mininteger = "refused", word = "raises",
  },
}
by_kind.text = by_kind.path

local function expectation(kind, name, optional)
  if name == "nil" and optional then return "any" end
  return by_kind[kind][name] or everywhere[name] or "any"
end

-- One call with argument `at` replaced; returns what happened, and the error or the results.
local function call(request, kinds, at, value)
  local files, args = {}, {}
  for i, kind in ipairs(kinds) do
    args[i] = right[kind:gsub("?", "")](files)
    if kind == "mode" or kind == "mode?" and request ~= "aio_mknod" then args[i] = 384 end
  end
  if at then args[at] = value(files) end
  local results = table.pack(pcall(coaio[request], table.unpack(args, 1, #kinds)))
  for _, fh in ipairs(files) do pcall(coaio.aio_close, fh) end
  if type(results[2]) == "userdata" and request == "aio_open" then results[2]:close() end
  if not results[1] then return "raises", results[2] end
  if results[2] == nil then return "fails", results[3], results[4] end
  return "succeeds"
end

local function check(request, kinds, at, name)
  local kind, optional = kinds[at]:match "^(%w+)(%??)$"
  local expected = expectation(kind, name, optional == "?")
  if expected == "skip" then return end
  local what, message, code = call(request, kinds, at, wrong[name])
  local where = ("%s, argument %d (%s) = %s: %s %s"):format(request, at, kind, name, what, tostring(message))
  if expected == "any" then return assert(what ~= "raises" or message:find(request, 1, true), where) end
  if expected == "raises" or expected == "fails" then assert(what == expected, expected .. " expected: " .. where) end
  if expected == "refused" then assert(what ~= "succeeds", where) end
  if what == "raises" then
    assert(message:find(("bad argument #%d to '[%%w.]*%s'"):format(at, request)), where)
  elseif what == "fails" then
    assert(type(message) == "string" and coaio.errname(code), where)
  end
end

describe("bad arguments", function()
  teardown(tmp.remove)

  it("are known here for every request of the table", function()
    for name in helper.slurp("src/ops.c"):gmatch '"(aio_[%w_]+)"' do
      assert.truthy(requests[name] or name == "aio_group", name) -- a group is no call that waits
    end
  end)

  for request, kinds in pairs(requests) do
    it("of " .. request, function()
      helper.run(function()
        assert.equal("function", type(coaio[request]))
        for at = 1, #kinds do
          for name in pairs(wrong) do check(request, kinds, at, name) end
        end
        assert(coaio.aio_nop())
      end)
    end)

    it("of " .. request .. ": none at all", function()
      helper.run(function()
        local required = kinds[1] and not kinds[1]:find "?"
        local results = table.pack(pcall(coaio[request]))
        assert.equal(not required, results[1])
        if required then assert.truthy(results[2]:find("bad argument #1 to '[%w.]*" .. request)) end
      end)
    end)
  end

  it("are not what the table above calls right", function()
    helper.run(function()
      for _, request in ipairs { "aio_open", "aio_seek", "aio_read", "aio_write", "aio_sendfile", "aio_stat" } do
        assert.equal("succeeds", (call(request, requests[request])))
      end
      for _, request in ipairs { "aio_utime", "aio_chown", "aio_chmod", "aio_truncate", "aio_allocate", "aio_mkdir" } do
        assert.equal("succeeds", (call(request, requests[request])))
      end
    end)
  end)

  it("with a NUL in a path are EINVAL, and never a shorter path", function()
    helper.run(function()
      for request, kinds in pairs(requests) do
        for at, kind in ipairs(kinds) do
          local path = tmp:file("nul", "content")
          if kind == "path" or kind == "target" or kind == "text" then
            local what, message, code = call(request, kinds, at, function() return path .. "\0tail" end)
            assert(what == "raises" or what == "fails" and code == coaio.errno.EINVAL,
              ("%s #%d: %s %s"):format(request, at, what, tostring(message)))
            assert.equal("content", helper.slurp(path))
          end
        end
      end
    end)
  end)

  it("with digits that are not octal are no modes", function()
    helper.run(function()
      for _, mode in ipairs { "0888", "8", "", "0x1ff", "-1", " 644", "644 ", "rwx" } do
        helper.raises("bad argument #2 to '[%w.]*aio_mkdir'", coaio.aio_mkdir, tmp "never", mode)
        helper.raises("bad argument #3 to '[%w.]*aio_open'", coaio.aio_open, tmp "never", "w", mode)
      end
      for _, flags in ipairs { "", "q", "rw", "r++", "wxx", "bw", "+r", "r\0" } do
        helper.raises("bad argument #2 to '[%w.]*aio_open'", coaio.aio_open, tmp "never", flags)
      end
      helper.failed("ENOENT", tmp "never", coaio.aio_stat(tmp "never"))
    end)
  end)

  it("that only look like a descriptor reach no file", function()
    helper.run(function()
      local fh <close> = assert(coaio.aio_open(tmp:file("precious", "kept"), "r+"))
      for _, fd in ipairs { wraps + fh:fileno(), -wraps + fh:fileno(), fh:fileno() + 0.5, (1 << 62) + fh:fileno() } do
        local ok, result = pcall(coaio.aio_truncate, fd, 0)
        assert.is_true(not ok or result == nil)
        ok, result = pcall(coaio.aio_read, fd, 0, 4)
        assert.is_true(not ok or result == nil)
      end
    end)
    assert.equal("kept", helper.slurp(tmp "precious"))
  end)

  it("as floats are taken where they are integers", function()
    helper.run(function()
      local fh <close> = assert(coaio.aio_open(tmp:file("floats", "0123456789"), "r"))
      assert.equal("34", coaio.aio_read(fh, 3.0, 2.0))
      assert.same({ "3", "4" }, coaio.map({ 3, 4 }, 2.0, function(at) return coaio.aio_read(fh, at, 1) end))
      assert.equal(10, #coaio.buffer(10.0, 512.0))
    end)
    assert.equal(0, coaio.aioreq_pri(2.0))
    assert.equal(2, coaio.aioreq_nice(2.0))
    assert.equal(0, coaio.max_outstanding(5.0))
    assert.equal(5, coaio.max_outstanding(0))
  end)

  it("in surplus are ignored", function()
    helper.run(function()
      assert(coaio.aio_nop(1, "x", {}))
      assert(coaio.aio_stat(tmp.path, nil, nil, nil, 5))
      assert.equal("directory", coaio.map({ tmp.path }, 1, coaio.aio_stat)[1].type) -- map gives the index as well
    end)
  end)
end)
