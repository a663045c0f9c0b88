-- What file systems differ in, on several of them: extents, shared extents, holes, ways of allocating; and what they
-- have in common at their limits: full disks, other users' files, too many links, long and odd names, large files and
-- directories. Witnesses are filefrag, fallocate, stat, find and cmp.

local coaio = require "coaio"
local helper = require "spec.helper"
local mounts = require "spec.peers.equal.mounts"
local run, sh = helper.run, helper.sh

local PAGE = 4096
local GIB = 1 << 30
local as_other = "setpriv --reuid=65534 --regid=65534 --clear-groups"

local function size_of(path)
  return tonumber(sh("stat -c %%s %s", path))
end

local function blocks_of(path)
  return tonumber(sh("stat -c %%b %s", path))
end

-- A file with data in `n` places and holes between, synced so that its blocks have their places.
local function scattered(path, n)
  sh("rm -f %s && for i in $(seq %s); do dd if=/dev/urandom of=%s bs=4096 count=4 seek=$((i * 100)) conv=notrunc "
    .. "status=none; done && sync %s", path, n, path, path)
  return path
end

-- Extents as filefrag(8) has them, in bytes: lists of {logical, physical, length}.
local function extents_of(path)
  local list = {}
  for line in sh("filefrag -b512 -v %s", path):gmatch "[^\n]+" do
    local logical, physical, length = line:match "^%s*%d+:%s*(%d+)%.%.%s*%d+:%s*(%d+)%.%.%s*%d+:%s*(%d+):"
    if logical then list[#list + 1] = { logical * 512, physical * 512, length * 512 } end
  end
  return list
end

local function triples(extents)
  local list = {}
  for i, extent in ipairs(extents) do list[i] = { extent.logical, extent.physical, extent.length } end
  return list
end

local no_filefrag = select(2, helper.try "command -v filefrag") ~= 0 and "filefrag is not installed" or nil

local function on_each(test)
  for _, kind in ipairs(mounts.kinds) do
    describe("on " .. kind, function()
      local mount, reason
      setup(function() mount, reason = mounts.open(kind) end)
      teardown(function()
        if mount then mount.close() end
      end)
      test(kind, function(name) return mount.path .. "/" .. name end, function(what, fn)
        it(what, function()
          if not mount then return pending(reason) end
          fn()
        end)
      end)
    end)
  end
end

describe("extents", function()
  on_each(function(kind, path, it_there)
    it_there("are those that filefrag shows", function()
      if no_filefrag then return pending(no_filefrag) end
      local fh <close> = assert(io.open(scattered(path "scattered", 7)))
      run(function()
        local extents, message, code = coaio.aio_fiemap(fh, 0, nil, coaio.FIEMAP_FLAG_SYNC)
        if kind == "tmpfs" then return helper.failed("EOPNOTSUPP", nil, extents, message, code) end
        assert.same(extents_of(path "scattered"), triples(extents))
        assert.is_true(extents[#extents].flags & coaio.FIEMAP_EXTENT_LAST ~= 0)
        assert.equal(#extents, coaio.aio_fiemap(fh, 0, nil, 0, 0))
        assert.same({ table.unpack(triples(extents), 1, 3) }, triples(coaio.aio_fiemap(fh, 0, nil, 0, 3)))
        assert.same({ triples(extents)[2] }, triples(coaio.aio_fiemap(fh, 200 * PAGE, 4 * PAGE)))
        assert.same({}, coaio.aio_fiemap(fh, 10 * PAGE, PAGE))
        assert.same({}, coaio.aio_fiemap(fh, GIB))
      end)
    end)

    it_there("may be many", function()
      if kind == "tmpfs" then return end
      if no_filefrag then return pending(no_filefrag) end
      local file <close> = assert(io.open(path "many", "wb"))
      for i = 1, 1500 do
        file:seek("set", i * 2 * PAGE)
        file:write(("x"):rep(PAGE))
      end
      file:flush()
      sh("sync %s", path "many")
      run(function()
        local extents = assert(coaio.aio_fiemap(file))
        assert.same(extents_of(path "many"), triples(extents))
        assert.is_true(#extents >= 1500, #extents .. " extents")
      end)
    end)
  end)
end)

describe("aio_copy", function()
  on_each(function(kind, path, it_there)
    it_there("shares extents where the file system can", function()
      if no_filefrag then return pending(no_filefrag) end
      scattered(path "source", 5)
      run(function()
        assert.is_true(coaio.aio_copy(path "source", path "copy"))
        sh("sync %s && cmp %s %s", path "copy", path "source", path "copy")
        if kind == "tmpfs" then return end
        local from <close> = assert(io.open(path "source"))
        local to <close> = assert(io.open(path "copy"))
        local ours = assert(coaio.aio_fiemap(to))
        if kind == "ext4" then
          return assert.equal(0, ours[1].flags & coaio.FIEMAP_EXTENT_SHARED)
        end
        for _, extent in ipairs(ours) do
          assert.is_true(extent.flags & coaio.FIEMAP_EXTENT_SHARED ~= 0)
          assert.equal(extent.physical, coaio.aio_fiemap(from, extent.logical, extent.length)[1].physical)
        end
        assert.equal(#ours, select(2, sh("filefrag -v %s", path "copy"):gsub("shared", "")))
      end)
    end)

    it_there("leaves holes holes, in a file of more than 4 GiB", function()
      local high = 4 * GIB + 12345
      sh("truncate -s 5G %s", path "big")
      sh("printf high | dd of=%s bs=1 seek=%s conv=notrunc,fsync status=none", path "big", high)
      run(function()
        assert.is_true(coaio.aio_copy(path "big", path "copy of big"))
        assert.equal(5 * GIB, size_of(path "copy of big"))
        assert.is_true(blocks_of(path "copy of big") <= blocks_of(path "big") + 64)
        assert.equal("high", coaio.aio_slurp(path "copy of big", high, 4))
        local fh <close> = assert(coaio.aio_open(path "copy of big", "r"))
        local data = assert(coaio.aio_seek(fh, 0, coaio.SEEK_DATA))
        assert.is_true(data > 4 * GIB - (1 << 20) and data <= high, data .. " is where data begins")
        assert.equal(5 * GIB, coaio.aio_seek(fh, 0, "end"))
      end)
    end)

    it_there("reaches other file systems, as does aio_move, where aio_rename does not", function()
      local tmp = helper.tmpdir()
      local other = kind == "tmpfs" and tmp.path or "/dev/shm"
      local target = sh("mktemp -u %s", other .. "/coaio-spec.XXXXXX")
      finally(function()
        os.remove(target)
        tmp.remove()
      end)
      if sh("stat -f -c %%T /dev/shm") ~= "tmpfs" and kind ~= "tmpfs" then return pending "/dev/shm is no tmpfs" end
      sh("head -c 300000 /dev/urandom >%s && chmod 640 %s", path "file", path "file")
      sh("touch -d '2001-02-03 04:05:06.123456789' %s && cp -p %s %s", path "file", path "file", path "witness")
      run(function()
        helper.failed("EXDEV", path "file" .. " -> " .. target, coaio.aio_rename(path "file", target))
        helper.failed("EXDEV", path "file" .. " -> " .. target, coaio.aio_link(path "file", target))
        assert.is_true(coaio.aio_move(path "file", target))
        local format = "stat -c '%%a %%u %%g %%s %%y' %s"
        assert.equal(sh(format, path "witness"), sh(format, target))
        sh("cmp %s %s && ! test -e %s", target, path "witness", path "file")
      end)
    end)
  end)
end)

describe("aio_allocate", function()
  local K, S = PAGE, coaio.FALLOC_FL_KEEP_SIZE
  local ways = {
    { "-o 0 -l 1048576", 0, 0, 1048576 },
    { "-n -o 1048576 -l 1048576", S, 1048576, 1048576 },
    { "-p -o 8192 -l 16384", coaio.FALLOC_FL_PUNCH_HOLE | S, 2 * K, 4 * K },
    { "-p -o 40000 -l 3000", coaio.FALLOC_FL_PUNCH_HOLE | S, 40000, 3000 },
    { "-z -o 60000 -l 10000", coaio.FALLOC_FL_ZERO_RANGE, 60000, 10000 },
    { "-z -n -o 90000 -l 100000", coaio.FALLOC_FL_ZERO_RANGE | S, 90000, 100000 },
    { "-c -o 4096 -l 8192", coaio.FALLOC_FL_COLLAPSE_RANGE, K, 2 * K },
    { "-c -o 4096 -l 5", coaio.FALLOC_FL_COLLAPSE_RANGE, K, 5 },
    { "-i -o 12288 -l 8192", coaio.FALLOC_FL_INSERT_RANGE, 3 * K, 2 * K },
    { "-i -o 1 -l 8192", coaio.FALLOC_FL_INSERT_RANGE, 1, 2 * K },
  }

  on_each(function(_, path, it_there)
    it_there("does in each mode what fallocate does", function()
      run(function()
        for _, way in ipairs(ways) do
          local command, mode, offset, length = table.unpack(way)
          sh("rm -f %s %s && head -c 100000 /dev/urandom >%s && cp --reflink=never %s %s && sync %s %s", path "ours",
            path "theirs", path "ours", path "ours", path "theirs", path "ours", path "theirs")
          local output, status = helper.try("LC_ALL=C fallocate " .. command .. " %s", path "theirs")
          local fh <close> = assert(coaio.aio_open(path "ours", "r+"))
          local ok, message, code = coaio.aio_allocate(fh, mode, offset, length)
          if status == 0 then
            assert(ok, command .. ": " .. tostring(message))
          else
            assert.is_nil(ok, command)
            local unsupported = code == coaio.errno.EOPNOTSUPP and output:find "is unsupported"
            assert.is_truthy(unsupported or output:find(message, 1, true), output .. ", not " .. message)
          end
          sh("cmp %s %s && sync %s %s", path "ours", path "theirs", path "ours", path "theirs")
          assert.equal(blocks_of(path "theirs"), blocks_of(path "ours"), command)
        end
      end)
    end)
  end)
end)

describe("a full file system", function()
  it("shows in counts first, then in errors, and leaves nothing half done", function()
    local small, source = helper.tmpdir(), helper.tmpdir()
    local mount, reason = mounts.small(small.path, "size=1m")
    finally(function()
      if mount then mount.close() end
      small.remove()
      source.remove()
    end)
    if not mount then return pending(reason) end
    local large = source:file("large", helper.bytes(3 << 20))
    run(function()
      local data = helper.bytes(1 << 21)
      local fh <close> = assert(coaio.aio_open(small "file", "w"))
      assert.equal(1 << 20, coaio.aio_write(fh, 0, nil, data))
      helper.failed("ENOSPC", nil, coaio.aio_write(fh, 1 << 20, nil, data))
      assert.is_true(coaio.aio_truncate(fh, 0))
      local from <close> = assert(coaio.aio_open(large, "r"))
      assert.equal(1 << 20, coaio.aio_sendfile(fh, from, 0, 3 << 20))
      helper.failed("ENOSPC", nil, coaio.aio_sendfile(fh, from, 1 << 20, 3 << 20))
      assert.is_true(coaio.aio_truncate(fh, 0))
      helper.failed("ENOSPC", nil, coaio.aio_allocate(fh, 0, 0, 1 << 21))
      for _, name in ipairs { "aio_copy", "aio_move" } do
        local ok, message, code, where = coaio[name](large, small "copy")
        assert.same({ nil, coaio.errno.ENOSPC, small "copy" }, { ok, code, where })
        assert.is_truthy(message:find "No space left")
        assert.same({ "file" }, coaio.aio_readdir(small.path))
        assert.equal(3 << 20, size_of(large))
      end
    end)
  end)
end)

describe("another user's files", function()
  it("are refused", function()
    local tmp = helper.tmpdir()
    finally(function()
      sh("chmod -R u+rwx %s", tmp.path)
      tmp.remove()
    end)
    local wrap = helper.root and as_other or ""
    sh("cd %s && mkdir closed && touch closed/file secret && chmod 0 secret closed && chmod 755 .", tmp.path)
    local core = sh("realpath %s", (os.getenv "BUILD" or "build") .. "/coaio/core.so")
    if select(2, helper.try(wrap .. " test -r %s", core)) ~= 0 then
      return pending "another user cannot read the build"
    end
    local output = helper.works([[
      local coaio = require "coaio"
      local dir = ...
      local function told(name, ...) print(name, ...) end
      coaio.run(function()
        told("open", coaio.aio_open(dir .. "/secret", "r"))
        told("stat", coaio.aio_stat(dir .. "/closed/file"))
        told("readdir", coaio.aio_readdir(dir .. "/closed"))
        told("load", coaio.aio_load(dir .. "/secret"))
        told("chown", coaio.aio_chown(dir .. "/secret", 1, 1))
      end)
    ]], { args = { tmp.path }, wrap = wrap })
    local expected = { open = "secret", stat = "closed/file", readdir = "closed", load = "secret", chown = "secret" }
    for name, path in pairs(expected) do
      local text = name == "chown" and "Operation not permitted\t1" or "Permission denied\t13"
      local line = ("%s\tnil\t%s/%s: %s"):format(name, tmp.path, path, text)
      assert.is_truthy(output:find(line, 1, true), line .. " is not in\n" .. output)
    end
  end)
end)

describe("names at their limits", function()
  on_each(function(_, path, it_there)
    it_there("are refused when too long or a loop", function()
      sh("ln -s loop2 %s && ln -s loop %s", path "loop", path "loop2")
      local long, deep = path(("n"):rep(256)), path(("d/"):rep(2048) .. "f")
      run(function()
        for _, name in ipairs { "stat", "open", "readdir", "unlink", "mkdir", "readlink", "chmod" } do
          helper.failed("ENAMETOOLONG", long, coaio["aio_" .. name](long, 0))
          helper.failed("ENAMETOOLONG", deep, coaio["aio_" .. name](deep, 0))
        end
        helper.failed("ELOOP", path "loop", coaio.aio_stat(path "loop"))
        helper.failed("ELOOP", path "loop", coaio.aio_open(path "loop", "r"))
        helper.failed("ELOOP", path "loop/x", coaio.aio_unlink(path "loop/x"))
        assert.equal("link", coaio.aio_lstat(path "loop").type)
      end)
    end)

    it_there("are bytes", function()
      local odd = { "new\nline", "\xff\xfe\x80", "  ", "-rf", "*", "caf\xe9", "\1\27", ("m"):rep(255), "..." }
      sh("mkdir %s", path "odd")
      run(function()
        for _, name in ipairs(odd) do
          local fh <close> = assert(coaio.aio_open(path("odd/" .. name), "wx"))
          assert.equal(#name, coaio.aio_write(fh, 0, nil, name))
          assert.equal(name, coaio.aio_load(path("odd/" .. name)))
          assert.equal(path("odd/" .. name), coaio.aio_realpath(path("odd/" .. name)))
        end
        local listed = assert(coaio.aio_readdir(path "odd"))
        table.sort(listed)
        table.sort(odd)
        assert.same(odd, listed)
        assert.is_true(coaio.aio_rmtree(path "odd"))
      end)
    end)
  end)
end)

describe("a directory of 100,000 entries", function()
  on_each(function(kind, path, it_there)
    if kind == "btrfs" or kind == "xfs" then return end -- the image of a loop device makes it slow
    it_there("is listed, scanned and removed", function()
      sh("mkdir %s && cd %s && mkdir one two && seq -f 'entry-%%.0f' 99998 | xargs touch", path "many", path "many")
      run(function()
        local names = assert(coaio.aio_readdir(path "many"))
        assert.equal(100000, #names)
        table.sort(names)
        helper.write(path "names", table.concat(names, "\n") .. "\n")
        sh("cd %s && ls -A | LC_ALL=C sort | cmp - ../names", path "many")
        assert.equal(100000, #coaio.aio_readdirx(path "many", coaio.READDIR_DENTS | coaio.READDIR_DIRS_FIRST))
        local dirs, others = coaio.aio_scandir(path "many")
        assert.equal(2, #dirs)
        assert.equal(99998, #others)
        assert.is_true(coaio.aio_rmtree(path "many"))
        helper.failed("ENOENT", path "many", coaio.aio_stat(path "many"))
      end)
    end)
  end)
end)
