"""What goes wrong, as exceptions. All of them are `AxbError`."""

from __future__ import annotations


class AxbError(Exception):
    """Any error of axb."""


class UsageError(AxbError, ValueError):
    """The call asks for something that cannot be."""


class DataError(AxbError, ValueError):
    """A table holds something that axb cannot take."""


class ScorerError(AxbError):
    """A scorer failed."""


class ShipError(AxbError, TypeError):
    """A function cannot be copied into other processes."""


class MapError(AxbError):
    """A function failed on an item of `map`."""


class LimitError(AxbError, MemoryError):
    """A run would need more than it may have."""


class Stopped(AxbError):
    """A run was stopped."""


class VersionError(AxbError, ImportError):
    """The package and the program are of different versions."""
