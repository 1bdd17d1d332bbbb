# SPDX-License-Identifier: Apache-2.0
"""`httpd -t -D CHECK_CORS_HTACCESS` in trees that mean no good, and in large
ones: it runs as root, and anybody may have made the files."""

import os
import pty
import re
import socket
import subprocess

import pytest

from harness import host
from trees import LINE, tree  # noqa: F401

LEFT_OUT = [
    ("bin", "it is no text"),
    ("big", "it is longer than 256 KiB"),
    ("fifo", "it is no regular file"),
    ("directory", "it is no regular file"),
    ("socket", "it cannot be read"),
    ("self", "it is a loop of symbolic links"),
    ("outside", "it is a symbolic link that leads out of the tree"),
    ("nested", "more than 64 sections stand in each other"),
    ("long", "the line is longer than 8191 bytes"),
    ("unclosed", "httpd answers 500 here: "),
]


def make_hostile(tree):
    tree.write("bin/.htaccess", bytes(range(256)) * 40)
    with open(tree.write("big/.htaccess", ""), "wb") as f:
        f.truncate(100 * 1024 * 1024)
    for name in ("fifo", "self", "outside", "socket"):
        (tree.htdocs / name).mkdir()
    os.mkfifo(tree.htdocs / "fifo/.htaccess")
    (tree.htdocs / "directory/.htaccess").mkdir(parents=True)
    here = os.getcwd()
    os.chdir(tree.htdocs / "socket")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(".htaccess")
    os.chdir(here)
    (tree.htdocs / "self/.htaccess").symlink_to(".htaccess")
    (tree.htdocs / "outside/.htaccess").symlink_to(tree.root / "httpd.conf")
    tree.write("nested/.htaccess", "<IfModule core.c>\n" * 14000)
    tree.write("long/.htaccess", "CORSMaxAge 5\nCORSAllowOrigin "
               + "x" * 9000 + "\n")
    tree.write("unclosed/.htaccess", "<Files x>\nCORSMaxAge 5\n")


def test_hostile_files_take_one_line_each(tree):
    make_hostile(tree)
    tree.write("z/.htaccess", "CORSMaxAge x\n")
    r = tree.check()
    for name, why in LEFT_OUT:
        lines = [x for x in r.stderr.splitlines()
                 if x.startswith(f"htdocs/{name}/")]
        assert len(lines) == 1, (name, r.stderr)
        assert ": warning: CORS061: " in lines[0] and why in lines[0]
    # And the walk goes on.
    assert "htdocs/z/.htaccess:1: error: CORS027" in r.stderr


def test_links_are_not_followed(tree):
    outside = tree.root / "outside"
    outside.mkdir()
    (outside / ".htaccess").write_text("CORSMaxAge x\n")
    tree.write("a/.htaccess", "CORSMaxAge x\n")
    (tree.htdocs / "out").symlink_to(outside)
    (tree.htdocs / "b").symlink_to("a")
    (tree.htdocs / "a/up").symlink_to("..")
    (tree.htdocs / "one").symlink_to("two")
    (tree.htdocs / "two").symlink_to("one")
    (tree.htdocs / "gone").symlink_to("nowhere")
    assert sorted(tree.found()) == [("htdocs/a/.htaccess:1", "CORS027"),
                                    ("htdocs/a/up", "CORS061"),
                                    ("htdocs/one", "CORS061"),
                                    ("htdocs/out", "CORS061"),
                                    ("htdocs/two", "CORS061")]


def test_a_linked_file_in_the_tree_is_read(tree):
    tree.write("shared/cors.inc", "CORSMaxAge x\n")
    (tree.htdocs / "a").mkdir()
    (tree.htdocs / "a/.htaccess").symlink_to("../shared/cors.inc")
    assert tree.found() == [("htdocs/a/.htaccess:1", "CORS027")]


def test_a_linked_document_root_is_followed(tree):
    (tree.root / "real").mkdir()
    (tree.root / "real/.htaccess").write_text("CORSMaxAge x\n")
    (tree.root / "www").symlink_to("real")
    tree.config = ('DocumentRoot "${ROOT}/www"\n<Directory "${ROOT}/www">\n'
                   "AllowOverride All\n</Directory>\n")
    assert tree.found() == [("www/.htaccess:1", "CORS027")]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
