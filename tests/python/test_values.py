"""How values are cleaned, how files are read, and what goes along: against the same done by hand before the match."""

from __future__ import annotations

import gzip
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import axb
from axb import _errors, _query, _values

A = pd.DataFrame({"name": ["Bob St. Clair", "Anna Meyer", "Cy Ltd"], "size": ["1.234,50", "7", "12,5"]})
B = pd.DataFrame({"name": ["Robert Saint Clair", "anna  meyer", "Cy"], "amount": ["1234.5", "7.0", "13"]})


def pairs(*tables: Any, **query: Any) -> list[tuple[int, int]]:
    found = axb.match(*tables, **{"min": 1, **query})
    return list(zip(np.asarray(found["a"]).tolist(), np.asarray(found["b"]).tolist()))


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


# ---- Words -----------------------------------------------------------------------------------------


def test_synonyms_and_stop_words(tmp_path: Path) -> None:
    words = {"Bob": "Robert", "St.": "Saint"}
    (tmp_path / "words.csv").write_text("Bob,Robert\nSt.,Saint\n")
    (tmp_path / "stop.txt").write_text("Ltd\n")
    before = open_descriptors()
    assert pairs(A, B, on="name") == []
    assert pairs(A, B, on="name", synonyms=words) == [(0, 0)]
    assert pairs(A, B, on="name", synonyms=tmp_path / "words.csv") == [(0, 0)]
    assert pairs(A, B, on="name", synonyms={"a.name": words}) == [(0, 0)]
    assert pairs(A, B, on="name", synonyms={"b.name": words}) == []
    assert pairs(A, B, on="name", stop_words=["Ltd"], normalize="space") == [(2, 2)]
    assert pairs(A, B, on="name", stop_words=str(tmp_path / "stop.txt"), normalize=["space"]) == [(2, 2)]
    assert pairs(A, B, on="name", stop_words={"name": ("Ltd", "# 1")}, normalize="space") == [(2, 2)]
    both = {"synonyms": words, "stop_words": ["Ltd"], "normalize": "casefold,space"}
    assert pairs(A, B, on="name", **both) == [(0, 0), (1, 1), (2, 2)]
    assert "Robert Saint Clair" in repr(axb.explain(A, B, (0, 0), on="name", min=1, synonyms=words))
    assert axb.plan(A, B, on="name", min=1, synonyms=words).pairs == 9
    assert open_descriptors() == before


def test_no_words_are_none() -> None:
    assert pairs(A, B, on="name", synonyms={}, stop_words=[], replace=[], normalize=None) == []


def test_words_are_of_the_functions_columns() -> None:
    assert pairs(A, B, score=lambda a, b: 1 if a.name == b.name else 0, synonyms={"Bob": "Robert", "St": "Saint"}) == [
        (0, 0)
    ]


# ---- Rules and patterns ----------------------------------------------------------------------------


def test_odd_names_of_columns() -> None:
    names = ["x,y", "x:y", "x=y", 'x"y', "a.x", "*", " x ", "/x/", "Größe m²", "casefold"]
    for name in names:
        upper, lower = pd.DataFrame({name: ["ANNA"], "z": ["Z"]}), pd.DataFrame({name: ["anna"], "z": ["z"]})
        if name != "*":  # which stands for every column
            key = f"a.{name}" if name == "a.x" else name
            assert pairs(upper, lower, on=name, normalize={key: "casefold"}) == [(0, 0)], name
        assert pairs(upper, lower, on=name, normalize={(name, name): ["casefold", "space"]}) == [(0, 0)], name
        assert pairs(upper, lower, on=name, replace={(name, name): ("ANNA", "anna")}) == [(0, 0)], name
        assert pairs(upper, lower, on=name, normalize={"z": "casefold"}) == [], name


def test_rules_of_one_side() -> None:
    a, b = pd.DataFrame({"n": ["ANNA"]}), pd.DataFrame({"m": ["anna", "ANNA"]})
    assert pairs(a, b, on={"n": "m"}) == [(0, 1)]
    assert pairs(a, b, on={"n": "m"}, normalize={("n", "m"): "casefold"}) == [(0, 0), (0, 1)]
    assert pairs(a, b, on={"n": "m"}, normalize={"a.n": ("casefold",)}) == [(0, 0)]
    assert pairs(a, b, on={"n": "m"}, normalize={"b.*": "casefold"}) == []


