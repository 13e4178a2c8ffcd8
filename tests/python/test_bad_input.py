"""What is wrong is said at once, in plain words, and names what would be right."""

from __future__ import annotations

import ctypes
import math
import os
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import axb

A = pd.DataFrame({"name": ["anna", "bert", None], "zip": [1, 2, 2]}, index=["u", "v", "w"])
B = pd.DataFrame({"name": ["bert", "anna"], "zip": [2, 1], "full name": ["x", "y"]})


@pytest.fixture(autouse=True)
def _no_surprises() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# ---- Arguments -------------------------------------------------------------------------------------

USAGE: list[tuple[dict[str, Any], list[str]]] = [
    ({"on": "name"}, ["min is missing", "min=0.9"]),
    ({"on": "name", "min": math.nan}, ["min is NaN", "min=0.9"]),
    ({"on": "name", "min": "0.9"}, ["min is a number; this is a str: '0.9'"]),
    ({"on": "name", "min": True}, ["min is a number; this is a bool"]),
    ({"on": "name", "score": "jaro(name)", "min": 0.9}, ["on is short for score, and both are given"]),
    ({"min": 0.9}, ["what is to be compared?", 'on="name"']),
    ({"score": "jaro(name)", "metric": "jaro", "min": 0.9}, ["metric is for on"]),
    ({"on": ["name", "zip"], "min": 0.9}, ["on is the name of a column", "for several columns: score="]),
    ({"on": {"name": "name", "zip": "zip"}, "min": 0.9}, ["on is the name of a column"]),
    ({"score": 3, "min": 0.9}, ["score is an expression, a model, a function, a Scorer or a path; this is an int"]),
    ({"on": "name", "min": 0.9, "where": 3}, ["where is an expression, a str; this is an int"]),
    ({"on": "name", "min": 0.9, "batch": True}, ["batch is for a function of Python"]),
    ({"on": "name", "min": 0.9, "workers": 0}, ["workers is a whole number of at least 1; this is 0"]),
    ({"on": "name", "min": 0.9, "workers": 1.5}, ["workers is a whole number"]),
    ({"on": "name", "min": 0.9, "top": 0}, ["top is a whole number of at least 1; this is 0"]),
    ({"on": "name", "min": 0.9, "max_results": -1}, ["max_results is a whole number"]),
    ({"on": "name", "min": 0.9, "max_memory": "much"}, ["max_memory", "much", "2G"]),
    ({"on": "name", "min": 0.9, "on_error": "ignore"}, ['on_error is "raise" or "skip"; this is \'ignore\'']),
    ({"on": "name", "min": 0.9, "normalize": 3}, ["normalize is a str, a list"]),
    ({"on": "name", "min": 0.9, "normalize": "lower"}, ["lower", "casefold"]),
    ({"on": "name", "min": 0.9, "pair_timeout": "1"}, ["pair_timeout is a number"]),
    ({"on": "name", "min": 0.9, "metric": "jarro"}, ['no metric "jarro"', "jaro"]),
    # Columns.
    ({"on": "nmae", "min": 0.9}, ['neither a nor b has a column "nmae"', "a has name, zip"]),
    ({"on": {"name": "nmae"}, "min": 0.9}, ['b has no column "nmae"', "name"]),
    ({"score": "jaro(a.nmae, b.name)", "min": 0.9}, ['score: a has no column "nmae"', "name"]),
    ({"on": "name", "where": "a.zpi == b.zip", "min": 0.9}, ['where: a has no column "zpi"', "zip"]),
    ({"on": "name", "min": 0.9, "keep": "zpi"}, ["keep: there is no column 'zpi'", "nearest: zip"]),
    ({"on": "name", "min": 0.9, "keep": [3]}, ["keep is a list of columns"]),
    ({"on": "name", "min": 0.9, "id": "nmae"}, ["id: there is no column 'nmae'", "nearest: name"]),
    ({"on": "name", "min": 0.9, "id": ["name"]}, ["id is the name of a column"]),
    # Names of others.
    ({"on": "name", "score_cutoff": 0.9}, ["match has no argument score_cutoff: did you mean min?"]),
    ({"on": "name", "threshold": 0.9}, ["did you mean min?"]),
    ({"on": "name", "min": 0.9, "n_jobs": 2}, ["did you mean workers?"]),
    ({"scorer": "jaro(name)", "min": 0.9}, ["did you mean score?"]),
    ({"left_on": "name", "min": 0.9}, ["did you mean on?"]),
    ({"on": "name", "min": 0.9, "mni": 1}, ["did you mean min"]),
    ({"on": "name", "min": 0.9, "banana": 1}, ["match has no argument banana: it has a, b, on, metric"]),
    ({"on": "name", "min": 0.9, "terms": True, "score": None, "metric": "x y"}, ["x y"]),
]


