-- One script of operations through Coro::AIO and through coaio: the same results, the same errors, the same trees.
--
-- The steps are in spec/peers/equal, and what both are asked to do there is done on several file systems. Where
-- Coro::AIO cannot be had, or a file system cannot be mounted, the tests are pending and say so.

local coaio = require "coaio"
local compare = require "spec.peers.equal.compare"
local helper = require "spec.helper"
local mounts = require "spec.peers.equal.mounts"
local script = require "spec.peers.equal.script"

local missing = compare.missing()

-- What both sides only read.
local function fill_shared(dir, entries)
  helper.sh("mkdir -p %s/shared/many && chmod 755 %s/shared", dir, dir)
  helper.sh("cd %s/shared/many && mkdir d1 d2 d3 && seq -f 'entry-%%.0f' %s | xargs touch", dir, entries - 3)
  helper.sh([[cd %s/shared && : >empty && head -c 8192 /dev/zero >extents && for i in 1 2 3; do
    dd if=/dev/zero of=extents bs=4096 count=2 seek=$((i * 40)) conv=notrunc,fsync status=none; done]], dir)
  helper.sh("head -c 2000000 /dev/zero >%s/shared/two-megabytes", dir)
end

local function equal(complaints)
  assert(#complaints == 0, "\n  " .. table.concat(complaints, "\n  "))
end

-- The names of all requests that the script has, those inside of groups too.
local function requests_of_script()
  local found = {}
  local function add(step)
    found["aio_" .. step[1]] = true
    for i = 2, #step do
      if step[1] == "group" then add(step[i]) end
    end
  end
  for _, name in ipairs(script.sections) do
    for _, step in ipairs(script.section(name, "shared").steps) do add(step) end
  end
  return found
end

describe("coaio and IO::AIO", function()
  it("have the same requests, and the script has them all", function()
    if missing then return pending(missing) end
    local found = requests_of_script()
    for name in pairs(compare.perl "print map qq($_\n), @IO::AIO::AIO_REQ") do
      assert.is_truthy(coaio[name], name .. " is missing")
      assert.is_truthy(found[name], name .. " is not compared")
    end
  end)

  it("mean the same by a constant", function()
    if missing then return pending(missing) end
    local program, ours, n = {}, {}, 0
    for name, value in pairs(coaio) do
      if math.type(value) == "integer" and name:find "^%u[%u%d_]+$" then
        program[#program + 1] = ("eval { $_ = IO::AIO::%s (); $_ and print qq(%s $_\n) };"):format(name, name)
        ours[name .. " " .. value] = true
      end
    end
    for line in pairs(compare.perl(table.concat(program))) do
      assert.is_truthy(ours[line], line .. " in Perl")
      n = n + 1
    end
    assert.is_true(n > 150, n .. " constants compared")
  end)
end)

for _, kind in ipairs(mounts.kinds) do
  describe("coaio and Coro::AIO on " .. kind, function()
    local mount, reason
    setup(function()
      if missing then return end
      mount, reason = mounts.open(kind)
      if mount then fill_shared(mount.path, kind == "tmpfs" and 100000 or 1000) end
    end)
    teardown(function()
      if mount then mount.close() end
    end)

    for _, name in ipairs(script.sections) do
      it("agree on " .. name, function()
        if missing or not mount then return pending(missing or reason) end
        local dir = mount.path .. "/" .. name
        helper.sh("mkdir %s && chmod 755 %s && ln -s ../shared %s/shared", dir, dir, dir)
        equal(compare.run(name, dir))
        helper.sh("rm -rf %s", dir)
      end)
    end

    it("agree on what another user may not", function()
      local cannot = missing or not mount and reason or compare.no_other_user()
      if cannot then return pending(cannot) end
      local dir = mount.path .. "/denied"
      helper.sh("mkdir %s && chmod 755 %s %s", dir, dir, mount.path)
      equal(compare.run("denied", dir, { user = true }))
      helper.sh("chmod -R u+rwx %s && rm -rf %s", dir, dir)
    end)
  end)
end

describe("coaio and Coro::AIO on a full file system", function()
  local function on_small(section, options)
    if missing then return pending(missing) end
    local dir = helper.tmpdir()
    local mounted = {}
    finally(function()
      for _, mount in ipairs(mounted) do mount.close() end
      dir.remove()
    end)
    helper.sh("mkdir %s %s %s && chmod 755 %s", dir "perl", dir "coaio", dir "shared", dir.path)
    helper.sh("head -c 3000000 /dev/zero >%s", dir "shared/large")
    for i, side in ipairs { "perl", "coaio" } do
      local mount, reason = mounts.small(dir(side), options)
      if not mount then return pending(reason) end
      mounted[i] = mount
    end
    equal(compare.run(section, dir.path))
  end

  it("agree when there is no space", function()
    on_small("full", "size=1m")
  end)

  it("agree when there are no inodes", function()
    on_small("inodes", "nr_inodes=10")
  end)
end)
