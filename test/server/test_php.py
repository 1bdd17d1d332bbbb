# SPDX-License-Identifier: Apache-2.0
"""PHP through php-fpm and mod_proxy_fcgi, with an application that sets its
own Access-Control-* and Vary; SCGI and uwsgi beside it."""

import pytest

from servers.control import Pair
from servers.gateways import Gateway
from servers.php import PHP

APP = "https://app.example"
BACKEND = "https://backend.example"
EVIL = "https://evil.example"
ORIGINS = [APP, BACKEND, EVIL, "null", None]

SECTIONS = {
    "replace": f"CORSAllowOrigin {APP}\nCORSExposeHeaders X-PHP",
    "keep": f"CORSAllowOrigin {APP}\nCORSExposeHeaders X-PHP\n"
            f"CORSBackendHeaders Keep\nCORSDenyOrigin {EVIL}",
    "star": "CORSAllowOrigin *",
}

SCRIPT = r"""<?php
$case = $_GET['case'] ?? '';
header('X-PHP: ' . $case);
function own() {
    header('Access-Control-Allow-Origin: https://backend.example');
    header('access-control-allow-credentials: true');
    header('Access-Control-Expose-Headers: X-PHP');
}
switch ($case) {
case 'none': break;
case 'own': own(); header('Vary: Accept-Language'); break;
case 'twice':
    own();
    header('Access-Control-Allow-Origin: *', false);
    header('Vary: Origin');
    header('Vary: origin, Accept', false);
    break;
case 'star': own(); header('Vary: *'); break;
case 'error': own(); http_response_code(500); break;
case 'fatal': throw new Exception('on purpose');
case 'busy': own(); http_response_code(503); header('Retry-After: 3'); break;
case 'missing': own(); http_response_code(404); break;
case 'who':
    own();
    header('WWW-Authenticate: Bearer');
    http_response_code(401);
    break;
case 'unchanged':
    own();
    header('ETag: "php"');
    http_response_code(304);
    exit;
case 'empty': own(); http_response_code(204); exit;
case 'moved': own(); header('Location: /elsewhere'); break;
case 'away': own(); header('Location: https://away.example/', true, 307); break;
case 'inside':
    own();
    header('Location: /other/target.php?case=none');
    http_response_code(200);
    break;
case 'cookie': own(); setcookie('a', 'b'); break;
case 'stream':
    own();
    for ($i = 0; $i < 20; $i++) { echo str_repeat('x', 1000); flush(); }
    break;
}
echo "case=$case method=", $_SERVER['REQUEST_METHOD'],
     ' origin=', $_SERVER['HTTP_ORIGIN'] ?? '-';
"""

STATUS = {"none": 200, "own": 200, "twice": 200, "star": 200, "error": 500,
          "fatal": 500, "busy": 503, "missing": 404, "who": 401,
          "unchanged": 304, "empty": 204, "moved": 302, "away": 307,
          "inside": 200, "cookie": 200, "stream": 200}
# (What a script set before a local redirect stands on the target's response.)
SAYS_NOTHING = {"none", "fatal"}
# How httpd frames a script's answer depends on how fast it comes.
FRAMING = {"content-length", "transfer-encoding"}

CONFIG = """
<FilesMatch \\.php$>
    SetHandler "proxy:unix:SOCKET|fcgi://localhost"
</FilesMatch>
ProxyPass /replace/scgi scgi://127.0.0.1:SCGI/
ProxyPass /replace/uwsgi uwsgi://127.0.0.1:UWSGI/
ProxyPass /keep/scgi scgi://127.0.0.1:SCGI/
ProxyPass /keep/uwsgi uwsgi://127.0.0.1:UWSGI/
<Directory ${HTDOCS}>
    Options -MultiViews
</Directory>
"""


@pytest.fixture(scope="module")
def php():
    with PHP() as php:
        yield php


@pytest.fixture(scope="module")
def gateways():
    gateways = {name: Gateway(name) for name in ("scgi", "uwsgi")}
    yield gateways
    for gateway in gateways.values():
        gateway.close()


@pytest.fixture(scope="module")
def pair(start_server, mpm, php, gateways):
    config = CONFIG.replace("SOCKET", str(php.socket))
    for name, gateway in gateways.items():
        config = config.replace(name.upper(), str(gateway.port))
    config += "<IfModule cors_module>\n" + "".join(
        f"<Directory ${{HTDOCS}}/{name}>\n{lines}\n</Directory>\n"
        f"<LocationMatch ^/{name}/(scgi|uwsgi)>\n{lines}\n</LocationMatch>\n"
        for name, lines in SECTIONS.items()) + "</IfModule>\n"
    pair = Pair(start_server, config, mpm=mpm, modules=[
        "proxy", "proxy_fcgi", "proxy_scgi", "proxy_uwsgi"])
    for name in (*SECTIONS, "other"):
        pair.write(f"{name}/app.php", SCRIPT)
        pair.write(f"{name}/target.php", SCRIPT)
    return pair


def granted(section, origin):
    if section == "star":
        return {"allow-origin": "*"}
    return {"allow-origin": APP, "expose-headers": "X-PHP"} \
        if origin == APP else {}


def said(control):
    """What the application says, in one piece."""
    return {n.lower(): v for n, v in control.headers
            if n.lower().startswith("access-control-")}


@pytest.mark.parametrize("case", STATUS)
@pytest.mark.parametrize("section", SECTIONS)
def test_responses(pair, section, case):
    for origin in ORIGINS:
        for method in ("GET", "HEAD", "POST"):
            target = f"/{section}/app.php?case={case}"
            r = pair.ask(method, target, origin=origin,
                         body="a=b" if method == "POST" else None,
                         vary=section != "star")
            assert r.status == STATUS[case]
            own = said(r.control)
            assert bool(own) == (case not in SAYS_NOTHING)
            if section == "keep" and own and origin != EVIL:
                assert {f"access-control-{n}": v
                        for n, v in r.cors.items()} == own
            else:
                assert r.cors == granted(section, origin), (method, origin)


def test_the_script_sees_the_origin(pair):
    r = pair.ask("GET", "/replace/app.php?case=own", origin=EVIL)
    assert r.text.endswith("origin=" + EVIL)


@pytest.mark.parametrize("section", ["replace", "keep"])
def test_preflights_never_reach_it(pair, section):
    for origin in ORIGINS[:-1]:
        r = pair.cors.preflight(f"/{section}/app.php?case=own", origin)
        assert r.status == (204 if origin == APP else 403)
        assert r.body == b"" and not r.all("X-PHP")
        assert r.cors.get("allow-origin") == (APP if origin == APP else None)
        assert r.vary == ["origin"]


@pytest.mark.parametrize("protocol", ["scgi", "uwsgi"])
def test_gateways(pair, gateways, protocol):
    for status in ("200 OK", "404 Not Found", "500 Oops", "302 Found"):
        gateways[protocol].answer = (
            f"Status: {status}\nContent-Type: text/plain\n"
            f"Access-Control-Allow-Origin: {BACKEND}\nVary: Accept\n"
            + "Location: http://away.example/\n" * (status[0] == "3")
            + "\ngateway")
        for section in ("replace", "keep"):
            for origin in ORIGINS:
                r = pair.ask("GET", f"/{section}/{protocol}", origin=origin,
                             ignore=FRAMING)
                assert r.status == int(status[:3]) and r.body == b"gateway"
                assert r.control.cors == {"allow-origin": BACKEND}
                keeps = section == "keep" and origin != EVIL
                assert r.cors == (r.control.cors if keeps
                                  else granted(section, origin))
