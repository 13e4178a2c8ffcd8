"""Files of the format "values" against the format "pairs", which has a record for each pair of rows."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import numpy as np
import pytest

import axb
from axb import _program

SEED = 20261130
RECORD = np.dtype([("a", "<u4"), ("b", "<u4"), ("score", "<f8")])


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make two tables in which values repeat, and some are missing."""
    folder = tmp_path_factory.mktemp("values")
    rng = random.Random(SEED)
    for name in "AB":
        lines = ["id,name,city"]
        for i in range(3000):
            n = rng.randrange(600)
            lines.append(f"{i},{'' if n == 0 else f'anna {n:03} meyer'},{rng.choice(['Bonn', 'Oslo', 'Rome', ''])}")
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def run(*words: str | Path) -> None:
    subprocess.run([_program.find(), *map(str, words), "-q"], check=True)


EQUAL = ["--on", "city", "--metric", "equal", "--min", "1"]
NAMES = ["--on", "name", "--min", "0.9"]
SUM = ["--score", "0.7 * jaro_winkler(name) + 0.3 * equal(city)", "--min", "0.95"]


@pytest.mark.parametrize(
    "words",
    [
        ["match", "A.csv", "B.csv", *NAMES],
        ["match", "A.csv", "B.csv", *EQUAL],
        ["match", "A.csv", "B.csv", *SUM],
        ["match", "A.csv", "B.csv", *NAMES, "--top", "2"],
        ["match", "A.csv", "B.csv", *NAMES, "--one-to-one"],
        ["match", "A.csv", "B.csv", *NAMES, "--no-prune", "--where", "a.city == 'Oslo'"],
        ["match", "A.csv", "B.csv", "--on", "name", "--min", "1", "--where", "a.city == 'Kiel'"],
        ["match", "A.csv", "B.csv", "--on", "id", "--metric", "levenshtein_distance", "--max", "0"],
        ["dedupe", "A.csv", *NAMES],
        ["dedupe", "A.csv", *SUM],
    ],
)
def test_same_pairs(tables: Path, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tables)
    run(*words, "-o", tmp_path / "x.values")
    run(*words, "-o", tmp_path / "y.values", "-j", "1")
    run(*words, "--format", "pairs", "-o", tmp_path / "x.pairs")
    expected = np.fromfile(tmp_path / "x.pairs", RECORD, offset=64)
    found = axb.read_pairs(tmp_path / "x.values")
    assert list(found) == ["a", "b", "score"]
    for name, array in found.items():
        assert np.array_equal(array, expected[name]), name
    assert (tmp_path / "x.values").read_bytes() == (tmp_path / "y.values").read_bytes()


@pytest.mark.parametrize("words", [["match", "A.csv", "B.csv"], ["dedupe", "A.csv"]])
def test_ranges_of_rows(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory is short the file has several blocks."""
    monkeypatch.chdir(tmp_path)
    for name in "AB":
        Path(f"{name}.csv").write_text("name\n" + "".join(f"anna {i:04} meyer\n" for i in range(2000)))
    words = [*words, "--on", "name", "--min", "0.3"]
    run(*words, "-o", "x.values", "-j", "1", "--max-memory", "40M")
    run(*words, "-o", "x.pairs", "--format", "pairs")
    expected = np.fromfile("x.pairs", RECORD, offset=64)
    for name, array in axb.read_pairs("x.values").items():
        assert np.array_equal(array, expected[name]), name
    assert Path("x.values").read_bytes().count(b"AXBVBLK1") > 1


@pytest.mark.parametrize(
    "words",
    [
        ["match", "A.csv", "B.csv", *NAMES],
        ["match", "A.csv", "B.csv", *SUM],
        ["match", "A.csv", "B.csv", *NAMES, "--no-prune", "--where", "a.city == 'Oslo'"],
        ["match", "A.csv", "B.csv", "--on", "name", "--min", "1", "--where", "a.city == 'Kiel'"],
        ["dedupe", "A.csv", *NAMES],
    ],
)
@pytest.mark.parametrize("shards", [1, 3])
def test_shards(tables: Path, words: list[str], shards: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What axb merge makes of shards has the pairs of the whole."""
    monkeypatch.chdir(tables)
    parts = [tmp_path / f"{i}.shard" for i in range(shards)]
    for i, part in enumerate(parts):
        run(*words, "--format", "values", "--shard", f"{i + 1}/{shards}", "-o", part)
    run("merge", *parts, "-o", tmp_path / "x.values")
    run(*words, "-o", tmp_path / "y.values")
    expected = axb.read_pairs(tmp_path / "y.values")
    for name, array in axb.read_pairs(tmp_path / "x.values").items():
        assert np.array_equal(array, expected[name]), name


def test_shards_that_choose(tables: Path, tmp_path: Path) -> None:
    """What merge chooses from must have lines."""
    words = ["match", tables / "A.csv", tables / "B.csv", *NAMES, "--one-to-one", "--shard", "1/2"]
    command = [_program.find(), *map(str, words), "--format", "values", "-o", str(tmp_path / "1.shard")]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 2
    assert "chooses from the lines of all shards, and the format values has none" in said.stderr


def test_refuses(tables: Path, tmp_path: Path) -> None:
    """A file that was cut anywhere is refused, and so is any other file."""
    path = tmp_path / "x.values"
    run("match", tables / "A.csv", tables / "B.csv", *NAMES, "-o", path)
    whole = path.read_bytes()
    rng = random.Random(SEED)
    ends = [0, 7, 8, 15, 16, 80, len(whole) - 16, len(whole) - 8, len(whole) - 1]
    for n in [*ends, *rng.choices(range(len(whole)), k=50)]:
        path.write_bytes(whole[:n])
        with pytest.raises(axb.DataError, match=r"was cut or is damaged|holds no pairs"):
            axb.read_pairs(path)
    wrong_length = whole[:32] + bytes([whole[32] ^ 1]) + whole[33:]  # the number of values of A
    no_block = whole[:16] + b"\0" * 8 + whole[24:]  # the bytes of the block
    flipped = []
    for at in rng.choices(range(16, len(whole) - 8), k=50):
        flipped.append(whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :])
    for damaged in (whole + b"\0" * 8, wrong_length, no_block, *flipped):
        path.write_bytes(damaged)
        with pytest.raises(axb.DataError, match="was cut or is damaged"):
            axb.read_pairs(path)
    with pytest.raises(axb.DataError, match="holds no pairs of values"):
        axb.read_pairs(tables / "A.csv")
