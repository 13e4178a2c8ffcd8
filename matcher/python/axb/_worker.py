"""The Python side of a worker: a shipped function back from its bytes, and an exception as text.

The extension of the workers executes this file by its path, before the function's own `sys.path` is
known. So it imports nothing of axb at its top. What a shipment is, and how one is made, is in
`_ship.py`.
"""

from __future__ import annotations

import functools
import json
import linecache
import os
import pickle
import sys
import traceback
import types
import zlib
from collections.abc import Callable
from typing import Any

MAGIC = b"AXBSHIP1"
FAILED_MAGIC = b"AXBFAIL1"  # then text says why there is no shipment
SCORER_MODULE = "axb_scorer"  # what a score.py is called in a worker
SCORER_FUNCTION = "score"  # the function in it

# A worker has 16 KiB for its note. In UTF-8 bytes:
MESSAGE_BYTES = 4 << 10
TRACEBACK_BYTES = 11 << 10


# ---- Loading -------------------------------------------------------------------------------------


def load(shipment: bytes | memoryview) -> Callable[..., Any]:
    """Return the function of a shipment, in a process made ready for it.

    Its `sys.path` and working directory become those of the process that shipped it. The source
    lines come along, so that tracebacks show them. Whatever goes wrong is raised as it is: the
    caller gives it to `describe`.
    """
    head, body = open_shipment(shipment)
    sys.path[:] = map(path_of_text, head["sys_path"])
    if head["cwd"] is not None:
        os.chdir(path_of_text(head["cwd"]))
    if head["kind"] == "source":
        return _run_source(str(body, "utf-8"), path_of_text(head["filename"]))
    end = head["function_bytes"]
    for filename, text in json.loads(bytes(body[end:])).items():
        remember_source(filename, text)
    function: Callable[..., Any] = pickle.loads(body[:end])
    return function


def text_of_path(path: str) -> str:
    """Return a path as a head has it: a character for each byte, since a path may be no UTF-8."""
    return os.fsencode(path).decode("latin-1")


def path_of_text(text: str) -> str:
    """Return the path that `text_of_path` made a text of."""
    return os.fsdecode(text.encode("latin-1"))


def open_shipment(shipment: bytes | memoryview) -> tuple[dict[str, Any], memoryview]:
    """Return the head and the body of a shipment; neither is copied more than needed."""
    view = memoryview(shipment)
    if view[:8] != MAGIC:
        raise ValueError("these bytes are no shipment of axb: they do not begin with AXBSHIP1")
    body_at = 16 + int.from_bytes(view[8:16], "little")
    return json.loads(bytes(view[16:body_at])), view[body_at:]


def remember_source(filename: str, text: str) -> None:
    """Let tracebacks show the lines of a file that this process cannot read, such as a cell."""
    # Without a time of change, linecache keeps the lines for good.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)


def make_cached(function: Callable[..., Any], parameters: dict[str, Any]) -> Callable[..., Any]:
    """Make a function with an `lru_cache` again; the cache begins empty."""
    cached: Callable[..., Any] = functools.lru_cache(**parameters)(function)
    return cached


def _run_source(text: str, filename: str) -> Callable[..., Any]:
    """Execute a score.py as a module of its own, and return its `score`."""
    module = types.ModuleType(SCORER_MODULE)
    module.__file__ = filename
    sys.modules[SCORER_MODULE] = module
    sys.path.insert(0, os.path.dirname(filename))
    remember_source(filename, text)
    exec(compile(text, filename, "exec"), module.__dict__)
    function: Callable[..., Any] = getattr(module, SCORER_FUNCTION)
    return function


# ---- Runs of a map ---------------------------------------------------------------------------------


def load_items(run: memoryview) -> list[Any]:
    """Return the items of a run, as `_map.py` has pickled them."""
    items: list[Any] = pickle.loads(run)
    return items


