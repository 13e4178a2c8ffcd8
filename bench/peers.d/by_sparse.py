"""sparse_dot_topn: a product of sparse matrices of unit rows, which keeps what reaches a threshold, on WORKERS threads.

usage: by_sparse.py A.csv B.csv METRIC MIN WORKERS PAIRS.csv          (see peer.py)

METRIC is cosine (the sets of 3-grams, padded as axb pads) or cosine_idf (sets of words, with axb's weights; bench/idf
has more of it). The seconds of the comparison are of texts in memory to pairs in memory; texts are split
and weighed in Python, as people do. A product of floats is rounded, so what is within TOLERANCE of MIN is kept.
"""

import importlib.metadata
import sys
import time
from collections.abc import Callable

import numpy as np
import peer
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

TOLERANCE = 1e-9
MOST_OF_A_ROW = 4096  # pairs of a row of A that are kept, the best ones
PAD = "\0"  # what no text has


def words(text: str) -> set[str]:
    """The set of words."""
    return set(text.split())


def trigrams(text: str) -> set[str]:
    """The set of 3-grams with two marks before and one after."""
    padded = PAD * 2 + text + PAD
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def numbered(texts: list[str], split: Callable[[str], set[str]], number: dict[str, int]) -> list[list[int]]:
    """The elements of each text as numbers."""
    return [[number.setdefault(element, len(number)) for element in split(text)] for text in texts]


def unit_rows(rows: list[list[int]], weight: np.ndarray) -> csr_matrix:
    """A matrix of which every row has length 1."""
    indptr = np.cumsum([0, *map(len, rows)])
    indices = np.fromiter((element for row in rows for element in row), dtype=np.int32, count=indptr[-1])
    matrix = csr_matrix((weight[indices], indices, indptr), shape=(len(rows), len(weight)))
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return csr_matrix(matrix.multiply(1 / np.maximum(lengths, 1e-300)[:, None]))


def multiplied(a: list[str], b: list[str], metric: str, least: float, workers: int) -> csr_matrix:
    """The product, of the pairs that reach the threshold."""
    number: dict[str, int] = {}
    rows = [numbered(texts, trigrams if metric == "cosine" else words, number) for texts in (a, b)]
    weight = np.ones(len(number))
    if metric == "cosine_idf":
        having = np.bincount([element for side in rows for row in side for element in row], minlength=len(number))
        weight = np.log2((len(a) + len(b) + 1) / having)
    x, y = (unit_rows(side, weight) for side in rows)
    return sp_matmul_topn(x, csr_matrix(y.T), top_n=MOST_OF_A_ROW, threshold=least - TOLERANCE, n_threads=workers)


def main() -> None:
    path_a, path_b, metric, least, workers, out = sys.argv[1:]
    a, b = peer.read(path_a), peer.read(path_b)
    began = time.perf_counter()
    found = multiplied(a, b, metric, float(least), int(workers)).tocoo()
    seconds = time.perf_counter() - began
    pairs = zip(found.row.tolist(), found.col.tolist(), found.data.tolist())
    peer.write(out, ((i + 1, j + 1, score) for i, j, score in pairs))
    print(seconds, importlib.metadata.version("sparse_dot_topn"))


main()
