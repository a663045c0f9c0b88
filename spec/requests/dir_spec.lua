-- aio_readdir and aio_readdirx, compared with find(1).

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh = helper.run, helper.sh

-- The entries of a directory as find(1) prints them, by `format`, sorted.
local function listed(path, format)
  local list = {}
  local pipe = io.popen(("find %s -mindepth 1 -maxdepth 1 -printf '%s\\0'"):format(helper.quote(path), format))
  for entry in pipe:read("a"):gmatch "[^\0]+" do list[#list + 1] = entry end
  pipe:close()
  table.sort(list)
  return list
end

local function sorted(list)
  local copy = table.move(list, 1, #list, 1, {})
  table.sort(copy)
  return copy
end

local function names_of(entries)
  local names = {}
  for i, entry in ipairs(entries) do names[i] = entry[1] end
  return names
end

describe("aio_readdir", function()
  local tmp = helper.tmpdir()
  sh("mkdir %s %s", tmp "empty", tmp "many")
  for _, name in ipairs { "new\nline", "\xff\xfe", ".hidden", "..almost", " ", "*", ("n"):rep(255) } do
    tmp:file(name)
  end
  sh("cd %s && seq -f 'entry-with-a-name-of-some-length-%%g' 1 6000 | xargs touch", tmp "many")
  teardown(tmp.remove)

  it("lists the names, without . and ..", function()
    run(function()
      for _, path in ipairs { tmp.path, tmp "empty", tmp "many", "/", "/proc/" .. helper.pid, "/dev", "spec" } do
        assert.same(listed(path, "%f"), sorted(assert(coaio.aio_readdir(path))), path)
      end
    end)
  end)

  it("follows a link to a directory", function()
    sh("ln -s many %s", tmp "link")
    run(function() assert.equal(6000, #assert(coaio.aio_readdir(tmp "link"))) end)
  end)

  it("finds a directory empty that was removed, as readdir(3) does", function()
    sh("mkdir %s", tmp "gone")
    run(function()
      local wd = assert(coaio.aio_wd(tmp "gone"))
      sh("rmdir %s", tmp "gone")
      assert.equal("", sh("ls -A /proc/%s/fd/%s/", helper.pid, tostring(wd):match "%d+"))
      assert.same({}, coaio.aio_readdir(wd))
      assert.same({}, coaio.aio_readdirx(wd, coaio.READDIR_DENTS))
      assert.same({ {}, {} }, { coaio.aio_scandir(wd) })
      helper.failed("ENOENT", "x", coaio.aio_readdir { wd, "x" })
    end)
  end)

  it("fails as opendir(3) does", function()
    local file = tmp:file("file", "")
    run(function()
      helper.failed("ENOENT", tmp "none", coaio.aio_readdir(tmp "none"))
      helper.failed("ENOTDIR", file, coaio.aio_readdir(file))
      helper.failed("ENOTDIR", "/dev/null", coaio.aio_readdir("/dev/null"))
      helper.failed("ENOTDIR", tmp "fifo", coaio.aio_readdir(tmp:fifo "fifo"))
    end)
  end)

  it("lists many directories at a time", function()
    local expected = listed(tmp "many", "%f")
    run(function()
      local hit = helper.expect(40, "listing")
      for _ = 1, 40 do
        coaio.async(function()
          assert(table.concat(expected) == table.concat(sorted(assert(coaio.aio_readdir(tmp "many")))))
          hit()
        end)
      end
    end)
  end)
end)

describe("aio_readdirx", function()
  local tmp = helper.tmpdir()
  sh("cd %s && mkdir d1 d2 .d3 d-with.dot && touch f1 f2 f3.txt .f4", tmp.path)
  sh("cd %s && ln -s f1 l1 && ln -s d1 l2 && mkfifo p1", tmp.path)
  local letters = { DIR = "d", REG = "f", LNK = "l", FIFO = "p", CHR = "c", BLK = "b", SOCK = "s" }
  teardown(tmp.remove)

  it("gives names and flags", function()
    run(function()
      for _, flags in ipairs { false, 0, coaio.READDIR_STAT_ORDER } do
        local names, out = coaio.aio_readdirx(tmp.path, flags or nil)
        assert.same(listed(tmp.path, "%f"), sorted(names))
        assert.equal("integer", math.type(out))
        assert.equal(0, out & coaio.READDIR_FOUND_UNKNOWN)
      end
    end)
  end)

  it("gives types and inodes with READDIR_DENTS", function()
    local letter_of = {}
    for name, letter in pairs(letters) do letter_of[coaio["DT_" .. name]] = letter end
    run(function()
      for _, path in ipairs { tmp.path, "/dev" } do
        local entries, flags = coaio.aio_readdirx(path, coaio.READDIR_DENTS)
        local lines = {}
        for i, entry in ipairs(entries) do
          assert.equal(3, #entry)
          lines[i] = ("%s %s %d"):format(entry[1], letter_of[entry[2]], entry[3])
        end
        if flags & coaio.READDIR_FOUND_UNKNOWN == 0 and path == tmp.path then
          assert.same(listed(path, "%f %y %i"), sorted(lines))
        else
          assert.same(listed(path, "%f"), sorted(names_of(entries)))
        end
      end
    end)
  end)

  it("puts directories first with READDIR_DIRS_FIRST", function()
    run(function()
      for _, extra in ipairs { 0, coaio.READDIR_DENTS, coaio.READDIR_STAT_ORDER } do
        local entries = assert(coaio.aio_readdirx(tmp.path, coaio.READDIR_DIRS_FIRST | extra))
        local names = extra == coaio.READDIR_DENTS and names_of(entries) or entries
        assert.same(listed(tmp.path, "%f"), sorted(names))
        local first = sorted(table.move(names, 1, 4, 1, {}))
        assert.same({ ".d3", "d-with.dot", "d1", "d2" }, first)
      end
    end)
  end)

  it("orders by inode with READDIR_STAT_ORDER", function()
    run(function()
      local entries = assert(coaio.aio_readdirx(tmp.path, coaio.READDIR_DENTS | coaio.READDIR_STAT_ORDER))
      for i = 2, #entries do assert.is_true(entries[i - 1][3] <= entries[i][3]) end
    end)
  end)

  it("fails as aio_readdir does", function()
    run(function()
      helper.failed("ENOENT", tmp "none", coaio.aio_readdirx(tmp "none", 0))
      helper.failed("ENOTDIR", tmp "f1", coaio.aio_readdirx(tmp "f1", coaio.READDIR_DENTS))
    end)
  end)
end)
