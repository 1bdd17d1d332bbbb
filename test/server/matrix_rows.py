# SPDX-License-Identifier: Apache-2.0
"""The rows of test_matrix.py: one kind of response each, from matrix_site.py.
"""

from dataclasses import dataclass

GZIP = ("Accept-Encoding", "gzip")
BROTLI = ("Accept-Encoding", "br")
SINCE = ("If-Modified-Since", "Fri, 01 Jan 2010 00:00:00 GMT")
ANY = ("If-None-Match", "*")

SERVER, LOCATION, NOWHERE = "server", "location", "nowhere"


@dataclass
class Row:
    """A request, and the status that httpd alone gives it.

    reach: what of the configuration is known when the response is made: all
    of it, or only what stands in virtual hosts and <Location> (a proxied URL
    lies in no directory; a server-level redirect comes before they are
    looked at), or nothing.
    """

    name: str
    method: str
    path: str
    status: int
    headers: tuple = ()
    body: str = None
    raw: str = None         # a request that no client would send, HTTP/1.1
    reach: str = "all"      # LOCATION, NOWHERE
    page: bool = False      # an error page in a directory: its policy holds
                            # where that of the request is not known
    first: str = "module"   # who answers a preflight: "httpd" where it ends
                            # the request before authentication
    judged: bool = True     # False: it ends before CORSRefusal has a say
    carries: bool = True    # False: no filter sees a response of that status
    whole: str = None       # the row of the same request without conditions
    only: str = ""          # "1.1", "2"
    interim: tuple = ()     # statuses of the 1xx before it
    framing: bool = True    # False: Content-Length and chunks may differ
    mask: str = ""          # regex: what differs in the body by itself
    opaque: bool = False    # the body differs altogether
    cut: bool = False       # the body ends before its end
    fresh: bool = False     # on a connection of its own
    threaded: bool = False  # not with prefork: a script of mod_cgi that is
                            # stopped before it has started takes the mutexes
                            # of httpd along


def get(name, path, status=200, *headers, **more):
    return Row(name, "GET", path, status, headers, **more)


def cgi(name, path, status=200, *headers, method="GET", **more):
    """What a script says comes at its own pace: framing differs."""
    return Row(name, method, path, status, headers, framing=False, **more)


def head(line, *fields):
    """A request by hand; {more} is where the matrix adds its fields: early,
    for httpd stops reading where it finds a fault."""
    return f"{line}\r\n{{more}}" + "".join(f"{f}\r\n" for f in fields) \
        + "\r\n"


HOST = "Host: {host}"
# Before <Directory> is looked at.
EARLY = dict(reach=LOCATION, first="httpd", judged=False)
PROXIED = dict(reach=LOCATION)

STATIC = [
    get("static", "/a.txt"),
    Row("static HEAD", "HEAD", "/a.txt", 200),
    Row("static POST", "POST", "/a.txt", 200, body="x"),
    Row("static OPTIONS", "OPTIONS", "/a.txt", 200),
    Row("OPTIONS *", "OPTIONS", "*", 200, reach=NOWHERE),
    Row("unknown method, 501", "BREW", "/a.txt", 501),
    Row("static DELETE, 405", "DELETE", "/a.txt", 405),
    Row("TRACE", "TRACE", "/a.txt", 200, framing=False, reach=NOWHERE,
        mask=r"(?i)(x-test: .*|origin: .*|access-control-.*)\r\n"),
    get("range, 206", "/a.txt", 206, ("Range", "bytes=1-3")),
    get("ranges, 206 of parts", "/a.txt", 206, ("Range", "bytes=0-1,9-12"),
        framing=False, mask=r"(?<=--)[0-9a-f]{10,}"),
    get("range, 416", "/a.txt", 416, ("Range", "bytes=900-")),
    get("304 by ETag", "/a.txt", 304, ANY, whole="static"),
    get("304 by date", "/a.txt", 304, SINCE, whole="static"),
    Row("304 to HEAD", "HEAD", "/a.txt", 304, (ANY,), whole="static HEAD"),
    get("412", "/a.txt", 412, ("If-Match", '"x"')),
    get("404", "/none.txt", 404),
    get("path below a file, 404", "/a.txt/x", 404),
    get("directory listing", "/list/"),
    get("slash redirect", "/list", 301),
    get("no listing, 403", "/nolist/", 403),
    get("index", "/index/"),
    get("index, 304", "/index/", 304, ANY, whole="index"),
    cgi("index by a script", "/indexcgi/"),
    get("fallback", "/fallback/missing"),
    cgi("fallback to a script", "/fallbackcgi/missing"),
    get("401", "/private/a.txt", 401, judged=False),
    get("denied, 403", "/denied/a.txt", 403, first="httpd", judged=False),
    get("walk stopped, 403", "/closed/x/a.txt", 403, reach=NOWHERE),
    get("wrong .htaccess, 500", "/bad/a.txt", 500, reach=NOWHERE),
    get("mod_headers", "/set/a.txt"),
    get("mod_headers, 404", "/set/none.txt", 404),
    get("mod_headers, 304", "/set/a.txt", 304, ANY, whole="mod_headers"),
    get("method allowed", "/methods/a.txt", first="httpd"),
    Row("method refused, 405 with a page", "PUT", "/methods/a.txt", 405,
        body="x", first="httpd", judged=False),
]

