/* The whole program, CSV in to count or pairs out, as a user runs it: all cores, all processes.
 *
 *   bench_match [A.csv B.csv COLUMN]
 *                        default: the generator's people, AXB_BENCH_ROWS (900,000) a side, by
 *                        column full
 *   count/METRIC/MIN     prints the number of pairs alone
 *   pipe/METRIC/MIN      writes the pairs as CSV into a pipe, which this program reads
 *
 * Seconds are of wall time, from starting the program to its end, and of all processors. A table on
 * stderr ends it: medians, with --benchmark_repetitions=5 of five. */
#include "bench/median.hh"
#include "bench/sample.hh"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstring>
#include <jansson.h>
#include <map>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace
{

struct task {
    std::string a, b, column, metric;
    double min;
    bool pipe;
};

/* What all runs of one task gave. */
struct line {
    task t;
    std::string join;
    double matches, pairs;
    /* Of the wall, all of it; of all processors; of the wall, ordering, formatting and writing. */
    std::vector<double> seconds, cpu, writing;
};
std::map<std::string, line> lines; /* by the name of the benchmark */
std::vector<std::string> order;

std::string stats_path()
{
    static const std::string path = "/tmp/axb-bench-" + std::to_string(getpid()) + ".json";
    return path;
}

/* Of all processors, by the programs that have ended, their children included. */
double cpu_seconds()
{
    struct rusage use;
    getrusage(RUSAGE_CHILDREN, &use);
    return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           1e-6 * static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

/* Runs the program once and reads all that it writes; false if it failed. */
bool run_once(const task &t, uint64_t *out_bytes)
{
    char min[32];
    snprintf(min, sizeof min, "%g", t.min);
    std::string command = AXB_PROGRAM " match '" + t.a + "' '" + t.b + "' --on '" + t.column +
                          "' --metric " + t.metric + " --min " + min + " -q --stats " +
                          stats_path() + (t.pipe ? "" : " --count");
    static char buffer[1 << 20];
    FILE *out = popen(command.c_str(), "r");
    for (size_t n; out && (n = fread(buffer, 1, sizeof buffer, out)) > 0;)
        *out_bytes += n;
    return out && pclose(out) == 0;
}

/* What --stats wrote of the last run. */
void report_stats(benchmark::State &state)
{
    json_t *stats = json_load_file(stats_path().c_str(), 0, nullptr);
    json_t *seconds = json_object_get(stats, "seconds");
    const char *join = json_string_value(json_object_get(stats, "join"));
    state.SetLabel(join ? join : "");
    for (const char *name : {"pairs", "matches", "workers", "slices"})
        state.counters[name] = json_number_value(json_object_get(stats, name));
    for (const char *name : {"load", "index", "build", "join", "write"})
        state.counters[std::string(name) + "_s"] =
            json_number_value(json_object_get(seconds, name));
    json_decref(stats);
    unlink(stats_path().c_str());
}

void run(benchmark::State &state, const task &t)
{
    uint64_t out_bytes = 0;
    double cpu = cpu_seconds();
    for (auto _ : state)
        if (!run_once(t, &out_bytes)) {
            state.SkipWithError("axb failed");
            return;
        }
    cpu = cpu_seconds() - cpu;
    report_stats(state);
    state.counters["cpu_s"] = benchmark::Counter(cpu, benchmark::Counter::kAvgIterations);
    auto rate = [&state](const char *name) {
        return benchmark::Counter(state.counters[name],
                                  benchmark::Counter::kIsIterationInvariantRate);
    };
    state.counters["pairs/s"] = rate("pairs");
    if (t.pipe) {
        state.counters["rows/s"] = rate("matches");
        state.SetBytesProcessed(static_cast<int64_t>(out_bytes));
    }
}

/* ---- Suite, command line, table ---------------------------------------------------------------*/

const struct {
    const char *metric;
    double min;
    bool pipe;
} suite[] = {
    {"levenshtein", 0.9, false},  {"levenshtein", 0.85, false},  {"levenshtein", 0.8, false},
    {"levenshtein", 0.7, false},  {"osa", 0.85, false},          {"ratio", 0.9, false},
    {"ratio", 0.85, false},       {"jaro_winkler", 0.95, false}, {"jaro_winkler", 0.92, false},
    {"jaro_winkler", 0.9, false}, {"jaro_winkler", 0.85, false}, {"jaccard", 0.8, false},
    {"jaccard", 0.6, false},      {"equal", 1, false},           {"levenshtein", 0.8, true},
    {"jaro_winkler", 0.9, true},
};

void add_suite(const std::string &a, const std::string &b, const std::string &column)
{
    for (const auto &s : suite) {
        char name[100];
        task t = {a, b, column, s.metric, s.min, s.pipe};
        snprintf(name, sizeof name, "%s/%s/%g", s.pipe ? "pipe" : "count", s.metric, s.min);
        order.push_back(name);
        lines[name] = {t, "", 0, 0, {}, {}, {}};
        benchmark::RegisterBenchmark(name, [t](benchmark::State &state) { run(state, t); })
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
    }
}

void take(const std::string &name, const benchmark::BenchmarkReporter::Run &r)
{
    line &l = lines[name];
    if (r.error_occurred)
        return;
    l.join = r.report_label;
    l.matches = r.counters.at("matches");
    l.pairs = r.counters.at("pairs");
    l.seconds.push_back(r.GetAdjustedRealTime() / 1e3);
    l.cpu.push_back(r.counters.at("cpu_s"));
    l.writing.push_back(r.counters.at("write_s"));
}

void print_line(const line &l)
{
    auto ends = std::minmax_element(l.seconds.begin(), l.seconds.end());
    double seconds = median(l.seconds);
    fprintf(stderr, "| %s | %g | %s | %.0f | %s | %.2f (%.2f-%.2f) | %.2f | %.3g G |",
            l.t.metric.c_str(), l.t.min, l.t.pipe ? "pipe" : "count", l.matches, l.join.c_str(),
            seconds, *ends.first, *ends.second, median(l.cpu), l.pairs / seconds / 1e9);
    if (l.t.pipe)
        fprintf(stderr, " %.3g M (%.3g M)", l.matches / seconds / 1e6,
                l.matches / median(l.writing) / 1e6);
    fprintf(stderr, " |\n");
}

void print_table()
{
    fprintf(stderr,
            "\n| metric | at least | out | pairs that match | join | seconds: median (least-most) "
            "| of all processors | pairs/s | rows out/s (while writing) |\n"
            "|---|---|---|---|---|---|---|---|---|\n");
    for (const std::string &name : order)
        if (!lines[name].seconds.empty())
            print_line(lines[name]);
}

} // namespace

int main(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    if (argc != 1 && argc != 4) {
        fprintf(stderr, "usage: bench_match [A.csv B.csv COLUMN] [--benchmark_...]\n");
        return 2;
    }
    if (argc == 4)
        add_suite(argv[1], argv[2], argv[3]);
    else {
        sample files = sample_make(sample_rows(900000));
        add_suite(files.a, files.b, "full");
    }
    median_reporter reporter(take);
    benchmark::RunSpecifiedBenchmarks(&reporter);
    print_table();
    return 0;
}
