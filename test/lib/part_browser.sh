# SPDX-License-Identifier: Apache-2.0

part_browser() {
    no_tests_yet browser
}
