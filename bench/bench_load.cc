/* How fast files become tables: reading records alone in MB/s, then all of it, by threads.
 *
 * Without more it makes a file of 900,000 rows and five columns, with the repetition of real
 * names; AXB_BENCH_FILE names another one. Figures are of wall time on all threads. */
extern "C" {
#include "core/shm.h"
#include "data/input.h"
#include "data/load.h"
#include "data/source/csv.h"
#include "data/table.h"
#include "data/text.h"
}

#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <omp.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace
{

constexpr unsigned rows = 900000;

/* A number from 0 to n - 1, the small ones much more often, as names are. */
unsigned skewed(unsigned n)
{
    static uint64_t seed = 1;
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    double x = static_cast<double>(seed >> 32) / 4294967296.0;
    return static_cast<unsigned>(x * x * x * n);
}

/* Made once, gone when the program ends. */
struct file {
    std::string path;
    bool made;

    file() : made(std::getenv("AXB_BENCH_FILE") == nullptr)
    {
        if (!made) {
            path = std::getenv("AXB_BENCH_FILE");
            return;
        }
        char name[] = "/tmp/axb-bench-XXXXXX";
        FILE *f = fdopen(mkstemp(name), "w");
        path = name;
        fprintf(f, "id,first,last,city,born\n");
        for (unsigned i = 0; i < rows; i++)
            fprintf(f, "%u,Name%u,Family%u,City number %u,%u-%02u-%02u\n", i, skewed(5000),
                    skewed(80000), skewed(100), 1930 + skewed(80), 1 + skewed(12), 1 + skewed(28));
        fclose(f);
    }

    ~file()
    {
        if (made)
            unlink(path.c_str());
    }
};

const file &bench_file()
{
    static const file f;
    return f;
}

[[noreturn]] void die(const struct err &e)
{
    err_print(&e, stderr);
    exit(1);
}

bool take_nothing(void *, size_t, const struct csv_rows *rows_read, struct arena *)
{
    benchmark::DoNotOptimize(rows_read->fields);
    return true;
}

/* Records and fields of all columns, nothing done with them. */
void parse(benchmark::State &state)
{
    struct err e;
    struct input in;
    if (!input_open(&in, bench_file().path.c_str(), "bench", SIZE_MAX, &e))
        die(e);
    struct csv_job job = {};
    job.text = {in.p, in.n};
    job.format = {',', false, 0};
    struct csv_record header = {};
    struct arena arena = {};
    csv_record_read(&job.text, &job.format, 0, &arena, &header);
    std::vector<uint32_t> index(header.n_fields);
    for (uint32_t i = 0; i < header.n_fields; i++)
        index[i] = i;
    job.format.n_columns = header.n_fields;
    job.columns = {index.data(), header.n_fields};
    job.from = header.end;
    job.chunk_bytes = 256 << 10;
    job.take = take_nothing;
    omp_set_num_threads(static_cast<int>(state.range(0)));
    for (auto _ : state) {
        struct csv_result result;
        if (!csv_read(&job, &result))
            state.SkipWithError("the file has a fault");
        csv_result_free(&result);
    }
    state.SetBytesProcessed(static_cast<int64_t>(in.n) * state.iterations());
    csv_record_free(&header);
    arena_free(&arena);
    input_close(&in);
}

/* From the path to the table, all columns with distinct values, or all plain. */
void load(benchmark::State &state, bool plain)
{
    struct err e;
    struct load_stats stats = {};
    omp_set_num_threads(static_cast<int>(state.range(0)));
    for (auto _ : state) {
        struct load l;
        struct shm shm;
        struct load_options options = {};
        options.header = true;
        if (!load_open(&l, bench_file().path.c_str(), &options, &e))
            die(e);
        std::vector<struct load_want> wants;
        for (uint32_t i = 0; i < l.n_columns; i++)
            wants.push_back({i, plain, 0});
        if (!shm_create(&shm, "bench", size_t{1} << 36, &e) ||
            !load_table(&l, wants.data(), wants.size(), &shm, &stats, &e))
            die(e);
        shm_close(&shm);
        load_close(&l);
    }
    state.SetBytesProcessed(static_cast<int64_t>(stats.file_bytes) * state.iterations());
    state.counters["rows/s"] = benchmark::Counter(static_cast<double>(stats.records),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}

void normalize(benchmark::State &state, const char *text)
{
    std::string in = text;
    std::vector<char> out(text_normalize_capacity(in.size()));
    size_t n = 0;
    for (auto _ : state) {
        text_normalize(in.data(), in.size(), static_cast<uint32_t>(state.range(0)), out.data(), &n);
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(static_cast<int64_t>(in.size()) * state.iterations());
}

void by_threads(benchmark::internal::Benchmark *b)
{
    for (int threads = 1; threads < omp_get_num_procs(); threads *= 2)
        b->Arg(threads);
    b->Arg(omp_get_num_procs())->UseRealTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK(parse)->Apply(by_threads);
BENCHMARK_CAPTURE(load, distinct, false)->Apply(by_threads);
BENCHMARK_CAPTURE(load, plain, true)->Apply(by_threads);
BENCHMARK_CAPTURE(normalize, ascii, "Anna-Maria O'Brien")->Arg(31);
BENCHMARK_CAPTURE(normalize, accents, "Jos\u00e9 Mar\u00eda Nu\u00f1ez")->Arg(31);
BENCHMARK_CAPTURE(normalize, cyrillic, "\u0410\u043d\u043d\u0430 \u041a\u0430\u0440")->Arg(31);

} // namespace
