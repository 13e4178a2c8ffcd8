/* All options and verbs, a row each: to add one, add its row here and its field in opts.h. */
#include "matcher/options/opts_table.h"

#define AT(field) offsetof(struct opts, field)

const struct opts_row opts_rows[] = {
    {"What is compared", "on", 0, "COL[=BCOL]",
     "the column to compare; short for --score 'METRIC(COL)'", OPTS_SCORE | OPTS_RESULT,
     OPTS_STRING, AT(on), 0, 0},
    {"What is compared", "metric", 0, "NAME[:ARG]",
     "with --on: how alike two values are (default jaro_winkler; `axb metrics` lists them)",
     OPTS_SCORE | OPTS_RESULT, OPTS_STRING, AT(metric), 0, 0},
    {"What is compared", "score", 0, "SCORE",
     "an expression such as '0.6 * jaro_winkler(name) + 0.4 * levenshtein(city)', or your own "
     "function: FILE.c or FILE.so",
     OPTS_SCORE | OPTS_RESULT, OPTS_STRING, AT(score), 0, 0},
    {"What is compared", "where", 0, "EXPRESSION",
     "which pairs are scored at all: 'a.zip == b.zip || soundex(last)'; the others do not match",
     OPTS_SCORE | OPTS_RESULT, OPTS_STRING, AT(where), 0, 0},
    {"What is compared", "min", 0, "T", "keep the pairs whose score is at least T",
     OPTS_SCORE | OPTS_RESULT, OPTS_NUMBER, AT(min), 0, 0},
    {"What is compared", "normalize", 0, "LIST",
     "casefold,strip-accents,nfkc,punct,space for all compared columns, or for some: "
     "'name:casefold+space,city:punct'",
     OPTS_READ, OPTS_STRING, AT(normalize), 0, 0},

    {"What is compared", "pair", 0, "I,J",
     "the row of A and the row of B, from 1, without the header; or their values of --id",
     OPTS_ON(VERB_EXPLAIN), OPTS_STRING, AT(pair), 0, 0},

    {"Output", "output", 'o', "FILE", "write to FILE, which appears when it is whole",
     OPTS_RUN | OPTS_ON(VERB_MERGE), OPTS_STRING, AT(output), 0, 0},
    {"Output", "format", 0, "NAME", "csv (default) or jsonl", OPTS_RUN | OPTS_RESULT, OPTS_STRING,
     AT(format), 0, 0},
    {"Output", "id", 0, "COL[=BCOL]",
     "columns that identify records (default: the row number, from 1)", OPTS_SCORE | OPTS_RESULT,
     OPTS_STRING, AT(id), 0, 0},
    {"Output", "keep", 0, "COLS", "further columns to write: city,a.name,b.title",
     OPTS_RUN | OPTS_RESULT, OPTS_STRING, AT(keep), 0, 0},
    {"Output", "output-terms", 0, "",
     "write the value of each metric in --score and --where as a column of its own, behind the "
     "score: 'jaro_winkler(a.name, b.name)'",
     OPTS_RUN | OPTS_RESULT, OPTS_FLAG, AT(output_terms), 0, 0},
    {"Output", "count", 0, "", "print the number of pairs that match, and no pairs",
     OPTS_RUN | OPTS_RESULT, OPTS_FLAG, AT(count), 0, 0},
    {"Output", "max-results", 0, "N",
     "stop when more than N pairs match; then stdout has N of them, and a file is not there",
     OPTS_RUN | OPTS_RESULT, OPTS_COUNT, AT(max_results), 0, 0},
    {"Output", "resume", 0, "JOURNAL",
     "keep in JOURNAL how far the run has come; started again after it was stopped or killed, it "
     "goes on from there and writes the same bytes",
     OPTS_RUN, OPTS_STRING, AT(resume), 0, 0},
    {"Output", "checkpoint", 0, "S",
     "with --resume: seconds between two entries in the journal (default 10; 0: as often as "
     "possible)",
     OPTS_RUN, OPTS_COUNT, AT(checkpoint_seconds), 0, 0},
    {"Output", "shard", 0, "I/N",
     "do the I-th of N parts, as on many machines, and write a file for axb merge; auto: as the "
     "task of an array in Slurm, Kubernetes or AWS Batch",
     OPTS_RUN, OPTS_STRING, AT(shard), 0, 0},

    {"Input", "delimiter", 'd', "CHAR", "between fields (default: comma; tab for .tsv)", OPTS_FILE,
     OPTS_CHAR, AT(delimiter), 0, 0},
    {"Input", "no-header", 0, "", "the first record is data; columns are 1, 2, 3 ...", OPTS_FILE,
     OPTS_UNFLAG, AT(header), 0, 0},
    {"Input", "encoding", 0, "NAME", "utf-8 (default), latin1, windows-1252", OPTS_FILE,
     OPTS_STRING, AT(encoding), 0, 0},
    {"Input", "lenient", 0, "", "mend irregular records and count them, instead of stopping",
     OPTS_FILE, OPTS_FLAG, AT(lenient), 0, 0},

    {"Machine", "workers", 'j', "N", "worker processes (default: one for each core we may use)",
     OPTS_WORK | OPTS_ON(VERB_TOPOLOGY), OPTS_UNSIGNED, AT(workers), 0, 0},
    {"Machine", "bind", 0, "WHERE", "pin workers to: core (default), pu, numa, none",
     OPTS_WORK | OPTS_ON(VERB_TOPOLOGY), OPTS_CHOICE, AT(bind), 0, "core|pu|numa|none"},
    {"Machine", "max-memory", 0, "SIZE", "use no more than this, for example 2G", OPTS_FILE,
     OPTS_SIZE, AT(max_memory_bytes), 0, 0},
    {"Machine", "sandbox", 0, "",
     "your scorer may read files, but not write any, use the network, start programs or touch "
     "other "
     "processes",
     OPTS_READ, OPTS_FLAG, AT(sandbox), 0, 0},

    {"Scorers that fail", "on-crash", 0, "WHAT",
     "what a crash of your scorer does: stop (default) and name the pair, or skip it",
     OPTS_RUN | OPTS_RESULT, OPTS_CHOICE, AT(on_crash), 0, "stop|skip"},
    {"Scorers that fail", "pair-timeout", 0, "S",
     "a pair that your scorer takes longer for than S seconds counts as a crash (default: none)",
     OPTS_SCORE | OPTS_RESULT, OPTS_SECONDS, AT(pair_timeout_seconds), 0, 0},
    {"Scorers that fail", "rejects", 0, "FILE",
     "with --on-crash skip: write the pairs that were skipped, and why, to FILE as CSV; with "
     "--shard those of this part",
     OPTS_RUN, OPTS_STRING, AT(rejects), 0, 0},
    {"Scorers that fail", "max-rejects", 0, "N",
     "with --on-crash skip: stop when more than N pairs are to be skipped (default 1000)", OPTS_RUN,
     OPTS_COUNT, AT(max_rejects), 0, 0},

    {"Plan", "plan", 0, "", "print the plan with its estimates and do nothing else", OPTS_RUN,
     OPTS_FLAG, AT(plan), 0, 0},
    {"Plan", "no-prune", 0, "", "look at every pair; the same result, to measure or to check",
     OPTS_SCORE, OPTS_UNFLAG, AT(prune), 0, 0},
    {"Plan", "join", 0, "NAME", "use this join instead of the one that is expected to be fastest",
     OPTS_SCORE, OPTS_STRING, AT(join), 0, 0},
    {"Plan", "audit", 0, "N",
     "compare what was found for N random rows of A with a double loop over them and all of B",
     OPTS_RUN, OPTS_COUNT, AT(audit), 0, 0},
    {"Plan", "seed", 0, "S", "with --audit: the rows that the audit of this seed took", OPTS_RUN,
     OPTS_COUNT, AT(seed), 0, 0},

    {"Messages", "progress", 0, "WHEN", "the progress line: auto (default), always, never",
     OPTS_WORK, OPTS_CHOICE, AT(progress), 0, "auto|always|never"},
    {"Messages", "stats", 0, "FILE", "write figures of the run as JSON", OPTS_RUN, OPTS_STRING,
     AT(stats), 0, 0},
    {"Messages", "quiet", 'q', "", "say nothing but errors", OPTS_FILE | OPTS_ON(VERB_MERGE),
     OPTS_LEVEL, AT(level), LOG_QUIET, 0},
    {"Messages", "verbose", 'v', "", "say more", OPTS_FILE | OPTS_ON(VERB_MERGE), OPTS_LEVEL,
     AT(level), LOG_VERBOSE, 0},
};
const size_t n_opts_rows = sizeof opts_rows / sizeof *opts_rows;