REDIRECTED = [
    get("rewrite internal, directory", "/dir/internal"),
    cgi("rewrite internal to a script, directory", "/dir/script"),
    get("rewrite moved, directory", "/dir/moved", 302),
    get("rewrite gone, directory", "/dir/gone", 410),
    get("rewrite forbidden, directory", "/dir/forbidden", 403),
    get("rewrite R=200, directory", "/dir/ok"),
    get("rewrite R=409, directory", "/dir/conflict", 409),
    get("rewrite to a proxy, directory", "/dir/proxy"),
    get("rewrite internal, server", "/server/internal"),
    get("rewrite moved, server", "/server/moved", 302, **EARLY),
    get("rewrite gone, server", "/server/gone", 410, **EARLY),
    get("rewrite forbidden, server", "/server/forbidden", 403, **EARLY),
    get("rewrite R=200, server", "/server/ok", 200, **EARLY),
    get("rewrite to a proxy, server", "/server/proxy", **PROXIED),
    get("Redirect, server", "/redirect/server", 301, **EARLY),
    get("Redirect gone, server", "/redirect/gone", 410, **EARLY),
    get("Redirect, directory", "/moved/a.txt", 308),
    get("spelling", "/spell/a.tyt", 301),
    get("Redirect, location", "/redirect/location", 307, **EARLY),
    get("error page, local", "/e/local", 404),
    cgi("error page, script", "/e/script", 404),
    get("error page, text", "/e/text", 404),
    get("error page, external", "/e/external", 302),
    get("error page, lost", "/e/lost", 404),
]

HANDLERS = [
    cgi("cgi", "/cgi/run.cgi"),
    cgi("cgi HEAD", "/cgi/run.cgi", method="HEAD"),
    cgi("cgi OPTIONS", "/cgi/run.cgi", method="OPTIONS"),
    cgi("cgi POST", "/cgi/run.cgi", method="POST", body="a=b"),
    cgi("cgi, body in chunks", "/cgi/run.cgi", 200,
        ("Transfer-Encoding", "chunked"), method="POST", only="1.1",
        body="3\r\na=b\r\n0\r\n\r\n"),
    cgi("cgi, Expect", "/cgi/run.cgi", 200, ("Expect", "100-continue"),
        method="POST", body="a=b", only="1.1", interim=(100,)),
    cgi("cgi 201", "/cgi/201.cgi", 201, method="POST", body="x"),
    cgi("cgi 204", "/cgi/204.cgi", 204),
    cgi("cgi 304", "/cgi/304.cgi", 304),
    cgi("cgi 404", "/cgi/404.cgi", 404),
    cgi("cgi 500", "/cgi/500.cgi", 500),
    cgi("cgi broken, 500", "/cgi/broken.cgi", 500),
    cgi("cgi Location", "/cgi/moved.cgi", 302),
    cgi("cgi local Location", "/cgi/local.cgi", 200),
    cgi("cgi own headers", "/cgi/own.cgi"),
    cgi("cgi own headers twice", "/cgi/twice.cgi"),
    cgi("cgi Vary", "/cgi/vary.cgi"),
    cgi("cgi Vary: *", "/cgi/star.cgi"),
    cgi("nph-", "/cgi/nph-run.cgi", carries=False, only="1.1"),
    # Over HTTP/2 httpd does not count what nobody reads.
    Row("413", "POST", "/small/a.txt", 413, body="x" * 50, only="1.1"),
    cgi("413, script", "/small/run.cgi", 413, method="POST", body="x" * 50,
        threaded=True),
    Row("413, chunks", "POST", "/small/a.txt", 413,
        (("Transfer-Encoding", "chunked"),), only="1.1",
        body="14\r\n" + "x" * 20 + "\r\n0\r\n\r\n"),
    cgi("include", "/include/page.shtml"),
    get("asis", "/asis/page.asis", 299),
    cgi("action", "/asis/x.acted"),
    get("lua", "/lua/page.lua"),
    get("lua 404", "/lua/404.lua", 404),
    get("lua broken, 500", "/lua/broken.lua", 500, framing=False,
        opaque=True),
    get("status", "/status", opaque=True, framing=False),
    get("status ?auto", "/status?auto", opaque=True, framing=False),
    get("dav GET", "/dav/a.txt"),
    Row("dav OPTIONS", "OPTIONS", "/dav/a.txt", 200),
    Row("dav PROPFIND", "PROPFIND", "/dav/a.txt", 207, (("Depth", "0"),),
        framing=False,
        mask=r' xmlns:lp\d="[^"]*"|<lp1:creationdate>[^<]*'),
    Row("dav PUT", "PUT", "/dav/put.txt", 204, body="put"),
    Row("dav MKCOL, 405", "MKCOL", "/dav/a.txt", 405),
    Row("dav PUT, 412", "PUT", "/dav/a.txt", 412, (ANY,), body="x"),
    get("negotiated", "/multi/doc", 200, ("Accept-Language", "de")),
    get("negotiated, 304", "/multi/doc", 304, ("Accept-Language", "de"), ANY,
        whole="negotiated"),
    get("negotiated, 300", "/multi/doc", 300, ("Negotiate", "trans"),
        judged=False),
    get("negotiated, 406", "/multi/doc", 406, ("Accept", "image/png"),
        judged=False),
    get("type map", "/map/doc.var", 200, ("Accept-Language", "en")),
    get("type map, 406", "/map/doc.var", 406, ("Accept", "image/png")),
    get("deflate", "/zip/a.txt", 200, GZIP),
    Row("deflate HEAD", "HEAD", "/zip/a.txt", 200, (GZIP,)),
    get("deflate, 304", "/zip/a.txt", 304, GZIP, ANY, whole="deflate"),
    get("deflate, not asked", "/zip/a.txt"),
    get("brotli", "/br/a.txt", 200, BROTLI),
    get("brotli, 304", "/br/a.txt", 304, BROTLI, ANY, whole="brotli"),
    get("early hints", "/hint/a.txt", only="2", interim=(103,)),
]

