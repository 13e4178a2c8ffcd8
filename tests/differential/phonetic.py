"""Phonetic codes by their published rules: American Soundex, and Double Metaphone.

Words are of capital letters A to Z alone. Double Metaphone is Lawrence Philips's (C/C++ Users Journal, June 2000), with
codes of at most four characters; a rule is a condition on the letters around a place, in the order of his program.
"""

import itertools
import re

SOUNDEX_DIGITS = {
    letter: str(digit)
    for digit, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1)
    for letter in letters
}
MOST_CHARACTERS = 4
VOWELS = "AEIOUY"


def soundex(word: str) -> set[str]:
    """A letter and three digits. H and W between two letters of one digit do not separate them, vowels do."""
    code = word[0]
    last = SOUNDEX_DIGITS.get(word[0], "")
    for letter in word[1:]:
        digit = SOUNDEX_DIGITS.get(letter, "")
        if digit and digit != last:
            code += digit
        if letter not in "HW":
            last = digit
    return {code[:4].ljust(4, "0")}


def nysiis(text: str) -> str:
    """Robert Taft, 1970, as jellyfish has it; of capitals and whatever else stands between them."""
    begun = re.sub("^KN", "N", text)
    if begun == text:
        begun = re.sub("^(MAC|K|PH|PF|SCH)", lambda m: NYSIIS_BEGINNINGS[m[0]], text)
    if re.search(r"(IE|EE)\Z", text):
        begun = begun[:-2] + "Y"
    elif re.search(r"(DT|RT|RD|NT|ND)\Z", text):
        begun = begun[:-2] + "D"
    code, at = begun[0], 1
    while at < len(begun):
        step = NYSIIS_STEP.match(begun, at)
        found = step[0] if step else begun[at]
        before = begun[at - 1]
        to = NYSIIS_LETTERS.get(found, found)
        if found == "H":
            to = "A" if before in "AEIOU" else before
            if before in "AEIOU" and begun[at + 1 : at + 2] in tuple("AEIOU"):
                to = "H"
        elif found == "W" and before in "AEIOU":
            to = before
        code += to if to[-1] != code[-1] else ""
        at += 1 if found == "KN" else len(found)
    code = re.sub(r"(?<=.)S\Z", "", code, flags=re.DOTALL)
    return re.sub(r"(?<=.)A\Z", "", re.sub(r"AY\Z", "Y", code), flags=re.DOTALL)


NYSIIS_BEGINNINGS = {"MAC": "MCC", "K": "C", "PH": "FF", "PF": "FF", "SCH": "SSS"}
NYSIIS_STEP = re.compile("EV|KN|SCH|PH")
NYSIIS_LETTERS = dict.fromkeys("AEIOU", "A") | {
    "EV": "AF", "Q": "G", "Z": "S", "M": "N", "KN": "N", "K": "C", "SCH": "SS", "PH": "F"
}  # fmt: skip


def metaphone(text: str) -> str:
    """Lawrence Philips, 1990, as jellyfish has it: the first rule that fits at a place adds to the code."""
    word = re.sub("^(?=KN|GN|PN|WR|AE).", "", text)
    code, at = "", 0
    while at < len(word):
        for rule, adds in METAPHONE:
            found = rule.match(word, at)
            if found:
                code += adds if adds != " " or code[-1:] not in ("", " ") else ""
                at = found.end()
                break
        else:
            at += 1
    return code


# The end of a word counts as a character * to jellyfish, so one that is written counts as an end.
METAPHONE = [
    (re.compile(rule, re.DOTALL), adds)
    for rule, adds in (
        (r"([^C])(?=\1)", ""), ("(?:^|(?<= ))A", "A"), ("(?:^|(?<= ))E", "E"), ("(?:^|(?<= ))I", "I"),
        ("(?:^|(?<= ))O", "O"), ("(?:^|(?<= ))U", "U"), (r"(?<=M)B(?=\*|\Z)", ""), ("B", "B"),
        ("C(?=IA)I", "X"), ("CH", "X"), ("C[IEY]", "S"), ("C", "K"), ("DG[IEY]", "J"), ("D", "T"),
        ("F", "F"), ("J", "J"), ("L", "L"), ("M", "M"), ("N", "N"), ("R", "R"), ("G(?=[IEY])", "J"),
        ("GH(?![AEIOU])", ""), (r"GN(?=\*|\Z)", ""), ("G", "K"), ("^H", "H"), ("H(?=[AEIOU])", "H"),
        ("(?<![AEIOU])H", "H"), ("^K", "K"), ("(?<!C)K", "K"), ("PH", "F"), ("P", "P"), ("Q", "K"),
        ("SH", "X"), ("SI[OA]", "X"), ("S", "S"), ("T(?=I[OA])", "X"), ("TH", "0"), ("T(?=CH)", ""), ("T", "T"),
        ("V", "F"), ("^WH", "W"), ("W(?=[AEIOU])", "W"), ("^X(?=H|I[OA])", "X"), ("^X", "S"), ("X", "KS"),
        ("Y(?=[AEIOU])", "Y"), ("Z", "S"), (" ", " "),
    )
]  # fmt: skip


