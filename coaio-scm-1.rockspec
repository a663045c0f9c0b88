local variables = {
  BUILD = "build/rock",
  CFLAGS = "$(CFLAGS)",
  LIBFLAG = "$(LIBFLAG)",
  LUA = "$(LUA)",
  LUA_INCDIR = "$(LUA_INCDIR)",
  LUA_CDIR = "$(LIBDIR)",
  LUA_DIR = "$(LUADIR)",
}

rockspec_format = "3.0"
package = "coaio"
version = "scm-1"
source = {
  url = "git+https://github.com/coaio/coaio.git",
}
description = {
  summary = "Asynchronous file and directory I/O for coroutines",
  detailed = "Inside a coroutine aio_read(fh, 0, 4096) looks like a blocking call, and every other coroutine keeps "
    .. "running meanwhile. On io_uring where the kernel has it, on threads elsewhere.",
  homepage = "https://github.com/coaio/coaio",
  license = "MIT",
}
dependencies = {
  "lua ~> 5.4",
}
external_dependencies = {
  LIBUV = { header = "uv.h" },
}
build = {
  type = "make",
  build_target = "module",
  install_target = "install-lua",
  build_variables = variables,
  install_variables = variables,
  copy_directories = { "docs", "examples" },
}
test = {
  type = "busted",
}
