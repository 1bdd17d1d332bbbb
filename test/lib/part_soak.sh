# SPDX-License-Identifier: Apache-2.0
#
# Ten million requests to one child, or as many as the argument says: its memory
# must not grow. A quarter of an hour; the server tests do it for some seconds.

part_soak() {
    ensure_packages apache2-bin python3
    build_module || { count 0 1; return; }
    check "a child's memory does not grow" run_bench soak.py "$@"
}
