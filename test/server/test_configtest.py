# SPDX-License-Identifier: Apache-2.0
"""Section 5: what `apache2 -t` refuses, warns of and accepts, line by line.

Each case stands in a <Location> of its own; all of them go through one run of
the real httpd, which has to tell them all.
"""

import re

import pytest

import configtest_cases as cases
from harness import configtest

FOUND = re.compile(r"^\S*test\.conf:(\d+): (error|warning): (CORS\d{3}): (.*)$",
                   re.M)


def lay_out(blocks):
    """A configuration with a <Location> a block, and each block's lines."""
    lines, places = [], []
    for n, block in enumerate(blocks):
        inner = block.strip("\n").split("\n")
        lines.append(f"<Location /case{n}>")
        places.append(range(len(lines) + 1, len(lines) + 1 + len(inner)))
        lines += inner + ["</Location>"]
    return "\n".join(lines) + "\n", places


def run(blocks):
    """For each block what was found in it: (line within it, kind, id, text)."""
    text, places = lay_out(blocks)
    result = configtest(text, modules=["alias", "rewrite", "headers",
                                       "allowmethods", "authz_host",
                                       "authz_user", "auth_basic",
                                       "authn_core"])
    found = [[] for _ in blocks]
    for line, kind, name, message in FOUND.findall(result.stderr):
        for n, place in enumerate(places):
            if int(line) in place:
                found[n].append((int(line) - place[0] + 1, kind, name,
                                 message))
    return result, found


@pytest.fixture(scope="module")
def bad():
    return run([block for _, block in cases.BAD])


@pytest.fixture(scope="module")
def warned():
    return run([block for _, block in cases.WARNED])


@pytest.fixture(scope="module")
def good():
    return run(cases.GOOD)


@pytest.mark.parametrize("n", range(len(cases.BAD)),
                         ids=[f"{name} {block!r:.60}"
                              for name, block in cases.BAD])
def test_bad(bad, n):
    name, _ = cases.BAD[n]
    result, found = bad
    assert result.code != 0
    errors = {(kind, found_name) for _, kind, found_name, _ in found[n]}
    assert ("error", name) in errors, (name, found[n])


@pytest.mark.parametrize("n", range(len(cases.WARNED)),
                         ids=[f"{name} {block!r:.60}"
                              for name, block in cases.WARNED])
def test_warned(warned, n):
    name, _ = cases.WARNED[n]
    result, found = warned
    assert result.code == 0, result.stderr
    assert [f[1:3] for f in found[n]] == [("warning", name)]


@pytest.mark.parametrize("n", range(len(cases.GOOD)),
                         ids=[f"{block!r:.70}" for block in cases.GOOD])
def test_good(good, n):
    result, found = good
    assert result.code == 0, result.stderr
    assert found[n] == []


@pytest.mark.parametrize("line,instead", cases.CORRECTED)
def test_corrected_text(line, instead):
    """What the message says to write is accepted."""
    result, found = run([line])
    (_, _, _, message), = found[0]
    assert message.endswith(f"write {instead}"), message
    written = line.split()[0] + " " + instead
    result, found = run([written])
    assert result.code == 0 and found == [[]], result.stderr


@pytest.mark.parametrize("block,lines", cases.BOTH_LINES)
def test_names_both_lines(block, lines):
    result, found = run([block])
    (line, _, _, message) = [f for f in found[0] if f[1] == "error"
                             or len(found[0]) == 1][0]
    other = int(re.search(r"\(see also \S*test\.conf:(\d+)\)$",
                          message).group(1)) - 1
    assert {line, other} == lines


def test_strict_turns_warnings_into_errors():
    text = "CORSAllowOrigin https://a.example https://a.example\n"
    assert configtest(text).code == 0
    assert configtest(text, args=["-D", "CORS_STRICT"]).code != 0


