"""The package is as ruff and mypy want it; pyproject.toml says how strict they are."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKED = ["matcher/python", "tests/python", "tests/cluster", "bench/sweep", "bench/sweep.d", "tests/sweep"]


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", *CHECKED],
        ["ruff", "format", "--check", *CHECKED],
        ["mypy"],
        ["mypy", "bench/sweep", "bench/sweep.d", "tests/sweep"],
    ],
    ids=["ruff", "format", "mypy", "mypy of bench/sweep"],
)
def test_style(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
