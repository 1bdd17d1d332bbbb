# SPDX-License-Identifier: Apache-2.0
"""`httpd -t -D DUMP_CORS`: every section's policy, to be pasted back."""

import re

import pytest

from dumps import Maker
from harness import configtest

APP = "https://app.example"
OTHER = "https://other.example"
MODULES = ["proxy", "headers", "authz_host", "macro"]


def run(text, define="DUMP_CORS", **options):
    return configtest(text, args=["-D", define], modules=MODULES, **options)


def dump(text, define="DUMP_CORS", **options):
    r = run(text, define, **options)
    assert r.code == 0, f"{text}\n{r.output}"
    assert r.stderr.endswith("Syntax OK\n")
    return r.stdout


def bare(text):
    """Without what tells places: "# comments", blank lines, indentation."""
    lines = [line.strip() for line in text.splitlines()]
    return [x for x in lines if x and not x.startswith("# ")]


def written(text):
    """What is in force if the text is pasted: no comment at all."""
    return [x for x in bare(text) if not x.startswith("#")]


def block(text, opening):
    """From the container's line to its end."""
    lines = text.splitlines()
    start = next(i for i, x in enumerate(lines) if x.strip() == opening)
    indent = lines[start][:len(lines[start]) - len(lines[start].lstrip())]
    end = next(i for i in range(start, len(lines))
               if lines[i].startswith(f"{indent}</"))
    return "\n".join(lines[start:end + 1])


# ---- what it looks like ----------------------------------------------------

CONFIG = f"""
CORSMaxAge 10min
<CORSPolicy partners>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
</CORSPolicy>
<VirtualHost *:80>
    ServerName www.example.com
    CORSDenyOrigin https://evil.example
    <Location "/api">
        CORSUsePolicy partners
        CORSAllowMethods put
    </Location>
</VirtualHost>
"""

DUMP = f"""
# test.conf:1, server level: no policy is in force here
# test.conf:1
CORSMaxAge 600

# test.conf:2: a policy for CORSUsePolicy
<CORSPolicy partners>
    # test.conf:3
    CORSAllowOrigin {APP}
    # test.conf:4
    CORSAllowCredentials On
</CORSPolicy>

# test.conf:6: virtual host www.example.com
<VirtualHost *:80>
    ServerName www.example.com

    # test.conf:8, server level: no policy is in force here
    # test.conf:8
    CORSDenyOrigin https://evil.example
    # test.conf:1, inherited:
    #CORSMaxAge 600

    # test.conf:9: On
    <Location "/api">
        # from policy partners, test.conf:2: CORSAllowOrigin \
CORSAllowCredentials
        # test.conf:10
        CORSUsePolicy partners
        # test.conf:11
        CORSAllowMethods put
        # test.conf:8, inherited:
        #CORSDenyOrigin https://evil.example
        # warning: test.conf:11: CORS044: 'put': methods are compared with \
their case, and browsers send this one in another; write PUT
    </Location>
</VirtualHost>
"""


def test_the_whole_of_it():
    assert dump(CONFIG).split("\n\n", 1)[1] == DUMP.lstrip("\n")


def test_nothing_without_being_asked():
    r = configtest(CONFIG)
    assert r.code == 0 and r.stdout == ""


def test_nothing_but_the_errors_where_there_are_any():
    r = run("CORSAllowOrigin app.example")
    assert r.code != 0 and r.stdout == ""
    assert "test.conf:1: error: CORS001" in r.stderr


def test_no_section():
    assert "# No section has a directive of mod_cors." in dump("")


# ---- pasted back -----------------------------------------------------------

@pytest.mark.parametrize("seed", range(40))
def test_round_trip(seed):
    first = dump(Maker(seed).config())
    assert len(written(first)) > 20
    again = dump(first)
    assert bare(again) == bare(first)
    # The whole of what is inherited is told too: written out, every section
    # says it itself.
    assert not re.search(r"(?m)^ *#CORS", dump(
        re.sub(r"(?m)^ *#(CORS(?!DenyOrigin))", r"\1", first))
        .replace("#CORSDenyOrigin", ""))


