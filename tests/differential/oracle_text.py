"""Texts as axb reads them: white space, words, letters, and what --normalize does.

Over Python's unicodedata, which knows Unicode 14. White space between words is that of RapidFuzz, which is Python's
own; --normalize space takes Unicode's White_Space, which lacks U+001C to U+001F.
"""

import unicodedata
from functools import cache

SEPARATORS = frozenset("\x1c\x1d\x1e\x1f")
SLASHES = frozenset("/\\\u2044\u2215\u2212")  # the last is the minus sign; as seen
STEPS = ("casefold", "strip-accents", "nfkc", "punct", "space")


def words(text: str) -> list[str]:
    return text.split()


@cache
def ascii_letters(text: str) -> str:
    """The letters A to Z of a text, capital and without accents."""
    plain = unicodedata.normalize("NFD", text)
    return "".join(c for c in plain if c.isascii() and c.isalpha()).upper()


def strip_accents(text: str) -> str:
    """Without the marks that have a combining class; the rest is composed again."""
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def strip_punctuation(text: str) -> str:
    """Punctuation and symbols are removed; dashes and slashes become blanks."""
    kept = []
    for c in text:
        category = unicodedata.category(c)
        if category == "Pd" or c in SLASHES:
            kept.append(" ")
        elif category[0] not in "PS":
            kept.append(c)
    return "".join(kept)


def single_blanks(text: str) -> str:
    """White space trimmed, runs of it made one blank."""
    is_space = [c.isspace() and c not in SEPARATORS for c in text]
    spaced = "".join(" " if space else c for c, space in zip(text, is_space, strict=True))
    return " ".join(part for part in spaced.split(" ") if part)


@cache
def normalized(text: str, steps: frozenset[str]) -> str:
    """The order is fixed, whatever the order in the list; as seen."""
    if "nfkc" in steps:
        text = unicodedata.normalize("NFKC", text)
    if "casefold" in steps:
        text = text.casefold()
        if "nfkc" in steps:
            text = unicodedata.normalize("NFKC", text)
    if "strip-accents" in steps:
        text = strip_accents(text)
    if "punct" in steps:
        text = strip_punctuation(text)
    if "space" in steps:
        text = single_blanks(text)
    return text