def test_replace_is_re_sub() -> None:
    rng = random.Random(5)
    texts = ["".join(rng.choice("ab/|#!~%@;\\$ ") for _ in range(6)) for _ in range(300)]
    cases = [("a", "b"), ("/", "|"), (r"[/|#!~%@;]", "/|#!~%@;"), (r"\\", "/"), (r"[#/|]+\s", ""), (r"(a)(b)", "$2$1")]
    for pattern, replacement in cases:
        done = [re.sub(pattern, replacement.replace("$2$1", r"\2\1").replace("\\", "\\"), text) for text in texts]
        given = pd.DataFrame({"t": texts})
        found = pairs(given, pd.DataFrame({"t": done}), score="equal(t)", replace={"a.t": [(pattern, replacement)]})
        assert {(i, i) for i in range(300)} <= set(found), pattern
    assert pairs(A, B, on="name", replace=(r" LTD$", "", "i")) == [(2, 2)]
    assert pairs(A, B, on="name", replace=["/ LTD$//i", ("Anna", "anna "), ("Meyer", "meyer")]) == [(1, 1), (2, 2)]


# ---- Numbers and dates -----------------------------------------------------------------------------


def test_decimal_and_dates(capsys: pytest.CaptureFixture[str]) -> None:
    score = "equal_number"
    score = "1 - abs(number(a.size) - number(b.amount))"
    assert pairs(A, B, score=score, decimal={"a.size": ",", "b.amount": "."}) == [(0, 0), (1, 1)]
    assert pairs(A.iloc[2:], pd.DataFrame({"amount": [125]}), score=score, decimal=".") == []
    a = pd.DataFrame({"day": ["03/04/2021"], "odd": ["7. Mar, 2021: x"]})
    b = pd.DataFrame({"on": ["2021-04-03", "2021-03-04", "2021-03-07"]})
    score = "1 - abs(days(a.day) - days(b.on))"
    assert pairs(a, b, score=score, dates="dmy") == [(0, 0)]
    assert pairs(a, b, score=score, dates={"day": "mdy"}) == [(0, 1)]
    score = "1 - abs(days(a.odd) - days(b.on))"
    assert pairs(a, b, score=score, dates={"b.on": "ymd", "odd": "%d. %b, %Y: x"}) == [(0, 2)]
    capsys.readouterr()
    pairs(A, B, score="number_ratio(a.size, b.amount)")
    assert capsys.readouterr().err.count("size is read with a decimal comma (\"1.234,50\"); decimal='.'") == 1


# ---- Files -----------------------------------------------------------------------------------------


