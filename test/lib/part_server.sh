# SPDX-License-Identifier: Apache-2.0
#
# The server tests: test/server, pytest, against a real httpd, with other real
# servers behind it (PHP, Express) and in front (nginx, Varnish). Arguments go
# to pytest. With CORS_TEST_ASAN=1: the module is built with the sanitizers.

part_server() {
    ensure_packages apache2-bin openssl faketime prometheus php-fpm nginx \
        varnish redis-server memcached libaprutil1-dbd-sqlite3 apache2-utils \
        python3-pytest python3-h2 python3-jsonschema
    # What test_auth_neighbours.py loads beside the module.
    ensure_packages libapache2-mod-auth-openidc libapache2-mod-auth-mellon \
        libapache2-mod-auth-gssapi libapache2-mod-auth-cas \
        libapache2-mod-security2
    # Any version will do, so where there is one it is left alone.
    ensure_packages libaprutil1-dbd-pgsql
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null \
        || ensure_packages postgresql
    ensure_node
    install_node_modules "$CORS_ROOT/test/backends" || { count 0 1; return; }
    if [ "${CORS_TEST_ASAN:-}" = 1 ]; then
        build_module asan --enable-werror --enable-asan
    else
        build_module
    fi || { count 0 1; return; }
    export CORS_MODULE=$MODULE
    if [ $# -eq 0 ]; then
        run_halves server test/server
    else
        run_pytest server test/server "$@"
    fi
    export -n CORS_MODULE
}

# run_halves NAME DIR: all of DIR by two pytests at a time, each of which has
# every second file. What the second says is told when the first has ended.
run_halves() {
    local name=$1 dir=$2 i=0 file first=() second=() log status=0 second_status=0
    log=$CORS_BUILD/report/$name-2.log
    for file in "$CORS_ROOT/$dir"/test_*.py; do
        if [ $((i++ % 2)) -eq 0 ]; then first+=("$file"); else second+=("$file"); fi
    done
    call_pytest "$name-2" "$dir" "${second[@]}" >"$log" 2>&1 &
    call_pytest "$name-1" "$dir" "${first[@]}" || status=$?
    wait $! || second_status=$?
    cat "$log" >&2
    count_pytest "$name-1" "$status"
    count_pytest "$name-2" "$second_status"
}

# run_pytest NAME DIR [ARG…]: run, and count by the report. All of DIR, unless
# an argument names a file or directory (file.py::test too).
run_pytest() {
    local name=$1 dir=$2 status=0 arg where
    shift 2
    where=("$CORS_ROOT/$dir")
    for arg in "$@"; do
        [ ! -e "${arg%%::*}" ] || where=()
    done
    call_pytest "$name" "$dir" "${where[@]}" "$@" || status=$?
    count_pytest "$name" "$status"
}

# call_pytest NAME DIR ARG…: with the report as NAME.xml.
call_pytest() {
    local report=$CORS_BUILD/report/$1.xml dir=$2
    shift 2
    rm -f "$report"
    # Without -c, a pytest.ini above the source tree would count.
    isolated /usr/bin/python3 -m pytest -q -c /dev/null -p no:cacheprovider \
        --junitxml="$report" --rootdir="$CORS_ROOT/$dir" "$@" >&2 </dev/null
}

# count_pytest NAME STATUS
count_pytest() {
    local report=$CORS_BUILD/report/$1.xml status=$2
    if ! count_junit "$report"; then
        say "pytest wrote no report (exit code $status)"
        count 0 1
    elif [ "$status" -gt 1 ] && [ "$failed" -eq 0 ]; then
        # 2 interrupted, 3 internal error, 4 usage, 5 no test collected
        say "pytest ended with exit code $status"
        count 0 1
    fi
}
