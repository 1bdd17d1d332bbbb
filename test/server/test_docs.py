# SPDX-License-Identifier: Apache-2.0
"""README, docs/ and conf/ say what is so.

Every block of configuration in them is given to a real httpd. documents.py
says how a block tells what it is meant to be.
"""

import functools
import re

import pytest

import documents
from documents import MARKDOWN, cors_conf, listed, manual, readme_table
from harness import configtest
from harness.host import ROOT, cors_module
from matrix_rows import BY_NAME, NOWHERE, ROWS

APP = "https://app.example.com"
OTHER = "https://other.example"
EXAMPLES = sorted(ROOT.glob("conf/examples/*.conf"))

# Whatever an example may need. mod_ssl is there for its directives.
MODULES = """
    alias allowmethods auth_basic authn_core authn_file authz_host authz_user
    cache cache_disk dav dav_fs dbd deflate dir env expires filter headers http2
    mime negotiation proxy proxy_fcgi proxy_http proxy_wstunnel rewrite
    setenvif socache_redis socache_shmcb ssl status
""".split()

# What a distribution's own configuration defines.
GIVEN = "Define APACHE_LOG_DIR ${ROOT}\nDefine DEV\n"

# The list that conf/ names.
PARTNERS = {"conf/partners.txt":
            "https://partner.example\nhttps://former.example\n"}

BASICS = {"mod_authz_core", "mod_unixd", "mod_log_config"}
SAYS = re.compile(r"\bCORS\d{3}\b")


def each(kind):
    blocks = documents.of_kind(kind)
    return pytest.mark.parametrize("b", blocks, ids=[b.name for b in blocks])


def below_root(lists):
    return {f"../{name}": text for name, text in lists.items()}


def accepts(text, modules=MODULES, lists=PARTNERS):
    r = configtest(GIVEN + text, modules=modules, files=below_root(lists))
    assert r.code == 0 and not SAYS.search(r.output), f"{text}\n{r.output}"


def test_every_block_is_of_a_known_kind():
    assert not [b.name for b in documents.BLOCKS
                if documents.kind(b) not in documents.KINDS]


@each("good")
def test_good_block(b):
    # A LoadModule line would load what is loaded already.
    text = re.sub(r"(?m)^LoadModule cors_module .*\n", "", b.text)
    accepts(text, lists=b.lists)


@each("wrong")
def test_wrong_block(b):
    if b.words[1] == "htaccess":
        r = configtest(GIVEN, modules=MODULES, files={".htaccess": b.text},
                       args=["-D", "CHECK_CORS_HTACCESS"])
        numbers = b.words[2:]
    else:
        r = configtest(GIVEN + b.text, modules=MODULES,
                       files=below_root(b.lists))
        numbers = b.words[1:]
    assert sorted(set(SAYS.findall(r.output))) == sorted(numbers), r.output


@each("dump")
def test_dump(b):
    """The block before it, printed by -D DUMP_CORS."""
    before = documents.BLOCKS[documents.BLOCKS.index(b) - 1]
    r = configtest(before.text, args=["-D", "DUMP_CORS"])
    assert b.text in r.stdout.replace("test.conf", "api.conf"), r.stdout


@each("before")
def test_recipe_to_replace(b):
    r = configtest(GIVEN + b.text, modules=MODULES,
                   files=below_root(b.lists))
    assert (r.code == 0) == ("broken" not in b.words), r.output


HTACCESS = documents.of_kind("htaccess")


@pytest.fixture(scope="module")
def htaccess_server(start_server):
    """A directory for each .htaccess block, and every policy it may name."""
    names = {name for b in documents.of_kind("good")
             for name in re.findall(r"<CORSPolicy ([\w-]+)>", b.text)}
    server = start_server("".join(
        f"<CORSPolicy {name}>\nCORSAllowOrigin {APP}\n</CORSPolicy>\n"
        for name in sorted(names)), modules=["headers", "rewrite"])
    for i, b in enumerate(HTACCESS):
        server.write(f"{i}/.htaccess", b.text)
        server.write(f"{i}/a.html", "hello")
    return server


