-- Working directories: aio_wd, {wd, name}, CWD, and ones that no path leaves.

local coaio = require "coaio"
local helper = require "spec.helper"
local run, sh = helper.run, helper.sh

describe("a wd", function()
  local tmp = helper.tmpdir()
  sh("cd %s && mkdir -p dir/sub && echo content > dir/file && ln -s file dir/link", tmp.path)
  teardown(tmp.remove)

  it("stands for a path, and for what is below it", function()
    run(function()
      local wd = assert(coaio.aio_wd(tmp "dir"))
      assert.equal("directory", assert(coaio.aio_stat(wd)).type)
      assert.equal(tonumber(sh("stat -c %%i %s", tmp "dir/file")), assert(coaio.aio_stat { wd, "file" }).ino)
      assert.equal("content\n", coaio.aio_load { wd, "file" })
      assert.equal("file", coaio.aio_readlink { wd, "link" })
      assert.equal(3, #assert(coaio.aio_readdir(wd)))
      assert(coaio.aio_wd { wd, "sub" })
    end)
  end)

  it("serves every request that takes paths", function()
    run(function()
      local wd = assert(coaio.aio_wd(tmp "dir"))
      assert(coaio.aio_close(assert(coaio.aio_open({ wd, "new" }, "wx"))))
      assert(coaio.aio_chmod({ wd, "new" }, "0600"))
      assert(coaio.aio_utime({ wd, "new" }, 1000, 2000))
      assert(coaio.aio_truncate({ wd, "new" }, 10))
      assert(coaio.aio_link({ wd, "new" }, { wd, "hard" }))
      assert(coaio.aio_symlink("anything", { wd, "soft" }))
      assert(coaio.aio_mkdir { wd, "made" })
      assert(coaio.aio_mknod({ wd, "made/fifo" }, coaio.S_IFIFO | 384, 0))
      assert(coaio.aio_rename({ wd, "hard" }, { wd, "made/hard" }))
      assert(coaio.aio_copy({ wd, "new" }, { wd, "copy" }))
      assert(coaio.aio_move({ wd, "copy" }, { wd, "moved" }))
      assert.equal("600 2 10", sh("stat -c '%%a %%h %%s' %s", tmp "dir/new"))
      assert.equal("made/fifo made/hard moved new soft ",
        sh("cd %s && find made/* moved new soft -maxdepth 0 | sort | tr '\\n' ' '", tmp "dir"))
      assert.equal(tmp "dir/new", coaio.aio_realpath { wd, "new" })
      assert.equal(assert(coaio.aio_statvfs(tmp "dir")).files, assert(coaio.aio_statvfs { wd, "new" }).files)
      for _, name in ipairs { "new", "soft", "moved" } do assert(coaio.aio_unlink { wd, name }) end
      assert(coaio.aio_rmtree { wd, "made" })
    end)
    assert.equal("file link sub ", sh("cd %s && ls | tr '\\n' ' '", tmp "dir"))
  end)

  it("stays the same directory when it is renamed", function()
    run(function()
      local wd = assert(coaio.aio_wd(tmp "dir"))
      assert(coaio.aio_rename(tmp "dir", tmp "renamed"))
      assert.equal("content\n", coaio.aio_load { wd, "file" })
      assert(coaio.aio_rename(tmp "renamed", tmp "dir"))
    end)
  end)

  it("is the current directory: CWD", function()
    local seen = helper.works([[
      local coaio = require "coaio"
      coaio.run(function()
        print(coaio.aio_load { coaio.CWD, "dir/file" }, tostring(coaio.CWD), coaio.aio_stat(coaio.CWD).ino)
      end)
    ]], { wrap = ("env -C %s LUA_PATH='%s' LUA_CPATH='%s'"):format(tmp.path,
      (package.path:gsub("%f[^;\0]%./", sh "pwd" .. "/")), (package.cpath:gsub("%f[^;\0]%./", sh "pwd" .. "/"))) })
    assert.equal("content\n\tcoaio.wd (current directory)\t" .. sh("stat -c %%i %s", tmp.path) .. "\n", seen)
  end)

  it("fails as open(2) does, and names the path", function()
    run(function()
      local wd = assert(coaio.aio_wd(tmp "dir"))
      helper.failed("ENOENT", tmp "none", coaio.aio_wd(tmp "none"))
      helper.failed("ENOTDIR", tmp "dir/file", coaio.aio_wd(tmp "dir/file"))
      helper.failed("ENOENT", "none", coaio.aio_stat { wd, "none" })
      helper.raises("aio_stat", coaio.aio_stat, { wd })
      helper.raises("aio_stat", coaio.aio_stat, { "not a wd", "name" })
    end)
  end)

  it("lets go of its descriptor when it is collected", function()
    run(function()
      for _ = 1, 50 do assert(coaio.aio_wd(tmp "dir")) end
    end) -- helper.run counts descriptors
  end)

  it("is not the current directory for a finalizer that comes after its own", function()
    local results
    run(function()
      local owner = setmetatable({}, { __gc = function(self)
        results = { tostring(self.wd), pcall(coaio.aio_stat, { self.wd, "spec" }) }
        results[4], results[5] = pcall(coaio.aio_stat, self.wd)
      end })
      owner.wd = assert(coaio.aio_wd(tmp "dir"))
    end)
    collectgarbage()
    local message = "bad argument #1 to 'aio_stat' (attempt to use a collected wd)"
    assert.same({ "coaio.wd (collected)", false, message, false, message }, results)
  end)
end)

describe("a wd that is confined with beneath = true", function()
  local tmp = helper.tmpdir()
  sh("cd %s && mkdir -p jail/sub && echo in > jail/in && echo out > out && ln -s ../out jail/escape", tmp.path)
  sh("cd %s && ln -s ../in jail/sub/inside && ln -s /etc/passwd jail/absolute", tmp.path)
  teardown(tmp.remove)

  local function jail()
    local wd, message, code = coaio.aio_wd(tmp "jail", { beneath = true })
    assert(wd or code == coaio.errno.ENOSYS, message)
    return wd
  end

  it("opens what is inside", function()
    run(function()
      local wd = jail()
      if not wd then return end
      assert.equal("in\n", coaio.aio_load { wd, "in" })
      assert.equal("in\n", coaio.aio_load { wd, "sub/inside" })
      assert.equal("in\n", coaio.aio_load { wd, "sub/../in" })
    end)
  end)

  it("takes no other option: a misspelt one would confine nothing", function()
    for _, options in ipairs { { benath = true }, { beneath = true, strict = true }, { "beneath" } } do
      local ok, message = pcall(coaio.aio_wd, tmp "jail", options)
      assert.is_false(ok)
      assert.equal("bad argument #2 to 'aio_wd' ({beneath = true} expected, or no options)", message)
    end
    run(function()
      assert(coaio.aio_wd(tmp "jail", {}))
      assert(coaio.aio_wd(tmp "jail", { beneath = false }))
    end)
  end)

  it("lets no path out", function()
    run(function()
      local wd = jail()
      if not wd then return end
      for _, name in ipairs { "../out", "escape", "absolute", "/etc/passwd", "sub/../../out" } do
        helper.failed("EXDEV", name, coaio.aio_open({ wd, name }, "r"))
        helper.failed("EXDEV", name, coaio.aio_stat { wd, name })
      end
      helper.failed("EXDEV", "../new", coaio.aio_open({ wd, "../new" }, "w"))
      helper.failed("EXDEV", "../out", coaio.aio_unlink { wd, "../out" })
      helper.failed("EXDEV", "../new", coaio.aio_mkdir { wd, "../new" })
      helper.failed("EXDEV", "in -> ../new", coaio.aio_rename({ wd, "in" }, { wd, "../new" }))
    end)
    assert.equal("jail out ", sh("cd %s && ls | tr '\\n' ' '", tmp.path))
  end)
end)
