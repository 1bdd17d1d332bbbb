# SPDX-License-Identifier: Apache-2.0
"""Reads the error log, and finds what no test expected in it."""

import re

from .wait import until

# A crash is logged at notice; a sanitizer's report has no level at all.
CRASH = re.compile(r"exit signal|Sanitizer|runtime error:|core dumped"
                   r"|Assertion .* failed|file .*, line \d+, assertion")
# A child of a threaded MPM, told to stop at once, sometimes reads a connection
# that one of its threads has just freed (apr_os_sock_get, from mod_mpm_event;
# seen without mod_cors, about once in 200 stops on a busy machine), or adds one
# to a poll set that is gone.
SHUTDOWN = re.compile(r"AH0005[12]: child pid \d+ exit signal Segmentation"
                      r"|\(9\)Bad file descriptor: AH03092: process_linger")
LEVEL = re.compile(r"^\[[^\]]*\] \[[\w-]*:(\w+)\] ")
HARMLESS = {"notice", "info", "debug", "trace1", "trace2", "trace3", "trace4",
            "trace5", "trace6", "trace7", "trace8"}


# Says which OpenSSL the machine has, not what the test did.
ALWAYS = ["AH01882: Init: this version of mod_ssl was compiled against",
          # What the module finds useless in a configuration, told at start:
          # the tests of configtest look at these.
          r"\[cors:warn\].*:\d+: CORS\d{3}: ",
          # A refusal, once a minute where LogLevel hides the others.
          r"\[cors:warn\].* CORS: .* one a minute is written here"]


class ErrorLog:
    """One server's error log.

    always: patterns of faults that the server may log at any time. Those
    of expect() hold until the end of the test.
    """

    def __init__(self, path, always=()):
        self.path = path
        self.always = [re.compile(p) for p in [*ALWAYS, *always]]
        self.expected = []
        self.forgiven = set()
        self.mark = 0

    def everything(self):
        try:
            return self.path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def recent(self):
        """What was logged since the test began."""
        try:
            with open(self.path, "rb") as f:
                f.seek(self.mark)
                return f.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def begin(self):
        """A test begins: what was logged so far is not its own."""
        self.expected = []
        self.mark = self.path.stat().st_size if self.path.exists() else 0

    def expect(self, pattern):
        self.expected.append(re.compile(pattern))

    def wait_for(self, pattern):
        """Wait until a line logged since the test began matches; return the
        match. The line, if it is a fault, counts as expected."""
        regex = re.compile(pattern, re.MULTILINE)
        match = until(
            lambda: regex.search(self.recent()),
            lambda: f"not in the error log: {pattern}\n" + self.recent(), 0.01)
        self.expected.append(regex)
        return match

    def forgive_shutdown(self, before):
        """What children said who were stopped at once by a restart that has
        ended. before: everything() when it began."""
        said = self.everything()[len(before):]
        said = said.partition("resuming normal operations")[0]
        self.forgiven |= {line for line in said.splitlines()
                          if SHUTDOWN.search(line)}

    def faults(self):
        """Lines since the test began that nobody expected."""
        allowed = self.always + self.expected
        return [line for line in self.recent().splitlines()
                if is_fault(line) and line not in self.forgiven
                and (CRASH.search(line)
                     or not any(p.search(line) for p in allowed))]

    def check(self, stopped_at_once=False):
        """Fail on a fault that nobody expected, once."""
        found = [line for line in self.faults()
                 if not (stopped_at_once and SHUTDOWN.search(line))]
        self.begin()
        assert not found, ("unexpected in the error log:\n"
                           + "\n".join(found[:50]))


def is_fault(line):
    if not line.strip():
        return False
    if CRASH.search(line):
        return True
    level = LEVEL.match(line)
    return not level or level.group(1) not in HARMLESS