@pytest.mark.parametrize(("arguments", "says"), USAGE)
def test_usage(arguments: dict[str, Any], says: list[str]) -> None:
    with pytest.raises(axb.UsageError) as caught:
        axb.match(A, B, **arguments)
    for words in says:
        assert words in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert "--" not in str(caught.value)


def test_tables_by_other_names() -> None:
    for names in ({"left": A, "right": B}, {"df1": A, "df2": B}):
        with pytest.raises(axb.UsageError, match=r"did you mean a\?"):
            axb.match(**names, on="name", min=0.9)
    with pytest.raises(axb.UsageError, match="missing a required argument: 'b'"):
        axb.match(A, on="name", min=0.9)
    with pytest.raises(axb.UsageError, match="dedupe"):
        axb.match(A, None, on="name", min=0.9)
    with pytest.raises(axb.UsageError, match="on is a str"):
        axb.dedupe(A, on={"name": "name"}, min=0.9)
    with pytest.raises(axb.UsageError, match="is not a table"):
        axb.match(A, 3, on="name", min=0.9)


def test_more_pairs_than_allowed() -> None:
    with pytest.raises(axb.LimitError, match="more than 1 pairs match") as caught:
        axb.match(A, B, on="name", min=0, max_results=1)
    assert isinstance(caught.value, MemoryError)
    assert "raise max_results" in caught.value.hint


def test_names_that_stand_twice() -> None:
    twice = pd.DataFrame([["anna", "x", "y"]], columns=["name", "u", "u"])
    with pytest.raises(axb.DataError, match="'u'"):
        axb.match(A, twice, on="name", min=0.9, keep="b.u")
    once = axb.match(A, B, on="name", min=0.9, keep=["zip", "a.zip", "a.*"])
    assert list(once) == ["a", "b", "score", "a.zip", "a.name", "b.zip"]


def test_files(tmp_path: Path) -> None:
    with pytest.raises(axb.DataError, match=r"nothing\.csv"):
        axb.match(A, tmp_path / "nothing.csv", on="name", min=0.9)
    (tmp_path / "odd.csv").write_text("name,zip\nanna,1\nbert\n")
    with pytest.raises(axb.DataError, match=r"odd.csv:3"):
        axb.match(A, tmp_path / "odd.csv", on="name", min=0.9)
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(axb.UsageError, match=r"neither a \.c, a \.cpp, a \.so nor a \.py file"):
        axb.match(A, B, score=tmp_path / "mine.txt", min=0.9)
    with pytest.raises(axb.AxbError, match=r"nothing.c"):
        axb.match(A, B, score=tmp_path / "nothing.c", min=0.9)


# ---- Scorers in C ----------------------------------------------------------------------------------


def c_scorer(body: str) -> axb.Scorer:
    source = f"#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n{{\n    {body}\n}}\n"
    return axb.Scorer(source, "mine", "cell [7]", 2)


def test_a_scorer_that_does_not_compile() -> None:
    with pytest.raises(axb.ScorerError) as caught:
        axb.match(A, B, score=c_scorer("return axb_jaro(a->nmae, b->name);"), min=0.5)
    assert "cell [7] does not compile\ncell [7]:5:" in str(caught.value)
    assert "did you mean name?" in str(caught.value)
    assert caught.value.pair is None


def test_a_crash_names_the_pair() -> None:
    score = c_scorer("return a->zip_number == 1 && b->zip_number == 1 ? *(volatile int *)0 : 0;")
    with pytest.raises(axb.ScorerError) as caught:
        axb.match(A, B, score=score, min=0.5)
    error = caught.value
    assert error.pair == ("u", 1)
    assert error.a == {"name": "anna", "zip": 1}
    assert error.b == {"name": "anna", "zip": 1, "full name": "y"}
    assert error.type is None
    assert str(error) == (
        "cell [7] was killed by SIGSEGV, on the pair 'u', 1\n"
        "  a: name='anna', zip=1\n  b: name='anna', zip=1, full name='y'"
    )
    with pytest.raises(axb.ScorerError) as caught:
        axb.match(pl.DataFrame(A), B, score=score, min=0.5, id={"name": "full name"})
    assert caught.value.pair == ("anna", "y")


