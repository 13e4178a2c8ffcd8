"""Ways to run a command: the plain one, and others that must write the same bytes.

A road is a function of a Runner, whatever it asks. Not here: which road a case goes by.
"""

import gzip
import lzma
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from random import Random

Words = list[str]

TIMEOUT = 120  # seconds; nothing here takes one
REFUSED = 71  # by the system; here, for want of memory
STOPPED = 75
MOST_KILLS = 20

USAGE, NO_PAIR = 2, b"no pair can match: --m"


class Refused(Exception):
    """axb said that it has too little memory."""


class Unreachable(Exception):
    """axb said that no score can be within --min and --max."""


class Failed(Exception):
    """A status, a message or an output that must not be."""


def failed(status: int, message: bytes) -> Failed:
    return Failed(f"status {status}: {message.decode(errors='replace')}")


class Runner:
    """Runs one command on A.csv, and B.csv for match, in a folder of its own; `log` has the commands.

    `question` is what is asked, without verb, files and how it is done; `beside` are the files that it writes besides
    its output, `form` the format that it names, and `likely` the joins that may do it.
    """

    def __init__(
        self,
        axb: str,
        folder: Path,
        rng: Random,
        verb: str,
        question: Words,
        *,
        beside: Words | None = None,
        form: str = "csv",
        likely: set[str] | None = None,
    ) -> None:
        self.axb, self.folder, self.rng, self.verb, self.question = axb, folder, rng, verb, question
        self.beside, self.form, self.likely = beside or [], form, likely or set()
        self.log: list[str] = []

    def start(self, words: Words, stdin: bytes | None = None, kernels: str = "") -> subprocess.CompletedProcess[bytes]:
        if self.beside and words[0] == self.verb and not {"-o", "--prepare"} & set(words):
            words = [*words, "-o", "-"]  # with other files, the pairs are written where it is said
        self.log.append(" ".join(f"'{word}'" if " " in word or '"' in word else word for word in words))
        environment = dict(os.environ, OMP_WAIT_POLICY="passive", OMP_NUM_THREADS="2")
        if kernels:
            environment["AXB_ISA"] = kernels
        return subprocess.run(
            [self.axb, *words], cwd=self.folder, input=stdin, capture_output=True, timeout=TIMEOUT, env=environment
        )

    def output(self, words: Words, stdin: bytes | None = None, kernels: str = "") -> bytes:
        done = self.start(words, stdin, kernels)
        if done.returncode == REFUSED and b"memory" in done.stderr:
            raise Refused
        if done.returncode == USAGE and NO_PAIR in done.stderr:
            raise Unreachable
        if done.returncode:
            raise failed(done.returncode, done.stderr)
        return done.stdout

    def files(self) -> Words:
        return ["A.csv"] if self.verb == "dedupe" else ["A.csv", "B.csv"]

    def words(self, files: Words | None = None) -> Words:
        return [self.verb, *(files or self.files()), *self.question, "-q"]

    def plain(self) -> bytes:
        return self.output([*self.words(), "-j1"])

    def function(self) -> tuple[str, Words] | None:
        """The score as C, and the question without it, where it is one metric."""
        words = self.question
        if words[:1] != ["--on"]:
            return None
        column, rest, metric = words[1], list(words[2:]), "jaro_winkler"
        if "--metric" in rest:
            at = rest.index("--metric")
            metric = rest[at + 1]
            del rest[at : at + 2]
        return f"axb_{metric}(a->{column}, b->{column})", rest

    def n_pairs(self) -> int:
        """How many are compared, about: lines by lines."""
        lines = [(self.folder / file).read_bytes().count(b"\n") for file in self.files()]
        return lines[0] * lines[-1]


# ---- Roads: each gives the bytes by its way ------------------------------------------------------------------------


def workers(run: Runner) -> bytes:
    return run.output([*run.words(), f"-j{run.rng.choice((2, 7))}"])


KERNELS = ("base", "v2", "v3", "v4", "v5")  # where the processor lacks one, the best that it has


def kernels(run: Runner) -> bytes:
    return run.output(run.words(), kernels=run.rng.choice(KERNELS))


def no_prune(run: Runner) -> bytes:
    return run.output([*run.words(), "--no-prune"])


JOINS = {
    "edits": ("edit index", "edit scan", "count index"),
    "jaro": ("jaro index", "jaro scan", "count index"),
    "partial": ("partial index", "count index"),
    "token set": ("words in common",),
    "union": ("union",),
    "sets": ("sets", "set scan"),
    "codes": ("sounds",),
    "alike": ("alike sounds",),
    "ends": ("common ends",),
    "places": ("places",),
    "numbers": ("numbers",),
    "words": ("words",),
    "equal": ("equal",),
}
UNPRUNED = ("set scan",)  # joins that exist for --no-prune alone
NO_SUCH_JOIN = b"--algorithm: no join"


