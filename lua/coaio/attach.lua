--- Hosts: event loops that coaio lives in. docs/hosts.md describes the table that makes any loop one.

local core = require "coaio.core"

local M = {}

local attached -- the host
local names = { "luv", "cqueues", "copas", "glib" }
local required = { "watch", "unwatch", "hold", "release" }

-- The host whose loop runs, else one that is loaded.
local function detect()
  local loaded = package.loaded
  if loaded.cqueues and loaded.cqueues.running() then
    return "cqueues"
  elseif loaded.copas and loaded.copas.running then
    return "copas"
  elseif loaded.luv or loaded.uv then
    return "luv"
  end
  return loaded.cqueues and "cqueues" or loaded.copas and "copas" or loaded.lgi and "glib" or nil
end

local function adapter(name, ...)
  for _, known in ipairs(names) do
    if name == known then
      if name == "cqueues" and ... == nil then
        return require "coaio.host.cqueues" ((require "cqueues".running()))
      end
      return require("coaio.host." .. name)(...)
    end
  end
  error(("coaio.attach: no host %q (luv, cqueues, copas, glib, or a table)"):format(tostring(name)), 3)
end

local function check(host)
  for _, name in ipairs(required) do
    if host[name] == nil then
      error(("coaio.attach: the host has no '%s'"):format(name), 3)
    end
  end
  if (host.suspend == nil) ~= (host.resume == nil) then
    error("coaio.attach: suspend and resume come together", 3)
  end
  return host
end

-- What the host calls when the descriptor is readable. It never raises: an error in a callback may end the host.
local function turn()
  if core.inside() then
    return
  end
  local ok, err = xpcall(core.poll_cb, debug.traceback)
  if not ok then
    io.stderr:write("coaio: ", type(err) == "string" and err or type(err), "\n")
  end
end

--- The host, nil where there is none.
function M.current()
  return attached
end

--- attach(host, ...): live in the loop of a host: its name, or a table; without one, the host that runs or is loaded.
function M.attach(host, ...)
  if attached then
    error("coaio.attach: a host is attached already", 2)
  elseif core.inside() or core.nreqs() > 0 or core.ntasks() > 0 then
    error("coaio.attach: must come before the first request", 2)
  end
  host = host or detect()
  if host == nil then
    error("coaio.attach: no host is running or loaded", 2)
  end
  host = type(host) == "table" and check(host) or adapter(host, ...)
  host.watch(core.poll_fileno(), turn)
  core.set_host(host)
  attached = host
end

--- detach(): leave it again, when nothing is outstanding.
function M.detach()
  if not attached then
    return
  elseif core.inside() or core.nreqs() > 0 or core.ntasks() > 0 then
    error("coaio.detach: requests or tasks are outstanding", 2)
  end
  attached.unwatch()
  core.set_host(nil)
  attached = nil
end

return M
