"""Scorers in Python on the command line: `axb match --score score.py`.

The pairs, scores and bytes against a double loop in this process, and what is said when the function
fails.
"""

from __future__ import annotations

import csv
import os
import platform
import random
import subprocess
import sys
from pathlib import Path

import pytest

AXB = os.environ.get("AXB", str(Path(__file__).parents[2] / "build/release/axb"))
FIELDS = ["id", "name", "zip", "full name"]


def run(*arguments: object, cwd: Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run axb, with the scorer in the Python that runs this test."""
    command = [AXB, *map(str, arguments), "--python", sys.executable]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, **options)


def make_tables(folder: Path, seed: int, rows_a: int = 60, rows_b: int = 80) -> tuple[list, list]:
    chance = random.Random(seed)
    tables = []
    for file, n in (("A.csv", rows_a), ("B.csv", rows_b)):
        rows = []
        for i in range(n):
            name = chance.choice(["Ann", "Anna", "Bob", "Zoë", "李", ""])
            rows.append([str(i), name, str(chance.randrange(9)), chance.choice(["x y", "x  y", "q"])])
        tables.append([dict(zip(FIELDS, (v or None for v in r), strict=True)) for r in rows])
        with open(folder / file, "w", newline="") as out:
            csv.writer(out).writerows([FIELDS, *rows])
    return tables[0], tables[1]


SCORE = """
def letters(x):
    return {c for c in x}

def score(a, b):
    if a.name is None or b.name is None:
        return None
    both = letters(a.name) | letters(b.name)
    same = letters(a.name) & letters(b["name"])
    order = "".join(both)            # of a set: as hashes have it
    return len(same) / len(both) + (0.001 if order[0] == a.name[0] else 0)
"""


class Row(dict):
    __getattr__ = dict.__getitem__


def double_loop(a: list, b: list, min_score: float, where: bool) -> list[tuple[int, int]]:
    namespace: dict = {}
    exec(SCORE, namespace)
    found = []
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            if where and x["zip"] != y["zip"]:
                continue
            score = namespace["score"](Row(x), Row(y))
            if score is not None and score >= min_score:
                found.append((i + 1, j + 1))
    return found


@pytest.mark.parametrize("where", [False, True])
def test_double_loop(tmp_path: Path, where: bool) -> None:
    a, b = make_tables(tmp_path, 1)
    (tmp_path / "s.py").write_text(SCORE)
    outputs = set()
    # 0.4 lies between the scores k / n, further from each than what the order adds
    expected = double_loop(a, b, 0.4, where)
    assert 50 < len(expected) < 60 * 80 / 2
    for workers in (1, 2, 7):
        more = ["--where", "a.zip == b.zip"] if where else []
        got = run("match", "A.csv", "B.csv", "--score", "s.py", "--min", 0.4, "-j", workers, *more, cwd=tmp_path)
        assert got.returncode == 0, got.stderr
        outputs.add(got.stdout)
        rows = [tuple(map(int, line.split(",")[:2])) for line in got.stdout.splitlines()[1:]]
        assert rows == expected
    assert len(outputs) == 1  # hashes are the same in all workers, and so is the order of sets


def test_union_and_dedupe(tmp_path: Path) -> None:
    a, _ = make_tables(tmp_path, 2)
    (tmp_path / "s.py").write_text(SCORE)
    where = "a.zip == b.zip || a.name == b.name"
    got = run("dedupe", "A.csv", "--score", "s.py", "--where", where, "--min", 0.4, cwd=tmp_path)
    wanted = [
        (i, j)
        for i, j in double_loop(a, a, 0.4, False)
        if i < j and (a[i - 1]["zip"] == a[j - 1]["zip"] or a[i - 1]["name"] == a[j - 1]["name"])
    ]
    rows = [tuple(map(int, line.split(",")[:2])) for line in got.stdout.splitlines()[1:]]
    assert rows == wanted and len(wanted) > 50


def test_roads(tmp_path: Path) -> None:
    """Shards, an audit, a resumed run and a named table give the bytes of one run."""
    make_tables(tmp_path, 3)
    (tmp_path / "s.py").write_text(SCORE)
    asked = ["--score", "s.py", "--min", 0.4]
    one = run("match", "A.csv", "B.csv", *asked, cwd=tmp_path)
    for i in (1, 2, 3):
        got = run("match", "A.csv", "B.csv", *asked, "--shard", f"{i}/3", "-o", f"s{i}", cwd=tmp_path)
        assert got.returncode == 0, got.stderr
    merged = subprocess.run([AXB, "merge", "s1", "s2", "s3"], cwd=tmp_path, capture_output=True, text=True)
    assert merged.stdout == one.stdout
    audited = run("match", "A.csv", "B.csv", *asked, "--audit", 20, cwd=tmp_path)
    assert audited.returncode == 0 and audited.stdout == one.stdout
    resumed = run("match", "A.csv", "B.csv", *asked, "--resume", "j", "-o", "r.csv", cwd=tmp_path)
    assert resumed.returncode == 0 and (tmp_path / "r.csv").read_text() == one.stdout
    boxed = run("match", "A.csv", "B.csv", *asked, "--sandbox", cwd=tmp_path)
    assert boxed.returncode == 0 and boxed.stdout == one.stdout
    name = f"test-{os.getpid()}"
    subprocess.run([AXB, "data", "load", name, "B.csv"], cwd=tmp_path, check=True, capture_output=True)
    try:
        named = run("match", "A.csv", f"@{name}", *asked, cwd=tmp_path)
    finally:
        subprocess.run([AXB, "data", "rm", name], check=True, capture_output=True)
    assert named.stdout == one.stdout


def test_records(tmp_path: Path) -> None:
    """What a record can do, with columns that are read for sure and others."""
    make_tables(tmp_path, 4, 3, 3)
    (tmp_path / "s.py").write_text(
        "kept = []\n"
        "def all_of(r):\n"
        "    return dict(r)\n"
        "def score(a, b):\n"
        "    kept.append((a, a.id))\n"
        "    assert all(r.id == i for r, i in kept), 'a record that is kept has changed'\n"
        "    assert all_of(a) == {k: a[k] for k in a} == dict(a.items())\n"
        "    assert list(a) == a.keys() == ['id', 'name', 'zip', 'full name'] and len(a) == 4\n"
        "    assert a.get('nothing') is None and a.get('nothing', 3) == 3 and 'name' in a\n"
        "    assert getattr(a, 'full name') == a['full name'] == a.values()[3]\n"
        "    none = 'nothing' + a.id\n"
        "    for wrong in (lambda: a[none], lambda: setattr(a, 'name', 'x'), lambda: getattr(a, none)):\n"
        "        try:\n"
        "            wrong()\n"
        "        except (KeyError, AttributeError):\n"
        "            continue\n"
        "        raise AssertionError('no error')\n"
        "    return repr(a).startswith('Record(id=') and isinstance(a, type(b).__mro__[1])\n"
    )
    got = run("match", "A.csv", "B.csv", "--score", "s.py", "--min", 1, cwd=tmp_path)
    assert got.returncode == 0, got.stderr
    assert len(got.stdout.splitlines()) == 10


@pytest.mark.parametrize("where", ["", "a.zip != 'x' && b.zip != 'x' && levenshtein(zip) >= 0"])
def test_columns_that_are_read_now_and_then(tmp_path: Path, where: str) -> None:
    """After some thousand calls a worker fills only the columns that are read often; records stay what they were."""
    a, b = make_tables(tmp_path, 12, 90, 110)
    (tmp_path / "s.py").write_text(
        "kept = []\n"
        "def score(a, b):\n"
        "    n = int(a.id) * 7 + int(b.id)\n"
        "    if n % 50 == 0:\n"
        "        kept.append((a, b, repr(a), repr(b)))\n"
        "    for r, s, x, y in kept[-3:]:\n"
        "        assert repr(r) == x and repr(s) == y\n"
        "    if n % 13 == 0:\n"
        "        return len(a.name or '') + len(b['full name']) / 10\n"
        "    return 2 if n % 11 == 0 and a.zip == b.zip else 0\n"
    )
    more = ["--where", where] if where else []
    got = run("match", "A.csv", "B.csv", "--score", "s.py", "--min", 0.01, "-j", 1, *more, cwd=tmp_path)
    assert got.returncode == 0, got.stderr
    expected = []
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            n = i * 7 + j
            score = 2 if n % 11 == 0 and x["zip"] == y["zip"] else 0
            if n % 13 == 0:
                score = len(x["name"] or "") + len(y["full name"]) / 10
            if score >= 0.01:
                expected.append((str(i + 1), str(j + 1), score))
    rows = [(r[0], r[1], float(r[2])) for r in csv.reader(got.stdout.splitlines()[1:])]
    assert rows == expected and len(expected) > 500


FAILURES = {
    "1 / 0": (76, "raised ZeroDivisionError: division by zero"),
    "sys.exit()": (76, "raised SystemExit"),
    "exec('raise KeyboardInterrupt')": (76, "raised KeyboardInterrupt"),
    "bytearray(1 << 60)": (76, "raised MemoryError"),
    "late": (76, "raised NameError: name 'late' is not defined"),
    "'x'": (76, "must return a number or None, and returned 'str'"),
    "1j": (76, "must return a number or None, and returned 'complex'"),
    "[1]": (76, "must return a number or None, and returned 'list'"),
    "a.nmae": (76, "reads the column `nmae` of A, which has none"),
    "os._exit(3)": (76, "exited with 3 on row "),
    "ctypes.string_at(0)": (76, "was killed by SIGSEGV"),
    "score(a, b)": (76, "raised RecursionError"),
    "exec('class E(Exception):\\n  def __str__(s): 1/0\\nraise E')": (76, "raised E"),
}


@pytest.mark.parametrize("what", FAILURES)
@pytest.mark.parametrize("where", [False, True])
def test_failures(tmp_path: Path, what: str, where: bool) -> None:
    make_tables(tmp_path, 5, 20, 20)
    (tmp_path / "s.py").write_text(f"import sys, os, ctypes\ndef score(a, b):\n    return {what}\n")
    more = ["--where", "a.zip == b.zip"] if where else []
    got = run("match", "A.csv", "B.csv", "--score", "s.py", "--min", 0, "-o", "o.csv", *more, cwd=tmp_path, timeout=60)
    status, text = FAILURES[what]
    assert got.returncode == status, got.stderr
    assert text in got.stderr
    assert not (tmp_path / "o.csv").exists()
    if "raised" in text and "MemoryError" not in text:
        assert f"    return {what.splitlines()[0]}"[:20] in got.stderr


def test_endless_loop(tmp_path: Path) -> None:
    make_tables(tmp_path, 6, 3, 3)
    (tmp_path / "s.py").write_text("def score(a, b):\n    while a.id == '1': pass\n    return 1\n")
    got = run("match", "A.csv", "B.csv", "--score", "s.py", "--min", 0, "--pair-timeout", 0.5, cwd=tmp_path, timeout=60)
    assert got.returncode == 76 and "took longer than 0.5 s on row 2 of A and row 1 of B" in got.stderr


@pytest.mark.parametrize("where", ["", "a.zip == b.zip", "a.zip == b.zip || a.name == b.name"])
def test_skip(tmp_path: Path, where: str) -> None:
    """With --on-crash skip pairs that fail are no matches, and are listed once."""
    a, b = make_tables(tmp_path, 7)
    (tmp_path / "s.py").write_text(
        "import os\ndef score(a, b):\n"
        "    if a.id == '7' and b.id == '7': os._exit(1)\n"
        "    return 1 / (int(a.id) % 10)\n"
    )
    more = ["--where", where] if where else []
    got = run(
        "match", "A.csv", "B.csv", "--score", "s.py", "--min", 0, "--on-crash", "skip",
        "--rejects", "r.csv", "--max-rejects", 5000, *more, cwd=tmp_path,
    )  # fmt: skip
    assert got.returncode == 0, got.stderr

    def asked(x: dict, y: dict) -> bool:
        same = x["zip"] == y["zip"] or ("||" in where and x["name"] is not None and x["name"] == y["name"])
        return not where or same

    both = [(x, y) for x in a for y in b if asked(x, y)]
    failing = [(x, y) for x, y in both if int(x["id"]) % 10 == 0 or (x["id"], y["id"]) == ("7", "7")]
    rejects = (tmp_path / "r.csv").read_text().splitlines()[1:]
    assert [tuple(r.split(",")[:2]) for r in rejects] == [
        (str(int(x["id"]) + 1), str(int(y["id"]) + 1)) for x, y in failing
    ]
    assert rejects[0].endswith("raised ZeroDivisionError: division by zero")
    assert len(got.stdout.splitlines()) - 1 == len(both) - len(failing)


def test_too_many(tmp_path: Path) -> None:
    make_tables(tmp_path, 8)
    (tmp_path / "s.py").write_text("def score(a, b):\n    return 1 / 0\n")
    got = run("match", "A.csv", "B.csv", "--score", "s.py", "--min", 0, "--on-crash", "skip", cwd=tmp_path)
    assert got.returncode == 76 and "failed on more than 1000 pairs (--max-rejects)" in got.stderr


def test_more_than_can_be_listed(tmp_path: Path) -> None:
    """No pair is left out in silence: where there are too many in one place, the run ends."""
    make_tables(tmp_path, 13, 3, 3000)
    (tmp_path / "s.py").write_text("def score(a, b):\n    return 1 / 0\n")
    asked = ["--score", "s.py", "--min", 0, "--on-crash", "skip", "--max-rejects", 1000000]
    got = run("match", "A.csv", "B.csv", *asked, cwd=tmp_path)
    assert got.returncode == 76 and "of a few rows of A; 1024 can be left out" in got.stderr


BAD_FILES = {
    "def score(a, b):\n    return a.x +\n": (76, "s.py:2: invalid syntax"),
    "def other(a, b):\n    return 1\n": (76, "has no function `score(a, b)`"),
    "def score(a):\n    return 1\n": (76, "cannot be called with two records"),
    "import nothing_like_it\ndef score(a, b):\n    return 1\n": (76, "ModuleNotFoundError"),
}


@pytest.mark.parametrize("text", BAD_FILES)
def test_bad_files(tmp_path: Path, text: str) -> None:
    make_tables(tmp_path, 9, 3, 3)
    (tmp_path / "s.py").write_text(text)
    got = run("match", "A.csv", "B.csv", "--score", "s.py", "--min", 0, cwd=tmp_path)
    status, wanted = BAD_FILES[text]
    assert got.returncode == status and wanted in got.stderr


def test_no_python(tmp_path: Path) -> None:
    make_tables(tmp_path, 9, 3, 3)
    (tmp_path / "s.py").write_text("def score(a, b):\n    return 1\n")
    command = [AXB, "match", "A.csv", "B.csv", "--score", "s.py", "--min", "0", "--python"]
    for python, text in (("no-such-python", "no program `no-such-python`"), ("/bin/false", "exited with 1")):
        got = subprocess.run([*command, python], cwd=tmp_path, capture_output=True, text=True)
        assert got.returncode in (69, 76) and text in got.stderr


def test_texts_and_paths_that_are_no_utf8(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    folder.mkdir()
    make_tables(folder, 1)
    scorer = Path(os.fsdecode(b"score\xfe.py"))
    code = 'def score(a, b):\n    return 0.5 if "\\0" in a.values() or "\\ud800" == b.name else 1\n'
    (folder / scorer).write_text(code)
    done = run("match", "A.csv", "B.csv", "--score", scorer, "--min", "1", "--count", "-q", cwd=folder)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, str(60 * 80), "")


@pytest.mark.parametrize("where", [[], ["--where", "a.id == b.id"]])
def test_rounds_otherwise(tmp_path: Path, where: list[str]) -> None:
    """The row is named at which the mode changed, also where pairs of many rows are scored at once."""
    make_tables(tmp_path, 1)
    towards_zero = 0xC00000 if platform.machine() == "aarch64" else 0xC00
    code = (
        'import ctypes\nlibrary = ctypes.CDLL("libm.so.6")\ndef score(a, b):\n    if a.id == "7":\n'
        f"        library.fesetround({towards_zero})\n    return 1\n"
    )
    (tmp_path / "other.py").write_text(code)
    command = ("match", "A.csv", "B.csv", "--score", "other.py", "--min", "1", *where, "--count", "-q")
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 76 and "on row 8 of A the scorer changed how" in done.stderr


def test_prints(tmp_path: Path) -> None:
    """What a scorer prints goes to stderr, and never among the pairs."""
    make_tables(tmp_path, 10, 2, 2)
    (tmp_path / "s.py").write_text("def score(a, b):\n    print('hello', a.id)\n    return 1\n")
    got = run("match", "A.csv", "B.csv", "--score", "s.py", "--min", 0, cwd=tmp_path)
    assert got.stderr.count("hello") == 4 and "hello" not in got.stdout


def test_explain_and_check(tmp_path: Path) -> None:
    make_tables(tmp_path, 11)
    (tmp_path / "s.py").write_text(SCORE)
    got = run("explain", "A.csv", "B.csv", "--score", "s.py", "--pair", "1,1", "--min", 0.5, cwd=tmp_path)
    assert got.returncode == 0 and "a.name" in got.stdout and "s.py" in got.stdout
    got = run("check", "s.py", "A.csv", "B.csv", cwd=tmp_path)
    assert got.returncode == 0 and "a Python function, run by" in got.stdout
    assert "reads     a.name, b.name" in got.stdout
