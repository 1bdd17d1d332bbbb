# SPDX-License-Identifier: Apache-2.0
"""A server that says nothing about CORS has none of the module's hooks; each
way of saying something gives it those it needs, and they work."""

import json
import re

import pytest

from harness import host, until

APP = "https://app.example"
EXPLAIN = """
<Location /explain>
    SetHandler cors-explain
    Require all granted
</Location>
"""
METRICS = "<Location /metrics>\n    SetHandler cors-metrics\n</Location>\n"
INFO = "<Location /hooks>\n    SetHandler server-info\n</Location>\n"
POLICY = f"CORSAllowOrigin {APP}\n"

# As mod_info calls them.
REQUEST = {"Translate Name", "Map to Storage", "Check Type", "Fixups",
           "Insert Filters", "Insert Errors"}
HANDLERS = {"Content Handlers"}
LOG = {"Transaction Logging"}
OTHERS = {"Pre-Config", "Check Configuration", "Test Configuration",
          "Post Configuration", "Child Init", "Check Access"}

# What stands in the configuration; AllowOverride in htdocs; hooks beside those
# of every configuration.
NEEDS = {
    "nothing": ("", "None", set()),
    "AllowOverride of others": ("", "AuthConfig Limit", set()),
    "CORSEngine Off alone": ("CORSEngine Off\n", "None", REQUEST),
    "a policy": (POLICY, "None", REQUEST),
    "a policy that nobody uses": (f"<CORSPolicy p>\n{POLICY}</CORSPolicy>\n",
                                  "None", REQUEST),
    "a policy in a virtual host": (
        f"<VirtualHost *:${{PORT}}>\nServerName b.example\n{POLICY}"
        "</VirtualHost>\n", "None", REQUEST),
    "a policy in <If>": (f"<If \"true\">\n{POLICY}</If>\n", "None", REQUEST),
    "ReportOnly": (POLICY + "CORSEngine ReportOnly\n", "None", REQUEST | LOG),
    "ReportOnly in a policy": (
        f"<CORSPolicy p>\n{POLICY}CORSEngine ReportOnly\n</CORSPolicy>\n"
        "<Location /a>\nCORSUsePolicy p\n</Location>\n", "None",
        REQUEST | LOG),
    "explain": (EXPLAIN, "None", REQUEST | HANDLERS),
    "metrics": (METRICS, "None", REQUEST | HANDLERS),
    "metrics, by a macro": (
        "<Macro page $name>\n<Location /metrics>\nSetHandler cors-$name\n"
        "</Location>\n</Macro>\nUse page metrics\n", "None",
        REQUEST | HANDLERS),
    "explain, by an expression": (
        "<Location /explain>\nSetHandler \"expr=cors-explain\"\n</Location>\n",
        "None", REQUEST | HANDLERS),
    "metrics, made by an expression": (
        "<Location /metrics>\nSetHandler \"expr=cors-%{env:PAGE}\"\n"
        "</Location>\n", "None", REQUEST | HANDLERS),
    ".htaccess": ("", "FileInfo", REQUEST | HANDLERS | LOG),
    ".htaccess, all of it": ("", "All", REQUEST | HANDLERS | LOG),
    ".htaccess in a virtual host": (
        "<VirtualHost *:${PORT}>\nServerName b.example\n"
        "<Directory ${HTDOCS}/b>\nAllowOverride FileInfo\n</Directory>\n"
        "</VirtualHost>\n", "None", REQUEST | HANDLERS | LOG),
    "AllowOverrideList": (
        "<Directory ${HTDOCS}/b>\nAllowOverrideList CORSAllowOrigin\n"
        "</Directory>\n", "None", REQUEST | HANDLERS | LOG),
}


def order(server):
    """Every hook's modules, in order, as mod_info has them."""
    page = server.get("/hooks?hooks").body.decode()
    return {name: re.findall(r"\?(\w+\.c)", modules)
            for name, modules in re.findall(
                r"<strong>([^<]+):</strong>\s*<br /><tt>(.*?)</tt>", page,
                re.S)}


