"""Texts as axb reads them: white space, words, letters, and what --normalize does.

Over Python's unicodedata, which knows Unicode 14. White space between words is that of RapidFuzz, which is Python's
own; --normalize space takes Unicode's White_Space, which lacks U+001C to U+001F.
"""

import unicodedata
from functools import cache
from itertools import groupby

SEPARATORS = frozenset("\x1c\x1d\x1e\x1f")
STEPS = (
    "invisible", "casefold", "strip-accents", "nfkc", "punct", "digits", "alnum", "space", "codes", "no-codes",
    "sort-words",
)  # fmt: skip
OFTEN = ("casefold", "strip-accents", "nfkc", "punct", "space", "sort-words", "punct", "space")
APOSTROPHES = frozenset("'`\u00b4\u02bb\u02bc\u2018\u2019\u201b\u2032\uff07")
# Letters that Unicode does not take apart; as seen.
PLAIN = dict(
    pair.split("=")
    for pair in (
        "Æ=AE Ð=D Ø=O Þ=TH ß=ss æ=ae ð=d ø=o þ=th Đ=D đ=d Ħ=H ħ=h ı=i Ĳ=IJ ĳ=ij ĸ=k Ł=L ł=l Ŋ=N ŋ=n Œ=OE œ=oe Ŧ=T ŧ=t "
        "ƀ=b Ɓ=B Ɖ=D Ɗ=D Ə=A Ƒ=F ƒ=f Ɨ=I Ƙ=K ƙ=k ƚ=l Ɲ=N ƞ=n Ƴ=Y ƴ=y Ƶ=Z ƶ=z Ǥ=G ǥ=g ȷ=j Ƚ=L Ƀ=B Ʉ=U ɓ=b ɖ=d ɗ=d ə=a "
        "ɨ=i ɫ=l ɲ=n ʉ=u ẞ=SS"
    ).split()
)


def words(text: str) -> list[str]:
    return text.split()


@cache
def ascii_letters(text: str) -> str:
    """The letters A to Z of a text, capital and without accents."""
    plain = unicodedata.normalize("NFD", text)
    return "".join(c for c in plain if c.isascii() and c.isalpha()).upper()


def ascii_capitals(text: str) -> str:
    """The characters of ASCII that show, in capitals and without accents."""
    plain = unicodedata.normalize("NFD", text)
    return "".join(c for c in plain if "\0" < c < "\x7f").upper()


def is_invisible(c: str) -> bool:
    """Soft hyphens, zero width spaces and joiners, marks of direction, variation selectors, tags."""
    number = ord(c)
    if unicodedata.category(c) == "Cf":
        return number == 0xAD or number == 0x61C or 0x180E <= number < 0x110BD or number >= 0xE0000
    selectors = 0xFE00 <= number <= 0xFE0F or 0x180B <= number <= 0x180F or 0xE0000 <= number <= 0xE0FFF
    return selectors or number in (0x34F, 0x2065)


def strip_accents(text: str) -> str:
    """Without the marks that have a combining class; the rest is composed again. Then the letters without a mark."""
    decomposed = unicodedata.normalize("NFD", text)
    composed = unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))
    return "".join(PLAIN.get(c, c) for c in composed)


def is_space(c: str) -> bool:
    return c.isspace() and c not in SEPARATORS


def is_punctuation(c: str) -> bool:
    return c in APOSTROPHES or unicodedata.category(c)[0] in "PS"


def in_word(c: str) -> bool:
    return not is_space(c) and not is_punctuation(c)


def is_initial(word: str) -> bool:
    """One letter, with or without marks."""
    kinds = [unicodedata.category(c)[0] for c in word]
    return kinds.count("L") == 1 and set(kinds) <= {"L", "M"}


def strip_punctuation(text: str) -> str:
    """Punctuation and symbols become a blank between words, and go elsewhere. One apostrophe goes, and so does one
    point between two single letters."""
    runs = ["".join(run) for _, run in groupby(text, key=lambda c: (in_word(c), is_space(c)))]
    kept = []
    for at, run in enumerate(runs):
        if not is_punctuation(run[0]):
            kept.append(run)
            continue
        before, after = runs[at - 1] if at else " ", runs[at + 1] if at + 1 < len(runs) else " "
        if not in_word(before[0]) or not in_word(after[0]):
            continue
        starts = unicodedata.category(after[0])[0] == "L"
        initials = run == "." and is_initial(before) and is_initial(after) and starts
        if not (initials or (len(run) == 1 and run in APOSTROPHES)):
            kept.append(" ")
    return "".join(kept)


def single_blanks(text: str) -> str:
    """White space trimmed, runs of it made one blank."""
    return " ".join(blank_separated(text))


def blank_separated(text: str) -> list[str]:
    return [part for part in "".join(" " if is_space(c) else c for c in text).split(" ") if part]


def has_digit(word: str) -> bool:
    return any(unicodedata.category(c) == "Nd" for c in word)


def keep(text: str, kinds: tuple[str, ...]) -> str:
    return "".join(c for c in text if c not in APOSTROPHES and unicodedata.category(c).startswith(kinds))


@cache
def normalized(text: str, steps: frozenset[str]) -> str:
    """The order is fixed, whatever the order in the list; as seen, case is folded before accents go. Every step
    removes what is invisible."""
    if steps:
        text = "".join(c for c in text if not is_invisible(c))
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
    if "digits" in steps:
        text = keep(text, ("Nd",))
    if "alnum" in steps:
        text = keep(text, ("L", "M", "N"))
    if "space" in steps:
        text = single_blanks(text)
    if "codes" in steps:
        text = " ".join(word for word in blank_separated(text) if has_digit(word))
    if "no-codes" in steps:
        text = " ".join(word for word in blank_separated(text) if not has_digit(word))
    if "sort-words" in steps:
        text = " ".join(sorted(blank_separated(text)))
    return text


def cleaned(text: str | None, steps: frozenset[str]) -> str | None:
    """A value of which nothing is left is missing."""
    return (normalized(text, steps) or None) if text else text
