/* How fast a user's scorer runs in the loop of its module, beside the same double loop written by
 * hand in this file, which is compiled with the module's options. One core; items are pairs.
 *
 *   numeric   1 - 0.01 |x - x'| - 0.1 |y - y'|, no call
 *   bytes     a loop of the user's own over the bytes of both texts
 *   metric    axb_levenshtein, pair by pair; by hand: metric_score on the words
 *   tile/0    axb_levenshtein by the tile;  by hand: `score`, which calls the metric pair by pair
 *   tile/1    axb_jaro_winkler;  tile/2  a sum of both
 *   tile/3    the sum after an early return in three of four pairs
 *   tile/4    axb_token_sort_ratio, which has no lanes
 *   expression/0  abs(a.x - b.x) <= 3 && a.y == b.y as numbers, from the text of an expression
 *   expression/1  the same with two texts compared;  expression/2  a weighted sum of numbers
 *
 * The program is its own `axb`: scorer_make starts it as `… worker compile` and `… probe`. */
extern "C" {
#include "core/err.h"
#include "matcher/metric/metric.h"
#include "matcher/scorer/scorer.h"
}

#include "bench/median.hh"

#include <benchmark/benchmark.h>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace
{

constexpr uint32_t rows_a = 64, rows_b = 8192;

const char *const numeric_source = R"(#include <axb.h>
#include <math.h>
double score(const axb_row_a *a, const axb_row_b *b)
{
    return 1 - 0.01 * fabs(a->x_number - b->x_number) - 0.1 * fabs(a->y_number - b->y_number);
}
)";

const char *const bytes_source = R"(#include <axb.h>
double score(const axb_row_a *a, const axb_row_b *b)
{
    uint32_t n = a->name.n < b->name.n ? a->name.n : b->name.n, same = 0;
    for (uint32_t i = 0; i < n; i++)
        same += a->name.p[i] == b->name.p[i];
    return same / 16.0;
}
)";

const char *const metric_source = R"(#include <axb.h>
double score(const axb_row_a *a, const axb_row_b *b)
{
    return axb_levenshtein(a->name, b->name);
}
)";

/* Random columns x, y and name, the same rows for both sides; names are words of 4 to 13 letters.
 */
struct columns {
    std::vector<double> x, y;
    std::vector<axb_str> name;
    std::string text, codes;
    std::vector<uint64_t> begin;
    std::vector<uint32_t> code_point;
    struct dictionary dictionary = {};

    columns() : x(rows_b), y(rows_b), name(rows_b)
    {
        uint64_t seed = 1;
        auto below = [&seed](unsigned n) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            return static_cast<unsigned>((seed >> 33) % n);
        };
        for (uint32_t i = 0; i < rows_b; i++) {
            x[i] = below(10000) * 0.01;
            y[i] = below(100);
            begin.push_back(codes.size());
            for (unsigned k = 4 + below(10); k > 0; k--)
                codes.push_back(static_cast<char>(below(26)));
        }
        begin.push_back(codes.size());
        for (char c : codes)
            text.push_back(static_cast<char>('a' + c));
        codes.resize(codes.size() + 64);
        text.resize(text.size() + 64);
        for (uint32_t c = 0; c < 26; c++)
            code_point.push_back('a' + c);
        for (uint32_t i = 0; i < rows_b; i++)
            name[i] = {text.data() + begin[i], static_cast<uint32_t>(begin[i + 1] - begin[i]),
                       i + 1};
        dictionary.n = rows_b;
        dictionary.width = 1;
        dictionary.max_length = 13;
        dictionary.alphabet = {26, code_point.data()};
        dictionary.begin = dictionary.utf8_begin = begin.data();
        dictionary.codes = codes.data();
        dictionary.utf8 = text.data();
        scorer_bind_dictionary(&dictionary);
    }
};

columns &data()
{
    static columns c;
    return c;
}

std::vector<uint32_t> hits(rows_b);
std::vector<double> scores(rows_b);

/* The module of a source, loaded here. */
const axb_module *module_of(const char *source)
{
    char path[] = "/tmp/axb-bench-XXXXXX.c";
    char x[] = "x", y[] = "y", name[] = "name";
    char *names[] = {x, y, name};
    struct scorer_headers headers = {names, 3, names, 3};
    struct scorer s;
    struct err e;
    const axb_module *m = nullptr;
    int fd = mkstemps(path, 2);
    bool ok = fd >= 0 && write(fd, source, strlen(source)) > 0 && close(fd) == 0 &&
              scorer_make(path, nullptr, &headers, &s, &e) && scorer_attach(s.fd, &m, &e);
    unlink(path);
    if (!ok) {
        err_print(&e, stderr);
        exit(1);
    }
    return m;
}

