-- Running other programs.
local process = {}

-- Does it succeed?
function process.shell(command)
  return os.execute("{ " .. command .. "; } >/dev/null 2>&1") == true
end

-- What it prints, on either channel, and whether it succeeded.
function process.output(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>&1"))
  local text = pipe:read("a")
  return text, pipe:close() == true
end

return process
