"""DuckDB: a cross join and a condition, or a join on equal values, on WORKERS threads.

usage: by_duckdb.py A.csv B.csv METRIC MIN WORKERS PAIRS.csv          (see peer.py)

DuckDB divides a table among threads by row groups. The smallest there are (2,048 rows; in a file, as a table in memory
has but one) keep the threads busy on tables this small; the default is 122,880.
"""

import sys
import tempfile
import time

import duckdb

SCORES = {
    "levenshtein": "1 - levenshtein(a.text, b.text) / greatest(strlen(a.text), strlen(b.text))",
    "jaro": "jaro_similarity(a.text, b.text)",
    "jaro_winkler": "jaro_winkler_similarity(a.text, b.text)",
    "jaccard:1": "jaccard(a.text, b.text)",
}


def query(metric: str, least: str) -> str:
    """The pairs of a metric that reach a threshold."""
    if metric == "equal":
        return "SELECT a.row AS a, b.row AS b, 1 AS score FROM a JOIN b USING (text)"
    pairs = f"SELECT a.row AS a, b.row AS b, {SCORES[metric]} AS score FROM a, b"
    return f"SELECT * FROM ({pairs}) WHERE score >= {least}"


def main() -> None:
    path_a, path_b, metric, least, workers, out = sys.argv[1:]
    with tempfile.TemporaryDirectory() as home:
        db = duckdb.connect(":memory:", config={"threads": int(workers)})
        db.execute("SET enable_progress_bar = false")
        db.execute(f"ATTACH '{home}/small.db' AS small (ROW_GROUP_SIZE 2048); USE small")
        for name, path in (("a", path_a), ("b", path_b)):
            db.execute(
                f"CREATE TABLE {name} AS SELECT row_number() OVER () AS row, text FROM "
                f"read_csv('{path}', header = true, delim = ',', quote = '\"', all_varchar = true)"
            )
        db.execute("CHECKPOINT")
        began = time.perf_counter()
        db.execute(f"CREATE TEMP TABLE found AS {query(metric, least)}")
        seconds = time.perf_counter() - began
        db.execute(f"COPY found TO '{out}' (HEADER)")
    print(seconds, duckdb.__version__)


main()
