# SPDX-License-Identifier: Apache-2.0
"""What configtest, the dump, -D CHECK_CORS_HTACCESS and cors-explain say of
CORSAllowOriginFrom file:PATH."""

import os
import re
import time

import pytest

from explain_site import EXPLAIN, as_json as ask
from harness import configtest
from lists import put, reads, until_reads
from trees import tree  # noqa: F401

A = "https://a.example"
B = "https://b.example"
FOUND = re.compile(r"^(\S+?): (error|warning): (CORS\d{3}): (.*)$", re.M)


def check(text, files=None, age=100, **options):
    """(code, [(place, kind, id, text), …])."""
    made = {f"../{name}": content for name, content in (files or {}).items()}
    r = configtest(text, files=made, **options)
    return r.code, FOUND.findall(r.stderr)


def told(text, files=None):
    """Without the texts."""
    code, found = check(text, files)
    return code, [f[:3] for f in found]


def test_good():
    assert check("CORSAllowOriginFrom file:l.txt\nCORSAllowCredentials On\n",
                 {"l.txt": f"# x\n{A}\nhttps://*.a.example\n"}) == (0, [])
    assert check("CORSAllowOriginFrom file:l.txt\n", {"l.txt": ""}) == (0, [])
    assert check("CORSAllowOriginFrom None\n") == (0, [])


@pytest.mark.parametrize("word", [
    "l.txt", "/l.txt", "file:", "ldap:x", "FILE:l.txt", ":l.txt", "*", A,
    "file", "''"])
def test_no_source(word):
    code, found = check(f"CORSAllowOriginFrom {word}\n", {"l.txt": ""})
    place, kind, name, text = found[0]
    assert (code, place, kind) == (1, "test.conf:1", "error")
    assert name == "CORS064" and "write file:PATH" in text \
        or name == "CORS036", text


def make(kind):
    def link(to):
        return lambda path: path.symlink_to(to)

    def unreadable(path):
        path.write_text(f"{A}\n")
        path.chmod(0)

    def long(path):
        path.write_text("")
        os.truncate(path, 300 * 1024 * 1024)

    return {"missing": lambda path: None,
            "directory": lambda path: path.mkdir(),
            "fifo": lambda path: os.mkfifo(path),
            "device": link("/dev/zero"), "loop": link("l.txt"),
            "dangling": link("nowhere"), "long": long,
            "no directory": link("/dev/null/x")}[kind]


@pytest.mark.parametrize("kind, said", [
    ("missing", "there is no such file: write it"),
    ("directory", "it is no ordinary file: write the path of a text file"),
    ("fifo", "it is no ordinary file: write the path of a text file"),
    ("device", "it is no ordinary file: write the path of a text file"),
    ("loop", "ymbolic links"), ("dangling", "there is no such file"),
    ("long", "it is longer than 256 MiB: shorten it"),
    ("no directory", "Not a directory")])
def test_no_list(tmp_path, kind, said):
    """An error for configtest, with the line that names the file."""
    path = tmp_path / "l.txt"
    make(kind)(path)
    code, [found] = check(f"CORSAllowOriginFrom file:{path}\n")
    assert code == 1
    assert found[:3] == ("test.conf:1", "error", "CORS065")
    assert said in found[3] and str(path) in found[3], found[3]


@pytest.mark.parametrize("line, name, said", [
    ("a.example", "CORS001", "write https://a.example"),
    (f"{A} {B}", "CORS001", "write one origin on each line"),
    (f"{A}/", "CORS002", f"write {A}"), (f"{A}#x", "CORS002", f"write {A}"),
    ("https://u@a.example", "CORS003", f"write {A}"),
    ("https://A.example", "CORS004", f"write {A}"),
    (f"{A}:443", "CORS006", f"write {A}"),
    (f"{A}:0", "CORS007", f"write {A}"),
    ("http://127.1", "CORS008", "write four decimal numbers"),
    ("file://", "CORS009", "write null"),
    ("https://a.*", "CORS010", "write for example https://*.example.com"),
    ("*", "CORS066", "write CORSAllowOrigin *"),
    ("null", "CORS066", "write CORSAllowOrigin *"),
    ("a\0b", "CORS001", "take the NUL byte out")])
def test_a_bad_entry(line, name, said):
    """Its own file and line, and where the file is named."""
    code, [found] = check("CORSMaxAge 5\nCORSAllowOriginFrom file:l.txt\n",
                          {"l.txt": f"{A}x\n\n{line}\n"})
    assert code == 1
    assert found[:3] == ("l.txt:3", "error", name)
    assert said in found[3] and found[3].endswith("(see also test.conf:2)")


CREDENTIALS = [("http://a.example", "CORS018", "insecure-origins", 0),
               ("https://*.co.kr", "CORS016", "public-suffixes", "CORS017"),
               ("https://*.github.io", "CORS016", "public-suffixes",
                "CORS017"),
               ("moz-extension://*", "CORS015", "broad-patterns", 0)]


