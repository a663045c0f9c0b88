-- Medians, and the lines that are printed.
local report = {}

function report.median(values)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local middle = (#sorted + 1) // 2
  if #sorted % 2 == 1 then return sorted[middle] end
  return (sorted[middle] + sorted[middle + 1]) / 2
end

-- The smallest and the largest ratio among the rounds.
function report.range(ours, peer)
  local low, high = math.huge, 0
  for i = 1, math.min(#ours, #peer) do
    local ratio = ours[i] / peer[i]
    low, high = math.min(low, ratio), math.max(high, ratio)
  end
  return low, high
end

-- "512 k/s", "33.1 /s", "4066 B": three significant digits, thousands by letter for rates.
function report.figure(value, unit)
  if not value then return "-" end
  if unit == "/s" then
    if value >= 1e6 then return ("%.3g M/s"):format(math.floor(value / 1e4 + 0.5) / 100) end
    if value >= 1e3 then return ("%.3g k/s"):format(math.floor(value / 1e3 * 10 + 0.5) / 10) end
  end
  return ((value >= 100 and "%.0f" or "%.3g") .. "%s"):format(value, unit)
end

local layout = "%-36s %-20s %9s   %-17s %9s  %7s %-13s %7s  %s"

function report.heading()
  print((layout:format("work", "ours", "", "peer", "", "ratio", " (range)", "goal", ""):gsub("%s+$", "")))
  print(("-"):rep(132))
end

function report.line(row)
  local ratio = row.ratio and ("%.2fx"):format(row.ratio) or ""
  local range = row.low and (" (%.2f-%.2f)"):format(row.low, row.high) or ""
  local verdict = ""
  if row.met ~= nil then verdict = row.met and "met" or "NOT MET" end
  local line = layout:format(row.work, row.ours, row.our_figure, row.peer or "", row.peer_figure or "", ratio,
    range, row.goal or "", row.note or verdict)
  print((line:gsub("%s+$", "")))
  io.stdout:flush()
end

-- In what state of the machine the figures were taken.
function report.apart(nanoseconds)
  if #nanoseconds == 0 then return end
  local low, high = math.min(table.unpack(nanoseconds)), math.max(table.unpack(nanoseconds))
  print(("%38s processors %.0f ns apart (%.0f-%.0f)"):format("", report.median(nanoseconds), low, high))
end

return report
