# SPDX-License-Identifier: Apache-2.0
"""Waiting for what cannot be waited for: httpd logs, counts and replaces its
children when it has the time."""

import time

from . import host


def tries(pause=0.002):
    """For a loop that ends when it has seen what it waits for: as many turns
    as we have patience for. Our own pauses are counted, not the clock: on a
    busy machine there is more time, and a clock that is put forward ends
    nothing."""
    for _ in range(int(host.PATIENCE / pause)):
        yield
        time.sleep(pause)
    yield


def until(condition, said=lambda: "", pause=0.002):
    """Ask again and again, until condition() is true; return what it returned.
    said(): for the message where it never is."""
    for _ in tries(pause):
        value = condition()
        if value:
            return value
    raise AssertionError(said())