@pytest.mark.parametrize("line, name, tolerance, without", CREDENTIALS)
def test_credentials(line, name, tolerance, without):
    """As section 5 has it, in every section that uses the list; and with
    CORSTolerate of that section alone."""
    files = {"l.txt": f"{A}\n{line}\n"}
    on = "CORSAllowOriginFrom file:l.txt\nCORSAllowCredentials On\n"
    code, [found] = check(on, files)
    assert code == 1 and found[:3] == ("l.txt:2", "error", name)
    assert "(see also test.conf:2)" in found[3]
    # Without credentials a warning at most.
    code, found = check("CORSAllowOriginFrom file:l.txt\n", files)
    assert code == 0 and [f[2] for f in found] == ([without] if without
                                                   else [])
    assert told(f"{on}CORSTolerate {tolerance}\n", files) == (0, [])
    # Another tolerance is none.
    assert told(f"{on}CORSTolerate null-origin\n", files)[0] == 1
    # One section tolerates, another does not.
    text = (f"<Location /a>\n{on}CORSTolerate {tolerance}\n</Location>\n"
            f"<Location /b>\n{on}</Location>\n")
    assert told(text, files) == (1, [("l.txt:2", "error", name)])
    # An inner section's tolerance does not lift it, and its credentials count.
    text = ("<Directory />\nCORSAllowOriginFrom file:l.txt\n"
            f"<Files x>\nCORSAllowCredentials On\nCORSTolerate {tolerance}\n"
            "</Files>\n</Directory>\n")
    code, found = told(text, files)
    assert code == 1 and ("l.txt:2", "error", name) in found
    # So do those beneath the server's level.
    text = ("CORSAllowOriginFrom file:l.txt\n<Location /x>\n"
            "CORSAllowCredentials On\n</Location>\n")
    assert ("l.txt:2", "error", name) in told(text, files)[1]


def test_policies():
    files = {"l.txt": f"{A}\nhttp://b.example\n"}
    text = ("<CORSPolicy p>\nCORSAllowOriginFrom file:l.txt\n"
            "CORSAllowCredentials On\n</CORSPolicy>\n")
    assert told(text, files) == (1, [("l.txt:2", "error", "CORS018")])
    text = ("<CORSPolicy p>\nCORSAllowOriginFrom file:l.txt\n</CORSPolicy>\n"
            "<Location /x>\nCORSUsePolicy p\nCORSAllowCredentials On\n"
            "</Location>\n")
    assert told(text, files) == (1, [("l.txt:2", "error", "CORS018")])


def test_what_cannot_stand_beside_it():
    files = {"l.txt": f"{A}\n"}
    for lines, name in ((f"CORSAllowOrigin {B}\nCORSSendOrigin Always",
                         "CORS032"), ("CORSSendOrigin Always", "CORS032"),
                        ("CORSAllowOrigin *", "CORS012"),
                        ("CORSAllowOriginFrom None", "CORS033"),
                        ("CORSAllowOrigin None", "CORS033")):
        code, found = told("<Location />\nCORSAllowOriginFrom file:l.txt\n"
                           f"{lines}\n</Location>\n", files)
        assert code == 1 and [f[2] for f in found] == [name], lines


def test_warnings():
    code, found = check(
        "CORSAllowOriginFrom file:l.txt file:l.txt\n"
        "CORSAllowOriginFrom file:l.txt\n",
        {"l.txt": f"{A}\n{A}\nhttps://*.co.kr\n"})
    assert code == 0 and [f[:3] for f in found] == [
        ("l.txt:2", "warning", "CORS043"), ("l.txt:3", "warning", "CORS017"),
        ("test.conf:1", "warning", "CORS043"),
        ("test.conf:2", "warning", "CORS043")]


def test_not_complete():
    """What was written just now, without its end: a warning."""
    text = "CORSAllowOriginFrom file:l.txt\n"
    assert told(text, {"l.txt": f"{A}\n{B}"}) == (
        0, [("test.conf:1", "warning", "CORS067")])


def test_many_faults():
    """All of a list that is none are not told."""
    begun = time.monotonic()
    code, found = check("CORSAllowOriginFrom file:l.txt\n",
                        {"l.txt": "x\n" * 300000})
    assert code == 1 and len(found) == 100
    code, found = check("CORSAllowOriginFrom file:l.txt\n",
                        {"l.txt": f"{A}\n" * 300000})
    assert code == 0 and len(found) == 100
    assert time.monotonic() < begun + 60


# ---- where it may stand ----------------------------------------------------

