/* How fast each metric scores one name against many: ns a pair, by name and length of the texts.
 *
 * The texts are made up of syllables, about as long and as repetitive as people's names; `x8` are
 * eight of them in a row. A is prepared once for every 4096 B, as joins and scorers do it. */
extern "C" {
#include "matcher/metric/metric.h"
}

#include <benchmark/benchmark.h>
#include <cstring>
#include <string>
#include <vector>

namespace
{

constexpr unsigned n_texts = 4096;

unsigned random_below(unsigned n)
{
    static uint64_t seed = 1;
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return static_cast<unsigned>((seed >> 32) * n >> 32);
}

std::string made_name()
{
    static const char *const syllables[] = {"an", "be",  "car", "da", "el",  "fer", "gra", "ho",
                                            "in", "jo",  "ka",  "la", "mar", "ni",  "o",   "pe",
                                            "ri", "son", "ta",  "ul", "vin", "we",  "y",   "zo"};
    std::string name;
    for (unsigned word = 0; word < 2; word++) {
        size_t begin = name.size();
        for (unsigned k = 2 + random_below(3); k; k--)
            name += syllables[random_below(random_below(2) ? 24 : 8)];
        name[begin] = static_cast<char>(name[begin] - 'a' + 'A');
        if (word == 0)
            name += ' ';
    }
    return name;
}

std::string made_value(const char *metric, unsigned repeated)
{
    char text[64];
    if (std::strncmp(metric, "number", 6) == 0)
        snprintf(text, sizeof text, "%u.%02u", random_below(100000), random_below(100));
    else if (std::strcmp(metric, "days") == 0)
        snprintf(text, sizeof text, "%u-%02u-%02u", 1930 + random_below(80), 1 + random_below(12),
                 1 + random_below(28));
    else if (std::strcmp(metric, "km") == 0)
        snprintf(text, sizeof text, "%u.%04u,%u.%04u", random_below(90), random_below(10000),
                 random_below(180), random_below(10000));
    else {
        std::string name;
        while (repeated--)
            name += (name.empty() ? "" : " ") + made_name();
        return name;
    }
    return text;
}

/* The words of a column: ASCII alone, a code each. */
struct column {
    std::vector<uint32_t> points;
    std::vector<uint64_t> begin{0};
    std::string codes;
    dictionary view{};

    column(const char *metric, unsigned repeated)
    {
        for (uint32_t c = 0; c < 128; c++)
            points.push_back(c);
        for (unsigned i = 0; i < 2 * n_texts; i++) {
            std::string text = made_value(metric, repeated);
            codes += text;
            begin.push_back(codes.size());
            view.max_length = std::max(view.max_length, static_cast<uint32_t>(text.size()));
        }
        codes.append(64, 0);
        view.n = 2 * n_texts;
        view.width = 1;
        view.alphabet = {128, points.data()};
        view.begin = view.utf8_begin = begin.data();
        view.codes = view.utf8 = codes.data();
    }
};

void score(benchmark::State &state, const char *name, unsigned repeated)
{
    metric_use use;
    metric_state *s;
    err e;
    if (!metric_find(name, std::strlen(name), &use, &e)) {
        state.SkipWithError(e.text);
        return;
    }
    column c(use.metric->name, repeated);
    metric_open(&s, &use, &c.view.alphabet, c.view.max_length, &e);
    uint32_t a = 0;
    for (auto _ : state) {
        text ta = dictionary_text(&c.view, n_texts + a++ % n_texts);
        double sum = 0;
        for (uint32_t b = 0; b < n_texts; b++)
            sum += metric_score(s, ta, dictionary_text(&c.view, b));
        benchmark::DoNotOptimize(sum);
    }
    metric_close(s);
    double pairs = static_cast<double>(state.iterations()) * n_texts;
    state.counters["pair"] =
        benchmark::Counter(pairs, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/* Every row of the table, and the sets with each q. */
int add_benchmarks()
{
    std::vector<std::string> names{"jaccard:0", "jaccard:1", "jaccard:2"};
    for (size_t i = 0; metric_at(i); i++)
        names.push_back(metric_at(i)->name);
    for (const std::string &name : names)
        for (unsigned repeated : {1u, 8u})
            benchmark::RegisterBenchmark(("metric/" + name + (repeated > 1 ? "/x8" : "")).c_str(),
                                         [name, repeated](benchmark::State &state) {
                                             score(state, name.c_str(), repeated);
                                         });
    return 0;
}

const int added = add_benchmarks();

} // namespace
