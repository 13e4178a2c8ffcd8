/* The table of facts; see facts.h. */
#include "data/sample/facts.h"

const struct fact_row facts[FACT_COUNT] = {
    [FACT_BOTH] = {"both", 0.60, "people present in both files"},
    [FACT_ONLY_A] = {"only_a", 0.20, "people in A only; the remaining people are in B only"},
    [FACT_DUPLICATE] = {"duplicate", 0.03, "chance of one more record of the person in a file"},
    [FACT_JUNK_ROW] = {"junk_row", 0.006, "placeholder records per household and file"},
    [FACT_COUPLE] = {"couple", 0.62, "households of two adults; otherwise one"},
    [FACT_OWN_SURNAME] = {"own_surname", 0.15, "partners who keep a surname of their own"},
    [FACT_CHILD] = {"child", 0.55, "chance of one more child of a couple, up to five"},
    [FACT_CHILD_SINGLE] = {"child_single", 0.25, "the same for one adult"},
    [FACT_NAMESAKE] = {"namesake", 0.08, "sons named like the father, with Jr after the surname"},
    [FACT_SENIOR] = {"senior", 0.30, "fathers of namesakes who write Sr"},
    [FACT_TWIN] = {"twin", 0.03, "children born on the day of the child before"},
    [FACT_COMMON_FIRST] = {"common_first", 0.93,
                           "first names from the lists; the rest is composed"},
    [FACT_COMMON_SURNAME] = {"common_surname", 0.50,
                             "surnames from the list; the rest is composed"},
    [FACT_HYPHENATED] = {"hyphenated", 0.012, "households with a double surname"},
    [FACT_ACCENTED] = {"accented", 0.030, "households named in accented Latin letters"},
    [FACT_SCRIPT] = {"script", 0.008, "households named in Cyrillic, Greek, Han, kana or hangul"},
    [FACT_MIDDLE] = {"middle", 0.08, "people whose first name carries a middle initial"},
    [FACT_LONG] = {"long", 0.0005, "people with four to nine more first names"},
    [FACT_PHONE] = {"phone", 0.86, "people with a phone"},
    [FACT_OWN_PHONE] = {"own_phone", 0.40, "of those, with a number other than the household's"},
    [FACT_EMAIL] = {"email", 0.65, "people with an e-mail address"},
    [FACT_APARTMENT] = {"apartment", 0.18, "addresses with an apartment, after a comma"},
};
