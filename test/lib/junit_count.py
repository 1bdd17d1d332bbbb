# SPDX-License-Identifier: Apache-2.0
"""Print "PASSED FAILED" for a JUnit XML report of pytest or cmocka.

Counted by test case, not from the totals in the attributes: a test that fails
and whose fixture fails after it is one test. Skipped ones count as neither.
"""

import sys
import xml.etree.ElementTree as ET


def main(path):
    verdicts = {}
    for number, case in enumerate(ET.parse(path).iter("testcase")):
        name = (case.get("classname"), case.get("name"))
        # cmocka gives no classname, and its names may repeat.
        key = name if name[0] is not None else (number,)
        if case.find("failure") is not None or case.find("error") is not None:
            verdicts[key] = "failed"
        elif case.find("skipped") is None:
            verdicts.setdefault(key, "passed")
    values = list(verdicts.values())
    print(values.count("passed"), values.count("failed"))


if __name__ == "__main__":
    main(sys.argv[1])
