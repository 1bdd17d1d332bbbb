# SPDX-License-Identifier: Apache-2.0
"""CORS as a browser does it: the Fetch Standard (fetch.spec.whatwg.org), its
algorithms by their names. Only what a cross-origin fetch() in mode "cors"
goes through; no preflight cache, no redirects."""

import re
from collections import namedtuple

# method: normalised. headers: pairs of a script, without forbidden names.
# credentials: "include", or anything else.
Fetch = namedtuple("Fetch", "origin method headers credentials")

# error: why it is a network error, else None. status and headers: what the
# script sees of the response; sent: what the server answered, in order.
Result = namedtuple("Result", "error status headers sent")

SAFELISTED_METHODS = ("GET", "HEAD", "POST")
NORMALISED = ("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT")
SAFELISTED_RESPONSE = {"cache-control", "content-language", "content-length",
                       "content-type", "expires", "last-modified", "pragma"}
FORBIDDEN_RESPONSE = {"set-cookie", "set-cookie2"}
UNSAFE_BYTE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
SIMPLE_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data",
                "text/plain")
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def normalise_method(method):
    return method.upper() if method.upper() in NORMALISED else method


def is_safelisted_request_header(name, value):
    """CORS-safelisted request-header"""
    if len(value) > 128:
        return False
    name = name.lower()
    if name == "accept":
        return not UNSAFE_BYTE.search(value)
    if name in ("accept-language", "content-language"):
        return LANGUAGE.fullmatch(value) is not None
    if name == "content-type":
        return (not UNSAFE_BYTE.search(value)
                and value.partition(";")[0].strip(" \t").lower()
                in SIMPLE_TYPES)
    if name == "range":
        return re.fullmatch(r"bytes=\d+-\d*", value) is not None
    return False


def unsafe_names(headers):
    """CORS-unsafe request-header names"""
    unsafe, maybe, size = [], [], 0
    for name, value in headers:
        if is_safelisted_request_header(name, value):
            maybe.append(name)
            size += len(value)
        else:
            unsafe.append(name)
    if size > 1024:
        unsafe += maybe
    return sorted({name.lower() for name in unsafe})


def get(response, name):
    """get a header from a header list: the values, combined"""
    values = response.all(name)
    return ", ".join(values) if values else None


def extract(response, name):
    """extract header list values: a list, None, or False for failure"""
    values = response.all(name)
    if not values:
        return None
    items = [item.strip(" \t") for value in values
             for item in value.split(",")]
    items = [item for item in items if item]
    if not all(TOKEN.fullmatch(item) for item in items):
        return False
    return items


def cors_check(fetch, response):
    """CORS check: None for success, else why it fails"""
    origin = get(response, "Access-Control-Allow-Origin")
    include = fetch.credentials == "include"
    if origin is None:
        return "no Access-Control-Allow-Origin"
    if not include and origin == "*":
        return None
    if origin != fetch.origin:
        return f"Access-Control-Allow-Origin is {origin}"
    if not include:
        return None
    if get(response, "Access-Control-Allow-Credentials") == "true":
        return None
    return "no Access-Control-Allow-Credentials"


def needs_preflight(fetch):
    return (fetch.method not in SAFELISTED_METHODS
            or bool(unsafe_names(fetch.headers)))


def preflight_headers(fetch):
    """The request of a CORS-preflight fetch"""
    headers = [("Origin", fetch.origin), ("Accept", "*/*"),
               ("Access-Control-Request-Method", fetch.method)]
    names = unsafe_names(fetch.headers)
    if names:
        headers.append(("Access-Control-Request-Headers", ",".join(names)))
    return headers


def check_preflight(fetch, response):
    """CORS-preflight fetch, from its response on: None, or why it fails"""
    error = cors_check(fetch, response)
    if error:
        return error
    if not 200 <= response.status <= 299:
        return f"status {response.status}"
    methods = extract(response, "Access-Control-Allow-Methods")
    names = extract(response, "Access-Control-Allow-Headers")
    if methods is False or names is False:
        return "a list that is none"
    methods = methods or []
    names = [name.lower() for name in names or []]
    include = fetch.credentials == "include"
    if (fetch.method not in methods
            and fetch.method not in SAFELISTED_METHODS
            and (include or "*" not in methods)):
        return f"method {fetch.method}"
    if (any(name.lower() == "authorization" for name, _ in fetch.headers)
            and "authorization" not in names):
        return "header authorization"
    for name in unsafe_names(fetch.headers):
        if name not in names and (include or "*" not in names):
            return f"header {name}"
    return None


def visible(fetch, response):
    """CORS filtered response: the names that the script sees"""
    exposed = extract(response, "Access-Control-Expose-Headers")
    names = {name.lower() for name, _ in response.headers}
    if exposed and fetch.credentials != "include" and "*" in exposed:
        listed = names
    else:
        listed = {name.lower() for name in exposed or []}
    return {name for name in names if name in SAFELISTED_RESPONSE
            or (name in listed and name not in FORBIDDEN_RESPONSE)}


def judge(fetch, response):
    """What a script sees of a response to the request itself."""
    error = cors_check(fetch, response)
    if error:
        return Result(error, None, None, [response])
    return Result(None, response.status, visible(fetch, response), [response])


def run(fetch, send):
    """HTTP fetch. send(method, headers) -> Response."""
    sent = []
    if needs_preflight(fetch):
        response = send("OPTIONS", preflight_headers(fetch))
        sent.append(response)
        error = check_preflight(fetch, response)
        if error:
            return Result(f"preflight: {error}", None, None, sent)
    headers = [("Origin", fetch.origin), *fetch.headers]
    if fetch.credentials == "include":
        headers.append(("Cookie", "session=1"))
    response = send(fetch.method, headers)
    result = judge(fetch, response)
    return result._replace(sent=sent + [response])
