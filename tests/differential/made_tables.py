"""Random tables that are hard to read and easy to match: few characters, near copies, lengths around powers of two."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

ALPHABETS = (
    "ab",
    "abc",
    "abcdefgh",
    "abcdefghijklmnopqrstuvwxyz ",
    "aAbB",
    "ab ",
    "abc \t\n",
    "eéèêE\u0301\u0300",
    "a\u0308\u0323äạA",
    "sSßẞſz",
    "iIİı\u0307j",
    "ﬁﬀfi①1Ａa",
    "漢字かカ々",
    "한글각\u1100\u1161",
    "😀😁👍\U0001f3fd\u200d",
    "𐐀𐐨𝒜𠀀\U0010fffd",
    "ΣσςΆα\u0345",
    ",\"'a",
    '"\n\r,',
    "\x01\x02\x1b\x7fa",
    "\x1c\x1d\x85\xa0\u2028\u3000b",
    "-_/.!a b",
    "\u2212\u2044\u2013-a ",
    "\ufeff\u00ad\u0600א",
    "0123456789",
)
BLANKS = (" ", "  ", "\t", "\xa0", "\u3000", "\n", " ")
FRAGMENTS = (
    *"AEIOUYBCDFGHJKLMNPQRSTVWXZ",
    *("CH", "SCH", "SH", "GH", "GN", "TH", "TTH", "PH", "WR", "WH", "CK", "CC", "CZ", "CIA", "CIO", "CE", "ACH", "MC"),
    *("WICZ", "WITZ", "OWSKI", "JOSE", "CHAE", "CHOR", "ORCH", "UMB", "ER", "ILLO", "ALLE", "IER", "GI", "GE", "GY"),
    *("DGE", "SIO", "SIA", "SC", "SCHER", "SCHOO", "SUGAR", "ISL", "AI", "OI", "TION", "TCH", "EAU", "ZH", "ZZ", "ZA"),
    *("BACHER", "CAESAR", "DANGER", "AGGI", "LAUGH", "HUGH", "GHI", "X", "É", "ñ", "ç", "Ø", "ß", " ", "-", "'", "3"),
)
ALIKE = (  # in a code of theirs
    *(("WICZ", "FX"), ("WITZ", "TS"), ("CH", "K"), ("CH", "X"), ("SCH", "SK"), ("SCH", "X"), ("TH", "T"), ("GN", "N")),
    *(("CZ", "S"), ("CZ", "X"), ("G", "K"), ("G", "J"), ("J", "H"), ("J", "A"), ("Z", "TS"), ("LL", ""), ("W", "F")),
    *(
        ("IER", "IE"),
        ("SIO", "X"),
        ("SIO", "S"),
        ("CIO", "X"),
        ("SM", "XM"),
        ("SUGAR", "XKR"),
        ("AIS", "AI"),
        ("W", ""),
    ),
)
ODD_NUMBERS = (
    *("x", "1,5", "--1", "", "1 2", "５", "1e", "+", ".", "0x1f", "nan", "inf", "1e999", "1.2.3", "12%", "1,234", "1.234"),
    *("0,123", "1,234,567", "1.234.567", "12,34,567", "1,23,45", "1'234.50", "1 234,5", "(5)", "(5", "5-", "-5-", "12.-"),
    *("€ 5", "5 €€", "CHF 1'000.-", "$(1,234.5)", "5%%", "1e3%", "5,", ",5", "1,234 567", "01,234", "-\u2212 3", "\u22123"),
    *("1\u00a0234", "1\u2009234,5 kr", "USD1.50", "usd 1", "5 Rs.", "1\u2019234", "12,--", "+ 7", "n/a", "1,2,3", "100 000"),
)
ODD_DATES = (
    *("2023-02-29", "2024-13-01", "2024-00-10", "31.12.2024", "x", "", "2024-1-5", "24-01-05", "12/31/2024", "31/12/24"),
    *("3 Apr 2021", "April 3, 2021", "3. M\u00e4rz 2021", "3rd of May 2020", "2021-Dec-31", "Sat, 03 Apr 2021 12:00:00 GMT"),
    *("03/04/2021 14:30", "1.2.2003", "01.02.03", "5-6-2019", "1 2 2003", "2024-12-31T08:00", "20241231", "31122024"),
    *("3 Foo 2021", "3/4-2021", "-3/4/2021", "3/4/2021 x", "30.2.2020", "12. 1. 2021", "99/12/31", "Monday", "6 de mayo de 2020"),
)
ODD_PLACES = (
    *("91, 1", "1", "1, 2, 3", "x, y", "", ",", "48.1;11.6", "48,1; 11,6", "48,1 11,6", "(48.1, 11.6)", "48.1 11.6"),
    *("48,1, 11,6", "48.1, 11,6", "-33,9; 151,2", "48,1"),
)

# How the numbers and dates of a column are written most often: groups, decimal sign, around; or strftime.
NUMBER_STYLES = (None, None, None, (",", ".", "{}"), (".", ",", "{}"), (" ", ",", "{} €"), ("'", ".", "CHF {}"), ("", ",", "{}"))
DATE_STYLES = ("%Y-%m-%d", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d %b %Y", "%y/%m/%d", "%d.%m.%y", "%B %d, %Y")

WORD_BITS = 64

# Shortest and longest text, the most distinct values of a side, how often.
LENGTHS = {
    "tiny": (0, 5, 40, 34),
    "small": (0, 14, 30, 26),
    "medium": (15, 40, 20, 14),
    "64": (62, 66, 16, 12),
    "128": (126, 130, 8, 6),
    "256": (251, 261, 4, 4),
    "wide": (10, 30, 24, 6),  # of more different characters than a byte holds
}

Record = tuple[str | None, ...]


@dataclass
class Table:
    names: list[str]
    rows: list[Record]
    crlf: bool = False
    bom: bool = False
    ends_in_line_end: bool = True
    quoted: set[tuple[int, int]] = field(default_factory=set)  # fields in quotes that need none

    def csv(self, delimiter: str = ",") -> bytes:
        end = "\r\n" if self.crlf else "\n"
        lines = [delimiter.join(csv_field(name, delimiter) for name in self.names)]
        for i, row in enumerate(self.rows):
            fields = (csv_field(text, delimiter, (i, k) in self.quoted) for k, text in enumerate(row))
            lines.append(delimiter.join(fields))
        text = end.join(lines) + (end if self.ends_in_line_end else "")
        return (b"\xef\xbb\xbf" if self.bom else b"") + text.encode()


def csv_field(text: str | None, delimiter: str = ",", in_quotes: bool = False) -> str:
    if text is None:
        return ""
    if in_quotes or not text or any(c in text for c in (delimiter, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


class Texts:
    """Pools of values of one kind for both sides: those of B are near those of A."""

    def __init__(self, rng: Random, kind: str, size: str) -> None:
        self.rng = rng
        self.kind = kind
        self.shortest, self.longest, self.most, _ = LENGTHS[size]
        self.wide = size == "wide"
        self.alphabet = self.make_alphabet()
        n_bases = self.most if self.wide else rng.randint(1, max(1, self.most // 3))
        self.bases = [self.base() for _ in range(n_bases)]
        self.number = float(rng.choice((0, 1, 5, 100, 1e6, -3)))
        self.number_style = rng.choice(NUMBER_STYLES)
        self.date_style = rng.choice(DATE_STYLES)
        self.day = date(2000, 1, 1) + timedelta(days=rng.randint(0, 9000))
        self.place = (rng.uniform(-80, 80), rng.uniform(-170, 170))

    def make_alphabet(self) -> str:
        if self.wide:
            return "".join(chr(self.rng.randint(0x4E00, 0x9FA5)) for _ in range(500))
        several = "".join(self.rng.sample(ALPHABETS, self.rng.choice((1, 1, 1, 2, 3))))
        most = self.rng.choice((self.rng.randint(2, 9), self.rng.randint(2, 9), len(several)))
        return "".join(self.rng.sample(several, min(len(several), most)))

    def length(self) -> int:
        if self.shortest > WORD_BITS - WORD_BITS // 8 and self.rng.random() < 0.6:
            middle = (self.shortest + self.longest) // 2
            return middle + self.rng.choice((-1, 0, 1))
        return self.rng.randint(self.shortest, self.longest)

    def base(self) -> str:
        n = self.length()
        if self.kind == "words":
            return self.make_words(n)
        if self.kind == "name":
            return self.make_name()
        return "".join(self.rng.choices(self.alphabet, k=n))

    def make_words(self, n: int) -> str:
        text = ""
        while len(text) < n:
            text += "".join(self.rng.choices(self.alphabet, k=self.rng.randint(1, 4))) + self.rng.choice(BLANKS)
        return text[:n]

    def make_name(self) -> str:
        name = "".join(self.rng.choices(FRAGMENTS, k=self.rng.randint(0, 4)))
        return self.rng.choice((str.upper, str.lower, str.title))(name)

    def edited(self, text: str) -> str:
        if self.kind == "words" and self.rng.random() < 0.4:
            parts = text.split(" ")
            self.rng.shuffle(parts)
            return " ".join(parts)
        if self.rng.random() < 0.08:
            return self.rng.choice((text.upper(), text.lower(), text.casefold(), text[::-1]))
        for _ in range(self.rng.choice((0, 1, 1, 2, 3))):
            text = self.edited_once(text)
        return text

    def edited_once(self, text: str) -> str:
        if self.kind == "name" and self.rng.random() < 0.4:
            old, new = self.rng.choice([alike for alike in ALIKE if alike[0] in text.upper()] or [("", "")])
            return text.upper().replace(old, new, 1)
        k = self.rng.randint(0, len(text))
        letters = FRAGMENTS if self.kind == "name" else self.alphabet
        match self.rng.randint(0, 3):
            case 0:
                return text[:k] + self.rng.choice(letters) + text[k:]
            case 1:
                return text[:k] + text[k + 1 :]
            case 2:
                return text[:k] + self.rng.choice(letters) + text[k + 1 :]
            case _:
                return text[:k] + text[k + 1 : k + 2] + text[k : k + 1] + text[k + 2 :]

    def value(self) -> str:
        rng = self.rng
        match self.kind:
            case "number":
                return self.number_text() if rng.random() < 0.85 else rng.choice(ODD_NUMBERS)
            case "date":
                day = self.day + timedelta(days=rng.choice((0, 0, 1, 2, 7, 10, 31, 400)))
                return day.strftime(self.date_style) if rng.random() < 0.85 else rng.choice(ODD_DATES)
            case "place":
                return self.place_text() if rng.random() < 0.85 else rng.choice(ODD_PLACES)
        return self.edited(rng.choice(self.bases))

    def number_text(self) -> str:
        rng = self.rng
        number = self.number + rng.choice((0, 0, 0.25, 0.5, 1, -1, 0.1, 3, 10, 0.3))
        if self.number_style and rng.random() < 0.8:
            groups, decimal, around = self.number_style
            digits = f"{number:,.2f}".translate(str.maketrans({",": groups, ".": decimal}))
            return around.format(digits)
        written = rng.choice(("{:g}", "{:.2f}", "{:e}", " {:g}", "{:+g} ", "{!r}"))
        return rng.choice(("0", "-0", ".5", "5.")) if rng.random() < 0.1 else written.format(number)

    def place_text(self) -> str:
        north, east = (degrees + self.rng.choice((0, 0, 0.01, 0.1, 1)) for degrees in self.place)
        return self.rng.choice(("{:.2f}, {:.2f}", "{:.3f},{:.3f}")).format(north, east)

    def pool(self) -> list[str]:
        most = self.most if self.kind in ("text", "words") else 40
        return [self.value() for _ in range(self.rng.randint(1, most))]


def rows_of(rng: Random) -> int:
    lowest, highest = rng.choices(((0, 1), (1, 3), (2, 9), (5, 25), (20, 60)), (4, 10, 28, 34, 24))[0]
    return rng.randint(lowest, highest)


def fields_of(rng: Random, pool: list[str], n: int, missing: float) -> list[str | None]:
    return [None if rng.random() < missing else rng.choice(pool) for _ in range(n)]


def make_table(rng: Random, names: list[str], columns: list[Texts]) -> Table:
    """With a column more than `columns`, the first one is an id that no other row has."""
    n = rows_of(rng)
    missing = rng.choice((0.0, 0.0, 0.1, 0.3))
    ids: list[str | None] = [f"r{i}" for i in range(n)]
    fields = [ids] if len(names) > len(columns) else []
    fields += [fields_of(rng, texts.pool(), n, missing) for texts in columns]
    rows = list(zip(*fields, strict=True))
    quoted = {(i, k) for i in range(n) for k in range(len(names)) if rng.random() < 0.1 and rows[i][k] is not None}
    return Table(
        names,
        rows,
        crlf=rng.random() < 0.15,
        bom=rng.random() < 0.1,
        ends_in_line_end=len(names) == 1 or rng.random() < 0.85,  # where an empty line is a record
        quoted=quoted,
    )