def test_files_as_they_come(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes('id;Firma;Umsatz\n1;Müller, Söhne;"1,5"\n2;NA;7\n'.encode("cp1252"))
    (tmp_path / "b.jsonl").write_text('{"name": "Müller, Söhne", "n": 1.5}\n{"n": 7, "name": "NA"}\n{"name": null}\n')
    (tmp_path / "c.tsv.gz").write_bytes(gzip.compress("name\tn\nMüller, Söhne\t1.5\n".encode("utf-16")))
    a, b, c = (tmp_path / name for name in ("a.csv", "b.jsonl", "c.tsv.gz"))
    assert pairs(a, b, on={"Firma": "name"}) == [(0, 0), (1, 1)]
    assert pairs(str(a), c, on={"Firma": "name"}) == [(0, 0)]
    assert pairs(c, b, on="name") == [(0, 0)]
    assert pairs(a, b, on={"Firma": "name"}, null=["NA", "NULL"]) == [(0, 0)]
    assert pairs(a, b, on={"Firma": "name"}, read={"b_null": ["NA"]}) == [(0, 0)]
    frame = pd.DataFrame({"name": ["NA", "Müller, Söhne"]})
    assert pairs(a, frame, on={"Firma": "name"}) == [(0, 1), (1, 0)]
    assert pairs(a, frame, on={"Firma": "name"}, read={"null": "NA"}) == [(0, 1)]
    assert pairs(a, frame, on={"Firma": "name"}, null=["NA"]) == [(0, 1)]
    with axb.load(a, null=["NA"], read={"delimiter": ";", "encoding": "latin1"}) as table:
        assert table.names == ["id", "Firma", "Umsatz"]
        assert pairs(table, b, on={"Firma": "name"}) == [(0, 0)]
        (tmp_path / "d.csv").write_text('name|n\n"Müller, Söhne"|1\n')  # what is said of files is not of the table
        assert pairs(table, tmp_path / "d.csv", on={"Firma": "name"}, read={"delimiter": "|"}) == [(0, 0)]


def test_how_files_are_read(tmp_path: Path) -> None:
    a, b = tmp_path / "a.txt", tmp_path / "b.csv"
    a.write_bytes(b"made by hand\n#c\nanna|1\nb\\|ert|2\n")
    b.write_text("name,n\nanna,1\nb|ert,2,3\n")
    read = {"a_delimiter": "|", "a_header": False, "a_skip": 1, "a_comment": "#", "a_escape": "\\", "b_lenient": True}
    assert pairs(a, b, score="equal(a.1, b.name)", read={**read, "b_header": True}) == [(0, 0), (1, 1)]
    with pytest.raises(axb.DataError, match=r"b\.csv:3"):
        pairs(a, b, score="equal(a.1, b.name)", read={**read, "b_lenient": False})


def test_notes_come_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_bytes("name;n\nMüller;1\n".encode("cp1252"))
    found = axb.match(tmp_path / "a.csv", B, on="name", min=0.9)
    note = 'a.csv: read with semicolons, as windows-1252 (a guess; read["a_encoding"] names another)'
    err = capsys.readouterr().err
    assert err.count(note) == 1
    assert err.count("\n") == 1
    assert found.attrs["axb"]["notes"] == [err.removeprefix("axb: ").rstrip()]
    axb.plan(tmp_path / "a.csv", B, on="name", min=0.9)
    assert capsys.readouterr().err.count(note) == 1
    axb.explain(tmp_path / "a.csv", B, (0, 0), on="name", min=0.9)
    assert capsys.readouterr().err.count(note) == 1
    axb.load(tmp_path / "a.csv").close()
    assert capsys.readouterr().err.count("\n") == 1
    axb.load(B).close()
    assert capsys.readouterr().err == ""


def test_many_notes_are_no_wall(capsys: pytest.CaptureFixture[str]) -> None:
    notes = [f"note {i}" for i in range(20)]
    assert _query.show_notes([*notes, *notes]) == notes
    err = capsys.readouterr().err.splitlines()
    assert err[:12] == [f"axb: {note}" for note in notes[:12]]
    assert err[12:] == ["axb: 8 more notes are not shown"]


# ---- What else goes along --------------------------------------------------------------------------


def test_keep_all(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text('"x,y",name\n1,Cy\n')
    columns = ["a", "b", "score", "a.name", "a.size"]
    assert list(axb.match(A, B, on="name", min=0.9, keep="*")) == [*columns, "b.name", "b.amount"]
    assert list(axb.match(A, B, on="name", min=0.9, keep=["a.*", "amount"])) == [*columns, "b.amount"]
    found = axb.match(A, tmp_path / "b.csv", on="name", min=0.5, keep="*", id={"size": "name"})
    assert found[["a", "b", "a.size", "b.x,y", "b.name"]].to_dict("list") == {
        "a": ["12,5"],
        "b": ["Cy"],
        "a.size": ["12,5"],
        "b.x,y": ["1"],
        "b.name": ["Cy"],
    }
    assert list(axb.match(A, tmp_path / "b.csv", on="name", min=0.5, keep="b.x,y")) == ["a", "b", "score", "b.x,y"]
    assert list(axb.match(A, tmp_path / "b.csv", on="name", min=1, keep="b.*")) == ["a", "b", "score"]  # none is found
    clusters = axb.dedupe(A, on="name", min=0.1, keep="*", clusters=True)
    assert list(clusters) == ["cluster", "score", "size", "name", "record.size"]


def test_max() -> None:
    distance = {"on": "name", "metric": "levenshtein_distance", "normalize": "casefold,space"}
    assert pairs(A, B, **distance, min=None, max=0) == [(1, 1)]
    assert pairs(A, B, **distance, min=None, max=4) == [(1, 1), (2, 2)]
    assert pairs(A, B, **distance, min=1, max=4) == [(2, 2)]
    assert pairs(A, B, **distance, min=None, max=99, top=1) == [(0, 0), (1, 1), (2, 2)]  # the nearest
    assert axb.plan(A, B, **distance, max=4).pairs == 9
    assert axb.explain(A, B, (2, 2), **distance, max=9).lowest_max == 4


def test_what_is_not_asked_is_not_noted(capsys: pytest.CaptureFixture[str]) -> None:
    axb.match(A, B, on="name", top=1)
    assert capsys.readouterr().err == ""


def test_libs(tmp_path: Path) -> None:
    source = """
    #include <zlib.h>
    double score(const axb_row_a *a, const axb_row_b *b) {
        return crc32(0, (const void *)a->name.p, a->name.n) == crc32(0, (const void *)b->name.p, b->name.n);
    }
    """
    same = pd.DataFrame({"name": ["x", "y"]})
    assert pairs(same, same, score=axb.Scorer(source), libs="-lz") == [(0, 0), (1, 1)]
    assert "a.name" in axb.Scorer(source).check(same, libs="-lz")
    with pytest.raises(axb.ScorerError, match="no_such_library"):
        pairs(same, same, score=axb.Scorer(source), libs="-lno_such_library")
    (tmp_path / "mine.cpp").write_text(
        "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b) { return a->name.n == b->name.n; }\n"
    )
    assert len(pairs(same, same, score=tmp_path / "mine.cpp")) == 4


# ---- What is refused -------------------------------------------------------------------------------

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"normalize": {3: "space"}}, "normalize: 3 names no column"),
    ({"normalize": {("name", 3): "space"}}, "names no column"),
    ({"normalize": ["lower"]}, 'normalize: there is no rule "lower"; did you mean casefold?'),
    ({"normalize": [3]}, "normalize is a str, a list of str"),
    ({"replace": ("a", "b", 2)}, "replace is (pattern, replacement)"),
    ({"replace": (r"(\w)", r"\1\1")}, r"\1 in the replacement '\\1\\1' is not a group of the program's"),
    ({"replace": ("(a", "")}, "replace: missing closing parenthesis"),
    ({"synonyms": {"a": 3}}, "synonyms: a word is a str without quotes and line ends; this is 3"),
    ({"synonyms": {"a": "b\nc"}}, "synonyms: a word is a str"),
    ({"synonyms": ["a"]}, "synonyms is {word: word}, or the path of a file; this is ['a']"),
    ({"synonyms": {"...": "a"}}, 'synonyms:1: "..." has no word'),
    ({"stop_words": 3}, "stop_words is an iterable of words, or the path of a file; this is 3"),
    ({"stop_words": ["a", None]}, "stop_words: a word is a str"),
    ({"decimal": 3}, "decimal is a str or {column: str}; this is 3"),
    ({"dates": {"name": None}}, "dates is a str or {column: str}; this is None"),
    ({"null": ["a,b"]}, "without commas; this is 'a,b'"),
    ({"read": {"null": ["NA"]}}, "read says how files are read, and no file is given"),
    ({"read": ";"}, 'read is a mapping, such as {"delimiter": ";"}'),
    ({"read": {"delimiter": ";"}}, "read says how files are read, and no file is given"),
    ({"read": {"a_delimiter": ";"}}, "read: a_delimiter is for a file, and a is none"),
    ({"read": {"sep": ";"}}, "read has no 'sep'\ndid you mean delimiter?"),
    ({"read": {"a_sep": ";"}}, "read has no 'a_sep'\ndid you mean a_delimiter?"),
    ({"read": {"header": 0}}, "read: header is True or False; this is 0"),
    ({"read": {"skip": -1}}, "read: skip is a number of lines; this is -1"),
    ({"read": {"null": ["a,b"]}}, "without commas; this is 'a,b'"),
    ({"libs": 3}, "libs is a str"),
    ({"max": "2"}, "max is a number"),
    ({"sep": ";"}, 'match has no argument sep: did you mean read={"delimiter": ...}?'),
    ({"skiprows": 1}, 'did you mean read={"skip": ...}?'),
    ({"na_values": ["NA"]}, "did you mean null?"),
    ({"stopwords": []}, "did you mean stop_words?"),
    ({"decimal_sep": ","}, "did you mean decimal?"),
    ({"dayfirst": True}, "did you mean dates?"),
    ({"max_distance": 2}, "did you mean max?"),
]


