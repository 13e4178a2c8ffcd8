/* What the invented people are like: one row per fact, printed by --rates and read by the code. */
#ifndef AXB_DATA_SAMPLE_FACTS_H
#define AXB_DATA_SAMPLE_FACTS_H

enum fact {
    FACT_BOTH,
    FACT_ONLY_A,
    FACT_DUPLICATE,
    FACT_AGAIN,
    FACT_JUNK_ROW,
    FACT_COUPLE,
    FACT_OWN_SURNAME,
    FACT_CHILD,
    FACT_CHILD_SINGLE,
    FACT_NAMESAKE,
    FACT_SENIOR,
    FACT_TWIN,
    FACT_COMMON_FIRST,
    FACT_COMMON_SURNAME,
    FACT_HYPHENATED,
    FACT_ACCENTED,
    FACT_SCRIPT,
    FACT_MIDDLE,
    FACT_LONG,
    FACT_PHONE,
    FACT_OWN_PHONE,
    FACT_EMAIL,
    FACT_APARTMENT,
    FACT_COUNT
};

struct fact_row {
    const char *tag;
    double rate;
    const char *what;
};

extern const struct fact_row facts[FACT_COUNT];

#endif