def match_rating(text: str) -> str:
    """The match rating approach (Western Airlines, 1977), as jellyfish has it; other characters are left out."""
    word = re.sub("[^A-Z ]", "", text)
    kept, before = "", ""
    for letter in word:
        if (not before) if letter in "AEIOU" else letter != before:
            kept += letter
        before = letter
    return kept if len(kept) <= 6 else kept[:3] + kept[-3:]


def match_rating_alike(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) >= 3:
        return False
    pairs = list(itertools.zip_longest(a, b))
    rest_a = [x for x, y in pairs if x != y and x]
    rest_b = [y for x, y in pairs if x != y and y]
    same = sum(x == y for x, y in zip(reversed(rest_a), reversed(rest_b), strict=False))
    rating = 6 - (max(len(rest_a), len(rest_b)) - same)
    total = len(a) + len(b)
    return rating >= (5 if total <= 4 else 4 if total <= 7 else 3 if total <= 11 else 2)


def double_metaphone(word: str) -> set[str]:
    """One or two codes; none of a word like H, which is silent."""
    return set(Metaphone(word).codes()) - {""}


class Metaphone:
    """A walk over the word: `at` is the place, and each letter has a method that adds to both codes and goes on."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.last = len(word) - 1
        self.slavo_germanic = "W" in word or "K" in word or "CZ" in word or "WITZ" in word
        self.primary = ""
        self.secondary = ""
        self.at = 0

    def codes(self) -> tuple[str, str]:
        if self.word[:2] in ("GN", "KN", "PN", "WR", "PS"):
            self.at = 1
        if self.word[:1] == "X":  # as in Xavier
            self.add("S", 1)
        while self.at <= self.last and min(len(self.primary), len(self.secondary)) < MOST_CHARACTERS:
            letter = self.word[self.at]
            if letter in VOWELS:
                self.add("A" if self.at == 0 else "", 1)
            else:
                getattr(self, "letter_" + letter.lower())()
        return self.primary[:MOST_CHARACTERS], self.secondary[:MOST_CHARACTERS]

    def add(self, primary: str, places: int, secondary: str | None = None) -> None:
        self.primary += primary
        self.secondary += primary if secondary is None else secondary
        self.at += places

    def has(self, offset: int, *texts: str) -> bool:
        """Does one of the texts stand so far from here? Never across the ends of the word."""
        start = self.at + offset
        return start >= 0 and any(self.word.startswith(text, start) for text in texts)

    def begins(self, *texts: str) -> bool:
        return self.word.startswith(texts)

    def vowel(self, offset: int) -> bool:
        place = self.at + offset
        return 0 <= place <= self.last and self.word[place] in VOWELS

    def double(self, code: str, *doubles: str) -> None:
        self.add(code, 2 if self.has(1, *doubles) else 1)

    def letter_b(self) -> None:
        self.double("P", "B")

    def letter_c(self) -> None:
        if (
            self.at > 1
            and not self.vowel(-2)
            and self.has(-1, "ACH")
            and not self.has(2, "I")
            and (not self.has(2, "E") or self.has(-2, "BACHER", "MACHER"))
        ):
            self.add("K", 2)
        elif self.at == 0 and self.begins("CAESAR"):
            self.add("S", 2)
        elif self.has(0, "CHIA"):
            self.add("K", 2)
        elif self.has(0, "CH"):
            self.letters_ch()
        elif self.has(0, "CZ") and not self.has(-2, "WICZ"):
            self.add("S", 2, "X")
        elif self.has(1, "CIA"):
            self.add("X", 3)
        elif self.has(0, "CC") and not (self.at == 1 and self.begins("M")):
            self.letters_cc()
        elif self.has(0, "CK", "CG", "CQ"):
            self.add("K", 2)
        elif self.has(0, "CIO", "CIE", "CIA"):
            self.add("S", 2, "X")
        elif self.has(0, "CI", "CE", "CY"):
            self.add("S", 2)
        else:
            self.add("K", 2 if self.has(1, "C", "K", "Q") and not self.has(1, "CE", "CI") else 1)

    def letters_ch(self) -> None:
        if self.at > 0 and self.has(0, "CHAE"):
            self.add("K", 2, "X")
        elif (
            (self.at == 0 and self.has(1, "HARAC", "HARIS", "HOR", "HYM", "HIA", "HEM") and not self.begins("CHORE"))
            or self.begins("SCH")
            or self.has(-2, "ORCHES", "ARCHIT", "ORCHID")
            or self.has(2, "T", "S")
            or (
                (self.at == 0 or self.has(-1, "A", "O", "U", "E"))
                and (self.at + 1 == self.last or self.has(2, "L", "R", "N", "M", "B", "H", "F", "V", "W"))
            )
        ):
            self.add("K", 2)
        elif self.at == 0:
            self.add("X", 2)
        elif self.begins("MC"):
            self.add("K", 2)
        else:
            self.add("X", 2, "K")

    def letters_cc(self) -> None:
        if self.has(2, "I", "E", "H") and not self.has(2, "HU"):
            if (self.at == 1 and self.begins("A")) or self.has(-1, "UCCEE", "UCCES"):
                self.add("KS", 3)
            else:
                self.add("X", 3)
        else:
            self.add("K", 2)

    def letter_d(self) -> None:
        if self.has(0, "DGI", "DGE", "DGY"):
            self.add("J", 3)
        elif self.has(0, "DG"):
            self.add("TK", 2)
        else:
            self.double("T", "T", "D")

    def letter_f(self) -> None:
        self.double("F", "F")

    def letter_g(self) -> None:
        if self.has(1, "H"):
            self.letters_gh()
        elif self.has(1, "N"):
            if self.at == 1 and self.vowel(-1) and not self.slavo_germanic:
                self.add("KN", 2, "N")
            elif not self.has(2, "EY") and not self.slavo_germanic:
                self.add("N", 2, "KN")
            else:
                self.add("KN", 2)
        elif self.has(1, "LI") and not self.slavo_germanic:
            self.add("KL", 2, "L")
        elif (self.at == 0 and self.has(1, "Y", "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER")) or (
            self.has(1, "ER", "Y")
            and not self.begins("DANGER", "RANGER", "MANGER")
            and not self.has(-1, "E", "I")
            and not self.has(-1, "RGY", "OGY")
        ):
            self.add("K", 2, "J")
        elif self.has(1, "E", "I", "Y") or self.has(-1, "AGGI", "OGGI"):
            if self.begins("SCH") or self.has(1, "ET"):
                self.add("K", 2)
            elif self.has(1, "IER") and self.at + 3 == self.last:
                self.add("J", 2)
            else:
                self.add("J", 2, "K")
        else:
            self.double("K", "G")

    def letters_gh(self) -> None:
        if self.at > 0 and not self.vowel(-1):
            self.add("K", 2)
        elif self.at == 0:
            self.add("J" if self.has(2, "I") else "K", 2)
        elif (
            (self.at > 1 and self.has(-2, "B", "H", "D"))
            or (self.at > 2 and self.has(-3, "B", "H", "D"))
            or (self.at > 3 and self.has(-4, "B", "H"))
        ):
            self.add("", 2)
        elif self.at > 2 and self.has(-1, "U") and self.has(-3, "C", "G", "L", "R", "T"):
            self.add("F", 2)
        else:
            self.add("" if self.has(-1, "I") else "K", 2)

    def letter_h(self) -> None:
        if (self.at == 0 or self.vowel(-1)) and self.vowel(1):
            self.add("H", 2)
        else:
            self.add("", 1)

    def letter_j(self) -> None:
        places = 2 if self.has(1, "J") else 1
        if self.has(0, "JOSE"):
            if self.at == 0 and self.last == 3:
                self.add("H", places)
            else:
                self.add("J", places, "H")
        elif self.at == 0:
            self.add("J", places, "A")
        elif self.vowel(-1) and not self.slavo_germanic and self.has(1, "A", "O"):
            self.add("J", places, "H")
        elif self.at == self.last:
            self.add("J", places, "")
        elif not self.has(1, "L", "T", "K", "S", "N", "M", "B", "Z") and not self.has(-1, "S", "K", "L"):
            self.add("J", places)
        else:
            self.add("", places)

    def letter_k(self) -> None:
        self.double("K", "K")

    def letter_l(self) -> None:
        if not self.has(1, "L"):
            self.add("L", 1)
        elif (self.at == self.last - 2 and self.has(-1, "ILLO", "ILLA", "ALLE")) or (
            self.word.endswith(("AS", "OS", "A", "O")) and self.has(-1, "ALLE")
        ):
            self.add("L", 2, "")
        else:
            self.add("L", 2)

    def letter_m(self) -> None:
        umb = self.has(-1, "UMB") and (self.at + 1 == self.last or self.has(2, "ER"))
        self.add("M", 2 if umb or self.has(1, "M") else 1)

    def letter_n(self) -> None:
        self.double("N", "N")

    def letter_p(self) -> None:
        if self.has(1, "H"):
            self.add("F", 2)
        else:
            self.double("P", "P", "B")

    def letter_q(self) -> None:
        self.double("K", "Q")

    def letter_r(self) -> None:
        places = 2 if self.has(1, "R") else 1
        french = self.at == self.last and not self.slavo_germanic and self.has(-2, "IE")
        if french and not self.has(-4, "ME", "MA"):
            self.add("", places, "R")
        else:
            self.add("R", places)

    def letter_s(self) -> None:
        if self.has(-1, "ISL", "YSL"):
            self.add("", 1)
        elif self.at == 0 and self.begins("SUGAR"):
            self.add("X", 1, "S")
        elif self.has(0, "SH"):
            self.add("S" if self.has(1, "HEIM", "HOEK", "HOLM", "HOLZ") else "X", 2)
        elif self.has(0, "SIO", "SIA"):
            self.add("S", 3, "S" if self.slavo_germanic else "X")
        elif (self.at == 0 and self.has(1, "M", "N", "L", "W")) or self.has(1, "Z"):
            self.add("S", 2 if self.has(1, "Z") else 1, "X")
        elif self.has(0, "SC"):
            self.letters_sc()
        elif self.at == self.last and self.has(-2, "AI", "OI"):
            self.add("", 1, "S")
        else:
            self.double("S", "S", "Z")

    def letters_sc(self) -> None:
        if self.has(2, "H"):
            if self.has(3, "ER", "EN"):
                self.add("X", 3, "SK")
            elif self.has(3, "OO", "UY", "ED", "EM"):
                self.add("SK", 3)
            elif self.at == 0 and not self.vowel(3) and not self.has(3, "W"):
                self.add("X", 3, "S")
            else:
                self.add("X", 3)
        else:
            self.add("S" if self.has(2, "I", "E", "Y") else "SK", 3)

    def letter_t(self) -> None:
        if self.has(0, "TION", "TIA", "TCH"):
            self.add("X", 3)
        elif self.has(0, "TH", "TTH"):
            if self.has(2, "OM", "AM") or self.begins("SCH"):
                self.add("T", 2)
            else:
                self.add("0", 2, "T")
        else:
            self.double("T", "T", "D")

    def letter_v(self) -> None:
        self.double("F", "V")

    def letter_w(self) -> None:
        if self.has(0, "WR"):
            self.add("R", 2)
            return
        if self.at == 0 and self.vowel(1):
            self.add("A", 0, "F")
        elif self.at == 0 and self.has(0, "WH"):
            self.add("A", 0)
        if (
            (self.at == self.last and self.vowel(-1))
            or self.has(-1, "EWSKI", "EWSKY", "OWSKI", "OWSKY")
            or self.begins("SCH")
        ):
            self.add("", 1, "F")
        elif self.has(0, "WICZ", "WITZ"):
            self.add("TS", 4, "FX")
        else:
            self.add("", 1)

    def letter_x(self) -> None:
        places = 2 if self.has(1, "C", "X") else 1
        french = self.at == self.last and (self.has(-3, "IAU", "EAU") or self.has(-2, "AU", "OU"))
        self.add("" if french else "KS", places)

    def letter_z(self) -> None:
        if self.has(1, "H"):
            self.add("J", 2)
            return
        places = 2 if self.has(1, "Z") else 1
        if self.has(1, "ZO", "ZI", "ZA") or (self.slavo_germanic and self.at > 0 and not self.has(-1, "T")):
            self.add("S", places, "TS")
        else:
            self.add("S", places)
