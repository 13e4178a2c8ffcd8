#!/usr/bin/env python3
"""The parts of bench/sweep, each by itself: nothing is run, and no figure is measured."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
import tempfile
import unittest
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench/sweep.d"))

import campaign
import chart
import compare
import facts
import guard
import guardian
import ladder
import layout
import options
import page
import points
import records
import summary
import synthetic
import watch
from points import Point, Wish
from works import WORKS

LARGE = synthetic.units()
POINT = Point("join", "strong", "axb", "", "core", "as-is", 8, 1000)


def wish(**changes: Any) -> Wish:
    made = Wish(
        ["join"], ["strong"], ["core", "none"], [1, 8, 192, 384], {"join": 1000}, {"join": 500}, True, False, 2, 0.1
    )
    return replace(made, **changes)


class Ladder(unittest.TestCase):
    def test_powers_and_borders(self) -> None:
        borders = {"an L3 cache": 8, "a package": 96, "all cores": 192, "all units": 384}
        self.assertEqual(ladder.counts(384, borders), [1, 2, 4, 8, 16, 32, 64, 96, 128, 192, 256, 384])
        self.assertEqual(ladder.counts(6, {"all cores": 3, "all units": 6}), [1, 2, 3, 4, 6])
        self.assertEqual(ladder.counts(1, {"all units": 1}), [1])

    def test_thinned_keeps_ends_and_borders(self) -> None:
        full = [1, 2, 4, 8, 16, 32, 64, 96, 128, 192, 256, 384]
        self.assertEqual(ladder.thinned(full, {8, 192, 384}, 4), [1, 8, 192, 384])
        self.assertEqual(len(ladder.thinned(full, {8, 192, 384}, 6)), 6)
        self.assertEqual(ladder.thinned([1, 2], {2}, 5), [1, 2])
        self.assertEqual(ladder.thinned([1], set(), 5), [1])

    def test_list_of_the_user(self) -> None:
        self.assertEqual(ladder.listed("1,2,4-6,2", 8), [1, 2, 4, 5, 6])
        for wrong in ("", "0,1", "9", "6-4", "x", "1,,y"):
            with self.assertRaises(ValueError, msg=wrong):
                ladder.listed(wrong, 8)


class Layout(unittest.TestCase):
    def test_lists(self) -> None:
        self.assertEqual(layout.read_list("0,2,4-7\n"), [0, 2, 4, 5, 6, 7])
        self.assertEqual(layout.write_list([7, 4, 5, 0, 6, 2]), "0,2,4-7")
        self.assertEqual(layout.write_list([]), "")

    def test_borders_of_a_large_machine(self) -> None:
        self.assertEqual(
            layout.borders_of(LARGE),
            {"an L3 cache": 8, "a NUMA node": 96, "a package": 96, "all cores": 192, "all units": 384},
        )

    def test_compact_fills_a_cache_before_the_next(self) -> None:
        self.assertEqual(layout.chosen(LARGE, "compact", "off", 9), list(range(9)))
        self.assertEqual(layout.chosen(LARGE, "compact", "on", 4), [0, 192, 1, 193])

    def test_spread_takes_packages_then_caches_in_turn(self) -> None:
        self.assertEqual(layout.chosen(LARGE, "spread", "off", 4), [0, 96, 8, 104])
        taken = {unit.l3 for unit in LARGE if unit.cpu in layout.chosen(LARGE, "spread", "off", 24)}
        self.assertEqual(len(taken), 24, "24 workers are on all 24 caches")

    def test_all_are_taken_once(self) -> None:
        for placement in ("compact", "spread"):
            self.assertEqual(sorted(layout.chosen(LARGE, placement, "on", 384)), list(range(384)))
            self.assertEqual(sorted(layout.chosen(LARGE, placement, "off", 384)), list(range(192)))

    def test_a_hole_in_the_set(self) -> None:
        some = [unit for unit in LARGE if unit.cpu not in (0, 1)]
        self.assertEqual(
            layout.chosen(some, "compact", "off", 3), [192, 193, 2], "the siblings stand for cores 0 and 1"
        )

    def test_sysfs(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for cpu in range(4):
                of = Path(folder, f"sys/devices/system/cpu/cpu{cpu}")
                for name, text in {
                    "topology/thread_siblings_list": f"{cpu % 2},{cpu % 2 + 2}",
                    "topology/physical_package_id": str(cpu % 2),
                    "cache/index3/level": "3",
                    "cache/index3/shared_cpu_list": f"{cpu % 2},{cpu % 2 + 2}",
                    "cache/index3/size": "32768K",
                }.items():
                    (of / name).parent.mkdir(parents=True, exist_ok=True)
                    (of / name).write_text(text + "\n")
            node = Path(folder, "sys/devices/system/node/node1")
            node.mkdir(parents=True)
            (node / "cpulist").write_text("1,3\n")
            units = layout.units_of(Path(folder), range(4))
            self.assertEqual([(u.core, u.l3, u.node, u.package, u.thread) for u in units],
                             [(0, 0, 0, 0, 0), (1, 1, 1, 1, 0), (0, 0, 0, 0, 1), (1, 1, 1, 1, 1)])  # fmt: skip
            self.assertEqual(facts.cache_bytes(Path(folder), units), 32 << 20)

    def test_quota(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(layout.quota_cpus(Path(folder)), math.inf)
            for name, text in {"proc/self/cgroup": "0::/outer/inner\n", "sys/fs/cgroup/outer/inner/cpu.max": "max 100000",
                               "sys/fs/cgroup/outer/cpu.max": "350000 100000"}.items():  # fmt: skip
                Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
                Path(folder, name).write_text(text)
            self.assertEqual(layout.quota_cpus(Path(folder)), 3.5)
            given = options.parser().parse_args(["--root", folder])
            self.assertEqual(options.counts_wanted(given, LARGE), [1, 2, 3], "the ladder ends at the quota")
            Path(folder, "sys/fs/cgroup/outer/inner/cpu.max").write_text("50000 100000")
            self.assertEqual(layout.quota_cpus(Path(folder)), 0.5, "our own is the tighter one")
            self.assertEqual(options.counts_wanted(given, LARGE), [1])

    def test_sysfs_that_says_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            units = layout.units_of(Path(folder), [3, 5])
        self.assertEqual(layout.counts_of(units), {"packages": 1, "nodes": 1, "l3": 1, "cores": 2, "units": 2})


class Points(unittest.TestCase):
    def test_curves_are_whole_and_variations_few(self) -> None:
        some = points.all_points(wish(), LARGE)
        self.assertEqual([p.workers for p in some if p.is_main("core")], [1, 8, 192, 384])
        self.assertEqual(len(set(some)), len(some), "no point twice")
        compared = [(p.placement, p.smt, p.bind, p.workers) for p in some if not p.is_main("core")]
        self.assertEqual(compared, [
            ("compact", "off", "core", 8), ("spread", "off", "core", 8), ("compact", "on", "core", 8),
            ("compact", "on", "core", 192), ("axb", "", "none", 192),
            ("compact", "on", "core", 384), ("axb", "", "none", 384)])  # fmt: skip

    def test_huge_pages_only_when_asked(self) -> None:
        self.assertFalse([p for p in points.all_points(wish(), LARGE) if p.pages == "huge"])
        self.assertTrue([p for p in points.all_points(wish(huge_pages=True), LARGE) if p.pages == "huge"])

    def test_weak_scaling_gives_each_worker_the_same(self) -> None:
        some = points.curves(wish(works=["join", "ingest"], scalings=["weak"], rows={"join": 1, "ingest": 1},
                                  weak_rows={"join": 1000, "ingest": 1000}, counts=[1, 4, 16]))  # fmt: skip
        self.assertEqual([p.rows for p in some if p.work == "join"], [1000, 2000, 4000], "pairs a worker")
        self.assertEqual([p.rows for p in some if p.work == "ingest"], [1000, 4000, 16000], "rows a worker")

    def test_turns_go_round(self) -> None:
        some = points.all_points(wish(), LARGE)
        turns = points.turns(some, 3)
        self.assertEqual([p for turn, p in turns if turn == 2], some)
        self.assertEqual([turn for turn, _ in turns], sorted(turn for turn, _ in turns))

    def test_quick_is_quick_even_on_a_large_machine(self) -> None:
        for units in (LARGE, LARGE[:2]):
            quick = options.wish_from(options.parser().parse_args(["--quick"]), units)
            some = points.all_points(quick, units)
            self.assertLess(points.estimate(quick, some, points.tables_wanted(quick, some)), 120)
            self.assertEqual({p.work for p in some}, set(WORKS))
            self.assertEqual(quick.counts[-1], len(units))

    def test_sizes_follow_seconds(self) -> None:
        for work in WORKS.values():
            small, large = work.rows_for(0.5), work.rows_for(4)
            self.assertLess(small, large, work.name)
            middle = work.seconds(large) if large < work.most_rows else 4
            self.assertTrue(3 < middle < 5, f"{work.name}: {large} rows take {middle} s")

    def test_times_for_people(self) -> None:
        self.assertEqual([points.spoken(s) for s in (0, 1, 89, 840, 7200)],
                         ["1 second", "1 second", "89 seconds", "14 minutes", "2.0 hours"])  # fmt: skip


STAT = """cpu  1 1 1 1
cpu0 {0} 0 0 500 0 0 0 {1} 0 0
cpu1 {2} 10 10 500 0 5 5 0 77 0
cpu2 {3} 0 0 0 0 0 0 0 0 0
intr 5
procs_running {4}
"""


class Guard(unittest.TestCase):
    def look(self, at: float, *figures: int) -> guard.Look:
        return guard.Look(at, *guard.read_stat(STAT.format(*figures)), 1.5)

    def test_reads_stat(self) -> None:
        busy, steal, running = guard.read_stat(STAT.format(100, 20, 300, 400, 3))
        self.assertEqual(busy, {0: 1.0, 1: 3.3, 2: 4.0}, "guests are part of user, idle is not busy")
        self.assertEqual(steal, {0: 0.2, 1: 0.0, 2: 0.0})
        self.assertEqual(running, 3)

    def test_what_others_took(self) -> None:
        before, after = self.look(10, 100, 0, 100, 100, 4), self.look(12, 250, 10, 200, 300, 9)
        seen = guard.compare(before, after, 1.5, [0, 1])
        self.assertEqual(seen, {"others": 0.25, "elsewhere": 1.0, "steal": 0.025, "running": 3, "load": 1.5})

    def test_less_than_ticks_can_tell_is_nothing(self) -> None:
        before, after = self.look(0, 100, 0, 100, 100, 1), self.look(0.1, 102, 0, 100, 100, 1)
        self.assertEqual(guard.compare(before, after, 0.0, [0, 1])["others"], 0.0)
        self.assertEqual(guard.compare(before, after, 0.5, [0, 1])["others"], 0.0, "never below nothing")

    def test_judges(self) -> None:
        def judged(others: float, steal: float) -> str:
            return guard.judge({"others": others, "steal": steal}, 0.05, 0.2)[0]

        self.assertEqual([judged(0.05, 0), judged(0.06, 0), judged(0.2, 0), judged(0.21, 0)],
                         ["clean", "marked", "marked", "refused"])  # fmt: skip
        self.assertEqual([judged(0, 0.06), judged(0, 0.3)], ["marked", "refused"])
        self.assertEqual(guard.judge({"others": 0.124, "steal": 0}, 0.05, 0.2)[1], "others took 12 % of the cores")


def run(state: str, total: float, *, turn: int = 1, attempt: int = 1, point: Point = POINT) -> dict[str, Any]:
    made = synthetic.run_of(point, turn, 1.0)
    made["stats"]["seconds"] = {**dict.fromkeys(made["stats"]["seconds"], 0.0), "join": total / 2, "total": total}
    return {**made, "state": state, "attempt": attempt}


class Summary(unittest.TestCase):
    def test_spread(self) -> None:
        self.assertEqual(summary.spread([4, 1, 3, 2, 5]),
                         {"least": 1, "first": 2, "median": 3, "third": 4, "most": 5, "n": 5})  # fmt: skip
        self.assertEqual(summary.spread([2.5])["third"], 2.5)

    def test_refused_runs_do_not_count(self) -> None:
        made = summary.point_figures(summary.point_of(run("clean", 1)), [run("clean", 1), run("refused", 9)], "core")
        assert made
        self.assertEqual((made["total"]["median"], made["total"]["n"], made["refused"]), (1, 1, 1))
        self.assertFalse(made["only_refused"])

    def test_refused_runs_alone_are_said(self) -> None:
        made = summary.point_figures(summary.point_of(run("refused", 9)), [run("refused", 9)], "core")
        assert made
        self.assertTrue(made["only_refused"])
        self.assertIsNone(summary.point_figures(summary.point_of(run("failed", 9)), [run("failed", 9)], "core"))

    def test_rest_is_what_no_phase_has(self) -> None:
        phases = summary.phases_of(run("clean", 2)["stats"])
        self.assertEqual((phases["start and rest"], phases["join"]), (1, 1))

    def test_fit_finds_what_made_the_figures(self) -> None:
        for serial, parallel in ((0.5, 8.0), (0.0, 3.0), (2.0, 0.0)):
            found = summary.fit([(n, serial + parallel / n) for n in (1, 2, 7, 64)])
            self.assertTrue(all(math.isclose(a, b, abs_tol=1e-9) for a, b in zip(found, (serial, parallel))), found)

    def test_fit_is_never_negative(self) -> None:
        self.assertEqual(summary.fit([(1, 1.0), (2, 2.0)])[1], 0.0, "what grows counts as serial")
        serial, parallel = summary.fit([(1, 1.0), (2, 0.4)])
        self.assertEqual(serial, 0.0)
        self.assertGreater(parallel, 0)
        self.assertEqual(summary.fit([]), (0.0, 0.0))
        self.assertEqual(summary.fit([(4, 3.0)]), (3.0, 0.0))

    def test_speed_up_of_a_curve_that_begins_later(self) -> None:
        of = [{"workers": n, "scaling": "strong", "total": {"median": s}} for n, s in ((4, 2.0), (8, 1.0), (16, 1.0))]
        self.assertEqual(summary.speed_ups(of, "total"), [(4, 4.0), (8, 8.0), (16, 8.0)])
        self.assertEqual(summary.efficiencies(of, "total"), [(4, 1.0), (8, 1.0), (16, 0.5)])

    def test_csv_has_a_row_for_each_point(self) -> None:
        figures = synthetic.figures()
        rows = list(csv.DictReader(io.StringIO(summary.as_csv(figures))))
        self.assertEqual(len(rows), len(figures["points"]))
        one = next(r for r in rows if r["work"] == "kernel" and r["workers"] == "1" and r["scaling"] == "strong")
        self.assertEqual(float(one["speed_up"]), 1.0)

    def test_ceiling_is_the_greatest(self) -> None:
        lines = [{"kind": "ceiling", "what": "read", "workers": 1, "cpus": "0", "rate": r, "state": "clean"}
                 for r in (1.0, 3.0, 2.0)]  # fmt: skip
        self.assertEqual([one["rate"] for one in summary.ceiling_figures(lines)], [3.0])


class Resume(unittest.TestCase):
    def test_a_line_that_a_crash_cut_is_dropped(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / records.NAME).write_text('{"kind": "sweep"}\n{"kind": "run", "ke')
            self.assertEqual(records.read(folder), [{"kind": "sweep"}])
            journal = records.Journal(folder)
            journal.add("end", n=1)
            self.assertEqual(records.read(folder), [{"kind": "sweep"}, {"kind": "end", "n": 1}])
            with self.assertRaises(BlockingIOError):
                records.Journal(folder)
            journal.close()

    def test_what_is_left(self) -> None:
        some, again = [POINT, replace(POINT, workers=1)], 1
        done = [run("clean", 1), run("refused", 1, turn=2), run("refused", 1, point=some[1]),
                run("refused", 1, attempt=2, point=some[1])]  # fmt: skip
        self.assertEqual(campaign.left(wish(), some, done, again), [(2, POINT), (2, some[1])])
        self.assertEqual(len(campaign.left(wish(), some, [], again)), 4)

    def test_figures_of_something_else(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            for text, said in (("[]", "no figures"), ("{}", "no figures"), ("{", "Expecting")):
                Path(file.name).write_text(text)
                with self.assertRaisesRegex(ValueError, said):
                    records.read_figures(Path(file.name), summary.FORMAT)
            Path(file.name).write_text(json.dumps({**synthetic.figures(), "format": 99}))
            with self.assertRaisesRegex(ValueError, "format 99"):
                records.read_figures(Path(file.name), summary.FORMAT)


class Guardians(unittest.TestCase):
    def test_what_is_selected(self) -> None:
        self.assertEqual(guardian.selected("always within_size advise [never] deny force\n"), "never")
        self.assertEqual(guardian.selected("always\n"), "always")

    def test_puts_back_the_first_value(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            setting, folder = Path(name, "setting"), Path(name, "made/deep")
            setting.write_text("huge\n")
            folder.mkdir(parents=True)
            guardian.put_back([{"setting": str(setting), "value": "never"}, {"folder": str(folder)},
                               {"setting": str(setting), "value": "huge"}])  # fmt: skip
            self.assertEqual(setting.read_text(), "never\n")
            self.assertFalse(folder.exists())


class Watching(unittest.TestCase):
    def test_shares_between_looks(self) -> None:
        one = watch.Watch(1)
        one._first = 7
        one._looks = [(0.0, {7: 0.0}), (1.0, {7: 0.5, 9: 0.25}), (2.0, {7: 2.5, 9: 1.25}), (3.0, {7: 2.5})]
        rows = one.rows()
        self.assertEqual(rows["names"], ["coordinator", "worker 0"])
        self.assertEqual(rows["busy"], [[0.5, 2.0, 0.0], [0.25, 1.0, 0.0]])


class Tags(HTMLParser):
    """Counts what is open, and collects what leads out of the page."""

    VOID = ("meta", "img", "link", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.outside += [v for k, v in attrs if k in ("src", "href", "xlink:href") and v and not v.startswith("data:")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")


class Page(unittest.TestCase):
    def parsed(self, html: str) -> Tags:
        tags = Tags()
        tags.feed(html)
        tags.close()
        self.assertEqual(tags.open, [], "all is closed")
        return tags

    def test_is_whole_and_leads_nowhere(self) -> None:
        html = page.page(synthetic.figures(), synthetic.figures(halve=True))
        tags = self.parsed(html)
        self.assertEqual(tags.outside, [])
        self.assertFalse(tags.seen & {"script", "link", "iframe", "object"})
        self.assertNotRegex(html, r"https?://|url\(|@import")
        self.assertLess(len(html), 2_000_000)
        self.assertIn("prefers-color-scheme: dark", html)
        self.assertIn("width=device-width", html)

    def test_says_that_it_is_synthetic(self) -> None:
        self.assertIn("Synthetic: these figures were invented", page.page(synthetic.figures()))
        real = synthetic.figures()
        real["machine"]["synthetic"] = False
        self.assertNotIn("figures were invented", page.page(real))

    def test_says_that_the_machine_was_not_calm(self) -> None:
        figures = synthetic.figures()
        self.assertNotIn("Do not quote", page.page(figures))
        figures["not_clean"] *= figures["runs"]
        self.assertIn("Do not quote these figures", page.page(figures))

    def test_has_all_sections(self) -> None:
        html = page.page(synthetic.figures(), synthetic.figures(halve=True))
        for title in ("The machine", "Beside the older sweep", "Strong scaling", "Weak scaling", "What the cores give at most",
                      "Where the time goes", "What is left on paper", "Placement, SMT, binding, pages", "Spread",
                      "One run, process by process", "What else ran", "Again", "All figures"):  # fmt: skip
            self.assertIn(f"<h2>{title}</h2>", html)

    def test_texts_of_a_record_are_escaped(self) -> None:
        figures = synthetic.figures()
        evil = '<script>alert(1)</script>"&'
        figures["machine"]["processor"]["model"] = evil
        figures["command"] = evil
        figures["not_clean"][0]["why"] = evil
        figures["machine"]["picture"] = f"<svg>{evil}</svg>"
        html = page.page(figures)
        self.parsed(html)
        self.assertNotIn("<script", html)

    def test_a_sweep_that_had_hardly_begun(self) -> None:
        head = {"kind": "sweep", "format": 1, "when": "now", "command": "x", "machine": synthetic.machine(),
                "wish": asdict(wish()), "limits": {"mark": 0.05, "refuse": 0.2, "again": 2}}  # fmt: skip
        for lines in ([head], [head, run("failed", 1)], [head, run("clean", 1)]):
            figures = summary.summarise(
                [{**line, "stats": None} if line.get("state") == "failed" else line for line in lines]
            )
            html = page.page(figures)
            self.parsed(html)
            self.assertIn("The sweep was stopped before its end", html)


class Charts(unittest.TestCase):
    def test_figures_for_people(self) -> None:
        self.assertEqual([chart.short(x) for x in (0, 1, 0.05, 999, 1234567, 4.1e11, 0.0012, 1e18)],
                         ["0", "1", "0.05", "999", "1.23 M", "410 G", "1.2 m", "1000 P"])  # fmt: skip

    def test_labels_do_not_touch(self) -> None:
        kept = chart.apart([(k * 10.0, str(k)) for k in range(20)], 30)
        self.assertEqual(kept[-1], (190.0, "19"))
        self.assertTrue(all(b[0] - a[0] >= 30 for a, b in zip(kept, kept[1:])))

    def test_nothing_to_draw(self) -> None:
        self.assertIn("no figures", chart.lines([], "seconds"))
        self.assertIn("no figures", chart.stacked([], {}, "seconds"))


class Compare(unittest.TestCase):
    def test_only_what_both_have_the_same_way(self) -> None:
        old, new = synthetic.figures(), synthetic.figures(halve=True)
        new["points"] = [{**new["points"][0], "rows": 5}, *new["points"][1:3]]
        rows = compare.ratios(old, new)
        self.assertEqual(len(rows), 2, "other rows a side are another work")
        self.assertTrue(all(row["ratio"] < 1 for row in rows))

    def test_verdict_needs_quartiles_apart(self) -> None:
        a = {"first": 1.0, "third": 2.0}
        self.assertEqual(compare.verdict(a, {"first": 0.5, "third": 0.9}), "faster")
        self.assertEqual(compare.verdict(a, {"first": 2.1, "third": 3.0}), "slower")
        self.assertEqual(compare.verdict(a, {"first": 1.9, "third": 3.0}), "no difference shown")


if __name__ == "__main__":
    unittest.main()