@pytest.mark.parametrize("seed", [103, 104, 105, 112, 114])
def test_pasted_servers_answer_the_same(start_once, seed):
    """The original and what its dump says, request by request."""
    maker = Maker(seed)
    text = maker.config()
    options = {"modules": MODULES, "server_name": "localhost"}
    servers = [start_once(text, **options)]
    pasted = configtest(text, args=["-D", "DUMP_CORS"], port=servers[0].port,
                        modules=MODULES)
    assert pasted.code == 0
    # The dump's own port and root are the first server's.
    servers.append(start_once(
        pasted.stdout.replace(f"*:{servers[0].port}", "*:${PORT}"), **options))
    origins = [None, "null", "https://a.example", "https://x.d.example",
               "https://evil.d.example", "https://one.example",
               "https://q.h.example", "http://localhost:3210", "app://id"]
    seen = set()
    for server in servers:
        for name in ("a.html", *(f"f{n}.html" for n in range(1, 20))):
            server.write(name, "hello")
            server.write(f"l1/{name}", "hello")
    for target in ("/a.html", "/l1/f2.html", *(f"/f{n}.html"
                                               for n in range(1, maker.n + 1)),
                   *(f"/l{n}/x" for n in range(1, maker.n + 1))):
        for host in ("localhost", "one.example", "two.example"):
            for origin in origins:
                for method in ("GET", "OPTIONS"):
                    answers = [ask(s, method, target, host, origin)
                               for s in servers]
                    assert answers[0] == answers[1], (target, host, origin)
                    seen.add(answers[0])
    assert len(seen) > 8


def ask(server, method, target, host, origin):
    headers = [("Host", host)]
    if method == "OPTIONS":
        headers.append(("Access-Control-Request-Method", "PUT"))
    r = server.request(method, target, headers, origin=origin)
    return r.status, tuple(sorted(r.cors.items())), tuple(r.vary)


@pytest.mark.parametrize("regex", [
    r"https://a\.example", r'https://"?\.example', r"https://a\\?\.example",
    r"https://[a-z]+\.example|https://b c\.example", r"https://\S+'\.example",
    r"https://a\.example\\{0}", r"https://a\\\\{0}\.example",
    r"https://a\.example(?#\")"])
def test_regex_is_read_back_identically(regex):
    quoted = '"' + regex.replace("\\", "\\\\").replace('"', '\\"') + '"'
    text = (f"<Location /a>\nCORSAllowOriginMatch {quoted}\n"
            "CORSTolerate broad-patterns\n</Location>\n")
    first = dump(text)
    line = next(x for x in written(first) if "Match" in x)
    assert unquoted(line.split(None, 1)[1]) == regex
    assert bare(dump(first)) == bare(first)


def unquoted(word):
    assert word[0] == word[-1] == '"'
    return re.sub(r'\\(["\\])', r"\1", word[1:-1])


def test_include_and_macro(tmp_path):
    extra = tmp_path / "extra.conf"
    extra.write_text(f"CORSAllowOrigin {OTHER}\n")
    text = f"""
    <Macro cors $path $origin>
        <Location $path>
            CORSAllowOrigin $origin
            Include {extra}
        </Location>
    </Macro>
    Use cors /a {APP}
    Use cors "/b" https://b.example
    """
    first = dump(text)
    assert written(block(first, "<Location /b>")) == [
        "<Location /b>", f"CORSAllowOrigin {OTHER}",
        "CORSAllowOrigin https://b.example", "</Location>"]
    assert re.search(r"(?m)^    # macro 'cors' \(defined on line 1 of "
                     r'"test.conf"\) used on line 8 of "test.conf":2$', first)
    assert f"    # {extra}:1\n" in first
    assert bare(dump(first)) == bare(first)


# ---- where it comes from ---------------------------------------------------

def test_inherited_lines_are_comments_with_their_place():
    text = block(dump(f"""
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSDenyOrigin https://evil.example
    <Location /a>
        CORSMaxAge 5
        CORSDenyOrigin https://worse.example
    </Location>
    """), "<Location /a>")
    assert written(text) == [
        "<Location /a>", "CORSDenyOrigin https://worse.example",
        "CORSMaxAge 5", "</Location>"]
    assert f"# test.conf:1, inherited:\n    #CORSAllowOrigin {APP}\n" in text
    assert ("# test.conf:2, inherited:\n    #CORSAllowCredentials On\n"
            in text)
    assert ("# test.conf:3, inherited:\n"
            "    #CORSDenyOrigin https://evil.example\n" in text)


def test_a_list_of_its_own_inherits_no_who():
    text = block(dump(f"""
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSMaxAge 7
    <Location /a>
        CORSAllowOrigin {OTHER}
    </Location>
    """), "<Location /a>")
    assert APP not in text and "Credentials" not in text
    assert "#CORSMaxAge 7" in text


