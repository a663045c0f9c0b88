-- File systems to test on: a directory of /tmp where that is the right kind, else one that is mounted for the purpose.
--
-- Mounting takes rights, loop devices and the mkfs of the kind: without them there is a reason to be pending.

local helper = require "spec.helper"

local mounts = { kinds = { "ext4", "tmpfs", "btrfs", "xfs" } }

local make = {
  ext4 = "mkfs.ext4 -q -F %s",
  btrfs = "mkfs.btrfs -q -f %s",
  xfs = "mkfs.xfs -q -f %s",
}

local function kind_of(path)
  local kind = helper.sh("stat -f -c %%T %s", path)
  return kind == "ext2/ext3" and "ext4" or kind
end

local function mounted(path, remove)
  return {
    path = path,
    close = function()
      helper.sh("umount %s || umount -l %s", path, path)
      remove()
    end,
  }
end

-- A small tmpfs at a directory that exists, or nil and the reason.
function mounts.small(path, options)
  local output, code = helper.try("mount -t tmpfs -o %s none %s", options, path)
  if code ~= 0 then return nil, "no tmpfs can be mounted: " .. output:match "[^\n]*" end
  return mounted(path, function() end)
end

local function loop(kind)
  local dir = helper.tmpdir()
  local image = dir "image"
  local steps = {
    { "truncate -s 640M %s", image },
    { make[kind], image },
    { "mkdir %s", dir "mount" },
    { "mount -o loop %s %s", image, dir "mount" },
  }
  for _, step in ipairs(steps) do
    local output, code = helper.try(table.unpack(step))
    if code ~= 0 then
      dir.remove()
      return nil, ("no %s can be mounted: %s"):format(kind, output:match "[^\n]*")
    end
  end
  return mounted(dir "mount", dir.remove)
end

-- A directory on a file system of this kind: {path, close}, or nil and the reason.
function mounts.open(kind)
  if kind_of "/tmp" == kind then
    local dir = helper.tmpdir()
    helper.sh("chmod 755 %s", dir.path)
    return { path = dir.path, close = dir.remove }
  end
  if make[kind] then return loop(kind) end
  local dir = helper.tmpdir()
  local mount, reason = mounts.small(dir.path, "mode=755")
  if mount then return mounted(dir.path, dir.remove) end
  dir.remove()
  if helper.try "stat -f -c %%T /dev/shm" ~= kind then return nil, reason end
  local path, code = helper.try "mktemp -d /dev/shm/coaio-spec.XXXXXX"
  if code ~= 0 then return nil, reason end
  return { path = path, close = function() helper.sh("chmod -R u+rwx %s && rm -rf %s", path, path) end }
end

return mounts
