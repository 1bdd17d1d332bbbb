# SPDX-License-Identifier: Apache-2.0

part_bench() {
    no_tests_yet bench
}
