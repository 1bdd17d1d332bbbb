# SPDX-License-Identifier: Apache-2.0
#
# The unit tests: test/unit/*_test.c, cmocka. Named in Makefile.am. With an
# argument: only the programs whose names contain it. With CORS_TEST_ASAN=1:
# built with the sanitizers.

part_unit() {
    local only=${1:-} tests test

    ensure_packages libcmocka-dev python3
    if [ "${CORS_TEST_ASAN:-}" = 1 ]; then
        build_module asan --enable-werror --enable-asan
    else
        build_module
    fi || { count 0 1; return; }

    tests=$(make -s -C "$BUILD_DIR" print-unit-tests) || { count 0 1; return; }
    if [ -z "$tests" ]; then
        no_tests_yet unit
        return
    fi
    # shellcheck disable=SC2086 # a list of names without blanks
    if ! quietly make-unit make -C "$BUILD_DIR" -j"$(nproc)" $tests; then
        say "FAILED: the unit tests do not compile"
        count 0 1
        return
    fi
    for test in $tests; do
        case $test in
        *"$only"*) run_unit_test "$test" ;;
        esac
    done
}

# cmocka writes one report for each group of tests, and falls back to stderr if
# the file is there already: so the reports of one program get a directory, and
# two groups of one program need two names. A crash leaves no report.
run_unit_test() {
    local name=${1##*/} reports status=0 before=$failed xml
    reports=$CORS_BUILD/report/unit/$name
    rm -rf "$reports"
    mkdir -p "$reports"
    # srcdir: where a test finds files that it reads, as in make check.
    isolated srcdir="$CORS_ROOT" CMOCKA_MESSAGE_OUTPUT=xml \
        CMOCKA_XML_FILE="$reports/%g.xml" \
        timeout 900 "$BUILD_DIR/$1" >"$reports/output" 2>&1 </dev/null \
        || status=$?
    for xml in "$reports"/*.xml; do
        [ -e "$xml" ] || continue
        count_junit "$xml" || { say "$xml cannot be read"; count 0 1; }
    done
    if [ "$status" -ne 0 ] && [ "$failed" -eq "$before" ]; then
        count 0 1
    elif [ "$status" -eq 0 ] && ! compgen -G "$reports/*.xml" >/dev/null; then
        say "$name wrote no report: is it a cmocka program?"
        count 0 1
    fi
    if [ "$failed" -ne "$before" ]; then
        say "FAILED: $name (exit code $status)"
        cat "$reports/output" >&2
        grep -h -B1 -A3 '<failure' "$reports"/*.xml >&2 2>/dev/null
    else
        say "ok: $name"
    fi
}