@pytest.mark.parametrize("i", range(len(HTACCESS)),
                         ids=[b.name for b in HTACCESS])
def test_htaccess_block(htaccess_server, i):
    r = htaccess_server.get(f"/{i}/a.html", origin=APP)
    assert r.status == 200 and "allow-origin" in r.cors, r


# ---- README's sessions: the text of a file, then what configtest says -------

@each("session")
def test_session(b):
    m = re.fullmatch(r"\$ cat (\S+)\n(.*)\$ apachectl configtest\n(.*)",
                     b.text, re.DOTALL)
    name, text, shown = m.groups()
    r = configtest(text, modules=MODULES)
    said = r.output.replace("test.conf", name)
    assert shown.split() == said.split()     # folded to fit


# ---- conf/ -----------------------------------------------------------------

def needs(path):
    """The modules that an example's comment names."""
    m = re.search(r"^# Needs: (.*(?:\n#        .*)*)", path.read_text(),
                  re.MULTILINE)
    names = m.group(1).replace("#", " ").split()
    return [] if names[0] == "nothing" else [
        n.removeprefix("mod_") for n in names if n not in BASICS]


def with_names(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda p: p.name)


@with_names(EXAMPLES)
def test_example(path):
    assert path.read_text().startswith("# Who needs this: ")
    modules = needs(path)
    if "ssl" in modules:
        modules.append("socache_shmcb")
    accepts(path.read_text(), modules)


# File, method, path, origin: what Access-Control-Allow-Origin or the status
# shall be. OPTIONS is a preflight for PUT.
BEHAVIOUR = [
    ("public-fonts", "GET", "/a.woff2", OTHER, "*"),
    ("public-fonts", "GET", "/a.woff2", None, "*"),
    ("public-fonts", "GET", "/a.html", OTHER, None),
    ("json-api", "GET", "/api/x", APP, APP),
    ("json-api", "OPTIONS", "/api/x", APP, APP),
    ("json-api", "GET", "/api/x", OTHER, None),
    ("front-ends", "GET", "/api/x", "https://a.shop.example.com",
     "https://a.shop.example.com"),
    ("front-ends", "GET", "/api/x", OTHER, None),
    ("front-ends", "GET", "/api/catalogue/x", OTHER, OTHER),
    ("partner-list", "GET", "/api/x", "https://partner.example",
     "https://partner.example"),
    ("partner-list", "GET", "/api/x", "https://former.example", None),
    ("partner-list", "OPTIONS", "/api/x", APP, APP),
    ("dev-localhost", "GET", "/api/x", "http://localhost:5173",
     "http://localhost:5173"),
    ("reverse-proxy", "GET", "/api/x", APP, APP),
    ("reverse-proxy", "OPTIONS", "/legacy/x", APP, 204),
    ("reverse-proxy", "OPTIONS", "/graphql", APP, APP),
    ("cdn-always", "GET", "/assets/x", OTHER, "https://www.example.com"),
    ("range-files", "GET", "/a.pmtiles", OTHER, "*"),
    ("well-known", "GET", "/.well-known/matrix/server", OTHER, "*"),
    ("saml-forbid", "POST", "/a.html", OTHER, 403),
    ("saml-forbid", "POST", "/saml/acs", OTHER, 404),
    ("report-only", "GET", "/a.html", APP, None),
]


@pytest.fixture(scope="module")
def example_server(start_server):
    @functools.lru_cache(maxsize=None)
    def get(name):
        path = ROOT / "conf/examples" / f"{name}.conf"
        server = start_server(GIVEN + path.read_text(), modules=needs(path),
                              files=below_root(PARTNERS),
                              expect_log=[r"\[proxy(_http)?:error\]"])
        server.write("a.woff2", "font")
        server.write("a.html", "hello")
        return server
    return get