def test_a_pair_that_takes_too_long() -> None:
    score = c_scorer("(void)b; for (volatile int i = a->zip_number == 1; i;) { } return 0;")
    with pytest.raises(axb.ScorerError, match=r"took longer than 0.5 s, on the pair 'u', 0"):
        axb.match(A, B, score=score, min=0.5, pair_timeout=0.5)


# ---- Functions of Python ---------------------------------------------------------------------------


def test_functions_of_other_numbers_of_arguments() -> None:
    for function in (lambda a: 1.0, lambda a, b, c: 1.0):
        with pytest.raises(axb.UsageError, match=r"cannot be called with two records, as in f\(a, b\)"):
            axb.match(A, B, score=function, min=0.5)


def fails_on(pair: tuple[str, str], body: Any) -> Any:
    def f(a: Any, b: Any) -> Any:
        return body() if (a.name, b.name) == pair else 0.0

    return f


def error_of(body: Any, **arguments: Any) -> axb.ScorerError:
    with pytest.raises(axb.ScorerError) as caught:
        axb.match(A, B, score=fails_on(("bert", "anna"), body), min=0.5, **arguments)
    assert caught.value.pair == ("v", 1)
    assert caught.value.a["name"] == "bert"
    assert caught.value.b["name"] == "anna"
    assert len(axb.match(A, B, on="name", min=1)) == 2  # we live
    return caught.value


def test_a_function_that_raises() -> None:
    error = error_of(lambda: 1 / 0)
    assert error.type == "ZeroDivisionError"
    assert "raised ZeroDivisionError: division by zero, on the pair 'v', 1" in str(error)
    assert "error = error_of(lambda: 1 / 0)" in error.traceback
    assert error.traceback.rstrip() in str(error)


@pytest.mark.parametrize("value", ["0.5", 1j, [0.5], {}, b"1"])
def test_a_function_that_returns_no_number(value: Any) -> None:
    assert type(value).__name__ in str(error_of(lambda: value))


def test_none_and_nan_are_no_match() -> None:
    for value in (None, math.nan):
        assert len(axb.match(A, B, score=lambda a, b, value=value: value, min=0)) == 0


def test_a_column_that_is_missing() -> None:
    with pytest.raises(axb.ScorerError) as caught:
        axb.match(A, B, score=lambda a, b: float(a.nmae == b.name), min=0.5)
    assert "nmae" in str(caught.value)
    assert "name" in caught.value.hint


def test_functions_that_end_the_process() -> None:
    assert "SIGSEGV" in str(error_of(lambda: ctypes.string_at(0)))
    assert "exited with 3" in str(error_of(lambda: os._exit(3)))
    assert "SystemExit" in str(error_of(lambda: exit(4)))
    assert error_of(lambda: [bytearray(1 << 40)]).type == "MemoryError"


def test_an_endless_loop() -> None:
    def forever() -> None:
        while True:
            pass

    assert "took longer than 0.5 s" in str(error_of(forever, pair_timeout=0.5))


def test_functions_print_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    def f(a: Any, b: Any) -> float:
        print("seen", a.name)
        return 0.0

    axb.match(A, B, score=f, min=0.5)
    assert "seen anna\n" in capsys.readouterr().err


def test_a_function_for_too_many_pairs() -> None:
    big = pd.DataFrame({"x": range(40000)})
    with pytest.raises(axb.UsageError) as caught:
        axb.match(big, big, score=lambda a, b: 1.0, min=2)
    assert "would be called for 1.6 G pairs, which takes" in str(caught.value)
    assert "where=''" in caught.value.hint
    with pytest.raises(axb.UsageError):
        axb.dedupe(pd.DataFrame({"x": range(50000)}), score=lambda a, b: 1.0, min=2)


# ---- explain and plan ------------------------------------------------------------------------------


def test_pairs_that_are_none() -> None:
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (("x", 0), {}, "pair: a has no record 'x'"),
        (("u", 2), {}, "pair: b has no record 2"),
        ((0,), {}, "pair names two records"),
        ("u0x", {}, "pair names two records"),
        ((2, 0), {"id": "zip"}, "pair: a has 2 records 2, in the rows 1 and 2"),
        (("anna", "x"), {"id": "nmae"}, "id: there is no column 'nmae'"),
    ]
    for pair, arguments, says in cases:
        with pytest.raises(axb.UsageError) as caught:
            axb.explain(A, B, pair, on="name", **arguments)
        assert says in str(caught.value)
    with pytest.raises(axb.UsageError, match="b has no row 2"):
        axb.explain(A, B.to_dict("list"), ("u", 2), on="name")
    with pytest.raises(axb.UsageError, match="min is missing"):
        axb.plan(A, B, on="name")
