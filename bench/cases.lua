-- What is measured, and against whom. The goals are ratios, ours to the peer's; for the costs (memory, stalls) they are
-- limits. A comparison without a goal is for information. Peers that a case does not know are left out.
--
-- Fields of a case: name; work, concurrency: what contenders are told; amount: "seconds" or a number, per mode;
-- target: "file", "files" or "tree"; changes: "removed" or "copied", for a tree of its own; unit; versus: {ours, peer,
-- goal}...; limits: {ours, peer or nil, limit}...; growth: limit of the ratio to the same work at 100

local cases = {}

local function add(case)
  cases[#cases + 1] = case
end

local function rate(name, work, n, versus)
  add { name = name, work = work, concurrency = n, amount = "seconds", target = "file", unit = "/s", versus = versus }
end

-- cached random 4 KiB reads
rate("read 4k cached, 1", "read", 1, {
  { "coaio", "coro", 15 }, { "coaio", "luv" }, { "coaio", "lua", 0.9 }, { "coaio_threads", "coro", 1 },
  { "coaio", "node" }, { "coaio_c", "c" }, { "coaio_c_threads", "c" },
})
for _, n in ipairs { 64, 1000 } do
  rate("read 4k cached, " .. n, "read", n, {
    { "coaio", "coro", 1.5 }, { "coaio_buffer", "coro", 1.5 }, { "coaio", "luv", 2 }, { "coaio", "lua", 1.2 },
    { "coaio_threads", "coro", 1 }, { "coaio", "node" }, { "coaio_c", "c" }, { "coaio_c_threads", "c" },
  })
end

-- random writes of 4 KiB into the cache, and renames in one directory, which the kernel does one after the other
for _, n in ipairs { 1, 64 } do
  for _, work in ipairs { "write", "rename" } do
    local goal = (work == "write" or n == 1) and 1 or nil
    rate(("%s, %d"):format(work == "write" and "write 4k cached" or "rename", n), work, n, {
      { "coaio", "coro", goal }, { "coaio", "luv" }, { "coaio_threads", "coro", goal }, { "coaio", "node" },
      { "coaio", "lua" }, { "coaio", "c" },
    })
  end
end

-- stat of one path
for _, n in ipairs { 1, 64, 1000 } do
  rate("stat, " .. n, "stat", n, {
    { "coaio", "coro", n == 64 and 2.5 or 1 }, { "coaio", "luv" }, { "coaio_threads", "coro", 1 }, { "coaio", "node" },
    { "coaio_c", "c" }, { "coaio_c_threads", "c" },
  })
end

-- a round trip that does nothing
rate("nop, 64", "nop", 64, {
  { "coaio", "coro", 15 }, { "coaio_threads", "coro", 1 }, { "coaio_c", "coro" },
})

-- reads that reach the device
rate("read 4k O_DIRECT, 1", "direct", 1, {
  { "coaio_c", "fio", 0.95 }, { "coaio", "fio", 0.9 }, { "coaio", "fio_libaio" }, { "coaio_threads", "fio_psync" },
})
rate("read 4k O_DIRECT, 64", "direct", 64, {
  { "coaio_c", "fio", 0.95 }, { "coaio", "fio", 0.9 }, { "coaio_c", "fio_batch" }, { "coaio", "fio_libaio" },
  { "coaio_threads", "fio" },
})

-- open, read and close of many small files
add {
  name = "open+read+close, 64", work = "files", concurrency = 64, amount = { full = 100000, quick = 10000 },
  target = "files", unit = "/s",
  versus = {
    { "coaio", "c", 1 }, { "coaio", "coro", 3 }, { "coaio_c", "c", 1 }, { "coaio_threads", "coro", 1 },
    { "coaio", "luv" }, { "coaio", "lua" }, { "coaio", "node" },
  },
}

-- a tree: see bench/trees.lua
local function tree(name, work, changes, versus)
  add {
    name = name, work = work, concurrency = 0, amount = { full = 100000, quick = 10000 }, target = "tree", unit = "/s",
    changes = changes, versus = versus,
  }
end
tree("scan a tree, files", "scan", nil, {
  { "coaio", "find", 1 }, { "coaio", "fd", 1 }, { "coaio_threads", "find", 1 }, { "coaio_threads", "fd", 1 },
  { "coaio", "coro" },
})
tree("remove a tree, files", "remove", "removed", {
  { "coaio", "rm", 1 }, { "coaio_threads", "rm", 1 }, { "coaio", "coro" },
})
tree("remove a tree by one request, files", "rmtree", "removed", {
  { "coaio", "rm", 1 }, { "coaio_threads", "rm", 1 }, { "coaio", "coro" },
})
tree("copy a tree, files", "copy", "copied", {
  { "coaio", "cp", 1 }, { "coaio_threads", "cp", 1 }, { "coaio", "coro" },
})

-- costs: less is better
add {
  name = "memory per queued request", work = "queued", concurrency = { full = 100000, quick = 50000 }, amount = 0,
  target = "file", unit = " B", limits = { { "coaio_c", "coro", 200 }, { "coaio_c_threads", "coro", 200 } },
}
add {
  name = "memory per waiting coroutine", work = "memory", concurrency = { full = 100000, quick = 50000 }, amount = 0,
  target = "file", unit = " B", limits = { { "coaio", "coro", 1740 }, { "coaio_threads", "coro", 1740 } },
}
add {
  name = "longest gap of a 1 ms ticker, 10000", work = "ticker", concurrency = 10000, amount = 1,
  target = "file", unit = " ms", limits = {
    { "coaio", "coro", 5 }, { "coaio_threads", "coro", 5 }, { "coaio", "luv", 5 },
  },
}

add {
  name = "a stat before 100000 queued reads", work = "priority", concurrency = 100000, amount = 0, target = "file",
  unit = " ms", limits = { { "coaio_c" }, { "coaio_c_threads" } },
}

-- the cost of one request among many, which should stay what it is among 100
for _, n in ipairs { 1, 10, 100, 1000, 10000, 100000, 1000000 } do
  add {
    name = ("cost of a read, %d outstanding"):format(n), work = "outstanding", concurrency = n, amount = "seconds",
    target = "file", unit = " ns", limits = { { "coaio_c" }, { "coaio_c_threads" } }, growth = n > 100 and 2 or nil,
  }
end

return cases
