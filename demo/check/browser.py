# SPDX-License-Identifier: Apache-2.0
"""What a browser does with CORS, as far as the demo goes: the Fetch Standard's
preflight, its cache, the CORS check, exposed headers, and cookies."""
import http.client
import http.cookies
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SAFE_METHODS = {"GET", "HEAD", "POST"}
SAFE_TYPES = {"text/plain", "multipart/form-data", "application/x-www-form-urlencoded"}
SAFE_RESPONSE_HEADERS = {"cache-control", "content-language", "content-length",
                         "content-type", "expires", "last-modified", "pragma"}


class Blocked(Exception):
    """The script gets no answer; says why, as a console would."""


@dataclass
class Exchange:
    """One request on the wire and its answer."""
    method: str
    url: str
    sent: dict
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def header(self, name):
        """The value as Fetch reads it: several lines are one list."""
        lines = self.headers.get_all(name)
        return None if lines is None else ", ".join(lines)

    def names(self, name):
        return [item.strip() for item in (self.header(name) or "").split(",") if item.strip()]


@dataclass
class Response:
    """What the script sees."""
    status: int
    text: str
    headers: dict

    def header(self, name):
        return self.headers.get(name.lower())


@dataclass
class Allowance:
    """What a preflight allowed, and until when it may be remembered."""
    methods: list
    headers: list
    until: float


@dataclass
class Browser:
    cookies: dict = field(default_factory=dict)     # host: {name: (value, path)}
    preflights: dict = field(default_factory=dict)  # (origin, url, credentials): Allowance
    wire: list = field(default_factory=list)        # every Exchange, in order

    def image(self, page, url):
        """An <img>: no CORS, so no Origin and no check."""
        answer = self._send("GET", url, self._cookie_header(page, url), None)
        if answer.status != 200 or not (answer.header("Content-Type") or "").startswith("image/"):
            raise Blocked("not an image")

    def fetch(self, origin, url, method="GET", json_body=None, credentials=False):
        """A script's fetch() in a page of this origin. Cookies go along with
        credentials, and always within the origin."""
        body = None if json_body is None else json.dumps(json_body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        own = _origin(url) == origin
        if not own:
            unsafe = _unsafe_headers(headers)
            if method not in SAFE_METHODS or unsafe:
                self._preflight(origin, url, method, unsafe, credentials)
        if not own or method not in ("GET", "HEAD"):
            headers["Origin"] = origin
        if own or credentials:
            headers |= self._cookie_header(origin, url)
        answer = self._send(method, url, headers, body)
        if own or credentials:
            self._store_cookies(answer)
        if not own:
            _cors_check(answer, origin, credentials)
        return Response(answer.status, answer.body.decode(), _visible(answer, own, credentials))

    def _preflight(self, origin, url, method, unsafe, credentials):
        key = (origin, url, credentials)
        known = self.preflights.get(key)
        if known and known.until > time.monotonic():
            if _allows(known, method, unsafe, credentials) is None:
                return
        asks = {"Origin": origin, "Access-Control-Request-Method": method}
        if unsafe:
            asks["Access-Control-Request-Headers"] = ",".join(unsafe)
        answer = self._send("OPTIONS", url, asks, None)
        _cors_check(answer, origin, credentials)
        if not 200 <= answer.status <= 299:
            raise Blocked(f"the preflight was answered {answer.status}")
        age = answer.header("Access-Control-Max-Age") or ""
        allowed = Allowance(answer.names("Access-Control-Allow-Methods"),
                            [name.lower() for name in answer.names("Access-Control-Allow-Headers")],
                            time.monotonic() + (int(age) if age.isdigit() else 5))
        why_not = _allows(allowed, method, unsafe, credentials)
        if why_not:
            raise Blocked(why_not)
        self.preflights[key] = allowed

    def _send(self, method, url, headers, body):
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=120)
        try:
            connection.request(method, f"{parts.path}?{parts.query}", body,
                               {"Host": parts.netloc, **headers})
            reply = connection.getresponse()
            answer = Exchange(method, url, headers, reply.status, reply.headers, reply.read())
        finally:
            connection.close()
        self.wire.append(answer)
        return answer

    def _cookie_header(self, page, url):
        """SameSite=Lax: only within the site, which is the host whatever its port."""
        parts = urlsplit(url)
        if urlsplit(page).hostname != parts.hostname:
            return {}
        pairs = [f"{name}={value}" for name, (value, path) in self.cookies.get(parts.hostname, {}).items()
                 if parts.path == path or parts.path.startswith(path.rstrip("/") + "/")]
        return {"Cookie": "; ".join(pairs)} if pairs else {}

    def _store_cookies(self, answer):
        jar = self.cookies.setdefault(urlsplit(answer.url).hostname, {})
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                jar[name] = (morsel.value, morsel["path"] or "/")


def _origin(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _unsafe_headers(headers):
    """Names of the request headers that a preflight must ask for."""
    return sorted(name.lower() for name, value in headers.items()
                  if not (name == "Content-Type" and value in SAFE_TYPES))


def _cors_check(answer, origin, credentials):
    allowed = answer.header("Access-Control-Allow-Origin")
    if allowed is None:
        raise Blocked("no Access-Control-Allow-Origin")
    if allowed == "*" and not credentials:
        return
    if allowed != origin:
        raise Blocked(f"Access-Control-Allow-Origin is {allowed}"
                      + (", but there are credentials" if allowed == "*" else ""))
    if credentials and answer.header("Access-Control-Allow-Credentials") != "true":
        raise Blocked("Access-Control-Allow-Credentials is not true")


def _allows(allowed, method, unsafe, credentials):
    """None, or what the preflight's answer lacks."""
    star = not credentials
    if method not in SAFE_METHODS and method not in allowed.methods and not (
            star and "*" in allowed.methods):
        return f"{method} is not in Access-Control-Allow-Methods"
    for name in unsafe:
        if name not in allowed.headers and not (
                star and "*" in allowed.headers and name != "authorization"):
            return f"{name} is not in Access-Control-Allow-Headers"
    return None


def _visible(answer, own, credentials):
    exposed = {name.lower() for name in answer.names("Access-Control-Expose-Headers")}
    everything = own or ("*" in exposed and not credentials)
    return {name: answer.header(name) for name in {key.lower() for key in answer.headers}
            if name != "set-cookie"
            and (everything or name in exposed or name in SAFE_RESPONSE_HEADERS)}
