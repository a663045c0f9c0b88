-- Writes the declarations of the public headers for two languages that need no C compiler:
--
--   lua5.4 tools/gen_bindings.lua DIRECTORY     coaio_cdef.lua, for LuaJIT's FFI, and coaio.py, for Python's ctypes
--
-- `make install` installs both. Of the headers this reads what they consist of: constants, enums, opaque types,
-- structs, types of functions, and functions. Anything else is an error, so that nothing is left out in silence.

local HEADERS = { "include/coaio.h", "include/coaio/requests.h" }

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

---- the headers -----------------------------------------------------------------------------------------------------

-- Directives go, but for constants: those are the defines with a value.
local function without_directives(text, constants)
  text = text:gsub("\\\n", " ")
  for name, value in text:gmatch "\n#define (COAIO_[%u%d_]+)[ \t]+([^\n]+)" do
    if name ~= "COAIO_EXTERN" and name ~= "COAIO_ALIGNED" then
      constants[#constants + 1] = { name = name, value = value:gsub("%s+$", "") }
    end
  end
  return (text:gsub("\n#[^\n]*", ""))
end

local function squeeze(text)
  return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

-- The declarations of a header, each on one line, and its constants.
local function declarations(path, list, constants)
  local text = ("\n" .. read(path)):gsub("/%*.-%*/", " ")
  text = without_directives(text, constants):gsub('extern "C" {', ""):gsub("\n}%s*$", "\n")
  text = text:gsub("COAIO_EXTERN ", "")
  local braces = {}
  text = text:gsub("%b{}", function(block)
    braces[#braces + 1] = block
    return ("{%d}"):format(#braces)
  end)
  for statement in text:gmatch "([^;]+);" do
    list[#list + 1] = squeeze(statement:gsub("{(%d+)}", function(i) return braces[tonumber(i)] end))
  end
end

local function headers()
  local list, constants = {}, {}
  for _, path in ipairs(HEADERS) do declarations(path, list, constants) end
  return list, constants
end

---- LuaJIT ----------------------------------------------------------------------------------------------------------

local cdef_frame = [=[
-- coaio for LuaJIT's FFI. Made from the headers by tools/gen_bindings.lua; coaio.h says what all of it means.
--
--   local cdef = require "coaio_cdef"
--   local coaio = cdef.load()          -- or cdef.load "./libcoaio.so.1"
--   print(require "ffi".string(coaio.coaio_version()))

local ffi = require "ffi"

ffi.cdef [[
$declarations
]]

local M = {
$constants
}

--- load([name]) -> the library's namespace; its functions and enums have the names that they have in C.
function M.load(name)
  return ffi.load(name or "libcoaio.so.1")
end

return M
]=]

local lua_values = { INT64_MIN = "-0x7fffffffffffffffLL - 1" }

local function cdef(list, constants)
  local values = {}
  for i, constant in ipairs(constants) do
    local value = constant.value:gsub("INT64_MIN", lua_values)
    values[i] = ("  %s = %s,"):format(constant.name, value)
  end
  local declared = table.concat(list, ";\n"):gsub("COAIO_ALIGNED", "__attribute__((aligned(8)))")
  local fields = { declarations = declared .. ";", constants = table.concat(values, "\n") }
  return (cdef_frame:gsub("%$(%w+)", fields))
end

---- Python ----------------------------------------------------------------------------------------------------------

local python_frame = [=[
"""coaio for Python's ctypes. Made from the headers by tools/gen_bindings.lua; coaio.h says what all of it means.

    import coaio
    lib = coaio.load()          # or coaio.load("./libcoaio.so.1")
    print(lib.coaio_version().decode())

Enums and constants are integers of this module, structs are its classes, functions are attributes of what load returns.
Pointers to opaque types are integers. None stands for NULL, also for a callback; others are made by coaio_cb(function).
Keep a reference to a callback, and to memory that a request was lent, until the request is delivered: the collector
does not know who uses it.
"""

import ctypes as _c

INT64_MIN = -2**63


def _laid_out(*fields):
    """The layout of all machines: a pointer has room for 8 bytes, and the size is a multiple of 8."""
    laid = []
    for name, kind, *room in fields:
        laid.append((name, kind))
        if room and room[0] > _c.sizeof(kind):
            laid.append(("_" + name, _c.c_uint8 * (room[0] - _c.sizeof(kind))))
    rest = -_c.sizeof(type("_", (_c.Structure,), {"_fields_": laid})) % 8
    return laid + [("_", _c.c_uint8 * rest)] if rest else laid


$definitions


def load(name="libcoaio.so.1"):
    """The library, with the types of all functions set."""
    library = _c.CDLL(name)
    for function, result, arguments in _FUNCTIONS:
        found = getattr(library, function)
        found.restype, found.argtypes = result, arguments
    return library


_FUNCTIONS = [
$functions
]
]=]

local plain = {
  int = "_c.c_int", int8_t = "_c.c_int8", uint8_t = "_c.c_uint8", int32_t = "_c.c_int32", uint32_t = "_c.c_uint32",
  int64_t = "_c.c_int64", uint64_t = "_c.c_uint64", size_t = "_c.c_size_t", double = "_c.c_double", char = "_c.c_char",
}

-- What the headers have declared so far: the names of structs with fields, and of types of functions.
local structs, functions = {}, {}

-- The type of "const char *path", say: of a declaration, with its name or without.
local function python_type(declaration)
  local base, rest = declaration:gsub("const ", ""):match "^([%w_]+) ?(.*)$"
  local stars = select(2, rest:gsub("%*", ""))
  if base == "void" and stars == 0 then return "None" end
  if stars == 1 and base == "char" then return "_c.c_char_p" end
  local kind = plain[base] or ((structs[base] or functions[base]) and base)
  if not kind then -- opaque
    assert(stars > 0, "no type: " .. declaration)
    kind, stars = "_c.c_void_p", stars - 1
  end
  return ("_c.POINTER("):rep(stars) .. kind .. (")"):rep(stars)
end

local function split(text, pattern)
  local list = {}
  for item in text:gmatch(pattern) do
    if item:find "%S" then list[#list + 1] = squeeze(item) end
  end
  return list
end

local function python_arguments(text)
  local list = {}
  if text ~= "void" then
    for i, declaration in ipairs(split(text, "[^,]+")) do list[i] = python_type(declaration) end
  end
  return list
end

local function python_enum(body)
  local lines = {}
  for i, item in ipairs(split(body, "[^,]+")) do
    assert(item:find "^[%u%d_]+ = .+$", "an enum without a value: " .. item)
    lines[i] = item
  end
  return table.concat(lines, "\n")
end

-- "uint64_t dev, ino" and "char path[SIZE]" to fields.
local function python_fields(body)
  local lines = {}
  for _, declaration in ipairs(split((body:gsub("COAIO_ALIGNED", "")), "[^;]+")) do
    local base, names = declaration:gsub("^const ", ""):match "^([%w_]+) (.+)$"
    for _, name in ipairs(split(names, "[^,]+")) do
      local stars, plain_name, size = name:match "^(%**)([%w_]+)%[?(.-)%]?$"
      local kind = python_type(base .. " " .. stars)
      if size ~= "" then kind = ("%s * (%s)"):format(kind, size) end
      local is_pointer = stars ~= "" or functions[base]
      lines[#lines + 1] = ('        ("%s", %s%s),'):format(plain_name, kind, is_pointer and ", 8" or "")
    end
  end
  return table.concat(lines, "\n")
end

-- One function for each form of declaration: what it captures becomes a definition, or nothing.
local forms = {
  { "^enum [%w_]* ?{(.*)}$", python_enum },
  { "^typedef struct ([%w_]+) ([%w_]+)$", function() end },
  { "^typedef struct [%w_]+ {(.*)} ([%w_]+)$", function(body, name)
    local fields = python_fields(body)
    structs[name] = true
    return ("\nclass %s(_c.Structure):\n    _fields_ = _laid_out(\n%s\n    )\n"):format(name, fields)
  end },
  { "^typedef ([^%(]-) ?%(%*([%w_]+)%)%((.*)%)$", function(result, name, arguments)
    local types = python_arguments(arguments)
    table.insert(types, 1, python_type(result))
    functions[name] = true
    return ("%s = _c.CFUNCTYPE(%s)"):format(name, table.concat(types, ", "))
  end },
}

local function python_function(declaration)
  local result, name, arguments = declaration:match "^(.-)([%w_]+)%((.*)%)$"
  assert(name, "cannot read: " .. declaration)
  local types = python_arguments(arguments)
  for i, kind in ipairs(types) do
    if functions[kind] then types[i] = "_c.c_void_p" end -- which takes None as well as a function of that type
  end
  return ('    ("%s", %s, [%s]),'):format(name, python_type(result), table.concat(types, ", "))
end

local function python_definition(declaration)
  for _, form in ipairs(forms) do
    if declaration:find(form[1]) then return form[2](declaration:match(form[1])) or "" end
  end
end

local function python(list, constants)
  local definitions, signatures = {}, {}
  for i, constant in ipairs(constants) do definitions[i] = ("%s = %s"):format(constant.name, constant.value) end
  for _, declaration in ipairs(list) do
    local definition = python_definition(declaration)
    if not definition then
      signatures[#signatures + 1] = python_function(declaration)
    elseif definition ~= "" then
      definitions[#definitions + 1] = definition
    end
  end
  local fields = { definitions = table.concat(definitions, "\n"), functions = table.concat(signatures, "\n") }
  return (python_frame:gsub("%$(%w+)", fields))
end

---- both ------------------------------------------------------------------------------------------------------------

local directory = assert(arg[1], "usage: gen_bindings.lua DIRECTORY")
local list, constants = headers()
for name, text in pairs { ["coaio_cdef.lua"] = cdef(list, constants), ["coaio.py"] = python(list, constants) } do
  local file = assert(io.open(directory .. "/" .. name, "w"))
  assert(file:write(text))
  assert(file:close())
end
