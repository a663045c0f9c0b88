-- make bench: runs coaio and its peers side by side and says how they compare.
--
--   lua5.4 bench/run.lua [--quick] [--only PATTERN] [--rounds N] [--seconds S] [--patience S] [--plot DIR]
--                        [--scratch DIR] [--figures FILE]
--   lua5.4 bench/run.lua --instructions [--update]
--
-- Every case runs all its contenders once per round, in turn, each in a process of its own, so that whatever else the
-- machine does hits all of them alike; figures are medians over the rounds. See bench/README.md.
package.path = "./?.lua;" .. package.path

local cases = require "bench.cases"
local contenders = require "bench.contenders"
local figures = require "bench.figures"
local instructions = require "bench.instructions"
local measure = require "bench.measure"
local plot = require "bench.plot"
local process = require "bench.process"
local report = require "bench.report"
local setup = require "bench.setup"
local trees = require "bench.trees"

local function usage()
  io.stderr:write("usage: lua5.4 bench/run.lua [--quick] [--only PATTERN] [--rounds N] [--seconds S]\n"
    .. "         [--patience S] [--plot DIR] [--scratch DIR] [--figures FILE]\n"
    .. "   or: lua5.4 bench/run.lua --instructions [--update]\n")
  os.exit(2)
end

local switches = { ["--quick"] = true, ["--instructions"] = true, ["--update"] = true }
local words = { ["--only"] = true, ["--plot"] = true, ["--scratch"] = true, ["--figures"] = true }
local numbers = { ["--rounds"] = true, ["--seconds"] = true, ["--patience"] = true }

local function options()
  local o, i = {}, 1
  while arg[i] do
    local name, value = arg[i], arg[i + 1]
    if switches[name] then
      o[name:sub(3)], i = true, i - 1
    elseif words[name] and value then
      o[name:sub(3)] = value
    elseif numbers[name] and tonumber(value) then
      o[name:sub(3)] = tonumber(value)
    else
      usage()
    end
    i = i + 2
  end
  o.mode = o.quick and "quick" or "full"
  o.rounds = math.max(1, (o.rounds or 5) // 1)
  o.seconds = o.seconds or (o.quick and 0.2 or 0.5)
  o.patience = o.patience or (o.quick and 0 or 900)
  return o
end

-- Whether a row meets its goal: at least a ratio to the peer, at most a limit, at most so much more than at 100.
local function judge(row, case, line, ours, base)
  local goal = line[3]
  if case.versus and goal then
    row.goal = (">=%gx"):format(goal)
    if row.ratio then row.met = row.ratio >= goal end
  elseif goal then
    row.goal = ("<=%g"):format(goal)
    if ours then row.met, row.note = ours <= goal, nil end
  elseif case.growth then
    row.peer, row.goal = "itself at 100", ("<=%gx"):format(case.growth)
    if ours and base then
      row.peer_figure, row.ratio = report.figure(base, case.unit), ours / base
      row.met = row.ratio <= case.growth
    end
  end
end

local function row_of(case, line, results)
  local ours, peer = results[line[1]], results[line[2]]
  local row = { work = case.name, ours = contenders[line[1]].title, note = ours.reason }
  row.our_figure = report.figure(ours.median, case.unit)
  if peer then
    row.peer = contenders[line[2]].title
    row.peer_figure = report.figure(peer.median, case.unit)
    row.note = row.note or peer.reason
    if ours.median and peer.median then
      row.ratio = ours.median / peer.median
      row.low, row.high = report.range(ours, peer)
    end
  end
  return row
end

local function run_case(case, o, score)
  local results, apart = measure.rounds(case, o)
  score.results[case.name] = results
  if case.work == "outstanding" and case.concurrency == 100 then score.base = results end
  for _, line in ipairs(case.versus or case.limits) do
    local base = score.base and score.base[line[1]]
    local row = row_of(case, line, results)
    judge(row, case, line, results[line[1]].median, base and base.median)
    report.line(row)
    score.goals = score.goals + (row.goal and 1 or 0)
    score.met = score.met + (row.met and 1 or 0)
  end
  report.apart(apart)
end

-- The machine in words, and how it was measured.
local function machine_of(o)
  local kernel = process.output("uname -sr"):match "%S+ %d+%.%d+"
  local processors = process.output("nproc"):match "%d+"
  local file_system = process.output("df --output=fstype build/bench/data"):match "(%S+)%s*$"
  return ("%s, %s processors, %s, %s; medians of %d rounds of %g s"):format(kernel, processors, file_system, _VERSION,
    o.rounds, o.seconds)
end

-- A whole run tells the README; a part of one only who asked for it.
local function write_figures(o, results, machine)
  if o.figures or not (o.only or o.quick) then figures.write(results, machine, o.figures) end
end

local function main()
  local o, score = options(), { goals = 0, met = 0, results = {} }
  if o.instructions then return instructions.report(o.update) end
  local _ <close> = setmetatable({}, { __close = function() trees.clean(o) end })
  setup.compile()
  setup.data(o.mode == "quick" and 10000 or 100000)
  if o.plot then return plot.all(o.plot, o) end
  local machine = machine_of(o)
  print(machine)
  report.heading()
  for _, case in ipairs(cases) do
    if not o.only or case.name:find(o.only) then run_case(case, o, score) end
  end
  print(("%d of %d goals met"):format(score.met, score.goals))
  write_figures(o, score.results, machine)
end

main()