@pytest.mark.parametrize(("arguments", "says"), REFUSED)
def test_refused(arguments: dict[str, Any], says: str) -> None:
    before = open_descriptors()
    with pytest.raises(axb.AxbError) as caught:
        axb.match(A, B, on="name", **{"min": 0.9, **arguments})
    assert says in str(caught.value)
    assert open_descriptors() == before


def test_sides_of_one_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name\nx\n")
    with pytest.raises(axb.UsageError, match="'a_delimiter'"):
        axb.load(tmp_path / "a.csv", read={"a_delimiter": ";"})
    with pytest.raises(axb.UsageError, match="'b_delimiter'"):
        axb.dedupe(tmp_path / "a.csv", on="name", min=0.9, read={"b_delimiter": ";"})


# ---- Missing values --------------------------------------------------------------------------------

CELLS = ["anna", "n/a", None, "ben", "n/a", "", "?", "ben"]
TABLES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame({"x": CELLS}),
    "category": lambda: pd.DataFrame({"x": pd.Categorical(CELLS)}),
    "string": lambda: pd.DataFrame({"x": pd.array(CELLS, dtype="string[pyarrow]")}),
    "polars": lambda: pl.DataFrame({"x": CELLS}),
    "polars category": lambda: pl.DataFrame({"x": pl.Series(CELLS, dtype=pl.Categorical)}),
    "arrow": lambda: pa.table({"x": CELLS}),
    "arrow dictionary": lambda: pa.table({"x": pa.array(CELLS).dictionary_encode()}),
    "dict": lambda: {"x": CELLS},
    "list": lambda: [{"x": cell} for cell in CELLS],
}


