"""The exceptions of the package."""

from __future__ import annotations


class AxbError(Exception):
    """Any error of axb."""


class UsageError(AxbError, ValueError):
    """What was asked for cannot be."""


class DataError(AxbError, ValueError):
    """The data cannot be read."""


class ScorerError(AxbError):
    """A scorer failed."""


class ShipError(AxbError, TypeError):
    """A function cannot be copied to another process."""


class MapError(AxbError):
    """A function failed on an item."""


class LimitError(AxbError, MemoryError):
    """Memory or time does not suffice."""


class Stopped(AxbError):
    """The run was stopped."""


class VersionError(AxbError, ImportError):
    """The program is of another version than the package."""