void report(benchmark::State &state, uint64_t found)
{
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * rows_a * rows_b);
    state.counters["hits"] = static_cast<double>(found) / (double(rows_a) * rows_b);
}

void by_module(benchmark::State &state, const char *source, std::vector<const void *> fields)
{
    const axb_module *m = module_of(source);
    double min = static_cast<double>(state.range(0)) / 100;
    uint64_t found = 0;
    for (auto _ : state) {
        found = 0;
        for (uint32_t i = 0; i < rows_a; i++)
            found += m->match(fields.data(), i, fields.data(), 0, rows_b, min, hits.data(),
                              scores.data());
    }
    report(state, found);
}

template <typename score_fn> void by_hand(benchmark::State &state, score_fn score)
{
    double min = static_cast<double>(state.range(0)) / 100;
    uint64_t found = 0;
    for (auto _ : state) {
        found = 0;
        for (uint32_t i = 0; i < rows_a; i++) {
            uint32_t n = 0;
            for (uint32_t j = 0; j < rows_b; j++) {
                double s = score(i, j);
                if (s >= min) {
                    hits[n] = j;
                    scores[n++] = s;
                }
            }
            found += n;
        }
        benchmark::ClobberMemory();
    }
    report(state, found);
}

void numeric_module(benchmark::State &state)
{
    by_module(state, numeric_source, {data().x.data(), data().y.data()});
}

void numeric_by_hand(benchmark::State &state)
{
    const double *x = data().x.data(), *y = data().y.data();
    by_hand(state, [=](uint32_t i, uint32_t j) {
        return 1 - 0.01 * std::fabs(x[i] - x[j]) - 0.1 * std::fabs(y[i] - y[j]);
    });
}

void bytes_module(benchmark::State &state)
{
    by_module(state, bytes_source, {data().name.data()});
}

void bytes_by_hand(benchmark::State &state)
{
    const axb_str *name = data().name.data();
    by_hand(state, [=](uint32_t i, uint32_t j) {
        uint32_t n = name[i].n < name[j].n ? name[i].n : name[j].n, same = 0;
        for (uint32_t k = 0; k < n; k++)
            same += name[i].p[k] == name[j].p[k];
        return same / 16.0;
    });
}

void metric_module(benchmark::State &state)
{
    by_module(state, metric_source, {data().name.data()});
}

void metric_by_hand(benchmark::State &state)
{
    const struct dictionary *dictionary = &data().dictionary;
    struct metric_use use;
    struct metric_state *s;
    struct err e;
    if (!metric_find("levenshtein", 11, &use, &e) ||
        !metric_open(&s, &use, &dictionary->alphabet, dictionary->max_length, &e))
        exit(1);
    by_hand(state, [=](uint32_t i, uint32_t j) {
        return metric_score(s, dictionary_text(dictionary, i), dictionary_text(dictionary, j));
    });
    metric_close(s);
}

const char *const expressions[] = {
    "abs(number(a.x) - number(b.x)) <= 3 && number(a.y) == number(b.y)",
    "abs(number(a.x) - number(b.x)) <= 3 && a.name == b.name",
    "1 - 0.01 * abs(number(a.x) - number(b.x)) - 0.1 * abs(number(a.y) - number(b.y))",
};

bool find_column(void *, int, const char *name, uint32_t *column, struct err *e)
{
    static const char *const names[] = {"x", "y", "name"};
    for (*column = 0; *column < 3; (*column)++)
        if (strcmp(names[*column], name) == 0)
            return true;
    return err_set(e, ERR_USAGE, nullptr, "there is no column %s", name);
}

void expression(benchmark::State &state)
{
    char x[] = "x", y[] = "y", name[] = "name";
    char *names[] = {x, y, name};
    struct scorer_headers headers = {names, 3, names, 3};
    const struct expr_names find = {find_column, nullptr};
    static struct expr tree;
    struct expr_goal goal = {EXPR_NONE, EXPR_NONE, 0.95};
    struct scorer s;
    struct err e;
    const axb_module *m = nullptr;
    std::vector<const void *> fields[2];
    tree = {};
    if (!expr_parse(&tree, expressions[state.range(0)], "bench", &find, &goal.score, &e) ||
        !scorer_make_expression(&tree, &goal, &headers, &s, &e) || !scorer_attach(s.fd, &m, &e)) {
        err_print(&e, stderr);
        exit(1);
    }
    const void *columns[] = {data().x.data(), data().y.data(), data().name.data()};
    for (size_t i = 0; i < s.n_fields; i++)
        fields[s.fields[i].side].push_back(columns[s.fields[i].column]);
    uint64_t found = 0;
    for (auto _ : state) {
        found = 0;
        for (uint32_t i = 0; i < rows_a; i++)
            found += m->match(fields[0].data(), i, fields[1].data(), 0, rows_b, goal.threshold,
                              hits.data(), scores.data());
    }
    report(state, found);
}

