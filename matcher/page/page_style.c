/* The style sheet. */
#include "matcher/page/page_style.h"

const char page_style[] =
    ":root{--paper:#fff;--ink:#1b1f24;--quiet:#59616b;--faint:#d3d8de;--soft:#f3f5f7;"
    "--mark:#b02a00;}\n";
