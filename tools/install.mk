# make install, install-lua (the Lua half alone: what LuaRocks calls), uninstall.

DEST     = $(DESTDIR)$(PREFIX)
DEST_LIB = $(DESTDIR)$(LIBDIR)
LUA_DIR  ?= $(PREFIX)/share/lua/5.4
LIBDIR   ?= $(PREFIX)/lib
LUA_CDIR ?= $(LIBDIR)/lua/5.4
MODULES  = $(LUA_FILES:lua/%=%)
# What pkg-config --static names: Debian's libuv.a has another name than libuv.so, and a description of its own.
UV_PC    = $(if $(call pkg,--modversion libuv-static),libuv-static,libuv)

install: all install-lua
	install -d $(DEST_LIB)/pkgconfig $(DEST)/include/coaio
	install -m 644 $(BUILD)/libcoaio.a $(DEST_LIB)
	install -m 755 $(BUILD)/libcoaio.so.1 $(DEST_LIB)
	ln -sf libcoaio.so.1 $(DEST_LIB)/libcoaio.so
	set -e; for h in $(HEADERS:include/%=%); do install -m 644 include/$$h $(DEST)/include/$$h; done
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|' \
	    -e 's|@VERSION@|$(VERSION)|' -e 's|@PRIVATE@|$(UV_PC) $(URING_PC)|' coaio.pc.in \
	    > $(DEST_LIB)/pkgconfig/coaio.pc

install-lua: module
	install -d $(DESTDIR)$(LUA_CDIR)/coaio
	install -m 755 $(BUILD)/coaio/core.so $(DESTDIR)$(LUA_CDIR)/coaio/core.so
	set -e; for m in $(MODULES); do \
	    install -d $(DESTDIR)$(LUA_DIR)/$$(dirname $$m); install -m 644 lua/$$m $(DESTDIR)$(LUA_DIR)/$$m; done

uninstall:
	rm -f $(DEST_LIB)/libcoaio.a $(DEST_LIB)/libcoaio.so $(DEST_LIB)/libcoaio.so.1 $(DEST_LIB)/pkgconfig/coaio.pc
	rm -f $(HEADERS:include/%=$(DEST)/include/%) $(MODULES:%=$(DESTDIR)$(LUA_DIR)/%)
	rm -f $(DESTDIR)$(LUA_CDIR)/coaio/core.so
	-rmdir $(DEST)/include/coaio $(DESTDIR)$(LUA_CDIR)/coaio $(DESTDIR)$(LUA_DIR)/coaio/* $(DESTDIR)$(LUA_DIR)/coaio \
	    2>/dev/null

.PHONY: install install-lua uninstall
