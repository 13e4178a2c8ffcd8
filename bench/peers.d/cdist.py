"""RapidFuzz: cdist, its SIMD loops, on WORKERS threads, a block of A at a time because cdist gives a
dense matrix.

usage: cdist.py A.csv B.csv METRIC MIN WORKERS PAIRS.csv             (see peer.py)
"""
import sys
import time

import numpy
import rapidfuzz
from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, Jaro, JaroWinkler, Levenshtein
from rapidfuzz.process import cdist

import peer

SCORERS = {
    "levenshtein": Levenshtein.normalized_similarity,
    "ratio": Indel.normalized_similarity,
    "jaro": Jaro.normalized_similarity,
    "jaro_winkler": JaroWinkler.normalized_similarity,
    "token_sort_ratio": fuzz.token_sort_ratio,
}
WHOLES = {"token_sort_ratio": 100.0}  # what a score is of, if not of one
MATRIX_CELLS = 25_000_000


def main():
    path_a, path_b, metric, least, workers, out = sys.argv[1:]
    a, b = peer.read(path_a), peer.read(path_b)
    block_rows = max(1, MATRIX_CELLS // len(b))
    whole = WHOLES.get(metric, 1.0)
    found = []
    began = time.perf_counter()
    for at in range(0, len(a), block_rows):
        scores = cdist(a[at:at + block_rows], b, scorer=SCORERS[metric], dtype=numpy.float64,
                       score_cutoff=float(least) * whole, workers=int(workers)) / whole
        rows_a, rows_b = numpy.nonzero(scores >= float(least))
        found.append((rows_a + at + 1, rows_b + 1, scores[rows_a, rows_b]))
    seconds = time.perf_counter() - began
    peer.write(out, (pair for block in found for pair in zip(*map(numpy.ndarray.tolist, block))))
    print(seconds, rapidfuzz.__version__)


main()
