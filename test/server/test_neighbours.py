# SPDX-License-Identifier: Apache-2.0
"""Section 5: what stands around a section and gets in its policy's way."""

import re

import pytest

from harness import configtest

POLICY = "CORSAllowOrigin https://a.example"
IN_X = f"<Location /x>\n{POLICY}\n</Location>"
IN_X_SLASH = f"<Location /x/>\n{POLICY}\n</Location>"
IN_ROOT = f"<Location />\n{POLICY}\n</Location>"
IN_REGEX = f"<Location ~ /x>\n{POLICY}\n</Location>"
IN_DIRECTORY = f"<Directory /x>\n{POLICY}\n</Directory>"
USE = "<CORSPolicy p>\n" + POLICY + "\n</CORSPolicy>\n"


def warnings(text):
    result = configtest(text, modules=["alias", "rewrite"])
    assert result.code == 0, result.stderr
    return re.findall(r"warning: (CORS\d{3})", result.stderr)


# What is told before or behind the section, at the server's own level.
REDIRECTS = [
    # It holds the section, or a part of it.
    ("Redirect /x https://b.example/", IN_X, True),
    ("Redirect / https://b.example/", IN_X, True),
    ("Redirect / https://b.example/", IN_DIRECTORY, True),
    ("Redirect permanent / https://b.example/", POLICY, True),
    ("Redirect seeother /x https://b.example/", IN_X, True),
    ("Redirect 308 /x https://b.example/", IN_X, True),
    ("RedirectTemp /x https://b.example/", IN_X_SLASH, True),
    ("Redirect /x/deep https://b.example/", IN_X, True),
    ("Redirect /x/deep https://b.example/", IN_X_SLASH, True),
    ("RedirectMatch ^/x https://b.example/", IN_X, True),
    ("RedirectMatch 301 ^/x/(.*) https://b.example/$1", IN_X, True),
    ("RedirectMatch permanent ^/x/a https://b.example/", IN_X, True),
    ("RedirectMatch .* https://b.example/", IN_X, True),
    ("RewriteRule ^/x/ /b [R=302]", IN_X, True),
    ("RewriteRule ^/x/old(.*)$ /x/new$1 [R]", IN_X, True),
    ("RewriteRule ^ https://b.example%{REQUEST_URI} [R=301]", IN_X, True),
    ("RewriteRule ^/x/?$ /b [R]", IN_X_SLASH, True),
    ("RewriteRule x/$ /b [R]", IN_X, True),
    ("RedirectMatch ^/x/a|^/y https://b.example/", IN_X, True),
    # Nothing of the section, or no redirect.
    ("Redirect /xy https://b.example/", IN_X, False),
    ("Redirect /y/x https://b.example/", IN_X, False),
    ("Redirect gone /x", IN_X, False),
    ("Redirect 410 /x", IN_X, False),
    ("RedirectMatch 404 ^/x", IN_X, False),
    ("RedirectMatch gone ^/x", IN_X, False),
    ("RedirectMatch ^/xy https://b.example/", IN_X, False),
    ("RedirectMatch ^/xy*/z https://b.example/", IN_X, False),
    (r"RedirectMatch ^/x\.html https://b.example/", IN_X, False),
    ("RedirectMatch ^/(a|b)/ https://b.example/", IN_X, False),
    ("RewriteRule ^/x/ /b [PT]", IN_X, False),
    ("RewriteRule ^/y/ /b [R]", IN_X, False),
    ("RewriteRule !^/x/ /b [R]", IN_X, False),
    ("RewriteCond %{HTTP_HOST} b\nRewriteRule ^/x/ /b [R]", IN_X, False),
    # Of a policy for all, only what moves all.
    ("Redirect /old https://b.example/", POLICY, False),
    ("Redirect /old https://b.example/", IN_ROOT, False),
    ("RedirectMatch ^/old https://b.example/", IN_ROOT, False),
    ("RewriteRule ^/old /new [R]", POLICY, False),
    # Nobody knows the paths.
    ("Redirect /x https://b.example/", IN_DIRECTORY, False),
    ("RedirectMatch ^/x https://b.example/", IN_DIRECTORY, False),
    ("RewriteRule ^/x/ /b [R]", IN_REGEX, False),
]


@pytest.mark.parametrize("line,section,told", REDIRECTS)
def test_redirects_of_the_server(line, section, told):
    expected = ["CORS058"] if told else []
    assert warnings(f"{line}\n{section}\n") == expected
    assert warnings(f"{section}\n{line}\n") == expected


def test_a_redirect_of_a_virtual_host():
    text = ("<VirtualHost *:80>\n{}\n</VirtualHost>\n"
            "<VirtualHost *:81>\n{}\n</VirtualHost>\n")
    redirect = "Redirect /x https://b.example/"
    assert warnings(text.format(f"{redirect}\n{IN_X}", "")) == ["CORS058"]
    assert warnings(text.format(redirect, IN_X)) == []


@pytest.mark.parametrize("condition,told", [
    ("%{HTTP:Origin} == 'https://a.example'", True),
    ("%{http:origin} == 'https://a.example'", True),
    ("%{req:Origin} == 'x'", True),
    ("req('Origin') == 'x'", True),
    ("req_novary( 'Origin' ) == 'x'", True),
    ("http('Origin') =~ /x/", True),
    ("%{HTTP:X} == 'Origin'", False),
    ("%{HTTP:X-Origin} == 'x'", False),
    ("%{HTTP:Originator} == 'x'", False),
    ("env('Origin') == 'x'", False),
    ("resp('Origin') == 'x'", False),
])
def test_conditions_over_origin(condition, told):
    assert warnings(f'<If "{condition}">\n{POLICY}\n</If>\n') \
        == (["CORS051"] if told else [])


ALWAYS = "CORSSendOrigin Always"


@pytest.mark.parametrize("text,told", [
    (f"<Location /x>\n{ALWAYS}\n</Location>", True),
    (f"<Location /x>\nCORSEngine On\n{ALWAYS}\n</Location>", True),
    (f"<Directory /x>\n{ALWAYS}\n</Directory>", True),
    (f"{USE}<Location /x>\n{ALWAYS}\n</Location>", True),
    # The origin may come from another section,
    (f"<Directory /x>\n{POLICY}\n</Directory>\n"
     f"<Location /x>\n{ALWAYS}\n</Location>", False),
    (f"{USE}<Directory /x>\nCORSUsePolicy p\n</Directory>\n"
     f"<Location /x>\n{ALWAYS}\n</Location>", False),
    # or from a file.
    (f"<Directory /y>\nAllowOverride FileInfo\n</Directory>\n"
     f"<Location /x>\n{ALWAYS}\n</Location>", False),
])
def test_always_without_any_origin(text, told):
    result = configtest(text + "\n", overrides="None")
    assert result.code == (1 if told else 0), result.stderr
    assert result.stderr.count("error: CORS032") == told


@pytest.mark.parametrize("lines,told", [
    ("CORSUsePolicy p p", ["CORS043"]),
    ("CORSUsePolicy p\nCORSUsePolicy p", ["CORS043"]),
    ("CORSUsePolicy p", []),
])
def test_a_policy_named_twice(lines, told):
    assert warnings(f"{USE}<Location /x>\n{lines}\n</Location>\n") == told
