"""Seconds to send a table of 900,000 rows and five columns to the program, beside ``DataFrame.to_csv``.

Median of five, in this process; what the program then does with it is not in it. Run it with the package on the
PYTHONPATH: ``PYTHONPATH=build/release/python python bench/python/bench_tables.py``.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa

from axb._load import load
from axb._table import write

ROWS = 900_000


def people(rows: int) -> dict[str, list[str | None]]:
    """Make up texts: five columns, ten characters on the average, one cell in fifty missing, some not ASCII."""
    rng = random.Random(1)
    parts = ["anna", "bert", "chloë", "dörte", "emil", "van der ", "strasse", "weg ", "a", "on"]

    def cell() -> str | None:
        if rng.random() < 0.02:
            return None
        return rng.choice(parts) + rng.choice(parts) + str(rng.randrange(1000))

    return {name: [cell() for _ in range(rows)] for name in ("first", "last", "street", "city", "mail")}


def median(work: Callable[[], Any], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def main() -> None:
    cells = people(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
    arrow = pa.table(cells)
    as_objects = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in cells.items()})
    numbers = pd.DataFrame({f"n{i}": range(i, i + len(as_objects)) for i in range(5)})
    tables: dict[str, Any] = {
        "pandas object": as_objects,
        "pandas string[python]": as_objects.astype("string[python]"),
        "pandas string[pyarrow]": as_objects.astype("string[pyarrow]"),
        "pandas category": as_objects.astype("category"),
        "pandas int64": numbers,
        "pyarrow": arrow,
        "pyarrow, 100 chunks": pa.Table.from_batches(arrow.to_batches(max_chunksize=len(arrow) // 100 + 1)),
        "polars": pl.from_arrow(arrow),
        "dict of lists": cells,
    }
    for name, table in tables.items():
        print(f"{name:24} {median(lambda table=table: write(table).close()):6.3f} s")
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        print(f"{'to_csv, pandas object':24} {median(lambda: as_objects.to_csv(file.name, index=False), 3):6.3f} s")
        print(f"{'load of that file':24} {median(lambda: load(file.name).close()):6.3f} s")
    print(f"{'load of pandas object':24} {median(lambda: load(as_objects).close()):6.3f} s")


if __name__ == "__main__":
    main()
