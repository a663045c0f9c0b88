# coaio. First of all: `make demo` and `make test`. With everything in place: make, make install.
#
#   CC CFLAGS LDFLAGS LIBFLAG    as everywhere          URING=0    build without io_uring
#   LUA LUA_INCDIR               interpreter, headers   SAN=LIST   sanitizers, in a build folder of their own
#   PREFIX LIBDIR DESTDIR        where to install       WERROR=1, V=1, LTO=

VERSION := $(shell sed -n 's/^.define COAIO_VERSION "\(.*\)"/\1/p' src/core/engine.c)
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g
LIBFLAG ?= -shared

comma := ,
BUILD := build$(if $(SAN),/$(subst $(comma),-,$(SAN)))
pkg    = $(shell pkg-config $(1) 2>/dev/null)
find   = $(firstword $(foreach name,$(1),$(shell command -v $(name) 2>/dev/null)))
LUA   := $(or $(LUA),$(call find,lua5.4 lua54 lua-5.4 lua))

LUA_PC := $(firstword $(foreach name,lua5.4 lua-5.4 lua54 lua,$(if $(call pkg,--modversion $(name)),$(name))))
LUA_INC := $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(if $(LUA_PC),$(call pkg,--cflags $(LUA_PC))))
LUA_LIB := $(if $(LUA_PC),$(call pkg,--libs $(LUA_PC)))
UV_INC := $(call pkg,--cflags libuv)
LIBS   := $(or $(call pkg,--libs libuv),-luv) -pthread
ifneq ($(URING),0)
ifneq ($(call pkg,--modversion liburing),)
URING_INC := -DCOAIO_URING $(call pkg,--cflags liburing)
LIBS   += $(call pkg,--libs liburing)
URING_PC := liburing
else ifeq ($(shell uname -s),Linux)
without_ring = @echo "  NOTE built without io_uring: liburing was not found (tools/setup installs it, URING=0 builds without)"
endif
endif

WARN  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wno-psabi
# Offsets and times of 64 bits, also where the C library has shorter ones. Inside only: no public header has any.
WIDE  := -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
BASE  := -std=c11 -D_GNU_SOURCE $(WIDE) $(WARN) $(if $(WERROR),-Werror) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
# LTO="-flto=auto -ffat-lto-objects": gcc optimizes across files, and a request costs a tenth to a sixth fewer
# instructions. Not by default: gcc 12 has failed in it, and a whole build takes half as long again.
FLAGS := $(BASE) $(LTO) -fPIC -pthread -fvisibility=hidden -ffile-prefix-map=$(CURDIR)=. -Iinclude -Isrc $(UV_INC) $(URING_INC)
LINK   = $(CC) $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))

# Threads and a signal handler may outlive whoever loaded the code, so it must stay mapped (nodelete).
ifeq ($(shell uname -s),Linux)
LIB_LINK    = -Wl,-z,nodelete -Wl,-soname,$(notdir $@) -Wl,--version-script=src/coaio.map $(if $(SAN),,-Wl,-z,defs)
MODULE_LINK = -Wl,-z,nodelete -Wl,--exclude-libs,ALL
endif

