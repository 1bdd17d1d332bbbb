# SPDX-License-Identifier: Apache-2.0
"""`httpd -t -D CHECK_CORS_HTACCESS`: configtest for .htaccess files."""

import shutil

import pytest

from harness.config import run_httpd
from harness.place import new_directory
from trees import LINE, MODULES, tree  # noqa: F401

APP = "https://app.example"


# ---- what is found ---------------------------------------------------------

def test_not_without_being_asked(tree):
    tree.write(".htaccess", "CORSMaxAge x\n")
    r = run_httpd(tree.write_config(), "-t")
    assert r.code == 0 and "CORS" not in r.output


def test_lines_are_told_with_their_place(tree):
    tree.write(".htaccess", f"CORSAllowOrigin {APP}\n")
    tree.write("a/b/.htaccess", "# a comment\nCORSMaxAge x\n"
               "CORSAllowOrigin \\\n    app.example\\\n    *.example\n")
    assert tree.found() == [("htdocs/a/b/.htaccess:2", "CORS027"),
                            ("htdocs/a/b/.htaccess:5", "CORS001"),
                            ("htdocs/a/b/.htaccess:5", "CORS010")]


def test_the_same_messages_as_configtest(tree):
    text = (f"CORSAllowOrigin https://*.co.kr {APP} {APP}\n"
            "CORSAllowHeaders Cookie\nCORSTolerate nothing\n"
            "CORSAllowMethods patch TRACE\nCORSAllowOriginMatch (\n")
    tree.config = f"<Location /a>\n{text}</Location>\n"
    config = LINE.findall(run_httpd(tree.write_config(), "-t").stderr)
    tree.config = ""
    tree.write(".htaccess", text)
    files = LINE.findall(tree.check().stderr)
    texts = [sorted((severity, text.split(" (see also")[0])
                    for _, severity, _, text in lines)
             for lines in (files, config)]
    assert texts[0] == texts[1] and len(files) > 4


def test_warnings_do_not_fail(tree):
    tree.write(".htaccess", "CORSAllowOrigin https://*.co.kr\n")
    assert tree.found(False) == [("htdocs/.htaccess:1", "CORS017")]


def test_strict_makes_warnings_fail(tree):
    tree.write(".htaccess", "CORSAllowOrigin https://*.co.kr\n")
    assert tree.check("-D", "CORS_STRICT").code != 0


def test_says_what_it_looked_at(tree):
    tree.write("a/.htaccess", f"CORSAllowOrigin {APP}\n")
    tree.write("b/.htaccess", "Header set X-A b\n")
    r = tree.check()
    assert "CORS: directories looked at for .htaccess: 3, files with CORS " \
        "lines: 1\n" in r.stderr
    assert r.stdout == "" and "Syntax OK" in r.stderr


def test_contradictions_between_lines(tree):
    tree.write(".htaccess", "CORSAllowOrigin http://app.example\n"
               "CORSAllowMethods PUT\nCORSAllowCredentials On\n")
    r = tree.check()
    assert r.code != 0 and "htdocs/.htaccess:1: error: CORS018" in r.stderr
    assert "(see also htdocs/.htaccess:3)" in r.stderr


def test_contradictions_with_the_server(tree):
    tree.config = """
    CORSAllowOrigin http://app.example
    """
    tree.write("a/b/.htaccess", "CORSAllowCredentials On\n")
    r = tree.check()
    assert r.code != 0 and "test.conf:1: error: CORS018" in r.stderr
    assert "(see also htdocs/a/b/.htaccess:1)" in r.stderr


def test_contradictions_with_a_directory_section(tree):
    tree.config = """
    <Directory "${HTDOCS}/a">
        CORSAllowOrigin http://app.example
    </Directory>
    """
    tree.write("a/b/.htaccess", "CORSAllowCredentials On\n")
    tree.write("b/.htaccess", "CORSAllowCredentials On\n")
    assert tree.found(True) == [("test.conf:2", "CORS018")]


def test_contradictions_with_a_file_above(tree):
    tree.write(".htaccess", "CORSAllowOrigin http://app.example\n")
    tree.write("a/b/c/.htaccess", "CORSAllowCredentials On\n")
    tree.write("a/d/.htaccess",
               f"CORSAllowOrigin {APP}\nCORSAllowCredentials On\n")
    r = tree.check()
    assert LINE.findall(r.stderr)[0][:3] == ("htdocs/.htaccess:1", "error",
                                             "CORS018")
    assert r.stderr.count("CORS018") == 1
    assert "(see also htdocs/a/b/c/.htaccess:1)" in r.stderr


