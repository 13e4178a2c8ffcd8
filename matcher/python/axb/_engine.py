"""A match on a cluster: what its tasks do, whichever engine starts them.

One task gathers: it gets the columns that are read of both tables, prepares the run, and gives its files away. Then
each part is a task, on any machine: it maps the files and finds its share of the pairs. Where a choice looks across
records of `a`, one more task chooses from all parts. So the pairs and the scores are those of `match` on the
collected tables, and the work is done once. What cannot be prepared, such as a function of Python, is done by parts
that each read the tables. A task takes and gives tables, so an engine that loses one does it again.

Not here: how an engine starts tasks and moves what they give (`spark`, `dask`, `ray`), and where the files of a run are
on a machine (`_store`).
"""

from __future__ import annotations

import importlib
import inspect
import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from . import _match, _prepared, _query, _result, _run, _store
from ._errors import UsageError, VersionError
from ._match import Output
from ._query import Asked, Ready
from ._result import Pairs
from ._store import Files

RUN_FILE = "run.axbrun"
TABLES = ("a", "b")

# Arguments of `match` and `dedupe` that do not go with parts, and what to do.
_NOT_IN_PARTS = {
    "progress": "leave it out: the engine shows how far it is",
    "max_results": "leave it out, or count the result first",
    "report": "leave it out: a page is of a run on one machine",
    "on_error": "leave it out: which pairs were skipped would be lost with the task that skipped them",
    "clusters": "collect the pairs, and give them to axb.cluster",
    "golden": "collect the pairs, and give them to axb.cluster",
    "max_cluster": "collect the pairs, and give them to axb.cluster",
    "cluster_floor": "collect the pairs, and give them to axb.cluster",
    "across": "give one table that has the records of all; where= says of which tables records are compared",
    "read": "the tables are in memory, not in files",
}

# Arguments that `match` and `dedupe` of an engine have besides.
_OF_PARTS = ("parts", "shared")

_LIMITS = ("workers", "max_memory")  # of a task


