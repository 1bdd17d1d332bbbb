# SPDX-License-Identifier: Apache-2.0
"""A server whose sections get their origins from files, and the files: for the
tests of CORSAllowOriginFrom file:PATH."""

import os

import pytest

from harness import variables
from lists import ALONE, put, reads, set_age, until_reads

A = "https://a.example"
B = "https://b.example"
C = "https://c.example"
OTHER = "https://other.example"


def make_fifo(path):
    os.mkfifo(path, 0o644)


def make_directory(path):
    path.mkdir(mode=0o755)


def make_unreadable(path):
    put(path, f"{A}\n")
    path.chmod(0)


def make_long(path):
    put(path, f"{A}\n")
    os.truncate(path, 300 * 1024 * 1024)
    set_age(path, 100)


def make_zeros(path):
    put(path, b"\0" * 100000)


NO_LISTS = {
    "fifo": (make_fifo, "it is no ordinary file"),
    "directory": (make_directory, "it is no ordinary file"),
    "device": (lambda path: path.symlink_to("/dev/zero"),
               "it is no ordinary file"),
    "unreadable": (make_unreadable, "it cannot be read"),
    "nowhere": (lambda path: path.symlink_to("nowhere"),
                "there is no such file"),
    "itself": (lambda path: path.symlink_to(path.name),
               "Too many (levels of )?symbolic links"),
    "long": (make_long, "it is longer than 256 MiB"),
    "terminal": (lambda path: path.symlink_to("/dev/tty"),
                 "it is no ordinary file"),
}

CONFIG = ALONE + f"""
<Location /plain>
    CORSAllowOriginFrom file:lists/plain.txt
    CORSAllowOrigin https://own.example
    CORSDenyOrigin https://denied.example
</Location>
<Location /two>
    CORSAllowOriginFrom "file:lists/two words.txt" file:${{ROOT}}/lists/two.txt
</Location>
<Location /trusted>
    CORSAllowOriginFrom file:lists/trusted.txt
    CORSAllowCredentials On
</Location>
<Location /bad>
    CORSAllowOriginFrom file:lists/bad.txt
</Location>
<Location /never>
    CORSAllowOriginFrom file:lists/never.txt
</Location>
<Location /link>
    CORSAllowOriginFrom file:lists/link.txt
</Location>
<CORSPolicy partners>
    CORSAllowOriginFrom file:lists/partners.txt
    CORSAllowCredentials On
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
</CORSPolicy>
<Location /policy>
    CORSUsePolicy partners
</Location>
<Location /several>
    CORSUsePolicy partners public
</Location>
<Location /candidate>
    CORSAllowOrigin {OTHER}
    CORSCandidatePolicy partners
</Location>
<Location /if>
    <If "%{{QUERY_STRING}} == 'yes'">
        CORSAllowOriginFrom file:lists/if.txt
    </If>
</Location>
<Directory ${{HTDOCS}}/merged>
    CORSAllowOriginFrom file:lists/merged.txt
</Directory>
<Location /merged/inner>
    CORSAllowMethods PUT
</Location>
<Location /merged/trusted>
    CORSAllowCredentials On
</Location>
<Location /merged/ended>
    CORSAllowOriginFrom None
</Location>
<Location /metrics>
    SetHandler cors-metrics
</Location>
""" + "".join(f"""
<Location /no-{kind}>
    CORSAllowOriginFrom file:lists/no-{kind}.txt
    CORSAllowOrigin https://own.example
</Location>
""" for kind in NO_LISTS) + variables.LOG

FILES = {f"{d}/f.txt": "hello" for d in
         ("plain", "two", "trusted", "bad", "never", "link", "policy",
          "several", "candidate", "if", "merged", "merged/inner",
          "merged/trusted", "merged/ended", "merged/htaccess",
          *(f"no-{kind}" for kind in NO_LISTS))}
FILES["merged/htaccess/.htaccess"] = "CORSAllowCredentials On\n"
FILES["policy/x.cgi"] = ""

PLAIN = f"""# ours
{A}
https://*.a.example     # all of theirs
http://localhost:*
https://b.example:8000-8001
https://denied.example
"""


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(
        CONFIG, modules=["cgi"], files=FILES,
        expect_log=[r"\[cors:error\].*lists/(bad|never)\.txt"])
    return server


@pytest.fixture(scope="module", autouse=True)
def lists_before(request):
    """The lists stand there before the server starts."""
    from harness import server as module

    make = module.make_tree

    def make_tree(root):
        make(root)
        lists = root / "lists"
        for name in ("plain", "two", "two words", "trusted", "partners", "if",
                     "merged", "one", "other",
                     *(f"no-{kind}" for kind in NO_LISTS)):
            put(lists / f"{name}.txt", PLAIN if name == "plain" else f"{A}\n")
        put(lists / "trusted.txt", f"{A}\nhttps://own.example\n")
        put(lists / "bad.txt", f"{A}\nx\n*\n")
        (lists / "link.txt").symlink_to("one.txt")

    module.make_tree = make_tree
    yield
    module.make_tree = make


@pytest.fixture
def lists(server):
    return server.root / "lists"


@pytest.fixture
def plain(server, lists):
    """A list, as it was at start, and the server has read it."""
    path = lists / "plain.txt"
    if not path.exists() or path.read_text() != PLAIN \
            or not reads(server, "/plain/f.txt", "https://x.a.example"):
        put(path, PLAIN)
        until_reads(server, "/plain/f.txt", "https://x.a.example")
    return path


def says(server, target, origin):
    return variables.ask(server, "GET", target, origin=origin)[1].result
