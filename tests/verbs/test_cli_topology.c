/* `axb topology` as text, JSON and drawing, of machines that hwloc makes up; and runs where such a
 * machine is described, or where there are more workers than processing units. What is printed is
 * read by Python, which knows nothing of us. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two packages of 96 cores with 12 L3 caches each, as eight NUMA nodes. */
#define LARGE "HWLOC_SYNTHETIC='pack:2 numa:4 l3:3 core:8 pu:2' "
/* 2 x 64 cores without second threads. */
#define UNITS_128 "HWLOC_SYNTHETIC='pack:2 numa:1 l3:8 core:8 pu:1' "

/* ---- JSON ------------------------------------------------------------------------------------*/

/* Is what JSON says of workers what it says of units, whose turn each is? */
static const char json_reader[] =
    "import json, sys\n"
    "t = json.load(sys.stdin)\n"
    "units = sorted(t['units'], key=lambda u: u['turn'])\n"
    "assert [u['turn'] for u in units] == list(range(t['processing_units']))\n"
    "workers = t['workers']\n"
    "for i, w in enumerate(workers):\n"
    "    u = units[i % len(units)]\n"
    "    assert all(w[k] == u[k] for k in ('package', 'node', 'l3', 'core')), (i, w, u)\n"
    "names = {'packages': 'package', 'numa_nodes': 'node', 'l3_caches': 'l3', 'cores': 'core'}\n"
    "for name, key in names.items():\n"
    "    assert t['used'][name] == len({w[key] for w in workers} - {None}), name\n"
    "print(sorted(t))\n"
    "print({k: t[k] for k in ('described_by', 'numa_nodes', 'packages', 'cores', 'given',\n"
    "                         'quota_cpus', 'default_workers', 'kinds')})\n"
    "print(len(workers), t['used'], workers[1])\n";

static void test_json(void **state)
{
    (void)state;
    harness_write_text("read.py", json_reader);
    harness_shell_output(
        LARGE "axb topology --json -j 32 | python3 read.py",
        "['caches', 'cores', 'default_workers', 'described_by', 'given', 'kinds', 'memory_bytes', "
        "'numa_nodes', 'packages', 'processing_units', 'processor', 'quota_cpus', 'units', "
        "'used', 'workers']\n"
        "{'described_by': 'HWLOC_SYNTHETIC', 'numa_nodes': 8, 'packages': 2, 'cores': 192, "
        "'given': '0-383', 'quota_cpus': None, 'default_workers': 192, 'kinds': [{'name': "
        "'performance', 'cores': 192}]}\n"
        "32 {'packages': 2, 'numa_nodes': 8, 'l3_caches': 24, 'cores': 32, 'processing_units': 32, "
        "'memory': 'spread'} {'package': 1, 'l3': 12, 'node': 4, 'core': 96, 'processing_units': "
        "'192-193'}\n");
    harness_shell_output(
        "HWLOC_SYNTHETIC='pu:3' axb topology --json | python3 -c 'import json, sys; t = "
        "json.load(sys.stdin); print(t[\"used\"][\"memory\"], t[\"workers\"][2])'",
        "one node {'package': 0, 'l3': None, 'node': 0, 'core': 2, 'processing_units': '2'}\n");
    harness_shell_output(
        LARGE "axb topology --json -j 1 --bind none | python3 -c 'import json, sys; t = "
              "json.load(sys.stdin); print(t[\"used\"], t[\"workers\"])'",
        "None [{'package': None, 'l3': None, 'node': None, 'core': None, 'processing_units': "
        "None}]\n");
    harness_shell_output("rm read.py", "");
}

/* ---- The drawing -----------------------------------------------------------------------------*/

/* Reads a drawing from stdin: is it XML, without what is not its own, and is all of it in the
 * picture, no unit over another, no word beyond the edge? Prints the workers that it shows. */
