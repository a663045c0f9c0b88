-- Pictures for the README: throughput over concurrency as lines, memory and latency as bars; plain SVG, no library.
local contenders = require "bench.contenders"
local measure = require "bench.measure"
local report = require "bench.report"

local plot = {}

local colours = {
  coaio = "#c2410c", coaio_threads = "#f59e0b", coro = "#2563eb", luv = "#16a34a", node = "#7c3aed", lua = "#6b7280",
  c = "#111827", coaio_c = "#c2410c", coaio_c_threads = "#f59e0b",
}
local width, height = 720, 420
local left, right, top, bottom = 70, 150, 50, 50

local function element(name, attributes, text)
  local keys, parts = {}, {}
  for key in pairs(attributes) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do
    local value = attributes[key]
    parts[i] = (' %s="%s"'):format(key, math.type(value) == "float" and ("%.1f"):format(value) or value)
  end
  return ("<%s%s>%s</%s>"):format(name, table.concat(parts), text or "", name)
end

local function label(x, y, text, extra)
  local attributes = { x = x, y = y, fill = "#374151", ["font-size"] = 13 }
  for key, value in pairs(extra or {}) do attributes[key] = value end
  return element("text", attributes, text)
end

local function write(directory, name, shapes, canvas_height)
  local file = assert(io.open(directory .. "/" .. name .. ".svg", "w"))
  assert(file:write(('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif">\n')
    :format(width, canvas_height), '<rect width="100%" height="100%" fill="#ffffff"/>\n',
    table.concat(shapes, "\n"), "\n</svg>\n"))
  file:close()
  print("wrote " .. directory .. "/" .. name .. ".svg")
end

-- ---- lines ----------------------------------------------------------------------------------------------------------

-- Where a value lies on a logarithmic axis.
local function scale(low, high, from, to)
  local span = math.log(high / low)
  return function(value) return from + (to - from) * math.log(value / low) / span end
end

