"""`report=`: pages by the program, with the call of Python in place of its command line."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import axb
from axb import _report

A = pd.DataFrame({"name": ["Anna Meyer", "Paul Smith", "Clara Nowak"], "zip": ["8004", "3012", None]}, index=[7, 8, 9])
B = pd.DataFrame({"name": ["Ana Meier", "Paul Smiht", "Oscar <b>"], "zip": ["8004", "3013", "8004"]})
PEOPLE = pd.concat([A, B], ignore_index=True)


def called(path: Path) -> str:
    """Return what a page says that was called; no page knows descriptors or options of the program."""
    text = path.read_text()
    assert "<script" not in text
    assert not re.search(r"fd:\d|--report|--called-as|<bdi>row \d", text)
    found = re.search(r'<pre class="command">(.*?)</pre>', text, re.DOTALL)
    assert found
    return html.unescape(found[1])


def same(a: Any, b: Any) -> float:
    return axb.jaro_winkler(a.name, b.name)


def test_the_result_is_the_same_with_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    found = axb.match(A, B, on="name", min=0.85, keep="zip", report=page)
    pd.testing.assert_frame_equal(found, axb.match(A, B, on="name", min=0.85, keep="zip"))
    assert called(page) == f"axb.match(a, b, on='name', min=0.85, keep='zip', report={str(page)!r})"
    assert "2 pairs match" in page.read_text()
    assert "position 0" in page.read_text()


def test_each_function_that_writes_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = Path("p.html")
    axb.dedupe(PEOPLE, on="name", min=0.9, clusters=True, report="p.html")
    assert called(page) == "axb.dedupe(a, on='name', clusters=True, min=0.9, report='p.html')"
    assert "clusters of 4 records" in page.read_text()
    axb.dedupe(PEOPLE, on="name", min=0.9, golden="longest", report="p.html")
    assert "the result" in page.read_text()
    found = axb.match(A, B, score=same, min=0.8, report="p.html")
    assert called(page) == "axb.match(a, b, score=same, min=0.8, report='p.html')"
    axb.suggest(A, B, on="name", report="p.html")
    assert called(page) == "axb.suggest(a, b, on='name', report='p.html')"
    axb.evaluate(found, [(7, 0), (8, 1)], report="p.html")
    assert called(page) == "axb.evaluate(found=found, truth=[(7, 0), (8, 1)], report='p.html')"
    names = [f"{first} {last}" for first in ("Ann", "Bo", "Cy", "Di") for last in ("Ames", "Bell", "Cole", "Dunn")]
    many = pd.DataFrame({"name": names, "code": range(1000, 1016)})
    axb.learn(many, many.copy(), report="p.html")
    assert called(page) == "axb.learn(a, b, report='p.html')"
    assert "score=model" in page.read_text()
    source = (
        "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b) { return axb_jaro(a->name, b->name); }"
    )
    axb.Scorer(source, "names").check(A, B, report="p.html")
    assert called(page) == "names.check(a, b, report='p.html')"
    assert "A trial of names" in page.read_text()


def test_refused(tmp_path: Path) -> None:
    with pytest.raises(axb.UsageError, match=r"report is the path of a page, such as .*; this is 3"):
        axb.match(A, B, on="name", min=0.9, report=3)  # type: ignore[arg-type]
    with pytest.raises(axb.UsageError, match=r"ends in \.html"):
        axb.match(A, B, on="name", min=0.9, report=tmp_path / "page.txt")
    assert not list(tmp_path.iterdir())


def test_calls_as_their_user_wrote_them() -> None:
    def f(a: Any, b: Any = None, *, on: Any = None, min: Any = None, workers: Any = 0) -> None: ...

    def call(**given: Any) -> str:
        return _report.call_of(f, {"a": A, "b": None, "on": None, "min": None, "workers": 0, **given}, "f")

    assert call() == "f(a)"
    assert call(b=B, min=np.float32(0.5), workers=np.int64(3)) == "f(a, b, min=0.5, workers=3)"
    assert call(a="x's.csv", b=Path("y.csv"), on={"a": ["b", ("c", 1)]}) == (
        """f("x's.csv", 'y.csv', on={'a': ['b', ('c', 1)]})"""
    )
    assert call(on="x" * 1000, min=lambda: 0, workers=pd.DataFrame) == "f(a, on=on, min=min, workers=DataFrame)"
