-- The same steps through Coro::AIO and through coaio, side by side: outcomes compared, then the trees that they left.
--
-- Each side is a process of its own that runs in a directory of its own, DIR/perl and DIR/coaio; DIR/shared has what
-- both only read. Where coaio differs on purpose the step says so, and then its outcome must be the one that it tells,
-- and Perl's another one: a difference that is gone is a mistake in the script.

local coaio = require "coaio"
local helper = require "spec.helper"
local script = require "spec.peers.equal.script"

local compare = {}

local repository = helper.sh "pwd"
local build = repository .. "/" .. (os.getenv "BUILD" or "build")
local as_other = "setpriv --reuid=65534 --regid=65534 --clear-groups "

-- Why the comparison cannot be made here, if so.
function compare.missing()
  local _, code = helper.try "perl -MEV -MCoro::AIO -e 1"
  return code ~= 0 and "Coro::AIO is not installed" or nil
end

-- Why nothing can be run as another user here, if so.
function compare.no_other_user()
  if not helper.root then return "only root can become another user" end
  local output, code = helper.try(as_other .. "test -r %s -a -r %s", build .. "/coaio/core.so",
    repository .. "/lua/coaio.lua")
  return code ~= 0 and "another user cannot read the build: " .. output or nil
end

-- What a Perl program prints: a set of its lines.
function compare.perl(program)
  local lines = {}
  for line in helper.sh("perl -MIO::AIO -e %s", program):gmatch "[^\n]+" do lines[line] = true end
  return lines
end

local function perl_source(value)
  if value == script.NIL then return "undef" end
  if type(value) == "string" then
    return '"' .. value:gsub("[^%w ./_-]", function(byte) return ("\\x%02x"):format(byte:byte()) end) .. '"'
  end
  if type(value) == "boolean" then return value and "1" or "0" end
  if type(value) ~= "table" then return tostring(value) end
  local words = {}
  if #value > 0 or next(value) == nil then
    for i, item in ipairs(value) do words[i] = perl_source(item) end
    return "[" .. table.concat(words, ", ") .. "]"
  end
  for name, item in pairs(value) do words[#words + 1] = name .. " => " .. perl_source(item) end
  return "{" .. table.concat(words, ", ") .. "}"
end

local function perl_step(step)
  local plain = { op = step[1], args = table.move(step, 2, #step, 1, {}) }
  for _, name in ipairs { "as", "fields", "first", "count", "text", "result" } do plain[name] = step[name] end
  return "  " .. perl_source(plain) .. ",\n"
end

local function perl_steps(steps)
  local words = { "[\n" }
  for _, step in ipairs(steps) do words[#words + 1] = perl_step(step) end
  return table.concat(words) .. "];\n"
end

local function run_side(dir, words, prefix)
  local quoted = {}
  for i, word in ipairs(words) do quoted[i] = helper.quote(word) end
  local output, code = helper.try("cd %s && exec </dev/null && timeout -s KILL 120 " .. prefix
    .. table.concat(quoted, " "):gsub("%%", "%%%%"), dir)
  assert(code == 0 and output == "", ("%s: status %s\n%s"):format(words[1], code, output))
end

-- 'error 2' is ENOENT, to those who read.
local function named(outcome)
  return (tostring(outcome):gsub("^error (%d+)$", function(code) return coaio.errname(tonumber(code)) or "no errno" end)
    :gsub("; error (%d+)", function(code) return "; " .. (coaio.errname(tonumber(code)) or code) end))
end

local function shown(value)
  if value == script.NIL then return "nil" end
  if type(value) == "string" then return #value < 60 and ("%q"):format(value) or #value .. " bytes" end
  if type(value) ~= "table" then return tostring(value) end
  local words = {}
  for name, item in pairs(value) do words[#words + 1] = name .. "=" .. shown(item) end
  return "{" .. table.concat(words, " ") .. "}"
end

local function title(step)
  local words = {}
  for i = 2, #step do words[i - 1] = shown(step[i]) end
  return ("%s(%s)"):format(step[1], table.concat(words, ", "))
end

local sanitized = (os.getenv "COAIO_SAN" or "") ~= ""

local function judge(step, perl, ours)
  if step.intercepted and sanitized then return nil end
  if not step.differs then
    return perl ~= ours and ("Coro::AIO has %s, coaio %s"):format(perl, ours)
  end
  if ours ~= step.coaio then return ("it should be %s, and is %s"):format(step.coaio, ours) end
  if perl == ours then return "Coro::AIO does the same: there is no difference any more" end
  return step.perl and perl ~= step.perl and ("Coro::AIO has %s, not %s"):format(perl, step.perl)
end

-- Types, modes, links, owners, sizes and targets, times that were set to something old, and contents.
local function tree_of(dir)
  return helper.sh("cd %s && find . -printf '%%P %%y %%m %%n %%U %%G %%l\\0' | sort -z | tr '\\0' '\\n'", dir) .. "\n"
    .. helper.sh("cd %s && find . ! -type d -printf '%%P %%s\\0' | sort -z | tr '\\0' '\\n'", dir) .. "\n"
    .. helper.sh("cd %s && find . ! -newermt 2010-01-01 -printf '%%P %%T@\\0' | sort -z | tr '\\0' '\\n'", dir) .. "\n"
    .. helper.sh("cd %s && find . -type f -print0 | sort -z | xargs -0r cksum", dir)
end

function compare.trees(dir)
  local perl, ours = tree_of(dir .. "/perl"), tree_of(dir .. "/coaio")
  if perl == ours then return {} end
  local one, two = helper.write(os.tmpname(), perl .. "\n"), helper.write(os.tmpname(), ours .. "\n")
  local difference = helper.try("diff %s %s", one, two)
  os.remove(one)
  os.remove(two)
  return { "the trees differ (< Coro::AIO, > coaio):\n" .. difference }
end

-- Run one section in `dir`. `options`: user (run as another user). A list of complaints, empty when all is equal.
function compare.run(name, dir, options)
  local section = script.section(name, dir .. "/shared")
  local prefix = options and options.user and as_other or ""
  local scratch = helper.tmpdir()
  helper.sh("chmod 777 %s", scratch.path)
  for _, side in ipairs { "perl", "coaio" } do
    helper.sh("mkdir -p %s && chmod 777 %s", dir .. "/" .. side, dir .. "/" .. side)
    if section.setup then helper.sh("cd %s && umask 022 && eval %s", dir .. "/" .. side, section.setup) end
  end
  run_side(dir .. "/perl", { "perl", repository .. "/spec/peers/equal/runner.pl",
    scratch:file("steps", perl_steps(section.steps)), scratch "perl" }, prefix)
  run_side(dir .. "/coaio", { helper.lua, repository .. "/spec/peers/equal/runner.lua", repository, build, name,
    dir .. "/shared", scratch "coaio" }, "env COAIO_BACKEND=${COAIO_BACKEND:-auto} sh -c 'umask 022; exec \"$@\"' sh "
    .. prefix)

  local complaints = {}
  local perl, ours = dofile(scratch "perl"), dofile(scratch "coaio")
  scratch.remove()
  assert(ours.backend == coaio.backend(), ours.backend)
  assert(#perl == #section.steps and #ours == #section.steps, "not every step was run")
  for i, step in ipairs(section.steps) do
    local complaint = judge(step, named(perl[i]), named(ours[i]))
    if complaint then complaints[#complaints + 1] = ("%s %d: %s: %s"):format(name, i, title(step), complaint) end
  end
  return table.move(compare.trees(dir), 1, 1, #complaints + 1, complaints)
end

return compare
