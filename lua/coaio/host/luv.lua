--- luv, also Luvit's uv. Tasks are coaio's own: the poll handle's callback resumes them.
-- The handle is referenced only while coaio has something to do, so that the loop ends by itself.

-- Handles by descriptor, stopped when nobody is attached. They are not closed: luv 1.44 crashes when the Lua state ends
-- while a handle is being closed.
local handles = {}

local function find()
  return package.loaded.uv or require "luv"
end

return function(uv)
  uv = uv or find()
  local host, handle = {}, nil

  function host.watch(fd, turn)
    handles[fd] = handles[fd] or assert(uv.new_poll(fd))
    handle = handles[fd]
    assert(handle:start("r", function(err)
      if err then
        handle:stop()
      end
      turn()
    end))
    handle:unref()
  end

  function host.unwatch()
    handle:stop()
  end

  function host.hold()
    handle:ref()
  end

  function host.release()
    handle:unref()
  end

  function host.run(done)
    while not done() and uv.run("once") do end -- luacheck: ignore
  end

  return host
end
