# SPDX-License-Identifier: Apache-2.0
"""The policies of test_matrix.py, each the policy of a virtual host of its
own, and what spec.md, sections 3 and 4, says of each: written from there, not
from the module.
"""

from dataclasses import dataclass, field

APP = "https://app.example"         # may read
OTHER = "https://other.example"     # may read where everybody may
EVIL = "https://evil.example"       # is refused, but by a plain *

PREFLIGHTS = """
    CORSAllowMethods PUT
    CORSAllowHeaders X-One
    CORSMaxAge 60
"""
LISTS = PREFLIGHTS + "    CORSExposeHeaders X-Two ETag\n"
CREDENTIALED = f"""
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSTimingAllowOrigin On
""" + LISTS

ASKED = {"allow-methods": "PUT", "allow-headers": "X-One", "max-age": "60"}
EXPOSED = {"expose-headers": "X-Two, ETag"}
CREDENTIALS = {"allow-credentials": "true"}

# For CORSUsePolicy, in the virtual host.
NAMED = f"""
<CORSPolicy partners>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSExposeHeaders X-Two ETag
    {PREFLIGHTS}
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
    CORSExposeHeaders X-Two
    {PREFLIGHTS}
</CORSPolicy>
"""


@dataclass
class World:
    """One policy.

    lines stand in `where`; beside: lines of the virtual host that are no
    directives of this module, so that the server without it has them too.
    """

    name: str
    lines: str
    where: str = '<Location "/">\n{}\n</Location>\n'
    beside: str = ""
    readers: dict = field(default_factory=dict)     # origin: {its headers}
    everybody: dict = None          # headers that all get, whatever Origin
    allows: tuple = (APP,)          # by CORS_RESULT
    preflight: str = "204"
    engine: str = "On"
    keeps: bool = False             # CORSBackendHeaders Keep
    whole: tuple = ()               # origins that get no 304
    timing: bool = False
    forbids: bool = False           # CORSRefusal Forbid
    deep: bool = False              # only what lies in a directory has it
    rows: str = ""                  # regex; "": all

    @property
    def host(self):
        """All as long: lengths of bodies that name it must not differ."""
        return f"{self.name:0<10}.example"

    @property
    def varies(self):
        return self.everybody is None

    def actual(self, origin):
        """Access-Control-* of an ordinary response, section 3."""
        if self.everybody is not None:
            return {**self.everybody, **EXPOSED}
        granted = self.readers.get(origin)
        return {} if granted is None else {
            "allow-origin": origin, **EXPOSED, **granted}

    def grants(self, origin):
        """Whether a preflight succeeds; that of Always always does."""
        return self.everybody is not None or origin in self.readers

    def answer(self, origin):
        """Access-Control-* of the answer to a preflight, section 4."""
        if not self.grants(origin):
            return {}
        shown = dict(self.actual(origin))
        shown.pop("expose-headers", None)
        return {**shown, **ASKED}

    def result(self, origin, preflight):
        """CORS_RESULT where a section is known."""
        if origin is None or self.engine == "Off":
            return None
        if origin not in self.allows:
            return "refused-origin"
        return "preflight-allowed" if preflight else "allowed"


VHOST = "{}\n"
DIRECTORY = "<Directory ${{HTDOCS}}>\n{}\n</Directory>\n"
# <Macro> and Use are mod_macro's, and stand without this module too.
MACRO = ("<Macro policy_made>\n{}\n</Macro>\n"
         '<Location "/">\nUse policy_made\n</Location>\n')

ONE = dict(readers={APP: CREDENTIALS}, timing=True)

EARLY = """
    Header set Access-Control-Allow-Origin https://early.example early
    Header add Access-Control-Allow-Methods EARLY early
    Header set Vary X-Early early
    Header set X-Early 1 early
"""
UNSET = {
    "origin": ["Origin"],
    "method": ["Access-Control-Request-Method"],
    "headers": ["Access-Control-Request-Headers"],
    "allthree": ["Origin", "Access-Control-Request-Method",
                 "Access-Control-Request-Headers"],
}
# Starting scripts is what takes the time: of those one with its own headers
# and one without, where there is nothing new to them.
FEWER = r"(?!cgi|nph)|cgi( own headers)?$"
FEW = (r"(static|404$|304 by|index$|fallback$|rewrite (internal,|moved|R)|401"
       r"|cgi( own headers)?$|include|proxy|method refused)")

# The first is where httpd puts a request before it has read Host.
WORLDS = [
    World("vhost", CREDENTIALED + "CORSPreflight 200", where=VHOST,
          preflight="200", rows=FEWER, **ONE),
    World("creds", CREDENTIALED, **ONE),
    World("plain", "CORSAllowOrigin *" + LISTS,
          everybody={"allow-origin": "*"}, allows=(APP, OTHER, EVIL)),
    World("several", f"CORSUsePolicy partners public\nCORSDenyOrigin {EVIL}",
          readers={APP: CREDENTIALS, OTHER: {"expose-headers": "X-Two"}},
          allows=(APP, OTHER), whole=(OTHER, EVIL)),
    World("report", CREDENTIALED + "CORSEngine ReportOnly", engine="Report",
          **ONE),
    World("off", CREDENTIALED + "CORSEngine Off", engine="Off",
          rows=FEWER, **ONE),
    World("keep", f"CORSAllowOrigin {APP}\nCORSDenyOrigin {EVIL}\n"
          "CORSBackendHeaders Keep" + LISTS, readers={APP: {}}, keeps=True,
          whole=(APP, OTHER, EVIL)),
    World("always", f"CORSAllowOrigin {APP}\nCORSSendOrigin Always\n"
          "CORSAllowCredentials On" + LISTS,
          everybody={"allow-origin": APP, **CREDENTIALS}, rows=FEWER),
    World("pass", CREDENTIALED + "CORSPreflight PassThrough",
          preflight="pass", **ONE),
    World("forbid", CREDENTIALED + "CORSRefusal Forbid", forbids=True, **ONE),
    World("directory", CREDENTIALED, where=DIRECTORY, deep=True,
          rows=FEWER, **ONE),
    World("macro", CREDENTIALED, where=MACRO, rows=FEW, **ONE),
    World("early", CREDENTIALED, beside=EARLY, rows=FEW, **ONE),
    *(World(name, CREDENTIALED + "CORSPreflight PassThrough", rows=FEW,
            beside="".join(f"RequestHeader unset {n}\n" for n in names),
            preflight="pass", **ONE) for name, names in UNSET.items()),
]

# What runs over HTTP/2 and TLS as well.
MAIN = ["creds", "report", "plain", "several"]


def virtual_hosts():
    """The configuration of all worlds; ${ROOT}/rows.conf is the site."""
    text = ""
    for address, tls in (("127.0.0.1:${PORT}", ""),
                         ("127.0.0.1:${TLS_PORT}", "SSLEngine On\n")):
        for world in WORLDS:
            if tls and world.name not in MAIN:
                continue
            guarded = f"<IfModule mod_cors.c>\n{world.lines}\n</IfModule>"
            named = f"<IfModule mod_cors.c>\n{NAMED}\n</IfModule>"
            where = world.where.replace("policy_made",
                                        f"policy_{len(text)}")
            text += (f"<VirtualHost {address}>\nServerName {world.host}\n"
                     f"{tls}{named}\n{world.beside}\n"
                     f"Include ${{ROOT}}/rows.conf\n"
                     + where.format(guarded) + "</VirtualHost>\n")
    return text
