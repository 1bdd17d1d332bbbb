# SPDX-License-Identifier: Apache-2.0
"""CORSBackendHeaders: what becomes of Access-Control-* headers that a handler,
a backend or mod_headers set."""

import pytest

from harness import Backend
from harness.fastcgi import FastCGI

APP = "https://app.example"
OTHER = "https://other.example"
EVIL = "https://evil.example"
BACKEND = "https://backend.example"

SECTIONS = {
    "replace": f"""
        CORSAllowOrigin {APP}
        CORSExposeHeaders X-One
        CORSDenyOrigin {EVIL}""",
    "star": "CORSAllowOrigin *",
    "nobody": "CORSEngine On",
    "keep": f"""
        CORSAllowOrigin {APP}
        CORSExposeHeaders X-One
        CORSDenyOrigin {EVIL}
        CORSBackendHeaders Keep""",
    "keep-star": "CORSAllowOrigin *\nCORSBackendHeaders Keep",
    "keep-always": f"CORSAllowOrigin {APP}\nCORSSendOrigin Always\n"
                   "CORSBackendHeaders Keep",
    "keep-always-deny": f"CORSAllowOrigin {APP}\nCORSSendOrigin Always\n"
                        f"CORSDenyOrigin {EVIL}\nCORSBackendHeaders Keep",
    "keep-nobody": f"CORSEngine On\nCORSBackendHeaders Keep\n"
                   f"CORSDenyOrigin {EVIL}",
    "keep-several": f"CORSUsePolicy one two\nCORSBackendHeaders Keep\n"
                    f"CORSDenyOrigin {EVIL}",
    "off": f"CORSAllowOrigin {APP}\nCORSEngine Off",
    "none": "",
}

NAMED = f"""
<CORSPolicy one>
    CORSAllowOrigin {APP}
    CORSExposeHeaders X-One
</CORSPolicy>
<CORSPolicy two>
    CORSAllowOrigin {BACKEND}
</CORSPolicy>
"""

OWN = {"allow-origin": APP, "expose-headers": "X-One"}

# What the backend says, as lines of a header.
SINGLE = [("Access-Control-Allow-Origin", BACKEND),
          ("Access-Control-Allow-Credentials", "true"),
          ("access-control-expose-headers", "X-Two"),
          ("Access-Control-Allow-Methods", "PUT"),
          ("Access-Control-Allow-Private-Network", "true"),
          ("ACCESS-CONTROL-X", "1")]
DOUBLE = [("Access-Control-Allow-Origin", BACKEND),
          ("Access-Control-Allow-Origin", "*"),
          ("Access-Control-Expose-Headers", "X-Two"),
          ("access-control-expose-headers", "X-Three"),
          ("Vary", "Origin"), ("Vary", "origin")]
WITHOUT = [("Access-Control-Allow-Credentials", "true"),
           ("Access-Control-Max-Age", "5")]
SAID = {"single": SINGLE, "double": DOUBLE, "without": WITHOUT}

HEADERS = {
    "set": f"Header set Access-Control-Allow-Origin {BACKEND}",
    "always-set": f"Header always set Access-Control-Allow-Origin {BACKEND}",
    "add": f"Header add Access-Control-Allow-Origin {BACKEND}\n"
           "Header add Access-Control-Allow-Origin *",
    "always-add": f"Header always add access-control-allow-origin {BACKEND}",
    "both": f"Header set Access-Control-Allow-Origin {BACKEND}\n"
            f"Header always set Access-Control-Allow-Origin {BACKEND}",
    "append": f"Header append Access-Control-Allow-Origin {BACKEND}",
    "merge": f"Header always merge Access-Control-Allow-Origin {BACKEND}",
    "if-empty": f"Header setifempty Access-Control-Allow-Origin {BACKEND}",
}


def location(path, lines):
    return f"<Location {path}>\n{lines}\n</Location>\n"


@pytest.fixture(scope="module")
def backend(backend):

    def answer(request):
        said, _, status = request.target.strip("/").partition("-")
        return Backend.response(f"{status or 200} Whatever", SAID[said])

    backend.answer = answer
    return backend