UPGRADE = (("Connection", "Upgrade"), ("Upgrade", "websocket"),
           ("Sec-WebSocket-Version", "13"),
           ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="))

BEHIND = [
    get("proxy", "/proxy/200", **PROXIED),
    get("proxy 304", "/proxy/304", 304, ('If-None-Match', '"x"'), **PROXIED),
    get("proxy 404", "/proxy/404", 404, **PROXIED),
    get("proxy own headers", "/proxy/own", **PROXIED),
    Row("proxy OPTIONS", "OPTIONS", "/proxy/200", 200, **PROXIED),
    Row("proxy POST", "POST", "/proxy/200", 200, body="x", **PROXIED),
    get("proxy early hints", "/proxy/early", interim=(103,), **PROXIED),
    # On a kept connection httpd hangs up, so that the client tries again.
    get("101", "/upgrade/", 101, *UPGRADE, carries=False, only="1.1",
        fresh=True, **PROXIED),
    get("proxy 502", "/proxy/closes", 502, fresh=True, only="1.1",
        **PROXIED),
    get("proxy 503", "/nobody", 503, **PROXIED),
    get("proxy, body cut short", "/proxy/cut", cut=True, opaque=True,
        **PROXIED),
    get("balancer, fail-over", "/some", **PROXIED),
    get("balancer, 503", "/none", 503, **PROXIED),
    get("express", "/express/item", **PROXIED),
    get("express 304", "/express/cookie", 304, ANY, whole="express cookie",
        **PROXIED),
    get("express cookie", "/express/cookie", **PROXIED),
    get("express 401", "/express/refused", 401, **PROXIED),
    get("express 500", "/express/broken", 500, **PROXIED),
    Row("express OPTIONS", "OPTIONS", "/express/item", 200, **PROXIED),
    cgi("php", "/php/app.php"),
    cgi("php POST", "/php/app.php", method="POST", body="x"),
    cgi("php 304", "/php/app.php?status=304", 304),
    cgi("php 404", "/php/app.php?status=404", 404),
    get("override 404, text", "/proxy/override/404", 404, **PROXIED),
    get("override 500, page", "/proxy/override/500", 500, page=True,
        fresh=True, **PROXIED),
]

GET = "GET /a.txt HTTP/1.1"
LONG = "x" * 2500
REFUSED = [
    Row("400, field", "GET", "", 400, raw=head(GET, HOST, "X y: z"),
        reach=NOWHERE),
    Row("400, long field", "GET", "", 400, raw=head(GET, HOST, "X: " + LONG),
        reach=NOWHERE),
    Row("400, many fields", "GET", "", 400, reach=NOWHERE,
        raw=head(GET, HOST, *(f"X{i}: y" for i in range(60)))),
    Row("400, escape", "GET", "", 400, reach=NOWHERE,
        raw=head("GET /%zz HTTP/1.1", HOST)),
    Row("404, slash", "GET", "", 404, reach=NOWHERE,
        raw=head("GET /a%2fb HTTP/1.1", HOST)),
    Row("417", "GET", "", 417, raw=head(GET, HOST, "Expect: miracles"),
        reach=NOWHERE),
    Row("400, coding", "POST", "", 400, reach=NOWHERE,
        raw=head("POST /a.txt HTTP/1.1", HOST, "Transfer-Encoding: magic")),
    Row("CONNECT", "CONNECT", "", 405,
        raw=head("CONNECT {host}:443 HTTP/1.1", HOST)),
    Row("whole URL", "GET", "", 200,
        raw=head("GET http://{host}/a.txt HTTP/1.1", "Host: other.example")),
    Row("HTTP/1.0", "GET", "", 200, raw=head("GET /a.txt HTTP/1.0", HOST)),
]

ROWS = [*STATIC, *REDIRECTED, *HANDLERS, *BEHIND, *REFUSED]
BY_NAME = {r.name: r for r in ROWS}
assert len(BY_NAME) == len(ROWS)