const struct opts_verb_row opts_verbs[] = {
    {"match", VERB_MATCH, "A.csv B.csv", 2, 2, "all pairs of A x B whose score is at least --min",
     "axb match A.csv B.csv --on name --min 0.9 -o pairs.csv\n"
     "axb match A.csv B.csv --score 'levenshtein(a.name, b.title)' --min 0.8 --id id\n"
     "axb match A.csv B.csv --score my_score.c --min 0.85",
     "Every record of A is compared with every record of B; nothing is lost to blocking. The "
     "output "
     "is CSV with the columns a, b and score, by row of A, then row of B: the same bytes for any "
     "number of workers. Files may be .gz, .zst or .xz; - is stdin.\n\n"
     "An expression is made of numbers, columns a.NAME and b.NAME, metrics (`axb metrics`), + - * "
     "/, "
     "< <= > >= == !=, && || !, c ? x : y, min max abs sqrt floor ceil, number(a.COL), "
     "days(a.COL), "
     "if_missing(x, v) and missing(x); levenshtein(city) stands for levenshtein(a.city, b.city). "
     "What "
     "is missing, no number, or divided by zero has no value: comparisons with it are false, and a "
     "score without a value is no match."},
    {"dedupe", VERB_DEDUPE, "A.csv", 1, 1, "all pairs of different records of A",
     "axb dedupe A.csv --on name --min 0.92\n"
     "axb dedupe A.csv --on name --metric levenshtein --min 0.85 --keep name -o pairs.csv",
     "Each pair of records is there once, the lower row first."},
    {"explain", VERB_EXPLAIN, "A.csv [B.csv]", 1, 2, "why two records match, or do not",
     "axb explain A.csv B.csv --pair 17,4 --on name --min 0.9\n"
     "axb explain A.csv B.csv --pair rec-1,rec-9 --id id --score my_score.c",
     "Shows what is compared, and with --normalize as what, the value of each metric and what "
     "--min asks of it, the score node "
     "by node, whether the pair matches, the highest --min that lets it in, and what of the plan "
     "would find or drop it. With one file, two of its records are compared, as in dedupe."},
    {"check", VERB_CHECK, "SCORER A.csv B.csv", 3, 3,
     "try a scorer on a sample: does it compile, how fast is it",
     "axb check my_score.c A.csv B.csv",
     "Compiles and loads the scorer, lists the C names of the columns and what it reads, scores a "
     "sample, and says what spares match the scoring of all pairs, and how long that would take."},
    {"eval", VERB_EVAL, "PAIRS.csv TRUTH.csv", 2, 2,
     "precision, recall and F1 of pairs against a truth", "axb eval pairs.csv truth.csv",
     "Both files have a header; their first two columns name the records of A and B. A third "
     "column of PAIRS is the score, and gives the curve over thresholds; a third column of TRUTH "
     "holds tags joined by +, and gives the recall of each tag."},
    {"merge", VERB_MERGE, "SHARD...", 1, OPTS_MANY, "put the files of all shards of a run together",
     "axb merge part-*.shard -o pairs.csv",
     "The files are those that match or dedupe wrote with --shard, in any order. All shards of one "
     "run must be there, each once and undamaged; else nothing is written, and the message says "
     "which is missing, or differs in what."},
    {"data load", VERB_DATA_LOAD, "NAME FILE.csv", 2, 2,
     "keep a table in shared memory, for @NAME in place of a file",
     "axb data load people people.csv.zst\naxb match A.csv @people --on name --min 0.9",
     "@NAME stands for the file wherever match, dedupe, check, explain and eval take one, and "
     "starts "
     "at once: the file was read, and equal values found, when it was loaded. All columns are "
     "kept; "
     "what is written is the same as from the file. A table of the same name is replaced when the "
     "new one is whole; runs that use the old one keep it. It stays until it is removed or the "
     "machine is restarted, is yours alone, and takes memory of /dev/shm. A file whose own name "
     "begins with @ is ./@file."},
    {"data ls", VERB_DATA_LS, "", 0, 0, "the tables that are kept, with size, time and file",
     "axb data ls", "A line for each table, below one with the names of the columns."},
    {"data rm", VERB_DATA_RM, "NAME...", 1, OPTS_MANY, "remove tables that are kept",
     "axb data rm people", "Runs that use a table keep it to their end; then its memory is free."},
    {"metrics", VERB_METRICS, "", 0, 0, "the metrics: name, range, what they measure",
     "axb metrics", ""},
    {"topology", VERB_TOPOLOGY, "", 0, 0, "cores, nodes, limits, and where workers would be pinned",
     "axb topology\naxb topology -j 3", ""},
};
const size_t n_opts_verbs = sizeof opts_verbs / sizeof *opts_verbs;
