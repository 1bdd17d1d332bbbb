# SPDX-License-Identifier: Apache-2.0
"""A server with much to do: requests lost at graceful restarts, and what a
child's memory grows by. The server tests assert the same; test/run soak sends
ten million requests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
sys.dont_write_bytecode = True

from harness import load  # noqa: E402
from harness.server import Server  # noqa: E402
from rows import row  # noqa: E402

REQUESTS, WARM = 400_000, 20_000
GROWTH_KIB = 128


def main():
    server = Server(load.restart_config(0), mpm="event", log_level="warn")
    try:
        asked, wrong = load.restarts(server.start(), 5)
    finally:
        server.stop()
    row("load", f"lost of {asked:,} requests at 5 graceful restarts",
        len(wrong), "requests", 0)
    server = Server(load.CONFIG, mpm="event", files=load.FILES,
                    log_level="crit")
    try:
        grew = load.soak(server.start(), REQUESTS, WARM)
    finally:
        server.stop()
    row("load", f"growth of a child over {REQUESTS:,} requests", grew, "KiB",
        GROWTH_KIB)


if __name__ == "__main__":
    main()
