/* How fast joins find their pairs, beside looking at every pair: pairs of distinct values for each
 * second of one processor, on the generator's people. No output, no processes, no ingest.
 *
 *   bench_join      the suite, for each metric and threshold:
 *       loop        metric_score on every pair, one lane: the plain scalar (bit-parallel) loop
 *       scan        what --no-prune runs: many lanes, where the metric has such kernels
 *       join        what a run does, building the join's own index included
 *   bench_join JOIN METRIC MIN [A.csv B.csv|self COLUMN]
 *                   one of them: JOIN is a name as --plan shows it, or "best"
 *
 * Of loops and scans as much is run as the time for a benchmark allows, spread evenly over their
 * items; joins, and whatever is asked for by name, are run whole. -j THREADS stands for workers
 * (default 1), --no-prune for that option, AXB_BENCH_ROWS for the rows a side (100,000). A table
 * on stderr ends it: rates, how often they are that of the loop, and the share of a scan's pairs
 * that its kernels looked at (lengths alone decide the others). */
extern "C" {
#include "core/log.h"
#include "core/process.h"
#include "core/shm.h"
#include "data/load.h"
#include "matcher/index/index.h"
#include "matcher/join/join.h"
#include "matcher/kernel/isa.h"
}

#include "bench/median.hh"
#include "bench/sample.hh"

#include <algorithm>
#include <atomic>
#include <benchmark/benchmark.h>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>
#include <omp.h>
#include <string>
#include <vector>

namespace
{

[[noreturn]] void die(const struct err &e)
{
    err_print(&e, stderr);
    exit(1);
}

/* ---- Values ----------------------------------------------------------------------------------*/

struct source {
    std::string a, b, column; /* b "self": A with itself; column "1": no header, the first field */
};

/* A column of both files, indexed as a run does it. */
struct values {
    struct shm table[2], index;
    struct index view;
    bool self;

    explicit values(const source &from) : self(from.b == "self")
    {
        struct err e;
        struct table tables[2];
        const std::string *paths[] = {&from.a, self ? &from.a : &from.b};
        for (int side = 0; side < 2; side++)
            load(&table[side], &tables[side], *paths[side], from.column);
        const struct index_field fields[] = {{0, INDEX_TEXT, &tables[0], 0},
                                             {1, INDEX_TEXT, &tables[1], 0}};
        const struct index_pair pair = {0, 1};
        const struct index_spec spec = {fields, 2, nullptr, &pair, 1, INDEX_POSTINGS | INDEX_UTF8};
        if (!shm_create(&index, "the index", size_t{1} << 36, &e) ||
            !index_build(&spec, &index, &e) || !index_view(&view, &index, &e))
            die(e);
    }

    values(const values &) = delete;

    ~values()
    {
        shm_close(&index);
        shm_close(&table[0]);
        shm_close(&table[1]);
    }

  private:
    static void load(struct shm *out, struct table *table, const std::string &path,
                     const std::string &column)
    {
        struct err e;
        struct load l;
        struct load_stats stats;
        struct load_options options = {};
        struct load_want want = {};
        options.header = column != "1";
        if (!load_open(&l, path.c_str(), &options, &e) ||
            !load_find(&l, column.c_str(), &want.column, &e) ||
            !shm_create(out, path.c_str(), size_t{1} << 36, &e) ||
            !load_table(&l, &want, 1, out, &stats, &e) || !table_view(table, out, &e))
            die(e);
        load_close(&l);
    }
};

/* One column is kept, with its name: benchmarks come in the order of columns. */
const values &values_of(const source &from)
{
    static std::unique_ptr<values> kept;
    static std::string name;
    std::string wanted = from.a + "\n" + from.b + "\n" + from.column;
    if (!kept || name != wanted) {
        kept.reset();
        kept = std::make_unique<values>(from);
        name = wanted;
    }
    return *kept;
}

/* ---- One join --------------------------------------------------------------------------------*/

struct totals {
    struct join_stats stats;
    uint64_t rows;  /* pairs of rows that match */
    uint32_t check; /* of all pairs and scores, whatever their order */
    double longest_item;
};

/* A sink that counts rows and forgets the pairs. */
struct counter {
    struct join_sink sink;
    const struct join_job *job;
    struct totals *total;
    struct join_pair buffer[4096];

