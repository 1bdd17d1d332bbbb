# SPDX-License-Identifier: Apache-2.0
"""The variables are set only where something can read them: whatever can, finds
them. Each server here has that one reader and none besides. (That they are not
set elsewhere is what test/bench/instructions.json counts on.)"""

import pytest

from harness import until

APP = "https://app.example"
POLICY = f"CORSAllowOrigin {APP}\n"
SHOWN = 'Header set X-Result "%{CORS_RESULT}e"\n'

# What stands in the configuration, beside the policy; modules.
IN_A_HEADER = {
    "a header": (SHOWN, ["headers"]),
    "in lower case": ('Header set X-Result "%{cors_result}e"\n', ["headers"]),
    "in a section": (f"<Files a.html>\n<IfModule headers_module>\n{SHOWN}"
                     "</IfModule>\n</Files>\n", ["headers"]),
    "in a virtual host": (f"<VirtualHost *:${{PORT}}>\n{SHOWN}</VirtualHost>\n",
                          ["headers"]),
    "by a macro": ("<Macro show $name>\nHeader set X-Result \"%{$name_RESULT}e\""
                   "\n</Macro>\nUse show CORS\n", ["headers", "macro"]),
    "by Define": ("Define SEEN CORS_RESULT\n"
                  "Header set X-Result \"%{${SEEN}}e\"\n", ["headers"]),
    "an expression": ('Header set X-Result "expr=%{reqenv:CORS_RESULT}"\n',
                      ["headers"]),
    "an expression that makes the name": (
        "Header set X-Result allowed "
        "\"expr=reqenv('CO' . 'RS_RESULT') == 'allowed'\"\n", ["headers"]),
    "a rewrite": (
        "<Directory ${HTDOCS}>\nRewriteEngine On\n"
        "RewriteRule ^ - [E=SEEN:%{ENV:CORS_RESULT}]\n</Directory>\n"
        "Header set X-Result \"%{SEEN}e\"\n", ["headers", "rewrite"]),
}


@pytest.mark.parametrize("name", IN_A_HEADER)
def test_in_a_header(start_server, name):
    config, modules = IN_A_HEADER[name]
    server = start_server(POLICY + config, modules=modules, overrides="None")
    server.write("a.html", "a")
    assert server.get("/a.html", APP).one("X-Result") == "allowed"


def test_in_htaccess(start_server):
    server = start_server(POLICY, modules=["headers"], overrides="FileInfo")
    server.write(".htaccess", SHOWN)
    server.write("a.html", "a")
    assert server.get("/a.html", APP).one("X-Result") == "allowed"


def test_in_a_script(start_server, mpm):
    server = start_server(POLICY, modules=["cgi"], overrides="None", mpm=mpm)
    server.write_cgi("env.cgi", commands="printf 'Content-Type: text/plain\\n"
                     "\\n'; printf %s \"$CORS_RESULT\"; exit")
    assert server.get("/env.cgi", APP).text == "allowed"


def test_in_ssi(start_server):
    server = start_server(
        POLICY + "<Directory ${HTDOCS}>\nOptions +Includes\n"
        "SetOutputFilter INCLUDES\n</Directory>\n", modules=["include"],
        overrides="None")
    server.write("a.html", '<!--#echo var="CORS_RESULT" -->')
    assert server.get("/a.html", APP).text == "allowed"


@pytest.mark.parametrize("graceful", [False, True])
def test_a_restart_brings_a_reader(start_server, graceful):
    server = start_server(POLICY, overrides="None")
    server.write("a.html", "a")
    assert server.get("/a.html", APP).cors == {"allow-origin": APP}
    server.restart(POLICY + 'CustomLog ${ROOT}/results.log "%{CORS_RESULT}e"\n',
                   graceful=graceful)
    log = server.root / "results.log"

    def logged():
        server.get("/a.html", APP)
        return "allowed\n" in log.read_text() if log.exists() else False

    until(logged)
