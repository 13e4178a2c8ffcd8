"""`axb.dask`: all pairs of two DataFrames of Dask that match, as a DataFrame of Dask.

    import axb.dask
    pairs = axb.dask.match(people, clients, on="name", min=0.9)

Nothing runs before `compute`. Then the columns that are read or kept go to one task, which prepares the run; its files
go to each worker once, and each part of the run is a task. What tasks do is in `_engine`; here it is said in Dask's
words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import _engine, _store
from ._engine import Task
from ._store import Files

dask: Any = _engine.package("dask", "dask")
dataframe: Any = _engine.package("dask.dataframe", "dask")


def match(
    a: Any,
    b: Any,
    on: str | Mapping[str, str] | None = None,
    *,
    id: str | Mapping[str, str] | None = None,
    keep: str | Iterable[str] | None = None,
    parts: int | None = None,
    shared: str | None = None,
    **options: Any,
) -> Any:
    """Find all pairs of `a` x `b` that match, as `axb.match` does, with Dask.

    Parameters
    ----------
    a, b : dask.dataframe.DataFrame
        One task gets the columns of both that are read or kept: a worker needs memory for twice these. Give a table
        that is larger as `a`, a piece at a time (see Examples). That is right unless a score or a choice depends on
        other records of `a`, as `cosine_idf` and `one_to_one` do.
    on, id, keep : as for `axb.match`
        Without `id` records are called as the index calls them. Partitions of a DataFrame may have the same labels.
    parts : int, optional
        How many tasks find the pairs. Default: as many as `a` or `b` has partitions, whichever has more.
    shared : str, optional
        A folder that all workers see. The files of the run stay there, until you remove them. Default: each worker has
        them in its memory.
    **options
        All else that `axb.match` takes, but for `progress`, `max_results`, `on_error`, `report` and `read`.
        ``unmatched="a"`` is possible. `workers` is how many processes a task starts; default: one, since a worker has a
        task on each thread.

    Returns
    -------
    dask.dataframe.DataFrame
        The columns of `axb.match`. The pairs, their scores and types are those of `axb.match` on the computed tables.
        Each partition is a part, in which pairs are in the order of `a`.

    Raises
    ------
    UsageError, DataError
        What is wrong with the arguments, before anything runs. A task that fails raises what `axb.match` does.

    Examples
    --------
    >>> pairs = axb.dask.match(people, clients, on="name", min=0.9, keep="city")
    >>> pairs.to_parquet("pairs")

    A table that is larger than the memory of a worker, ten partitions at a time:

    >>> for i in range(0, people.npartitions, 10):
    ...     pairs = axb.dask.match(people.partitions[i : i + 10], clients, on="name", min=0.9, id="id")
    ...     pairs.to_parquet(f"pairs/{i}")
    """
    given = {"on": on, "id": id, "keep": keep, **options}
    task = Task.of("axb.dask.match", given, is_self=False, needs_id=False)
    return _planned(task, [a, b], parts, shared)


def dedupe(
    a: Any,
    on: str | None = None,
    *,
    id: str | None = None,
    keep: str | Iterable[str] | None = None,
    parts: int | None = None,
    shared: str | None = None,
    **options: Any,
) -> Any:
    """Find all pairs of different records of `a` that match, as `axb.dedupe` does, with Dask.

    Parameters
    ----------
    a : dask.dataframe.DataFrame
    on, id, keep, parts, shared, **options : as for `match`
        Clusters and golden records are made of all pairs: compute these, and give them to `axb.cluster`.

    Returns
    -------
    dask.dataframe.DataFrame

    Examples
    --------
    >>> axb.dask.dedupe(people, on="name", min=0.92)
    """
    given = {"on": on, "id": id, "keep": keep, **options}
    task = Task.of("axb.dask.dedupe", given, is_self=True, needs_id=False)
    return _planned(task, [a], parts, shared)


# ---- The graph -------------------------------------------------------------------------------------


def _planned(task: Task, frames: list[Any], parts: int | None, shared: str | None) -> Any:
    """Make the DataFrame of the result: tasks of the tables, one that gathers, the parts, and for a choice one more."""
    _engine.check_tables(frames, _is_table, "a dask.dataframe.DataFrame", "dask.dataframe.from_pandas")
    n = max(frame.npartitions for frame in frames) if parts is None else _engine.check_parts(parts)
    empty = [frame._meta for frame in frames]
    task, expected = _engine.expect(task, empty)
    names = _engine.columns(task, empty)
    tables = [frame[columns].to_delayed() for frame, columns in zip(frames, names)]
    files = dask.delayed(_gather, pure=False)(task, [list(table) for table in tables], shared)
    do = dask.delayed(_find_file if task.looks_across() else _find, pure=False)
    found = [do(task, files, (i, n)) for i in range(1, n + 1)]
    if task.looks_across():
        found = [dask.delayed(_choose, pure=False)(task, files, found)]
    return dataframe.from_delayed(found, meta=expected)


def _is_table(frame: Any) -> bool:
    return isinstance(frame, dataframe.DataFrame)


# ---- In tasks --------------------------------------------------------------------------------------


def _gather(task: Task, tables: list[list[Any]], shared: str | None) -> Files:
    """Make tables of their partitions, and prepare the run."""
    import pandas

    frames = [pandas.concat(partitions) for partitions in tables]
    return _engine.gather(task, frames, task.cores(), shared)


def _find(task: Task, files: Files, shard: tuple[int, int]) -> Any:
    """Do a part; return the pairs."""
    with _store.at_hand(files.pieces()) as folder:
        return _engine.part(task, folder, shard, task.cores())


def _find_file(task: Task, files: Files, shard: tuple[int, int]) -> bytes:
    """Do a part of a run that looks across records; return its file."""
    with _store.at_hand(files.pieces()) as folder:
        return _engine.part_file(task, folder, shard, task.cores())


def _choose(task: Task, files: Files, parts: list[bytes]) -> Any:
    """Choose from the pairs of all parts; return those that are kept."""
    with _store.at_hand(files.pieces()) as folder:
        return _engine.choose(task, folder, parts)
