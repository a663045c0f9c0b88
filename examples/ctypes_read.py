#!/usr/bin/env python3
"""coaio from Python, with ctypes: read files, many at once, and print each one's size and first line.

    python3 ctypes_read.py libcoaio.so.1 /etc/passwd /etc/hostname

The module coaio has the declarations of the headers; `make install` puts it where Python looks, `make bindings` in
build/made.
"""

import ctypes
import os
import sys

import coaio

lib = coaio.load(sys.argv[1] if len(sys.argv) > 1 else "libcoaio.so.1")


def requests():
    """How many requests the library knows: a newer one may have more than the module."""
    index = 0
    while lib.coaio_ops(index):
        index += 1
    return index


def bytes_of(request):
    size = ctypes.c_size_t()
    memory = lib.coaio_data(request, ctypes.byref(size))
    return ctypes.string_at(memory, size.value) if memory else b""


def first_line(request):
    return bytes_of(request).split(b"\n")[0].decode(errors="backslashreplace")


def main(paths):
    engine = ctypes.c_void_p()
    error = lib.coaio_engine_new(ctypes.byref(engine), None)
    if error:
        sys.exit("coaio: " + lib.coaio_strerror(error).decode())
    backend = lib.coaio_backend(engine).decode()
    print("coaio", lib.coaio_version().decode(), "on", backend, "with", requests(), "requests")
    reaped = (ctypes.c_void_p * 16)()
    open_files, outstanding = {}, len(paths)
    for index, path in enumerate(paths):
        lib.coaio_open(engine, None, os.fsencode(path), os.O_RDONLY, 0, None, index + 1)
    while outstanding:
        lib.coaio_wait(engine, -1)
        for i in range(lib.coaio_reap(engine, reaped, len(reaped))):
            request, index = reaped[i], lib.coaio_req_data(reaped[i])
            value, path, op = lib.coaio_result(request), paths[index - 1], lib.coaio_req_op(request)
            if value < 0:
                print("%s: %s" % (path, lib.coaio_strerror(value).decode()))
            if op == coaio.COAIO_OPEN and value >= 0:
                open_files[index] = value
                lib.coaio_read(engine, value, None, 1 << 30, 0, None, index)
            elif op == coaio.COAIO_READ:
                if value >= 0:
                    print("%s: %d bytes, first line %r" % (path, value, first_line(request)))
                lib.coaio_close(engine, open_files[index], None, index)
            else:
                outstanding -= 1
    lib.coaio_engine_free(engine)


main(sys.argv[2:])
