"""What only a notebook has: cells. Errors name them as IPython does, and show no line of this package."""

from __future__ import annotations

import os
import re
import sys
import traceback as tracebacks
from types import TracebackType
from typing import Any


def shell() -> Any:
    """Return the IPython of this process, or None; nothing of it is imported."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None


def rendered(error: BaseException) -> list[str]:
    """Return what IPython shows of an error, without the lines of this package."""
    trace = _without_package(error.__traceback__)
    ipython = shell()
    if ipython is None:
        return tracebacks.format_exception(type(error), error, trace)
    lines: list[str] = ipython.InteractiveTB.structured_traceback(type(error), error, trace)
    return lines


def _without_package(trace: TracebackType | None) -> TracebackType | None:
    if trace is None:
        return None
    rest = _without_package(trace.tb_next)
    if os.path.dirname(trace.tb_frame.f_code.co_filename) == os.path.dirname(__file__):
        return rest
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def with_cells(traceback: str) -> str:
    """Call the files of cells in a traceback as IPython does: `Cell In[3], line 2` for `File "/tmp/…", line 2`."""
    name_of = getattr(getattr(shell(), "compile", None), "format_code_name", None)
    if name_of is None:
        return traceback

    def named(match: re.Match[str]) -> str:
        label = name_of(match[1])
        return f"{label[0]} {label[1]}, line" if label else match[0]

    return re.sub(r'File "([^"\n]+)", line', named, traceback)
