"""Learning and models: the same as on the command line, and scores against the sum computed by hand."""

from __future__ import annotations

import json
import math
import pickle
import random
import re
import subprocess
import xml.dom.minidom
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import axb
from axb import _program

FIRST = "anna maria peter paul laura james emma lucas sofia david julia simon nina oscar clara hugo".split()
LAST = "meyer miller smith novak garcia rossi dubois kowalski peters fischer weber becker moreau silva lind".split()
CITY = ["bern", "graz", "lyon", "turin", "ghent", "porto"]


def people(n: int, seed: int) -> list[dict[str, Any]]:
    """Make invented people; all of it is clean, so that no rule changes anything."""
    draw = random.Random(seed)
    return [
        {
            "first": draw.choice(FIRST),
            "last": draw.choice(LAST) + draw.choice(["", "son", "berg", "mann"]),
            "city": draw.choice(CITY),
            "zip": f"{draw.randrange(1000, 1400)}",
        }
        for _ in range(n)
    ]


def copied(rows: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Copy them with a letter that is lost here and there, a value that is missing, or called so."""
    draw, copies = random.Random(seed), []
    for row in rows:
        copy = dict(row)
        if draw.random() < 0.3:
            at = draw.randrange(len(copy["last"]))
            copy["last"] = copy["last"][:at] + copy["last"][at + 1 :]
        if draw.random() < 0.1:
            copy["city"] = draw.choice([None, "n/a", "unknown"])
        copies.append(copy)
    draw.shuffle(copies)
    return copies


EVERYBODY = people(600, 1)
A = pd.DataFrame(EVERYBODY[:400])
B = pd.DataFrame(copied(EVERYBODY[200:], 2)).rename(columns={"city": "town"})


@pytest.fixture(scope="module")
def model() -> axb.Model:
    return axb.learn(A, B)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Both tables as files."""
    folder = tmp_path_factory.mktemp("files")
    A.to_csv(folder / "A.csv", index=False)
    B.to_csv(folder / "B.csv", index=False)
    return folder / "A.csv", folder / "B.csv"


def program(*arguments: Any) -> str:
    done = subprocess.run([_program.find(), *map(str, arguments)], capture_output=True, text=True, check=True)
    return done.stdout


def rows(found: Any) -> list[tuple[int, int, float]]:
    columns = [np.asarray(found[name]).tolist() for name in ("a", "b", "score")]
    return list(zip(*columns, strict=True))


# ---- Against the command line ----------------------------------------------------------------------


def test_as_on_the_command_line(model: axb.Model, files: tuple[Path, Path], tmp_path: Path) -> None:
    said = program("learn", *files, "-o", tmp_path / "cli.axb", "-q")
    model.save(tmp_path / "python.axb")
    assert (tmp_path / "python.axb").read_bytes() == (tmp_path / "cli.axb").read_bytes()
    assert axb.learn(*files) == model
    lines = program("match", *files, "--score", tmp_path / "cli.axb", "-q").splitlines()[1:]
    pairs = [(int(a) - 1, int(b) - 1, float(score)) for a, b, score in (line.split(",") for line in lines)]
    assert len(pairs) > 150
    assert rows(axb.match(A, B, score=model)) == pairs
    assert rows(axb.match(A, B, score=tmp_path / "cli.axb")) == pairs
    assert rows(axb.match(*files, score=str(tmp_path / "python.axb"))) == pairs
    # What the program prints, in the words of Python.
    assert repr(model).splitlines()[:6] == said.splitlines()[:6]
    assert "city=town" in repr(model)
    assert "--" not in repr(model)


def test_json_of_the_program(model: axb.Model, files: tuple[Path, Path], tmp_path: Path) -> None:
    said = json.loads(program("learn", *files, "--json", "-o", tmp_path / "m.axb", "-q"))
    assert said["model"] == json.loads((tmp_path / "m.axb").read_text()) == model.to_dict()
    report = said["report"]
    assert set(report) == {
        *("columns", "left_out", "placeholders", "beliefs", "doubts", "advice", "candidates", "records_sampled"),
        *("floor_bits", "seconds", "text"),
    }
    assert [column["bits"] for column in report["columns"]] == [column["bits"] for column in model.columns]
    assert report["candidates"] > 0
    assert report["seconds"]["total"] >= report["seconds"]["fit"]
    assert model.report is not None
    assert model.report["beliefs"] == report["beliefs"]


def test_what_is_asked_for() -> None:
    a, b = A.assign(number=range(len(A))), B.assign(number=range(len(B)), notes="x")
    found = axb.learn(a, b, id="number")
    assert found.report is not None
    assert {(one["side"], one["column"]) for one in found.report["left_out"]} == {
        *(("a", "number"), ("b", "number"), ("b", "notes"))
    }
    for columns in ({"city": "town", "last": "last"}, [("city", "town"), "last"]):
        assert [(c["a"], c["b"]) for c in axb.learn(a, b, columns=columns).columns] == [
            ("city", "town"),
            ("last", "last"),
        ]
    kinds = {c["a"]: (c["kind"], c["metric"]) for c in axb.learn(a, b, kind={"zip": "none", "last": "osa"}).columns}
    assert kinds["last"][1] == "osa"
    assert "zip" not in kinds
    assert axb.learn(a, b, one_to_one=True).one_to_one


def the_same_people() -> list[tuple[int, int]]:
    """Return which rows of A and B are one person: those whose names and codes both have."""
    places = {(row["first"], row["zip"]): i for i, row in enumerate(EVERYBODY[:400]) if i >= 200}
    rows = B.to_dict("records")
    return [(places[row["first"], row["zip"]], k) for k, row in enumerate(rows) if (row["first"], row["zip"]) in places]


def test_labels() -> None:
    true = the_same_people()
    a, b = (
        table.set_index(pd.Index([f"{name}{i}" for i in range(len(table))])) for table, name in ((A, "a"), (B, "b"))
    )
    pairs = pd.DataFrame([(f"a{i}", f"b{k}") for i, k in true], columns=["a", "b"])
    model = axb.learn(a, b, truth=pairs)
    assert model.report is not None
    assert f"fitted to all {len(true)} pairs that match" in model.report["text"]
    assert axb.learn(A, B, truth=true) == model
    assert axb.learn(a, b, truth=list(pairs.itertuples(index=False, name=None))) == model
    ids = [table.assign(id=table.index) for table in (a, b)]
    assert axb.learn(*ids, truth=pairs, id="id", columns=list(zip(A, B, strict=True))).threshold == model.threshold
    wrong = pairs.assign(b=pairs["b"].sample(frac=1, random_state=1).to_numpy())
    judged = pd.concat([pairs.assign(match=True), wrong[wrong["b"] != pairs["b"]].assign(match=False)])
    some = axb.learn(a, b, truth=judged)
    assert some.report is not None
    assert f"fitted with {len(judged)} labelled pairs, of which {len(true)} match" in some.report["text"]


def test_labels_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(axb.UsageError, match="truth: 'x' is no label of a"):
        axb.learn(A.set_index(A.index.astype(str)), B, truth=[("x", 1)])
    with pytest.raises(axb.UsageError, match="not in which cluster"):
        axb.learn(A, truth=pd.Series([1, 1], index=[0, 1]))
    with pytest.raises(axb.DataError, match="nowhere"):
        axb.learn(A, B, truth=tmp_path / "nowhere.csv")


def test_records_that_stand_for_nobody() -> None:
    nobody = {"first": "test", "last": "patient"}
    a, b = (pd.concat([x, pd.DataFrame([nobody] * n)], ignore_index=True) for x, n in ((A, 20), (B, 5)))
    model, keeps = axb.learn(a, b), axb.learn(a, b, keep_placeholders=True)
    assert model.placeholders == [nobody]
    assert keeps.placeholders == []
    found, kept = ({(x, y) for x, y, _ in rows(axb.match(a, b, score=one, min=-20))} for one in (model, keeps))
    pairs = {(i, k) for i in range(len(A), len(a)) for k in range(len(B), len(b))}
    assert not found & pairs
    assert kept >= pairs
    assert all(x < len(A) and y < len(B) for x, y in found)


def test_columns_that_cannot_be_compared() -> None:
    odd = A.assign(when=pd.period_range("2020", periods=len(A), freq="M"))
    odd[0] = 1
    with pytest.raises(axb.DataError, match="a: the name of column 0 is not a text"):
        axb.learn(odd, B)
    with pytest.raises(axb.DataError, match="column 'when' is of the type period"):
        axb.learn(odd.drop(columns=0), B)
    expected = axb.learn(A, B, columns=["last", "zip"])
    for table in (odd, odd.to_dict("list"), odd.to_dict("records")):
        assert axb.learn(table, B, columns=["last", "zip"]) == expected
    for other in (pl.from_pandas(A), pa.Table.from_pandas(A)):
        assert axb.learn(other, B, columns=["last", "zip"]) == expected


# ---- By hand ---------------------------------------------------------------------------------------


def rising(bits: list[float], weights: list[float]) -> list[float]:
    """Make them not fall: neighbours that do get their mean, until none does."""
    pools = [[x * w, w, 1.0] for x, w in zip(bits, weights, strict=True)]
    while any(p[0] / p[1] > q[0] / q[1] for p, q in pairwise(pools)):
        i = next(i for i in range(len(pools) - 1) if pools[i][0] / pools[i][1] > pools[i + 1][0] / pools[i + 1][1])
        pools[i : i + 2] = [[x + y for x, y in zip(pools[i], pools[i + 1], strict=True)]]
    return [total / weight for total, weight, n in pools for _ in range(int(n))]


class ByHand:
    """A model's score, computed from its file and the two tables alone."""

    def __init__(self, data: dict[str, Any], a: list[dict[str, Any]], b: list[dict[str, Any]]) -> None:
        self.data, self.missing = data, {None, "", *data["missing_values"].split(",")}
        self.counts = []
        for column in data["columns"]:
            values = [row[column["a"]] for row in a] + [row[column["b"]] for row in b]
            there = [value for value in values if value not in self.missing]
            self.counts.append((Counter(there), len(there)))

    def bits(self, column: dict[str, Any], of: str) -> list[float]:
        levels = column["levels"]
        weights = [level["m"] + level[of] for level in levels]
        return rising([math.log2(level["m"] / level[of]) for level in levels], weights)

    def sum(self, x: dict[str, Any], y: dict[str, Any], of: str, prior: float) -> float:
        total = prior
        for column, (counts, n) in zip(self.data["columns"], self.counts, strict=True):
            left, right = x[column["a"]], y[column["b"]]
            if left in self.missing or right in self.missing:
                continue
            name, _, size = column["metric"].partition(":")
            value = getattr(axb, name)(left, right, *([int(size)] if size else []))
            bits = self.bits(column, of)
            level = max(i for i, one in enumerate(column["levels"]) if value >= one["at_least"])
            add = bits[level]
            if of == "u" and column["rarity"] and left == right:
                rarity = min(column["rarest_bits"], -math.log2(max(counts[left], 2) / n))
                add = max(0.0, bits[-1] + math.log2(column["levels"][-1]["u"]) + rarity)
            total += add
        return total

    def score(self, x: dict[str, Any], y: dict[str, Any]) -> float:
        random_sum = self.sum(x, y, "u", self.data["prior_bits"])
        if "related_bits" not in self.data:
            return random_sum
        related_sum = self.sum(x, y, "related", self.data["related_bits"])
        return -math.log2(2**-random_sum + 2**-related_sum)


def with_related(model: axb.Model) -> axb.Model:
    """Give a model a class of related pairs."""
    data = model.to_dict()
    data["related_pairs"], data["related_bits"] = 50.0, -1.5
    for column in data["columns"]:
        for i, level in enumerate(column["levels"]):
            level["related"] = 0.5 / (i + 1)
    return axb.Model(data)


@pytest.mark.parametrize("related", [False, True])
def test_scores_by_hand(model: axb.Model, related: bool) -> None:
    used = with_related(model) if related else model
    a, b = A.head(60).to_dict("records"), B.head(70).to_dict("records")
    hand = ByHand(used.to_dict(), a, b)
    expected = {(i, k): hand.score(x, y) for i, x in enumerate(a) for k, y in enumerate(b)}
    least = sorted(expected.values())[-300]
    found = {(x, y): score for x, y, score in rows(axb.match(a, b, score=used, min=least - 1e-6))}
    assert set(found) == {pair for pair, score in expected.items() if score >= least - 1e-6}
    for pair, score in found.items():
        assert score == pytest.approx(expected[pair], abs=1e-9)
    for column, data in zip(used.columns, used.to_dict()["columns"], strict=True):
        assert column["bits"] == pytest.approx(hand.bits(data, "u"))
        assert column["related_bits"] == (pytest.approx(hand.bits(data, "related")) if related else None)


# ---- As a score ------------------------------------------------------------------------------------


def test_thresholds_and_choices(model: axb.Model) -> None:
    everything = rows(axb.match(A, B, score=model, min=-10))
    assert rows(axb.match(A, B, score=model)) == [pair for pair in everything if pair[2] >= 0]
    assert rows(axb.match(A, B, score=model, min=6.5)) == [pair for pair in everything if pair[2] >= 6.5]
    strict = axb.Model({**model.to_dict(), "threshold_bits": 6.5})
    assert strict != model
    assert rows(axb.match(A, B, score=strict)) == [pair for pair in everything if pair[2] >= 6.5]
    best = rows(axb.match(A, B, score=model, best="a"))
    assert len({a for a, _, _ in best}) == len(best) == len({a for a, _, score in everything if score >= 0})
    linked = axb.match(A, B, score=model, linked=True)
    assert len(linked) == len(A)
    assert linked["score"].notna().sum() == len(best)
    assert "city" in linked
    assert "town" in linked


def test_one_to_one_is_remembered(model: axb.Model) -> None:
    once = axb.Model({**model.to_dict(), "one_to_one": True})
    twice = pd.concat([B, B], ignore_index=True)  # each record of a has two partners that are as good
    many, single = rows(axb.match(A, twice, score=model)), rows(axb.match(A, twice, score=once))
    assert len(many) > len(single)
    for side in (0, 1):
        assert len({pair[side] for pair in single}) == len(single)
    assert single == rows(axb.match(A, twice, score=model, one_to_one=True))
    assert rows(axb.match(A, twice, score=once, top=2)) == rows(axb.match(A, twice, score=model, top=2))
    again = pd.concat([A, A], ignore_index=True)  # of two that are alike, one has a partner
    linked = axb.match(again, B, score=once, linked=True)
    assert linked["score"].notna().sum() == len(rows(axb.match(again, B, score=once)))
    assert axb.match(again, B, score=model, linked=True)["score"].notna().sum() > linked["score"].notna().sum()
    assert "one" in repr(axb.plan(A, twice, score=once))


def test_duplicates() -> None:
    table = pd.DataFrame(EVERYBODY[:300] + copied(EVERYBODY[:100], 3))
    found = axb.learn(table)
    pairs = axb.dedupe(table, score=found)
    assert len(pairs) > 80
    groups = axb.dedupe(table, score=found, clusters=True)
    assert (groups["size"] > 1).sum() > 160
    assert len(axb.dedupe(table, score=found, golden="longest")) == groups["cluster"].nunique()
    assert axb.explain(table, None, tuple(pairs[["a", "b"]].iloc[0]), score=found).match is True
    assert axb.plan(table, score=found).pairs == len(table) * (len(table) - 1) / 2


def test_missing_values_of_tables_in_memory(model: axb.Model, tmp_path: Path) -> None:
    expected = rows(axb.match(A, B, score=model))
    plain = B.replace({"town": {"n/a": None, "unknown": None}})
    assert rows(axb.match(A, plain, score=model)) == expected
    B.to_csv(tmp_path / "b.csv", index=False)
    for table in (
        *(B.astype("category"), B.astype("string[pyarrow]"), pl.from_pandas(B), B.to_dict("list"), tmp_path / "b.csv"),
        *(axb.load(B), axb.load(tmp_path / "b.csv")),
    ):
        assert rows(axb.match(A, table, score=model)) == expected, type(table)
    other = axb.learn(A, B, null=["lyon"])
    assert other.to_dict()["missing_values"] == "lyon"
    first = rows(axb.match(A, B, score=other))[0][:2]
    assert axb.explain(A, B, first, score=other).score == pytest.approx(
        ByHand(other.to_dict(), A.to_dict("records"), B.where(B.notna(), None).to_dict("records")).score(
            A.iloc[first[0]].to_dict(), B.where(B.notna(), None).iloc[first[1]].to_dict()
        )
    )


# ---- Explanations ----------------------------------------------------------------------------------


def parsed(html: str) -> xml.dom.minidom.Document:
    """HTML of ours is XML as well: what is open is closed, and all is escaped."""
    return xml.dom.minidom.parseString(f"<all>{html}</all>")


@pytest.mark.parametrize("related", [False, True])
def test_explanation(model: axb.Model, related: bool) -> None:
    used = with_related(model) if related else model
    for a, b, score in rows(axb.match(A, B, score=model, min=-5))[::40]:
        found = axb.explain(A, B, (a, b), score=used)
        assert (found.score is not None and found.score < score) if related else found.score == score
        assert math.fsum(value or 0 for _, value in found.parts) == pytest.approx(found.score)
        assert found.posterior == pytest.approx(1 / (1 + 2 ** -(found.score or 0)))
        assert found.match is ((found.score or 0) >= 0)
        assert found.parts[0] == ("before a look", model.to_dict()["prior_bits"])
        assert (found.parts[-1][0] == "related pairs") is related
        shown = parsed(found._repr_html_())
        n = len(used.columns)
        bars = 2 * (n + 2) + 1 if related else n + 2
        assert len(shown.getElementsByTagName("rect")) == bars
        assert f"p = {found.posterior:.6g}" in shown.toxml()
        assert [column["bits"] for column in found.data["model"]["columns"]] == [
            value for _, value in found.parts[1 : n + 1]
        ]


# ---- Models as values ------------------------------------------------------------------------------


def test_values(model: axb.Model, tmp_path: Path) -> None:
    path = tmp_path / "model.axb"
    model.save(path)
    again = axb.Model.load(path)
    assert again == model
    assert hash(again) == hash(model)
    assert again.report is None
    assert pickle.loads(pickle.dumps(model)).report == model.report
    assert pickle.loads(pickle.dumps(model)) == model
    changed = model.to_dict()
    changed["columns"][0]["levels"][0]["m"] = 0.5
    assert model.to_dict() != changed
    assert axb.Model(changed) != model
    assert model != "a model"
    assert (model.threshold, again.columns) == (0, model.columns)
    assert list(tmp_path.iterdir()) == [path]
    first = model.columns[0]
    assert f"  {first['a']}" in repr(again)
    assert f"{first['bits'][0]:5.1f}" in repr(again)


def test_html(model: axb.Model, tmp_path: Path) -> None:
    shown = parsed(model._repr_html_())
    assert len(shown.getElementsByTagName("svg")) == len(model.columns)
    assert len(shown.getElementsByTagName("tr")) == len(model.columns) + 1
    text = shown.toxml()
    for words in ("have a value", "city = town", "matches expected", *(model.report or {})["doubts"]):
        assert words in re.sub("<.*?>", "", text) or words in text
    model.save(tmp_path / "m.axb")
    plain = parsed(axb.Model.load(tmp_path / "m.axb")._repr_html_()).toxml()
    assert "have a value" not in plain
    data = model.to_dict()
    data["columns"][0]["a"] = "<b>&"
    assert "<b>&" not in axb.Model(data)._repr_html_()
    parsed(axb.Model(data)._repr_html_())


# ---- What is refused -------------------------------------------------------------------------------


def test_no_model(tmp_path: Path, model: axb.Model) -> None:
    path = tmp_path / "m.axb"
    for text, says in (("[1]", "no model"), ("{", "a model is JSON"), ("{}", '"axb_model" is missing')):
        path.write_text(text)
        with pytest.raises(axb.DataError) as caught:
            axb.Model.load(path)
        assert "m.axb" in str(caught.value)
        assert says in str(caught.value)
        with pytest.raises(axb.DataError):
            axb.match(A, B, score=path)
    with pytest.raises(axb.DataError, match="cannot be read"):
        axb.match(A, B, score="missing.axb")
    data = model.to_dict()
    data["columns"][0]["levels"][0]["m"] = 2
    with pytest.raises(axb.DataError, match=r'column 1, level 1: "m" is 2'):
        axb.Model(data)
    with pytest.raises(axb.UsageError, match="a model is JSON"):
        axb.Model({**model.to_dict(), "prior_bits": math.nan})
    with pytest.raises(axb.UsageError, match=r"ends in \.axb"):
        model.save(tmp_path / "model.json")
    with pytest.raises(axb.DataError, match="cannot be written"):
        model.save(tmp_path / "none" / "model.axb")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"normalize": "casefold"}, "model.axb says this itself; normalize has no place beside it"),
        ({"on": "last"}, "both are given"),
        ({"metric": "osa"}, "metric is for on"),
        ({"batch": True}, "batch is for a function"),
    ],
)
def test_beside_a_model(model: axb.Model, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(axb.UsageError) as caught:
        axb.match(A, B, score=model, **arguments)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"columns": 3}, "columns is a list of columns"),
        ({"columns": [3]}, "columns: 3 names no column"),
        ({"columns": []}, "columns is empty"),
        ({"columns": "none"}, 'has no column "none"'),
        ({"kind": "date"}, "kind is {column: kind}"),
        ({"kind": {"last": "nothing"}}, '"nothing" is neither a kind nor a metric'),
        ({"kind": {"last,first": "name"}}, "texts without commas"),
        ({"one_to_one": "optimal"}, "one_to_one is True or False"),
        ({"seed": -1}, "seed is a whole number of at least 0"),
        ({"random_state": 1}, "did you mean seed?"),
        ({"model": 1}, "learn has no argument model"),
        ({"keep_placeholders": 1}, "keep_placeholders is True or False; this is 1"),
    ],
)
def test_refused(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(axb.UsageError) as caught:
        axb.learn(A, B, **arguments)
    assert says in str(caught.value)


def test_tables_refused() -> None:
    with pytest.raises(axb.UsageError, match="one table or at two"):
        axb.learn([A, B])
    with pytest.raises(axb.UsageError, match="no columns that can be compared"):
        axb.learn(pd.DataFrame({"x": ["a", "a"]}))
    with pytest.raises(axb.UsageError, match="one_to_one"):
        axb.learn(A, one_to_one=True)
    with pytest.raises(axb.UsageError, match="did you mean score"):
        axb.match(A, B, model="m.axb")