@pytest.fixture(scope="module")
def fastcgi():
    app = FastCGI()
    yield app
    app.close()


@pytest.fixture(scope="module")
def server(start_server, mpm, backend, fastcgi):
    config = NAMED
    for name, lines in SECTIONS.items():
        config += location(f"/{name}", lines)
        config += "".join(location(f"/{name}/{how}", header)
                          for how, header in HEADERS.items())
    config += f"""
        ProxyPassMatch ^/[^/]+/proxy/(.+)$ http://127.0.0.1:{backend.port}/$1
        ProxyPassMatch ^/[^/]+/fastcgi$ fcgi://127.0.0.1:{fastcgi.port}/
        """
    server = start_server(config, mpm=mpm, modules=[
        "cgi", "headers", "proxy", "proxy_http", "proxy_fcgi"])
    for name in SECTIONS:
        for said, pairs in SAID.items():
            lines = "".join(f"{n}: {v}\n" for n, v in pairs)
            server.write_cgi(f"{name}/{said}.cgi",
                             "Content-Type: text/plain\n" + lines)
            server.write_cgi(f"{name}/{said}-404.cgi",
                             "Status: 404 No\nContent-Type: text/plain\n"
                             + lines)
        for how in HEADERS:
            server.write(f"{name}/{how}/a.txt", "0123456789")
    return server


PATHS = [f"{said}{status}.cgi" for said in SAID for status in ("", "-404")]
PATHS += [f"proxy/{said}{status}" for said in SAID
          for status in ("", "-404", "-302")]
PATHS += [f"{how}/a.txt" for how in HEADERS]
PATHS += [f"{how}/none.txt" for how in HEADERS if "always" in how]


@pytest.mark.parametrize("section, origin, cors, vary", [
    ("replace", APP, OWN, ["origin"]),
    ("replace", OTHER, {}, ["origin"]),
    ("replace", EVIL, {}, ["origin"]),
    ("replace", BACKEND, {}, ["origin"]),
    ("replace", "not an origin", {}, ["origin"]),
    ("replace", None, {}, ["origin"]),
    ("star", OTHER, {"allow-origin": "*"}, []),
    ("star", None, {"allow-origin": "*"}, []),
    ("nobody", APP, {}, ["origin"]),
])
@pytest.mark.parametrize("path", PATHS)
def test_replaced(server, section, origin, cors, vary, path):
    r = server.get(f"/{section}/{path}", origin)
    assert r.cors == cors
    if section == "star" and "double" in path:
        assert set(r.vary) == {"origin"}            # the backend's own
    else:
        assert r.vary == vary
    server.wait_log(r"(?i)\[cors:info\].*Access-Control-.*CORSBackendHeaders")


def test_nothing_removed_nothing_logged(server):
    server.get("/replace/none.txt", APP)
    assert "CORSBackendHeaders" not in server.log.recent()


def test_only_whole_names(server):
    """Access-Controls and X-Access-Control-Allow-Origin are somebody's own."""
    server.write_cgi("replace/own.cgi", "Content-Type: text/plain\n"
                     "X-Access-Control-Allow-Origin: 1\nAccess-Controls: 2")
    r = server.get("/replace/own.cgi", OTHER)
    assert r.one("X-Access-Control-Allow-Origin") == "1"
    assert r.one("Access-Controls") == "2"


@pytest.mark.parametrize("section", ["off", "none"])
@pytest.mark.parametrize("origin", [APP, OTHER, None])
def test_untouched_without_a_policy(server, section, origin):
    r = server.get(f"/{section}/single.cgi", origin)
    assert {n.lower(): v for n, v in SINGLE} == {
        n.lower(): v for n, v in r.headers
        if n.lower().startswith("access-control-")}
    r = server.get(f"/{section}/add/a.txt", origin)
    assert r.all("Access-Control-Allow-Origin") == [BACKEND, "*"]
    assert r.vary == []


def kept(path):
    """Access-Control-* that the response has by itself, in order."""
    how = path.partition("/")[0]
    if how in HEADERS:
        return [("access-control-allow-origin", v) for v in
                {"add": [BACKEND, "*"], "both": [BACKEND, BACKEND]}.get(
                    how, [BACKEND])]
    said = next(s for s in SAID if s in path)
    return [(n.lower(), v) for n, v in SAID[said]
            if n.lower().startswith("access-control-")]


