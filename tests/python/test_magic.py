"""`%%axb`: a cell of C is a Scorer, errors are those of its lines, and nobody sees our files."""

import os
import re
import sys
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import axb

GOOD = """double score(const axb_row_a *a, const axb_row_b *b)
{
    return axb_jaro_winkler(a->name, b->name);
}
"""
BAD = GOOD.replace("b->name", "b->nmae")


@pytest.fixture
def shell() -> Iterator[Any]:
    """An IPython with the extension and two tables."""
    shell = InteractiveShell.instance()
    shell.reset()
    shell.run_line_magic("load_ext", "axb")
    shell.user_ns.update(
        left=pd.DataFrame({"name": ["Anna Meyer", "Paul Smith"], "full name": ["x", "y"]}),
        right=pd.DataFrame({"name": ["Ana Meyer", None], "zip": ["8004", "3012"]}),
    )
    yield shell
    InteractiveShell.clear_instance()


def cell(shell: Any, text: str) -> Any:
    """Run a cell as Jupyter does and return its result object."""
    return shell.run_cell(text, store_history=True)


def test_makes_a_scorer(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cell(shell, f"%%axb close\n{GOOD}").raise_error()
    assert isinstance(shell.user_ns["close"], axb.Scorer)
    assert capsys.readouterr().out == ""
    pairs = cell(shell, "axb.match(left, right, score=close, min=0.9)\n".replace("axb.", "__import__('axb').")).result
    assert pairs[["a", "b"]].values.tolist() == [[0, 0]]


def test_is_tried_on_tables(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cell(shell, f"%%axb close left right\n{GOOD}").raise_error()
    said = capsys.readouterr().out
    assert "close: compiled in" in said
    assert "a.name, b.name" in said
    assert "left: name, full name" in said
    assert 'left row 0: name "Anna Meyer"' in said
    assert "fd:" not in said


def test_one_table_is_compared_with_itself(shell: Any) -> None:
    cell(shell, f"%%axb close right\n{GOOD}").raise_error()
    assert not cell(shell, f"%%axb close left\n{GOOD.replace('name', 'zip')}").success


def test_error_is_that_of_the_cells_line(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cell(shell, "1")
    result = cell(shell, f"%%axb close left right\n{BAD}")
    assert isinstance(result.error_in_exec, axb.ScorerError)
    message = str(result.error_in_exec)
    assert "cell [2]:4:41: error" in message
    assert "did you mean 'name'?" in message
    assert "close" not in shell.user_ns
    # The error is shown without lines of Python, and without paths of ours.
    shown = capsys.readouterr().out
    assert "cell [2]:4:41: error" in shown
    for ours in ("fd:", "/proc", "/tmp", ".py", "Traceback"):
        assert ours not in shown + message


def test_error_at_first_use(shell: Any) -> None:
    cell(shell, f"%%axb close\n{BAD}").raise_error()
    close = shell.user_ns["close"]
    with pytest.raises(axb.ScorerError, match=r"cell \[1\]:4:41: error") as caught:
        axb.match(shell.user_ns["left"], shell.user_ns["right"], score=close, min=0.5)
    assert "fd:" not in str(caught.value)


@pytest.mark.parametrize(("line", "says"), [("", "NAME"), ("a-b", "NAME"), ("f x y z", "NAME"), ("f nobody", "nobody")])
def test_usage(shell: Any, line: str, says: str) -> None:
    result = cell(shell, f"%%axb {line}\n{GOOD}")
    assert isinstance(result.error_in_exec, axb.UsageError)
    assert says in str(result.error_in_exec)


def test_scorer_without_a_notebook(capfd: pytest.CaptureFixture[str]) -> None:
    scorer = axb.Scorer(BAD, "close")
    with pytest.raises(axb.ScorerError, match="close:3:41: error"):
        scorer.check([{"name": "x"}])
    assert capfd.readouterr() == ("", "")
    with pytest.raises(axb.UsageError, match="bytes"):
        axb.Scorer(b"double score")  # type: ignore[arg-type]


def test_descriptors_are_closed() -> None:
    rows = [{"name": "x"}]
    axb.Scorer(GOOD).check(rows)
    before = os.listdir("/proc/self/fd")
    axb.Scorer(GOOD).check(rows)
    with pytest.raises(axb.ScorerError):
        axb.Scorer(BAD).check(rows)
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_import_of_the_package_does_not_load_ipython() -> None:
    import subprocess

    code = "import axb, sys; sys.exit('IPython' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_function_that_raises_shows_the_users_lines_alone(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cell(shell, "import axb\ndef f(a, b):\n    return 1 / 0\n").raise_error()
    result = cell(shell, "axb.match(left, right, score=f, min=0.9)")
    assert isinstance(result.error_in_exec, axb.ScorerError)
    assert "Cell In[1], line 3, in f\n" in result.error_in_exec.traceback
    shown = capsys.readouterr().out
    shown = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "Cell In[2], line 1" in shown
    assert "ZeroDivisionError: division by zero" in shown
    assert "_query.py" not in shown
    assert "_match.py" not in shown
