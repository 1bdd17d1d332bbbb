# SPDX-License-Identifier: Apache-2.0
"""Reads README, docs/ and conf/ for test_docs.py.

A block of configuration in Markdown begins with ```apache, and words behind
that say what it is:

    ```apache                  httpd accepts it and mod_cors has nothing to say
    ```apache htaccess         the same, as an .htaccess file
    ```apache wrong CORS011    mod_cors says CORS011, and nothing else
    ```apache wrong htaccess CORS062
                               the same of an .htaccess file, where configtest
                               is told to look at it
    ```apache dump             what -D DUMP_CORS prints of the block before it
    ```apache before           another module's recipe, to be replaced: httpd
                               accepts it
    ```apache before broken    httpd does not even accept it

    ```list PATH               a list of origins, for the blocks below it: the
                               file of this name below the server's root
    ```list PATH unfinished    the same, without its last newline

README is plain text: a block indented by four spaces that begins with a
directive is good, one that begins with "# .htaccess" is good as such, and one
that begins with "$ cat FILE" shows a file and what configtest says of it.
"""

import re
import textwrap
from types import SimpleNamespace

from harness import configtest
from harness.host import ROOT


def block(path, line, words, text, lists=None):
    return SimpleNamespace(name=f"{path.relative_to(ROOT)}:{line}",
                           words=words, text=textwrap.dedent(text),
                           lists=dict(lists or {}))


def markdown_blocks(path):
    found, start, lists_above = [], None, {}
    for number, line in enumerate(path.read_text().split("\n"), 1):
        if start is None:
            fence = re.match(r" *```(.*)", line)
            if fence:
                start, words, lines = number, fence.group(1).split(), []
        elif line.strip() == "```":
            text = "\n".join(lines) + "\n"
            if words[:1] == ["apache"]:
                found.append(block(path, start, words[1:], text, lists_above))
            elif words[:1] == ["list"]:
                end = 1 if words[2:] == ["unfinished"] else 0
                lists_above[words[1]] = text[:len(text) - end]
            start = None
        else:
            lines.append(line)
    assert start is None, f"{path}:{start}: a fence that nothing closes"
    return found


def readme_blocks():
    path = ROOT / "README"
    lines = path.read_text().split("\n") + ["end"]
    found, start = [], None
    for number, line in enumerate(lines):
        if start is None:
            if re.match(r" {4}\S", line) and not lines[number - 1]:
                start = number
        elif line and not line.startswith("    "):
            found.append(block(path, start + 1, [],
                               "\n".join(lines[start:number]).rstrip() + "\n"))
            start = None
    for b in found:
        if b.text.startswith("# .htaccess"):
            b.words = ["htaccess"]
        elif b.text.startswith("$ cat "):
            b.words = ["session"]
        elif not re.match(r"<|[A-Z]\w+ ", b.text):
            b.words = ["shell"]
    return found


MARKDOWN = [ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))]
BLOCKS = sum(map(markdown_blocks, MARKDOWN), readme_blocks())


KINDS = ("good", "htaccess", "wrong", "before", "dump", "session", "shell")


def kind(b):
    return b.words[0] if b.words else "good"


def of_kind(wanted):
    return [b for b in BLOCKS if kind(b) == wanted]


def cors_conf():
    """{directive: (description, its line)}, and which have a default."""
    directives, has_default, default = {}, set(), False
    for part in (ROOT / "conf/cors.conf").read_text().split("\n\n"):
        if part.startswith("# ----"):
            default = part.startswith("# ---- with a default")
            continue
        text = [x[2:] for x in part.splitlines() if re.match(r"# \S", x)]
        lines = [x[1:] for x in part.splitlines() if re.match(r"#\S", x)]
        if lines:
            name = re.match(r"<?\w+", lines[0]).group(0)
            directives[name] = (" ".join(text), "\n".join(lines))
            if default:
                has_default.add(name)
    return directives, has_default


def listed():
    """What `httpd -L` says of our directives: {name: (description, where)}."""
    out = configtest("", args=["-L"]).stdout
    return {name: (text, " ".join(where.split())) for name, text, where in
            re.findall(r"^(<?\w+) \(mod_cors\.c\)\n\t(.*)\n((?:\t?.*\n)+?)"
                       r"(?=<?\w+ \(|\Z)", out, re.MULTILINE)}


def manual():
    """The table of each directive in docs/mod_cors.md, in its order."""
    text = (ROOT / "docs/mod_cors.md").read_text()
    found = {}
    for name, table in re.findall(r"^## `(<?CORS\w+)>?`\n+```text\n(.*?)```",
                                  text, re.MULTILINE | re.DOTALL):
        rows, key = {}, None
        for line in table.splitlines():
            m = re.match(r"(\w+): +(.*)", line)
            key = m.group(1) if m else key
            rows[key] = (rows.get(key, "") + " "
                         + (m.group(2) if m else line.strip())).strip()
        found[name] = rows
    return found


def readme_table():
    """{directive: its default} of README's table."""
    return dict(re.findall(r"^  (<?CORS\w+)>? .*\n +default: (.*?)(?:\.|$)",
                           (ROOT / "README").read_text(), re.MULTILINE))
