# SPDX-License-Identifier: Apache-2.0
"""Starts httpd and runs each browser once, with all cases of the tests that
were asked for. A test then looks at what came of its case.

    @pytest.mark.parametrize("case", CASES, ids=repr)
    def test_…(case, run):
        run.check(case)
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "server")]

from harness import Backend, Server, host, until  # noqa: E402
from harness.fixtures import *  # noqa: E402,F401,F403
from harness.fixtures import running  # noqa: E402
from harness.place import base_directory  # noqa: E402
from harness.wait import tries  # noqa: E402
import cases  # noqa: E402
import lab  # noqa: E402

BROWSERS = {"chromium": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            "firefox": os.environ.get("FIREFOX", "/usr/bin/firefox-esr")}
# All cases of one browser take less than a minute; a machine may be busy.
PATIENCE = 900

Wire = namedtuple("Wire", "time method target status origin site asks_method "
                          "asks_headers cookie type result referer")


def key_of(certificate):
    """The hash by which Chromium takes a certificate for good."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey",
                          "-noout"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"],
                         input=key, check=True, capture_output=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


class Lab:
    """httpd, the backend, and the pages."""

    def __init__(self):
        self.backend = Backend()
        self.backend.answer = lab.answer
        self.backend.holds_open = True
        self.server = Server(
            lab.config(self.backend.port), modules=lab.MODULES, tls=True,
            files=lab.FILES, log_level="warn cors:error",
            expect_log=lab.EXPECT_LOG)
        lab.write_files(self.server.root, HERE)
        self.server.start()
        running.append(self.server)
        self.names = {
            **lab.origins(self.server.port, self.server.tls_port),
            "public": f"http://127.0.0.1:{self.backend.port}",
            "root": str(self.server.root)}

    def close(self):
        running.remove(self.server)
        try:
            self.server.stop()
        finally:
            self.backend.close()

    def wire(self):
        """All that httpd was asked for so far, in order of time. A request of
        our own makes sure that what came before it has been logged."""
        mark = f"/page.html?mark={time.monotonic_ns()}"
        self.server.get(mark)

        def lines():
            return (self.server.root / "wire.log").read_text(
                "latin-1").splitlines()

        until(lambda: any(mark in line for line in lines()),
              lambda: "the log does not end", 0.01)
        return sorted((Wire(*line.split("\t")) for line in lines()),
                      key=lambda w: int(w.time))


class Run:
    """What one browser did."""

    def __init__(self, which, names, results):
        self.which = which
        self.names = names
        self.results = results["cases"]
        self.version = results["version"]
        self.by_case = {}

    def see(self, wire):
        self.by_case = {}
        for line in wire:
            found = re.search(r"[?&]c=" + self.which + r"\.([\w-]+)",
                              line.target)
            if found:
                self.by_case.setdefault(found.group(1), []).append(line)

    def outcomes(self, case):
        return self.results[case.name]

    def wire(self, case):
        return self.by_case.get(case.name, [])

    def check(self, case):
        """Each step's outcome, and what reached httpd, are as expected."""
        expect, wire, _ = cases.expected_of(case, self.which, self.names)
        got = self.outcomes(case)
        seen = "\n".join(map(str, self.wire(case)))
        told = json.dumps(got, indent=1)
        for number, (want, have) in enumerate(zip(expect, got)):
            wrong = cases.difference(want, have)
            assert not wrong, f"step {number}: {wrong}\n{told}\n{seen}"
        assert len(expect) == len(got)
        if wire is not None:
            lines = self.wire(case)
            assert len(wire) == len(lines) and all(
                map(cases.as_expected, wire, lines)), f"{seen}\nnot\n{wire}"


def plan(which, names, spki):
    """What launch.mjs needs."""
    return {"browser": which, "executable": BROWSERS[which], "spki": spki,
            "hosts": [h for _, h in lab.HOSTS.values()
                      if h.endswith(".test")],
            "public": names["public"].partition("//")[2]}


