-- Writes docs/requests.md, and the annotations requests.lua, constants.lua and errors.lua in lua/coaio/meta.
--
--   lua5.4 tools/gen_docs.lua            from the root of the source tree
--   lua5.4 tools/gen_docs.lua --check    writes nothing; status 1 and the names of the files that are not up to date
--
-- What a request takes and gives, and who runs it, is read from the table (src/ops.c); its C functions from the
-- headers; the words are in docs/requests.lua. A row without words, or with another number of arguments, is an error.
-- Words without a row are left out.

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

local function without_comments(text)
  return (text:gsub("/%*.-%*/", " "))
end

-- Replaces everything between two lines of a format string at once.
local function fill(template, values)
  return (template:gsub("%$(%w+)", values))
end

---- the table -------------------------------------------------------------------------------------------------------

local function row_of(code, body)
  local info = body:match "%.info = (%b{})"
  local kinds = {}
  for kind in info:sub(2, -2):match("%b{}"):gmatch "%u[%u%d]+" do kinds[#kinds + 1] = kind end
  local mask, mode = body:match "%.mode = {(.-), (.-)}"
  return {
    code = code,
    name = info:match '"(aio_[%w_]+)"',
    result = info:match "COAIO_RESULT_(%u+)",
    kinds = kinds,
    lane = body:match "%u+%(%s*coaio__run_[%w_]+, ([%u_]+)%)" or body:match "RUN%(NULL, ([%u_]+)%)",
    shared = body:find "BRIEF%(" ~= nil or body:find "VARIES%(" ~= nil,
    opcode = body:match "IORING_OP_[%u%d_]+",
    inline = body:find "TRY%(" ~= nil or body:find "ALONE%(" ~= nil,
    length = body:match "LENGTH_IS%(([%u_]+)%)",
    polled = body:find "AT_ONCE%(" ~= nil,
    own_position = body:find(".own_position = true", 1, true) ~= nil,
    mode = mask and mode:match "^0%d+$",
  }
end

local function read_rows()
  local rows, text = {}, without_comments(read "src/ops.c")
  for code, body in text:gmatch "%[(COAIO_[%u%d_]+)%] = (%b{})" do
    local row = row_of(code, body)
    rows[row.name] = row
  end
  assert(rows.aio_open, "src/ops.c: no rows found")
  return rows
end

-- "coaio_open" -> "coaio_open(engine, wd, path, flags, mode, cb, data)"
local function read_prototypes()
  local prototypes = {}
  for _, path in ipairs { "include/coaio.h", "include/coaio/requests.h" } do
    for name, list in without_comments(read(path)):gmatch "COAIO_EXTERN coaio_req %*(coaio_[%w_]+)%((.-)%);" do
      local names = {}
      for parameter in list:gmatch "[^,]+" do names[#names + 1] = parameter:match "([%w_]+)%s*$" end
      prototypes[name] = ("%s(%s)"):format(name, table.concat(names, ", "))
    end
  end
  return prototypes
end

---- arguments and results -------------------------------------------------------------------------------------------

local function default_length(row)
  if row.length == "NEEDED" then return nil end
  return row.length == "TO_END" and "to the end" or "0"
end

-- The Lua arguments that a kind stands for: type, and default (nil: it is required).
local a_file, a_path, integer = { "file" }, { "path" }, { "integer", "0" }
local arguments_of = {
  FD = { a_file }, FD2 = { a_file }, PATH = { a_path }, PATH2 = { a_path }, TARGET = { { "file or path" } },
  TEXT = { { "string" } }, FLAGS = { integer }, DELTA = { integer }, DEV = { integer }, COUNT = { integer },
  WHENCE = { { "integer", "`SEEK_SET`" } },
  MODE = function(row) return { { "integer or octal string", row.mode } } end,
  OFFSET = function(row) return { { "integer", row.own_position and "the file's own position" or "0" } } end,
  LENGTH = function(row) return { { "integer", default_length(row) } } end,
  MEMORY = { { "buffer", "none" }, integer },
  BYTES = { { "string or buffer" }, integer },
  RANGE = { { "buffer" }, integer, { "integer", "to its end" } },
  UID = { { "integer", "-1" } }, GID = { { "integer", "-1" } },
  ATIME = { { "number", "now" } }, MTIME = { { "number", "now" } },
  SECONDS = { { "number" } },
  COMMAND = { { "integer" } }, MASK = { { "integer", "all" } }, ARGUMENT = { { "integer or buffer or table", "0" } },
}

-- What a result is: for the signature, in words, and as annotation.
local results = {
  NONE = { "true", "`true`", "true? ok" },
  FD = { "file", "a file object", "coaio.file? file" },
  COUNT = { "integer", "the number of bytes transferred", "integer? count" },
  POSITION = { "integer", "the new position, in bytes from the start", "integer? position" },
  BYTES = { "string", "a string; with a buffer the number of bytes", "(string|integer)? data" },
  STRING = { "string", "a string", "string? text" },
  STAT = { "stat", "a stat object", "coaio.stat? stat" },
  STATX = { "table", "a table", "coaio.statx? statx" },
  STATVFS = { "table", "a table", "coaio.statvfs? statvfs" },
  NAMES = { "names", "a list of names", "string[]? names" },
  ENTRIES = { "entries, flags", "a list of names or entries, and the flags",
    "(string[]|coaio.dirent[])? entries, integer|string flags" },
  EXTENTS = { "extents", "a list of extents", "(coaio.extent[]|integer)? extents" },
  WD = { "wd", "a working directory", "coaio.wd? wd" },
  CONTROL = { "integer, data", "an integer, and the bytes that came back, where a string went in",
    "integer? value, string? data" },
  LISTS = { "dirs, nondirs", "two lists of names", "string[]? dirs, string[]|string nondirs" },
}

-- Joins what the table and the words say about the arguments of a request.
local function arguments(row, words)
  local list = {}
  for _, kind in ipairs(row.kinds) do
    local expansion = assert(arguments_of[kind], "unknown kind of argument " .. kind)
    if type(expansion) == "function" then expansion = expansion(row) end
    for _, argument in ipairs(expansion) do
      local said = words.args[#list + 1] or {}
      list[#list + 1] = {
        name = said[1],
        says = said[2] or "",
        type = said.type or argument[1],
        default = said.default or argument[2],
      }
    end
  end
  assert(#list == #words.args, ("docs/requests.lua: %s takes %d arguments"):format(row.name, #list))
  for _, said in ipairs(words.lua_args or {}) do -- arguments that only the Lua binding knows
    list[#list + 1] = { name = said[1], says = said[2], type = said.type, default = said.default }
  end
  return list
end

---- docs/requests.md ------------------------------------------------------------------------------------------------

local lanes = {
  NONE = "none: the engine completes it",
  ORDINARY = "ordinary workers",
  SLOW = "workers of the slow lane",
  BY_FD = "ordinary workers; workers of the slow lane if a descriptor is not a regular file, directory or block device",
  BY_COMMAND = "ordinary workers; workers of the slow lane if it waits for a lock",
  BY_PATH = "ordinary workers; workers of the slow lane if the path names a FIFO or a device",
}

local function workers_of(row)
  local workers = assert(lanes[row.lane], row.name .. ": unknown lane")
  return row.polled and (workers:gsub("workers of the slow lane", "the poller", 1)) or workers
end

local function executors(row)
  local list = {}
  if row.inline then list[#list + 1] = "at once, if that cannot block" end
  if row.shared then list[#list + 1] = workers_of(row) end
  if row.opcode then
    list[#list + 1] = ("io_uring (`%s`)"):format(row.opcode) .. (row.shared and " if the workers are held up" or "")
  end
  if not row.shared then list[#list + 1] = workers_of(row) end
  return table.concat(list, "; ")
end

local function c_functions(row, prototypes)
  local base = row.name:match "^aio_(.+)$"
  local list = {}
  for _, form in ipairs { "coaio_%s", "coaio_%s_open", "coaio_f%s", "coaio_%sns", "coaio_f%sns" } do
    local prototype = prototypes[form:format(base)]
    local fits = form:sub(1, 7) ~= "coaio_f" or row.kinds[1] == "TARGET"
    if prototype and fits then list[#list + 1] = "`" .. prototype .. "`" end
  end
  assert(#list > 0, row.name .. ": no prototype")
  return table.concat(list, ", ")
end

local function signatures(row, words, list)
  if words.lua then return words.lua end
  local names = {}
  for i, argument in ipairs(list) do names[i] = argument.name end
  return { ("(%s) -> %s"):format(table.concat(names, ", "), results[row.result][1]) }
end

local function paragraph(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

local function capital(text)
  return (text:gsub("^%l", string.upper))
end

local function argument_table(list)
  if #list == 0 then return "" end
  local lines = { "", "| argument | type | default | |", "|---|---|---|---|" }
  for _, argument in ipairs(list) do
    local says = argument.says == "" and "|" or argument.says .. " |"
    lines[#lines + 1] = ("| `%s` | %s | %s | %s"):format(argument.name, argument.type, argument.default or "required",
      says)
  end
  return table.concat(lines, "\n") .. "\n"
end

local function chapter(row, words, prototypes)
  local list = arguments(row, words)
  local lines = { "## " .. row.name, "" }
  for _, signature in ipairs(signatures(row, words, list)) do lines[#lines + 1] = "    " .. row.name .. signature end
  lines[#lines + 1] = ""
  lines[#lines + 1] = paragraph(words.does)
  lines[#lines + 1] = argument_table(list)
  local function item(title, text)
    if text then lines[#lines + 1] = ("* **%s:** %s"):format(title, paragraph(text):gsub("\n", "\n  ")) end
  end
  item("Result", (words.result or { results[row.result][2] })[1] .. (words.composite and
    "; on failure `nil, message, errno, path`" or ""))
  item("Errors", words.errors)
  item("Executors", executors(row))
  item("C", ("%s; code `%s`"):format(c_functions(row, prototypes), row.code))
  item("IO::AIO", words.differs and capital(words.differs))
  return table.concat(lines, "\n")
end

local introduction = [[
# Requests

<!-- Generated by tools/gen_docs.lua from src/ops.c, include/ and docs/requests.lua: do not edit. -->

These are all requests of coaio, in Lua: `local coaio = require "coaio"`, then `coaio.aio_stat(path)` and so on. A
request means what the system call means that it is named after. [guide.md](guide.md) tells how to use requests, and
[c-api.md](c-api.md) how to make them in C. `aio_wait` is not a request, but [waits for one](guide.md#callback-style).

**Results.** On success a request returns the values below. On failure it returns `nil, message, errno`. The message is
that of Lua's io library, with the path that failed (`/nope: No such file or directory`). If the system does not tell
which of two paths failed, the message has both (`a -> nodir/x: No such file or directory`). A wrong call (type, range,
a closed file) raises, and the error names the function and the argument. *Errors* lists the errors that are worth
knowing. Any error of the system call is possible, and `ECANCELED` if the request was cancelled.

**Arguments.** An argument that is nil counts as left out. Arguments at the end may be left out.

* *file*: a coaio file, a Lua io file, or an integer descriptor. A request keeps its file alive; an integer is your
  responsibility.
* *path*: a string of bytes, relative to the current directory of the process$wd. A path with a NUL is `EINVAL`.
* *integer*: 64 bits. A float with an integer value is accepted, any other number raises. Offsets count bytes from 0.
  A negative offset raises, unless the request says otherwise. An offset of nil means the file's own position, if the
  request uses one, and the position then moves.
* *octal string*: `"0644"`, as chmod(1) takes it. Lua has no octal numbers: the integer `0644` is six hundred and
  forty-four.
* *buffer*: see [guide.md](guide.md#buffers).

**Executors.** Every request can run on a worker thread. *At once* means that it may complete inside the call, without
a switch of coroutines, for at most `coaio.max_inline()` requests in a row. *io_uring* means that the ring of the kernel
does it, if the kernel has one and allows it. The *slow lane* has separate workers for requests that may wait for any
time. The *poller* is a thread that waits for pipes, sockets and the like. The results are always the same.
]]

local function toc(chapters, rows)
  local lines = { "" }
  for _, group in ipairs(chapters) do
    local names = {}
    for _, words in ipairs(group) do
      if rows[words.name] then names[#names + 1] = ("[%s](#%s)"):format(words.name, words.name) end
    end
    if #names > 0 then lines[#lines + 1] = ("* %s: %s"):format(group.title, table.concat(names, " ")) end
  end
  return table.concat(lines, "\n")
end

local function manual(chapters, rows, prototypes)
  local wd = rows.aio_wd and ", or a working directory, or `{wd, \"name\"}` for a path below one (see `aio_wd`)" or ""
  local parts = { fill(introduction, { wd = wd }) .. toc(chapters, rows) }
  for _, group in ipairs(chapters) do
    local before = #parts
    for _, words in ipairs(group) do
      local row = rows[words.name]
      if row then parts[#parts + 1] = chapter(row, words, prototypes) end
    end
    if #parts > before then
      local heading = "# " .. group.title .. (group.text and "\n\n" .. group.text or "")
      parts[before + 1] = heading .. "\n\n" .. parts[before + 1]
    end
  end
  return table.concat(parts, "\n\n") .. "\n"
end

---- lua/coaio/meta --------------------------------------------------------------------------------------------------

local annotation_of = {
  file = "coaio.fh", stat = "coaio.stat", path = "coaio.path", buffer = "coaio.buffer", ["octal string"] = "string",
}

local function annotation(label)
  local types = {}
  for name in (label .. " or "):gmatch "(.-) or " do types[#types + 1] = annotation_of[name] or name end
  return table.concat(types, "|")
end

local function first_sentence(text)
  local sentence = paragraph(text):gsub("%s+", " "):match "^(.-[%.:])%f[%s\0]"
  return (sentence:gsub(":$", "."))
end

local function stub(row, words)
  if words.stub then return "---" .. first_sentence(words.does) .. "\n" .. words.stub end
  local names, lines = {}, { "---" .. first_sentence(words.does), "---@async" }
  for i, argument in ipairs(arguments(row, words)) do
    names[i] = argument.name
    lines[#lines + 1] = ("---@param %s%s %s"):format(argument.name, argument.default and "?" or "",
      annotation(argument.type))
  end
  local result = words.result and words.result[2] or results[row.result][3]
  local second = result:find(",", 1, true)
  lines[#lines + 1] = ("---@return %s%s, integer? errno%s"):format(result, second and "" or ", string? message",
    words.composite and ", string? path" or "")
  lines[#lines + 1] = ("function coaio.%s(%s) end"):format(row.name, table.concat(names, ", "))
  return table.concat(lines, "\n")
end

local meta_head = [[
---@meta
-- luacheck: ignore
-- Annotations of $what, for editors. Generated by tools/gen_docs.lua: do not edit.

---@class $class
]]

local function request_annotations(chapters, rows)
  local parts = { fill(meta_head, { what = "the requests", class = "coaio" }) .. "local coaio = {}" }
  for _, group in ipairs(chapters) do
    for _, words in ipairs(group) do
      if rows[words.name] then parts[#parts + 1] = stub(rows[words.name], words) end
    end
  end
  return table.concat(parts, "\n\n") .. "\n"
end

local function constants_in(path)
  local names = {}
  local text = without_comments(read(path)):gsub("#[^\n]*", "")
  for name in text:gmatch "%f[%w_]C%(([%u%d_]+)%)" do names[name] = true end
  for name in text:gmatch '{"([%u%d_]+)",' do names[name] = true end
  return names
end

-- As module.c tells them apart.
local function is_errno(name)
  return name:find "^E[%u%d]+$" ~= nil
end

local function names_of_constants()
  local all, list = {}, { constants = {}, errors = {} }
  for _, path in ipairs { "src/base/constants.c", "src/base/constants_linux.c",
    "src/base/constants_kernel.c", "src/base/names.c" } do
    for name in pairs(constants_in(path)) do all[#all + 1] = name end
  end
  table.sort(all)
  for i, name in ipairs(all) do
    local kind = is_errno(name) and "errors" or "constants"
    if name ~= all[i - 1] then table.insert(list[kind], ("---@field %s integer"):format(name)) end
  end
  return list
end

local function constant_annotations(names, what, class)
  return fill(meta_head, { what = what, class = class }) .. table.concat(names, "\n") .. "\n"
end

---- all of it -------------------------------------------------------------------------------------------------------

local function complain_of_missing(chapters, rows)
  local known, missing = {}, {}
  for _, group in ipairs(chapters) do
    for _, words in ipairs(group) do known[words.name] = true end
  end
  for name in pairs(rows) do
    if not known[name] then missing[#missing + 1] = name end
  end
  table.sort(missing)
  assert(#missing == 0, "docs/requests.lua says nothing about " .. table.concat(missing, ", "))
end

local function outputs()
  local rows, prototypes, chapters = read_rows(), read_prototypes(), dofile "docs/requests.lua"
  local constants = names_of_constants()
  complain_of_missing(chapters, rows)
  return {
    { "docs/requests.md", manual(chapters, rows, prototypes) },
    { "lua/coaio/meta/requests.lua", request_annotations(chapters, rows) },
    { "lua/coaio/meta/constants.lua",
      constant_annotations(constants.constants, "the constants; what a system lacks is nil", "coaio") },
    { "lua/coaio/meta/errors.lua", constant_annotations(constants.errors, "coaio.errno", "coaio.errno") },
  }
end

local function is_current(name, text)
  local current = io.open(name)
  local same = current and current:read "a" == text
  if current then current:close() end
  return same
end

local check, stale = arg[1] == "--check", 0
for _, output in ipairs(outputs()) do
  local name, text = output[1], output[2]
  if not is_current(name, text) then
    stale = stale + 1
    if check then
      print(name .. " is not up to date: run lua5.4 tools/gen_docs.lua")
    else
      local out = assert(io.open(name, "w"))
      assert(out:write(text))
      assert(out:close())
      print("wrote " .. name)
    end
  end
end
os.exit(not check or stale == 0)
