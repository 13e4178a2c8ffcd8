"""Splink as its own examples use it on persons: one file to clusters and golden records, in DuckDB.

usage: dedupe_splink.py A.csv WORKERS CLUSTERS.csv GOLDEN.csv PAIRS.csv

Comparisons and training are those of Splink's introductory tutorial (names, date of birth, city, e-mail); the blocking
rules are those of its example of historical persons (Ministry of Justice, docs/demos, version 5), with zip for its
postcode and city for its place of birth, and with e-mail and phone besides. Zip, street and phone are not compared:
with them Splink takes households for persons (F1 of pairs about 0.57 in place of 0.95 on 100,000 records). Prints a line of JSON:
the seconds of each phase, and versions. PAIRS.csv is written after the clock stops.
"""
import json
import logging
import sys
import time

import duckdb
import splink
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

import dedupe_clean

SEED = 1
CLUSTER_AT = 0.95
PREDICT_AT = 0.1

BLOCKING = [
    ("substr(first,1,3)", "substr(last,1,4)"),
    ("last", "dob"),
    ("first", "dob"),
    ("zip", "first"),
    ("zip", "last"),
    ("dob", "city"),
    ("substr(zip,1,3)", "dob"),
    ("substr(zip,1,3)", "first"),
    ("substr(zip,1,3)", "last"),
    ("substr(first,1,2)", "substr(last,1,2)", "substr(dob,1,4)"),
    ("email",),
    ("phone",),
]
DETERMINISTIC = [block_on("first", "dob"), "l.first = r.first and levenshtein(r.last, l.last) <= 2", block_on("email")]
TRAINING = [("first", "last"), ("dob",)]


def settings():
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in BLOCKING],
        comparisons=[
            cl.NameComparison("first"),
            cl.NameComparison("last"),
            cl.LevenshteinAtThresholds("dob", 1),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
    )


def train(linker):
    linker.training.estimate_probability_two_random_records_match(DETERMINISTIC, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=SEED)
    for rule in TRAINING:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))


def write_golden(connection, clusters, path):
    """The most frequent value of each column of a cluster."""
    values = ", ".join(f"mode({column}) AS {column}" for column in dedupe_clean.COLUMNS)
    connection.execute(f"COPY (SELECT cluster_id, {values} FROM {clusters.physical_name} "
                       f"GROUP BY cluster_id ORDER BY cluster_id) TO '{path}' (HEADER)")


class Clock:
    """Seconds by phase."""

    def __init__(self):
        self.seconds, self.last = {}, time.perf_counter()

    def phase(self, name):
        now = time.perf_counter()
        self.seconds[name], self.last = now - self.last, now


def main():
    path, workers, clusters_path, golden_path, pairs_path = sys.argv[1:]
    logging.getLogger("splink").setLevel(logging.ERROR)
    clock = Clock()
    connection = duckdb.connect(":memory:", config={"threads": int(workers)})
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"CREATE TABLE people AS {dedupe_clean.select(path)}")
    api = DuckDBAPI(connection)
    linker = Linker(api.register(connection.table("people")), settings(), log_level=logging.ERROR)
    clock.phase("load")
    train(linker)
    clock.phase("train")
    predicted = linker.inference.predict(threshold_match_probability=PREDICT_AT)
    clock.phase("predict")
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, CLUSTER_AT)
    connection.execute(f"COPY (SELECT cluster_id AS cluster, id AS record FROM {clusters.physical_name}) "
                       f"TO '{clusters_path}' (HEADER)")
    clock.phase("cluster")
    write_golden(connection, clusters, golden_path)
    clock.phase("golden")
    connection.execute(f"COPY (SELECT id_l AS a, id_r AS b, match_probability AS score FROM {predicted.physical_name} "
                       f"WHERE match_probability >= {CLUSTER_AT}) TO '{pairs_path}' (HEADER)")
    print(json.dumps({"seconds": clock.seconds, "splink": splink.__version__, "duckdb": duckdb.__version__}))


if __name__ == "__main__":
    main()
