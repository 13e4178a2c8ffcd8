"""The metrics as functions: the same doubles as the program gives, and as RapidFuzz."""

from __future__ import annotations

import csv
import datetime
import inspect
import math
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz import distance, fuzz

from axb import _axb

AXB = os.environ.get("AXB", str(Path(_axb.__file__).parent / "bin" / "axb"))

TEXTS: list[str | None] = [
    None, "", " ", "a", "martha", "marhta", "Martha Maria", "Maria  Martha", "müller", "mueller", "Møller",
    "Ольга Петрова", "Олга Петрова", "王小明", "王明", "😀 x", "naïve café", "caf©", "\u00ff\u0100", "-12.5", "12", "0",
    "1e3", "2024-02-29", "2024-12-31", "48.1, 11.6", "52.5,13.4", "x" * 63, "x" * 64 + "y", "ab" * 200, "ba" * 300 + "é",
]  # fmt: skip
random.seed(7)
TEXTS += ["".join(random.choices("abcdé ", k=random.randint(1, 30))) for _ in range(12)]
GIVEN = [text for text in TEXTS if text is not None]


def program(call: str, folder: Path) -> dict[tuple[int, int], float]:
    """What the program gives for all pairs of TEXTS; those without a value are left out."""
    path = folder / "texts.csv"
    if not path.exists():
        lines = (f"{i},{'' if t is None else chr(34) + t + chr(34)}\n" for i, t in enumerate(TEXTS))
        path.write_text("id,x\n" + "".join(lines))
    command = [AXB, "match", str(path), str(path), "--score", call, "--min", "-1e300", "--id", "id"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = csv.reader(done.stdout.splitlines()[1:])
    return {(int(a), int(b)): float(score) for a, b, score in rows}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts")


CALLS: list[tuple[str, tuple[float, ...]]] = [(name, ()) for name in _axb.METRICS]
CALLS += [("jaccard", (1,)), ("dice", (0,)), ("cosine", (2,)), ("number", (10,)), ("days", (400.5,)), ("km", (1000,))]


@pytest.mark.parametrize(("name", "more"), CALLS)
def test_the_same_as_the_program(folder: Path, name: str, more: tuple[float, ...]) -> None:
    expected = program(f"{name}({', '.join(['x', *map(str, more)])})", folder)
    metric = getattr(_axb, name)
    values = {(i, j): metric(a, b, *more) for i, a in enumerate(TEXTS) for j, b in enumerate(TEXTS)}
    assert {pair: value for pair, value in values.items() if not math.isnan(value)} == expected
    assert expected


RAPIDFUZZ = {
    "levenshtein": distance.Levenshtein, "osa": distance.OSA, "damerau_levenshtein": distance.DamerauLevenshtein,
    "indel": distance.Indel, "lcsseq": distance.LCSseq, "hamming": distance.Hamming, "prefix": distance.Prefix,
    "postfix": distance.Postfix, "jaro": distance.Jaro, "jaro_winkler": distance.JaroWinkler,
}  # fmt: skip
VIEWS = {"": "normalized_similarity", "_distance": "distance", "_similarity": "similarity",
         "_normalized_distance": "normalized_distance"}  # fmt: skip


@pytest.mark.parametrize("name", RAPIDFUZZ)
def test_the_same_as_rapidfuzz(name: str) -> None:
    for suffix, view in VIEWS.items():
        if name + suffix in _axb.METRICS:
            # One less the distance is not always the same double; axb gives that of `similarity`.
            view = "similarity" if name.startswith("jaro") else view
            for a in GIVEN:
                for b in GIVEN:
                    theirs = getattr(RAPIDFUZZ[name], view)(a, b)
                    assert getattr(_axb, name + suffix)(a, b) == theirs, (suffix, a, b)


@pytest.mark.parametrize("name", ["ratio", "token_sort_ratio"])
def test_the_same_as_fuzz(name: str) -> None:
    for a in GIVEN:
        for b in GIVEN:
            assert getattr(_axb, name)(a, b) == pytest.approx(getattr(fuzz, name)(a, b) / 100, abs=1e-15)


def test_one_text_against_many() -> None:
    """The first text is kept prepared while the same str comes again; another one must not be."""
    expected = {(a, b): distance.JaroWinkler.similarity(a, b) for a in GIVEN for b in GIVEN}
    for _ in range(2):
        for (a, b), value in sorted(expected.items(), key=lambda _: random.random()):
            assert _axb.jaro_winkler(a, b) == value
            fresh = "".join(list(a))  # an equal text at another address, soon given up
            assert _axb.jaro_winkler(fresh, b) == value


def test_missing() -> None:
    for name in _axb.METRICS:
        values = [getattr(_axb, name)(*pair) for pair in ((None, "x"), ("x", None), (None, None))]
        if name.endswith("_normalized_distance"):
            assert values == [1, 1, 1]
        elif name.endswith("_distance"):
            assert all(map(math.isnan, values))
        else:
            assert values == [0, 0, 0]


@pytest.mark.parametrize(
    ("a", "b", "text_a", "text_b"),
    [
        (3, 4.5, "3", "4.5"), (0.1, 10**30, "0.1", "1" + "0" * 30), (math.nan, "x", None, "x"),
        (datetime.date(2024, 2, 29), datetime.date(2024, 3, 1), "2024-02-29", "2024-03-01"),
    ],
)  # fmt: skip
def test_numbers_and_dates_by_their_text(a: Any, b: Any, text_a: str, text_b: str) -> None:
    for name in ("number", "days", "levenshtein", "jaro_winkler"):
        metric = getattr(_axb, name)
        assert str(metric(a, b)) == str(metric(text_a, text_b))


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "message"),
    [
        ((), {}, TypeError, r"jaccard\(\) takes two texts and q"),
        (("x",), {}, TypeError, "takes two texts and q"),
        (("x", "y", 1, 2), {}, TypeError, "takes two texts and q"),
        (("x",), {"y": "z"}, TypeError, "takes two texts and q"),
        (("x", "y"), {"scale": 2}, TypeError, "has no argument 'scale', only q"),
        (("x", "y", 7), {}, ValueError, "q is 1, 2 or 3"),
        (("x", "y"), {"q": "3"}, TypeError, "must be real number"),
        ((b"x", "y"), {}, TypeError, "takes texts, numbers, dates or None, not bytes"),
        (("x", ["y"]), {}, TypeError, "not list"),
        (("x", "\ud800"), {}, UnicodeEncodeError, "surrogates"),
    ],
)
def test_refused(arguments: Any, keywords: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        _axb.jaccard(*arguments, **keywords)
    with pytest.raises(TypeError, match=r"jaro\(\) takes two texts$"):
        _axb.jaro("x", "y", 3)


def test_keyword() -> None:
    assert _axb.jaccard("night", "nacht", q=2) == _axb.jaccard("night", "nacht", 2) != _axb.jaccard("night", "nacht")
    assert str(inspect.signature(_axb.jaccard)) == "(x, y, /, q=3)"
    assert str(inspect.signature(_axb.jaro)) == "(x, y, /)"


def test_documented() -> None:
    for name in _axb.METRICS:
        assert len(getattr(_axb, name).__doc__) > 40


def test_pickled_by_name() -> None:
    # By the package's name: a worker finds its own function there.
    assert (_axb.jaro.__module__, _axb.jaro.__qualname__, _axb.jaro.__reduce__()) == ("axb", "jaro", "jaro")


def test_no_reference_is_lost() -> None:
    text, other = "some text of mine", "some text of yours"
    before = sys.getrefcount(text), sys.getrefcount(other)
    for name in _axb.METRICS:
        getattr(_axb, name)(other, text)
        getattr(_axb, name)("something else", text)
    assert (sys.getrefcount(text), sys.getrefcount(other)) == before