-- Names beside the ends of the lines, moved apart where they would overlap.
local function end_labels(shapes, ends)
  table.sort(ends, function(a, b) return a.y < b.y end)
  local last = -math.huge
  for _, e in ipairs(ends) do
    last = math.max(last + 16, e.y)
    shapes[#shapes + 1] = label(width - right + 10, last + 4, e.title, { fill = e.colour, ["font-weight"] = "bold" })
  end
end

local function axes(shapes, steps, x, y, low, high)
  for _, n in ipairs(steps) do
    shapes[#shapes + 1] = label(x(n), height - bottom + 20, n, { ["text-anchor"] = "middle" })
  end
  local decade = low
  while decade <= high do
    local at = y(decade)
    shapes[#shapes + 1] = element("line", { x1 = left, x2 = width - right, y1 = at, y2 = at, stroke = "#e5e7eb" })
    shapes[#shapes + 1] = label(left - 8, at + 4, report.figure(decade, "/s"), { ["text-anchor"] = "end" })
    decade = decade * 10
  end
  shapes[#shapes + 1] = label((left + width - right) / 2, height - 10, "coroutines", { ["text-anchor"] = "middle" })
end

-- The powers of ten round all values.
local function decades(series)
  local low, high = math.huge, 0
  for _, s in ipairs(series) do
    for _, value in pairs(s.values) do low, high = math.min(low, value), math.max(high, value) end
  end
  return 10.0 ^ math.floor(math.log(low, 10)), 10.0 ^ math.ceil(math.log(high, 10))
end

local function lines(directory, name, title, steps, series)
  local low, high = decades(series)
  local x = scale(steps[1], steps[#steps], left, width - right)
  local y = scale(low, high, height - bottom, top)
  local shapes, ends = { label(left, 28, title, { ["font-size"] = 17, ["font-weight"] = "bold" }) }, {}
  axes(shapes, steps, x, y, low, high)
  for _, s in ipairs(series) do
    local points = {}
    for _, n in ipairs(steps) do
      if s.values[n] then points[#points + 1] = ("%.1f,%.1f"):format(x(n), y(s.values[n])) end
    end
    shapes[#shapes + 1] = element("polyline", { points = table.concat(points, " "), fill = "none", stroke = s.colour,
      ["stroke-width"] = s.key == "coaio" and 4 or 2, ["stroke-linejoin"] = "round" })
    ends[#ends + 1] = { y = y(s.values[steps[#steps]]), title = s.title, colour = s.colour }
  end
  end_labels(shapes, ends)
  write(directory, name, shapes, height)
end

local function sweep(o, work, keys, steps)
  local series, versus = {}, {}
  for i, key in ipairs(keys) do
    versus[i] = { key }
    series[i] = { key = key, title = contenders[key].title, colour = colours[key], values = {} }
  end
  for _, n in ipairs(steps) do
    local case = { work = work, concurrency = n, amount = "seconds", target = "file", versus = versus }
    local results = measure.rounds(case, o)
    for _, s in ipairs(series) do s.values[n] = results[s.key].median end
  end
  local complete = {}
  for _, s in ipairs(series) do
    if s.values[steps[#steps]] then complete[#complete + 1] = s end
  end
  return complete
end

-- ---- bars -----------------------------------------------------------------------------------------------------------

local function bars(directory, name, title, unit, rows)
  local longest, shapes = 0, { label(20, 28, title, { ["font-size"] = 17, ["font-weight"] = "bold" }) }
  for _, row in ipairs(rows) do longest = math.max(longest, row.value) end
  for i, row in ipairs(rows) do
    local y, length = 50 + (i - 1) * 34, math.max(2.0, (width - 320) * row.value / longest)
    shapes[#shapes + 1] = label(190, y + 17, row.title, { ["text-anchor"] = "end" })
    shapes[#shapes + 1] = element("rect", { x = 200, y = y, width = length, height = 24, fill = row.colour })
    shapes[#shapes + 1] = label(208 + length, y + 17, report.figure(row.value, unit))
  end
  write(directory, name, shapes, 60 + #rows * 34)
end

local function bar_case(directory, o, name, title, case, keys)
  case.versus, case.target = {}, "file"
  for i, key in ipairs(keys) do case.versus[i] = { key } end
  local results, rows = measure.rounds(case, o), {}
  for _, key in ipairs(keys) do
    if results[key].median then
      rows[#rows + 1] = { title = contenders[key].title, value = results[key].median, colour = colours[key] }
    end
  end
  if #rows > 0 then bars(directory, name, title, case.unit, rows) end
end

function plot.all(directory, o)
  local steps, keys = { 1, 4, 16, 64, 256, 1000 }, { "coaio", "coaio_threads", "coro", "luv", "node" }
  os.execute("mkdir -p '" .. directory .. "'")
  local reads = sweep(o, "read", { "lua", table.unpack(keys) }, steps)
  if #reads > 0 then lines(directory, "read", "Cached random 4 KiB reads per second", steps, reads) end
  local stats = sweep(o, "stat", keys, steps)
  if #stats > 0 then lines(directory, "stat", "stat calls per second", steps, stats) end
  bar_case(directory, o, "memory-coroutine", "Memory per waiting coroutine",
    { work = "memory", concurrency = 50000, amount = 0, unit = " B" }, { "coaio", "coaio_threads", "coro" })
  bar_case(directory, o, "memory-request", "Memory per queued request",
    { work = "queued", concurrency = 50000, amount = 0, unit = " B" }, { "coaio_c", "coaio_c_threads", "coro" })
  bar_case(directory, o, "latency", "Longest gap of a 1 ms ticker beside 10,000 busy coroutines",
    { work = "ticker", concurrency = 10000, amount = 1, unit = " ms" }, { "coaio", "coaio_threads", "coro", "luv" })
end

return plot