def dump_results(results: list[Any]) -> bytes:
    """Return a run of results: u32 checksum, pickle. The program puts its length before it."""
    try:
        pickled = pickle.dumps(results, protocol=5)
    except Exception:  # noqa: BLE001 - such as an instance of a class of the notebook
        pickled = _copy(results)
    return zlib.crc32(pickled).to_bytes(4, "little") + pickled


def _copy(results: list[Any]) -> bytes:
    """Pickle what is of the notebook; it knows its own classes again."""
    import cloudpickle

    try:
        pickled: bytes = cloudpickle.dumps(results)
    except Exception as e:  # noqa: BLE001 - an object's own way to be pickled raises anything
        kind = type(results[0]).__name__
        raise TypeError(f"its result, of type {kind}, cannot be copied back: {e}") from None
    return pickled


# ---- Exceptions as text --------------------------------------------------------------------------


def describe(exception: BaseException, function: object = None) -> tuple[str, str, str]:
    """Return the type, the message and the traceback of an exception that `function` raised.

    Never raises, whatever the exception does when it is asked: a worker has nobody to tell. All
    three are valid UTF-8 without zeros, together less than 16 KiB.
    """
    kind = _type_name(type(exception))
    try:
        message = _clip(str(exception), MESSAGE_BYTES)
    except BaseException as second:  # noqa: BLE001 - str() of a user's exception may raise anything
        message = f"its message cannot be shown: str() raised {_type_name(type(second))}"
    try:
        trace = _clip(_format_traceback(exception, function), TRACEBACK_BYTES)
    except BaseException as second:  # noqa: BLE001 - as above
        trace = f"the traceback cannot be shown: this raised {_type_name(type(second))}"
    return kind, message, trace


def _type_name(kind: type) -> str:
    """Return the name of a type as a traceback has it."""
    if kind.__module__ in ("builtins", "__main__", SCORER_MODULE):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _format_traceback(exception: BaseException, function: object) -> str:
    frame = frames = exception.__traceback__
    while frame:  # those of this file, and before it, tell the user nothing
        if frame.tb_frame.f_code.co_filename == load.__code__.co_filename:
            frames = frame.tb_next
        frame = frame.tb_next
    batch = os.path.join(os.path.dirname(load.__code__.co_filename), "_batch.py")
    while frames and frames.tb_frame.f_code.co_filename == batch:
        frames = frames.tb_next
    lines = traceback.format_exception(type(exception), exception, frames)
    if exception.__traceback__ is None and function is not None:
        name = getattr(function, "__qualname__", None) or repr(function)
        lines.insert(0, f"In {name}, which has no lines in Python:\n")
    return "".join(lines)


def _clip(text: str, most_bytes: int) -> str:
    """Return `text` in at most so many bytes: its begin and its end, which say the most."""
    clean = text.replace("\0", "\\x00").encode("utf-8", "backslashreplace")
    if len(clean) <= most_bytes:
        return clean.decode()
    gap = f"\n... {len(clean) - most_bytes} bytes more ...\n"
    half = (most_bytes - len(gap) - 8) // 2
    return clean[:half].decode("utf-8", "ignore") + gap + clean[-half:].decode("utf-8", "ignore")


# ---- For the command line ------------------------------------------------------------------------


def ship_main(path: str, fd: int) -> None:
    """Write the shipment of the file `path`, with a function `score(a, b)`, to a descriptor.

    Serves `axb match --score score.py`. What is wrong with the file is written in its place, after
    other letters, for the program to say.
    """
    package = os.path.dirname(os.path.abspath(__file__))
    sys.path.append(os.path.dirname(package))
    try:
        from axb import _errors, _ship
    finally:
        sys.path.pop()
    try:
        written = _ship.read_source(path).to_bytes()
    except _errors.AxbError as e:
        written = FAILED_MAGIC + str(e).encode("utf-8", "backslashreplace")
    with open(fd, "wb", closefd=False) as out:
        out.write(written)
