-- Ctrl-C ends a run, wherever it waits. The signal is sent when the child has said that it is ready and then sleeps in
-- the kernel: /proc is the witness.

local helper = require "spec.helper"

describe("an interrupt", function()
  local tmp = helper.tmpdir()
  teardown(tmp.remove)

  -- Run a script, interrupt it once it says "ready" on the FIFO named by arg[1] and sleeps; returns output and status.
  local function interrupted(name, script)
    local ready, file, result = tmp:fifo(name .. ".ready"), tmp:file(name .. ".lua", script), tmp(name .. ".out")
    local shell = [[
      timeout -s KILL %d %s %s %s %s >%s 2>&1 </dev/null & guard=$!
      read pid <%s
      i=0
      while [ "$(sed 's/.*) //; s/ .*//' /proc/$pid/stat)" != S ] && [ $i -lt 1000 ]; do i=$((i + 1)); sleep 0.01; done
      kill -INT $pid
      wait $guard
      echo $?
    ]]
    shell = shell:format(helper.limit, helper.lua, file, ready, tmp:fifo(name .. ".pipe"), result, ready)
    local status = helper.sh("timeout -s KILL %s sh %s", helper.limit * 2, tmp:file(name .. ".sh", shell))
    return helper.slurp(result), tonumber(status)
  end

  -- As lua says it, without a position in coaio's own files.
  local message = "^[^:\n]+: interrupted!\n"

  local head = [[
    local coaio = require "coaio"
    local function ready()
      local pid = io.open("/proc/self/stat"):read "n"
      local file = io.open(arg[1], "w")
      file:write(pid, "\n")
      file:close()
    end
  ]]

  it("ends a run that sleeps", function()
    local output, status = interrupted("sleep", head .. [[
      coaio.run(function()
        ready()
        coaio.sleep(100000)
      end)
    ]])
    assert.equal(1, status)
    assert.truthy(output:find(message), output)
  end)

  it("ends a run that waits for a FIFO, a pipe or a worker", function()
    for i, call in ipairs {
      "coaio.aio_open(arg[2], 'r')", "coaio.aio_read(coaio.aio_open(arg[2], 'r+'), nil, 1)", "coaio.aio_busy(100000)",
    } do
      local output, status = interrupted("wait" .. i, head .. [[
        coaio.run(function()
          coaio.aio_nop()
          ready()
          print(]] .. call .. [[)
        end)
      ]])
      assert.equal(1, status)
      assert.truthy(output:find(message), output)
    end
  end)

  it("ends a request in the main chunk", function()
    local output, status = interrupted("main", head .. [[
      coaio.aio_nop()
      ready()
      coaio.aio_busy(100000)
    ]])
    assert.equal(1, status)
    assert.truthy(output:find(message), output)
  end)

  it("ends a request where nothing can yield", function()
    local output, status = interrupted("gsub", head .. [[
      coaio.run(function()
        ready()
        return (("x"):gsub("x", function() coaio.aio_busy(100000) end))
      end)
    ]])
    assert.equal(1, status)
    assert.truthy(output:find(message), output)
  end)

  it("ends a request in the main chunk where nothing can yield", function()
    local output, status = interrupted("maingsub", head .. [[
      coaio.aio_nop()
      ready()
      return (("x"):gsub("x", function() coaio.aio_busy(100000) end))
    ]])
    assert.equal(1, status)
    assert.truthy(output:find(message), output)
  end)

  it("that is caught leaves a library that works", function()
    local output, status = interrupted("caught", head .. [[
      local closed = 0
      local ok, err = pcall(coaio.run, function()
        for _ = 1, 3 do
          coaio.async(function()
            local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
            coaio.sleep(100000)
          end)
        end
        coaio.cede()
        ready()
        coaio.aio_busy(100000)
      end)
      print(ok, tostring(err):find "interrupted!" ~= nil, closed)
      coaio.run(function() print(coaio.aio_stat("/").type) end)
    ]])
    assert.equal("false\ttrue\t3\ndirectory\n", output)
    assert.equal(0, status)
  end)
end)

describe("the signal that interrupts workers", function()
  it("is a setting", function()
    local coaio = require "coaio"
    assert.equal(coaio.SIGURG, coaio.signal())
    assert.equal(coaio.SIGURG, coaio.signal(coaio.SIGUSR2))
    assert.equal(coaio.SIGUSR2, coaio.signal(coaio.SIGURG))
    helper.raises("bad argument #1 to 'signal' %(value out of range%)", coaio.signal, coaio.SIGKILL)
    helper.raises("bad argument #1 to 'signal' %(integer expected%)", coaio.signal, "URG")
  end)
end)
