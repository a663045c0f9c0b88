-- The examples in Lua, each run as a user would, with the system's own tool as witness.

local helper = require "spec.helper"
local sh, quote = helper.sh, helper.quote

local dir

local function example(name, arguments)
  return ("timeout -s KILL %d %s examples/%s.lua %s"):format(helper.limit, helper.lua, name, arguments)
end

-- In a process of its own: the test runner stays without a host.
local function needs(module)
  local _, code = helper.try("%s -e %s", helper.lua, ("require %q"):format(module))
  return code ~= 0 and (pending(module .. " is not installed") or true)
end

setup(function()
  dir = helper.tmpdir()
  sh("mkdir -p %s %s", dir "a/b/c", dir "empty")
  dir:file("a/one", helper.bytes(3000000))
  dir:file("a/b/two", ("some needle here\nand none\n"):rep(70000))
  dir:file("a/b/c/three", "needle without an end of line")
  dir:file("a/b/c/four", "")
  sh("ln %s %s; ln -s /etc/passwd %s", dir "a/one", dir "a/b/same", dir "a/link")
end)

teardown(function() dir.remove() end)

describe("examples/du.lua", function()
  it("says what du -sb says", function()
    for _, root in ipairs { dir.path, "src", "/usr/share/doc" } do
      assert.equal(sh("du -sb %s", root), sh(example("du", quote(root))))
    end
  end)

  it("goes on after what it cannot read, and fails", function()
    local output, code = helper.try(example("du", quote(dir "nowhere") .. " " .. quote(dir "a")))
    assert.equal(1, code)
    assert.is_truthy(output:find("nowhere: No such file or directory", 1, true))
    assert.is_truthy(output:find(sh("du -sb %s", dir "a"), 1, true))
  end)
end)

describe("examples/grep.lua", function()
  it("says what grep -rc says", function()
    for _, case in ipairs { { "needle", dir.path }, { "static", "src" } } do
      local expected = sh("grep -rcaF %s %s | grep -v ':0$'", case[1], case[2])
      local output = sh(example("grep", quote(case[1]) .. " " .. quote(case[2])) .. " 2>/dev/null")
      assert.equal(helper.sorted(expected), helper.sorted(output))
    end
  end)

  it("finds what lies across its pieces, in lines of any length, and bytes that are no text", function()
    sh("mkdir %s", dir "odd")
    local piece = ("x"):rep((1 << 20) - 3)
    for i, text in ipairs { piece .. "needle", piece .. "needle and a needle\nneedle", "\0\255needle\0\n" .. piece } do
      helper.write(dir("odd/" .. i .. "\n"), text)
    end
    local output = sh(example("grep", "needle " .. quote(dir "odd")) .. " 2>/dev/null")
    assert.equal(helper.sorted(("%s/1\n:1\n%s/2\n:2\n%s/3\n:1\n"):gsub("%%s", dir "odd")), helper.sorted(output))
    sh("rm -r %s", dir "odd")
  end)

  it("goes on after what it cannot read, and says that there was trouble", function()
    local output, code = helper.try(example("grep", "needle " .. quote(dir "nowhere")))
    assert.equal(2, code)
    assert.is_truthy(output:find("nowhere: No such file or directory", 1, true))
  end)

  it("shows its progress, and fails without a match", function()
    local output, code = helper.try(example("grep", "'not to be found' " .. quote(dir.path)))
    assert.equal(1, code)
    assert.is_truthy(output:find("5 files, 7.8 MB, 0 matches"), output)
  end)
end)

