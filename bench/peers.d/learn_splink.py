"""Splink on two files, as its own examples use it: from CSV to scored pairs, without a label, in DuckDB.

usage: learn_splink.py SET A.csv B.csv THREADS MEMORY OUT

SET is a row of MODELS, MEMORY what DuckDB may use ("4GB"). OUT/many.csv gets every pair that Splink scores at FAR_BELOW
or above, OUT/one.csv those of them that its single best links leave, each as a,b,score. A score is Splink's match
weight: log2 of the odds, so that 0 is a match probability of 0.5. Prints a line of JSON: seconds of all processors by
phase, versions, and the most memory that was resident.

Where Splink's documentation (Ministry of Justice, docs/demos) has an example of such data, a model here has what the
example has: comparisons, blocking rules, training rules, pairs for u, and the rules and the guessed recall for the
prior. Publications, places and songs have no example. They get functions of its comparison library, with the
thresholds that these have by themselves, and blocking rules that stay below the 20 million pairs which its tutorial
suggests. Nothing here was chosen by a truth, except that the blocking rules of songs were widened once, when the first
ones were seen to miss a quarter of the true pairs. Texts are in lower case, and what stands for a missing value is
missing.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import splink
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SEED = 1
FAR_BELOW = -12  # bits, as in bench/learn
TABLES = {"A": "file_a", "B": "file_b"}  # what Splink calls them, and what DuckDB does
MISSING = ["", "null", "n/a", "unknown", "[unknown]", "-", "?"]


@dataclass(frozen=True)
class Model:
    """What a user of Splink decides before it learns; a rule is a tuple of columns that must be equal, or SQL."""

    comparisons: list[Any]
    blocking: list[tuple[str, ...] | str]
    training: list[tuple[str, ...]]
    certain: list[tuple[str, ...] | str] = field(default_factory=list)  # rules that hardly any other pair satisfies
    recall: float = 1  # the share of matches that is guessed to satisfy them
    max_pairs: float = 1e6  # random pairs for u
    train_with_frequencies: bool = True
    columns: dict[str, str] = field(default_factory=dict)  # how a column is made where its text is not what is compared


def febrl3() -> Model:
    """Return the model of the example febrl3, one file with duplicates."""
    return Model(
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
        blocking=[("soc_sec_id",), ("given_name",), ("surname",), ("date_of_birth",), ("postcode",)],
        training=[("date_of_birth",), ("postcode",)],
        certain=[
            ("soc_sec_id",),
            ("given_name", "surname", "date_of_birth"),
            "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth",
        ],
        recall=0.9,
    )


def febrl4() -> Model:
    """Return the detailed model of the example febrl4, two files."""
    return Model(
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
        blocking=[
            ("given_name", "surname"),
            "l.given_name = r.surname and l.surname = r.given_name",
            ("date_of_birth",),
            ("soc_sec_id",),
            ("state", "address_1"),
            ("street_number", "address_1"),
            ("postcode",),
        ],
        training=[("date_of_birth",), ("postcode",)],
        certain=[("soc_sec_id",), ("given_name", "surname", "date_of_birth")],
        recall=0.8,
        train_with_frequencies=False,
    )


def persons() -> Model:
    """Return the model of the example link_only, two files of persons."""
    return Model(
        comparisons=[
            cl.NameComparison("first"),
            cl.NameComparison("last"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        blocking=[("first",), ("last",)],
        training=[("dob",), ("email",), ("first",)],
        certain=[
            "l.first = r.first and levenshtein(l.dob, r.dob) <= 1",
            "l.last = r.last and levenshtein(l.dob, r.dob) <= 1",
            "l.first = r.first and levenshtein(l.last, r.last) <= 2",
            ("email",),
        ],
        recall=0.7,
    )


def historical() -> Model:
    """Return the model of the example deduplicate_50k_synthetic, historical persons."""
    names = cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="both_names")
    return Model(
        comparisons=[
            names,
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
        blocking=[
            ("substr(first_name,1,3)", "substr(surname,1,4)"),
            ("surname", "dob"),
            ("first_name", "dob"),
            ("postcode_fake", "first_name"),
            ("postcode_fake", "surname"),
            ("dob", "birth_place"),
            ("substr(postcode_fake,1,3)", "dob"),
            ("substr(postcode_fake,1,3)", "first_name"),
            ("substr(postcode_fake,1,3)", "surname"),
            ("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        training=[("first_name", "surname"), ("dob",)],
        certain=[
            ("first_name", "surname", "dob"),
            ("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
            ("dob", "postcode_fake"),
        ],
        recall=0.6,
        max_pairs=1e7,
        train_with_frequencies=False,
        columns={"both_names": "first_name || ' ' || surname", "postcode_fake": "upper(postcode_fake)"},
    )


def transactions() -> Model:
    """Return the model of the example transactions, without its rule that blocks on the answer."""
    amounts = [cll.PercentageDifferenceLevel("amount", share) for share in (0.01, 0.03, 0.1, 0.3)]
    days = "transaction_date_r - transaction_date_l between 0 and "
    near = [{"sql_condition": f"{days}{n}", "label_for_charts": f"<= {n} days"} for n in (1, 4, 10, 30)]
    alike = " and substr(l.memo,1,3) = substr(r.memo,1,3) and l.amount / r.amount > 0.7 and l.amount / r.amount < 1.3"
    return Model(
        comparisons=[
            cl.CustomComparison(
                [cll.NullLevel("amount"), cll.ExactMatchLevel("amount"), *amounts, cll.ElseLevel()], "amount"
            ),
            cl.LevenshteinAtThresholds("memo", [2, 6, 10]),
            cl.CustomComparison([cll.NullLevel("transaction_date"), *near, cll.ElseLevel()], "transaction_date"),
        ],
        blocking=[
            "strftime(l.transaction_date, '%Y%m') = strftime(r.transaction_date, '%Y%m')" + alike,
            "strftime(l.transaction_date + 15, '%Y%m') = strftime(r.transaction_date, '%Y%m')" + alike,
            ("substr(memo,1,9)",),
            "round(l.amount / 2, 0) * 2 = round(r.amount / 2, 0) * 2"
            " and yearweek(l.transaction_date) = yearweek(r.transaction_date)",
            "round(l.amount / 2, 0) * 2 = round((r.amount + 1) / 2, 0) * 2"
            " and yearweek(l.transaction_date + 4) = yearweek(r.transaction_date)",
        ],
        training=[("memo",), ("amount",)],
        columns={"amount": "amount::DOUBLE", "transaction_date": "transaction_date::DATE"},
    )


def publications() -> Model:
    """Return a plain model: Jaro-Winkler of the title, Jaccard of the authors, the rest equal or not."""
    return Model(
        comparisons=[
            cl.JaroWinklerAtThresholds("title"),
            cl.JaccardAtThresholds("authors"),
            cl.ExactMatch("venue").configure(term_frequency_adjustments=True),
            cl.ExactMatch("year"),
        ],
        blocking=[("title",), ("authors",), ("substr(title,1,5)",), ("substr(authors,1,5)",), ("year",)],
        training=[("title",), ("authors",), ("substr(title,1,10)",)],
        certain=[("title",), ("authors", "year")],
        recall=0.7,
    )


def places() -> Model:
    """Return a plain model: Jaro-Winkler of name and street, edits of the phone's digits, the rest equal or not."""
    return Model(
        comparisons=[
            cl.JaroWinklerAtThresholds("name"),
            cl.JaroWinklerAtThresholds("addr"),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("phone"),
            cl.ExactMatch("type"),
        ],
        blocking=[("name",), ("addr",), ("phone",), ("city",), ("substr(name,1,4)",)],
        training=[("phone",), ("name",)],
        certain=[("name", "city"), ("phone",)],
        recall=0.7,
        columns={"phone": "nullif(regexp_replace(phone, '[^0-9]', '', 'g'), '')"},
    )


