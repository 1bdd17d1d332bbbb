# SPDX-License-Identifier: Apache-2.0
"""Waiting for what cannot be waited for: httpd logs, counts and replaces its
children when it has the time."""

import time

from . import host


def until(condition, said=lambda: ""):
    """Ask again and again, until condition() is true; return what it returned.
    said(): for the message where it never is."""
    deadline = time.monotonic() + host.PATIENCE
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, said()
        time.sleep(0.002)
