-- Once: it does not matter who executes requests.
-- tools/setup on a machine where packages cannot be had: it goes on, and stops only for what coaio cannot do without.
-- The machine is this one, seen through a PATH from which programs were taken away, with an apt-get that is told what
-- to do.

local directory

local function sh(command, ...)
  local pipe = io.popen(("exec 2>&1; " .. command):format(...))
  local output = pipe:read "a"
  local _, _, code = pipe:close()
  return output, code
end

local function script(name, text)
  local file = assert(io.open(directory .. "/bin/" .. name, "w"))
  file:write("#!/bin/sh\n", text, "\n")
  file:close()
  sh("chmod +x %s/bin/%s", directory, name)
end

-- Run tools/setup test without these programs; what apt-get was asked for is in the output.
local function set_up_without(programs, apt_get)
  for _, name in ipairs(programs) do sh("rm -f %s/system/%s*", directory, name) end
  script("apt-get", 'echo "apt-get $*"; ' .. apt_get)
  return sh("PATH=%s/bin:%s/system tools/setup test", directory, directory)
end

local fails_to_update = '[ "$1" = update ] && exit 100; '

before_each(function()
  directory = sh "mktemp -d /tmp/coaio-setup.XXXXXX":gsub("\n", "")
  sh("mkdir %s/bin %s/system && for d in /bin /usr/bin /usr/local/bin; do ln -sf $d/* %s/system; done",
    directory, directory, directory)
  script("id", "echo 0")
end)

after_each(function() sh("rm -rf %s", directory) end)

describe("tools/setup", function()
  it("goes on where the package lists cannot be updated", function()
    local installs = fails_to_update .. ("ln -s /bin/true %s/bin/strace"):format(directory)
    local output, code = set_up_without({ "strace" }, installs)
    assert.are.equal(0, code, output)
    assert.is_truthy(output:find("apt-get update", 1, true), output)
    assert.is_truthy(output:find("apt%-get install [^\n]*strace"), output)
  end)

  it("tries each package, and stops for what is then missing", function()
    local output, code = set_up_without({ "strace", "ctags" }, fails_to_update .. ([[
      case "$*" in
      *strace*) exit 100 ;;
      *) ln -s /bin/true %s/bin/ctags ;;
      esac]]):format(directory))
    assert.are.equal(1, code, output)
    assert.is_truthy(output:find("cannot go on without: strace", 1, true), output)
  end)

  it("leaves out what tests and builds can do without", function()
    local output, code = set_up_without({ "luajit" }, "exit 100")
    assert.are.equal(0, code, output)
    assert.is_truthy(output:find("left out: luajit", 1, true), output)
  end)
end)
