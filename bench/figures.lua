-- The figures that README.md and docs/figures.md show. A whole run of make bench writes both: docs/figures.md has every
-- comparison that is named here, README.md the first one of each work. spec/house/docs_spec.lua checks that they agree.
local contenders = require "bench.contenders"
local report = require "bench.report"

local figures = { file = "docs/figures.md", readme = "README.md" }

-- What the reader sees, the case of bench/cases.lua, who stands for coaio, and the peers.
local rows = {
  { "4 KiB reads from the cache, 1 coroutine", "read 4k cached, 1", "coaio", "coro", "lua" },
  { "4 KiB reads from the cache, 64 coroutines", "read 4k cached, 64", "coaio", "coro", "luv", "lua" },
  { "4 KiB reads from the cache, 1000 coroutines", "read 4k cached, 1000", "coaio", "coro", "luv", "lua" },
  { "4 KiB reads from the cache, 64 chains of callbacks in C", "read 4k cached, 64", "coaio_c", "c" },
  { "4 KiB writes into the cache, 1 coroutine", "write 4k cached, 1", "coaio", "coro", "luv" },
  { "4 KiB writes into the cache, 64 coroutines", "write 4k cached, 64", "coaio", "coro", "luv" },
  { "rename, 1 coroutine", "rename, 1", "coaio", "coro", "c" },
  { "stat, 1 coroutine", "stat, 1", "coaio", "coro" },
  { "stat, 64 coroutines", "stat, 64", "coaio", "coro" },
  { "a request that does nothing, 64 coroutines", "nop, 64", "coaio", "coro" },
  { "4 KiB reads with O_DIRECT, 64 at a time", "read 4k O_DIRECT, 64", "coaio", "fio" },
  { "4 KiB reads with O_DIRECT, 64 at a time, in C", "read 4k O_DIRECT, 64", "coaio_c", "fio" },
  { "open, read and close a file, 64 coroutines", "open+read+close, 64", "coaio", "coro", "c", "lua" },
  { "scan a tree, files", "scan a tree, files", "coaio", "find", "fd" },
  { "copy a tree, files", "copy a tree, files", "coaio", "cp" },
  { "remove a tree, files", "remove a tree, files", "coaio", "rm" },
  { "memory of a waiting coroutine", "memory per waiting coroutine", "coaio", "coro" },
  { "longest gap of a 1 ms ticker beside 10,000 coroutines", "longest gap of a 1 ms ticker, 10000", "coaio", "coro",
    "luv" },
}

local units = { ["memory per waiting coroutine"] = " B", ["longest gap of a 1 ms ticker, 10000"] = " ms" }

-- Two significant digits, and more of them for 100 and above.
local function short(ratio)
  return ((ratio >= 10 and "%.0f" or "%.2g"):format(ratio))
end

local function comparison(row, peer, results)
  local case = results[row[2]] or {}
  local ours, theirs = case[row[3]], case[peer]
  if not (ours and ours.median and theirs and theirs.median) then return nil end
  local low, high = report.range(ours, theirs)
  local unit = units[row[2]] or "/s"
  return {
    work = row[1],
    ours = report.figure(ours.median, unit),
    peer = contenders[peer].title,
    theirs = report.figure(theirs.median, unit),
    ratio = short(ours.median / theirs.median) .. "x",
    range = #ours > 1 and ("%s-%s"):format(short(low), short(high)) or "",
  }
end

-- The comparisons of a row; only the first one names the work.
local function lines_of(row, results)
  local lines = {}
  for i = 4, #row do
    local c = comparison(row, row[i], results)
    local first = #lines == 0
    if c then
      lines[#lines + 1] = ("| %s | %s | %s | %s | %s | %s |"):format(first and c.work or "", first and c.ours or "",
        c.peer, c.theirs, c.ratio, c.range)
    end
  end
  return lines
end

local head = "| work | coaio | compared with | its figure | ratio | range |\n|---|---|---|---|---|---|"

local document = [[
# Figures

<!-- Written by a whole run of make bench (bench/figures.lua): do not edit. -->

%s.

The ratio is coaio's figure to the other's: more is better for rates (/s), less for costs (bytes, milliseconds). The
range is the smallest and the largest ratio of any round. An empty cell repeats the one above.
[bench/README.md](../bench/README.md) tells what is measured and how.

%s
]]

-- The text of docs/figures.md. `results` has, by the name of a case, what measure.rounds returned.
function figures.document(results, machine)
  local lines = { head }
  for _, row in ipairs(rows) do
    for _, line in ipairs(lines_of(row, results)) do lines[#lines + 1] = line end
  end
  return document:format(machine, table.concat(lines, "\n"))
end

-- All works that a document may show, in order.
function figures.works()
  local list = {}
  for i, row in ipairs(rows) do list[i] = row[1] end
  return list
end

-- The README's part of a document: the machine, and of each work the first comparison.
local function excerpt(text)
  local lines = { text:match "%-%->\n\n([^\n]+)\n", "" }
  for line in text:gmatch "|[^\n]+" do
    if not line:find "^|  |" then lines[#lines + 1] = line end
  end
  return table.concat(lines, "\n")
end

-- The text of README.md with the figures of a document between its markers.
function figures.into(readme, text)
  local before, after = readme:match "^(.-<!%-%- figures %-%->\n).-(\n<!%-%- /figures %-%->.*)$"
  return assert(before, "README.md has no place for figures") .. excerpt(text) .. after
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  assert(file:write(text))
  assert(file:close())
  print("wrote " .. path)
end

-- Writes both files; with `path` only the document, there.
function figures.write(results, machine, path)
  local text = figures.document(results, machine)
  write(path or figures.file, text)
  if path then return end
  local file = assert(io.open(figures.readme))
  local readme = file:read "a"
  file:close()
  write(figures.readme, figures.into(readme, text))
end

return figures
