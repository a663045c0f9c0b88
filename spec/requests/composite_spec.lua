-- Whole jobs in one request: aio_load, aio_slurp, aio_copy, aio_move, aio_scandir, aio_rmtree, aio_pathsync. Witnesses
-- are cmp, stat, find and what io.open says.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh = helper.run, helper.sh

-- A failure of a composite: nil, "culprit: message", errno and the path that failed.
local function failed(name, culprit, ...)
  local results = table.pack(...)
  assert.equal(4, results.n)
  assert.is_nil(results[1])
  assert.equal(culprit .. ": " .. coaio.strerror(coaio.errno[name]), results[2])
  assert.equal(name, coaio.errname(results[3]))
  assert.equal(culprit, results[4])
end

local function sorted(list)
  table.sort(list)
  return list
end

-- Names below a directory, by find(1).
local function found(path, test)
  local list = {}
  for name in sh("find %s -mindepth 1 -maxdepth 1 " .. test .. " -printf '%%f\\n'", path):gmatch "[^\n]+" do
    list[#list + 1] = name
  end
  return sorted(list)
end

-- Files that claim to be larger than they are: 4096 bytes.
local claimants = {}
for _, path in ipairs { "/sys/class/net/lo/mtu", "/sys/kernel/mm/transparent_hugepage/enabled" } do
  if helper.try("stat -c %%s %s", path) == "4096" then claimants[#claimants + 1] = path end
end

describe("aio_load and aio_slurp", function()
  local tmp = helper.tmpdir()
  local content = helper.bytes(300000)
  local path = tmp:file("big", content)
  teardown(tmp.remove)

  it("read a whole file, also one that claims no size", function()
    run(function()
      assert.is_true(coaio.aio_load(path) == content)
      assert.is_true(coaio.aio_slurp(path) == content)
      assert.equal("", coaio.aio_load(tmp:file "empty"))
      assert.equal(helper.slurp "/proc/version", coaio.aio_load "/proc/version")
      assert.equal(helper.slurp "/proc/version", coaio.aio_slurp "/proc/version")
    end)
  end)

  it("read a part, counted from the start or from the end", function()
    run(function()
      assert.equal(content:sub(101, 150), coaio.aio_slurp(path, 100, 50))
      assert.equal(content:sub(-10), coaio.aio_slurp(path, -10))
      assert.equal(content:sub(-10, -7), coaio.aio_slurp(path, -10, 4))
      assert.equal("", coaio.aio_slurp(path, #content + 5, 10))
      assert.equal(content:sub(299991), coaio.aio_slurp(path, 299990, 1 << 40))
    end)
  end)

  it("fill a buffer", function()
    run(function()
      local buffer = coaio.buffer "something else"
      assert.equal(50, coaio.aio_slurp(path, 100, 50, buffer))
      assert.equal(content:sub(101, 150), tostring(buffer))
    end)
  end)

  it("find the end by reading, where a size is claimed that is none", function()
    for _, claims in ipairs(claimants) do
      local text = helper.slurp(claims)
      run(function()
        assert.equal(text, coaio.aio_load(claims))
        for n = 1, #text do
          assert.equal(text:sub(-n), coaio.aio_slurp(claims, -n))
          assert.equal(text:sub(-n):sub(1, 1), coaio.aio_slurp(claims, -n, 1))
        end
        failed("EINVAL", claims, coaio.aio_slurp(claims, -#text - 1))
        failed("EINVAL", claims, coaio.aio_slurp(claims, -#text - 1, 1))
      end)
    end
  end)

  it("say what failed", function()
    run(function()
      failed("ENOENT", tmp "none", coaio.aio_load(tmp "none"))
      failed("ENOENT", tmp "none", coaio.aio_slurp(tmp "none"))
      failed("EISDIR", tmp.path, coaio.aio_load(tmp.path))
      failed("EINVAL", path, coaio.aio_slurp(path, -#content - 1))
    end)
  end)
end)

describe("aio_copy", function()
  local tmp = helper.tmpdir()
  local path = tmp:file("old", helper.bytes(1000000))
  teardown(tmp.remove)

  it("copies content, mode and times", function()
    sh("chmod 640 %s && touch -d '2001-02-03 04:05:06.789' %s", path, path)
    run(function() assert.is_true(assert(coaio.aio_copy(path, tmp "new"))) end)
    sh("cmp %s %s", path, tmp "new")
    assert.equal(sh("stat -c '%%a %%y %%u %%g %%s' %s", path), sh("stat -c '%%a %%y %%u %%g %%s' %s", tmp "new"))
  end)

  it("copies what claims no size, and leaves holes", function()
    sh("truncate -s 20M %s && printf end >> %s", tmp "holes", tmp "holes")
    run(function()
      assert(coaio.aio_copy("/proc/version", tmp "version"))
      assert(coaio.aio_copy(tmp "holes", tmp "holes2"))
    end)
    assert.equal(helper.slurp "/proc/version", helper.slurp(tmp "version"))
    sh("cmp %s %s", tmp "holes", tmp "holes2")
    assert.is_true(tonumber(sh("stat -c %%b %s", tmp "holes2")) < 10000)
  end)

  it("copies what there is, not what is claimed", function()
    for _, claims in ipairs(claimants) do
      run(function() assert(coaio.aio_copy(claims, tmp "claimed")) end)
      assert.equal(helper.slurp(claims), helper.slurp(tmp "claimed"))
    end
    if #claimants == 0 then return pending "no file here claims too much" end
  end)

  it("leaves no hole out at the end, and none that is short", function()
    sh("printf begin > %s && truncate -s 3000000 %s", tmp "last", tmp "last")
    sh("truncate -s 9000 %s && printf end >> %s", tmp "short", tmp "short")
    sh("truncate -s 5000000 %s", tmp "nothing")
    for _, name in ipairs { "last", "short", "nothing" } do
      run(function() assert(coaio.aio_copy(tmp(name), tmp "copy of it")) end)
      sh("cmp %s %s", tmp(name), tmp "copy of it")
      assert.equal(sh("stat -c %%b %s", tmp(name)), sh("stat -c %%b %s", tmp "copy of it"))
    end
  end)

  -- No byte of this one can be read: nothing is mapped where it begins.
  it("touches nothing when the source cannot be read", function()
    local unreadable = "/proc/" .. helper.pid .. "/mem"
    local text, code = helper.try("cat %s", unreadable)
    assert.equal("1 cat: " .. unreadable .. ": " .. coaio.strerror(coaio.errno.EIO), code .. " " .. text)
    local kept = tmp:file("kept", "kept")
    sh("chmod 666 %s && ln -s kept %s && ln -s nowhere %s", kept, tmp "to kept", tmp "dangling")
    local before = sh("stat -c '%%i %%a %%u %%y %%z' %s", kept)
    run(function()
      for _, name in ipairs { "kept", "to kept", "dangling", "made" } do
        failed("EIO", unreadable, coaio.aio_copy(unreadable, tmp(name)))
      end
    end)
    assert.equal("kept", helper.slurp(kept))
    assert.equal(before, sh("stat -c '%%i %%a %%u %%y %%z' %s", kept))
    assert.same({}, found(tmp.path, "-name nowhere -o -name made"))
  end)

  -- The calls on the destination, in order, until its first byte is there; as root, or as somebody else.
  local function steps(from, to, wrap)
    local log = tmp "trace"
    sh(": > %s && chmod 666 %s && chmod 777 %s", log, log, tmp.path)
    helper.works([[
      local coaio = require "coaio"
      coaio.run(function() assert(coaio.aio_copy(arg[1], arg[2])) end)
    ]], { args = { from, to }, wrap = wrap .. " strace -f -e trace=/ftruncate,/fchown,/fchmod,/pwrite64 -o " .. log })
    local list = {}
    for call, arguments, result in helper.slurp(log):gmatch "(%w+)%(%d+, ?([^)]-)%)%s+= (%-?%d+)" do
      call = call:gsub("%d+$", "") -- of machines of 32 bits
      if call == "pwrite" then break end
      list[#list + 1] = ("%s %s%s"):format(call, arguments, result == "0" and "" or " failed")
    end
    return list
  end

  it("lets nobody read in the destination what he may not read in the source", function()
    if not helper.root then return pending "takes root" end
    local from, to = tmp:file("from", "secret"), tmp:file("to", "known")
    sh("chmod 600 %s && chmod 4666 %s", from, to)
    assert.same({ "ftruncate 0", "fchmod 0600" }, steps(from, to, ""))
    sh("chmod 640 %s && chmod 666 %s && chown 65534:65534 %s", from, to, to)
    assert.same({ "ftruncate 0", "fchown 0, 0", "fchmod 0640" }, steps(from, to, ""))
    sh("chown 65534 %s && chown 65534:65534 %s && chmod 666 %s", from, to, to)
    assert.same({ "ftruncate 0", "fchown -1, 0 failed", "fchmod 0600" },
      steps(from, to, "setpriv --reuid=65534 --regid=65534 --clear-groups"))
    assert.equal("secret", helper.slurp(to))
    assert.equal("640 65534:65534", sh("stat -c '%%a %%u:%%g' %s", to))
  end)

  it("refuses a file onto itself, and leaves it whole", function()
    local before = sh("cksum %s", path)
    sh("ln -s old %s", tmp "link")
    run(function()
      failed("EINVAL", path, coaio.aio_copy(path, path))
      assert.is_nil(coaio.aio_copy(path, tmp "link"))
    end)
    assert.equal(before, sh("cksum %s", path))
  end)

  it("names the path that failed, of two", function()
    run(function()
      failed("ENOENT", tmp "none", coaio.aio_copy(tmp "none", tmp "x"))
      failed("ENOENT", tmp "no/where", coaio.aio_copy(path, tmp "no/where"))
    end)
    assert.is_nil(io.open(tmp "x"))
  end)

  it("removes what it began when it is cancelled", function()
    local from = tmp:fifo "fifo"
    run(function()
      assert.is_nil(coaio.aio_copy(from, tmp "from fifo")) -- not a regular file
      local task = coaio.async(coaio.aio_copy, path, tmp "cancelled")
      coaio.cede()
      task:cancel()
      pcall(task.join, task)
    end)
    assert.is_nil(io.open(tmp "from fifo"))
    local copy = io.open(tmp "cancelled") -- whole, when it was faster
    if copy then sh("cmp %s %s", path, tmp "cancelled") copy:close() end
  end)
end)

describe("aio_move", function()
  local tmp = helper.tmpdir()
  local shm = helper.sh "mktemp -d /dev/shm/coaio-spec.XXXXXX"
  teardown(function()
    tmp.remove()
    sh("rm -rf %s", shm)
  end)

  it("renames", function()
    local path = tmp:file("old", "content")
    local inode = sh("stat -c %%i %s", path)
    run(function() assert.is_true(assert(coaio.aio_move(path, tmp "new"))) end)
    assert.equal(inode, sh("stat -c %%i %s", tmp "new"))
    assert.is_nil(io.open(path))
  end)

  it("copies to another file system and removes the source", function()
    local path = tmp:file("far", helper.bytes(100000))
    local before = sh("stat -c '%%a %%y %%s' %s", path)
    run(function() assert(coaio.aio_move(path, shm .. "/far")) end)
    assert.is_nil(io.open(path))
    assert.is_true(helper.slurp(shm .. "/far") == helper.bytes(100000))
    assert.equal(before, sh("stat -c '%%a %%y %%s' %s", shm .. "/far"))
  end)

  -- Names, kinds, links, permissions, owners, sizes, times and contents, but for inodes.
  local function state_of(dir)
    return sh("cd %s && find . -type f -printf '%%p %%n %%m %%U:%%G %%s %%T@ ' -exec cat {} + -o "
      .. "-printf '%%p %%y %%l %%m\\n' | sort", dir)
  end

  it("to another file system leaves what mv leaves", function()
    local far = {}
    for _, name in ipairs { "mv", "ours" } do
      far[name] = shm .. "/" .. name
      sh("mkdir -p %s %s && cd %s && echo target > target && ln -s target link && ln target hard && echo old > old "
        .. "&& ln -s nowhere dangling && mkfifo fifo && touch -d '2001-02-03 04:05:06.789' *", tmp(name), far[name],
        far[name])
      sh("cd %s && for i in link hard old dangling fifo new; do echo \"new $i\" > $i; chmod 640 $i; "
        .. "touch -d '1999-01-01 01:02:03.123456789' $i; done", tmp(name))
    end
    for _, name in ipairs { "link", "hard", "old", "dangling", "fifo", "new" } do
      sh("mv -f %s %s", tmp("mv/" .. name), far.mv .. "/" .. name)
      run(function() assert(coaio.aio_move(tmp("ours/" .. name), far.ours .. "/" .. name)) end)
    end
    assert.equal(state_of(far.mv), state_of(far.ours))
    assert.equal("", sh("ls -A %s", tmp "ours"))
  end)

  it("names the path that failed, of two", function()
    local path = tmp:file("one", "")
    run(function()
      failed("ENOENT", tmp "none", coaio.aio_move(tmp "none", tmp "no/where"))
      failed("ENOENT", tmp "no/where", coaio.aio_move(path, tmp "no/where"))
      failed("ENOENT", shm .. "/no/where", coaio.aio_move(path, shm .. "/no/where"))
      failed("EISDIR", shm, coaio.aio_move(path, shm))
      failed("EISDIR", tmp "ours", coaio.aio_move(path, tmp "ours"))
      failed("ENOTDIR", path .. "/x", coaio.aio_move(path .. "/x", tmp "x"))
      failed("ENOTDIR", path .. "/x", coaio.aio_move(tmp:file "two", path .. "/x"))
      failed("EXDEV", tmp.path, coaio.aio_move(tmp.path, shm .. "/x"))
    end)
  end)

  it("keeps the source when it fails", function()
    local path = tmp:file("kept", "kept")
    run(function()
      assert.is_nil(coaio.aio_move(path, shm .. "/no/where"))
      failed("ENOENT", tmp "none", coaio.aio_move(tmp "none", tmp "x"))
    end)
    assert.equal("kept", helper.slurp(path))
  end)
end)

describe("aio_scandir", function()
  local tmp = helper.tmpdir()
  sh("cd %s && mkdir a b .c && touch f .g 'h i' && ln -s a link && ln -s f link2 && mkfifo p", tmp.path)
  teardown(tmp.remove)

  it("tells directories from the rest", function()
    run(function()
      for _, path in ipairs { tmp.path, "/proc/" .. helper.pid, "/", "spec" } do
        local dirs, rest = assert(coaio.aio_scandir(path))
        assert.same(found(path, "-type d"), sorted(dirs), path)
        assert.same(found(path, "! -type d"), sorted(rest), path)
      end
    end)
  end)

  it("takes the number of its sub-requests, which changes nothing else", function()
    run(function()
      for _, maxreq in ipairs { 0, 1, 4, 100 } do
        local dirs, rest = assert(coaio.aio_scandir(tmp.path, maxreq))
        assert.equal("3 6", #dirs .. " " .. #rest)
      end
    end)
  end)

  it("says what failed", function()
    run(function()
      failed("ENOENT", tmp "none", coaio.aio_scandir(tmp "none"))
      failed("ENOTDIR", tmp "f", coaio.aio_scandir(tmp "f"))
    end)
  end)
end)

describe("aio_rmtree", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("removes a tree, deep and wide, and follows no link", function()
    local precious = tmp:file("precious", "kept")
    sh("mkdir -p %s/a/b/c/d/e/f && cd %s && seq 1000 | xargs touch && ln -s .. up && ln -s %s link && mkfifo a/p",
      tmp "tree", tmp "tree", precious)
    sh("mkdir %s && touch %s && ln -s %s %s", tmp "aim", tmp "aim/x", tmp "aim", tmp "to dir")
    run(function()
      assert.is_true(assert(coaio.aio_rmtree(tmp "tree")))
      assert.is_true(assert(coaio.aio_rmtree(tmp "to dir")))
      assert.is_true(assert(coaio.aio_rmtree(tmp:file "single")))
    end)
    assert.same({ "aim", "precious" }, found(tmp.path, ""))
    assert.equal("", helper.slurp(tmp "aim/x"))
  end)

  it("says what failed", function()
    run(function()
      failed("ENOENT", tmp "none", coaio.aio_rmtree(tmp "none"))
      assert.is_nil(coaio.aio_rmtree(tmp "."))
    end)
  end)

  it("names the file in the tree that failed", function()
    local mount = "/proc/" .. helper.pid .. "/task"
    run(function()
      local ok, message, code, culprit = coaio.aio_rmtree(mount)
      assert.is_nil(ok)
      assert.equal(culprit .. ": " .. coaio.strerror(code), message)
      assert.equal(mount, culprit:sub(1, #mount))
      assert.is_true(#culprit > #mount)
    end)
  end)
end)

describe("aio_pathsync", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  it("syncs files and directories", function()
    local path = tmp:file("file", "x")
    run(function()
      assert.is_true(assert(coaio.aio_pathsync(path)))
      assert.is_true(assert(coaio.aio_pathsync(tmp.path)))
      failed("ENOENT", tmp "none", coaio.aio_pathsync(tmp "none"))
    end)
  end)

  it("calls fsync", function()
    local log = tmp "trace"
    helper.works([[
      local coaio = require "coaio"
      coaio.run(function() assert(coaio.aio_pathsync(arg[1])) end)
    ]], { args = { tmp.path }, wrap = "strace -f -e trace=fsync -o " .. log })
    assert.truthy(helper.slurp(log):find "fsync%(%d+%)%s+= 0")
  end)
end)
