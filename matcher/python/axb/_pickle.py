"""Pickles what is defined in a notebook, and refuses what only pretends to be copied.

A lock is refused in any case; an open file, which cloudpickle would silently read in, and a thing
that would be stored by a name of the notebook, which no worker has, are refused here. What is said
of it is up to `_ship.py`.
"""

from __future__ import annotations

import functools
import io
import sys
import types
import typing
from collections.abc import Callable
from typing import Any

import cloudpickle

from axb._ways import a
from axb._worker import make_cached

MOST_BYTES = 256 << 20

# What no other process can have. By name, so that nothing is imported for it; subclasses as well.
REFUSED = {
    "_thread.lock": "a lock",
    "_thread.RLock": "a lock",
    "builtins.async_generator": "an asynchronous generator",
    "builtins.coroutine": "a coroutine",
    "builtins.frame": "a frame of the running program",
    "builtins.generator": "a generator",
    "builtins.traceback": "a traceback",
    "_io.BufferedRandom": "an open file",
    "_io.BufferedReader": "an open file",
    "_io.BufferedWriter": "an open file",
    "_io.FileIO": "an open file",
    "_io.TextIOWrapper": "an open file",
    "_socket.socket": "a socket",
    "duckdb.DuckDBPyConnection": "a database connection",
    "mmap.mmap": "a mapped file",
    "sqlite3.Connection": "a database connection",
    "sqlite3.Cursor": "a database cursor",
    "subprocess.Popen": "a child process",
    "threading.Thread": "a thread",
    "IPython.core.interactiveshell.InteractiveShell": "the notebook itself",
}


class TooLarge(Exception):
    pass


class Refused(Exception):
    """Pickling came to something that no other process can have."""

    def __init__(self, found: object, what: str) -> None:
        super().__init__(what)
        self.found = found
        self.what = what


class _Limited(io.BytesIO):
    """Memory that takes MOST_BYTES."""

    def write(self, data: Any) -> int:
        if self.tell() + memoryview(data).nbytes > MOST_BYTES:
            raise TooLarge
        return super().write(data)


class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]
    """Copies what is defined in the notebook, and refuses what only pretends to be copied."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.latest: object = None  # the object that is being pickled, for errors
        self.by_value: list[types.FunctionType] = []

    def reducer_override(self, obj: Any) -> Any:
        self.latest = obj
        refuse(obj)
        if isinstance(obj, functools._lru_cache_wrapper):
            # cloudpickle would store it by its name, which no worker can find.
            return make_cached, (obj.__wrapped__, obj.cache_parameters())
        if isinstance(obj, typing.NewType):
            return typing.NewType, (obj.__name__, obj.__supertype__)
        if isinstance(obj, functools.cached_property):  # has a lock, up to 3.11
            return functools.cached_property, (obj.func,), {"attrname": obj.attrname}
        if isinstance(obj, types.CodeType):
            return _reduce_code(obj, self.dispatch_table[types.CodeType])
        reduced = super().reducer_override(obj)
        if reduced is not NotImplemented:
            self.by_value += [obj] if isinstance(obj, types.FunctionType) else []
        elif type(obj) not in self.dispatch_table and _stands_by_name(obj):
            raise Refused(obj, f"{a(type(obj).__name__)} of the notebook")
        return reduced


def _reduce_code(code: types.CodeType, reduce: Callable[[types.CodeType], Any]) -> Any:
    """Reduce code with the name of its file, for tracebacks: cloudpickle 3.1 leaves it out."""
    make, args = reduce(code)
    return make, tuple(code.co_filename if arg == "<dynamic-code>" else arg for arg in args)


def refuse(obj: object) -> None:
    """Raise `Refused` for what no other process can have."""
    if obj is sys.stdin or obj is sys.stdout or obj is sys.stderr:
        return  # a worker has its own
    for kind in type(obj).__mro__:
        what = REFUSED.get(f"{kind.__module__}.{kind.__qualname__}")
        if what:
            raise Refused(obj, what)


def _stands_by_name(obj: Any) -> bool:
    """Would a pickle have no more of it than its name in `__main__`?"""
    if getattr(obj, "__module__", None) != "__main__" or not hasattr(obj, "__name__"):
        return False
    return isinstance(obj.__reduce_ex__(4), str)


def dump(obj: object) -> tuple[bytes, list[types.FunctionType]]:
    file = _Limited()
    pickler = Pickler(file)
    try:
        pickler.dump(obj)
    except (Refused, TooLarge):
        raise
    except Exception as e:  # whatever an object's own way to be pickled raises
        raise Refused(pickler.latest, a(type(pickler.latest).__name__)) from e
    return file.getvalue(), pickler.by_value