@pytest.mark.parametrize("loaded", [False, True])
@pytest.mark.parametrize("kind", TABLES)
def test_null_of_tables_in_memory(kind: str, loaded: bool) -> None:
    table = axb.load(TABLES[kind]()) if loaded else TABLES[kind]()
    for null, missing in (([], {None}), (["n/a", "?"], {None, "n/a", "?"}), (["n/a", "''"], {None, "n/a", ""})):
        for normalize in (None, "casefold"):
            found = pairs(table, table, on="x", metric="equal", min=1, null=null, normalize=normalize)
            there = [row for row, cell in enumerate(CELLS) if cell not in missing]
            assert found == [(x, y) for x in there for y in there if CELLS[x] == CELLS[y]], (null, normalize)


def test_null_of_numbers_and_of_functions() -> None:
    table = pd.DataFrame(
        {"n": [1, -1, 3], "x": ["a", "-1", "c"], "t": pd.to_datetime(["2020-01-01", "1900-01-01", None])}
    )
    said = {"null": ["-1", "1900-01-01"]}
    assert pairs(table, table, score="number(n)", min=0.9, **said) == [(0, 0), (2, 2)]
    assert pairs(table, table, score=lambda a, b: a.n is None and a.x is None and b.t is None, min=1, **said) == [
        (1, 1),
        (1, 2),
    ]


def test_null_is_said_when_loaded_or_later(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x\n" + "\n".join('""' if cell == "" else cell or "" for cell in CELLS) + "\n")
    file = tmp_path / "x.csv"
    expected = pairs(file, file, on="x", metric="equal", min=1, null=["n/a"])
    with axb.load(file, read={"delimiter": ","}) as table:
        assert pairs(table, table, on="x", metric="equal", min=1, null=["n/a"]) == expected
    with axb.load(file, read={"delimiter": ","}, null=["n/a"]) as table:
        assert pairs(table, table, on="x", metric="equal", min=1) == expected
        with pytest.raises(axb.UsageError, match="loaded with other values"):
            axb.match(table, table, on="x", metric="equal", min=1, null=["?"])


# ---- The program's words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("--pair-timeout is too short", "pair_timeout is too short"),
        ("for example: --min 0.9", "for example: min=0.9"),
        ("--min=-2.5, or", "min=-2.5, or"),
        ("--decimal ',' reads it", "decimal=',' reads it"),
        ("--dates mdy reads it", "dates='mdy' reads it"),
        ("--on 'Company Name=customer'", "on={'Company Name': 'customer'}"),
        ("--a-encoding names another", 'read["a_encoding"] names another'),
        ("--null 'NA,?' makes them missing", "null='NA,?' makes them missing"),
        ("--b-null NA does", 'read["b_null"] NA does'),
        ("leave --no-header out", 'read["header"] leave out'),
        ("fd:12:synonyms:3: no", "synonyms:3: no"),
    ],
)
def test_options_are_arguments(said: str, text: str) -> None:
    if "--no-header" in said:
        text = 'leave read["header"] out'
    assert _errors.in_python(said) == text


def test_names_of_columns() -> None:
    assert _values.item("name", "keep") == "name"
    assert _values.item("full name", "keep") == "full name"
    assert _values.item("a.*", "keep") == "a.*"
    assert _values.item('b.x"y', "keep") == 'b."x""y"'
    assert _values.item(("x.y", "b.z"), "keep") == '"x.y"="b.z"'
