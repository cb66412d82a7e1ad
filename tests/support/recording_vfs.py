"""SQLite's own file system with an ear: every write, sync, truncation and deletion is told in order.

A shim around the default `sqlite3_vfs` of the very library that Python's sqlite3 uses (https://sqlite.org/vfs.html),
made with ctypes. `listen` makes it the default of this process; it passes everything on unchanged.
"""

import ctypes
import importlib
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p

from tests.support.disk_events import Deleted, Event, Synced, Truncated, Written

SQLITE_OK = 0


Ear = Callable[[Event], None]

_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_Delete = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_Close = CFUNCTYPE(c_int, c_void_p)
_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class _Methods(Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = [
        ("version", c_int),
        *((name, c_void_p) for name in ("close", "read", "write", "truncate", "sync", "file_size", "lock", "unlock")),
        *((name, c_void_p) for name in ("check_reserved", "file_control", "sector_size", "characteristics")),
        *((name, c_void_p) for name in ("shm_map", "shm_lock", "shm_barrier", "shm_unmap", "fetch", "unfetch")),
    ]


class _File(Structure):
    """sqlite3_file: its first member is the pointer to its methods."""

    _fields_ = [("methods", POINTER(_Methods))]


class _Vfs(Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = [
        ("version", c_int),
        ("file_bytes", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        *((name, c_void_p) for name in ("open", "delete", "access", "full_path", "dl_open", "dl_error", "dl_sym")),
        *((name, c_void_p) for name in ("dl_close", "randomness", "sleep", "time", "last_error", "time64")),
        *((name, c_void_p) for name in ("set_call", "get_call", "next_call")),
    ]


def library() -> ctypes.CDLL:
    """The SQLite that Python's sqlite3 uses: found through its extension module, or in the program itself."""
    extension = importlib.import_module("_sqlite3")
    found = ctypes.CDLL(getattr(extension, "__file__", None))
    found.sqlite3_vfs_find.restype = POINTER(_Vfs)
    found.sqlite3_vfs_find.argtypes = [c_char_p]
    found.sqlite3_vfs_register.argtypes = [POINTER(_Vfs), c_int]
    return found


class Listening:
    """The shim; keep it for as long as the process uses SQLite. Files that were opened before are not heard."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._paths: dict[int, str] = {}
        self._wrapped: dict[int, tuple[object, ...]] = {}
        sqlite = library()
        default = sqlite.sqlite3_vfs_find(None).contents
        self._vfs = _Vfs()
        ctypes.memmove(ctypes.byref(self._vfs), ctypes.byref(default), ctypes.sizeof(_Vfs))
        self._name = b"listening"
        self._vfs.name = self._name
        self._real_open = _Open(default.open)
        self._real_delete = _Delete(default.delete)
        self._open = _Open(self._on_open)
        self._delete = _Delete(self._on_delete)
        self._vfs.open = ctypes.cast(self._open, c_void_p)
        self._vfs.delete = ctypes.cast(self._delete, c_void_p)
        if sqlite.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) != SQLITE_OK:
            raise RuntimeError("SQLite takes no file system")

    def _on_open(self, vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        status = self._real_open(vfs, name, file, flags, out)
        opened = ctypes.cast(file, POINTER(_File)).contents
        if status == SQLITE_OK and opened.methods and name:
            self._paths[file] = ctypes.string_at(name).decode()
            opened.methods = self._methods_around(opened.methods)
        return int(status)

    def _on_delete(self, vfs: int, name: bytes, sync: int) -> int:
        status = self._real_delete(vfs, name, sync)
        if status == SQLITE_OK:
            self._ear(Deleted(name.decode()))
        return int(status)

    def _methods_around(self, real: "ctypes._Pointer[_Methods]") -> "ctypes._Pointer[_Methods]":
        address = ctypes.addressof(real.contents)
        if address not in self._wrapped:
            self._wrapped[address] = self._wrap(real.contents)
        return self._wrapped[address][0]  # type: ignore[return-value]

    def _wrap(self, real: _Methods) -> tuple[object, ...]:
        """A copy of a file's methods with our own where the disk changes, and all that must outlive it."""
        close, write = _Close(real.close), _Write(real.write)
        truncate, sync = _Truncate(real.truncate), _Sync(real.sync)
        paths, ear = self._paths, self._ear

        def on_close(file: int) -> int:
            paths.pop(file, None)
            return int(close(file))

        def on_write(file: int, data: int, count: int, at: int) -> int:
            copy = ctypes.string_at(data, count)
            status = write(file, data, count, at)
            if status == SQLITE_OK:
                ear(Written(paths[file], at, copy))
            return int(status)

        def on_truncate(file: int, size: int) -> int:
            status = truncate(file, size)
            if status == SQLITE_OK:
                ear(Truncated(paths[file], size))
            return int(status)

        def on_sync(file: int, flags: int) -> int:
            status = sync(file, flags)
            if status == SQLITE_OK:
                ear(Synced(paths[file]))
            return int(status)

        own = (_Close(on_close), _Write(on_write), _Truncate(on_truncate), _Sync(on_sync))
        methods = _Methods()
        ctypes.memmove(ctypes.byref(methods), ctypes.byref(real), ctypes.sizeof(_Methods))
        for name, function in zip(("close", "write", "truncate", "sync"), own, strict=True):
            setattr(methods, name, ctypes.cast(function, c_void_p))
        return (ctypes.pointer(methods), methods, own, (close, write, truncate, sync))
