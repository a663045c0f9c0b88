-- Writes manual pages, section 3, from the public headers:
--
--   lua5.4 tools/gen_man.lua DIRECTORY VERSION
--
-- coaio(3) is the essay at the top of coaio.h. Functions that share a comment share a page, which has the name of the
-- first; the others refer to it. What only docs/requests.md knows of a request, its errors and its form in Lua, is
-- taken from there.

local directory, version = arg[1], arg[2]
assert(directory and version, "usage: gen_man.lua DIRECTORY VERSION")

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

local function write(name, text)
  local file = assert(io.open(("%s/%s.3"):format(directory, name), "w"))
  assert(file:write(text))
  assert(file:close())
end

local function trim(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

---- troff -----------------------------------------------------------------------------------------------------------

-- A dot or quote at the beginning of a line would be a request to troff. What stands in backticks is set in italics.
local function roff(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("%f[^\n\0]([.'])", "\\&%1")
  return (text:gsub("`([^`]+)`", "\\fI%1\\fR"))
end

-- The words of the documentation, which are Markdown.
local function from_markdown(text)
  text = text:gsub("%[([^%]]-)%]%([^%)]*%)", "%1")
  return (roff(text):gsub("\\e|", "|"):gsub("\n%s+", "\n"))
end

local function paragraphs(lines)
  local list, current = {}, nil
  for _, line in ipairs(lines) do
    local item = line:match "^ *%- (.*)"
    if line == "" then
      current = nil
    elseif item then
      current = { ".IP \\(bu 2", roff(item) }
      list[#list + 1] = current
    elseif current then
      current[#current + 1] = roff(trim(line))
    else
      current = { ".PP", roff(line) }
      list[#list + 1] = current
    end
  end
  for i, lines_of_one in ipairs(list) do list[i] = table.concat(lines_of_one, "\n") end
  return table.concat(list, "\n")
end

---- the headers -----------------------------------------------------------------------------------------------------

-- "/* Text. */", or many lines that begin with a star.
local function lines_of_comment(comment)
  local lines = {}
  for line in (comment:sub(3, -3) .. "\n"):gmatch "(.-)\n" do
    lines[#lines + 1] = (line:gsub("^ %* ?", ""):gsub("%s+$", ""):gsub("^%s%s?%s?(%S)", "%1"))
  end
  return lines
end

-- The functions of a header in groups: {comment lines, prototypes}.
local function groups_in(path)
  local groups, text, at = {}, read(path), 1
  while true do
    local from, to = text:find("\nCOAIO_EXTERN [^;]+;", at)
    if not from then return groups end
    local before = text:sub(at, from)
    local comment = before:match "(/%*[^/]-%*/)\n?$" or before:match ".*(/%*.-%*/)%s*$"
    local prototype = text:sub(from + 1, to):gsub("^COAIO_EXTERN ", "")
    if comment and before:find "%*/\n$" and not before:find "%-%-%-%- [^\n]*%*/\n$" then
      groups[#groups + 1] = { comment = lines_of_comment(comment), prototypes = {} }
    end
    table.insert(assert(groups[#groups], "no comment: " .. prototype).prototypes, prototype)
    at = to + 1
  end
end

local function name_of(prototype)
  return prototype:match "(coaio_[%w_]+)%("
end

---- docs/requests.md ------------------------------------------------------------------------------------------------

-- By the name of the C function: its signatures in Lua, and its errors.
local function words_of_requests()
  local found = {}
  local text = read "docs/requests.md":gsub("\n#+ ", "\0") .. "\0"
  for chapter in text:gmatch "\0(aio_[^\0]+)" do
    local signatures = {}
    for line in chapter:gmatch "\n    (aio_[^\n]+)" do signatures[#signatures + 1] = line end
    local words = {
      lua = table.concat(signatures, "\n"),
      errors = chapter:match "%* %*%*Errors:%*%* (.-)\n%* %*%*",
    }
    for name in chapter:match "%* %*%*C:%*%* ([^\n]+)":gmatch "`(coaio_[%w_]+)%(" do found[name] = words end
  end
  return found
end

---- pages -----------------------------------------------------------------------------------------------------------

local function section(title, body)
  return (".SH %s\n%s\n"):format(title, body)
end

local function code(text)
  return ".nf\n" .. roff(text) .. "\n.fi"
end

local function head(name)
  return ('.TH %s 3 "" "coaio %s" "coaio"\n'):format(name, version)
end

-- The first sentence says what it does.
local function summary(lines)
  local text = table.concat(lines, " "):gsub("^%s+", "")
  local sentence = text:gsub(" ?%b()", function(found) return found:find "^ " and "" or nil end)
  sentence = (sentence:match "^(.-[%.:;])%f[%s\0]" or sentence):gsub("[%.:;]$", "")
  return (sentence:gsub("^%u%l", string.lower):gsub("`", ""))
end

local function page(group, header, words)
  local names, synopsis = {}, { ("#include <%s>\n"):format(header) }
  for i, prototype in ipairs(group.prototypes) do
    names[i] = name_of(prototype)
    synopsis[#synopsis + 1] = prototype
  end
  local request = words[names[1]]
  local parts = {
    head(names[1]),
    section("NAME", ("%s \\- %s"):format(table.concat(names, ", "), roff(summary(group.comment)))),
    section("SYNOPSIS", code(table.concat(synopsis, "\n"))),
    section("DESCRIPTION", paragraphs(group.comment)),
  }
  if request then
    if request.errors then parts[#parts + 1] = section("ERRORS", from_markdown(request.errors)) end
    parts[#parts + 1] = section("LUA", code(request.lua))
  end
  parts[#parts + 1] = section("SEE ALSO", ".BR coaio (3)")
  write(names[1], table.concat(parts))
  for i = 2, #names do write(names[i], (".so man3/%s.3\n"):format(names[1])) end
  return names
end

local function index_of(names)
  local list = {}
  for _, name in ipairs(names) do
    if name ~= "coaio" then list[#list + 1] = (".BR %s (3)"):format(name) end
  end
  table.sort(list)
  return table.concat(list, ",\n")
end

local function overview(names)
  local essay = lines_of_comment(read "include/coaio.h":match "^(/%*.-%*/)")
  local title = trim(table.remove(essay, 1) == "" and table.remove(essay, 1) or ""):match "^coaio: (.-)%.?%s%s" or ""
  write("coaio", table.concat {
    head "coaio",
    section("NAME", "coaio \\- " .. roff(title)),
    section("SYNOPSIS", code "#include <coaio.h>\n\ncc program.c $(pkg-config --cflags --libs coaio)"),
    section("DESCRIPTION", paragraphs(essay)),
    section("SEE ALSO", index_of(names)),
  })
end

local words, all = words_of_requests(), {}
for _, header in ipairs { "coaio.h", "coaio/requests.h", "coaio/uv.h" } do
  for _, group in ipairs(groups_in("include/" .. header)) do
    for _, name in ipairs(page(group, header, words)) do all[#all + 1] = name end
  end
end
overview(all)