def by_one_join(run: Runner, more: Words, kernels: str = "") -> bytes:
    """By one join; as axb chooses where no join was right."""
    names = [name for family in JOINS.values() for name in family]
    run.rng.shuffle(names)
    for name in sorted(names, key=lambda name: name not in run.likely)[:3]:
        unpruned = ["--no-prune"] if name in UNPRUNED and "--no-prune" not in run.question else []
        done = run.start([*run.words(), "--algorithm", name, *unpruned, *more], kernels=kernels)
        if done.returncode == 0:
            return done.stdout
        if NO_SUCH_JOIN not in done.stderr:
            raise failed(done.returncode, done.stderr)
    return run.output([*run.words(), *more], kernels=kernels)


def joins(run: Runner) -> bytes:
    """By one join, on one kind of kernels."""
    return by_one_join(run, [], run.rng.choice(("", *KERNELS)))


def audited(run: Runner) -> bytes:
    return run.output([*run.words(), "--audit", "30"])


def named_tables(run: Runner) -> bytes:
    name = f"differential-{os.getpid()}-{run.rng.getrandbits(32)}"
    names = []
    try:
        for file in [file for file in run.files() if run.rng.random() < 0.7] or ["A.csv"]:
            names.append(f"{name}-{file[0]}")
            run.output(["data", "load", names[-1], file, "-q"])
        given = {loaded[-1]: f"@{loaded}" for loaded in names}
        return run.output(run.words([given.get(file[0], file) for file in run.files()]))
    finally:
        if names:
            run.start(["data", "rm", *names])


def compressed(run: Runner) -> bytes:
    files = []
    for file in run.files():
        content = (run.folder / file).read_bytes()
        end = run.rng.choice((".gz", ".xz", ".zst"))
        if end == ".zst":
            subprocess.run(["zstd", "-q", file], cwd=run.folder, check=True)
        else:
            pack = gzip.compress if end == ".gz" else lzma.compress
            (run.folder / (file + end)).write_bytes(pack(content))
        files.append(file + end)
    return run.output(run.words(files))


def from_stdin(run: Runner) -> bytes:
    files = run.files()
    side = run.rng.randrange(len(files))
    content = (run.folder / files[side]).read_bytes()
    return run.output(run.words([*files[:side], "-", *files[side + 1 :]]), stdin=content)


def number_of_parts(run: Runner) -> int:
    return run.rng.choice((1, 2, 2, 3, 5))


def do_parts(run: Runner, words: Words, n: int, resumed: bool = False) -> Words:
    """The files of n parts of a run, in any order; each is killed and taken up again if asked for."""
    parts = [f"part-{i}" for i in range(1, n + 1)]
    for i, part in enumerate(parts, 1):
        one = [*words, "--shard", f"{i}/{n}"]
        if resumed:
            interrupted(run, one, run.rng.choice((signal.SIGKILL, signal.SIGTERM)), 0.03, part)
        else:
            run.output([*one, "-o", part, f"-j{run.rng.choice((1, 2))}"])
    run.rng.shuffle(parts)
    return parts


def shards(run: Runner) -> bytes:
    return run.output(["merge", *do_parts(run, run.words(), number_of_parts(run)), "-q"])


def shards_killed(run: Runner) -> bytes:
    return run.output(["merge", *do_parts(run, run.words(), number_of_parts(run), resumed=True), "-q"])


RUN = ["run", "case.axbrun", "-q"]


def prepare(run: Runner) -> None:
    """Without the tables, which the file has."""
    by_one_join(run, ["--prepare", "case.axbrun"])
    for file in run.files():
        (run.folder / file).unlink()


def prepared_whole(run: Runner) -> bytes:
    prepare(run)
    return run.output([*RUN, f"-j{run.rng.choice((1, 2))}"])


def prepared_killed(run: Runner) -> bytes:
    prepare(run)
    return interrupted(run, RUN, run.rng.choice((signal.SIGKILL, signal.SIGTERM)), 0.03)


def prepared_parts(run: Runner) -> bytes:
    """In parts, some of them killed, which are merged into one file or into several that follow each other."""
    prepare(run)
    parts = do_parts(run, RUN, number_of_parts(run), resumed=run.rng.random() < 0.2)
    return merged_in_ranges(run, parts, run.rng.choice((1, 2, 4)))


def prepared(run: Runner) -> bytes:
    return (prepared_parts if run.rng.random() < 0.8 else prepared_whole)(run)


CHOOSE = {"--top", "--top-b", "--best", "--one-to-one"}
NO_RANGES = "whose rows can be looked up"


def has_ranges(run: Runner, part: str) -> bool:
    """Whether a part is merged by row: a join was made for it, and no pairs are chosen in the end."""
    head = (run.folder / part).read_bytes()[:200].split(b"\n")[1]
    return head.endswith(b", by row") and not CHOOSE & set(run.question)