def test_no_raw_control_bytes():
    result = configtest("CORSAllowOrigin \"https://a\x1b[31m.example\"\n")
    assert result.code != 0
    assert "\x1b" not in result.stderr + result.stdout
    assert "\\x1b" in result.stderr


def test_order_of_directives_does_not_matter():
    lines = ["CORSAllowOrigin http://plain.example", "CORSAllowCredentials On",
             "CORSTolerate insecure-origins"]
    for block in (lines, lines[::-1], lines[1:] + lines[:1]):
        assert configtest("\n".join(block) + "\n").code == 0


@pytest.mark.parametrize("open_,close", [
    ("", ""),
    ("<Directory /x>", "</Directory>"),
    ("<DirectoryMatch x>", "</DirectoryMatch>"),
    ("<Location /x>", "</Location>"),
    ("<LocationMatch x>", "</LocationMatch>"),
    ("<Files x>", "</Files>"),
    ("<If true>", "</If>"),
    ("<Location /x>\n<If true>", "</If>\n</Location>"),
    ("<Directory /x>\n<Files y>", "</Files>\n</Directory>"),
    ("<VirtualHost *:1>", "</VirtualHost>"),
    ("<VirtualHost *:1>\n<Location /x>", "</Location>\n</VirtualHost>"),
    ("<CORSPolicy x>", "</CORSPolicy>"),
    ("<Proxy http://x/>", "</Proxy>"),
])
def test_in_every_section(open_, close):
    text = f"{open_}\nCORSAllowOrigin https://a.example/\n{close}\n".lstrip()
    line = text[:text.index("CORSAllow")].count("\n") + 1
    result = configtest(text, modules=["proxy", "proxy_http"])
    assert result.code != 0
    assert [int(f[0]) for f in FOUND.findall(result.stderr)] == [line]


def test_macro_names_the_use():
    result = configtest("""
<Macro policy $origin>
    CORSAllowOrigin $origin
</Macro>
Use policy https://a.example/
""", modules=["macro"])
    assert result.code != 0
    assert "used on line 4" in result.stderr and "CORS002" in result.stderr


@pytest.mark.parametrize("name,block", cases.BAD,
                         ids=[f"{name} {block!r:.60}"
                              for name, block in cases.BAD])
def test_bad_in_htaccess(htaccess_server, name, block):
    """Whatever is refused there is a 500 or grants nobody anything."""
    server = htaccess_server
    server.expect_log(r"CORS\d{3}: |not allowed here|Invalid command|takes one"
                      r"|without|requires|argument")
    server.write("bad/.htaccess", block.strip("\n") + "\n")
    for origin in ("https://a.example", "http://plain.example", "null",
                   "https://evil.example", "https://b.github.io"):
        answer = server.get("/bad/file.txt", origin=origin)
        assert answer.status == 500 or answer.cors == {}, (origin, answer.cors)
        answer = server.preflight("/bad/file.txt", origin)
        assert answer.status in (500, 403) and answer.cors == {}


@pytest.fixture(scope="module")
def htaccess_server(start_server):
    server = start_server(cases.POLICIES, mpm="event",
                          modules=["rewrite", "headers", "allowmethods"])
    server.write("bad/file.txt", "text")
    return server


@pytest.mark.parametrize("line,name", [
    ("CORSAllowOrigin https://*.github.io", "CORS016"),
    ("CORSAllowOriginMatch https://[a-z0-9-]+\\.vercel\\.app", "CORS021")])
def test_an_update_of_the_suffix_list_stops_no_start(start_once, line, name):
    """A provider's suffix may be new: configtest fails, a start only says so."""
    text = line + "\nCORSAllowCredentials On\n"
    result = configtest(text)
    assert result.code != 0 and name in result.stderr
    server = start_once(text, expect_log=[f"{name}: "])
    server.wait_log(rf"\[cors:error\].*test\.conf:1: {name}: ")
    origin = "https://me.github.io" if "github" in line \
        else "https://me.vercel.app"
    assert server.get("/", origin=origin).one(
        "Access-Control-Allow-Origin") == origin
