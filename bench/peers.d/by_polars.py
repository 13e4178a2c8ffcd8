"""Polars: a cross join and a filter with polars-distance, a block of A at a time, or a join on equal values.

usage: by_polars.py A.csv B.csv METRIC MIN WORKERS PAIRS.csv          (see peer.py)
"""

import os
import sys
import time

path_a, path_b, metric, least, workers, out = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = workers  # Polars reads it when it is imported

import polars as pl  # noqa: E402
import polars_distance as pld  # noqa: E402

BLOCK_PAIRS = 25_000_000


def score() -> pl.Expr:
    """The metric as axb normalizes it; what is read are distances."""
    pair = pld.col("text_a").dist_str
    if metric == "levenshtein":
        longer = pl.max_horizontal(pl.col("text_a").str.len_chars(), pl.col("text_b").str.len_chars())
        return 1 - pair.levenshtein(pl.col("text_b"), normalized=False) / longer
    return 1 - getattr(pair, metric)(pl.col("text_b"))


def crossed(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    """The pairs of some rows of A that reach the threshold."""
    pairs = a.lazy().join(b.lazy(), how="cross").with_columns(score().alias("score"))
    return pairs.filter(pl.col("score") >= float(least)).select("a", "b", "score").collect()


def matched(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    """All pairs."""
    if metric == "equal":
        return a.join(b, left_on="text_a", right_on="text_b").select("a", "b", pl.lit(1.0).alias("score"))
    step = max(1, BLOCK_PAIRS // len(b))
    return pl.concat(crossed(a[at : at + step], b) for at in range(0, len(a), step))


def read(path: str, side: str) -> pl.DataFrame:
    """The values of a file and their rows, from 1."""
    texts = pl.read_csv(path, infer_schema=False).rename({"text": f"text_{side}"})
    return texts.with_row_index(side, offset=1)


def main() -> None:
    a, b = read(path_a, "a"), read(path_b, "b")
    began = time.perf_counter()
    found = matched(a, b)
    seconds = time.perf_counter() - began
    found.write_csv(out)
    print(seconds, pl.__version__)


main()
