# SPDX-License-Identifier: Apache-2.0
#
# Counts what passed and what failed, for test/run.
#
#   count PASSED FAILED    add to the totals
#   check TEXT CMD…        run CMD; it is one test, called TEXT
#   count_junit FILE       add the test cases of a JUnit XML report; returns 1
#                          if there is none or it cannot be read
#   no_tests_yet PART      what a part says that has none

passed=0
failed=0

count() {
    passed=$((passed + $1))
    failed=$((failed + $2))
}

check() {
    local text=$1
    shift
    if "$@"; then
        say "ok: $text"
        count 1 0
    else
        say "FAILED: $text"
        count 0 1
    fi
}

count_junit() {
    local numbers
    numbers=$(/usr/bin/python3 "$CORS_ROOT/test/lib/junit_count.py" "$1") \
        || return 1
    # shellcheck disable=SC2086 # two numbers
    count $numbers
}

no_tests_yet() {
    say "$1: this part has no tests yet"
}