def hooks(server):
    """Where mod_info finds mod_cors among the hooks."""
    return {name for name, modules in order(server).items()
            if "mod_cors.c" in modules}


def start(start_server, config, overrides, **options):
    return start_server(config + INFO, overrides=overrides,
                        modules=["info", "macro", "alias"], **options)


@pytest.mark.parametrize("name", NEEDS)
def test_hooks(start_server, name):
    config, overrides, expected = NEEDS[name]
    server = start(start_server, config, overrides)
    assert hooks(server) == OTHERS | expected


def test_order(start_server):
    """What is loaded behind the module stays behind it, and what the
    configuration says of CORS changes no order of other modules."""
    behind = "".join(host.load_module(name) for name in [
        "env", "usertrack", "dir", "speling", "request", "http2", "headers"])
    servers = [start(start_server, behind + config, "None")
               for config in (EXPLAIN + POLICY, "")]
    fixups = order(servers[0])["Fixups"]
    assert fixups.index("mod_cors.c") < fixups.index("mod_usertrack.c")
    assert fixups.index("mod_dir.c") < fixups.index("mod_speling.c")
    last = len(fixups) - fixups[::-1].index("mod_cors.c") - 1
    assert last < fixups.index("mod_speling.c")
    others = [{name: [m for m in modules if m != "mod_cors.c"]
               for name, modules in order(s).items()} for s in servers]
    assert others[0] == others[1]


def test_where_nothing_is_needed(start_server):
    """… a request is answered, and what httpd says of the module holds."""
    server = start(start_server, "", "None")
    server.write("a.html", "a")
    r = server.get("/a.html", origin=APP)
    assert r.status == 200 and r.body == b"a" and r.cors == {} and r.vary == []
    assert server.configtest().code == 0


@pytest.mark.parametrize("overrides,config", [
    ("FileInfo", ""),
    ("None", "<Directory ${HTDOCS}/b>\n"
             "AllowOverrideList CORSAllowOrigin\n</Directory>\n")])
def test_policy_only_in_htaccess(start_server, overrides, config):
    server = start(start_server, config, overrides)
    server.write("b/.htaccess", POLICY)
    server.write("b/a.html", "a")
    assert server.get("/b/a.html", origin=APP).cors == {"allow-origin": APP}
    assert server.preflight("/b/a.html", APP).status == 204


def test_report_only_in_htaccess(start_server):
    server = start(start_server, "LogFormat \"%{CORS_RESULT}e\" cors\n"
                   "CustomLog ${ROOT}/results.log cors\n", "FileInfo")
    server.write("b/.htaccess", POLICY + "CORSEngine ReportOnly\n")
    server.write("b/a.html", "a")
    assert server.get("/b/a.html", origin=APP).cors == {}
    log = server.root / "results.log"
    until(lambda: log.read_text() == "allowed\n")


def test_explain_without_any_policy(start_server):
    """What it suggests it has tried, with the hooks that try it."""
    server = start(start_server, EXPLAIN, "None")
    server.write("a.html", "a")
    r = server.get(f"/explain?format=json&url=/a.html&origin={APP}&method=GET")
    told = json.loads(r.body)
    assert r.status == 200 and told["verdict"] == "refused"
    assert POLICY.strip() in r.body.decode()


@pytest.mark.parametrize("graceful", [False, True])
def test_restart(start_server, graceful):
    """The configuration of now counts: with a policy, without, with one."""
    server = start(start_server, "", "None")
    server.write("a.html", "a")
    for config, expected in [(POLICY, {"allow-origin": APP}), ("", {}),
                             (POLICY, {"allow-origin": APP})]:
        server.restart(config + INFO, graceful=graceful)
        until(lambda: server.get("/a.html", origin=APP).cors == expected)
        assert hooks(server) == OTHERS | (REQUEST if config else set())
