# SPDX-License-Identifier: Apache-2.0

part_soak() {
    no_tests_yet soak
}