def merged_in_ranges(run: Runner, parts: Words, n: int) -> bytes:
    """One file after the other; in one where parts are ranges of rows themselves, since no join was made for them."""
    try:
        files = [run.output(["merge", *parts, "-q", "--range", f"{i}/{n}"]) for i in range(1, n + 1)]
    except Failed as e:
        if NO_RANGES not in str(e) or has_ranges(run, parts[0]):
            raise
        return run.output(["merge", *parts, "-q"])
    return b"".join(files)


def interrupted(run: Runner, words: Words, number: signal.Signals, seconds: float, file: str = "") -> bytes:
    """Started again until it is through, each time for a while that is often too short."""
    file = file or f"out.{run.form}"
    for name in (file, *run.beside):
        (run.folder / name).unlink(missing_ok=True)
    words = [*words, "-j2", "-o", file, "--resume", "journal", "--checkpoint", "0"]
    run.log.append(f"{' '.join(words)}  # and {number.name}, again and again")
    for _ in range(MOST_KILLS):
        process = subprocess.Popen([run.axb, *words], cwd=run.folder, stderr=subprocess.PIPE)
        time.sleep(run.rng.uniform(0, seconds))
        process.send_signal(number)
        message = process.communicate(timeout=TIMEOUT)[1]
        if process.returncode not in (0, -number, STOPPED):
            raise failed(process.returncode, message + f"after {number.name}".encode())
        if process.returncode == 0 or run.rng.random() < 0.4:
            break
    # A run that has written all of its output may be killed before it removes its other files.
    if unfinished(run, file) or not all((run.folder / name).exists() for name in (file, *run.beside)):
        run.output(words)
    if left := unfinished(run, file):
        raise Failed(f"left after it was through: {left}")
    return (run.folder / file).read_bytes()


def unfinished(run: Runner, file: str) -> Words:
    """The files that a run has beside its output until it ends."""
    names = [path.name for path in run.folder.iterdir()]
    return sorted(name for name in names if name.startswith(("journal", f"{file}.")) or "partial" in name)


SCORER = """#include <axb.h>
#include <unistd.h>

double score(const axb_row_a *a, const axb_row_b *b)
{{
    {sleep}return {call};
}}
"""
MOST_SLEEPS = 12000


def write_scorer(run: Runner, microseconds: int) -> Words:
    """The metric by a C function; the words of the run."""
    function = run.function()
    assert function
    call, rest = function
    sleep = f"usleep({microseconds}); " if microseconds else ""  # even a sleep of 0 takes its time
    (run.folder / "score.c").write_text(SCORER.format(sleep=sleep, call=call))
    return [run.verb, *run.files(), "--score", "score.c", *rest, "-q"]


def scorer(run: Runner) -> bytes:
    return run.output(write_scorer(run, 0))


def slow_scorer_killed(run: Runner) -> bytes:
    """Slow enough for a journal that has done some rows."""
    words = write_scorer(run, 40 if run.n_pairs() <= MOST_SLEEPS else 0)
    return interrupted(run, words, run.rng.choice((signal.SIGKILL, signal.SIGTERM)), 0.5)


def killed(run: Runner) -> bytes:
    return interrupted(run, run.words(), signal.SIGKILL, 0.03)


def terminated(run: Runner) -> bytes:
    return interrupted(run, run.words(), signal.SIGTERM, 0.03)


def little_memory(run: Runner) -> bytes:
    return run.output([*run.words(), "--max-memory", f"{run.rng.choice((16, 17, 18, 19, 20, 22, 25, 30, 100))}M"])


def packed_file(run: Runner, name: str, words: Words) -> bytes:
    """What is written to a file of this name, with or without .gz or .zst."""
    name += run.rng.choice(("", ".gz", ".zst"))
    run.output([*words, "-o", name, f"-j{run.rng.choice((1, 2))}"])
    if name.endswith(".zst"):
        done = subprocess.run(["zstd", "-dcq", name], cwd=run.folder, check=True, capture_output=True)
        return done.stdout
    content = (run.folder / name).read_bytes()
    return gzip.decompress(content) if name.endswith(".gz") else content


def packed(run: Runner) -> bytes:
    """Into a file, compressed or not."""
    return packed_file(run, f"out.{run.form}", run.words())


def has_mpi(axb: str) -> bool:
    return bool(shutil.which("mpirun")) and Path(axb).with_name("axb-mpi").exists()


def by_mpi(run: Runner) -> bytes:
    """A prepared run as a job of Open MPI on this machine."""
    prepare(run)
    file, n = f"out.{run.form}", run.rng.choice((1, 3))
    job = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(n), run.axb, "mpi", "case.axbrun"]
    job += ["-o", file, "-j1", "-q", "--parts", str(number_of_parts(run))]
    run.log.append(" ".join(job))
    done = subprocess.run(job, cwd=run.folder, capture_output=True, timeout=TIMEOUT)
    if done.returncode:
        raise failed(done.returncode, done.stderr)
    return (run.folder / file).read_bytes()