def package(name: str, extra: str) -> ModuleType:
    """Import an engine, or say how to install it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise VersionError(f"axb.{extra} needs {name}: {error}", f"pip install 'axb[{extra}]'") from None


def check_tables(frames: Sequence[Any], is_table: Callable[[Any], bool], wanted: str, maker: str) -> None:
    """Refuse what is not a table of the engine."""
    for name, frame in zip("ab", frames):
        if not is_table(frame):
            kind = type(frame)
            owner = kind.__module__.partition(".")[0]
            shown = kind.__name__ if owner == "builtins" else f"{owner}.{kind.__name__}"
            raise UsageError(f"{name} is not {wanted} but {shown}", f"{maker} makes one")


# ---- What is asked ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """What is asked; it goes to each task.

    Attributes
    ----------
    arguments : dict
        Of `match` or `dedupe`, without the tables, as given.
    is_self : bool
        One table is compared with itself.
    terms : tuple of str
        The names of the terms, once `expect` knows them: what is chosen from parts does not say them.
    """

    arguments: dict[str, Any]
    is_self: bool
    terms: tuple[str, ...] = ()

    @classmethod
    def of(cls, function: str, given: Mapping[str, Any], *, is_self: bool, needs_id: bool) -> Task:
        """Check what can be checked without tables.

        Parameters
        ----------
        function : str
            As messages have it.
        given : mapping
            All arguments but the tables.
        is_self : bool
        needs_id : bool
            The engine's tables have no rows that could be named by numbers.
        """
        known = inspect.signature(_match.dedupe if is_self else _match.match).parameters
        for name, value in given.items():
            if name not in known:
                possible = [name for name in known if name not in _NOT_IN_PARTS]
                raise UsageError(_query.unknown(function, name, [*possible, *_OF_PARTS]))
            if name in _NOT_IN_PARTS and value != known[name].default:
                raise UsageError(f"{name} does not go with the parts of a cluster", _NOT_IN_PARTS[name])
        arguments = {name: value for name, value in given.items() if value is not known[name].default}
        task = cls(_with_model(arguments), is_self)
        task._check_choice()
        output = task.output()
        if needs_id and not output.choice.linked and None in output.ids:
            raise UsageError("id is missing: rows of such a table have no numbers", 'name a column: id="id"')
        return task

    def _check_choice(self) -> None:
        """Refuse what depends on all parts and is not made of them."""
        choice, across = self.output().choice, self.looks_across()
        if choice.may_miss(0):
            raise UsageError(
                "which records of b have no partner depends on all parts",
                'unmatched="a" works; for those of b, anti-join b with the result',
            )
        if across and choice.may_miss(1):
            raise UsageError(
                "which records have no partner depends on all parts, where it does which pairs are kept",
                "leave unmatched and linked out, and left-join a with the result",
            )
        if across and not self.has_threshold():
            raise UsageError("min is missing: a choice that depends on all parts needs it", "for example: min=0.9")

    def asked(self) -> Asked:
        """Return the description of the score."""
        return Asked.of(self.arguments)

    def output(self) -> Output:
        """Return what the result is to have. What a task may take is in `limits`."""
        given = {name: value for name, value in self.arguments.items() if name not in _LIMITS}
        return Output.of(self.asked(), given, is_self=self.is_self)

    def limits(self, cores: int) -> list[str]:
        """Return the options of the program for what a task may take, which has so many cores."""
        workers = self.arguments.get("workers")
        return _query.limits(cores if workers is None else workers, self.arguments.get("max_memory"))

    def cores(self) -> int:
        """Return how many cores a task wants."""
        workers = self.arguments.get("workers")
        return 1 if workers is None else _query.check_count("workers", workers)

    def looks_across(self) -> bool:
        """Does it depend on all parts which pairs are kept?"""
        choice = self.output().choice
        chooses = bool(choice.one_to_one or choice.top_b or choice.best in ("b", "mutual"))
        return chooses or (self.is_self and bool(choice.top or choice.best))

    def has_threshold(self) -> bool:
        """Is it said which score is a match?"""
        asked = self.asked()
        return asked.min is not None or asked.max is not None or asked.model is not None

    def is_prepared(self) -> bool:
        """Can it be prepared? Not a function, nor the best of each record without a threshold (``--prepare``)."""
        return not _query.is_function(self.arguments.get("score")) and self.has_threshold()


def _with_model(arguments: dict[str, Any]) -> dict[str, Any]:
    """Read the file of a model, if the score is one: workers may not see it."""
    model = Asked.of(arguments).model
    return arguments if model is None else {**arguments, "score": model}


def check_parts(parts: Any) -> int:
    """Return in how many parts a run is done, or refuse what is no such number."""
    n = _query.check_count("parts", parts)
    if n > _prepared.MOST_PARTS:
        raise UsageError(f"parts is at most {_prepared.MOST_PARTS}; this is {n}")
    return n


# ---- What tasks do ---------------------------------------------------------------------------------


def expect(task: Task, empty: Sequence[Any]) -> tuple[Task, Any]:
    """Return the task, complete, and its result for tables without records: of its kind, with its columns.

    The program is asked, so what is wrong with the arguments is said here and not by each task.
    """
    ready = _ready(empty)
    for side in (0, 1):
        _kept(task, ready, side)
    with ExitStack() as stack:
        outcome = _do(task, None, ready, (1, 2), 1, _query.memory("axb part", stack))
    task = replace(task, terms=tuple(outcome.result.get("terms", [])))
    return task, _table(task, ready, _no_pairs(task.terms))


def _no_pairs(terms: Sequence[str]) -> Pairs:
    import numpy as np

    rows, scores = np.zeros(0, np.uint32), np.zeros(0)
    return Pairs(rows, rows, scores, dict.fromkeys(terms, scores))


def columns(task: Task, empty: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the columns of each table that are read or kept; the tables need no records."""
    ready, asked = _ready(empty), task.asked()
    score = _query.make_score(asked, ready.frame(0), ready.frame(1))
    read = _query.columns_sent(score, asked, frozenset())
    kept = [set(_kept(task, ready, side)) for side in (0, 1)]
    kept = [kept[0] | kept[1]] * 2 if task.is_self else kept
    names = [_result.names_of(ready.frame(side)) or [] for side in (0, 1)]
    a_names, b_names = ([n for n in names[s] if read is None or n in read or n in kept[s]] for s in (0, 1))
    return a_names, b_names


def _kept(task: Task, ready: Ready, side: int) -> list[Any]:
    """Return the columns of a side that the result has; refuse those that the table does not have."""
    output = task.output()
    kept = [*filter(None, [output.ids[side]]), *_match.kept_of(ready, side, output)]
    for name, which in (("id", [output.ids[side]]), ("keep", kept)):
        _query.check_columns(ready.frame(side), filter(None, which), name)
    return kept


def gather(task: Task, tables: Sequence[Any], cores: int, shared: str | None = None) -> Files:
    """Prepare the run, and return its files: that of the prepared run, and of each table what is taken from it.

    Parameters
    ----------
    task : Task
    tables : sequence of table
        One or two, with the columns that `columns` names.
    cores : int
        That this task may use.
    shared : str, optional
        The folder for the files, if all machines see it.
    """

    def write(folder: str) -> None:
        ready = _ready(tables)
        if task.is_prepared():
            _write_run(task, tables, cores, os.path.join(folder, RUN_FILE))
        for side, frame in enumerate(ready.frames):
            kept = dict.fromkeys(name for s in (0, 1) if ready.side(s) == side for name in _kept(task, ready, s))
            _save(_only(frame, list(kept)) if task.is_prepared() else frame, os.path.join(folder, TABLES[side]))

    return _store.make(write, shared)