def test_sections_in_a_file(tree):
    tree.write(".htaccess", """
<Files a.html>
    CORSAllowCredentials On
    <If "true">
        CORSMaxAge never
    </If>
</Files>
<IfModule mod_headers.c>
    CORSAllowOrigin http://app.example
</IfModule>
<IfModule !mod_headers.c>
    CORSMaxAge never
</IfModule>
""")
    assert sorted(tree.found(True)) == [("htdocs/.htaccess:5", "CORS027"),
                                        ("htdocs/.htaccess:9", "CORS018")]


def test_named_policies_are_the_server_s(tree):
    tree.config = f"""
    <CORSPolicy app>
        CORSAllowOrigin {APP}
    </CORSPolicy>
    """
    tree.write("a/.htaccess", "CORSUsePolicy app\n")
    tree.write("b/.htaccess", "CORSUsePolicy app ap\n")
    tree.write("c/.htaccess", "CORSUsePolicy app\nCORSUsePolicy ap\n")
    assert tree.found() == [("htdocs/b/.htaccess:1", "CORS029"),
                            ("htdocs/c/.htaccess:1", "CORS029")]


def test_one_finding_of_the_server_is_told_once(tree):
    tree.config = "CORSAllowOrigin https://*.co.kr\n"
    for name in "abc":
        tree.write(f"{name}/.htaccess", "CORSMaxAge 5\n")
    assert tree.found() == [("test.conf:1", "CORS017")]


# ---- what httpd itself says ------------------------------------------------

@pytest.mark.parametrize("text, place, said", [
    ("CORSMaxAge 5 6\n", 1, "CORSMaxAge takes one argument"),
    ("Header set X-A b\nCORSAlowOrigin x\n", 2, "Invalid command"),
    (f"<CORSPolicy a>\nCORSAllowOrigin {APP}\n</CORSPolicy>\n", 1,
     "<CORSPolicy not allowed here"),
    ("<RequireAny>\nCORSMaxAge 5\n</RequireAny>\n", 2,
     "CORSMaxAge not allowed in <RequireAny> context"),
])
def test_refused_by_httpd(tree, text, place, said):
    tree.write(".htaccess", text)
    r = tree.check()
    assert r.code != 0
    assert f"htdocs/.htaccess:{place}: error: CORS062: '" \
        f"{said}" in r.stderr


LIVE = {
    "good": (f"CORSAllowOrigin {APP}\nCORSMaxAge 5\n", False),
    "line": ("CORSMaxAge x\n", True),
    "typo": ("CORSMaxAges 5\n", True),
    "limit": ("<Limit GET>\nCORSMaxAge 5\n</Limit>\n", True),
    "files": ("<Files *>\nCORSMaxAge x\n</Files>\n", True),
    "require": ("<RequireAny>\nRequire all granted\nCORSMaxAge 5\n"
                "</RequireAny>\n", True),
    "off": ("<IfModule mod_nothing.c>\nCORSMaxAge x\n</IfModule>\n", False),
    "quoted": ('"CORSMaxAge" x\n', True),
    "continued": ("CORSMax\\\nAge x\n", True),
    "last-line": ("CORSMaxAge 5\\", True),
    "blanks": ("CORSMaxAge 5\\  \n", True),
    "nothing": ("", False),
}


def test_the_same_as_a_request(start_once):
    """What the check calls an error of a line, a request answers with 500."""
    server = start_once("", modules=MODULES)
    server.expect_log("htaccess")
    for name, (text, _) in LIVE.items():
        server.write(f"{name}/.htaccess", text)
        server.write(f"{name}/a.html", "hello")
    r = run_httpd(server.root / "httpd.conf", "-t", "-D",
                  "CHECK_CORS_HTACCESS")
    for name, (_, wrong) in LIVE.items():
        assert (server.get(f"/{name}/a.html").status == 500) == wrong, name
        assert (f"/{name}/.htaccess:" in r.stderr) == wrong, (name, r.stderr)


# ---- where it looks --------------------------------------------------------

def test_not_where_overrides_are_off(tree):
    tree.config = """
    <Directory "${HTDOCS}/off">
        AllowOverride None
    </Directory>
    <Directory "${HTDOCS}/off/on">
        AllowOverride FileInfo
    </Directory>
    """
    for name in ("", "off/", "off/a/", "off/on/b/"):
        tree.write(f"{name}.htaccess", "CORSMaxAge x\n")
    assert tree.found() == [("htdocs/.htaccess:1", "CORS027"),
                            ("htdocs/off/on/b/.htaccess:1", "CORS027")]


