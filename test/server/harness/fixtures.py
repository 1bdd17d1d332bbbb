# SPDX-License-Identifier: Apache-2.0
"""Fixtures that start servers, and the check of every error log. A conftest.py
takes them in with an import of all names.
"""

import pytest

from . import Backend, Server

running = []


def _starter():
    """A function that starts servers, and a list of what it started."""
    started = []

    def start(config, **options):
        server = Server(config, **options)
        started.append(server)
        server.start()
        running.append(server)
        return server

    return start, started


def _stop(started):
    errors = []
    for server in started:
        if server in running:
            running.remove(server)
        try:
            server.stop()
        except AssertionError as e:
            errors.append(str(e))
    assert not errors, "\n".join(errors)


@pytest.fixture(scope="module", params=["prefork", "event"])
def mpm(request):
    """Makes every test that uses it run once for each of these MPMs."""
    return request.param


@pytest.fixture(scope="module")
def start_server():
    """start_server(config, **options) -> Server, for all tests of a file."""
    start, started = _starter()
    yield start
    _stop(started)


@pytest.fixture(scope="module")
def backend():
    """A Backend for all tests of a file, which may give it answers by a
    fixture of the same name."""
    backend = Backend()
    yield backend
    backend.close()


@pytest.fixture
def start_once():
    """The same for one test: it is stopped when the test ends."""
    start, started = _starter()
    yield start
    _stop(started)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    for server in running:
        server.log.begin()


# After the test itself, so that a fault in the log fails that test; a fixture
# could only report an error after it.
@pytest.hookimpl(trylast=True)
def pytest_runtest_call(item):
    for server in running:
        server.log.check()
        assert server.running, "httpd has ended"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for server in running:
            report.sections.append((f"error log of {server.root}",
                                    server.log.everything()[-6000:]))