    counter(const struct join_job *for_job, struct totals *to) : job(for_job), total(to)
    {
        sink = {buffer, buffer + 4096, flush};
    }

    static void flush(struct join_sink *sink)
    {
        counter *c = reinterpret_cast<counter *>(sink);
        for (const struct join_pair *p = c->buffer; p < sink->next; p++) {
            uint64_t score;
            memcpy(&score, &p->score, sizeof score);
            c->total->rows +=
                uint64_t{side_multiplicity(c->job->a, p->a)} * side_multiplicity(c->job->b, p->b);
            c->total->check += static_cast<uint32_t>(
                ((p->a * 0x9e3779b97f4a7c15u ^ p->b * 0xc2b2ae3d27d4eb4fu) * (score | 1)) >> 32);
        }
        sink->next = c->buffer;
    }
};

/* Seconds of all processors that this process has used: what counts on a machine with others. */
double cpu_seconds()
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/* A join built for a job; its items can be run. */
struct built {
    const struct join_job &job;
    const struct join *join;
    struct shm index = {};
    uint32_t n_items = 0;

    built(const struct join_job &for_job, const struct join *what) : job(for_job), join(what)
    {
        struct err e;
        if (!shm_create(&index, "the join", size_t{8} << 30, &e) ||
            !join->build(&job, &index, &n_items, &e))
            die(e);
    }

    built(const built &) = delete;

    ~built()
    {
        shm_close(&index);
    }

