"""`prepare`, `run` and `merge`: a match that is prepared once, and done in parts.

A prepared run is a file that ``axb match … --prepare`` writes: the compared columns, their index, and how the pairs
are found. A part maps it and finds a share of the pairs, on any machine of the same kind. Not here: which machine does
which part (`_engine`, or whoever calls).
"""

from __future__ import annotations

import json
import mmap
import os
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from . import _query, _result, _run, _several
from ._errors import DataError, UsageError
from ._match import Output
from ._plan import Plan
from ._query import Asked

if TYPE_CHECKING:
    from ._result import Pairs

MOST_PARTS = 65535
PART_SECONDS = 5.0  # of a suggested part: much more than it takes to begin


class Prepared:
    """A prepared run.

    Attributes
    ----------
    path : str
        Its file.
    n_bytes : int
    plan : Plan
        What it does, and how long it should take on the cores of this machine.
    parts : int
        In how many parts it is worth doing, at most: then each takes some seconds of a core.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.n_bytes = os.path.getsize(path)
        outcome = _run.run(["run", "--plan", "--json", "--", path])
        _raise_for(outcome)
        self.plan = Plan(json.loads(outcome.stdout))
        core_seconds = (self.plan.seconds or 0.0) * float(self.plan.data["workers"])
        self.parts = int(min(max(1, core_seconds // PART_SECONDS), MOST_PARTS))

    def __repr__(self) -> str:
        return f"<axb.Prepared {self.path!r}: {self.n_bytes / 1e6:,.1f} MB, parts: {self.parts:,} at most>"


@_query.names_known
def prepare(
    a: Any,
    b: Any = None,
    on: str | Mapping[str, str] | None = None,
    *,
    path: str | os.PathLike[str],
    metric: str | None = None,
    score: Any = None,
    where: str | None = None,
    min: float | None = None,
    max: float | None = None,
    top: int | None = None,
    top_b: int | None = None,
    best: str | None = None,
    one_to_one: bool | str = False,
    unmatched: str | None = None,
    across: bool = False,
    normalize: Any = None,
    replace: Any = None,
    synonyms: Any = None,
    stop_words: Any = None,
    decimal: str | Mapping[Any, str] | None = None,
    dates: str | Mapping[Any, str] | None = None,
    null: str | Iterable[str] | None = None,
    read: Mapping[str, Any] | None = None,
    terms: bool = False,
    libs: str | None = None,
    workers: int | None = None,
    max_memory: int | str | None = None,
    pair_timeout: float | None = None,
) -> Prepared:
    """Prepare a `match`, or a `dedupe` if `b` is not given, for parts that `run` does.

    Parameters
    ----------
    path : str or path
        The file that is written; it appears when it is complete. It ends in ".axbrun" by custom.
    a, b, on, metric, score, where, min, max, top, top_b, best, one_to_one, normalize, replace, synonyms, stop_words
    decimal, dates, null, read, terms, libs, workers, max_memory, pair_timeout : as for `match`
        A function of Python belongs to its interpreter and is not prepared. Of `top` and `best` the best are
        looked for in a run as a whole where there is no threshold, so with ``best="a"`` and `top` give `min`.
    unmatched : {"a", "b", "both"}, optional
        Add the records that have no partner. Parts know only those of `a`, and only where which pairs are kept does
        not depend on all parts: `run` refuses `shard` for others.
    across : as for `dedupe`

    Returns
    -------
    Prepared

    Raises
    ------
    UsageError, DataError, ScorerError
        As for `match`.

    Examples
    --------
    >>> axb.prepare(a, b, on="name", min=0.9, path="/shared/names.axbrun").parts
    >>> pairs = axb.run("/shared/names.axbrun", shard=(3, 16))
    """
    asked = Asked.of(locals())
    output = Output.of(asked, locals(), is_self=b is None)
    several = _several.several_of(a) if b is None else None
    with ExitStack() as stack:
        ready = _query.prepare(several or a, b, asked, stack)
        write(ready, output.options, os.fspath(path))
    return Prepared(os.fspath(path))


def write(ready: _query.Ready, options: Sequence[str], path: str) -> None:
    """Write the file of a prepared run, whose parts write the format "pairs"."""
    arguments = [ready.verb, *ready.options, *options, f"--prepare={path}", "--format=pairs", "--", *ready.paths]
    outcome = _run.run(arguments, pass_fds=ready.fds)
    _query.show_notes(note for note in outcome.notes if not note.startswith(f"{path}: "))  # that it is written
    _query.raise_for(outcome, ready)


@_query.names_known
def run(
    path: str | os.PathLike[str],
    *,
    shard: tuple[int, int] | None = None,
    to: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    max_memory: int | str | None = None,
) -> Any:
    """Do a prepared run, or a part of it.

    Parameters
    ----------
    path : str or path
        What `prepare`, or ``axb match … --prepare … --format pairs``, wrote.
    shard : tuple (int, int), optional
        Which part, from 1, of how many. Parts are records of `a` with like values; a record is in one part.
    to : str or path, optional
        Write the part to this file, for `merge`. A choice that looks across records of `a`, such as `one_to_one`,
        needs it: it is made of all parts.
    workers, max_memory : as for `match`

    Returns
    -------
    DataFrame or None
        The pairs of the part, as `merge` returns those of all; None with `to`.

    Raises
    ------
    UsageError, DataError, ScorerError
        DataError if the file is of another version of axb, or of another kind of machine.
    """
    if to is not None and shard is None:
        raise UsageError("to is the file of a part, and shard does not say which", "for example: shard=(1, 8)")
    arguments = ["run", *_query.limits(workers, max_memory)]
    arguments += [] if shard is None else [f"--shard={part_text(shard)}"]
    if to is not None:
        _raise_for(_run.run([*arguments, f"--output={os.fspath(to)}", "--", os.fspath(path)]))
        return None
    with ExitStack() as stack:
        out = _query.memory("axb pairs", stack)
        outcome = _run.run([*arguments, f"--output=fd:{out}", "--", os.fspath(path)], pass_fds=[out])
        _raise_for(outcome)
        terms = outcome.result.get("terms", [])
        return _table(_result.read_pairs(out, terms) if shard is None else read_part(out, terms))


@_query.names_known
def merge(parts: Iterable[str | os.PathLike[str]], *, terms: Sequence[str] = ()) -> Any:
    """Put the parts of a run together.

    Parameters
    ----------
    parts : iterable of str or path
        The files that `run` wrote with `to`, all of them, in any order.
    terms : sequence of str, optional
        The names of the terms, where the run was prepared with ``terms=True``.

    Returns
    -------
    DataFrame
        Columns a and b, which are rows from 0, and score, then the terms: those of `match`, by row of `a`, then of
        `b`. Without pandas a dict of arrays.

    Raises
    ------
    UsageError, DataError
        A part is missing, stands twice, is damaged, or is of another run.
    """
    if isinstance(parts, (str, os.PathLike)):
        raise UsageError(f"parts is a list of files; this is {os.fspath(parts)!r}", "give the files of all parts")
    return _table(merge_files([os.fspath(part) for part in parts], terms))


def merge_files(paths: Sequence[str], terms: Sequence[str]) -> Pairs:
    """Return the pairs of all parts of a run, or those that its choice keeps."""
    if not paths:
        raise UsageError("no part is given", "give the files that axb.run wrote")
    with ExitStack() as stack:
        out = _query.memory("axb pairs", stack)
        _raise_for(_run.run(["merge", f"--output=fd:{out}", "--", *paths], pass_fds=[out]))
        return _result.read_pairs(out, terms)


def part_text(shard: Any) -> str:
    """Return which part as the program has it, "3/16"."""
    numbers = list(shard) if isinstance(shard, (tuple, list)) else []
    if len(numbers) != 2:
        raise UsageError(f"shard is (which part, of how many); this is {shard!r}", "for example: shard=(1, 8)")
    return "/".join(str(_query.check_count("shard", number)) for number in numbers)


def _raise_for(outcome: _run.Outcome) -> None:
    error = outcome.exception()
    if error is not None:
        raise error


def _table(pairs: Pairs) -> Any:
    """Make a table of rows and scores."""
    alone = bool((pairs.b == _result.NO_ROW).any())
    pairs = pairs.masked() if alone else pairs
    labels = {"a": _result.positions(pairs.a), "b": _result.positions(pairs.b, may_miss=alone)}
    return _result.make({**labels, "score": pairs.score, **pairs.terms}, "program", {})


# ---- The file of a part ----------------------------------------------------------------------------

# matcher/shard/shard_file.h: lines of text, the payload, a last line of one length.
_PAYLOAD = b"\npayload behind "
_CHECK_DIGITS = 16
_END = re.compile(rb"axb shard end pairs +(\d+) unmatched +(\d+) bytes +\d+ payload [0-9a-f]{16} check [0-9a-f]{16}\n")
_END_BYTES = len("axb shard end pairs  unmatched  bytes  payload  check ") + 3 * 20 + 2 * _CHECK_DIGITS + 1
# matcher/pairs/row_runs.h: after the lines of some rows stands of which rows they are.
_RUN_BYTES = 8
_STRETCH_END = struct.Struct("<QQII")  # bytes of lines, checksum, runs, mark
_STRETCH_MARK = 0x534E5552


def read_part(fd: int, terms: Sequence[str]) -> Pairs:
    """Read the pairs of a part, which a child of this process has just written: it was not moved or cut."""
    memory = mmap.mmap(fd, os.fstat(fd).st_size, prot=mmap.PROT_READ)
    mark, end = memory.find(_PAYLOAD), len(memory) - _END_BYTES
    ends = _END.fullmatch(memory, max(end, 0))
    if mark < 0 or ends is None:
        raise DataError("this is not the file of a part of this version of axb")
    begin = mark + len(_PAYLOAD) + _CHECK_DIGITS + 1
    which = memory[:mark].split(b"\n", 2)[1]  # "shard 1 of 3, rows 0 to 2999 of 2999, by row"
    begin += _result.HEAD_BYTES if which.startswith(b"shard 1 of ") else 0  # the head is in the first part
    lines = memoryview(memory)[begin:end]
    pairs = _result.pairs_of(_lines_of(lines) if which.endswith(b", by row") else lines, terms)
    if len(pairs) != int(ends[1]) + int(ends[2]):
        raise _chosen_later()
    return pairs


def _lines_of(stretches: memoryview) -> bytes:
    """Return the lines of stretches that follow each other; they are found from the last one on."""
    found, end = [], len(stretches)
    while end:
        at = end - _STRETCH_END.size
        n_bytes, _, n_runs, mark = _STRETCH_END.unpack_from(stretches, at) if at >= 0 else (0, 0, 0, 0)
        at -= n_runs * _RUN_BYTES
        if mark != _STRETCH_MARK or n_bytes > at:
            raise _chosen_later()
        found.append(stretches[at - n_bytes : at])
        end = at - n_bytes
    return b"".join(reversed(found))


def _chosen_later() -> UsageError:
    """Make the error of a part that has more in it than its lines: the pairs that `merge` chooses from."""
    return UsageError(
        "which pairs of this run are kept depends on all of its parts",
        'write each part to a file, as by to="part-1.shard", and give all of them to axb.merge',
    )