def plan_of_cases(which, wanted, names, spki):
    filled = []
    for case in wanted:
        mine = {**names, "id": f"{which}.{case.name}",
                **{f"ws{n}": o.replace("http", "ws", 1)
                   for n, o in names.items() if n in lab.HOSTS}}
        filled.append({"id": case.name, "together": case.together,
                       "steps": cases.fill(case.steps, mine)})
    return {**plan(which, names, spki), "cases": filled}


def wanted_cases(items):
    """The cases of the tests that will run, in order, each once."""
    found = {}
    for item in items:
        case = getattr(item, "callspec", None) \
            and item.callspec.params.get("case")
        if case is not None:
            assert found.setdefault(case.name, case) is case, case.name
    return list(found.values())


@pytest.fixture(scope="session")
def the_lab():
    made = Lab()
    yield made
    made.close()


class Driver:
    """One browser at work: node run.mjs, or another script."""

    def __init__(self, which, folder, its_plan, script="run.mjs"):
        self.which = which
        self.results = folder / f"{which}.json"
        self.said = folder / f"{which}.log"
        ask = folder / f"{which}.plan"
        ask.write_text(json.dumps(its_plan))
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                ["node", HERE / script, ask, self.results],
                # Browsers want a home that they may write to, and Chromium
                # has a socket among its temporary files.
                env={**os.environ, "HOME": str(folder),
                     "TMPDIR": base_directory()},
                stdin=subprocess.PIPE, stdout=said, stderr=said)

    def wait(self):
        """Until the results are there."""
        deadline = time.monotonic() + PATIENCE
        while not self.results.exists():
            assert self.process.poll() is None, (
                f"{self.which}: {self.said.read_text(errors='replace')}")
            assert time.monotonic() < deadline, f"{self.which} takes too long"
            time.sleep(0.05)
        return json.loads(self.results.read_text())

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(host.PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()


@pytest.fixture(scope="session")
def runs(request, the_lab, tmp_path_factory):
    """Both browsers, at the same time: {name: Run}."""
    wanted = cases.SETUP + wanted_cases(request.session.items)
    spki = key_of(the_lab.server.root / "tls.crt")
    folder = tmp_path_factory.mktemp("browsers")
    drivers = [Driver(which, folder, plan_of_cases(
        which, wanted, the_lab.names, spki)) for which in BROWSERS]
    try:
        made = {d.which: Run(d.which, the_lab.names, d.wait())
                for d in drivers}
        wait_for_late(the_lab, made.values(),
                      [case for case in wanted if case.late])
    finally:
        for driver in drivers:
            driver.close()
    for run_ in made.values():
        run_.see(the_lab.wire())
    request.config.browser_table = write_table(made, wanted)
    return made


def wait_for_late(the_lab, made, late):
    """A beacon goes when the browser likes. If it never comes, its test will
    say so."""
    for _ in tries(0.05):
        wire = the_lab.wire()
        for run_ in made:
            run_.see(wire)
        if all(len(run_.wire(case)) >= len(case.wire)
               for run_ in made for case in late):
            return


@pytest.fixture(scope="session", params=list(BROWSERS))
def run(request, runs):
    return runs[request.param]


# --- the table ---------------------------------------------------------------

def write_table(made, wanted):
    """Browser by case, to the output and to build/report/browsers.md."""
    lines = ["| case | " + " | ".join(r.version for r in made.values())
             + " |", "| --- |" + " --- |" * len(made)]
    for case in wanted:
        cells = []
        for which, run_ in made.items():
            try:
                run_.check(case)
                mark = ""
            except AssertionError:
                mark = " **(not as expected)**"
            reason = cases.expected_of(case, which, run_.names)[2]
            cells.append(cases.shown(run_.outcomes(case)) + mark
                         + (f" ({reason})" if reason else ""))
        lines.append(f"| {case.name} | " + " | ".join(cells) + " |")
    text = "\n".join(lines) + "\n"
    build = Path(os.environ.get("CORS_BUILD", host.ROOT / "build"))
    (build / "report").mkdir(parents=True, exist_ok=True)
    (build / "report" / "browsers.md").write_text(text)
    return text


def pytest_terminal_summary(terminalreporter, config):
    if hasattr(config, "browser_table"):
        terminalreporter.write_sep("-", "browser by case")
        terminalreporter.write(config.browser_table)
