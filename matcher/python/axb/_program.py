"""Where the program `axb` is, and whether it is of this package's version."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

from . import _axb
from ._errors import VersionError


def find() -> str:
    """Return the path of the program: what AXB names, the one of the package, or the first on the PATH.

    Raises
    ------
    VersionError
        It is missing, cannot be started, or is of another version than the package.
    """
    path, why = _locate()
    _check(path, why)
    return path


def package_version() -> str:
    """Return the version of the package, which is that of its extension."""
    version: str = _axb.version
    return version


def _locate() -> tuple[str, str]:
    """Return the path, and what led to it."""
    named = os.environ.get("AXB")
    if named:
        return named, "AXB names it"
    # Beside the extension: in an editable install the Python files stand elsewhere.
    own = Path(_axb.__file__).parent / "bin" / "axb"
    if os.access(own, os.X_OK):
        return str(own), "it belongs to the package"
    found = shutil.which("axb")
    if found:
        return found, "it is on the PATH"
    raise VersionError("the program axb is missing", "install it, or set AXB to its path")


@functools.cache
def _check(path: str, why: str) -> None:
    """Ask the program once a process; a failure is not remembered."""
    try:
        done = subprocess.run([path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VersionError(f"{path} cannot be started ({why}): {error}") from None
    said, wanted = done.stdout.strip(), f"axb {package_version()}"
    if done.returncode != 0 or said != wanted:
        raise VersionError(
            f"{path} says that it is {said or 'nothing'!r} ({why}), and the package at {Path(__file__).parent} is "
            f"{wanted!r}",
            "install both in the same version, or set AXB to the path of the right program",
        )
