# SPDX-License-Identifier: Apache-2.0
"""Ten million requests, or so many as the argument says, to one child: how much
its memory grows. The same as test_load.py does for a few seconds."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
sys.dont_write_bytecode = True

from harness import load  # noqa: E402
from harness.server import Server  # noqa: E402

MOST_KIB = 256


def main():
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    begin = told = time.monotonic()

    def tell(answered, kib):
        nonlocal told
        if time.monotonic() > told + 30:
            told = time.monotonic()
            print(f"{answered:12,} requests, {kib:,} KiB", flush=True)

    server = Server(load.CONFIG, mpm="event", files=load.FILES,
                    log_level="warn")
    try:
        server.start()
        grew = load.soak(server, total, max(total // 100, 10_000), tell)
    finally:
        server.stop()
    print(f"{total:,} requests in {time.monotonic() - begin:.0f} s: the child "
          f"grew by {grew} KiB (at most {MOST_KIB})")
    return grew > MOST_KIB


if __name__ == "__main__":
    sys.exit(main())
