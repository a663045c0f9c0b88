# make install, install-lua (the Lua half alone: what LuaRocks calls), uninstall.

DEST     = $(DESTDIR)$(PREFIX)
DEST_LIB = $(DESTDIR)$(LIBDIR)
LUA_DIR  ?= $(PREFIX)/share/lua/5.4
LIBDIR   ?= $(PREFIX)/lib
LUA_CDIR ?= $(LIBDIR)/lua/5.4
MAN_DIR  ?= $(PREFIX)/share/man/man3
DOC_DIR  ?= $(PREFIX)/share/doc/coaio
MODULES  = $(LUA_FILES:lua/%=%)
# Where LuaJIT and Python look. Of Python's own directories the one below PREFIX is taken, if there is one.
LUAJIT_DIR ?= $(PREFIX)/share/lua/5.1
PYTHON_DIR ?= $(or $(shell python3 -c 'import site; print(*[p for p in site.getsitepackages() if p.startswith("$(PREFIX)/lib")][:1])' \
    2>/dev/null),$(PREFIX)/lib/python3/site-packages)
# What pkg-config --static names: Debian's libuv.a has another name than libuv.so, and a description of its own.
UV_PC    = $(if $(call pkg,--modversion libuv-static),libuv-static,libuv)

# Manual pages and the declarations for LuaJIT and Python are made from the headers.
MADE  := $(BUILD)/made
PAGES  = $(notdir $(wildcard $(MADE)/man3/*.3))
TEXTS := README.md CHANGELOG.md LICENSE $(wildcard docs/*.md docs/pictures/*) $(wildcard examples/*)

bindings: $(MADE)/stamp
$(MADE)/stamp: $(HEADERS) docs/requests.md tools/gen_man.lua tools/gen_bindings.lua tools/install.mk
	$(call say,GEN,$(MADE))
	$(Q)rm -rf $(MADE) && mkdir -p $(MADE)/man3
	$(Q)$(LUA) tools/gen_man.lua $(MADE)/man3 $(VERSION)
	$(Q)$(LUA) tools/gen_bindings.lua $(MADE)
	$(Q)touch $@

install: all install-lua $(MADE)/stamp
	install -d $(DEST_LIB)/pkgconfig $(DEST)/include/coaio
	install -m 644 $(BUILD)/libcoaio.a $(DEST_LIB)
	install -m 755 $(BUILD)/libcoaio.so.1 $(DEST_LIB)
	ln -sf libcoaio.so.1 $(DEST_LIB)/libcoaio.so
	set -e; for h in $(HEADERS:include/%=%); do install -m 644 include/$$h $(DEST)/include/$$h; done
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|' \
	    -e 's|@VERSION@|$(VERSION)|' -e 's|@PRIVATE@|$(UV_PC) $(URING_PC)|' coaio.pc.in \
	    > $(DEST_LIB)/pkgconfig/coaio.pc
	install -d $(DESTDIR)$(MAN_DIR) $(DESTDIR)$(LUAJIT_DIR) $(DESTDIR)$(PYTHON_DIR)
	install -m 644 $(MADE)/man3/*.3 $(DESTDIR)$(MAN_DIR)
	install -m 644 $(MADE)/coaio_cdef.lua $(DESTDIR)$(LUAJIT_DIR)
	install -m 644 $(MADE)/coaio.py $(DESTDIR)$(PYTHON_DIR)
	set -e; for t in $(TEXTS); do \
	    install -d $(DESTDIR)$(DOC_DIR)/$$(dirname $$t); install -m 644 $$t $(DESTDIR)$(DOC_DIR)/$$t; done

install-lua: module
	install -d $(DESTDIR)$(LUA_CDIR)/coaio
	install -m 755 $(BUILD)/coaio/core.so $(DESTDIR)$(LUA_CDIR)/coaio/core.so
	set -e; for m in $(MODULES); do \
	    install -d $(DESTDIR)$(LUA_DIR)/$$(dirname $$m); install -m 644 lua/$$m $(DESTDIR)$(LUA_DIR)/$$m; done

uninstall: $(MADE)/stamp
	rm -f $(DEST_LIB)/libcoaio.a $(DEST_LIB)/libcoaio.so $(DEST_LIB)/libcoaio.so.1 $(DEST_LIB)/pkgconfig/coaio.pc
	rm -f $(HEADERS:include/%=$(DEST)/include/%) $(MODULES:%=$(DESTDIR)$(LUA_DIR)/%)
	rm -f $(DESTDIR)$(LUA_CDIR)/coaio/core.so $(DESTDIR)$(LUAJIT_DIR)/coaio_cdef.lua $(DESTDIR)$(PYTHON_DIR)/coaio.py
	rm -f $(PAGES:%=$(DESTDIR)$(MAN_DIR)/%)
	rm -f $(TEXTS:%=$(DESTDIR)$(DOC_DIR)/%)
	-rmdir $(DEST)/include/coaio $(DESTDIR)$(LUA_CDIR)/coaio $(DESTDIR)$(LUA_DIR)/coaio/* $(DESTDIR)$(LUA_DIR)/coaio \
	    $(DESTDIR)$(DOC_DIR)/docs/pictures $(DESTDIR)$(DOC_DIR)/* $(DESTDIR)$(DOC_DIR) 2>/dev/null

.PHONY: bindings install install-lua uninstall
