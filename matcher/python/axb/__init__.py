"""Compare every record of one table with every record of another, and lose no pair.

    import axb
    pairs = axb.match(a, b, on="name", min=0.9)

`match` and `dedupe` find pairs, `plan` says how and how long it takes, `explain` why two records match. `learn` finds
out how to score pairs, without labels, and `suggest` a threshold. `cluster` makes groups of records from pairs, and
`evaluate` measures both against a truth. `load` keeps a table for several runs, `read_pairs` reads a file of pairs,
`map` calls a function for many items, and ``%load_ext axb`` brings ``%%axb`` for scorers in C. `prepare`, `run` and
`merge` do a match in parts; `axb.spark`, `axb.dask` and `axb.ray` match the tables of a cluster.
The metrics are functions of two texts: ``axb.jaro_winkler("anna", "hanna")``.

Nothing is imported before it is used: workers import this package as well.
"""

from __future__ import annotations

import importlib
import sys

TYPE_CHECKING = False  # typing costs as much to import as all the rest
if TYPE_CHECKING:
    from typing import Any

# The public names, each with the module that has it.
_MODULES = {
    "match": "_match",
    "dedupe": "_match",
    "cluster": "_clusters",
    "evaluate": "_evaluate",
    "Evaluation": "_evaluate",
    "learn": "_learn",
    "Model": "_model",
    "suggest": "_suggest",
    "Suggestion": "_suggest",
    "plan": "_plan",
    "Plan": "_plan",
    "prepare": "_prepared",
    "Prepared": "_prepared",
    "run": "_prepared",
    "merge": "_prepared",
    "explain": "_explain",
    "Explanation": "_explain",
    "load": "_load",
    "Table": "_load",
    "map": "_map",
    "read_pairs": "_read_pairs",
    "row": "_row",
    "Record": "_axb",
    "Scorer": "_scorer",
    "load_ipython_extension": "_magic",
    "AxbError": "_errors",
    "UsageError": "_errors",
    "DataError": "_errors",
    "ScorerError": "_errors",
    "ShipError": "_errors",
    "MapError": "_errors",
    "LimitError": "_errors",
    "Stopped": "_errors",
    "VersionError": "_errors",
}

# For tables of a cluster: modules that are used as such. They need what they are named after.
_ENGINES = ("spark", "dask", "ray")

_FOR_EXPRESSIONS = (
    ": it looks at whole columns, so it cannot compare two texts alone; "
    "use it in an expression, such as score='{}(title)'"
)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name == "Record":
        value = _extension().Record
    elif name in _MODULES:
        value = getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    elif name in _ENGINES:
        value = importlib.import_module(f".{name}", __name__)
    elif name == "__version__":
        value = _extension().version
    elif name == "__all__":
        value = [*_MODULES, *_extension().METRICS]
    elif not name.startswith("_") and name in _extension().METRICS:
        value = getattr(_extension(), name)
    else:
        here = importlib.import_module(__name__)
        why = _FOR_EXPRESSIONS.format(name) if name in _extension().EXPRESSION_METRICS else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{why}", name=name, obj=here)
    globals()[name] = value
    return value


def _extension() -> Any:
    """Return the module that has the metrics: in a worker its own, which knows the texts of records."""
    return sys.modules.get("_axb_worker") or importlib.import_module("._axb", __name__)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_ENGINES, *_extension().METRICS, "__version__"})