def songs() -> Model:
    """Return a plain model: Jaro-Winkler of title, artist and album, the rest equal or not."""
    return Model(
        comparisons=[
            cl.JaroWinklerAtThresholds("title"),
            cl.JaroWinklerAtThresholds("artist"),
            cl.JaroWinklerAtThresholds("album"),
            cl.ExactMatch("number"),
            cl.ExactMatch("year"),
            cl.ExactMatch("language"),
        ],
        blocking=[("substr(title,1,3)",), ("substr(artist,1,3)",), ("substr(album,1,3)",), ("number", "year")],
        training=[("title",), ("album",)],
        certain=[("title", "artist"), ("title", "album"), ("artist", "album", "number")],
        recall=0.7,
    )


MODELS = {
    "febrl1": febrl3,
    "febrl2": febrl3,
    "febrl3": febrl3,
    "febrl4": febrl4,
    "gen_10k": persons,
    "hist50k": historical,
    "transactions": transactions,
    "dblp_acm": publications,
    "fodors_zagats": places,
    "restaurants864": places,
    "musicbrainz20k": songs,
}


class Clock:
    """Seconds by phase, of all processors."""

    def __init__(self) -> None:
        """Start."""
        self.seconds: dict[str, float] = {}
        self.last = time.process_time()

    def phase(self, name: str) -> None:
        """End a phase."""
        now = time.process_time()
        self.seconds[name], self.last = now - self.last, now


