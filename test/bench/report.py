# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks and prints one table, goal beside figure. The same as
JSON: bench.json in $CORS_REPORT. Draws docs/cost.svg and fills in the tables of
docs/performance.md."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import chart  # noqa: E402

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs"
RUNS = {
    "engine": [[os.environ.get("CORS_ENGINE", "engine")]],
    "express": [["node", str(HERE / "express" / "peer.mjs")]],
    "instructions": [[sys.executable, str(HERE / "basic.py")],
                     [sys.executable, str(HERE / "instructions.py")]],
    "breakdown": [[sys.executable, str(HERE / "breakdown.py")]],
    "start": [[sys.executable, str(HERE / "start.py")]],
    "load": [[sys.executable, str(HERE / "load.py")]],
}
# Measured once, on an idle machine of this kind: Go 1.23, headers included.
OTHERS = {
    "jub0bs/cors 1.0.2": {1: (149, 73, 315, 34, 170),
                          1000: (204, 90, 371, 50, 238),
                          1000000: (245, 85, 401, 50, 265)},
    "rs/cors": {1: (90, 89, 222, 132, 280),
                1000: (1890, 442, 2228, 524, 2093),
                1000000: (2984323, 479452, 3319730, 279823, 2891232)},
}
CASES = ("actual", "actual refused", "preflight", "preflight refused",
         "8 KiB of commas")


def others():
    return [{"group": f"not in this run: {name}",
             "what": f"{case}, {n:,} origin{'s' if n > 1 else ''}",
             "figure": figure, "unit": "ns", "goal": None}
            for name, sizes in OTHERS.items()
            for n, figures in sizes.items()
            for case, figure in zip(CASES, figures)]


def collect(names):
    """The figures, and the groups of which a part is missing."""
    rows, failed = [], []
    for name in names:
        for command in RUNS[name]:
            print(f"bench: {name}", file=sys.stderr, flush=True)
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
            if done.returncode:
                failed.append(name)
            rows += [{"group": name, **json.loads(line)}
                     for line in done.stdout.splitlines()
                     if line.startswith("{")]
        if name == "express":
            rows += others()
    return rows, failed


def number(figure):
    return f"{figure:,.3f}" if isinstance(figure, float) and figure % 1 \
        else f"{figure:,.0f}"


def table(rows):
    lines, group = [], None
    for r in rows:
        if r["group"] != group:
            group = r["group"]
            lines.append(f"--- {group}")
        goal = r["goal"]
        verdict = ""
        if goal is not None:
            verdict = f"at most {number(goal)}" + (
                "" if r["figure"] <= goal else "  MISSED")
        lines.append(f"{r['what']:52} {number(r['figure']):>12} "
                     f"{r['unit']:12} {verdict}".rstrip())
    return "\n".join(lines)


BLOCK = re.compile(r"(<!-- bench: (.*?) -->\n).*?(<!-- end -->)", re.S)


def markdown(rows):
    lines = ["| | | at most |", "| --- | ---: | ---: |"]
    for r in rows:
        goal = "" if r["goal"] is None else number(r["goal"])
        figure = number(r["figure"])
        if r["goal"] is not None and r["figure"] > r["goal"]:
            figure = f"**{figure}**"
        unit = "" if r["unit"] == "instructions" else f" {r['unit']}"
        lines.append(f"| {r['what']} | {figure}{unit} | {goal} |")
    return "\n".join(lines) + "\n"


def fill(text, rows):
    """The tables of a document: each between its two comments, of the groups
    that the first one names. One whose groups were not run stays."""
    def one(match):
        groups = match[2].split(", ")
        found = [r for group in groups for r in rows if r["group"] == group]
        complete = {r["group"] for r in found} == set(groups)
        return match[1] + markdown(found) + match[3] if complete else match[0]

    return BLOCK.sub(one, text)


def main():
    rows, failed = collect(sys.argv[1:] or RUNS)
    text = table(rows)
    report = Path(os.environ.get("CORS_REPORT", "."))
    (report / "bench.json").write_text(json.dumps(rows, indent=1) + "\n")
    (report / "bench.txt").write_text(text + "\n")
    print(text)
    if failed:
        print(f"not measured to the end: {', '.join(failed)}")
        return 1
    sizes = chart.sizes(rows)
    if sizes:
        (DOCS / "cost.svg").write_text(chart.draw(sizes))
    page = DOCS / "performance.md"
    page.write_text(fill(page.read_text(), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
