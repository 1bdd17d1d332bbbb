# SPDX-License-Identifier: Apache-2.0
"""The basic cases: what each adds to httpd's own instructions.

basic.py            print them, goal beside figure
basic.py --gate     compare with instructions.json: the regression gate
basic.py --update   write instructions.json
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

import callgrind
from rows import row

TABLE = Path(__file__).parent / "instructions.json"
GROWTH = 0.03
# Two counts of one build mostly differ by less than twenty instructions, and now
# and then by seventy: APR
# seeds its tables anew at each start, so that two keys may share a bucket.
NOISE = 90
# Another compiler or httpd makes other code of the same source.
GROWTH_ELSEWHERE = 0.15

POLICY = """
CORSAllowOrigin https://app.example.com
CORSAllowCredentials On
CORSAllowMethods PUT DELETE
CORSAllowHeaders Authorization Content-Type If-Match Range X-A X-B
CORSMaxAge 600
"""
# An allowed request gets a fourth header line.
EXPOSING = POLICY + "CORSExposeHeaders X-B\n"
# name: policy, case, goal (issue 7)
CASES = {
    "no policy": ("", "no Origin", 200),
    "no Origin": (POLICY, "no Origin", 1600),
    "actual": (POLICY, "actual", 3000),
    "actual, four lines": (EXPOSING, "actual", None),
    "preflight": (POLICY, "preflight", 300),
    "preflight refused": (POLICY, "preflight refused", 300),
    "plain *": ("CORSAllowOrigin *\n", "no Origin", 1300),
    "plain *, actual": ("CORSAllowOrigin *\n", "actual", 1550),
}


def measure(any_cpu=False):
    """What each case adds to the same httpd, in the same run."""
    bare = callgrind.count("", load=False, any_cpu=any_cpu)
    counted = {policy: callgrind.added(
                   callgrind.count(policy, any_cpu=any_cpu), bare)
               for policy in {policy for policy, _, _ in CASES.values()}}
    return {name: round(counted[policy][case])
            for name, (policy, case, _) in CASES.items()}


def built_with():
    """What decides, beside our source, how many instructions there are."""
    def words(*command):
        return subprocess.run(command, capture_output=True,
                              text=True).stdout.split("\n")[0].strip()

    return {"compiler": words("gcc", "--version"),
            "httpd": words(callgrind.host.httpd(), "-v"),
            "machine": words("uname", "-m")}


def update():
    # A start in ten is an unlucky one.
    times = [measure(any_cpu=True) for _ in range(5)]
    added = {name: median(figures[name] for figures in times)
             for name in CASES}
    TABLE.write_text(json.dumps({"built_with": built_with(), "added": added},
                                indent=4) + "\n")
    for name, figure in added.items():
        print(f"{figure:+8} {name}")
    print(f"written: {TABLE}")


def grown(table, growth):
    """The cases that need more than the table says, and those that need
    less."""
    more, less = set(), set()
    for name, figure in measure(any_cpu=True).items():
        was = table["added"][name]
        tolerated = max(abs(was) * growth, NOISE)
        print(f"{figure:+8} {name} (table {was:+}, "
              f"at most {was + tolerated:+.0f})")
        if figure > was + tolerated:
            more.add(name)
        elif figure < was - tolerated:
            less.add(name)
    return more, less


def gate():
    """0 where no case grew, 1 where one did."""
    table = json.loads(TABLE.read_text())
    growth = GROWTH
    if table["built_with"] != built_with():
        growth = GROWTH_ELSEWHERE
        print(f"the table was made with {table['built_with']}, this is "
              f"{built_with()}: {growth:.0%} are tolerated")
    more, less = grown(table, growth)
    for _ in range(2):
        if more:
            # What grew, grew each time: a start in ten is unlucky.
            more &= grown(table, growth)[0]
    if more:
        print(f"more instructions than {TABLE.name} says: "
              f"{', '.join(sorted(more))}. If that is meant: "
              "test/run bench --update, and say why in the commit.")
    elif less:
        print("less than the table says: test/run bench --update keeps it so")
    return bool(more)


def main():
    why = callgrind.reason_not()
    if why:
        print(f"no instructions counted: {why}")
        return 0
    if "--update" in sys.argv:
        return update()
    if "--gate" in sys.argv:
        return gate()
    for name, figure in measure().items():
        row("instructions", name, figure, "instructions", CASES[name][2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