#define SCORE "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n"

const char *const tile_sources[] = {
    SCORE "{ return axb_levenshtein(a->name, b->name); }",
    SCORE "{ return axb_jaro_winkler(a->name, b->name); }",
    SCORE "{ return 0.6 * axb_jaro_winkler(a->name, b->name) + 0.4 * axb_levenshtein(a->name, "
          "b->name); }",
    SCORE "{ if (b->x_number > 25) return 0;\n"
          "  return 0.6 * axb_jaro_winkler(a->name, b->name) + 0.4 * axb_levenshtein(a->name, "
          "b->name); }",
    SCORE "{ return axb_token_sort_ratio(a->name, b->name); }",
    SCORE "{ return axb_token_set_ratio(a->name, b->name); }",
    SCORE "{ return axb_jaccard(a->name, b->name, 3); }",
    SCORE "{ return axb_soundex(a->name, b->name); }",
    SCORE "{ return axb_prefix(a->name, b->name); }",
    SCORE "{ return axb_damerau_levenshtein(a->name, b->name); }",
};

/* The fields of a tile source: x of B alone, if it is read. */
std::vector<const void *> tile_fields(const axb_module *m, uint32_t side, uint32_t from)
{
    std::vector<const void *> fields;
    for (uint32_t k = 0; k < m->n_fields; k++)
        if (m->fields[k].side == side)
            fields.push_back(m->fields[k].kind == AXB_TEXT
                                 ? static_cast<const void *>(data().name.data() + from)
                                 : static_cast<const void *>(data().x.data() + from));
    return fields;
}

void tile_module(benchmark::State &state)
{
    const axb_module *m = module_of(tile_sources[state.range(0)]);
    const std::vector<const void *> a = tile_fields(m, 0, 0);
    uint64_t found = 0;
    for (auto _ : state) {
        found = 0;
        for (uint32_t from = 0; from < rows_b; from += SCORER_TILE_ROWS) {
            const std::vector<const void *> b = tile_fields(m, 1, from);
            scorer_bind_tile(b.data(), SCORER_TILE_ROWS);
            for (uint32_t i = 0; i < rows_a; i++)
                found += m->match(a.data(), i, b.data(), 0, SCORER_TILE_ROWS, 0.8, hits.data(),
                                  scores.data());
        }
    }
    scorer_bind_tile(nullptr, 0);
    report(state, found);
}

void tile_by_hand(benchmark::State &state)
{
    const axb_module *m = module_of(tile_sources[state.range(0)]);
    const std::vector<const void *> a = tile_fields(m, 0, 0), b = tile_fields(m, 1, 0);
    uint64_t found = 0;
    for (auto _ : state) {
        found = 0;
        for (uint32_t i = 0; i < rows_a; i++)
            for (uint32_t j = 0; j < rows_b; j++)
                found += m->score(a.data(), i, b.data(), j) >= 0.8;
    }
    report(state, found);
}

BENCHMARK(tile_module)->DenseRange(0, 9);
BENCHMARK(tile_by_hand)->DenseRange(0, 9);
BENCHMARK(expression)->Arg(0)->Arg(1)->Arg(2);
BENCHMARK(numeric_module)->Arg(95)->Arg(50);
BENCHMARK(numeric_by_hand)->Arg(95)->Arg(50);
BENCHMARK(bytes_module)->Arg(30);
BENCHMARK(bytes_by_hand)->Arg(30);
BENCHMARK(metric_module)->Arg(60);
BENCHMARK(metric_by_hand)->Arg(60);

std::map<std::string, std::vector<double>> times; /* by the name of the benchmark */

void take(const std::string &name, const benchmark::BenchmarkReporter::Run &run)
{
    times[name + "/" + run.run_name.args].push_back(run.GetAdjustedRealTime());
}

/* How the modules did beside the loops by hand. */
void print_ratios()
{
    for (const auto &module : times) {
        std::string name = module.first;
        size_t at = name.find("_module");
        if (at == std::string::npos)
            continue;
        auto hand = times.find(name.replace(at, 7, "_by_hand"));
        if (hand != times.end())
            fprintf(stderr, "%s: %.3f of the time by hand\n", module.first.c_str(),
                    median(module.second) / median(hand->second));
    }
}

} // namespace

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "worker") == 0)
        return strcmp(argv[2], "compile") == 0 ? scorer_compile_child(argc - 3, argv + 3)
                                               : scorer_probe_child(argc - 3, argv + 3);
    benchmark::Initialize(&argc, argv);
    median_reporter reporter(take);
    benchmark::RunSpecifiedBenchmarks(&reporter);
    print_ratios();
    return 0;
}
