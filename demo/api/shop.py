#!/usr/bin/python3 -IS
# SPDX-License-Identifier: Apache-2.0
"""The demo's API: an account behind a cookie, and orders. Knows nothing of CORS.

  POST /account   signs in: sets the cookie
  GET  /account   the account of the signed-in visitor, else 401
  PUT  /account   changes it (JSON)
  GET  /orders    the orders; PUT changes one (JSON)
"""
import json
import os
import sys

COOKIE = "cors_demo=ada"


def answer(status, value=None, headers=()):
    print(f"Status: {status}\r")
    print("X-Served-By: shelf-2\r")
    for header in headers:
        print(header + "\r")
    if value is None:
        print("\r")
    else:
        print("Content-Type: application/json\r\n\r")
        print(json.dumps(value))
    sys.exit(0)


def sent_json():
    """The JSON object in the request's body; any other body is answered 400."""
    try:
        length = min(int(os.environ.get("CONTENT_LENGTH") or 0), 10_000)
        value = json.loads(sys.stdin.buffer.read(length))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        answer("400 Bad Request", {"error": "send a JSON object"})
    return value


def account(method):
    cookies = os.environ.get("HTTP_COOKIE", "").split("; ")
    if method == "POST":
        answer("204 No Content", headers=(
            f"Set-Cookie: {COOKIE}; Path=/account; Max-Age=600; HttpOnly; SameSite=Lax",))
    if COOKIE not in cookies:
        answer("401 Unauthorized", {"error": "sign in first"})
    owner = {"name": "Ada", "town": "London"}
    if method == "PUT":
        owner.update(sent_json())
    answer("200 OK", owner, ("X-Credit: 42",))


def orders(method):
    if method == "PUT":
        answer("200 OK", {"order": 7} | sent_json())
    answer("200 OK", {"orders": [7, 8, 9]})


method = os.environ["REQUEST_METHOD"]
if method not in ("GET", "HEAD", "POST", "PUT"):
    answer("405 Method Not Allowed", headers=("Allow: GET, HEAD, POST, PUT",))
(account if os.environ["SCRIPT_NAME"] == "/account" else orders)(method)
