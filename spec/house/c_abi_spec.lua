-- The C library as other programs meet it: what it exports, what `make install` puts where, and the examples in C, in
-- Python with ctypes and in LuaJIT with its FFI, whose output is compared with what cat, wc, head and ls say.

local build = os.getenv "BUILD" or "build"
local sanitizer = os.getenv "COAIO_SAN" or ""
local backend = os.getenv "COAIO_BACKEND"
local preload = os.getenv "COAIO_PRELOAD" or ""

-- Run a shell command; its output without the last newline, and its exit status.
local function try(command, ...)
  local pipe = io.popen("exec 2>&1; " .. command:format(...))
  local output = pipe:read "a"
  local _, _, code = pipe:close()
  return (output:gsub("\n$", "")), code
end

local function sh(command, ...)
  local output, code = try(command, ...)
  assert(code == 0, ("%s: status %s: %s"):format(command:format(...), code, output))
  return output
end

-- An interpreter that is to load a library built with a sanitizer needs its run time first. Its own leaks do not count.
local function foreign(command)
  if preload == "" then return command end
  return ("env LD_PRELOAD='%s' ASAN_OPTIONS=detect_leaks=0 %s"):format(preload, command)
end

local function names_in(text, pattern)
  local list = {}
  for name in text:gmatch(pattern) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function present(program)
  return select(2, try("command -v %s", program)) == 0
end

local function mapped_names()
  return names_in(sh "cat src/coaio.map", "(coaio_[%w_]+);")
end

local directory

setup(function() directory = sh "mktemp -d /tmp/coaio-abi.XXXXXX" end)
teardown(function() sh("rm -rf %s", directory) end)

describe("the libraries", function()
  it("export what the symbol map lists, and nothing else", function()
    local exported = names_in(sh("nm -D --defined-only %s/libcoaio.so.1", build), " T ([%w_]+)")
    assert.are.same(mapped_names(), exported)
  end)

  it("carry a SONAME", function()
    assert.is_truthy(sh("objdump -p %s/libcoaio.so.1", build):find "SONAME%s+libcoaio%.so%.1\n")
  end)

  it("leave the Lua module to stand alone, exporting its entry only", function()
    assert.are.equal("luaopen_coaio_core", table.concat(names_in(
      sh("nm -D --defined-only %s/coaio/core.so", build), " T ([%w_]+)"), " "))
    assert.is_nil(sh("objdump -p %s/coaio/core.so", build):find "NEEDED%s+libcoaio")
  end)
end)

-- The lines about two files and a missing one that the ctypes and the FFI example must print, in any order.
local function check_readers(output, first_line)
  local files = { "/etc/passwd", "Makefile", directory .. "/empty" }
  for _, file in ipairs(files) do
    local size = sh("wc -c < %s", file):match "%d+"
    local line = ("%s: %s"):format(file, first_line(size, sh("head -n 1 %s", file)))
    assert.is_truthy(output:find(line, 1, true), line .. " is not in\n" .. output)
  end
  assert.is_truthy(output:find("/no/such/file: No such file or directory", 1, true), output)
  if backend and backend ~= "auto" then assert.is_truthy(output:find(" on " .. backend), output) end
end

