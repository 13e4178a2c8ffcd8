"""The example notebook runs from top to bottom, and what a reader is to see is there."""

import re
from pathlib import Path

import nbclient
import nbformat
import pytest

FILE = Path(__file__).resolve().parents[2] / "matcher/python/examples/match.ipynb"


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The notebook as executed by a kernel of its own."""
    folder = str(tmp_path_factory.mktemp("jupyter"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
            patch.setenv(name, folder)
        made = nbformat.read(FILE, as_version=4)
        return nbclient.NotebookClient(made, timeout=60, kernel_name="python3").execute()


def outputs(notebook: nbformat.NotebookNode, begins: str) -> list[nbformat.NotebookNode]:
    """What the cell with a line that begins so has put out."""
    cells = [c for c in notebook.cells if any(line.startswith(begins) for line in c.source.splitlines())]
    assert len(cells) == 1, begins
    return list(cells[0].outputs)


def text(output: nbformat.NotebookNode) -> str:
    return str(output.get("text") or output.data["text/plain"])


def test_is_kept_without_outputs() -> None:
    for cell in nbformat.read(FILE, as_version=4).cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None), cell.source


def test_fits_into_its_column() -> None:
    for cell in nbformat.read(FILE, as_version=4).cells:
        if cell.cell_type == "code":
            assert max(map(len, cell.source.splitlines())) <= 88, cell.source


def test_writes_nothing_to_stderr(notebook: nbformat.NotebookNode) -> None:
    said = [o.text for c in notebook.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    # A bar, which begins with a return, is there where a run takes longer than a second.
    assert not re.sub(r"\r[^\r\n]*", "", "".join(said)).strip()


def test_python_and_c_agree(notebook: nbformat.NotebookNode) -> None:
    assert text(outputs(notebook, "in_c = axb.match")[-1]) == "True"


def test_scorer_is_tried(notebook: nbformat.NotebookNode) -> None:
    assert "a.name" in text(outputs(notebook, "%%axb same_person_c")[0])


def test_what_is_shown(notebook: nbformat.NotebookNode) -> None:
    for begins in ("pairs.head()", "axb.plan(", "axb.explain("):
        assert "text/html" in outputs(notebook, begins)[-1].data
    for begins in ('draw("By name alone', 'draw("By name, date'):
        assert "image/png" in outputs(notebook, begins)[-1].data


def test_choices_and_groups(notebook: nbformat.NotebookNode) -> None:
    assert "B-cubed" in outputs(notebook, "truth = ")[-1].data["text/html"]
    for begins in ("axb.match(shop, club, score=score", "groups.head()", "rules = "):
        assert "text/html" in outputs(notebook, begins)[-1].data


def test_learning(notebook: nbformat.NotebookNode) -> None:
    for begins in ("model = axb.learn(", "learned = ", "why = ", "suggestion = "):
        assert "text/html" in outputs(notebook, begins)[-1].data, begins
    measured = re.search(r"precision (0\.\d+) +recall (0\.\d+)", text(outputs(notebook, "learned = ")[-1]))
    assert measured is not None
    assert min(map(float, measured.groups())) > 0.97


def test_map(notebook: nbformat.NotebookNode) -> None:
    # 496 is the only perfect number among them.
    assert text(outputs(notebook, "axb.map(")[-1]).count("496") == 1
