"""How many workers are tried: powers of two and the borders of the machine, or what the user lists."""

from __future__ import annotations

import math

from layout import read_list


def powers(most: int) -> set[int]:
    """1, 2, 4 … up to `most`."""
    return {1 << k for k in range(most.bit_length())}


def counts(most: int, borders: dict[str, int]) -> list[int]:
    """Powers of two and borders, none above `most`."""
    return sorted(n for n in powers(most) | set(borders.values()) if n <= most)


def thinned(ladder: list[int], keep: set[int], most: int) -> list[int]:
    """At most so many of a ladder: both ends, as many of `keep` as fit, then what fills the widest gap.

    A gap is wide by its ratio, since curves are drawn over logarithms.
    """
    taken = [n for n in ladder if n in {ladder[0], ladder[-1]}]
    for wanted in (keep & set(ladder), set(ladder)):
        while len(taken) < most and wanted - set(taken):
            taken.append(max(sorted(wanted - set(taken)), key=lambda n: distance(n, taken)))
    return sorted(taken)


def distance(n: int, taken: list[int]) -> float:
    """How far n is from the nearest of `taken`, as a logarithm."""
    return min(abs(math.log(n / other)) for other in taken)


def listed(text: str, most: int) -> list[int]:
    """The counts that the user lists: ``1,2,4-16``.

    Raises
    ------
    ValueError
        There is none, one is 0, or one is above `most`.
    """
    numbers = sorted(set(read_list(text)))
    if not numbers or numbers[0] < 1:
        raise ValueError("worker counts are from 1 on")
    if numbers[-1] > most:
        raise ValueError(f"{numbers[-1]} workers, where axb may use {most} processing units")
    return numbers
