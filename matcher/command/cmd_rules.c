/* `axb rules`: the rules that clean values, as people read them. */
#include "data/clean/text_rules.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"

#include <stdio.h>

static bool run(const struct opts *o, struct err *e)
{
    (void)o, (void)e;
    printf("%-17s %s\n", "rule", "what it does");
    for (const struct text_rules_row *row = text_rules_table; row->name; row++)
        printf("%-17s %s\n", row->option ? row->option : row->name, row->what);
    fputs("\nRules apply in this order, whatever the order in which you name them: first\n"
          "to the text as it stands in the file, then to letters, then to words (S.A. and\n"
          "a & b still have their points and signs), then to what separates words.\n"
          "\n"
          "An apostrophe, and a point between two initials, join what is on both sides:\n"
          "O'Brien is OBrien and J.R. is JR; but St.John and Last,First are two words.\n"
          "Lists find words whatever their case, accents and points, and the longest\n"
          "phrase first. ü is u; where it is to be ue: --replace '/ü/ue/i'.\n"
          "A value of which a rule leaves nothing counts as missing. A note says how many\n"
          "values there are.\n",
          stdout);
    return true;
}

const struct command cmd_rules = {
    .name = "rules",
    .arguments = "",
    .what = "list the rules of --normalize",
    .examples = "axb rules",
    .more = "",
    .run = run,
};