CORE   := $(wildcard src/*.c src/base/*.c src/ops/*.c src/exec/*.c src/core/*.c src/uv/*.c)
MODULE := $(wildcard src/lua/*.c)
object  = $(patsubst src/%.c,$(BUILD)/obj/%.o,$(1))
LUA_FILES := $(wildcard lua/*.lua lua/coaio/*.lua lua/coaio/*/*.lua)
HEADERS   := $(wildcard include/*.h include/coaio/*.h)
C_TESTS   := $(patsubst spec/c/%.c,$(BUILD)/spec/%,$(filter-out $(if $(LUA_LIB),,%/test_states.c),$(wildcard spec/c/*.c)))
EXAMPLES  := $(patsubst examples/%.c,$(BUILD)/examples/%,$(wildcard examples/*.c))

Q  := $(if $(V),,@)
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2))
into = $(Q)mkdir -p $(@D)

all: library module
library: $(BUILD)/libcoaio.a $(BUILD)/libcoaio.so
module: $(BUILD)/coaio/core.so
programs: $(C_TESTS) $(EXAMPLES)

$(BUILD)/libcoaio.a: $(call object,$(CORE))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
	$(without_ring)

$(BUILD)/libcoaio.so.1: $(call object,$(CORE)) src/coaio.map
	$(call say,LD,$@)
	$(Q)$(LINK) $(LTO) -shared $(LIB_LINK) -o $@ $(filter %.o,$^) $(LIBS)

$(BUILD)/libcoaio.so: $(BUILD)/libcoaio.so.1
	$(Q)ln -sf $(<F) $@

$(BUILD)/coaio/core.so: $(call object,$(MODULE)) $(BUILD)/libcoaio.a
	$(call say,LD,$@)
	$(into)
	$(Q)$(LINK) $(LTO) $(LIBFLAG) $(MODULE_LINK) -o $@ $^ $(LIBS)

# Lua's errors and yields jump over our frames, whose entries and exits libtsan would otherwise count.
TSAN_LUA := $(if $(findstring thread,$(SAN)),--param tsan-instrument-func-entry-exit=0)
$(BUILD)/obj/lua/%.o: private LANGUAGE := $(LUA_INC) $(TSAN_LUA)
$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	$(call say,CC,$<)
	$(into)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(FLAGS) $(LANGUAGE) -MMD -MP -c -o $@ $<

COAIO = -L$(BUILD) -lcoaio -Wl,-rpath,'$$ORIGIN/..'
program = $(Q)mkdir -p $(@D) && $(LINK) $(CPPFLAGS) $(CFLAGS) $(BASE) -Iinclude $(UV_INC) -MMD -MP -o $@ $< \
	$(COAIO) $(LIBS) $(LANGUAGE)
$(BUILD)/spec/test_states: private LANGUAGE := $(LUA_INC) $(LUA_LIB)
$(BUILD)/spec/test_states: $(BUILD)/coaio/core.so
INSIDE := $(BUILD)/spec/test_policy $(BUILD)/spec/test_staff
$(INSIDE): private COAIO := -Isrc $(URING_INC) $(BUILD)/libcoaio.a
$(INSIDE): $(BUILD)/libcoaio.a
$(BUILD)/spec/%: spec/c/%.c $(BUILD)/libcoaio.so $(BUILD)/flags
	$(call say,CC,$<)
	$(program)
$(BUILD)/examples/%: examples/%.c $(BUILD)/libcoaio.so $(BUILD)/flags
	$(call say,CC,$<)
	$(program)

# A missing header is named before the compiler stops at it: $(1) the header, $(2) the flags.
need = @echo '\#include <$(1)>' | $(CC) $(CPPFLAGS) $(CFLAGS) $(2) -fsyntax-only -x c - 2>/dev/null || \
	{ echo "coaio needs $(1), which is not here: tools/setup installs what is missing, or names it" >&2; exit 1; }
$(call object,$(CORE)): | uv-header
$(call object,$(MODULE)): | lua-header
uv-header:
	$(call need,uv.h,-D_GNU_SOURCE $(UV_INC))
lua-header:
	$(call need,lua.h,$(LUA_INC))

# Other flags than last time: everything is built again.
$(BUILD)/flags: FORCE
	$(into)
	@echo "$(CC) $(CPPFLAGS) $(CFLAGS) $(FLAGS) $(LUA_INC) $(LIBS)" | cmp -s - $@ || \
	    echo "$(CC) $(CPPFLAGS) $(CFLAGS) $(FLAGS) $(LUA_INC) $(LIBS)" > $@

demo:
	@tools/setup demo
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory synopsis
synopsis:
	@LUA_PATH="lua/?.lua;;" LUA_CPATH="$(BUILD)/?.so;;" $(LUA) examples/synopsis.lua

# MACHINE=i386 or arm64: there (tools/machine).
ifeq ($(origin MACHINE),command line)
test:
	@tools/machine $(MACHINE) $(SPECS)
else
test:
	@tools/setup test
	@$(MAKE) --no-print-directory all programs bindings
	@BUILD=$(BUILD) SAN=$(SAN) CC="$(CC)" LUA=$(LUA) tools/test $(if $(V),-v) $(filter-out -j,$(filter -j%,$(MAKEFLAGS))) $(SPECS)
endif

bench: all
	@LUA_PATH="lua/?.lua;;" LUA_CPATH="$(BUILD)/?.so;;" $(LUA) bench/run.lua $(BENCH)

lint: all
	@BUILD=$(BUILD) LUA=$(LUA) tools/lint

# For editors and tools: how each file in C is compiled.
command = {"directory": "$(CURDIR)", "file": "$(1)", "command": "$(CC) $(CPPFLAGS) $(CFLAGS) $(FLAGS) $(LUA_INC) -c $(1)"}
compile_commands.json: FORCE
	@printf '[\n' >$@
	@$(foreach file,$(CORE) $(MODULE),printf '%s,\n' '$(call command,$(file))' >>$@;)
	@$(foreach file,$(wildcard spec/c/*.c examples/*.c),printf '%s,\n' '$(call command,$(file))' >>$@;)
	@printf '%s\n]\n' '$(call command,src/uv/attach.c)' >>$@

abi: library
	abidiff --no-added-syms src/abi/libcoaio.abi $(BUILD)/libcoaio.so.1
abi-baseline: library
	abidw --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --exported-interfaces-only \
	    --drop-private-types --headers-dir include --out-file src/abi/libcoaio.abi $(BUILD)/libcoaio.so.1

include tools/install.mk

clean:
	rm -rf build

.PHONY: all library module programs uv-header lua-header demo synopsis test bench lint abi abi-baseline clean FORCE
-include $(wildcard $(BUILD)/obj/*.d $(BUILD)/obj/*/*.d $(BUILD)/spec/*.d $(BUILD)/examples/*.d)
