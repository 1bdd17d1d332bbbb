# SPDX-License-Identifier: Apache-2.0
"""mod_cache where mod_headers hides or changes Origin: it would keep every
origin's answer under one key, and give a reader what it stored for a partner.
"""

import pytest

APP = "https://app.example"
READER = "https://reader.example"

CONFIG = """
<CORSPolicy partners>
    CORSAllowOrigin %s
    CORSAllowCredentials On
    CORSExposeHeaders X-Secret
</CORSPolicy>
<CORSPolicy everybody>
    CORSAllowOrigin *
</CORSPolicy>
CacheRoot ${ROOT}/cache
CacheEnable disk /
""" % APP

HIDE = {
    "unset": "RequestHeader unset Origin",
    "set": "RequestHeader set Origin https://internal.example",
    "edit": "RequestHeader edit Origin ^https http",
    "as-sent": "",
}
FRESH = {
    "plain": "",
    "max-age": 'Header set Cache-Control "max-age=100"',
    "no-cache": 'Header set Cache-Control "no-cache"',
}
PARTNER_GETS = {"allow-origin": APP, "allow-credentials": "true",
                "expose-headers": "X-Secret"}
READER_GETS = {"allow-origin": READER}


@pytest.fixture(scope="module", params=["On", "Off"])
def server(request, start_server, mpm):
    sections = "".join(f"""
<Location /{hide}-{fresh}/>
    CORSUsePolicy partners everybody
    {HIDE[hide]}
    {FRESH[fresh]}
</Location>
""" for hide in HIDE for fresh in FRESH)
    config = CONFIG + f"CacheQuickHandler {request.param}\n" + sections
    server = start_server(config, mpm=mpm,
                          modules=["headers", "cache", "cache_disk"])
    (server.root / "cache").mkdir(mode=0o777, exist_ok=True)
    (server.root / "cache").chmod(0o777)
    for hide in HIDE:
        for fresh in FRESH:
            server.write(f"{hide}-{fresh}/a.html", "hello")
    return server


@pytest.mark.parametrize("fresh", FRESH)
@pytest.mark.parametrize("hide", HIDE)
def test_each_gets_its_own(server, hide, fresh):
    path = f"/{hide}-{fresh}/a.html"
    for origin, gets in [(APP, PARTNER_GETS), (READER, READER_GETS),
                         (None, {}), (APP, PARTNER_GETS),
                         (READER, READER_GETS)]:
        r = server.get(path, origin=origin)
        assert r.status == 200 and r.body == b"hello", origin
        assert r.cors == gets, (hide, fresh, origin)
        assert "origin" in r.vary