describe("examples/server_luv.lua", function()
  it("serves files, and nothing else, and ends after as many requests as told", function()
    if needs "luv" or not sh("command -v curl || true"):find "curl" then return end
    local log = dir "server.log"
    local command = example("server_luv", quote(dir.path) .. " 0 14")
    os.execute(("{ %s && echo ended; } >%s 2>&1 &"):format(command, quote(log)))
    sh("for i in $(seq 200); do grep -q http %s && break; sleep 0.02; done", log)
    local url = helper.slurp(log):match "^[^\n]*"
    local status = "curl -s --path-as-is -o /dev/null -w '%%{http_code}' "
    assert.equal("404", sh(status .. url .. "nowhere"))
    assert.equal("404", sh(status .. url .. "../../etc/passwd"))
    assert.equal("404", sh(status .. url .. "a/link"))
    assert.equal("405", sh(status .. "-X PUT " .. url .. "a/one"))
    sh("for i in 1 2 3 4 5 6 7 8; do curl -s " .. url .. "a/one -o %s.$i & done; wait", dir "got")
    for i = 1, 8 do sh("cmp %s %s", dir "a/one", dir("got." .. i)) end
    assert.equal("", sh("curl -s " .. url .. "a/b/c/four"))
    assert.equal("some needle here\nand none", sh("curl -s " .. url .. "a/b/%%74wo | head -n 2"))
    sh("for i in $(seq 200); do curl -s %s || exit 0; sleep 0.02; done; exit 1", url)
    sh("for i in $(seq 200); do grep -q ended %s && break; sleep 0.02; done", log)
    assert.equal(url .. "\nended\n", helper.slurp(log))
  end)
end)

describe("examples/tail_cqueues.lua", function()
  it("shows what is appended to many files, through rotation and truncation", function()
    if needs "cqueues" then return end
    local log, other = dir:file("log", "old\n"), dir:file("other", "old\n")
    local output = dir "tail.out"
    os.execute(("%s >%s 2>&1 &"):format(example("tail_cqueues", ("-n 8 %s %s %s %s"):format(quote(log), quote(other),
      quote(dir "a"), quote(dir "late"))), quote(output)))
    local function shown(line)
      sh("for i in $(seq 300); do grep -qxF %s %s && exit; sleep 0.02; done; cat %s; exit 1", line, output, output)
    end
    shown(dir "a" .. ": Is a directory")
    sh("echo zero > %s", dir "late") -- it is looked for again and again, after the others were opened
    shown(dir "late" .. ": zero")
    sh("printf 'one\\ntw' >> %s", log)
    shown(log .. ": one")
    sh("echo o >> %s; echo three >> %s", log, other)
    shown(log .. ": two")
    shown(other .. ": three")
    sh("echo last >> %s; mv %s %s; echo four > %s", log, log, dir "log.1", log)
    shown(log .. ": last")
    shown(log .. ": four")
    sh("echo 5 > %s", other)
    shown(other .. ": 5")
    sh("echo end >> %s", log)
    shown(log .. ": end")
    assert.equal(9, select(2, helper.slurp(output):gsub("\n", "")))
  end)
end)

describe("examples/own_loop.lua", function()
  it("answers as wc does, and ends when it has nothing left to wait for", function()
    if needs "socket" then return end
    local log, names = dir "own.log", { "a/one", "nowhere", "a/b/two", "a/b/c/four" }
    os.execute(("%s >%s 2>/dev/null &"):format(example("own_loop", "0 " .. #names), quote(log)))
    sh("for i in $(seq 300); do grep -q . %s && break; sleep 0.02; done", log)
    local output = helper.works([[
      local client = require "socket".udp()
      client:setpeername("127.0.0.1", arg[1])
      for i = 2, #arg do
        client:send(arg[i])
        io.write(client:receive())
      end
    ]], { args = { helper.slurp(log):match "%d+", dir(names[1]), dir(names[2]), dir(names[3]), dir(names[4]) } })
    local expected = ""
    for _, name in ipairs(names) do
      local there = name ~= "nowhere"
      expected = expected .. (there and sh("wc -l -c <%s | awk '{print $1, $2}'", dir(name)) .. " " .. dir(name)
        or dir(name) .. ": No such file or directory") .. "\n"
    end
    assert.equal(expected, output)
  end)
end)
