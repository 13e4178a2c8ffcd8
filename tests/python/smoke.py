"""Does an installed package work? Needs nothing but the package; says nothing when it does.

Not for pytest: whoever has just made a wheel runs it, see test_install.py and pyproject.toml.
"""

import axb

ROWS = {"name": ["Anna Meyer", "Paul Smith", None], "zip": ["8004", "3012", "8004"]}


def score(a: axb.Record, b: axb.Record) -> float:
    """Call a metric in a worker, so that both extensions are loaded."""
    return axb.jaro_winkler(a.name, b.name)


def main() -> None:
    """Match by the program, by a function, and map."""
    by_name = axb.match(ROWS, ROWS, on="name", min=0.9)
    assert list(by_name["a"]) == [0, 1], by_name
    by_function = axb.match(ROWS, ROWS, score=score, where="a.zip == b.zip", min=0.9)
    assert list(by_function["b"]) == [0, 1], by_function
    assert axb.map(abs, [-2, -1, 0]) == [2, 1, 0]


if __name__ == "__main__":
    main()
