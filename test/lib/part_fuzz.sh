# SPDX-License-Identifier: Apache-2.0

part_fuzz() {
    no_tests_yet fuzz
}
