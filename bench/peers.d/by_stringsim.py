"""polars-stringsim: its fuzzy_join over blocks of values with the same two letters at the beginning.

usage: by_stringsim.py A.csv B.csv METRIC MIN WORKERS PAIRS.csv       (see peer.py)
"""

import importlib.metadata
import os
import sys
import time

path_a, path_b, metric, least, workers, out = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = workers  # Polars reads it when it is imported

import polars as pl  # noqa: E402
import polars_stringsim  # noqa: E402

ALGORITHMS = {"levenshtein": "levenshtein_norm", "jaro": "jaro", "jaro_winkler": "jaro_winkler"}


def read(path: str, side: str) -> pl.DataFrame:
    """The values of a file and their rows, from 1."""
    return pl.read_csv(path, infer_schema=False).with_row_index(side, offset=1)


def main() -> None:
    a, b = read(path_a, "a"), read(path_b, "b")
    began = time.perf_counter()
    found = polars_stringsim.fuzzy_join(
        a, b, left_on="text", right_on="text", algorithms=[ALGORITHMS[metric]], weights=[1.0], threshold=float(least),
        block="first_chars",
    )  # fmt: skip
    seconds = time.perf_counter() - began
    found.select("a", "b", "score").write_csv(out)
    print(seconds, importlib.metadata.version("polars-stringsim"))


main()