static const char svg_reader[] =
    "import sys, xml.etree.ElementTree as tree\n"
    "text = sys.stdin.read()\n"
    "svg = tree.fromstring(text)\n"
    "s = '{http://www.w3.org/2000/svg}'\n"
    "x0, y0, width, height = map(float, svg.get('viewBox').split())\n"
    "assert (x0, y0, width) == (0, 0, 360)\n"
    "assert svg.find(s + 'title').text and svg.find(s + 'desc').text\n"
    "tags = {e.tag.replace(s, '') for e in svg.iter()}\n"
    "assert tags == {'svg', 'title', 'desc', 'style', 'rect', 'text', 'g'}, tags\n"
    "assert not any('href' in k or k == 'id' or k.startswith('on') for e in svg.iter() for k in "
    "e.attrib)\n"
    "assert 'url(' not in text and text.count('http') == 1\n"
    "def box(r):\n"
    "    x, y = float(r.get('x', 0)), float(r.get('y', 0))\n"
    "    return x, y, x + float(r.get('width')), y + float(r.get('height'))\n"
    "for r in svg.iter(s + 'rect'):\n"
    "    x, y, right, bottom = box(r)\n"
    "    assert 0 <= x < right <= width and 0 <= y < bottom <= height, r.attrib\n"
    "for t in svg.iter(s + 'text'):\n"
    "    letter = 6.2 if 'head' in t.get('class', '') else 5.5\n"
    "    assert float(t.get('x')) + letter * len(t.text) * ('number' not in t.get('class', '')) <= "
    "width, "
    "t.text\n"
    "units = [g for g in svg.iter(s + 'g')]\n"
    "boxes = sorted(box(g.find(s + 'rect')) for g in units)\n"
    "for i, a in enumerate(boxes):\n"
    "    for b in boxes[i + 1:]:\n"
    "        assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]), (a, b)\n"
    "shown = []\n"
    "for g in units:\n"
    "    number = g.find(s + 'text')\n"
    "    assert (number is not None) == ('busy' in g.find(s + 'rect').get('class'))\n"
    "    if number is not None:\n"
    "        assert g.find(s + 'title').text.startswith('worker %s: ' % number.text)\n"
    "        shown.append(int(number.text))\n"
    "assert sorted(shown) == list(range(len(shown)))\n"
    "count = lambda name: sum(r.get('class') == name for r in svg.iter(s + 'rect'))\n"
    "print(len(shown), len(units), count('package'), count('node'), count('l3'),\n"
    "      count('core') + count('core slow'), count('core slow'))\n";

/* Workers, units; boxes of packages, NUMA nodes, L3 caches, cores; efficient cores. */
static void test_svg(void **state)
{
    static const struct {
        const char *command, *shown;
    } cases[] = {
        {LARGE "axb topology --svg", "192 384 2 8 24 192 0\n"},
        {LARGE "axb topology --svg -j 32", "32 384 2 8 24 192 0\n"},
        {LARGE "axb topology --svg -j 384 --bind numa", "384 384 2 8 24 192 0\n"},
        {LARGE "axb topology --svg -j 1000 2>/dev/null", "384 384 2 8 24 192 0\n"},
        {LARGE "axb topology --svg --bind none", "0 384 2 8 24 192 0\n"},
        {"HWLOC_SYNTHETIC='pack:2 numa:1 l3:12 core:8 pu:2' axb topology --svg",
         "192 384 2 2 24 192 0\n"},
        {"HWLOC_SYNTHETIC='pack:4 numa:2 l3:1 core:30 pu:8' axb topology --svg",
         "240 1920 4 8 8 240 0\n"},
        {"HWLOC_SYNTHETIC='pack:1 numa:1 l3:1 core:4 pu:2' axb topology --svg", "4 8 1 0 1 4 0\n"},
        {"HWLOC_SYNTHETIC='pu:3' axb topology --svg", "3 3 1 0 0 3 0\n"},
    };
    (void)state;
    harness_write_text("read.py", svg_reader);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[400];
        snprintf(command, sizeof command, "%s | python3 read.py", cases[i].command);
        harness_shell_output(command, cases[i].shown);
    }
    harness_shell_output(LARGE "axb topology --svg m.svg && python3 read.py <m.svg; rm m.svg",
                         "192 384 2 8 24 192 0\n");
    harness_shell_output("axb topology --svg -j 1 | python3 read.py | cut -d' ' -f1", "1\n");
}

