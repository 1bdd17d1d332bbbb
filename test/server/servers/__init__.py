# SPDX-License-Identifier: Apache-2.0
"""Servers that are not ours, behind httpd and in front of it.

    process.py    starts one in a directory of its own, and stops it
    php.py        PHP through php-fpm
    express.py    Node's Express with its own cors package
    gateways.py   the SCGI and uwsgi protocols
    nginx.py      nginx as a shared cache, and as what ends TLS
    varnish.py    Varnish as a shared cache
    control.py    the same httpd with mod_cors and without, to compare
"""

import pytest

# So that an assert there says what differs, as one in a test does.
pytest.register_assert_rewrite("servers.control")