def load(connection: duckdb.DuckDBPyConnection, name: str, path: str, columns: dict[str, str]) -> str:
    """Make a table of a file, cleaned, and return the name of its first column, which has the ids."""
    connection.execute(f"CREATE TABLE bare AS FROM read_csv('{path}', all_varchar = true, header = true)")
    columns_of_file: list[str] = connection.table("bare").columns
    key, *rest = columns_of_file
    missing = ", ".join(f"'{value}'" for value in MISSING)
    text = "CASE WHEN lower(trim({0})) NOT IN (" + missing + ") THEN lower(trim({0})) END AS {0}"
    made = ", ".join(f"{expression} AS {column}" for column, expression in columns.items())
    kept = "* EXCLUDE ({})".format(", ".join(c for c in columns if c in rest)) if set(columns) & set(rest) else "*"
    cleaned = f"SELECT {key}, {', '.join(text.format(column) for column in rest)} FROM bare"
    connection.execute(f"CREATE TABLE {name} AS SELECT {kept}{', ' if made else ''}{made} FROM ({cleaned})")
    connection.execute("DROP TABLE bare")
    return key


def rule(of: tuple[str, ...] | str) -> Any:
    """Return a rule as Splink wants it."""
    return of if isinstance(of, str) else block_on(*of)


def make_linker(connection: duckdb.DuckDBPyConnection, settings: SettingsCreator) -> Linker:
    """Return a linker of both tables, as A and B; Splink 5 wants them registered first, Splink 4 takes their names."""
    api: Any = DuckDBAPI(connection)
    make: Callable[..., Linker] = Linker
    if hasattr(api, "register"):
        return make([api.register(connection.table(t), dataset_display_name=n) for n, t in TABLES.items()], settings)
    return make(list(TABLES.values()), settings, api, input_table_aliases=list(TABLES))


def train(linker: Linker, model: Model) -> None:
    """Learn the prior where the model does not know it, u by random pairs, m by expectation maximisation."""
    if model.certain:
        certain = [rule(r) for r in model.certain]
        linker.training.estimate_probability_two_random_records_match(certain, recall=model.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=model.max_pairs, seed=SEED)
    for columns in model.training:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*columns), estimate_without_term_frequencies=not model.train_with_frequencies
        )


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write what a query selects."""
    connection.execute(f"COPY ({query}) TO '{path}' (HEADER)")


def main() -> None:
    """Do all of it."""
    name, a, b, threads, memory, out = sys.argv[1:]
    logging.getLogger("splink").setLevel(logging.ERROR)
    clock = Clock()
    connection = duckdb.connect(":memory:", config={"threads": int(threads), "memory_limit": memory})
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET temp_directory = '{out}/spill'")
    model = MODELS[name]()
    keys = [load(connection, table, path, model.columns) for table, path in zip(TABLES.values(), (a, b))]
    key = keys[0]
    rows = connection.table(TABLES["A"]).shape[0]
    known = {} if model.certain else {"probability_two_random_records_match": 1 / rows}
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name=key,
        comparisons=model.comparisons,
        blocking_rules_to_generate_predictions=[rule(r) for r in model.blocking],
        **known,
    )
    linker = make_linker(connection, settings)
    clock.phase("load")
    train(linker, model)
    clock.phase("train")
    found = linker.inference.predict(threshold_match_weight=FAR_BELOW)
    pairs = f"SELECT {key}_l AS a, {key}_r AS b, match_weight AS score FROM {found.physical_name}"
    write(connection, pairs, Path(out, "many.csv"))
    clock.phase("predict")
    linked = linker.clustering.cluster_using_single_best_links(
        found, duplicate_free_datasets=["A", "B"], threshold_match_weight=FAR_BELOW
    )
    side = f"SELECT cluster_id, {key} FROM {linked.physical_name} WHERE source_dataset = "
    write(
        connection,
        f"SELECT p.* FROM ({pairs}) p JOIN ({side} 'A') l ON p.a = l.{key} JOIN ({side} 'B') r"
        f" ON p.b = r.{key} AND l.cluster_id = r.cluster_id",
        Path(out, "one.csv"),
    )
    clock.phase("link")
    told = {"seconds": clock.seconds, "splink": splink.__version__, "duckdb": duckdb.__version__}
    told["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(told))


if __name__ == "__main__":
    main()
