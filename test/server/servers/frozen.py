# SPDX-License-Identifier: Apache-2.0
"""Processes that take connections, by the kernel, and never answer."""

import os
import signal
from pathlib import Path

from harness.wait import until


def _is_stopped(pid):
    """Each thread: another processor's may go on for a moment, and answer."""
    return all(stat.read_text().rpartition(")")[2].split()[0] == "T"
               for stat in Path(f"/proc/{pid}/task").glob("*/stat"))


def freeze(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    for pid in pids:
        until(lambda: _is_stopped(pid), lambda: f"{pid} does not stop")


def thaw(*pids):
    """More than once, too."""
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
