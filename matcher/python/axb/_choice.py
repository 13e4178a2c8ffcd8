"""Which of the pairs that match are kept, and which records without a partner stand beside them.

`match`, `dedupe`, `plan` and `prepare` take the same arguments for it: here they are checked, and become options of the
program, which does the choosing. Not here: how the result looks (`_match`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from . import _query
from ._errors import UsageError

if TYPE_CHECKING:
    from ._model import Model


@dataclass(frozen=True)
class Choice:
    """The arguments that say so, checked."""

    top: int | None = None
    top_b: int | None = None
    best: str | None = None
    one_to_one: bool | str = False
    unmatched: str | None = None
    linked: bool = False

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Choice:
        """Take what chooses from the arguments of a function, as its `locals()`, and check it."""
        choice = cls(**{one.name: arguments[one.name] for one in fields(cls) if one.name in arguments})
        if choice.best not in (None, "a", "b", "mutual"):
            raise UsageError(f'best is "a", "b" or "mutual"; this is {choice.best!r}')
        if choice.one_to_one not in (False, True, "optimal"):
            raise UsageError(f'one_to_one is True, False or "optimal"; this is {choice.one_to_one!r}')
        if choice.unmatched not in (None, "a", "b", "both"):
            raise UsageError(f'unmatched is "a", "b" or "both"; this is {choice.unmatched!r}')
        if not isinstance(choice.linked, bool):
            raise UsageError(f"linked is True or False; this is {choice.linked!r}")
        for name in ("top", "top_b"):
            if getattr(choice, name) is not None:
                _query.check_count(name, getattr(choice, name))
        others = [name for name in ("top", "top_b", "best") if getattr(choice, name) is not None]
        if choice.one_to_one and others:
            raise UsageError(f"one_to_one and {others[0]} both say which matches of a record are kept", "give one")
        return choice

    def of_model(self, model: Model | None) -> Choice:
        """Return what is kept by a model that says that the tables are one-to-one, where the caller does not choose."""
        chosen = self.one_to_one or self._counts()
        return replace(self, one_to_one=True) if model is not None and model.one_to_one and not chosen else self

    def keeps_best(self) -> bool:
        """Can it do without `min`? So it is where a number of pairs of each record is kept."""
        return not self.one_to_one and (self.linked or self._counts())

    def _counts(self) -> bool:
        """Say whether the caller has given a number of pairs of each record."""
        return any(given is not None for given in (self.top, self.top_b, self.best))

    def may_miss(self, side: int) -> bool:
        """Say whether the result may have rows without a record of this side."""
        others = self.unmatched in ("ba"[side], "both")
        return others or (side == 1 and self.linked)

    def options(self) -> list[str]:
        """Return the options of the program. It writes pairs of rows; `linked` is what is made of them."""
        out = []
        top = 1 if self.linked and not self.one_to_one and not self._counts() else self.top
        out += [] if top is None else [f"--top={top}"]
        out += [] if self.top_b is None else [f"--top-b={self.top_b}"]
        out += [] if self.best is None else [f"--best={self.best}"]
        out += ["--one-to-one"] if self.one_to_one else []
        out += ["--optimal"] if self.one_to_one == "optimal" else []
        alone = [side for side in (0, 1) if self.may_miss(1 - side)]  # whose records may have no partner
        return [*out, *([f"--unmatched={'both' if len(alone) > 1 else 'ab'[alone[0]]}"] if alone else [])]


def check_min(asked: _query.Asked, choice: Choice) -> None:
    """Refuse a call that does not say which score is a match; a model does."""
    if asked.min is None and asked.max is None and asked.model is None and not choice.keeps_best():
        raise UsageError("min is missing: which score is a match?", 'for example: min=0.9, or best="a"')
