-- IO::AIO's own symbol table, asked of perl: every function and constant that it has on this system coaio has too, but
-- for the exceptions below, each with its reason.

local coaio = require "coaio"
local helper = require "spec.helper"

-- Defined functions; of constants, which are written in capitals, those that are not 0 here.
local program = [[
  use IO::AIO;
  for my $name (sort keys %%IO::AIO::) {
    next unless defined &{"IO::AIO::$name"};
    my $value = "";
    if ($name =~ /^[A-Z0-9_]+$/) {
      $value = eval { &{"IO::AIO::$name"} () };
      next unless $value;
    }
    print "$name=$value\n";
  }
]]

local exceptions = {
  poll = "tasks and their loop: coaio.run, coaio.step",
  poll_cb = "the same",
  poll_fileno = "the same: coaio.attach, coaio_fileno",
  poll_wait = "the same",
  flush = "the same: coaio.run returns when all is done",
  bootstrap = "Perl's loader",
  _on_next_submit = "internal",
  CWD = "an object, not a number: coaio.CWD",
  INVALID_WD = "a wd that failed is no object but nil and an error",
  stx_mask = "fields of what statx returns",
  st_gen = "a field of BSD's stat, which Linux has not",
  st_xtime = "any of the times: fields of the stat object",
  st_xtimensec = "the same",
}

-- Accessors of what the last stat left; here they are fields of the results of aio_stat and statx.
local function is_accessor(name)
  return name:find "^stx?_%w+" ~= nil
end

describe("IO::AIO's symbols", function()
  local output, status = helper.try("perl -e %s", (program:gsub("%%%%", "%%")))

  it("are there, or exceptions with a reason", function()
    if status ~= 0 then return pending "IO::AIO is not there" end
    local missing, used = {}, {}
    for name, value in output:gmatch "([^\n=]+)=([^\n]*)" do
      local exception = exceptions[name]
      used[name] = true
      if coaio[name] == nil and not coaio.errno[name] and not exception and not is_accessor(name) then
        missing[#missing + 1] = name
      elseif math.tointeger(value) and not exception then
        local ours = coaio[name] or coaio.errno[name]
        assert(ours == math.tointeger(value), ("%s: %s, and IO::AIO has %s"):format(name, ours, value))
      end
    end
    assert.same({}, missing)
    for name, reason in pairs(exceptions) do
      assert(used[name] or name == "st_gen", name .. " is no exception any more: " .. reason)
    end
  end)

  it("that are accessors are fields of stat and statx", function()
    if status ~= 0 then return pending "IO::AIO is not there" end
    helper.run(function()
      local stat, statx = assert(coaio.aio_stat "/"), assert(coaio.aio_statx("/", 0, coaio.STATX_ALL))
      for prefix, name in output:gmatch "%f[^\n\0](stx?)_(%w[%w_]*)=" do
        if not exceptions[prefix .. "_" .. name] then
          local field = (prefix == "st" and stat or statx)[name]
          assert(field or name:find "^btime", prefix .. "_" .. name)
        end
      end
    end)
  end)
end)