@pytest.mark.parametrize("name, method, path, origin, expected", BEHAVIOUR)
def test_example_does(example_server, name, method, path, origin, expected):
    server = example_server(name)
    if method == "OPTIONS":
        r = server.preflight(path, origin)
    else:
        r = server.request(method, path, origin=origin,
                           body="" if method == "POST" else None)
    if isinstance(expected, int):
        assert r.status == expected
    else:
        assert r.cors.get("allow-origin") == expected


def test_the_expression_lets_preflights_through_and_nothing_else(start_once):
    """`Require expr` of the <RequireAny> that several documents show."""
    texts = [path.read_text() for path in [ROOT / "README", *MARKDOWN,
                                           *EXAMPLES]]
    lines = {re.sub(r"\s*\\\n\s*", " ", line) for text in texts for line in
             re.findall(r'Require expr "(?:[^"\n]|\\\n)*OPTIONS'
                        r'(?:[^"\n]|\\\n)*"', text)}
    assert len(lines) == 1, lines
    server = start_once(f"""
    <Location /a>
        CORSAllowOrigin {APP}
        <RequireAny>
            Require env NOBODY
            {lines.pop()}
        </RequireAny>
    </Location>
    """, modules=["cgi"], expect_log=["AH01630"])
    server.write_cgi("a/run.cgi")
    assert server.preflight("/a/run.cgi", APP).status == 204
    assert server.preflight("/a/run.cgi", OTHER).status == 403
    asks = ("Access-Control-Request-Method", "PUT")
    for headers in ([], [asks], [("Origin", APP)],
                    [("Origin", APP), (asks[0], "")], [("Origin", ""), asks]):
        r = server.request("OPTIONS", "/a/run.cgi", headers)
        assert r.status == 403, headers
    assert server.get("/a/run.cgi", origin=APP, headers=[asks]).status == 403
    assert server.ran("a/run.cgi") == []


def test_cors_load():
    text = (ROOT / "conf/cors.load").read_text()
    m = re.fullmatch(r"LoadModule cors_module (/\S+/mod_cors\.so)\n", text)
    assert m
    text = text.replace(m.group(1), str(cors_module()))
    r = configtest(text + "CORSAllowOrigin *\n", cors=False)
    assert r.code == 0, r.output


def written_out(names):
    return "".join(line + "\n" for name, (_, line) in cors_conf()[0].items()
                   if name in names)


def test_cors_conf_is_accepted_as_it_is():
    accepts((ROOT / "conf/cors.conf").read_text(), [])


def test_cors_conf_is_accepted_uncommented():
    text = (ROOT / "conf/cors.conf").read_text()
    text = re.sub(r"(?m)^#(?=\S|    )", "", text)
    assert "\nCORSAllowOrigin " in text
    accepts(text, [])


# Depend on the clock, or on how fast a script is.
UNSTEADY = {"Date", "Content-Length", "Transfer-Encoding"}

POLICY = """
<Location /policy>
    CORSAllowOrigin https://app.example.com
</Location>
"""


def test_the_defaults_are_the_defaults(start_once):
    """With every default written out, each answer is what it is without."""
    _, has_default = cors_conf()
    assert len(has_default) > 8
    answers = []
    for text in (POLICY, written_out(has_default) + POLICY):
        server = start_once(text, modules=["cgi"])
        for name in ("a", "policy/a"):
            server.write_cgi(f"{name}.cgi", body="hello", headers=(
                "Content-Type: text/plain\n"
                "Access-Control-Allow-Origin: https://old.example\n"
                "Access-Control-Max-Age: 3\n"
                "Timing-Allow-Origin: *"))
        seen = []
        for path in ("/a.cgi", "/policy/a.cgi", "/policy/none"):
            for origin in (APP, OTHER, None):
                for r in (server.get(path, origin=origin),
                          server.preflight(path, origin, headers="x-a")
                          if origin else None):
                    if r:
                        seen.append((path, origin, r.status, r.body, sorted(
                            h for h in r.headers if h[0] not in UNSTEADY)))
        answers.append(seen)
    assert answers[0] == answers[1]


# ---- one description, one default, everywhere ------------------------------