def test_htaccess(start_once):
    """Nobody but the server's administrator names files, whatever httpd is
    told to let in."""
    server = start_once("""
    <Directory ${HTDOCS}/list>
        AllowOverride None
        AllowOverrideList CORSAllowOriginFrom CORSUsePolicy
    </Directory>
    <CORSPolicy p>
        CORSAllowOriginFrom file:l.txt
    </CORSPolicy>
    """, files={"../l.txt": f"{A}\n", "f.txt": "", "list/f.txt": "",
                "use/f.txt": "", "list/use/f.txt": ""})
    line = f"CORSAllowOriginFrom file:{server.root}/l.txt\n"
    server.write(".htaccess", line)
    assert server.get("/f.txt", origin=A).status == 500
    server.wait_log("CORSAllowOriginFrom not allowed here")
    server.write(".htaccess", "")
    server.write("list/.htaccess", line)
    r = server.get("/list/f.txt", origin=A)
    assert r.status == 500 and not r.cors
    server.wait_log(r"CORS037: 'CORSAllowOriginFrom': this directive cannot "
                    r"stand here; write it in the server's configuration")
    server.write("list/.htaccess", "")
    for where in ("use", "list/use"):
        server.write(f"{where}/.htaccess", "CORSUsePolicy p\n")
        until_reads(server, f"/{where}/f.txt", A)
        assert not reads(server, f"/{where}/f.txt", B)


def test_check_htaccess(tree):
    tree.write(".htaccess", "CORSAllowOriginFrom file:l.txt\n")
    assert tree.found() == [("htdocs/.htaccess:1", "CORS062")]


def test_sections():
    for name in ("VirtualHost *:80", "Location /x", "If true", "Files x",
                 "Directory /"):
        text = (f"<{name}>\nCORSAllowOriginFrom file:l.txt\n"
                f"</{name.split()[0]}>\n")
        assert told(text, {"l.txt": "*\n"}) == (
            1, [("l.txt:1", "error", "CORS066")]), name
        assert told(text, {"l.txt": f"{A}\n"}) == (0, []), name
    code, _ = told("<Limit GET>\nCORSAllowOriginFrom file:l.txt\n</Limit>\n",
                   {"l.txt": ""})
    assert code == 1


# ---- the dump --------------------------------------------------------------

def test_dump():
    r = configtest(
        "<Location />\nCORSAllowOriginFrom file:l.txt 'file:a \"b.txt'\n"
        f"CORSAllowOrigin {B}\n</Location>\n<Location /x>\n"
        "CORSAllowMethods PUT\n</Location>\n<Location /none>\n"
        "CORSAllowOriginFrom None\n</Location>\n<CORSPolicy p>\n"
        "CORSAllowOriginFrom file:l.txt\n</CORSPolicy>\n",
        files={"../l.txt": f"{A}\n{A}\n", "../a \"b.txt": ""},
        args=["-D", "DUMP_CORS"])
    assert r.code == 0, r.output
    assert ('    # test.conf:3\n'
            f'    CORSAllowOrigin {B}\n'
            '    # test.conf:2\n'
            '    CORSAllowOriginFrom file:l.txt "file:a \\"b.txt"\n'
            ) in r.stdout
    assert "CORSAllowOrigin None" in r.stdout.split("/none")[1]
    # A fault in a list, as any warning of the section.
    assert r.stdout.count("# warning: l.txt:2: CORS043:") == 2
    # What is printed can be read again, and means the same.
    again = configtest(r.stdout, files={"../l.txt": f"{A}\n",
                                        "../a \"b.txt": ""},
                       args=["-D", "DUMP_CORS"])
    def lines(text):
        return [line for line in text.splitlines() if "#" not in line]

    assert again.code == 0 and lines(again.stdout) == lines(r.stdout)


def test_dump_of_what_is_not_complete():
    r = configtest("CORSAllowOriginFrom file:l.txt\n",
                   files={"../l.txt": A}, args=["-D", "DUMP_CORS"])
    assert r.code == 0 and "CORSAllowOriginFrom file:l.txt" in r.stdout
    assert "# warning: test.conf:1: CORS067: " in r.stdout


# ---- explain ---------------------------------------------------------------

@pytest.fixture(scope="module")
def site(start_server):
    server = start_server(EXPLAIN + f"""
    <Location /x>
        CORSAllowOriginFrom file:htdocs/l.txt
        CORSAllowOrigin {B}
    </Location>
    """, files={"l.txt": f"# x\n{A}\nhttp://a.example\n", "x/f.txt": ""},
        modules=["authz_host"])
    return server


def test_explain_names_the_line(site):
    answer = ask(site, url="/x/f.txt", origin=A)
    assert answer["verdict"] == "allowed"
    assert f"{site.htdocs}/l.txt" in str(answer)


def test_explain_suggests_beside_a_source(site):
    """The lines that it suggests are tried with the list in force."""
    answer = ask(site, url="/x/f.txt", origin="https://new.example")
    assert answer["verdict"] == "refused"
    assert [s["text"] for s in answer["suggested"]] == [
        "CORSAllowOrigin https://new.example"], answer["suggested"]
    answer = ask(site, url="/x/f.txt", origin=A, method="PUT",
                 credentials="include")
    assert answer["verdict"] == "refused"


def test_explain_a_source_that_does_not_answer(site):
    path = site.htdocs / "l.txt"
    path.unlink()
    def refused():
        return ask(site, url="/x/f.txt", origin=A)["verdict"] == "refused"

    from harness import until
    until(refused)
    answer = ask(site, url="/x/f.txt", origin=A)
    assert answer["reason"] == "source", answer
    assert f"{site.root}/test.conf" in str(answer)
    put(path, f"{A}\n")
    until(lambda: not refused())
