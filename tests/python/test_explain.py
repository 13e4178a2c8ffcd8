"""Plans and explanations: from data, shown as text and as HTML."""

from __future__ import annotations

import re
import xml.dom.minidom
from pathlib import Path

import pandas as pd
import pytest

import axb
from axb._explain import parts_of
from axb._picture import waterfall

A = pd.DataFrame({"name": ["anna", "<b>&"], "zip": [1, 2]}, index=["u", "v"])
B = pd.DataFrame({"name": ["Hanna", "<b>&"], "zip": [1, 3]})
SCORE = "0.5 * levenshtein(name) - 0.25 * (number(a.zip) != number(b.zip)) + 0.1"


def parsed(html: str) -> xml.dom.minidom.Document:
    """HTML of ours is XML as well: what is open is closed, and all is escaped."""
    return xml.dom.minidom.parseString(f"<all>{html.replace('<br>', '<br/>')}</all>")


def test_plan() -> None:
    plan = axb.plan(A, B, on="name", min=0.9, workers=2)
    assert plan.pairs == 4
    assert plan.kind == "join"
    assert plan.seconds is not None
    assert 0 < plan.seconds < 60
    assert repr(plan).startswith("A         a: 2 records\nB         b: 2 records\n")
    assert "jaro_winkler(a.name, b.name) >= 0.9" in repr(plan)
    shown = parsed(plan._repr_html_())
    assert len(shown.getElementsByTagName("tr")) == len(re.findall(r"^\S", repr(plan), re.MULTILINE))
    assert axb.plan(A, on="name", min=0.9).pairs == 1
    assert axb.plan(A, B, on="name", where="jaro(name) > 2", min=0.5).kind == "nothing"
    with pytest.raises(axb.UsageError, match="above the highest possible score, 1"):
        axb.plan(A, B, on="name", min=2)


def test_explanation() -> None:
    found = axb.explain(A, B, ("u", 0), score=SCORE, min=0.45, normalize="casefold")
    assert found.score == pytest.approx(0.5)
    assert found.match is True
    assert found.highest_min == found.score
    assert [(text, pytest.approx(value)) for text, value in found.parts] == [
        ("0.5 * levenshtein(a.name, b.name)", 0.4),
        ("- 0.25 * (number(a.zip) != number(b.zip))", 0.0),
        ("constant", 0.1),
    ]
    assert found.terms[0]["need"] == pytest.approx(0.7)
    assert found.terms[0]["reached"] is True
    columns = {(c["side"], c["column"]): c for c in found.data["columns"]}
    assert columns["b", "name"]["value"] == "Hanna"
    assert columns["b", "name"]["compared_as"] == "hanna"
    assert columns["b", "name"]["same"] is False
    assert repr(found).startswith("A         a, 'u'\nB         b, 0\n")
    assert 'b.name  "Hanna" → casefold "hanna"' in repr(found)
    assert "--" not in repr(found)
    text = parsed(found._repr_html_()).toxml()
    for words in ("match", "levenshtein(a.name, b.name)", "min 0.45", "&quot;Hanna&quot; → casefold &quot;hanna&quot;"):
        assert words in text


def test_html_is_escaped() -> None:
    found = axb.explain(A, B, ("v", 1), on="name", min=0.9)
    html = found._repr_html_()
    assert "<b>&" not in html
    assert "&lt;b&gt;&amp;" in html
    parsed(html)


def test_what_does_not_match() -> None:
    assert axb.explain(A, B, ("u", 1), on="name", min=0.9).match is False
    assert axb.explain(A, B, ("u", 1), on="name").match is None
    nothing = axb.explain(A, B, ("u", 1), score="number(a.name)", min=0)
    assert (nothing.score, nothing.match, nothing.highest_min) == (None, False, None)
    parsed(nothing._repr_html_())
    barred = axb.explain(A, B, ("u", 0), on="name", where="number(a.zip) > 1", min=0)
    assert (barred.match, barred.highest_min) == (False, None)


def test_pairs_are_named_in_every_way(tmp_path: Path) -> None:
    pair = axb.explain(A, B, ("u", 1), on="name").score
    assert axb.explain(A.to_dict("list"), B, (0, 1), on="name").score == pair
    assert axb.explain(A, B, ("anna", "<b>&"), on="name", id="name").score == pair
    assert axb.explain(A, None, ("u", "v"), on="name").score == pair
    for name, frame in (("a", A), ("b", B)):
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    paths = tmp_path / "a.csv", tmp_path / "b.csv"
    assert axb.explain(*paths, (0, 1), on="name").score == pair
    assert axb.explain(*paths, ("anna", "<b>&"), on="name", id="name").score == pair


def test_functions_are_explained() -> None:
    assert axb.explain(A, B, ("u", 0), score=lambda a, b: float(a.zip == b.zip)).score == 1.0


def test_drawing() -> None:
    svg = parsed(waterfall([("x < y", 0.5), ("y", -0.75)], -0.25, 0.3))
    assert len(svg.getElementsByTagName("rect")) == 3
    assert len(svg.getElementsByTagName("line")) == 1
    widths = [float(bar.getAttribute("width")) for bar in svg.getElementsByTagName("rect")]
    assert widths[1] == pytest.approx(1.5 * widths[0], abs=0.2)
    assert len(parsed(waterfall([("x", 0.0)], 0.0, None)).getElementsByTagName("rect")) == 1
    assert waterfall([("x", None)], None, 0.5) == ""
    one = {"text": "jaro(x)", "sign": "", "value": 0.5, "parts": [{"text": "y", "sign": "", "value": 1, "parts": []}]}
    assert parts_of(one) == [("jaro(x)", 0.5)]
