# SPDX-License-Identifier: Apache-2.0
"""Where the instructions go: what each function needs more than in the same
httpd without the module. The three sums first: mod_cors' own instructions, the
functions that it calls, and what httpd does because of it (calling hooks,
writing the header lines)."""

import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import callgrind
from callgrind import COUNTED, host
from basic import POLICY
from rows import row

CASES = {case: callgrind.CASES[case]
         for case in ("no Origin", "actual", "preflight")}
LEAST = 20
# Calls that go on with the request rather than come back with an answer.
ONWARD = {"ap_pass_brigade", "ap_run_insert_error_filter",
          "ap_send_error_response"}
MODULE = host.cors_module().name


def read(path):
    """Of a profile: {(object, function): instructions of its own}, and those of
    the functions that mod_cors calls."""
    names, own, called = {}, Counter(), 0
    place = {"ob": "", "cob": None, "fn": None, "cfn": None}
    inside = False
    for line in Path(path).read_text().split("\n"):
        if m := re.match(r"(c?ob|c?fn)=\((\d+)\)(?: (.*))?$", line):
            key = m[1][-2:], m[2]
            if m[3]:
                names[key] = m[3].split("/")[-1] if key[0] == "ob" else m[3]
            place[m[1]] = names[key]
            if m[1] in ("ob", "fn"):
                place["cob"] = None
        elif line.startswith("calls="):
            inside = True
        elif m := re.match(r"[-+*\d]\S* (\d+)$", line):
            if not inside:
                own[place["ob"], place["fn"]] += int(m[1]) / COUNTED
            elif (place["ob"] == MODULE and place["cob"] not in (None, MODULE)
                  and place["cfn"].split("'")[0] not in ONWARD):
                called += int(m[1]) / COUNTED
            if inside:
                inside, place["cob"] = False, None
    return own, called


def profiles(policy, load):
    with tempfile.TemporaryDirectory() as keep:
        callgrind.count(policy, CASES, load=load, keep=keep)
        return {case: read(f"{keep}/{case.replace(' ', '-')}.callgrind")
                for case in CASES}


def shown(place):
    """Functions that have no name are told by their object."""
    module, function = place
    if function.startswith("0x"):
        return f"{module}: functions without a name"
    return f"{module}: {function.split(chr(39))[0]}"


def main():
    why = callgrind.reason_not()
    if why:
        print(f"no instructions counted: {why}", file=sys.stderr)
        return
    without, with_it = profiles("", False), profiles(POLICY, True)
    for case in CASES:
        (own, called), (before, _) = with_it[case], without[case]
        more = Counter()
        for place in own.keys() | before.keys():
            more[shown(place)] += own[place] - before[place]
        ours = sum(n for (module, _), n in own.items() if module == MODULE)
        group = f"where: {case}"
        row(group, "mod_cors' own", ours, "instructions")
        row(group, "functions that it calls", called, "instructions")
        row(group, "httpd's own work for it",
            sum(more.values()) - ours - called, "instructions")
        for what, figure in more.most_common():
            if figure >= LEAST:
                row(group, what, figure, "instructions")


if __name__ == "__main__":
    main()
