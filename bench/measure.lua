-- The rounds of one case: every contender once per round, in turn, each in a process of its own.
local contenders = require "bench.contenders"
local process = require "bench.process"
local report = require "bench.report"
local setup = require "bench.setup"
local trees = require "bench.trees"

local measure = {}

local function by_mode(value, o)
  if type(value) == "table" then return value[o.mode] end
  if value == "seconds" then return o.seconds end
  return value
end

-- Is it there? Asked once each.
local function missing(contender)
  if contender.present == nil then contender.present = process.shell(contender.needs) end
  return not contender.present and contender.missing or nil
end

-- The contenders of a case, each once, in the order of the lines.
local function entrants(case)
  local list, seen = {}, {}
  for _, line in ipairs(case.versus or case.limits) do
    for i = 1, 2 do
      local key = line[i]
      if key and not seen[key] then
        seen[key] = true
        list[#list + 1] = key
      end
    end
  end
  return list
end

-- Our protocol's answer is the last line; warnings may come before it.
local function last_number(text)
  return tonumber(text:match("([^\n]*)%s*$"))
end

-- One measurement: a number, or nil and why not.
local function once(contender, case, o)
  local target = case.target == "tree" and trees.target(case, o) or setup[case.target]
  local command = contender.command(case.work, by_mode(case.concurrency, o), by_mode(case.amount, o), target)
  local text, succeeded = process.output("timeout 120 env " .. command)
  local value = succeeded and (contender.parse or last_number)(text)
  local wrong = value and trees.wrong(case, target)
  if value and not wrong then return value end
  return nil, "failed: " .. (wrong or text:match("[^\n]+") or "no answer")
end

local near = 250 -- nanoseconds between two processors
local first = 30 -- seconds to wait for that once; where it does not come the machine is so

local function distance(o)
  local apart = last_number(process.output "build/bench/apart")
  o.were_near = o.were_near or (apart and apart <= near)
  return apart
end

-- How far the processors are from each other (apart.c). Where the host has moved them apart, it waits until they are
-- back, for as long as the patience with this run lasts.
local function settled_distance(o)
  local apart, waited = distance(o), 0
  while apart and apart > near and o.patience > 0 do
    process.shell "sleep 0.5"
    o.patience, waited = o.patience - 0.5, waited + 0.5
    if waited >= first and not o.were_near then o.patience = 0 end
    apart = distance(o)
  end
  return apart
end

-- Results by contender, and how far the processors were from each other before each measurement.
function measure.rounds(case, o)
  local results, list, apart = {}, entrants(case), {}
  for _, key in ipairs(list) do
    results[key] = { reason = missing(contenders[key]) }
  end
  for round = 1, o.rounds do
    setup.warm(case.target)
    for i = 1, #list do
      local key = list[(i + round) % #list + 1]
      local result = results[key]
      if not result.reason then
        apart[#apart + 1] = settled_distance(o)
        result[#result + 1], result.reason = once(contenders[key], case, o)
      end
    end
  end
  for _, result in pairs(results) do
    if not result.reason then result.median = report.median(result) end
  end
  return results, apart
end

return measure
