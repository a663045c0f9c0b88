--- GLib, through lgi. Tasks are coaio's own: the source's callback resumes them.
-- A GLib loop does not end by itself, so there is nothing to hold; coaio.run iterates as long as coaio has work.

return function(GLib)
  GLib = GLib or require("lgi").GLib
  local host, source, held = {}, nil, false

  function host.watch(fd, turn)
    source = GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, fd, GLib.IOCondition.IN, function()
      turn()
      return true -- the source stays
    end)
  end

  function host.unwatch()
    GLib.source_remove(source)
  end

  function host.hold()
    held = true
  end

  function host.release()
    held = false
  end

  function host.run(done)
    local context = GLib.MainContext.default()
    while held and not done() do
      context:iteration(true)
    end
  end

  return host
end
