std = "lua54"
max_line_length = 120
exclude_files = { "build", "lua_modules" }
files["spec"].std = "lua54+busted"
files["examples/ffi_read.lua"].std = "luajit"
files["bench"].std = "max"
files["*.rockspec"].std = "rockspec"
