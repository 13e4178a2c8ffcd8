"""pl-fuzzy-frame-match: all pairs of few values; of 100 million pairs or more, those that an approximate join brings.

usage: by_frame_match.py A.csv B.csv METRIC MIN WORKERS PAIRS.csv     (see peer.py)

It compares in lower case. So axb is asked for the same (versus.py).
"""

import importlib.metadata
import logging
import os
import sys
import time

path_a, path_b, metric, least, workers, out = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = workers  # Polars reads it when it is imported

import polars as pl  # noqa: E402
from pl_fuzzy_frame_match import FuzzyMapping, fuzzy_match_dfs  # noqa: E402


def read(path: str, side: str) -> pl.LazyFrame:
    """The values of a file and their rows, from 1."""
    texts = pl.read_csv(path, infer_schema=False).rename({"text": f"text_{side}"})
    return texts.with_row_index(side, offset=1).lazy()


def main() -> None:
    mapping = FuzzyMapping("text_a", "text_b", float(least) * 100, metric)
    a, b = read(path_a, "a"), read(path_b, "b")
    began = time.perf_counter()
    found = fuzzy_match_dfs(a, b, [mapping], logging.getLogger("quiet"))
    seconds = time.perf_counter() - began
    found.select("a", "b", pl.col(f"text_a_vs_text_b_{metric}").alias("score")).write_csv(out)
    print(seconds, importlib.metadata.version("pl-fuzzy-frame-match"))


main()
