/* How long it takes to choose among pairs, and to make clusters of them: a million pairs and more.
 *
 * The number after a name is that of pairs. Rows are a tenth of that for each side, all in one
 * connected component. "scores" have 53 bits, "levels" are five, "equal" is one. Figures are of
 * wall time on all threads, without what the pairs themselves cost to make. */
extern "C" {
#include "core/random.h"
#include "matcher/choose/choose_greedy.h"
#include "matcher/choose/choose_optimal.h"
#include "matcher/choose/choose_top.h"
#include "matcher/choose/cluster.h"
}

#include <benchmark/benchmark.h>
#include <cstdlib>
#include <vector>

namespace
{

enum kind { SCORES, LEVELS, EQUAL };

constexpr uint32_t pairs_a_row = 10;

double any_score(uint64_t *seed, kind k)
{
    const double x = static_cast<double>(random_next(seed) >> 11) * 0x1p-53;
    const double level = static_cast<double>(random_next(seed) % 5) / 5;
    return 0.8 + 0.2 * (k == SCORES ? x : k == LEVELS ? level : 1);
}

/* Each row of A with some rows of B at distances that grow, so that no pair comes twice. */
std::vector<found_pair> make(uint32_t rows, kind k)
{
    std::vector<found_pair> pairs;
    uint64_t seed = 1;
    for (uint32_t a = 0; a < rows; a++) {
        uint64_t b = 0;
        for (uint32_t i = 0; i < pairs_a_row; i++) {
            b += 1 + random_next(&seed) % (rows / pairs_a_row);
            if (b < rows)
                pairs.push_back({a, static_cast<uint32_t>(b), any_score(&seed, k)});
        }
    }
    return pairs;
}

void die_if_not(bool ok, const struct err &e)
{
    if (ok)
        return;
    err_print(&e, stderr);
    exit(1);
}

/* Runs `choose` on a copy of the pairs, again and again. */
template <class Choose> void measure(benchmark::State &state, kind k, Choose choose)
{
    const auto rows = static_cast<uint32_t>(state.range(0)) / pairs_a_row;
    const auto pairs = make(rows, k);
    const struct found_rows all = {{rows, rows}, false};
    uint64_t kept = 0;
    for (auto _ : state) {
        state.PauseTiming();
        auto copy = pairs;
        struct found found = {copy.data(), copy.size()};
        struct err e = {};
        state.ResumeTiming();
        die_if_not(choose(&found, all, &e), e);
        kept = found.n;
    }
    state.counters["kept"] = static_cast<double>(kept);
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(pairs.size()));
}

void top(benchmark::State &state, uint32_t a, uint32_t b)
{
    measure(state, SCORES, [=](struct found *f, struct found_rows r, struct err *e) {
        const uint32_t k[2] = {a, b};
        return choose_top(f, r, k, CHOOSE_GREATEST, e);
    });
}

void greedy(benchmark::State &state, kind k)
{
    measure(state, k, [](struct found *f, struct found_rows r, struct err *e) {
        return choose_greedy(f, r, CHOOSE_GREATEST, e);
    });
}

void optimal(benchmark::State &state, kind k)
{
    measure(state, k, [](struct found *f, struct found_rows r, struct err *e) {
        return choose_optimal(f, r, CHOOSE_GREATEST, e);
    });
}

const struct cluster_average average_from_04 = {0.4, 0};

enum method { CONNECTED, BEST_LINK, COMPLETE, AVERAGE };

void clusters(benchmark::State &state, method m)
{
    measure(state, SCORES, [=](struct found *f, struct found_rows r, struct err *e) {
        std::vector<uint32_t> cluster(found_records(r));
        switch (m) {
        case CONNECTED:
            cluster_connected(f, r, cluster.data());
            return true;
        case BEST_LINK:
            return cluster_best_link(f, r, CHOOSE_GREATEST, cluster.data(), e);
        case COMPLETE:
            return cluster_complete(f, r, CHOOSE_GREATEST, UINT32_MAX, cluster.data(), e);
        case AVERAGE:
            return cluster_average(f, r, &average_from_04, UINT32_MAX, cluster.data(), e);
        }
        return false;
    });
}

constexpr int64_t million = 1000000;

BENCHMARK_CAPTURE(top, each_of_a, 1, 0)->Arg(million)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(top, mutual_best, 1, 1)
    ->Arg(million)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(greedy, scores, SCORES)
    ->Arg(million)
    ->Arg(10 * million)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(greedy, equal, EQUAL)->Arg(million)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(optimal, scores, SCORES)
    ->Arg(million)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(optimal, levels, LEVELS)
    ->Arg(million)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(optimal, equal, EQUAL)
    ->Arg(million)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(clusters, connected, CONNECTED)
    ->Arg(million)
    ->Arg(10 * million)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(clusters, best_link, BEST_LINK)
    ->Arg(million)
    ->Arg(10 * million)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(clusters, complete, COMPLETE)
    ->Arg(million)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(clusters, average, AVERAGE)
    ->Arg(million)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

} // namespace
