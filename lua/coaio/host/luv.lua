--- luv, also Luvit's uv. Tasks are coaio's own: the poll handle's callback resumes them.
-- The handle is referenced only while coaio has something to do, so that the loop ends by itself.
-- luv's writes do not survive SIGPIPE, so attaching sees to it that the program does.

-- Handles by descriptor, stopped when nobody is attached. They are not closed: luv 1.44 crashes when the Lua state ends
-- while a handle is being closed.
local handles = {}

local core = require "coaio.core"

local function find()
  return package.loaded.uv or require "luv"
end

return function(uv)
  uv = uv or find()
  local host, handle, watched, on_turn = {}, nil, nil, nil

  -- The program may have closed the handle, with uv.walk and all others.
  local function is_open()
    return handle and not handle:is_closing()
  end

  local function open()
    if not handles[watched] or handles[watched]:is_closing() then
      handles[watched] = assert(uv.new_poll(watched))
    end
    handle = handles[watched]
    assert(handle:start("r", function(err)
      if err then
        handle:stop()
      end
      on_turn()
    end))
  end

  function host.watch(fd, turn)
    watched, on_turn = fd, turn
    core.survive_sigpipe()
    open()
    handle:unref()
  end

  function host.unwatch()
    if is_open() then
      handle:stop()
    end
  end

  function host.hold()
    if not is_open() then
      open()
    end
    handle:ref()
  end

  function host.release()
    if is_open() then
      handle:unref()
    end
  end

  function host.run(done)
    while not done() and uv.run("once") do end -- luacheck: ignore
  end

  return host
end
