# SPDX-License-Identifier: Apache-2.0
"""A server with much to do: restarts lose nothing, memory does not grow."""

import pytest

from harness import load
from harness.server import Server

def test_a_graceful_restart_under_load_loses_no_request(start_once, mpm):
    server = start_once(load.restart_config(0), mpm=mpm)
    asked, wrong = load.restarts(server, 3)
    assert not wrong, wrong
    assert asked >= 300


# After forty thousand requests; without a leak it is about none. What leaves 16
# bytes behind each answer that has the filter grows by 220.
GROWTH_KIB = 128


@pytest.fixture(scope="module")
def soaked(start_server):
    return start_server(load.CONFIG, mpm="event", files=load.FILES)


def test_a_child_does_not_grow(soaked: Server):
    grew = load.soak(soaked, 40_000, 10_000)
    assert grew <= GROWTH_KIB, f"{grew} KiB"


def test_the_soak_meets_every_way_through_the_module(soaked: Server):
    with load.Pipe(soaked) as pipe:
        statuses = pipe.send(load.batch(load.requests(0)))
    assert {b"200", b"204", b"403", b"404"} <= set(statuses)
    assert len(statuses) == 201
