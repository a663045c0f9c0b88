#!/usr/bin/env python3
"""coaio from Python, with nothing but ctypes: read files, many at once, and print each one's size and first line.

    python3 ctypes_read.py libcoaio.so.1 /etc/passwd /etc/hostname
"""

import ctypes
import os
import sys

library = sys.argv[1] if len(sys.argv) > 1 else "libcoaio.so.1"
coaio = ctypes.CDLL(library, use_errno=False)
pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64


class Arg(ctypes.Structure):
    _fields_ = [("i", number), ("d", ctypes.c_double), ("p", pointer), ("n", ctypes.c_uint64)]


class Op(ctypes.Structure):
    _fields_ = [("name", text), ("code", ctypes.c_uint32), ("result", ctypes.c_uint32), ("nargs", ctypes.c_uint32),
                ("args", ctypes.c_uint8 * 8)]


def function(name, result, *arguments):
    found = getattr(coaio, "coaio_" + name)
    found.restype, found.argtypes = result, arguments
    return found


version = function("version", text)
engine_new = function("engine_new", ctypes.c_int, ctypes.POINTER(pointer), pointer)
engine_free = function("engine_free", ctypes.c_int, pointer)
backend = function("backend", text, pointer)
wait = function("wait", ctypes.c_int, pointer, number)
reap = function("reap", ctypes.c_size_t, pointer, ctypes.POINTER(pointer), ctypes.c_size_t)
submit = function("submit", pointer, pointer, ctypes.c_int, ctypes.POINTER(Arg), ctypes.c_uint32, pointer, pointer)
open_ = function("open", pointer, pointer, pointer, text, ctypes.c_int, ctypes.c_uint32, pointer, pointer)
read = function("read", pointer, pointer, ctypes.c_int, pointer, ctypes.c_size_t, number, pointer, pointer)
close = function("close", pointer, pointer, ctypes.c_int, pointer, pointer)
result = function("result", number, pointer)
data = function("data", pointer, pointer, ctypes.POINTER(ctypes.c_size_t))
req_op = function("req_op", ctypes.c_int, pointer)
req_data = function("req_data", pointer, pointer)
ops = function("ops", ctypes.POINTER(Op), ctypes.c_uint32)
strerror = function("strerror", text, ctypes.c_int)


def table():
    """Every request that the library knows, by name."""
    rows, index = {}, 0
    while ops(index):
        rows[ops(index).contents.name.decode()] = ops(index).contents.code
        index += 1
    return rows


def bytes_of(request):
    size = ctypes.c_size_t()
    memory = data(request, ctypes.byref(size))
    return ctypes.string_at(memory, size.value) if memory else b""


def first_line(request):
    return bytes_of(request).split(b"\n")[0].decode(errors="backslashreplace")


def main(paths):
    code = table()
    engine = pointer()
    error = engine_new(ctypes.byref(engine), None)
    if error:
        sys.exit("coaio: " + strerror(error).decode())
    print("coaio", version().decode(), "on", backend(engine).decode(), "with", len(code), "requests")
    reaped = (pointer * 16)()
    open_files, outstanding = {}, len(paths)
    for index, path in enumerate(paths):
        open_(engine, None, os.fsencode(path), os.O_RDONLY, 0, None, index + 1)
    while outstanding:
        wait(engine, -1)
        for i in range(reap(engine, reaped, len(reaped))):
            request, index = reaped[i], req_data(reaped[i])
            value, path = result(request), paths[index - 1]
            if value < 0:
                print("%s: %s" % (path, strerror(value).decode()))
            if req_op(request) == code["aio_open"] and value >= 0:
                open_files[index] = value
                read(engine, value, None, 1 << 30, 0, None, index)
            elif req_op(request) == code["aio_read"]:
                if value >= 0:
                    print("%s: %d bytes, first line %r" % (path, value, first_line(request)))
                args = (Arg * 1)(Arg(i=open_files[index]))  # any request goes through submit, wrapped or not
                submit(engine, code["aio_close"], args, 1, None, index)
            else:
                outstanding -= 1
    engine_free(engine)


main(sys.argv[2:])
