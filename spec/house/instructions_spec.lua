-- What a request costs in instructions may not grow by more than a tenth: counted, not timed. The table of today's
-- numbers is bench/instructions.txt; where one has to grow, `make bench BENCH="--instructions --update"` says so in it.

local instructions = require "bench.instructions"

local numbers, circumstances = instructions.read()

-- The numbers hold for one build on one backend.
local function why_not()
  if (os.getenv "COAIO_SAN" or "") ~= "" then return "sanitizers count too" end
  if os.getenv "COAIO_BACKEND" == "uring" then return "valgrind knows no io_uring" end
  local here = instructions.circumstances()
  if here ~= circumstances then return ("the table is for %s, and this is %s"):format(circumstances, here) end
  return instructions.unavailable()
end

describe("instructions per request", function()
  local reason = why_not()

  for _, row in ipairs(instructions.rows) do
    local name = instructions.name(row)
    it(name, function()
      if reason then return pending(reason) end
      local was, now = assert(numbers[name], "not in the table"), math.huge
      for _ = 1, 3 do -- what needs workers wavers
        now = math.min(now, instructions.measure(row))
        if now <= was * instructions.growth then return end
      end
      error(("%d, and the table has %d"):format(now, was))
    end)
  end
end)
