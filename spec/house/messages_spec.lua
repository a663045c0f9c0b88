-- What wrong calls say, and where an error was: the first things that a newcomer reads.

local coaio = require "coaio"
local helper = require "spec.helper"

describe("the message of", function()
  local wrong_path = "path expected: a string, a wd or {wd, name}"
  local calls = {
    ["a sleep without a number"] = { "'sleep' (seconds from 0 on expected)", coaio.sleep, "x" },
    ["a sleep of less than nothing"] = { "'sleep' (seconds from 0 on expected)", coaio.sleep, -1 },
    ["a sleep of no number"] = { "'sleep' (seconds from 0 on expected)", coaio.sleep, 0 / 0 },
    ["an empty path"] = { "'aio_stat' (" .. wrong_path .. ")", coaio.aio_stat, {} },
    ["a path without a wd"] = { "'aio_stat' (" .. wrong_path .. ")", coaio.aio_stat, { "a", "b" } },
    ["a path without a name"] = { "'aio_unlink' (" .. wrong_path .. ")", coaio.aio_unlink, { coaio.CWD } },
    ["a path that is none"] = { "'aio_stat' (file or path expected, got boolean)", coaio.aio_stat, true },
    ["a negative limit"] = { "'max_parallel' (value out of range)", coaio.max_parallel, -1 },
    ["a limit without bounds"] = { "'max_slow' (value out of range)", coaio.max_slow, 1 << 40 },
    ["a limit that is no number"] = { "'max_idle' (integer expected)", coaio.max_idle, "x" },
    ["a time out of range"] = { "'idle_timeout' (seconds from 0 on expected)", coaio.idle_timeout, 0 / 0 },
    ["a list of other things than tasks"] = { "'first' (list of tasks expected)", coaio.first, { 1 } },
    ["a timeout without a number"] = { "'timeout' (seconds from 0 on expected)", coaio.timeout, print },
    ["a wait for what is no request"] = { "'aio_wait' (request expected, got coaio.buffer)", coaio.aio_wait,
      coaio.buffer(1) },
    ["a task of no function"] = { "'async' (function expected, got coaio.buffer)", coaio.async, coaio.buffer(1) },
    ["the traceback of no task"] = { "'traceback' (task expected, got number)", coaio.traceback, 1 },
  }

  it("a callback in coroutine style tells where callbacks belong", function()
    local wrong = "bad argument #%d to '%s' (callbacks belong to the requests of coaio.request)"
    for _, call in ipairs { { "aio_nop" }, { "aio_stat", "/" }, { "aio_rename", "/nope", "/neither" } } do
      local expected = wrong:format(#call, call[1])
      call[#call + 1] = print
      local ok, message = pcall(coaio[call[1]], table.unpack(call, 2))
      assert.is_false(ok)
      assert.equal(expected, message)
    end
  end)

  it("what no request in callback style takes is refused", function()
    local request = require "coaio.request"
    local function refused(expected, fn, ...)
      local ok, message = pcall(fn, ...)
      assert.is_false(ok)
      assert.equal("bad argument " .. expected, message)
    end
    refused("#2 to 'aio_stat' (function expected, got number)", request.aio_stat, "/", 5)
    refused("#1 to 'aio_nop' (function expected, got coaio.buffer)", request.aio_nop, coaio.buffer(1))
    refused("#2 to 'aio_stat' (too many arguments)", request.aio_stat, "/", 5, print)
    refused("#3 to 'aio_rename' (too many arguments)", request.aio_rename, "a", "b", 1, 2)
    helper.run(function()
      assert(coaio.aio_stat("/", nil, nil))
      local count = helper.expect(3)
      request.aio_stat("/", count)
      request.aio_stat("/", nil, nil, count)
      request.aio_stat("/", count, nil, nil)
      assert(coaio.aio_wait(request.aio_stat("/", nil, nil)))
    end)
  end)

  it("a mode tells how it is written", function()
    local wrong = "bad argument #%d to 'aio_open' (%s)"
    for _, flags in ipairs { "rw", "", "r++", "rx", "wr" } do
      local _, message = pcall(coaio.aio_open, "/nope", flags)
      assert.equal(wrong:format(2, "mode string expected: r, w or a, then any of + b x"), message)
    end
    for _, mode in ipairs { "rw-", "", "0855", "0o644" } do
      local _, message = pcall(coaio.aio_open, "/nope", 0, mode)
      assert.equal(wrong:format(3, 'octal string expected, as "0644"'), message)
    end
  end)

  it("a module in an older Lua tells which it needs", function()
    local module = assert(loadfile("lua/coaio.lua", "t", { _VERSION = "Lua 5.1", error = error }))
    local ok, message = pcall(module)
    assert.is_false(ok)
    assert.truthy(message:find("^coaio needs Lua 5.4, this is Lua 5.1"))
  end)

  it("a run inside a run tells what to do instead", function()
    local ok, message = pcall(coaio.run, function() coaio.run(print) end)
    assert.is_false(ok)
    assert.truthy(message:find("already running: call the function, or make it a task by coaio.async", 1, true))
  end)

  for name, call in pairs(calls) do
    it(name .. " names function and argument", function()
      local ok, message = pcall(table.unpack(call, 2))
      assert.is_false(ok)
      assert.equal("bad argument #1 to " .. call[1], message)
    end)
  end
end)

-- The path that would have to be another one; both where the system does not tell.
describe("the message about two paths", function()
  local tmp = helper.tmpdir()
  local a, gone, nodir, full = tmp:file "a", tmp "gone", tmp "nodir/x", tmp "full"
  helper.sh("mkdir %s && touch %s/file", full, full)
  helper.sh("mkdir %s", tmp "directory")
  teardown(tmp.remove)

  local function blames(path, name, ...)
    local ok, message, code = coaio["aio_" .. name](...)
    assert.is_nil(ok)
    assert.equal(path .. ": " .. coaio.strerror(code), message)
  end

  for _, name in ipairs { "link", "rename", "rename2" } do
    it("of aio_" .. name .. " names both where either may be gone", function()
      helper.run(function()
        blames(a .. " -> " .. nodir, name, a, nodir)
        blames(gone .. " -> " .. tmp "x", name, gone, tmp "x")
        blames("none -> .", name, { coaio.CWD, "none" }, coaio.CWD)
      end)
    end)
  end

  it("names the new one where that is in the way", function()
    helper.run(function()
      blames(full, "rename", tmp "directory", full) -- not empty
      blames(full, "rename", a, full) -- a directory
      blames(full, "rename2", a, full, coaio.RENAME_NOREPLACE)
      blames(full, "link", a, full)
    end)
  end)

  it("names a symbolic link, and what it is to say only if that is wrong", function()
    helper.run(function()
      blames(nodir, "symlink", "anything", nodir)
      blames(a, "symlink", "anything", a)
      blames(" -> " .. tmp "x", "symlink", "", tmp "x")
      local long = ("x"):rep(5000)
      blames(long .. " -> " .. tmp "x", "symlink", long, tmp "x")
    end)
  end)

  it("names the one that a copy failed on", function()
    helper.run(function()
      blames(nodir, "copy", a, nodir)
      blames(gone, "copy", gone, tmp "x")
      blames(full, "copy", a, full)
    end)
  end)

  it("of a mount names both", function()
    local _, message, code = coaio.mount(gone, a, "none")
    assert.equal(("%s -> %s: %s"):format(gone, a, coaio.strerror(code)), message)
  end)
end)

describe("coaio.traceback", function()
  local function fail(value)
    coaio.cede()
    error(value)
  end

  it("tells where the error was that left a run, and the error stays as it is", function()
    local value = {}
    local told
    local ok, err = xpcall(coaio.run, function(err)
      told = coaio.traceback()
      return err
    end, fail, value)
    assert.is_false(ok)
    assert.is_true(err == value)
    assert.truthy(told:find "^stack traceback:.*messages_spec.lua:%d+: in ")
    assert.truthy(told:find "'error'")
    assert.equal(told, coaio.traceback())
  end)

  it("tells where its caller is when no run has failed", function()
    coaio.run(function() end)
    assert.truthy(coaio.traceback():find "^stack traceback:\n\t[^\n]*messages_spec.lua:%d+: in ")
  end)

  it("tells where a task waits, or where its error was", function()
    helper.run(function()
      local waits = coaio.async(function() coaio.sleep(100000) end)
      local fails = coaio.async(fail, "x")
      assert(not pcall(fails.join, fails))
      assert.truthy(coaio.traceback(waits):find "^aio_sleep\nstack traceback:.*messages_spec.lua")
      assert.truthy(coaio.traceback(fails):find "^stack traceback:.*'error'.*messages_spec.lua")
      waits:cancel()
    end)
  end)
end)
