"""What the two README.md show is what happens."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("file", ["README.md", "matcher/python/README.md"])
def test_examples_of(file: str) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / file).read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    test = doctest.DocTestParser().get_doctest(blocks[0], {"__name__": "__main__"}, file, file, 0)
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.tries >= 5
    assert runner.failures == 0