    /* A worker: runs the items that it gets from next() until that is n_items or more. */
    template <typename next_fn> void work(struct totals *total, next_fn next) const
    {
        struct err e;
        void *scratch;
        auto c = std::make_unique<counter>(&job, total);
        if (!join->open(&job, shm_view_of(&index), &scratch, &e))
            die(e);
        double before = log_seconds();
        for (uint32_t i; (i = next()) < n_items;) {
            join->run(&job, shm_view_of(&index), scratch, i, &c->sink, &total->stats);
            double now = log_seconds();
            total->longest_item = std::max(total->longest_item, now - before);
            before = now;
        }
        counter::flush(&c->sink);
        join->close(scratch);
    }
};

void add(struct totals *sum, const struct totals &t)
{
    sum->stats.pairs += t.stats.pairs;
    sum->stats.candidates += t.stats.candidates;
    sum->stats.verified += t.stats.verified;
    sum->stats.matches += t.stats.matches;
    sum->rows += t.rows;
    sum->check += t.check;
    sum->longest_item = std::max(sum->longest_item, t.longest_item);
}

/* ---- Benchmarks ------------------------------------------------------------------------------*/

enum kind { LOOP, SCAN, JOIN, KINDS };
const char *const kind_names[] = {"loop", "scan", "join"};

/* What one benchmark runs. */
struct task {
    source from;
    std::string metric;
    double min;
    kind what;
    std::string join; /* a join by its name; "" for the best */
    bool prune, whole;
    int threads;
};

/* Rates of one metric and threshold, in pairs a second of one processor. */
struct line {
    std::string metric, join;
    double min;
    std::vector<double> rate[KINDS];
    double scanned; /* share of the pairs that a scan gives to its kernels; the lengths of the
                       others decide */
};
std::vector<line> lines;

line &line_of(const task &t)
{
    auto found = std::find_if(lines.begin(), lines.end(), [&t](const line &l) {
        return l.metric == t.metric && l.min == t.min;
    });
    if (found != lines.end())
        return *found;
    lines.push_back({t.metric, "", t.min, {}, 0});
    return lines.back();
}

/* Says what was found, in so many seconds of processors. */
void report(benchmark::State &state, const task &t, const built &b, const struct totals &total,
            double cpu)
{
    auto count = [&state](const char *name, uint64_t n) {
        state.counters[name] =
            benchmark::Counter(static_cast<double>(n), benchmark::Counter::kAvgIterations);
    };
    double rate = static_cast<double>(total.stats.pairs) / cpu,
           loop = median(line_of(t).rate[LOOP]);
    state.SetLabel(b.join->name);
    state.counters["pairs/s/core"] = rate;
    if (loop > 0 && t.what != LOOP)
        state.counters["of_loop"] = rate / loop;
    count("pairs", total.stats.pairs);
    count("candidates", total.stats.candidates);
    count("verified", total.stats.verified);
    count("matches", total.stats.matches);
    count("rows", total.rows);
    state.counters["items"] = b.n_items;
    state.counters["longest_ms"] = 1e3 * total.longest_item;
    state.counters["index_bytes"] = static_cast<double>(b.index.used_bytes);
}

/* The whole join by all threads; `check` as in totals, the same for each way to do the job. */
void join_all(const built &b, int threads, struct totals *sum, uint32_t *check)
{
    struct totals all = {};
    std::atomic<uint32_t> next{0};
#pragma omp parallel num_threads(threads)
    {
        struct totals mine = {};
        b.work(&mine, [&next] { return next++; });
#pragma omp critical
        add(&all, mine);
    }
    *check = all.check;
    add(sum, all);
}

void run_whole(benchmark::State &state, const task &t, const struct join_job &job,
               const struct join *join)
{
    struct totals sum = {};
    std::unique_ptr<built> b;
    double cpu = cpu_seconds(), build_seconds = 0;
    uint32_t check = 0;
    for (auto _ : state) {
        double begin = log_seconds();
        b = std::make_unique<built>(job, join);
        build_seconds += log_seconds() - begin;
        join_all(*b, t.threads, &sum, &check);
    }
    report(state, t, *b, sum, cpu_seconds() - cpu);
    state.counters["build_s"] =
        benchmark::Counter(build_seconds, benchmark::Counter::kAvgIterations);
    state.counters["check"] = check;
}

/* One item after another, the golden section of them apart: all parts of the work have their share
 * whenever the time is over. */
void run_sample(benchmark::State &state, const task &t, const struct join_job &job,
                const struct join *join)
{
    built b(job, join);
    struct totals sum = {};
    double at = 0, cpu = cpu_seconds();
    b.work(&sum, [&]() -> uint32_t {
        at += 0.6180339887498949;
        at -= at >= 1;
        return state.KeepRunning() ? static_cast<uint32_t>(at * b.n_items) : b.n_items;
    });
    report(state, t, b, sum, cpu_seconds() - cpu);
}

void run(benchmark::State &state, const task &t)
{
    const values &v = values_of(t.from);
    struct err e;
    struct join_job job = {};
    double cost;
    omp_set_num_threads(t.threads);
    if (!metric_find(t.metric.c_str(), t.metric.size(), &job.use, &e))
        die(e);
    job.use.idf = index_idf(&v.view, 0, 1);
    job.need = t.min;
    job.self = v.self;
    job.prune = t.prune;
    job.dictionary = &v.view.dictionary;
    job.a = &v.view.field[0].side;
    job.b = v.self ? job.a : &v.view.field[1].side;
    const struct join *join = join_choose(&job, t.join.empty() ? nullptr : t.join.c_str(), &cost);
    if (!join)
        state.SkipWithError("no join of that name for this metric");
    else if (t.whole)
        run_whole(state, t, job, join);
    else
        run_sample(state, t, job, join);
}

/* ---- Suite, command line, table ---------------------------------------------------------------*/

std::map<std::string, task> tasks; /* by the name of the benchmark */

void add_task(const task &t)
{
    char name[100];
    snprintf(name, sizeof name, "%s/%s/%g", kind_names[t.what], t.metric.c_str(), t.min);
    tasks[name] = t;
    benchmark::RegisterBenchmark(name, [t](benchmark::State &state) { run(state, t); })
        ->UseRealTime()
        ->MeasureProcessCPUTime()
        ->Unit(benchmark::kMillisecond);
}

/* By column, so that each is read once. */
const struct {
    const char *metric, *column;
    std::vector<double> min;
} suite[] = {
    {"levenshtein", "full", {0.9, 0.85, 0.8, 0.7}},
    {"osa", "full", {0.9, 0.85, 0.8}},
    {"damerau_levenshtein", "full", {0.85}},
    {"indel", "full", {0.9, 0.85, 0.8}},
    {"lcsseq", "full", {0.85}},
    {"hamming", "full", {0.85}},
    {"jaro", "full", {0.95, 0.9}},
    {"jaro_winkler", "full", {0.95, 0.92, 0.9, 0.85}},
    {"jaccard", "full", {0.8, 0.6}},
    {"dice", "full", {0.8}},
    {"cosine", "full", {0.8}},
    {"overlap", "full", {0.9}},
    {"equal", "full", {1}},
    {"soundex", "last", {1}},
    {"double_metaphone", "last", {1}},
    {"nysiis", "last", {1}},
    {"metaphone", "last", {1}},
    {"prefix", "full", {0.9}},
    {"postfix", "full", {0.9}},
    {"days", "dob", {0.9}},
};

void add_suite(int threads, bool prune)
{
    sample files = sample_make(sample_rows(100000));
    for (const auto &s : suite)
        for (double min : s.min) {
            source from = {files.a, files.b, s.column};
            add_task({from, s.metric, min, LOOP, "scan", false, false, threads});
            add_task({from, s.metric, min, SCAN, "", false, false, threads});
            add_task({from, s.metric, min, JOIN, "", prune, true, threads});
        }
}

/* One join as it was named on the command line. */
bool add_one(const std::vector<std::string> &word, int threads, bool prune)
{
    if (word.size() != 3 && word.size() != 6)
        return false;
    task t = {{}, word[1], atof(word[2].c_str()), JOIN, word[0], prune, true, threads};
    if (t.join == "best")
        t.join.clear();
    if (word.size() == 6)
        t.from = {word[3], word[4], word[5]};
    else {
        sample files = sample_make(sample_rows(100000));
        t.from = {files.a, files.b, "full"};
    }
    add_task(t);
    return true;
}

bool add_tasks(int n, char **arg)
{
    std::vector<std::string> dictionary;
    int threads = 1;
    bool prune = true;
    for (int i = 1; i < n; i++)
        if (strcmp(arg[i], "-j") == 0 && i + 1 < n)
            threads = std::max(1, atoi(arg[++i]));
        else if (strcmp(arg[i], "--no-prune") == 0)
            prune = false;
        else
            dictionary.push_back(arg[i]);
    if (dictionary.empty())
        add_suite(threads, prune);
    return dictionary.empty() || add_one(dictionary, threads, prune);
}

void print_rate(const line &l, int k)
{
    double rate = median(l.rate[k]), loop = median(l.rate[LOOP]);
    char text[32];
    if (rate == 0)
        fprintf(stderr, " |");
    else if (k == LOOP || loop == 0)
        fprintf(stderr, " %s |", log_count(rate, text));
    else
        fprintf(stderr, " %s (%.*f x) |", log_count(rate, text), rate < 10 * loop, rate / loop);
    if (k == SCAN && rate == 0)
        fprintf(stderr, " |");
    else if (k == SCAN)
        fprintf(stderr, " %.0f %% |", 100 * l.scanned);
}

void print_table()
{
    fprintf(
        stderr,
        "\npairs of distinct values, a second of one core; %s\n\n"
        "| metric | at least | loop, one lane | scan | of these in kernels | join | its name |\n"
        "|---|---|---|---|---|---|---|\n",
        isa_name(isa_best()));
    for (const line &l : lines) {
        fprintf(stderr, "| %s | %g |", l.metric.c_str(), l.min);
        for (int k = 0; k < KINDS; k++)
            print_rate(l, k);
        fprintf(stderr, " %s |\n", l.join.c_str());
    }
}

void take(const std::string &name, const benchmark::BenchmarkReporter::Run &r)
{
    const task &t = tasks[name];
    line &l = line_of(t);
    if (r.error_occurred)
        return;
    l.rate[t.what].push_back(r.counters.at("pairs/s/core"));
    if (t.what == JOIN)
        l.join = r.report_label;
    if (t.what == SCAN)
        l.scanned = r.counters.at("candidates") / r.counters.at("pairs");
}

} // namespace

int main(int argc, char **argv)
{
    proc_reexec_for_openmp(argv);
    benchmark::Initialize(&argc, argv);
    if (!add_tasks(argc, argv)) {
        fprintf(stderr,
                "usage: bench_join [JOIN METRIC MIN [A.csv B.csv|self COLUMN]] [-j THREADS] "
                "[--no-prune] [--benchmark_…]\n");
        return 2;
    }
    median_reporter reporter(take);
    benchmark::RunSpecifiedBenchmarks(&reporter);
    print_table();
    return 0;
}
