/* What a suite needs that ends with a table of its own: Google Benchmark reports as it
 * was asked to (--benchmark_format, --benchmark_repetitions …), and each result is
 * handed on besides; of a benchmark that was repeated, the median comes among them as one more. */
#ifndef AXB_BENCH_MEDIAN_HH
#define AXB_BENCH_MEDIAN_HH

#include <algorithm>
#include <benchmark/benchmark.h>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/* The middle one, the upper of two; 0 of none. */
inline double median(std::vector<double> x)
{
    if (x.empty())
        return 0;
    std::sort(x.begin(), x.end());
    return x[x.size() / 2];
}

/* Hands on what is reported, to the reporter of the command line and to `take`. */
class median_reporter : public benchmark::BenchmarkReporter
{
  public:
    using taker = std::function<void(const std::string &name, const Run &run)>;

    explicit median_reporter(taker to)
        : shown(benchmark::CreateDefaultDisplayReporter()), take(std::move(to))
    {
    }

    bool ReportContext(const Context &context) override
    {
        return shown->ReportContext(context);
    }

    void ReportRuns(const std::vector<Run> &runs) override
    {
        shown->ReportRuns(runs);
        for (const Run &run : runs)
            if (run.run_type == Run::RT_Iteration || run.aggregate_name == "median")
                take(run.run_name.function_name, run);
    }

    void Finalize() override
    {
        shown->Finalize();
    }

  private:
    std::unique_ptr<benchmark::BenchmarkReporter> shown;
    taker take;
};

#endif
