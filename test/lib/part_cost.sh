# SPDX-License-Identifier: Apache-2.0
#
# The regression gate: no basic case may need more instructions than
# test/bench/instructions.json says. And the benchmark of the engine still
# compiles and runs; its nanoseconds are no test.

part_cost() {
    ensure_packages apache2-bin python3 valgrind util-linux
    build_module || { count 0 1; return; }
    check "no basic case needs more instructions than the table says" \
        run_bench basic.py --gate
    check "the engine's benchmark compiles and runs" engine_benchmark_runs
}

# Figures go to stdout, and there to stderr: the last line is test/run's.
run_bench() {
    CORS_MODULE=$MODULE isolated \
        /usr/bin/python3 "$CORS_ROOT/test/bench/$1" "${@:2}" >&2 </dev/null
}

engine_benchmark_runs() {
    quietly make-engine make -C "$BUILD_DIR" test/bench/engine \
        && isolated "$BUILD_DIR/test/bench/engine" 1 "actual, 1 origin" >&2
}
