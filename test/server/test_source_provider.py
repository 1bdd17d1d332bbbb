# SPDX-License-Identifier: Apache-2.0
"""The provider of docs/sources.md, as it stands there: compiled with apxs,
loaded into a real httpd, asked."""

import os
import re
import shutil
import subprocess

import pytest

from harness import configtest
from harness.host import ROOT
from harness.place import new_directory

TENANT = "https://shop.example"
APP = "https://app.example.com"


def build(directory, name, text):
    """The path of a module, compiled with apxs."""
    source = directory / name
    source.write_text(text)
    done = subprocess.run(
        [os.environ.get("APXS") or shutil.which("apxs")
         or shutil.which("apxs2"), "-c", f"-I{ROOT}",
         *(f"-Wc,{option}" for option in ("-Wall", "-Wextra", "-Werror")),
         source.name], cwd=directory, capture_output=True, text=True)
    built = directory / f".libs/{source.stem}.so"
    assert done.returncode == 0 and built.exists(), done.stdout + done.stderr
    return built


@pytest.fixture(scope="module")
def directory():
    directory = new_directory()
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def load(directory):
    """The LoadModule line of the example."""
    text = re.search(r"```c\n/\* (\w+\.c) \*/\n.*?```",
                     (ROOT / "docs/sources.md").read_text(), re.DOTALL)
    built = build(directory, text.group(1),
                  text.group(0).partition("\n")[2].rpartition("```")[0])
    return f"LoadModule cors_tenant_module {built}\n"


@pytest.fixture(scope="module")
def server(start_server, load):
    server = start_server(load + f"""
    <Location /shop>
        CORSAllowOriginFrom tenant:${{ROOT}}/tenants
        CORSAllowOrigin {APP}
        CORSDenyOrigin https://gone.example
    </Location>
    <Location /metrics>
        SetHandler cors-metrics
    </Location>
    """, files={"shop/a.txt": "hello", "../tenants/shop.example": "",
                "../tenants/shop.example:8443": "",
                "../tenants/gone.example": "",
                "../tenants/nested/a.txt": ""})
    return server


def reads(server, origin):
    allowed = server.get("/shop/a.txt", origin=origin).cors.get("allow-origin")
    preflight = server.preflight("/shop/a.txt", origin)
    assert (preflight.status == 204) == (allowed == origin), origin
    return allowed == origin


def test_allowed(server):
    for origin in (TENANT, f"{TENANT}:8443", APP):
        assert reads(server, origin), origin


def test_refused(server):
    for origin in ("https://other.example", "http://shop.example", "null",
                   "http://xshop.example",
                   "https://gone.example", "https://nested", "app://..",
                   f"{TENANT}:9999", f"{TENANT}/", "https://../tenants"):
        assert not reads(server, origin), origin


def source_errors(server):
    return sum(int(n) for n in re.findall(
        r"(?m)^cors_source_errors_total\{.*\} (\d+)$",
        server.get("/metrics").text))


def test_failing(server):
    """The directory is gone: nobody from there, the others as before, one
    line in the log, each failure counted; and all is well once it is back."""
    tenants, away = server.root / "tenants", server.root / "away"
    before = source_errors(server)
    tenants.rename(away)
    try:
        for _ in range(2):
            assert not reads(server, TENANT)
            assert reads(server, APP)
        refused = server.get("/shop/a.txt", origin=TENANT)
        assert refused.status == 200 and not refused.cors
        assert refused.one("Vary") == "Origin"
    finally:
        away.rename(tenants)
    assert source_errors(server) == before + 5
    said = r"CORSAllowOriginFrom tenant:\S+ does not answer, and holds nobody"
    server.wait_log(said)
    # The minute may end in between.
    assert len(re.findall(said, server.log.recent())) in (1, 2)
    assert reads(server, TENANT)


def test_an_unknown_provider(load):
    r = configtest(load + "CORSAllowOriginFrom ldap:x\n")
    assert r.code and re.search(
        r"test\.conf:2: error: CORS064: 'ldap:x' names no source of origins; "
        r"write file:PATH\b.* tenant:ARGUMENT\b", r.output), r.output


def test_an_argument_that_will_not_do(load):
    r = configtest(load + "<Location />\nCORSAllowOriginFrom tenant:x\n"
                   "</Location>\n")
    assert r.code and ("test.conf:3: error: CORS064: 'tenant:x' names no "
                       "source of origins; write tenant: and the whole path "
                       "of a directory") in r.output, r.output