def test_unreadable_files_take_one_line_each(tree):
    tree.write("a/.htaccess", "CORSMaxAge x\n").chmod(0)
    tree.write("b/c/.htaccess", "CORSMaxAge x\n")
    (tree.htdocs / "b").chmod(0)
    tree.write("d/.htaccess", "CORSMaxAge x\n")
    config = tree.write_config()
    for name in ("httpd.conf", "test.conf"):
        (tree.root / name).chmod(0o644)
    # As root nothing is unreadable.
    r = subprocess.run(
        [host.httpd(), "-f", str(config), "-t", "-D", "CHECK_CORS_HTACCESS"],
        text=True, capture_output=True, env=host.environment(),
        user=host.server_user().pw_uid, group=host.server_user().pw_gid,
        extra_groups=[], timeout=host.PATIENCE)
    found = [(place.replace(f"{tree.root}/", ""), number, text)
             for place, _, number, text in LINE.findall(r.stderr)]
    assert [x[:2] for x in found] == [("htdocs/a/.htaccess", "CORS061"),
                                      ("htdocs/b/", "CORS061"),
                                      ("htdocs/d/.htaccess:1", "CORS027")]
    assert all("Permission denied" in x[2] for x in found[:2])


def test_names_do_nothing_to_the_terminal(tree):
    tree.write("\x1b]0;x\x07/.htaccess",
               'CORSAllowOriginMatch "https://\x1b]0;y\x07[."\n')
    r = tree.check()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", r.stderr)
    assert r"htdocs/\x1b]0;x\x07/.htaccess:1: " in r.stderr


def test_nothing_else_is_carried_out(tree):
    """A file cannot change the server that checks it, nor anything else."""
    marker = tree.root / "marker"
    tree.write("a/.htaccess", f"""
Define DUMP_CORS_ALL
<Macro late>
    CORSMaxAge x
</Macro>
Use late
Include {tree.root}/other.conf
Header set X-A "expr=%{{file:{marker}}}"
AuthUserFile {marker}
ErrorLog {marker}
<IfDefine DUMP_CORS_ALL>
    CORSMaxAge y
</IfDefine>
CORSMaxAge 5
""")
    tree.write("b/.htaccess", "Use late\nCORSMaxAge 5\n")
    (tree.root / "other.conf").write_text("CORSMaxAge z\n")
    r = tree.check()
    assert r.code == 0 and r.stdout == "" and not marker.exists()
    assert [x[:1] + x[2:3] for x in LINE.findall(r.stderr)] == [
        (f"htdocs/a/.htaccess:{n}", "CORS061") for n in (2, 3, 6, 7)
    ] + [("htdocs/b/.htaccess:1", "CORS061")]


def test_files_without_our_lines_are_no_concern(tree):
    tree.write("a/.htaccess", "<Macro x>\n</Macro>\nNonsense\n<Files x>\n")
    assert tree.found() == []


def test_deep_trees_end(tree):
    deep = tree.htdocs / "/".join(["d"] * 200)
    deep.mkdir(parents=True)
    (deep / ".htaccess").write_text("CORSMaxAge x\n")
    place, number = tree.found(False)[0]
    assert number == "CORS061" and 100 < place.count("/d") < 200


# ---- a large tree ----------------------------------------------------------

def make_large(tree, n=2500):
    for i in range(n):
        (tree.htdocs / f"{i % 50}" / f"{i}").mkdir(parents=True)


def test_progress_on_a_terminal(tree):
    make_large(tree)
    config = tree.write_config()
    ours, theirs = pty.openpty()
    with subprocess.Popen(
            [host.httpd(), "-f", str(config), "-t", "-D",
             "CHECK_CORS_HTACCESS"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=theirs,
            env=host.environment()) as p:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            if not part:
                break
            said += part
        assert p.wait(host.PATIENCE) == 0
    os.close(ours)
    assert b"\rCORS: directories: 1000, files" in said
    assert b"\rCORS: directories: 2000, files" in said
    assert b"looked at for .htaccess: 2551," in said


def test_no_progress_elsewhere(tree):
    make_large(tree)
    r = tree.check()
    assert "\r" not in r.stderr and "1000" not in r.stderr
    assert "looked at for .htaccess: 2551," in r.stderr
