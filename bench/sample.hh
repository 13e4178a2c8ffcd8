/* The tables that join and match measure by default: the generator's people, AXB_BENCH_ROWS
 * records a side, made once in build/demo/ROWS. */
#ifndef AXB_BENCH_SAMPLE_HH
#define AXB_BENCH_SAMPLE_HH

#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

struct sample {
    std::string a, b; /* paths of the CSV files */
};

/* The number of rows a side that the environment asks for. */
inline unsigned long sample_rows(unsigned long by_default)
{
    const char *rows = std::getenv("AXB_BENCH_ROWS");
    return rows ? std::strtoul(rows, nullptr, 10) : by_default;
}

/* Makes the files unless they are there; the truth is written last. Ends the program on failure. */
inline sample sample_make(unsigned long rows)
{
    std::string dir = std::string(SOURCE_DIR "/build/demo/") + std::to_string(rows);
    std::string make = "mkdir -p '" + dir + "' && " SAMPLE_PROGRAM " '" + dir + "' ";
    if (access((dir + "/truth.csv").c_str(), R_OK) != 0 &&
        std::system((make + std::to_string(rows)).c_str()) != 0) {
        std::fprintf(stderr, "the sample cannot be made in %s\n", dir.c_str());
        std::exit(1);
    }
    return {dir + "/A.csv", dir + "/B.csv"};
}

#endif