def test_a_check_that_fails(load):
    r = configtest(load + "CORSAllowOriginFrom tenant:/no/such/directory\n")
    assert r.code and ("test.conf:2: error: CORS065: "
                       "'tenant:/no/such/directory' does not answer, and "
                       "holds nobody until it does; make that directory"
                       ) in r.output, r.output


# What a module of somebody else may do.
ODD = r"""
#include "mod_cors.h"
#include "apr_strings.h"

static const char *make(cmd_parms *cmd, const char *argument, void **source)
{
    *source = apr_pstrdup(cmd->pool, argument);
    return NULL;
}

static apr_status_t ask(void *source, request_rec *r, const char *origin,
                        int *allowed)
{
    const char *what = source;

    if (*what != 'e') {
        apr_table_setn(r->notes, CORS_SOURCE_NOTE, "what is no reason");
    }
    else {
        apr_table_unset(r->notes, CORS_SOURCE_NOTE);
    }
    *allowed = *what == 'n' ? -1 : *what == 'g' ? 424242
               : *what == 'a' || (*what != 's'
                                  && !strcmp(origin, "https://shop.example"));
    return *what == 'e' ? APR_EGENERAL : APR_SUCCESS;
}

static const cors_source_provider_t all[] = {
    {make, NULL, ask}, {make, NULL, NULL}, {NULL, NULL, ask}};

static void register_hooks(apr_pool_t *p)
{
    ap_register_provider(p, CORS_SOURCE_GROUP, "odd", CORS_SOURCE_VERSION,
                         &all[0]);
    ap_register_provider(p, CORS_SOURCE_GROUP, "mute", CORS_SOURCE_VERSION,
                         &all[1]);
    ap_register_provider(p, CORS_SOURCE_GROUP, "unmade", CORS_SOURCE_VERSION,
                         &all[2]);
    ap_register_provider(p, CORS_SOURCE_GROUP, "later", "97", &all[0]);
}

AP_DECLARE_MODULE(odd) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};
"""


@pytest.fixture(scope="module")
def odd(directory):
    return f"LoadModule odd_module {build(directory, 'mod_odd.c', ODD)}\n"


@pytest.mark.parametrize("provider,says", [
    ("mute", "its provider lacks make or ask"),
    ("unmade", "its provider lacks make or ask"),
    ("later", "its provider is for version 97 of mod_cors.h, and this is "
              "version 1: compile that module with the mod_cors.h of this one"),
    ("other", "write file:PATH, dbd:QUERY, dbm:PATH, mute:ARGUMENT, "
              "odd:ARGUMENT or unmade:ARGUMENT\n")])
def test_a_provider_that_cannot_be_used(odd, provider, says):
    r = configtest(f"{odd}CORSAllowOriginFrom {provider}:x\n")
    assert r.code == 1 and (f"test.conf:2: error: CORS064: '{provider}:x' "
                            f"names no source of origins; {says}"
                            ) in r.output, r.output


def test_it_allows_whoever_comes(start_once, odd):
    """That is a *, and none comes from a source; with credentials it would be
    all that a visitor sees."""
    server = start_once(odd + """
        <Location /all>
            CORSAllowOriginFrom odd:all
            CORSAllowOrigin https://app.example.com
            CORSAllowCredentials On
        </Location>
        """, files={"all/a.txt": "hello"},
        expect_log=["does not answer, and holds nobody"])
    for origin in (TENANT, "https://evil.example", "app://x"):
        assert not server.get("/all/a.txt", origin=origin).cors, origin
        assert server.preflight("/all/a.txt", origin).status == 403
    assert server.get("/all/a.txt", origin=APP).cors
    server.wait_log("odd:all does not answer, and holds nobody until it does: "
                    "it allows every origin, a made-up one too")


def test_neither_yes_nor_no(start_once, odd):
    """Nobody is allowed by a mistake of a provider."""
    kinds = ("negative", "garbage", "yes", "silent", "error")
    server = start_once(odd + "".join(
        f"<Location /{kind}>\nCORSAllowOriginFrom odd:{kind}\n</Location>\n"
        for kind in kinds) + """
        <Location /both>
            CORSAllowOriginFrom odd:silent odd:error
        </Location>
        """, files={f"{kind}/a.txt": "hello" for kind in (*kinds, "both")},
        expect_log=["does not answer, and holds nobody"])
    allow = {kind for kind in (*kinds, "both")
             if server.get(f"/{kind}/a.txt", origin=TENANT).cors}
    assert allow == {"yes"}
    for kind in ("negative", "garbage"):
        server.wait_log(rf"odd:{kind} does not answer, .*: its provider said "
                        r"neither yes nor no: allowed must be 1 or 0$")
    # What one that answers has left is no reason of the next.
    assert "no reason" not in server.log.everything()
