# SPDX-License-Identifier: Apache-2.0
"""Random configurations for test_dump.py: every kind of section, every
directive, nothing that configtest refuses."""

import random

# Fit to be read with credentials, and not.
SAFE = ["https://a.example", "https://b.example https://c.example",
        "https://*.d.example", "https://*.d.example:8443",
        "https://e.example:1-99, https://e.example:50-200", "app://id",
        "http://localhost:3000-3999 http://127.0.0.1:*",
        "https://*.f.example:* https://[2001:db8::1]:8080"]
WIDE = ["*", "http://a.example", "http://*.g.example", "moz-extension://*",
        "None"]
REGEXES = [r'"https://[a-z]+\.h\.example"', r"https://i\.example:\d{4}",
           r"'https://j\.example|https://k\.example'",
           r'"https://l\\.example(?:\.)?" "https://m\.example"']
DENIES = ["https://evil.d.example", "https://*.n.example null",
          "http://o.example:*", "https://p.example"]
VALUES = {
    "CORSAllowMethods": ["PUT", "PUT DELETE, PATCH", "*", "None"],
    "CORSAllowHeaders": ["X-A", "* Authorization", "x-b,X-C  'X-D'", "None"],
    "CORSExposeHeaders": ["X-E X-F", "ETag", "None"],
    "CORSMaxAge": ["0", "10min", "86400", "None"],
    "CORSTimingAllowOrigin": ["On", "off", "None"],
}
HOW = {
    "CORSEngine": ["On", "ReportOnly", "None", "Off"],
    "CORSPreflight": ["200", "204", "PassThrough", "None"],
    "CORSBackendHeaders": ["keep", "Replace", "None"],
    "CORSRefusal": ["Silent", "Forbid", "ForbidUpgrades", "None"],
}


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.n = 0

    def some(self, values):
        return [f"{name} {self.r.choice(texts)}"
                for name, texts in values.items() if self.r.random() < 0.3]

    def who(self):
        kind = self.r.random()
        if kind < 0.4:
            lines = [f"CORSAllowOrigin {text}"
                     for text in self.r.sample(SAFE, self.r.randint(1, 3))]
            if self.r.random() < 0.3:
                lines.append(f"CORSAllowOriginMatch {self.r.choice(REGEXES)}")
            lines.append("CORSAllowCredentials "
                         + self.r.choice(["On", "Off", "None"]))
        elif kind < 0.5:
            lines = ["CORSAllowOrigin https://one.example",
                     "CORSSendOrigin Always"]
        elif kind < 0.6:
            lines = ["CORSTolerate null-origin broad-patterns",
                     "CORSAllowOrigin null https://a.example"]
        else:
            lines = [f"CORSAllowOrigin {self.r.choice(WIDE)}"]
        return lines

    def deny(self):
        return [f"CORSDenyOrigin {self.r.choice(DENIES)}"
                for _ in range(self.r.choice([0, 0, 0, 1, 2]))]

    def policy(self, name):
        # One of several may say neither "how" nor "*" before the last.
        lines = [f"CORSAllowOrigin {self.r.choice(SAFE)}"]
        if name == "public":
            lines = ["CORSAllowOrigin *"]
        lines += self.deny() + self.some(VALUES)
        if name == "alone":
            lines += self.some(HOW)
        return [f"<CORSPolicy {name}>", *lines, "</CORSPolicy>"]

    def directives(self):
        lines = self.deny() + self.some(VALUES) + self.some(HOW)
        kind = self.r.random()
        if kind < 0.5:
            lines += self.who()
        elif kind < 0.8:
            lines.append("CORSUsePolicy " + self.r.choice(
                ["alone", "first", "first public", "public", "None"]))
        self.r.shuffle(lines)
        return lines or ["CORSMaxAge 1"]

    def section(self):
        self.n += 1
        n = self.n
        opening = self.r.choice([
            f'<Location "/l{n}">', f"<LocationMatch ^/m{n}/[\\w.]+$>",
            f"<Directory ${{HTDOCS}}/d{n}>", f"<Files f{n}.html>",
            f'<FilesMatch "\\.x{n}$">', f"<Proxy http://p{n}.example/*>",
            f"<If \"%{{HTTP_HOST}} == 'h{n}.example'\">"])
        lines = [opening, *self.directives()]
        if opening.startswith("<Directory") and self.r.random() < 0.5:
            lines += ["<Files *.json>", *self.directives(), "</Files>"]
        name = opening[1:].split()[0].rstrip(">")
        lines.append(f"</{name}>")
        if name == "If" and self.r.random() < 0.7:
            lines += ["<ElseIf true>", *self.directives(), "</ElseIf>",
                      "<Else>", *self.directives(), "</Else>"]
        return lines

    def server(self, sections):
        lines = self.directives() if self.r.random() < 0.5 else []
        for _ in range(sections):
            lines += self.section()
        return lines

    def config(self):
        lines = []
        for name in ("alone", "first", "public"):
            lines += self.policy(name)
        lines += self.server(3)
        for host in ("one", "two"):
            lines += ["<VirtualHost *:${PORT}>",
                      f"ServerName {host}.example", *self.server(2),
                      "</VirtualHost>"]
        return "\n".join(lines) + "\n"
