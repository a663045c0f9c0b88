-- The tree that is scanned, copied and removed: 100,000 files of 1 KiB in 1,000 directories, three levels deep; its
-- first subtree has 10,000 and serves --quick. What changes a tree works on a copy made for it, in the scratch folder.
local process = require "bench.process"

local trees = { source = "build/bench/data/tree", per_subtree = 10000 }

local text = ("0123456789abcde\n"):rep(64)

-- A hundred files to a directory.
local function make_subtree(top)
  for middle = 0, 9 do
    for bottom = 0, 9 do
      local directory = ("%s/%d/%d"):format(top, middle, bottom)
      os.execute("mkdir -p " .. directory)
      for i = 0, 99 do
        local out = assert(io.open(("%s/%03d"):format(directory, i), "wb"))
        assert(out:write(text))
        out:close()
      end
    end
  end
end

-- At least `count` files.
function trees.make(count)
  for i = 0, (count - 1) // trees.per_subtree do
    local top = ("%s/%d"):format(trees.source, i)
    if not process.shell("test -s " .. top .. "/9/9/099") then make_subtree(top) end
  end
end

-- Memory, where there is some: removing files from a disk costs what the disk takes for it, whoever asks.
function trees.scratch(o)
  if not o.scratch then
    local memory = process.shell("test -d /dev/shm && test -w /dev/shm") and "/dev/shm" or "build/bench/data"
    o.scratch = process.output("mktemp -d " .. memory .. "/coaio-bench.XXXXXX"):match("[^\n]+")
    o.scratch_is_ours = true
  end
  return o.scratch
end

-- What a contender is told to work on; for the ones that change it a fresh copy.
function trees.target(case, o)
  local source = o.mode == "quick" and trees.source .. "/0" or trees.source
  if not case.changes then return source end
  local copy = trees.scratch(o) .. "/tree"
  assert(process.shell(("rm -rf %s %s.copy && cp -r %s %s"):format(copy, copy, source, copy)), "cannot make " .. copy)
  return copy
end

-- Has it done what it should? Nothing is left, or nothing differs; else what is wrong.
function trees.wrong(case, target)
  if case.changes == "removed" then return process.shell("test -e " .. target) and "left something" or nil end
  if case.changes == "copied" then
    return not process.shell(("diff -r %s %s.copy"):format(target, target)) and "copied wrongly" or nil
  end
end

function trees.clean(o)
  if not o.scratch then return end
  process.shell(o.scratch_is_ours and "rm -rf " .. o.scratch or
    ("rm -rf %s/tree %s/tree.copy"):format(o.scratch, o.scratch))
end

return trees
