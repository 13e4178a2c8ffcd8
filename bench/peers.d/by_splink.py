"""Splink: the pairs that its blocking rules bring together, and DuckDB's Jaro-Winkler of them.

usage: by_splink.py A.csv B.csv jaro_winkler MIN WORKERS PAIRS.csv    (see peer.py)

A pair is compared if the first or the last words are equal. No model is trained: this shows what blocking finds of what
a metric finds, and bench/splink and bench/splink-sets compare models.
"""

import logging
import sys
import time

import duckdb
import splink
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SCORE = "jaro_winkler_similarity(text_l, text_r)"


def main() -> None:
    path_a, path_b, _, least, workers, out = sys.argv[1:]
    logging.getLogger("splink").setLevel(logging.ERROR)
    db = duckdb.connect(":memory:", config={"threads": int(workers)})
    db.execute("SET enable_progress_bar = false")
    for name, path in (("file_a", path_a), ("file_b", path_b)):
        db.execute(
            f"CREATE TABLE {name} AS SELECT row_number() OVER () AS id, text, split_part(text, ' ', 1) AS first_word, "
            f"split_part(text, ' ', -1) AS last_word FROM read_csv('{path}', header = true, delim = ',', "
            "quote = '\"', all_varchar = true)"
        )
    began = time.perf_counter()
    settings = SettingsCreator(
        link_type="link_only", unique_id_column_name="id", retain_matching_columns=True,
        comparisons=[cl.JaroWinklerAtThresholds("text", [float(least)])],
        blocking_rules_to_generate_predictions=[block_on("first_word"), block_on("last_word")],
    )  # fmt: skip
    api = DuckDBAPI(db)
    tables = [api.register(db.table(name), dataset_display_name=name[-1]) for name in ("file_a", "file_b")]
    predicted = Linker(tables, settings, log_level=logging.ERROR).inference.predict()
    seconds = time.perf_counter() - began
    db.execute(
        f"COPY (SELECT id_l AS a, id_r AS b, {SCORE} AS score FROM {predicted.physical_name} "
        f"WHERE {SCORE} >= {least}) TO '{out}' (HEADER)"
    )
    print(seconds, splink.__version__)


main()
