# SPDX-License-Identifier: Apache-2.0
"""Varnish in front of httpd: its own VCL as it comes, and PURGE, which makes
all stored answers of a URL stale: the next request asks httpd whether they
have changed.

    with Varnish(server.port) as varnish: …
"""

from .process import Process, find

VCL = """
vcl 4.1;
import purge;
backend default { .host = "127.0.0.1"; .port = "%d"; }
sub vcl_recv {
    if (req.method == "PURGE") { return (hash); }
}
sub stale {
    if (req.method == "PURGE") {
        purge.soft(0s, 0s, 1h);
        return (synth(200));
    }
}
sub vcl_hit { call stale; }
sub vcl_miss { call stale; }
sub vcl_deliver {
    set resp.http.X-Cache = "MISS";
    if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; }
}
"""


class Varnish(Process):
    name = "varnish"

    def __init__(self, upstream):
        super().__init__()
        self.upstream = upstream

    def command(self):
        (self.root / "test.vcl").write_text(VCL % self.upstream)
        # Without its jail, which wants users of its own.
        return [find("varnishd"), "-F", "-j", "none",
                "-a", f"127.0.0.1:{self.port}", "-n", str(self.root / "work"),
                "-f", str(self.root / "test.vcl"), "-s", "malloc,16m",
                "-l", "2m", "-p", "thread_pools=1", "-p", "thread_pool_min=20",
                "-p", "default_keep=3600", "-T", "none"]
