# SPDX-License-Identifier: Apache-2.0
"""Lists of origins in files, for the tests of CORSAllowOriginFrom file:PATH.

A file that has just been written is not read yet. So what these tests write
looks as if it had rested for long: its time is set back.
"""

import os
import re
import time

from harness import until

RESTED = 100

# One child, so that what one request sees all of them do.
ALONE = """
StartServers 1
ServerLimit 1
ThreadsPerChild 16
MaxRequestWorkers 16
MinSpareThreads 1
MaxSpareThreads 16
"""


def set_age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def put(path, text, age=RESTED):
    """Write another file and rename it to path."""
    path.parent.mkdir(mode=0o755, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_bytes(text if isinstance(text, bytes) else text.encode())
    new.chmod(0o644)
    set_age(new, age)
    new.replace(path)


def overwrite(path, text, age=RESTED):
    """Write into the file as it stands."""
    with open(path, "r+b") as f:
        f.write(text.encode())
        f.truncate()
    if age is not None:
        set_age(path, age)


def reads(server, target, origin):
    """Whether pages of the origin may read; and the answer is one of the
    two that there are."""
    r = server.get(target, origin=origin)
    assert "origin" in r.vary, r
    if "allow-origin" not in r.cors:
        assert not r.cors, r
        return False
    assert r.cors["allow-origin"] == origin
    return True


def until_reads(server, target, origin, should=True):
    until(lambda: reads(server, target, origin) == should,
          lambda: f"{target} still {'refuses' if should else 'allows'} "
                  f"{origin}\n" + server.log.recent())


def next_second():
    now = int(time.time())
    until(lambda: int(time.time()) > now)


def next_look(server, target):
    """Until the server has looked at the list once more: it does so for the
    first request of each second."""
    next_second()
    server.get(target, origin="https://looks.example")


def until_told(server, target, pattern):
    """Until the log has a line: the server looks only where it is asked."""
    until(lambda: server.get(target, origin="https://looks.example") and
          re.search(pattern, server.log.recent()),
          lambda: f"not in the log: {pattern}\n" + server.log.recent())
    server.expect_log(pattern)
