"""`map`: a function called on many items by worker processes, for what is no comparison of records.

The items go to the program in runs, each a pickle of a list, in one piece of memory that all workers read; the results
come back in the order of the items (``matcher/engine/map_items.h``). Not here: how a function is shipped (`_ship.py`),
and what a worker does with a run (`_worker.py`).
"""

from __future__ import annotations

import os
import pickle
import struct
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

from . import _notebook, _pickle, _query, _run, _ship, _ways
from ._errors import AxbError, MapError, in_python
from ._progress import Progress

T = TypeVar("T")
R = TypeVar("R")

MAGIC = b"AXBITEM1"
MOST_IN_RUN = 1024  # items; by default
RUNS_OF_WORKER = 32  # so many at least, so that all workers end at about the same time

Run = tuple[int, bytes]  # the number of its first item, and its pickle


@_query.names_known
def map(
    f: Callable[[T], R],
    items: Iterable[T],
    *,
    workers: int | None = None,
    chunk: int | None = None,
    progress: bool | None = None,
) -> list[R]:
    """Call a function on each item, in worker processes, and return the results in order.

    Workers are fresh processes, one for each core, and bound to it; the function, what it uses, and the items are
    copied to them.

    Parameters
    ----------
    f : callable
        Takes one item. It may be a lambda, a closure, or anything else of this notebook.
    items : iterable
    workers : int, optional
        Default: one for each core.
    chunk : int, optional
        So many items go to a worker at a time. Default: at most 1024, and fewer if there are few.
    progress : bool, optional
        Whether to show a bar; default: if it takes longer than a second.

    Returns
    -------
    list
        The results, in the order of the items.

    Raises
    ------
    MapError
        The function fails on an item, which is in `index` and `item`; or an item or a result cannot be copied.
    ShipError
        The function cannot be copied.
    UsageError
        It does not take one argument.

    Examples
    --------
    >>> axb.map(lambda x: x * x, range(5))
    [0, 1, 4, 9, 16]
    """
    shipment = _ship.ship(f, "map")
    for text in shipment.warnings:
        warnings.warn(text, stacklevel=3)
    listed = list(items)
    if not listed:
        return []
    n_workers = _query.check_count("workers", workers) if workers is not None else os.cpu_count() or 1
    if chunk is None:
        chunk = max(1, min(MOST_IN_RUN, len(listed) // (n_workers * RUNS_OF_WORKER)))
    runs = _runs(listed, _query.check_count("chunk", chunk))
    with ExitStack() as stack:
        fds = [shipment.write({}, {}), _write(runs, len(listed)), os.memfd_create("axb-results", os.MFD_CLOEXEC)]
        for fd in fds:
            stack.callback(os.close, fd)
        bar = stack.enter_context(Progress(progress))
        options = [f"--workers={workers}"] if workers is not None else []
        outcome = _run.run(
            ["map", f"fd:{fds[0]}", f"fd:{fds[1]}", f"--output=fd:{fds[2]}", *options],
            pass_fds=fds, on_progress=bar.update, on_stderr=bar.write,
        )  # fmt: skip
        if outcome.status != 0:
            raise _failed(outcome, shipment.head["name"], listed)
        return [result for run in _read(fds[2]) for result in run]


# ---- Items out -------------------------------------------------------------------------------------


def _runs(items: list[Any], chunk: int) -> list[Run]:
    return [run for begin in range(0, len(items), chunk) for run in _pickled(items[begin : begin + chunk], begin)]


def _pickled(items: list[Any], begin: int) -> Iterator[Run]:
    """Pickle a run of items; as several runs if it is too large for one."""
    try:
        yield begin, _pickle.dump(items)[0]
    except _pickle.TooLarge:
        half = len(items) // 2
        if half == 0:
            most = _ways.megabytes(_pickle.MOST_BYTES)
            raise MapError(f"item {begin} is more than {most} as a pickle", index=begin, item=items[0]) from None
        yield from _pickled(items[:half], begin)
        yield from _pickled(items[half:], begin + half)
    except _pickle.Refused as refused:
        raise _unfit(items, begin, refused) from refused.__cause__


def _unfit(items: list[Any], begin: int, refused: _pickle.Refused) -> MapError:
    first, *way = _ways.find(items, refused.found)
    number = int(first[1:-1]) if first != "..." else 0
    place = " -> ".join([f"item {begin + number}", *way])
    cause = f" ({refused.__cause__})" if refused.__cause__ else ""
    text = f"{place} is {refused.what}, which cannot be copied to the workers{cause}"
    return MapError(text, index=begin + number, item=items[number])


def _write(runs: list[Run], n_items: int) -> int:
    """Write the items into memory, and return its descriptor."""
    at = 64 + 16 * (len(runs) + 1)
    table = []
    for begin, run in runs:
        table += [begin, at]
        at += len(run)
    head = struct.pack(f"<8sQQ40x{len(table) + 2}Q", MAGIC, n_items, len(runs), *table, n_items, at)
    fd = os.memfd_create("axb-items", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(fd, "wb", closefd=False) as out:
        out.write(head)
        out.writelines(run for _, run in runs)
    return fd


# ---- Results in ------------------------------------------------------------------------------------


def _read(fd: int) -> Iterator[list[Any]]:
    """Read the runs of results: u64 bytes, u32 checksum, pickle."""
    with open(fd, "rb", closefd=False) as results:
        results.seek(0)
        while head := results.read(12):
            n_bytes, checksum = struct.unpack("<QI", head)
            pickled = results.read(n_bytes - 4)
            if zlib.crc32(pickled) != checksum:
                raise MapError("a worker was killed while it handed over results, and they differ the second time")
            yield pickle.loads(pickled)


def _failed(outcome: _run.Outcome, name: str, items: list[Any]) -> AxbError:
    """Return the exception for a map that failed."""
    if not outcome.failures:
        return outcome.exception() or AxbError("the program says nothing of how it failed")
    failure = outcome.failures[-1]
    index, trace = failure["item"], _notebook.with_cells(failure.get("traceback") or "")
    text = f"{name} {in_python(failure['reason'])}, on item {index}: {_ways.short(items[index])}"
    return MapError(
        f"{text}\n{trace}" if trace else text, index=index, item=items[index], type=failure.get("type"), traceback=trace
    )
