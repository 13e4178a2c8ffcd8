"""Suggestions: the figures of the program, the pairs that a match finds, and what a notebook shows."""

from __future__ import annotations

import json
import random
import subprocess
import xml.dom.minidom
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import axb
from axb import _picture, _program

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def names(n: int, seed: int) -> list[str]:
    """Make names of random letters: two of them are alike only if one is a copy of the other."""
    draw = random.Random(seed)
    return ["".join(draw.choice(LETTERS) for _ in range(12)) for _ in range(n)]


A = pd.DataFrame({"name": names(500, 1)})
B = pd.DataFrame({"name": [name[:4] + "?" + name[5:] for name in A["name"][:200]] + names(300, 2)})


def test_as_on_the_command_line(tmp_path: Path) -> None:
    A.to_csv(tmp_path / "a", index=False)
    B.to_csv(tmp_path / "b", index=False)
    found = axb.suggest(A, B, on="name", metric="levenshtein")
    command = [_program.find(), "suggest", tmp_path / "a", tmp_path / "b", "--on=name", "--metric=levenshtein"]
    said = json.loads(subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout)
    assert found.data == said
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == said["text"]
    assert repr(found) == said["text"].rstrip("\n").replace("--min ", "min=")
    assert found.max is None
    assert found.min is not None
    for step in found.thresholds:
        assert len(axb.match(A, B, on="name", metric="levenshtein", min=step["score"])) == step["pairs"]
    assert len(axb.match(A, B, on="name", metric="levenshtein", min=found.min)) == 200
    assert found.expected_matches == pytest.approx(200, abs=20)


def test_distances_models_and_one_table() -> None:
    less = axb.suggest(A, B, on="name", metric="levenshtein_distance")
    assert less.min is None
    assert len(axb.match(A, B, on="name", metric="levenshtein_distance", max=less.max)) == 200
    same = names(200, 3)
    a, b = A.assign(code=same + names(300, 4)), B.assign(code=same + names(300, 5))
    model = axb.learn(a, b)
    assert axb.suggest(a, b, score=model).data["records"] == len(A)
    both = pd.concat([A, B], ignore_index=True)
    alone = axb.suggest(both, on="name", metric="levenshtein")
    assert len(axb.dedupe(both, on="name", metric="levenshtein", min=alone.min)) == 200


def test_nothing_is_suggested() -> None:
    found = axb.suggest(pd.DataFrame({"x": ["a", "b"]}), pd.DataFrame({"x": ["c", "d"]}), on="x", metric="equal")
    assert (found.min, found.max, found.expected_matches) == (None, None, None)
    xml.dom.minidom.parseString(found._repr_html_())
    with pytest.raises(axb.UsageError, match="what is to be compared"):
        axb.suggest(A, B)
    with pytest.raises(axb.UsageError, match="one table or at two"):
        axb.suggest([A, B], on="name")
    with pytest.raises(axb.UsageError, match="did you mean on"):
        axb.suggest(A, B, column="name")


def test_drawing() -> None:
    found = axb.suggest(A, B, on="name", metric="levenshtein")
    shown = xml.dom.minidom.parseString(found._repr_html_())
    assert len(shown.getElementsByTagName("svg")) == 1
    assert len(shown.getElementsByTagName("line")) == 1

    def heights(steps: list[tuple[float, float, float | None]], color: str) -> list[float]:
        thresholds: list[dict[str, Any]] = [
            {"score": score, "pairs": pairs, "expected_false": false} for score, pairs, false in steps
        ]
        svg = xml.dom.minidom.parseString(_picture.histogram(thresholds, None))
        bars = [bar for bar in svg.getElementsByTagName("rect") if bar.getAttribute("fill") == color]
        return [float(bar.getAttribute("height")) for bar in bars]

    # The best score has 1 pair, the next one 3 more; the bars go by the logarithm of 1 + n, from the left.
    steps: list[tuple[float, float, float | None]] = [(1.0, 1.0, 0.0), (0.5, 4.0, 1.0)]
    assert heights(steps, _picture.PLUS) == [90.0, 45.0]
    assert heights(steps, _picture.MINUS) == [45.0, 0.0]
    assert heights([(1.0, 1.0, None), (0.5, 4.0, None)], _picture.MINUS) == [0.0, 0.0]
    assert _picture.histogram([], None) == ""