def cors_lines(r):
    return [(n.lower(), v) for n, v in r.headers
            if n.lower().startswith("access-control-")]


def merged(lines):
    """Fields of one name as one: handlers join what they got twice."""
    names = {n: [] for n, _ in lines}
    for name, value in lines:
        names[name] += [v.strip() for v in value.split(",")]
    return {n: sorted(values) for n, values in names.items()}


KEEPING = ["keep", "keep-star", "keep-always", "keep-always-deny",
           "keep-nobody", "keep-several"]


@pytest.mark.parametrize("section", KEEPING)
@pytest.mark.parametrize("origin", [APP, OTHER, "not an origin", None])
@pytest.mark.parametrize("path", [p for p in PATHS if "without" not in p])
def test_kept(server, section, origin, path):
    """Whoever set Access-Control-Allow-Origin keeps all it said: nothing of
    the module's is mixed in."""
    r = server.get(f"/{section}/{path}", origin)
    assert merged(cors_lines(r)) == merged(kept(path))
    assert "origin" in r.vary
    assert "CORSBackendHeaders" not in server.log.recent()


@pytest.mark.parametrize("section", ["keep", "keep-nobody", "keep-several",
                                     "keep-always-deny"])
@pytest.mark.parametrize("origin", [EVIL, EVIL + "."])
@pytest.mark.parametrize("path", PATHS)
def test_a_deny_wins_over_what_is_kept(server, section, origin, path):
    r = server.get(f"/{section}/{path}", origin)
    assert r.cors == ({"allow-origin": APP} if "always" in section else {})
    assert "origin" in r.vary


@pytest.mark.parametrize("section, origin, cors", [
    ("keep", APP, OWN),
    ("keep", OTHER, {}),
    ("keep", None, {}),
    ("keep-star", OTHER, {"allow-origin": "*"}),
    ("keep-star", None, {"allow-origin": "*"}),
    ("keep-always", OTHER, {"allow-origin": APP}),
    ("keep-nobody", APP, {}),
    ("keep-several", APP, OWN),
    ("keep-several", OTHER, {}),
])
@pytest.mark.parametrize("path", [p for p in PATHS if "without" in p])
def test_without_an_origin_nothing_is_kept(server, section, origin, cors,
                                           path):
    """The policy's answer stands alone; Vary tells of the other case."""
    r = server.get(f"/{section}/{path}", origin)
    assert r.cors == cors
    assert r.vary == ["origin"]


@pytest.mark.parametrize("section", ["replace", *KEEPING])
@pytest.mark.parametrize("how", HEADERS)
def test_the_modules_own_answer_keeps_nothing(server, section, how):
    """mod_headers decorates a preflight's answer too."""
    r = server.preflight(f"/{section}/{how}/a.txt", BACKEND)
    allowed = {"keep-star": "*", "keep-several": BACKEND, "keep-always": APP,
               "keep-always-deny": APP}
    assert r.status == (204 if section in allowed else 403)
    assert r.cors.get("allow-origin") == allowed.get(section)


@pytest.mark.parametrize("section, origin, cors, vary", [
    ("replace", APP, OWN, ["origin"]),
    ("replace", OTHER, {}, ["origin"]),
    ("star", OTHER, {"allow-origin": "*"}, []),
])
@pytest.mark.parametrize("status", ["200 OK", "404 No", "500 Oops"])
def test_fastcgi(server, fastcgi, section, origin, cors, vary, status):
    fastcgi.answer = (f"Status: {status}\nContent-Type: text/plain\n" + "".join(
        f"{n}: {v}\n" for n, v in SINGLE) + "\nfastcgi")
    r = server.get(f"/{section}/fastcgi", origin)
    assert r.status == int(status[:3]) and r.body == b"fastcgi"
    assert r.cors == cors and r.vary == vary
    assert merged(cors_lines(server.get("/keep/fastcgi", APP))) \
        == merged([(n.lower(), v) for n, v in SINGLE])
