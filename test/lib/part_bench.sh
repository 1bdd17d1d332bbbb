# SPDX-License-Identifier: Apache-2.0
#
# The benchmarks: one table, goal beside figure, as text and as JSON in
# build/report, and docs/cost.svg. Figures to read: nothing is asserted, but
# that they run. With --update: write the table of the part "cost" instead.
# Else arguments name what to run: engine express instructions breakdown start
# load.

part_bench() {
    ensure_packages apache2-bin python3 valgrind util-linux
    build_module || { count 0 1; return; }
    if [ "${1:-}" = --update ]; then
        check "test/bench/instructions.json is written" run_bench basic.py \
            --update
        return
    fi
    ensure_node
    install_node_modules "$CORS_ROOT/test/bench/express" \
        && quietly make-engine make -C "$BUILD_DIR" test/bench/engine \
        || { count 0 1; return; }
    CORS_ENGINE=$BUILD_DIR/test/bench/engine CORS_REPORT=$CORS_BUILD/report \
        check "the benchmarks run" run_bench report.py "$@"
}