def test_a_section_in_a_section_inherits_from_it():
    text = dump(f"""
    CORSMaxAge 5
    <Directory "${{HTDOCS}}/a">
        <Files "*.json">
            CORSExposeHeaders X-A
        </Files>
        CORSAllowOrigin {APP}
        CORSMaxAge 6
    </Directory>
    """)
    files = block(text, '<Files "*.json">')
    assert [x.strip() for x in files.splitlines()[3:]] == [
        "# test.conf:6, inherited:", f"#CORSAllowOrigin {APP}",
        "# test.conf:7, inherited:", "#CORSMaxAge 6", "</Files>"]
    # It is printed where it stands.
    assert files in block(text, '<Directory "htdocs/a">')


def test_a_section_in_a_section_is_checked_with_it():
    """Each alone is harmless."""
    r = run("""
    <Location /a>
        CORSAllowOrigin http://app.example
        <If "true">
            CORSAllowCredentials On
        </If>
    </Location>
    """)
    assert r.code != 0 and "test.conf:2: error: CORS018" in r.stderr


def test_else_keeps_its_if():
    text = dump(f"""
    <If "%{{HTTP_HOST}} == 'a'">
        CORSAllowOrigin {APP}
    </If>
    <ElseIf "%{{HTTP_HOST}} == 'b'">
        Header set X-A b
    </ElseIf>
    <Else>
        CORSAllowOrigin {OTHER}
    </Else>
    """)
    assert written(text)[3:] == [
        "<If \"%{HTTP_HOST} == 'a'\">", "</If>",
        "<ElseIf \"%{HTTP_HOST} == 'b'\">", "</ElseIf>",
        "<Else>", f"CORSAllowOrigin {OTHER}", "</Else>"]


@pytest.mark.parametrize("lines, state", [
    (f"CORSAllowOrigin {APP}", "On"),
    (f"CORSAllowOrigin {APP}\nCORSEngine ReportOnly", "ReportOnly"),
    (f"CORSAllowOrigin {APP}\nCORSEngine Off", "Off"),
    ("CORSRefusal ForbidUpgrades", "On for WebSocket handshakes alone"),
    ("CORSMaxAge 5", "no policy is in force here")])
def test_state(lines, state):
    text = dump(f"<Location /a>\n{lines}\n</Location>\n")
    assert f"# test.conf:1: {state}\n<Location /a>\n" in text


# ---- warnings --------------------------------------------------------------

def test_warnings_stand_in_their_sections():
    text = dump(f"""
    <Location /a>
        CORSAllowOrigin {APP} {APP}
        CORSAllowHeaders Cookie
    </Location>
    <Location /b>
        CORSAllowOrigin https://*.co.kr
        Header set Access-Control-Allow-Origin *
    </Location>
    """)
    warnings = re.compile(r"(?m)^    # warning: (\S+): (CORS\d+)")
    assert warnings.findall(block(text, "<Location /a>")) == [
        ("test.conf:2", "CORS043"), ("test.conf:3", "CORS041")]
    assert warnings.findall(block(text, "<Location /b>")) == [
        ("test.conf:6", "CORS017"), ("test.conf:7", "CORS057")]
    assert bare(dump(text)) == bare(text)


# ---- long lists ------------------------------------------------------------

def long_list(n, directive="CORSAllowOrigin"):
    origins = [f"https://shop-{i}.example" for i in range(n)]
    lines = "\n".join(f"{directive} " + " ".join(origins[i:i + 50])
                      for i in range(0, n, 50))
    return f"<Location /a>\n{lines}\n</Location>\n", origins


@pytest.mark.parametrize("directive", ["CORSAllowOrigin", "CORSDenyOrigin"])
def test_a_thousand_entries_are_counted(directive):
    text, _ = long_list(1000, directive)
    counted = dump(text)
    assert written(counted) == [
        "<Location /a>",
        f"{directive} (1000 entries, 1000 of them exact origins: "
        "-D DUMP_CORS_ALL prints them)", "</Location>"]
    # Pasted, the count is an error: nobody loses half of a deny list.
    assert run(counted).code != 0


def test_all_of_a_thousand_entries():
    text, origins = long_list(1003)
    everything = dump(text, "DUMP_CORS_ALL")
    words = [w for x in written(everything) if x.startswith("CORSAllowOrigin")
             for w in x.split()[1:]]
    assert sorted(words) == sorted(origins)
    assert max(map(len, everything.splitlines())) <= 80
    assert bare(dump(everything, "DUMP_CORS_ALL")) == bare(everything)


def test_less_than_a_thousand_are_printed():
    text, origins = long_list(999)
    assert " ".join(written(dump(text))).count("https://") == len(origins)
