# SPDX-License-Identifier: Apache-2.0
#
# The server tests: test/server, pytest, against a real httpd, with other real
# servers behind it (PHP, Express) and in front (nginx, Varnish). Arguments go
# to pytest. With CORS_TEST_ASAN=1: the module is built with the sanitizers.

part_server() {
    ensure_packages apache2-bin openssl faketime prometheus php-fpm nginx \
        varnish python3-pytest python3-h2 python3-hypothesis \
        python3-jsonschema
    # What test_auth_neighbours.py loads beside the module.
    ensure_packages libapache2-mod-auth-openidc libapache2-mod-auth-mellon \
        libapache2-mod-auth-gssapi libapache2-mod-auth-cas \
        libapache2-mod-security2
    ensure_node
    install_node_modules "$CORS_ROOT/test/backends" || { count 0 1; return; }
    if [ "${CORS_TEST_ASAN:-}" = 1 ]; then
        build_module asan --enable-werror --enable-asan
    else
        build_module
    fi || { count 0 1; return; }
    CORS_MODULE=$MODULE run_pytest server test/server "$@"
}

# run_pytest NAME DIR [ARG…]: run, and count by the report. All of DIR, unless
# an argument names a file or directory (file.py::test too).
run_pytest() {
    local name=$1 dir=$2 report status=0 arg where
    shift 2
    where=("$CORS_ROOT/$dir")
    for arg in "$@"; do
        [ ! -e "${arg%%::*}" ] || where=()
    done
    report=$CORS_BUILD/report/$name.xml
    rm -f "$report"
    PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -q -p no:cacheprovider \
        --junitxml="$report" --rootdir="$CORS_ROOT/$dir" \
        "${where[@]}" "$@" >&2 </dev/null || status=$?
    if ! count_junit "$report"; then
        say "pytest wrote no report (exit code $status)"
        count 0 1
    elif [ "$status" -gt 1 ] && [ "$failed" -eq 0 ]; then
        # 2 interrupted, 3 internal error, 4 usage, 5 no test collected
        say "pytest ended with exit code $status"
        count 0 1
    fi
}
