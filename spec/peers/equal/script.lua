-- The script of operations that Coro::AIO and coaio have to answer alike: a list of steps per section.
--
-- A step is {name of the request without "aio_", arguments...}, and may have fields:
--   as        keeps the file, wd or map that it gives under this name, for {ref = name} and {wd = name, name = path}
--   differs   coaio differs on purpose, and why; then `coaio` is its outcome, and `perl` may be that of Coro::AIO
--   intercepted   sanitizers answer such calls themselves, so that under them nothing is compared
--   fields    which fields of a stat are compared;   first: so many entries;   count: only how many entries
--   text      the argument of an ioctl is compared as well;   result: what a group is told to return
-- Names that are no requests: sh runs a command, map makes a map, poke changes its memory.
-- A section may have a `setup`, a command that is run as the user of the tests, in the directory of its steps.

local script = {
  NIL = {}, -- an argument left out
  sections = { "files", "metadata", "names", "directories", "whole", "control", "limits", "big" },
}

function script.ref(name)
  return { ref = name }
end

function script.at(wd, name)
  return { wd = wd, name = name }
end

function script.section(name, shared)
  return require("spec.peers.equal.section_" .. name)(script, shared)
end

return script