def test_the_directives_are_the_same():
    names = list(listed())
    assert names and "CORSAllowOrigin" in names
    assert list(manual()) == names, "docs/mod_cors.md, in httpd's order"
    assert sorted(cors_conf()[0]) == sorted(names), "conf/cors.conf"
    assert list(readme_table()) == names, "README, in httpd's order"


def test_the_descriptions_are_the_same():
    texts = {name: text for name, (text, _) in listed().items()}
    assert {n: rows["Description"] for n, rows in manual().items()} == texts
    assert {n: text for n, (text, _) in cors_conf()[0].items()} == texts


def test_the_places_are_the_same():
    for name, rows in manual().items():
        where = listed()[name][1]
        anywhere = "anywhere and in .htaccess" in where
        sections = anywhere or "*.conf anywhere" in where
        if name == "CORSSourceCache":
            # For the whole server, which httpd -L does not tell.
            assert rows["Context"] == "server config"
            continue
        assert rows["Context"] == ("server config, virtual host"
                                   + ", directory" * sections
                                   + ", .htaccess" * anywhere), name
        assert rows.get("Override") == ("FileInfo" if anywhere else None), name
        assert not anywhere or "AllowOverride includes FileInfo" in where


def test_the_defaults_are_the_same():
    directives, has_default = cors_conf()
    for name, rows in manual().items():
        default = rows["Default"]
        if name in has_default:
            assert default.split("  ")[0] == directives[name][1], name
            assert readme_table()[name] == default.split()[1], name
        else:
            assert default == "none", name
            assert readme_table()[name] == "none", name


# ---- messages --------------------------------------------------------------

def test_every_message_is_explained():
    table = re.findall(r'\{CORS_F_\w+, "(CORS\d{3})", ([01]),',
                       (ROOT / "engine/finding.c").read_text())
    text = (ROOT / "docs/messages.md").read_text()
    explained = re.findall(r"^## (CORS\d{3}) \((error|warning)\)", text,
                           re.MULTILINE)
    assert explained == [(name, "error" if e == "1" else "warning")
                         for name, e in table]


def test_every_message_has_an_example():
    """A block that is wrong in this way, in the section of its id."""
    text = (ROOT / "docs/messages.md").read_text()
    for section in re.split(r"(?m)^## ", text)[1:]:
        name = section.split()[0]
        if SAYS.fullmatch(name):
            assert re.search(rf"```apache wrong .*\b{name}\b", section), name


def anchors(path):
    """What forges make of the headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"(?m)^#+ (.*)", path.read_text())}


@with_names(MARKDOWN)
def test_links_lead_somewhere(path):
    for name, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)",
                                   path.read_text()):
        target = path.parent / name if name else path
        assert target.exists(), name
        assert not anchor or anchor in anchors(target), f"{name}#{anchor}"


def test_limits_are_shown():
    """docs/limits.md names tests that exist, one for each row of a table that
    has a column for them, and each answer of the matrix without headers."""
    text = (ROOT / "docs/limits.md").read_text()
    functions = re.findall(r"(?m)^def (test_\w+)\(", "".join(
        path.read_text() for path in ROOT.glob("test/server/test_*.py")))
    known = {*functions, *BY_NAME}
    for table in re.findall(r"(?m)^\|.*\| test \|\n\|.*\n((?:\|.*\n)+)", text):
        for row in table.splitlines():
            names = re.findall("`([^`]*)`", row.split("|")[-2])
            assert names and set(names) <= known, row
    named = set(re.findall("`([^`]*)`", text))
    assert {n for n in named if n.startswith("test_")} <= {
        *functions, "test_matrix.py"}
    assert {r.name for r in ROWS if r.reach == NOWHERE or r.interim
            or not r.carries} <= named


def test_readme_names_what_is_there():
    for name in re.findall(r"\b(?:docs|conf|test|demo)/[\w./-]*\w",
                           (ROOT / "README").read_text()):
        assert (ROOT / name).exists(), name


def test_readme_fits_a_terminal():
    lines = (ROOT / "README").read_text().splitlines()
    assert len(lines) <= 250
    assert [x for x in lines if len(x) > 80 or "\t" in x] == []
