"""Several tables that are compared as one: ``dedupe([a, b, c], ...)``.

The program gets each of them, and joins their columns by name. Here they get names, and what is taken from the
user's own tables, such as columns of `keep`, is taken from one table that is made of them.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _query, _result
from ._errors import UsageError

if TYPE_CHECKING:
    from ._table import Sent

SOURCE = "source"  # the column that says of which table a record is; the program's name for it


@dataclass
class Several:
    """Tables with a name each: their places from 0, or the keys of a mapping."""

    names: list[Any]
    frames: list[Any]

    def check_each(self) -> None:
        """Refuse tables whose rows are not at hand, and of which nothing can be taken."""
        for name, frame in zip(self.names, self.frames, strict=True):
            if isinstance(frame, (str, os.PathLike)):
                raise UsageError(f"table {name!r} of several is a path: {frame}", "give axb.load(path) in its place")

    def joined(self) -> Any:
        """Make one table of them, for values that are taken; None where the program alone knows them."""
        frames = [_query.origin_of(frame) for frame in self.frames]
        kinds = {_result.kind_of(frame) for frame in frames}
        if len(kinds) > 1:
            raise UsageError(f"several tables are of one kind; these are {', '.join(sorted(kinds))}")
        kind = kinds.pop()
        if kind == "pandas":
            import pandas

            return pandas.concat(frames, ignore_index=True)
        if kind == "polars":
            import polars

            return polars.concat(frames, how="diagonal_relaxed")
        if kind in ("arrow", "stream"):
            import pyarrow

            tables = [_result.materialize(frame) for frame in frames]
            return pyarrow.concat_tables(tables, promote_options="permissive")
        if kind == "list":
            return list(itertools.chain(*frames))
        return None

    def index(self, sent: Sequence[Sent]) -> Any:
        """Return what identifies records: the indexes one after the other; positions within each table."""
        import numpy as np

        positions = [np.arange(one.n_rows or 0) for one in sent]
        have = all(one.index is not None for one in sent)
        return appended([one.index for one in sent] if have else positions)

    def sources(self, n_rows: list[int]) -> Any:
        """Return the name of the table of each record; the tables have so many rows."""
        import numpy as np

        return np.repeat(np.array(self.names, None if all(isinstance(n, int) for n in self.names) else object), n_rows)


def appended(indexes: list[Any]) -> Any:
    """Return indexes of pandas, or arrays, one after the other."""
    import numpy as np

    first, *others = indexes
    return first.append(others) if hasattr(first, "append") else np.concatenate(indexes)


def several_of(given: Any) -> Several | None:
    """Take a list of tables, or a mapping {name: table}, as several; None: it is one table."""
    if isinstance(given, (list, tuple)) and given and not any(isinstance(item, Mapping) for item in given):
        return Several(list(range(len(given))), list(given))
    if isinstance(given, Mapping) and given and all(_is_table(item) for item in given.values()):
        return Several(list(given), list(given.values()))
    return None


def refuse(a: Any, b: Any, function: str) -> None:
    """Refuse several tables where one or two are looked at."""
    if b is None and several_of(a) is not None:
        raise UsageError(f"{function} looks at one table or at two", "make one of several, as by pandas.concat")


def _is_table(item: Any) -> bool:
    """Is it a table, and no column of one?"""
    module = sys.modules.get(f"{__package__}._load")
    if module is not None and isinstance(item, module.Table):
        return True
    kind = _result.kind_of(item)
    return kind in ("pandas", "polars", "arrow", "stream") and _result.names_of(item) is not None