describe("the declarations for other languages", function()
  -- "name size" of each struct, and "name.field offset" of what is in it, as a program in C sees them.
  local function sizes_in_c(names)
    local file = assert(io.open(directory .. "/sizes.c", "w"))
    file:write '#include "coaio/requests.h"\n#include <stddef.h>\n#include <stdio.h>\nint main(void)\n{\n'
    for _, name in ipairs(names) do
      local field, count = name:gsub("%.", ", ")
      local value = (count == 0 and "sizeof(%s)" or "offsetof(%s)"):format(field)
      file:write(('printf("%s %%zu\\n", %s);\n'):format(name, value))
    end
    file:write 'printf("COAIO_TIME_OMIT %lld\\n", (long long)COAIO_TIME_OMIT);\nreturn 0;\n}\n'
    file:close()
    sh("cc -Iinclude %s/sizes.c -o %s/sizes", directory, directory)
    return sh("%s/sizes", directory)
  end

  local function structs()
    local text, list = sh "cat include/coaio.h include/coaio/requests.h":gsub("/%*.-%*/", ""), {}
    for body, struct in text:gmatch "{([^{}]*)} (coaio_[%w_]+);" do
      list[#list + 1] = struct
      for field in body:gsub("COAIO_ALIGNED", ""):gsub("%b[]", ""):gmatch "([%w_]+)%s*[,;]" do
        list[#list + 1] = struct .. "." .. field
      end
    end
    return list
  end

  it("have in Python the functions, sizes and constants of C", function()
    if not present "python3" then return pending "there is no python3" end
    local names = structs()
    assert.is_true(#names > 50)
    assert.are.equal(sizes_in_c(names), sh([[PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=%s/made python3 -c '
import coaio, ctypes
for name in "%s".split():
    struct, *field = name.split(".")
    struct = getattr(coaio, struct)
    print(name, getattr(struct, field[0]).offset if field else ctypes.sizeof(struct))
print("COAIO_TIME_OMIT", coaio.COAIO_TIME_OMIT)']], build, table.concat(names, " ")))
    local functions = sh([[PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=%s/made python3 -c '
import coaio
print(*sorted(name for name, _, _ in coaio._FUNCTIONS if "_uv_" not in name))']], build)
    local exported = {}
    for _, name in ipairs(mapped_names()) do
      if not name:find "_uv_" then exported[#exported + 1] = name end
    end
    assert.are.equal(table.concat(exported, " "), functions)
  end)

  it("have in LuaJIT the sizes and constants of C", function()
    if not present "luajit" then return pending "there is no luajit" end
    local names = structs()
    assert.are.equal(sizes_in_c(names), sh([[LUA_PATH='%s/made/?.lua' luajit -e '
local ffi, cdef = require "ffi", require "coaio_cdef"
for name in ("%s"):gmatch "%%S+" do
  local struct, field = name:match "^([^.]+)%%.?(.*)$"
  print(name .. " " .. (field == "" and ffi.sizeof(struct) or ffi.offsetof(struct, field)))
end
print("COAIO_TIME_OMIT " .. tostring(cdef.COAIO_TIME_OMIT):sub(1, -3))']], build, table.concat(names, " ")))
  end)
end)

describe("the manual pages", function()
  it("describe every function, and troff has nothing to say against them", function()
    for _, name in ipairs(mapped_names()) do sh("test -s %s/made/man3/%s.3", build, name) end
    if not present "man" then return pending "there is no man" end
    local page = sh("man --warnings -l %s/made/man3/coaio_read.3 2>&1 | col -b", build)
    assert.is_truthy(page:find "NAME%s+coaio_read %- read")
    assert.is_truthy(page:find("coaio_req *coaio_read(coaio_engine *engine, int fd,", 1, true))
    assert.is_truthy(page:find "ERRORS%s+EISDIR")
    assert.is_truthy(page:find("aio_read(fh, offset, length) -> string", 1, true))
    local complaints = sh("cd %s/made && for page in $(grep -L '^.so' man3/*); do "
      .. "man --warnings -l $page 2>&1 >/dev/null; done", build)
    assert.are.equal("", complaints)
  end)
end)

describe("the examples", function()
  local arguments

  before_each(function()
    sh("true > %s/empty", directory)
    arguments = ("%s/libcoaio.so.1 /etc/passwd /no/such/file Makefile %s/empty"):format(build, directory)
  end)

  it("minimal.c prints a file", function()
    sh("seq 1 100000 > %s/numbers", directory)
    sh("%s/examples/minimal %s/numbers > %s/printed", build, directory, directory)
    sh("cmp %s/numbers %s/printed", directory, directory)
    local output, code = try("%s/examples/minimal /no/such/file", build)
    assert.are.equal("/no/such/file: No such file or directory", output)
    assert.are.equal(1, code)
  end)

  it("with_uv.c lists directories on a loop of its own, which ends", function()
    local output, code = try("timeout 60 %s/examples/with_uv / /etc /usr/bin /no/such/directory", build)
    for _, path in ipairs { "/", "/etc", "/usr/bin" } do
      local line = ("%s: %d\n"):format(path, sh("ls -A %s | wc -l", path))
      assert.is_truthy(("\n" .. output):find("\n" .. line, 1, true), output)
    end
    assert.is_truthy(output:find("/no/such/directory: No such file or directory", 1, true), output)
    assert.is_truthy(output:find "slept: 0, ticks: some", output)
    assert.are.equal(1, code) -- one of the directories does not exist
    assert.are.equal("slept: 0, ticks: some", sh("timeout 60 %s/examples/with_uv", build))
  end)

  it("ctypes_read.py reads files from Python", function()
    if not present "python3" then return pending "there is no python3" end
    local python = sh "python3 -c 'import sys; print(sys.executable)'" -- it may be hidden behind a script
    local output = sh("PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=%s/made timeout 60 "
      .. foreign(python .. " examples/ctypes_read.py %s"), build, arguments)
    check_readers(output, function(size, line) return ("%s bytes, first line '%s'"):format(size, line) end)
    local rows = select(2, sh "cat include/coaio/requests.h":gsub("\n    COAIO_[%w_]+ = %d+,?%f[\n]", ""))
    assert.are.equal(rows, tonumber(output:match "with (%d+) requests"))
  end)

  it("ffi_read.lua reads files from LuaJIT", function()
    if not present "luajit" then return pending "there is no luajit" end
    local luajit = foreign "luajit examples/ffi_read.lua %s"
    local output = sh("env -u LUA_CPATH LUA_PATH='%s/made/?.lua' timeout 60 " .. luajit, build, arguments)
    check_readers(output, function(size, line)
      return ("%s bytes of %s, first line %q"):format(size, size, line)
    end)
  end)
end)

describe("make install", function()
  local function make(words, ...)
    return sh("make BUILD=%s " .. words, build, ...)
  end

  local function installed(prefix)
    return sh("cd %s%s && find . -type f -o -type l | sort", directory, prefix)
  end

  it("puts everything where it belongs, for pkg-config and Lua to find, and uninstall removes it", function()
    if sanitizer ~= "" then return pending "with a sanitizer there is nothing to install" end
    local root = directory .. "/root"
    make("install PREFIX=/opt/coaio DESTDIR=%s", root)
    local files = installed "/root/opt/coaio"
    for _, path in ipairs {
      "include/coaio.h", "include/coaio/requests.h", "include/coaio/uv.h", "lib/libcoaio.a", "lib/libcoaio.so",
      "lib/libcoaio.so.1", "lib/lua/5.4/coaio/core.so", "lib/pkgconfig/coaio.pc", "share/lua/5.4/coaio.lua",
      "share/lua/5.1/coaio_cdef.lua", "lib/python3/site-packages/coaio.py", "share/doc/coaio/docs/guide.md",
      "share/doc/coaio/examples/du.lua", "share/man/man3/coaio.3", "share/man/man3/coaio_fstat.3",
    } do
      assert.is_truthy((files .. "\n"):find("./" .. path .. "\n", 1, true), path .. " is not in\n" .. files)
    end
    make("uninstall PREFIX=/opt/coaio DESTDIR=%s", root)
    assert.are.equal("", installed "/root")
  end)

  it("puts libraries where LIBDIR says, and coaio.pc says the same", function()
    if sanitizer ~= "" then return pending "with a sanitizer there is nothing to install" end
    local root = directory .. "/other"
    for libdir, told in pairs { ["/usr/lib64"] = "${prefix}/lib64", ["/lib/here"] = "/lib/here" } do
      make("install PREFIX=/usr LIBDIR=%s DESTDIR=%s", libdir, root)
      for _, path in ipairs { "libcoaio.so.1", "libcoaio.a", "lua/5.4/coaio/core.so", "pkgconfig/coaio.pc" } do
        sh("test -f %s%s/%s", root, libdir, path)
      end
      assert.are.equal(told, sh("sed -n s/^libdir=//p %s%s/pkgconfig/coaio.pc", root, libdir))
      make("uninstall PREFIX=/usr LIBDIR=%s DESTDIR=%s", libdir, root)
      assert.are.equal("", installed "/other")
    end
  end)

  it("gives programs and Lua all they need", function()
    if sanitizer ~= "" then return pending "with a sanitizer there is nothing to install" end
    local prefix = directory .. "/prefix"
    make("install PREFIX=%s", prefix)
    local config = ("PKG_CONFIG_PATH=%s/lib/pkgconfig pkg-config"):format(prefix)
    sh("cc examples/minimal.c -o %s/minimal $(%s --cflags --libs coaio) -Wl,-rpath,%s/lib", directory, config, prefix)
    assert.are.equal("MIT License", sh("%s/minimal LICENSE | head -n 1", directory))
    sh("cc examples/minimal.c -o %s/static $(%s --cflags coaio) %s/lib/libcoaio.a $(%s --static --libs-only-l coaio | "
      .. "sed s/-lcoaio//) -pthread", directory, config, prefix, config)
    assert.are.equal("MIT License", sh("%s/static LICENSE | head -n 1", directory))
    local _, without = try("echo 'int main(void) { return 0; }' | cc -static -x c - -o %s/whole", directory)
    if without == 0 then -- the system has static libraries
      sh("cc -static examples/minimal.c -o %s/whole $(%s --static --cflags --libs coaio)", directory, config)
      assert.are.equal("MIT License", sh("%s/whole LICENSE | head -n 1", directory))
    end
    local lua = ("cd / && LUA_PATH='%s/share/lua/5.4/?.lua' LUA_CPATH='%s/lib/lua/5.4/?.so' %s"):format(
      prefix, prefix, os.getenv "LUA" or "lua5.4")
    assert.are.equal("directory", sh([[%s -e 'print(require "coaio".aio_stat("/").type)']], lua))
    assert.is_truthy(sh("%s --modversion coaio", config):find "^%d+%.%d+%.%d+$")
  end)

  it("names the version that the library has", function()
    if sanitizer ~= "" or not present "python3" then return pending "with a sanitizer there is nothing to install" end
    local version = sh("python3 -c 'import ctypes; f = ctypes.CDLL(\"%s/libcoaio.so.1\").coaio_version; "
      .. "f.restype = ctypes.c_char_p; print(f().decode())'", build)
    assert.are.equal(sh([[sed -n 's/^Version: //p' %s/prefix/lib/pkgconfig/coaio.pc]], directory), version)
  end)
end)