/* A file that describes a machine may hold anything. Efficient cores are dashed. */
static void test_svg_of_a_file(void **state)
{
    static const char machine[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n"
        "<topology version=\"2.0\">\n"
        "<object type=\"Machine\" os_index=\"0\" cpuset=\"0xf\" complete_cpuset=\"0xf\" "
        "allowed_cpuset=\"0xf\" nodeset=\"0x1\" complete_nodeset=\"0x1\" allowed_nodeset=\"0x1\" "
        "gp_index=\"1\">\n"
        "<info name=\"CPUModel\" value=\"&lt;script&gt; &amp;amp; &quot;A&quot; \xc3\xa9 and so on "
        "and so on and so on and so on and so on and so on\"/>\n"
        "<object type=\"NUMANode\" os_index=\"0\" cpuset=\"0xf\" complete_cpuset=\"0xf\" "
        "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"2\" local_memory=\"1024\"/>\n"
        "<object type=\"Core\" os_index=\"0\" cpuset=\"0x3\" complete_cpuset=\"0x3\" "
        "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"3\">\n"
        "<object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" complete_cpuset=\"0x1\" "
        "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"4\"/>\n"
        "<object type=\"PU\" os_index=\"1\" cpuset=\"0x2\" complete_cpuset=\"0x2\" "
        "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"5\"/>\n"
        "</object>\n"
        "<object type=\"Core\" os_index=\"1\" cpuset=\"0x4\" complete_cpuset=\"0x4\" "
        "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"6\">\n"
        "<object type=\"PU\" os_index=\"2\" cpuset=\"0x4\" complete_cpuset=\"0x4\" "
        "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"7\"/>\n"
        "</object>\n"
        "<object type=\"Core\" os_index=\"2\" cpuset=\"0x8\" complete_cpuset=\"0x8\" "
        "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"8\">\n"
        "<object type=\"PU\" os_index=\"3\" cpuset=\"0x8\" complete_cpuset=\"0x8\" "
        "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"9\"/>\n"
        "</object>\n"
        "</object>\n"
        "<cpukind cpuset=\"0x3\" forced_efficiency=\"1\"/>\n"
        "<cpukind cpuset=\"0xc\" forced_efficiency=\"0\"/>\n"
        "</topology>\n";
    (void)state;
    harness_write_text("machine.xml", machine);
    harness_write_text("read.py", svg_reader);
    harness_shell_output("export HWLOC_XMLFILE=machine.xml; axb topology --svg | python3 read.py; "
                         "axb topology | sed -n '2p;5,6p;8p;12,14p'",
                         "3 4 1 0 0 3 2\n"
                         "          described by HWLOC_XMLFILE, not this machine: nothing is "
                         "pinned\n"
                         "kinds     1 performance core, then 2 efficient cores\n"
                         "quota     none\n"
                         "used      by 3 workers: 1 package, 1 NUMA node, 3 cores, 3 processing "
                         "units\n"
                         "     0        0     0     -     0  0-1\n"
                         "     1        0     0     -     1  2\n"
                         "     2        0     0     -     2  3\n");
    harness_shell_output("rm machine.xml read.py", "");
}

static void test_refused(void **state)
{
    static const struct harness_shell_failure failures[] = {
        {ERR_USAGE, "axb topology --svg --json", {"--svg", "--json"}},
        {ERR_USAGE, "axb topology m.svg", {"m.svg", "--svg"}},
        {ERR_USAGE, "axb topology --svg m.svg n.svg", {"n.svg"}},
        {ERR_IO, "axb topology --svg /dev/full", {"/dev/full"}},
        {ERR_IO, "axb topology --svg no/such/m.svg", {"no/such"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        char *err = NULL;
        const int status = harness_shell(failures[i].command, NULL, &err);
        if (status != (int)failures[i].status)
            fail_msg("%s: %d, not %d: %s", failures[i].command, status, failures[i].status, err);
        harness_shell_says(failures[i].command, err, failures[i].says);
        free(err);
    }
}

/* ---- Runs ------------------------------------------------------------------------------------*/

/* 5,000 names a side. */
#define MAKE_NAMES                                                                                 \
    "for s in A B; do awk -v s=$s 'BEGIN { srand(s == \"A\"); print \"name\"; for (i = 0; i < "    \
    "5000; i++) { n = \"\"; for (k = 0; k < 14; k++) n = n substr(\"abcdefghijklmnopqrst\", 1 + "  \
    "int(rand() * 20), 1); print n } }' >large$s.csv; done; "

/* Little work starts few workers, on however many cores. */
static void test_few_workers_for_little_work(void **state)
{
    static const char *const questions[] = {
        "--on name --metric levenshtein --min 0.85", "--on name --metric jaro_winkler --min 0.9",
        "--score '0.5 * jaro(name) + 0.5 * osa(name)' --min 0.8"};
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        char command[900];
        snprintf(command, sizeof command,
                 MAKE_NAMES UNITS_128
                 "axb match largeA.csv largeB.csv %s --plan --json "
                 "-q | python3 -c 'import json, sys; p = json.load(sys.stdin); "
                 "print(p[\"workers\"] <= 8, p[\"most_workers\"])'; "
                 "rm largeA.csv largeB.csv",
                 questions[i]);
        harness_shell_output(command, "True 128\n");
    }
}

/* Of another machine the bytes are the same, and nobody is pinned to what may not exist. */
static void test_described_run(void **state)
{
    (void)state;
    harness_shell_output(
        MAKE_NAMES
        "M='axb match largeA.csv largeB.csv --on name --min 0.75 --no-prune -j 3'; $M -q "
        ">one; " UNITS_128 "$M --stats s.json 2>err >two; cmp one two && wc -l <two | "
        "awk '{ print ($1 > 2) }'; grep -c 'HWLOC_SYNTHETIC describes another machine "
        "than this one: workers are not pinned' err; grep -A3 '\"placement\"' s.json; "
        "rm one two err s.json largeA.csv largeB.csv",
        "1\n1\n"
        "  \"placement\": {\n"
        "    \"bind\": \"none\",\n"
        "    \"memory_nodes\": 0\n"
        "  }\n");
    harness_shell_output(UNITS_128
                         "axb topology -j 3 --svg m.svg; grep -c 'each pinned' m.svg; grep "
                         "-c 'each with its core' m.svg; rm m.svg",
                         "0\n2\n");
}

/* A score that says on how many units the worker may run. */
static const char units_scorer[] =
    "#define _GNU_SOURCE\n"
    "#include <axb.h>\n"
    "#include <sched.h>\n"
    "double score(const axb_row_a *a, const axb_row_b *b)\n"
    "{\n"
    "    cpu_set_t set;\n"
    "    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;\n"
    "}\n";

static void test_described_is_not_bound(void **state)
{
    (void)state;
    harness_write_text("units.c", units_scorer);
    harness_shell_output(
        "printf 'name\\nx\\n' >n.csv; run='axb match n.csv n.csv --score units.c --min 1 -q --bind "
        "pu'; $run | tail -1; HWLOC_SYNTHETIC='numa:2 core:1 pu:1' $run | tail -1 | python3 -c "
        "'import os; print(int(input()[4:]) == len(os.sched_getaffinity(0)))'; rm n.csv units.c",
        "1,1,1\nTrue\n");
}

/* Runs axb with one processing unit. */
static const char on_one_unit[] = "import os, sys\n"
                                  "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
                                  "os.execvp('axb', ['axb'] + sys.argv[1:])\n";

/* More workers than units are said, by a run as well. */
static void test_more_workers_than_units(void **state)
{
    (void)state;
    harness_shell_output("HWLOC_SYNTHETIC='pu:3' axb topology -j 5 2>&1 >/dev/null",
                         "axb: 5 workers share 3 processing units; more than 3 gain nothing\n");
    harness_shell_output("HWLOC_SYNTHETIC='pu:3' axb topology -j 3 2>&1 >/dev/null", "");
    harness_write_text("one.py", on_one_unit);
    harness_write_text("same.c",
                       "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b "
                       "*b) { return axb_levenshtein(a->name, b->name); }\n");
    harness_shell_output(
        "(echo name; seq 1000 1199) >n.csv; for j in 1 2; do python3 one.py match n.csv n.csv "
        "--score same.c --min 1 --count -j $j 2>&1 >/dev/null | grep share; done; rm n.csv one.py "
        "same.c",
        "axb: 2 workers share 1 processing unit; more than 1 gain nothing\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_svg),
        cmocka_unit_test(test_svg_of_a_file),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_few_workers_for_little_work),
        cmocka_unit_test(test_described_run),
        cmocka_unit_test(test_described_is_not_bound),
        cmocka_unit_test(test_more_workers_than_units),
    };
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