def _write_run(task: Task, tables: Sequence[Any], cores: int, path: str) -> None:
    with ExitStack() as stack:
        ready = _sent(task, tables, stack)
        _prepared.write(ready, [*task.output().options, *task.limits(cores)], path)


def part(task: Task, folder: str, shard: tuple[int, int], cores: int) -> Any:
    """Find the pairs of a part; return a table of them."""
    ready = _loaded(task, folder)
    with ExitStack() as stack:
        out = _query.memory("axb part", stack)
        _do(task, folder, ready, shard, cores, out)
        return _table(task, ready, _prepared.read_part(out, task.terms))


def part_file(task: Task, folder: str, shard: tuple[int, int], cores: int) -> bytes:
    """Find the pairs of a part of a run that looks across records; return the file of the part."""
    with ExitStack() as stack:
        out = _query.memory("axb part", stack)
        _do(task, folder, _loaded(task, folder), shard, cores, out)
        with os.fdopen(os.dup(out), "rb") as file:
            file.seek(0)
            return file.read()


def tables_of(folder: str) -> Files:
    """Return what `choose` needs of the files of a run."""
    return _store.of_folder(folder, [name for name in os.listdir(folder) if name != RUN_FILE])


def choose(task: Task, folder: str, parts: Sequence[bytes]) -> Any:
    """Choose from the pairs of all parts; return a table of those that are kept."""
    ready = _loaded(task, folder)
    with ExitStack() as stack:
        fds = [_query.memory("axb part", stack) for _ in parts]
        for fd, data in zip(fds, parts, strict=True):
            with open(fd, "wb", closefd=False) as file:
                file.write(data)
        # The program maps the files of parts, so it opens them by a path.
        paths = [f"/proc/{os.getpid()}/fd/{fd}" for fd in fds]
        return _table(task, ready, _prepared.merge_files(paths, task.terms))


def _table(task: Task, ready: Ready, pairs: Pairs) -> Any:
    return _match.table_of(ready, task.output(), pairs, {"tables": 1 if task.is_self else 2})


# ---- The program -----------------------------------------------------------------------------------


def _do(task: Task, folder: str | None, ready: Ready, shard: tuple[int, int], cores: int, out: int) -> _run.Outcome:
    """Have the program do a part; `folder` has its prepared run, if there is one."""
    path = os.path.join(folder or "", RUN_FILE)
    options = [*task.limits(cores), f"--shard={_prepared.part_text(shard)}", f"--output=fd:{out}"]
    with ExitStack() as stack:
        if folder is not None and os.path.exists(path):
            arguments, fds, failed = ["run", *options, "--", path], [], ready
        else:
            failed = sent = _sent(task, ready.frames, stack)
            options += [*sent.options, *task.output().options, "--format=pairs"]
            arguments, fds = [sent.verb, *options, "--", *sent.paths], sent.fds
        outcome = _run.run(arguments, pass_fds=[*fds, out])
        _query.raise_for(outcome, failed, task.output().ids)
    return outcome


# ---- Tables ----------------------------------------------------------------------------------------


def _ready(tables: Sequence[Any]) -> Ready:
    """Make what results are made from: the tables, without sending them."""
    indexes = [table.index if _result.kind_of(table) == "pandas" else None for table in tables]
    return Ready(list(tables), "score", None, indexes, [_result.n_rows(table) for table in tables])


def _sent(task: Task, tables: Sequence[Any], stack: ExitStack) -> Ready:
    """Send the tables to the program."""
    return _query.prepare(tables[0], None if task.is_self else tables[1], task.asked(), stack, at_hand=True)


def _loaded(task: Task, folder: str) -> Ready:
    return _ready([_load(os.path.join(folder, name)) for name in TABLES[: 1 if task.is_self else 2]])


def _only(frame: Any, names: list[Any]) -> Any:
    """Return a table of these columns; its rows are counted even if they are none."""
    if _result.kind_of(frame) == "pandas":
        return frame[names]
    return frame.select(names or frame.column_names[:1])


def _no_rows(frame: Any) -> Any:
    return frame.iloc[:0] if _result.kind_of(frame) == "pandas" else frame.slice(0, 0)


def _save(frame: Any, path: str) -> None:
    """Write a table: one of Arrow so that it can be mapped, one of pandas with all of its types."""
    if _result.kind_of(frame) == "pandas":
        with open(f"{path}.pickle", "wb") as file:
            pickle.dump(frame, file, protocol=5)
        return
    import pyarrow

    with pyarrow.OSFile(f"{path}.arrow", "wb") as sink, pyarrow.ipc.new_file(sink, frame.schema) as writer:
        writer.write_table(frame)


def _load(path: str) -> Any:
    if os.path.exists(f"{path}.pickle"):
        with open(f"{path}.pickle", "rb") as file:
            return pickle.load(file)
    import pyarrow

    return pyarrow.ipc.open_file(pyarrow.memory_map(f"{path}.arrow")).read_all()
