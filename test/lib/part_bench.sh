# SPDX-License-Identifier: Apache-2.0
#
# The benchmarks: figures to read, beside their goals. Nothing is asserted, but
# that they run.

part_bench() {
    ensure_packages apache2-bin python3 valgrind
    build_module || { count 0 1; return; }
    local name
    for name in configtest instructions; do
        say "bench: $name"
        if CORS_MODULE=$MODULE /usr/bin/python3 \
            "$CORS_ROOT/test/bench/$name.py" >&2 </dev/null; then
            count 1 0
        else
            count 0 1
        fi
    done
}
