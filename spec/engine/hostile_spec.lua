-- Programs that do what nobody should, at the worst moment: metamethods, finalizers and reporters that change what is
-- being worked on. Errors are fine, crashes are not. Each is a process of its own.

local helper = require "spec.helper"

describe("a program of ill will", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("file", "content")
  tmp:file("other", "stranger")
  teardown(tmp.remove)

  local head = [[
    local coaio, request = require "coaio", require "coaio.request"
    local path, other = arg[1], arg[2]
    local function raises(pattern, fn, ...)
      local ok, err = pcall(fn, ...)
      assert(not ok and tostring(err):find(pattern), err)
    end
    local function with_finalizer_inside(finalizer, fn, ...)
      local function plant() setmetatable({}, { __gc = finalizer }) end
      collectgarbage("incremental", 1, 1000, 24)
      collectgarbage "step"
      plant()
      local results = table.pack(pcall(fn, ...))
      collectgarbage("incremental", 200, 100, 13)
      return table.unpack(results, 1, results.n)
    end
  ]]

  local function survives(name, script)
    it(name, function() assert.equal("", helper.works(head .. script, { args = { path, tmp "other" } })) end)
  end

  survives("whose metamethods close the file between the arguments", [[
    local fh = assert(coaio.aio_open(path, "r+"))
    local function close() fh:close() return 0 end
    raises("without a metatable", coaio.aio_fcntl, fh, coaio.F_GETLK, setmetatable({}, { __index = close }))
    raises("without a metatable", coaio.aio_wd, "/", setmetatable({}, { __index = close }))
    assert(coaio.aio_stat(fh))
  ]])

  survives("whose metamethods poll while results are built", [[
    local fh, lock = assert(coaio.aio_open(path, "r+")), { type = coaio.F_WRLCK }
    local req = coaio.coroutine.wrap(function() return coaio.aio_fcntl(fh, coaio.F_GETLK, lock) end)
    coaio.async(setmetatable, lock, { __newindex = function() coaio.poll_cb() end })
    assert(req())
    local hits = 0
    for _ = 1, 50 do coroutine.wrap(function() assert(coaio.aio_busy(0)) hits = hits + 1 end)() end
    coaio.flush()
    assert(hits == 50 and rawget(lock, "whence"))
  ]])

  survives("whose finalizers poll, in a coroutine, while results are built", [[
    local fired = 0
    local poll = coroutine.wrap(function() while true do pcall(coaio.poll_cb) coroutine.yield() end end)
    for _ = 1, 20 do
      assert(with_finalizer_inside(function() poll() fired = fired + 1 end, coaio.aio_readdir, "/"))
    end
    assert(fired == 20)
    local hits = 0
    for i = 1, 50 do
      coroutine.wrap(function()
        assert(coaio.aio_load(i % 2 == 0 and path or other) == (i % 2 == 0 and "content" or "stranger"))
        hits = hits + 1
      end)()
    end
    coaio.flush()
    assert(hits == 50)
  ]])

  survives("whose finalizer puts another file in the place of the one to be mapped", [[
    local fh, stranger = assert(coaio.aio_open(path, "r")), nil
    local function swap()
      local fd = fh:fileno()
      assert(fh:close())
      stranger = assert(coaio.aio_open(other, "r"))
      assert(stranger:fileno() == fd)
    end
    local ok, err = with_finalizer_inside(swap, coaio.mmap, 7, coaio.PROT_READ, coaio.MAP_PRIVATE, fh)
    assert(not ok and err:find "attempt to use a closed file", err)
  ]])

  survives("whose reporter polls", [[
    local n = 0
    coaio.onerror = function() n = n + 1 coaio.poll_cb() end
    for i = 1, 5 do coaio.async(error, i) end
    coaio.poll_cb()
    assert(n == 5, n)
  ]])

  it("whose reporter raises what cannot be shown", function()
    local output, errors, code = helper.child(head .. [[
      coaio.onerror = function() error(setmetatable({}, { __tostring = function() error "no" end })) end
      coaio.run(function()
        coaio.async(error, "first")
        coaio.async(error, "second")
        assert(coaio.aio_wait(request.aio_nop(function() error "third" end)) == true)
      end)
      print(coaio.run(coaio.aio_nop))
    ]])
    assert.equal(0, code)
    assert.equal("true\n", output)
    assert.equal(("coaio: error while reporting an error: table\n"):rep(3), errors)
  end)

  survives("whose callback raises what claims to be equal to everything", [[
    local shown = 0
    coaio.onerror = function() shown = shown + 1 end
    for _, eq in ipairs { error, function() return true end } do
      local req = request.aio_nop(function() error(setmetatable({}, { __eq = eq })) end)
      assert(coaio.aio_wait(req) == true)
    end
    assert(shown == 2)
  ]])

  survives("whose feeder gives its group another one and lets the collector run", [[
    coaio.run(function()
      local group, fed = coaio.aio_group(), 0
      group:feed(function()
        group:feed(function() fed = fed + 1 end)
        coroutine.wrap(function()
          for _ = 1, 5 do
            collectgarbage()
            local garbage = {}
            for i = 1, 100 do garbage[i] = { i } end
          end
        end)()
        fed = fed + 1
      end)
      coaio.aio_wait(group)
      assert(fed > 0)
    end)
  ]])

  survives("that asks for errors beyond numbers", [[
    for _, number in ipairs { 1 << 32 | 2, math.mininteger, 0.5, 0 / 0, "2" } do
      raises("bad argument #1 to 'errname'", coaio.errname, number)
      raises("bad argument #1 to 'strerror'", coaio.strerror, number)
    end
  ]])
end)