def test_override_without_fileinfo(tree):
    """httpd reads the file there, and refuses the line."""
    tree.config = """
    <Directory "${HTDOCS}/a">
        AllowOverride AuthConfig
    </Directory>
    <Directory "${HTDOCS}/b">
        AllowOverride None
        AllowOverrideList CORSMaxAge
    </Directory>
    """
    tree.write("a/.htaccess", "CORSMaxAge 5\n")
    tree.write("b/.htaccess", f"CORSMaxAge 5\nCORSAllowOrigin {APP}\n")
    assert tree.found() == [("htdocs/a/.htaccess:1", "CORS062"),
                            ("htdocs/b/.htaccess:2", "CORS062")]


def test_other_trees_than_the_document_root(tree):
    for name in ("data/x", "home/ann/www", "home/bob/www", "home/bob/mail",
                 "link"):
        (tree.root / name).mkdir(parents=True)
    (tree.root / "home/eve").symlink_to(tree.root / "home/bob")
    (tree.root / "data/x/.htaccess").write_text("CORSMaxAge x\n")
    for name in ("ann/www", "bob/www", "bob/mail"):
        (tree.root / "home" / name / ".htaccess").write_text("CORSMaxAge y\n")
    tree.config = """
    <Directory "${ROOT}/data">
        AllowOverride All
    </Directory>
    <Directory "${ROOT}/home/*/www">
        AllowOverride FileInfo
    </Directory>
    """
    assert sorted(tree.found()) == [("data/x/.htaccess:1", "CORS027"),
                                    ("home/ann/www/.htaccess:1", "CORS027"),
                                    ("home/bob/www/.htaccess:1", "CORS027")]


def test_the_whole_file_system_is_not_walked(tree):
    tree.config = """
    <Directory />
        AllowOverride All
    </Directory>
    """
    tree.write("a/.htaccess", "CORSMaxAge x\n")
    elsewhere = new_directory()
    try:
        (elsewhere / ".htaccess").write_text("CORSMaxAge x\n")
        assert tree.found() == [("/", "CORS061"),
                                ("htdocs/a/.htaccess:1", "CORS027")]
    finally:
        shutil.rmtree(elsewhere)


def test_access_file_name(tree):
    tree.config = "AccessFileName .acl .config\n"
    tree.write(".htaccess", "CORSMaxAge x\n")
    tree.write("a/.config", "CORSMaxAge x\n")
    # Of several the first counts.
    tree.write("b/.acl", f"CORSAllowOrigin {APP}\n")
    tree.write("b/.config", "CORSMaxAge x\n")
    assert tree.found() == [("htdocs/a/.config:1", "CORS027")]


def test_each_virtual_host_with_its_own_level(tree):
    for name in ("one", "two"):
        (tree.root / name / "a").mkdir(parents=True)
        (tree.root / name / "a/.htaccess").write_text("CORSUsePolicy own\n")
    tree.config = f"""
    <Directory "${{ROOT}}">
        AllowOverride All
    </Directory>
    <VirtualHost *:81>
        DocumentRoot "${{ROOT}}/one"
        <CORSPolicy own>
            CORSAllowOrigin {APP}
        </CORSPolicy>
    </VirtualHost>
    <VirtualHost *:82>
        DocumentRoot "${{ROOT}}/two"
        AccessFileName .htaccess
        CORSMaxAge 5
    </VirtualHost>
    """
    assert tree.found() == [("two/a/.htaccess:1", "CORS029")]


def test_alike_virtual_hosts_are_walked_together(tree):
    """Nothing but the document roots leads to these directories."""
    tree.config = "<Directory />\nAllowOverride All\n</Directory>\n"
    for i in range(20):
        (tree.root / f"site{i}" / "a").mkdir(parents=True)
        (tree.root / f"site{i}/.htaccess").write_text("CORSMaxAge 5\n")
        tree.config += (f"<VirtualHost *:80>\nServerName s{i}.example\n"
                        f"DocumentRoot ${{ROOT}}/site{i}\n</VirtualHost>\n")
    r = tree.check()
    # htdocs, and two for each host.
    assert "htaccess: 41, files with CORS lines: 20\n" in r.stderr
