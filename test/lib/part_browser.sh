# SPDX-License-Identifier: Apache-2.0
#
# The browser tests: test/browser, pytest, a real httpd, and Debian's Chromium
# and Firefox driven by puppeteer-core. Arguments go to pytest. The table,
# browser by case, is in build/report/browsers.md too.

part_browser() {
    ensure_packages apache2-bin openssl python3-pytest chromium firefox-esr \
        fonts-liberation
    ensure_node
    build_module && install_node_modules "$CORS_ROOT/test/browser" || { count 0 1; return; }
    CORS_MODULE=$MODULE CORS_BUILD=$CORS_BUILD run_pytest browser test/browser "$@"
}
