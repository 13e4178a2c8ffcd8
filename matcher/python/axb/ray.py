"""`axb.ray`: all pairs of two Datasets of Ray that match, as a Dataset of Ray.

    import axb.ray
    pairs = axb.ray.match(people, clients, on="name", min=0.9, id="id")

No record is read before the result is used. Then the columns that are read or kept go to one task, which prepares the
run; its files go to the object store of each node once, and each part of the run is a task. What tasks do is in
`_engine`; here it is said in Ray's words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import _engine, _store
from ._engine import Task
from ._errors import UsageError
from ._store import Files

ray: Any = _engine.package("ray", "ray")
ray_data: Any = _engine.package("ray.data", "ray")
pyarrow: Any = _engine.package("pyarrow", "ray")


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
    """Find all pairs of `a` x `b` that match, as `axb.match` does, with Ray.

    Parameters
    ----------
    a, b : ray.data.Dataset
        One task gets the columns of both that are read or kept: a worker needs memory for twice these. Give a table
        that is larger as `a`, a piece at a time (see Examples). That is right unless a score or a choice depends on
        other records of `a`, as `cosine_idf` and `one_to_one` do.
        Their schemas must be known: a Dataset of a function says its own when its first block is made.
    on, id, keep : as for `axb.match`
        `id` is needed, unless `linked` is given: records of Ray have no numbers.
    parts : int, optional
        How many tasks find the pairs. Default: two for each core of the cluster.
    shared : str, optional
        A folder that all nodes see. The files of the run stay there, until you remove them. Default: each node has them
        in its object store.
    **options
        All else that `axb.match` takes, but for `progress`, `max_results`, `on_error`, `report` and `read`.
        ``unmatched="a"`` is possible. `workers` is how many processes a task starts, and how many cores Ray gives to
        it; default: one.

    Returns
    -------
    ray.data.Dataset
        The columns of `axb.match`. Its rows have no order. The pairs and scores are those of `axb.match` on all
        records; of equally good matches it keeps those whose records come first in the order of blocks.

    Raises
    ------
    UsageError, DataError
        What is wrong with the arguments, before anything runs. Errors of tasks are Ray's.

    Examples
    --------
    >>> pairs = axb.ray.match(people, clients, on="name", min=0.9, id="id", keep="city")
    >>> pairs.write_parquet("pairs")

    A table that is larger than the memory of a worker, and has eight blocks or more, in eight pieces:

    >>> for piece in people.split(8):
    ...     axb.ray.match(piece, clients, on="name", min=0.9, id="id").write_parquet("pairs")
    """
    given = {"on": on, "id": id, "keep": keep, **options}
    task = Task.of("axb.ray.match", given, is_self=False, needs_id=True)
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
    """Find all pairs of different records of `a` that match, as `axb.dedupe` does, with Ray.

    Parameters
    ----------
    a : ray.data.Dataset
    on, id, keep, parts, shared, **options : as for `match`
        Clusters and golden records are made of all pairs: collect these, and give them to `axb.cluster`.

    Returns
    -------
    ray.data.Dataset

    Examples
    --------
    >>> axb.ray.dedupe(people, on="name", min=0.92, id="id")
    """
    given = {"on": on, "id": id, "keep": keep, **options}
    task = Task.of("axb.ray.dedupe", given, is_self=True, needs_id=True)
    return _planned(task, [a], parts, shared)


# ---- The plan --------------------------------------------------------------------------------------


def _planned(task: Task, frames: list[Any], parts: int | None, shared: str | None) -> Any:
    """Make the Dataset of the result: numbers of parts, which tasks make into pairs."""
    _engine.check_tables(frames, _is_table, "a ray.data.Dataset", "ray.data.from_arrow")
    n = _parts_of() if parts is None else _engine.check_parts(parts)
    empty = [_schema(frame, name).empty_table() for name, frame in zip("ab", frames)]
    task, _ = _engine.expect(task, empty)
    names = _engine.columns(task, empty)
    chosen = [frame.select_columns(columns) for frame, columns in zip(frames, names)]
    asked = ray.put((task, chosen, [table.select(n) for table, n in zip(empty, names)], shared))
    once = _once().remote()
    numbers = ray_data.range(n, override_num_blocks=n)
    given = {"task": task, "once": (once, asked), "n": n}
    how = {"batch_size": None, "batch_format": "pyarrow", "num_cpus": task.cores()}
    if not task.looks_across():
        return numbers.map_batches(_find, fn_kwargs=given, **how)
    found = numbers.map_batches(_find_files, fn_kwargs=given, **how).repartition(1)
    return found.map_batches(_choose, fn_kwargs={"task": task, "once": (once, asked)}, **how)


def _is_table(frame: Any) -> bool:
    return isinstance(frame, ray_data.Dataset)


def _schema(frame: Any, name: str) -> Any:
    schema = frame.schema()
    base = None if schema is None else schema.base_schema
    if base is None:
        raise UsageError(f"{name} has no columns", "does it have records?")
    return base if isinstance(base, pyarrow.Schema) else pyarrow.schema(list(zip(schema.names, schema.types)))


def _parts_of() -> int:
    """Return the default of `parts`."""
    return 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))


def _once() -> Any:
    """Return the actor that has the run prepared, once, when the first part asks for it.

    It takes no core, and ends with the last handle to it. The files are an object that it owns: when a node with the
    only copy dies, Ray makes them again. What is asked is an object as well, which the Dataset of the result keeps: an
    actor that Ray starts again on another node finds it.
    """

    class Once:
        def __init__(self) -> None:
            self.made: Any = None

        def files(self, asked: list[Any]) -> list[Any]:
            """Return the object of the files. Objects are in lists, so that they do not travel themselves."""
            if self.made is None:
                task, frames, empty, shared = ray.get(asked[0])
                blocks = [_in_order(frame).to_arrow_refs() for frame in frames]
                start = ray.remote(_gather).options(num_cpus=task.cores())
                refs = [ref for of_side in blocks for ref in of_side]
                self.made = start.remote(task, [len(x) for x in blocks], empty, shared, *refs)
            return [self.made]

    return ray.remote(Once).options(num_cpus=0, max_restarts=-1, max_task_retries=-1)


def _in_order(frame: Any) -> Any:
    """Have the blocks of a Dataset come in their order, not as they are ready."""
    ray_data.DataContext.get_current().execution_options.preserve_order = True
    frame.context.execution_options.preserve_order = True
    return frame


# ---- In tasks --------------------------------------------------------------------------------------


def _gather(task: Task, counts: list[int], empty: list[Any], shared: str | None, *blocks: Any) -> Files:
    """Make tables of their blocks, and prepare the run."""
    tables, at = [], 0
    for count, none in zip(counts, empty):
        some = [block for block in blocks[at : at + count] if block.num_rows]
        tables.append(pyarrow.concat_tables(some, promote_options="permissive") if some else none)
        at += count
    return _engine.gather(task, tables, task.cores(), shared)


def _files(once: tuple[Any, Any]) -> Files:
    actor, asked = once
    files: Files = ray.get(ray.get(actor.files.remote([asked]))[0])
    return files


def _find(numbers: Any, task: Task, once: tuple[Any, Any], n: int) -> Any:
    """Do parts, of which there is one in a block; return the pairs."""
    with _store.at_hand(_files(once).pieces()) as folder:
        parts = [_engine.part(task, folder, (number + 1, n), task.cores()) for number in numbers["id"].to_pylist()]
    return pyarrow.concat_tables(parts)


def _find_files(numbers: Any, task: Task, once: tuple[Any, Any], n: int) -> Any:
    """Do parts of a run that looks across records; return their files."""
    with _store.at_hand(_files(once).pieces()) as folder:
        parts = [_engine.part_file(task, folder, (number + 1, n), task.cores()) for number in numbers["id"].to_pylist()]
    return pyarrow.table({"part": pyarrow.array(parts, pyarrow.large_binary())})


def _choose(parts: Any, task: Task, once: tuple[Any, Any]) -> Any:
    """Choose from the pairs of all parts; return those that are kept."""
    with _store.at_hand(_files(once).pieces()) as folder:
        return _engine.choose(task, folder, parts["part"].to_pylist())
