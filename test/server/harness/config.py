# SPDX-License-Identifier: Apache-2.0
"""The configuration around the text that a test gives.

The test's text goes into a file of its own, test.conf, so that the line that
a message names is the line of the test's text. In it ${ROOT}, ${HTDOCS} and
${PORT} are defined, by httpd's own Define.
"""

import shutil
import subprocess
import textwrap
from collections import namedtuple

from . import host
from .place import new_directory

THREADED = """
StartServers 1
ServerLimit 2
ThreadLimit 16
ThreadsPerChild 16
MinSpareThreads 1
MaxSpareThreads 32
MaxRequestWorkers 32
"""

MPM_SETTINGS = {
    "prefork": """
StartServers 2
MinSpareServers 1
MaxSpareServers 8
MaxRequestWorkers 64
""",
    "event": THREADED,
    "worker": THREADED,
}


BASE = """
Define ROOT {root}
Define HTDOCS {root}/htdocs
Define PORT {port}
{load}
ServerRoot {root}
DefaultRuntimeDir {root}/run
PidFile {root}/run/httpd.pid
{user}
Listen 127.0.0.1:{port}
ServerName {server_name}
ErrorLog {root}/error.log
LogLevel {log_level}
{mpm_settings}
DocumentRoot {root}/htdocs
<Directory />
    AllowOverride None
</Directory>
<Directory {root}/htdocs>
    AllowOverride {overrides}
    Options FollowSymLinks MultiViews ExecCGI
    Require all granted
</Directory>
LogFormat "%m %U%q %>s" requests
CustomLog {root}/access.log requests
{extra}
Include {root}/test.conf
"""

ConfigTest = namedtuple("ConfigTest", "code output stdout stderr")


def make_tree(root):
    """The directories of one server, passable for the server's user."""
    for name in ("htdocs", "run"):
        (root / name).mkdir(mode=0o755, exist_ok=True)
    # CGI scripts, which run as the server's user, append to it.
    ran = root / "ran.log"
    ran.touch()
    ran.chmod(0o666)


def write_config(root, text, *, port, mpm="event", modules=(),
                 log_level="warn cors:debug", server_name=None, cors=True,
                 tls_port=None, overrides="All"):
    """Write httpd.conf and test.conf below root; return httpd.conf's path.

    overrides: AllowOverride in htdocs.
    """
    names = ["mpm_" + mpm, "authz_core", "unixd", "log_config"]
    extra = ""
    for name in modules:
        if name == "cgi":
            names += ["mime", "cgi" if mpm == "prefork" else "cgid"]
            extra += "AddHandler cgi-script .cgi\n"
            if mpm != "prefork":
                extra += f"ScriptSock {root}/run/cgid.sock\n"
        else:
            names.append(name)
    if "mime" in names:
        types = root / "mime.types"
        types.write_text("text/html html\ntext/plain txt\n"
                         "application/json json\n")
        extra += f"TypesConfig {types}\n"

    if tls_port:
        names += ["socache_shmcb", "ssl"]
        extra += f"Define TLS_PORT {tls_port}\nListen 127.0.0.1:{tls_port}\n"
        extra += f"SSLSessionCache shmcb:{root}/run/tls-sessions\n"

    load = "".join(host.load_module(n) for n in dict.fromkeys(names))
    if cors:
        load += f"LoadModule cors_module {host.cors_module()}\n"

    user = host.server_user()
    text = textwrap.dedent(text).lstrip("\n")
    (root / "test.conf").write_text(text)
    path = root / "httpd.conf"
    path.write_text(BASE.format(
        root=root, port=port, load=load, log_level=log_level,
        overrides=overrides,
        user=f"User {user.pw_name}\nGroup #{user.pw_gid}" if user else "",
        server_name=server_name or f"localhost:{port}",
        mpm_settings=MPM_SETTINGS[mpm], extra=extra))
    return path


def run_httpd(config, *args):
    """Run httpd on a configuration until it ends by itself."""
    done = subprocess.run([host.httpd(), "-f", str(config), *args], text=True,
                          errors="replace", capture_output=True,
                          stdin=subprocess.DEVNULL, env=host.environment(),
                          timeout=host.PATIENCE)
    return ConfigTest(done.returncode, done.stdout + done.stderr, done.stdout,
                      done.stderr)


def configtest(text, *, files=None, args=(), **options):
    """What `httpd -t` says of a configuration: (code, output, stdout, stderr).

    files: more files to write below htdocs, by name; ../NAME stands below the
    server's root. args: more arguments, such as ["-D", "DUMP_CORS"]. Other
    options as for write_config. Paths in the output are cut to what stands
    below the server's root.
    """
    root = new_directory()
    try:
        make_tree(root)
        for name, content in (files or {}).items():
            target = root / "htdocs" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
        options.setdefault("port", 1)
        path = write_config(root, text, **options)
        result = run_httpd(path, "-t", *args)
        return ConfigTest(result.code, *(part.replace(f"{root}/", "")
                                         for part in result[1:]))
    finally:
        shutil.rmtree(root, ignore_errors=True)
