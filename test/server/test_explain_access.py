# SPDX-License-Identifier: Apache-2.0
"""Who may see what cors-explain says, and on whose behalf it asks."""

import json

import pytest

from explain_site import as_json, ask, start


@pytest.fixture(scope="module")
def server(start_server):
    return start(start_server)


# --- who may ask --------------------------------------------------------------

ACCESS = """
RemoteIPHeader X-Client
RemoteIPInternalProxy 127.0.0.1
<Location /open>
    SetHandler cors-explain
</Location>
<Directory ${HTDOCS}>
    Require all granted
</Directory>
"""
GUARDED = ACCESS.replace("cors-explain\n", "cors-explain\n    %s\n")


@pytest.mark.parametrize("config,client,status", [
    (ACCESS, None, 200), (ACCESS, "192.0.2.7", 403), (ACCESS, "::1", 200),
    (ACCESS, "2001:db8::1", 403), (ACCESS, "127.1.2.3", 200),
    (GUARDED % "Require ip 192.0.2.7", "192.0.2.7", 200),
    (GUARDED % "Require all granted", "192.0.2.8", 200),
    (GUARDED % "<RequireAny>\nRequire ip 192.0.2.7\n</RequireAny>",
     "192.0.2.7", 200),
    (GUARDED % "Require local", "192.0.2.7", 403)])
def test_who_may_ask(start_once, config, client, status):
    server = start_once(config, modules=["remoteip", "authz_host"],
                        files={"shop/a.txt": ""})
    own = "Require" not in config.partition("<Directory")[0]
    if status == 403:
        server.expect_log("no Require stands beside SetHandler" if own
                          else "AH01630")
    sent = {"X-Client": client} if client else {}
    r = ask(server, "/shop/a.txt", path="/open", sent=sent)
    assert r.status == status, r
    if status == 403 and own:
        line = server.place("SetHandler cors-explain")
        server.wait_log(f"at {line}; to let others in, write there whom")


def test_a_proxy_of_this_host_is_no_local_client(start_once):
    server = start_once(ACCESS, modules=["remoteip"],
                        files={"shop/a.txt": ""})
    for name in ("X-Forwarded-For", "Forwarded", "Via"):
        server.expect_log("no Require stands")
        assert ask(server, "/shop/a.txt", path="/open",
                   sent={name: "192.0.2.7"}).status == 403


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE"])
def test_other_methods(server, method):
    r = server.request(method, "/explain?url=/", body=b"")
    assert r.status == 405 and "Refused" not in r.text


GUARD = """
<Location /guarded>
    SetHandler cors-explain
    AuthType Basic
    AuthName x
    AuthUserFile ${HTDOCS}/users
    Require valid-user
    CORSAllowOrigin https://app.example.com
</Location>
<CORSPolicy logged-in>
    CORSAllowOrigin https://one.example
    CORSAllowCredentials On
</CORSPolicy>
<CORSPolicy readers>
    CORSAllowOrigin https://two.example
</CORSPolicy>
<Location /two>
    CORSUsePolicy logged-in readers
    Require all granted
</Location>
AddOutputFilter INCLUDES .shtml
<Directory ${HTDOCS}>
    Options +Includes
</Directory>
<Location /open>
    SetHandler cors-explain
    Require all granted
</Location>
"""


@pytest.fixture(scope="module", params=["prefork", "worker", "event"])
def guarded(start_server, request):
    return start_server(
        GUARD, mpm=request.param,
        modules=["mime", "include", "authn_core", "authn_file", "auth_basic",
                 "authz_user", "authz_host"],
        files={"users": "x:{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=\n",  # x
               "two/a.txt": "", "page.shtml": "[<!--#include virtual=\"/open"
               "?url=/two&origin=null&format=text\" -->]"})


def test_the_askers_user_is_not_taken_over(guarded):
    """Though the very same sections hold."""
    sent = {"Authorization": "Basic eDp4"}
    assert ask(guarded, "/guarded", path="/guarded").status == 401
    r = ask(guarded, "/guarded", path="/guarded", sent=sent, format="json")
    answer = json.loads(r.body)
    assert answer["actual"]["response"]["status"] == 401
    assert answer["verdict"] == "allowed"


def test_no_page_includes_it(guarded):
    guarded.expect_log("AH01379|unable to include")
    body = guarded.get("/page.shtml").text
    assert body.startswith("[") and "Refused" not in body
    assert "Refused" in guarded.get("/open?url=/two&origin=null&format=text"
                                    ).text


@pytest.mark.parametrize("credentials,policy", [
    ("include", "logged-in"), ("omit", "readers")])
def test_of_several_policies_the_one_that_fits(guarded, credentials, policy):
    answer = as_json(guarded, "/two/a.txt", "https://new.example",
                     path="/open", credentials=credentials)
    assert [(s["text"], s["in"]) for s in answer["suggested"]] == [
        ("CORSAllowOrigin https://new.example", f"<CORSPolicy {policy}>")]
