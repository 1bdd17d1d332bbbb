#!/usr/bin/python3 -IS
# SPDX-License-Identifier: Apache-2.0
"""Prints four free loopback ports: any, or those from the first argument on.

A port that cannot be had gives one line on stderr and exit status 1.
"""
import errno
import socket
import sys

WANTED = 4

# The Fetch Standard's "bad ports" above 1023: browsers refuse to open them.
BAD = {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666,
       6667, 6668, 6669, 6679, 6697, 10080}


def bound(family, address, port):
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen()
    return listener


def check(port):
    """Binds the port on both loopback addresses: browsers try "localhost" at
    [::1] first, and would reach whoever listens there."""
    held = [bound(socket.AF_INET, "127.0.0.1", port)]
    port = held[0].getsockname()[1]
    try:
        held.append(bound(socket.AF_INET6, "::1", port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            held[0].close()
            raise
        # No IPv6 on this machine: nobody can listen there.
    return port, held


def free_ports():
    ports, held = [], []
    for _ in range(100):
        try:
            port, sockets = check(0)
        except OSError:
            continue
        held += sockets      # so that the next try gets another one
        if port not in BAD:
            ports.append(port)
        if len(ports) == WANTED:
            return ports
    sys.exit("error: found no free port on the loopback")


def given_ports(text):
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= 65536 - WANTED:
        sys.exit(f"error: --port {text}: give a number from 1024 to {65536 - WANTED}")
    ports = [int(text) + i for i in range(WANTED)]
    for port in ports:
        if port in BAD:
            sys.exit(f"error: port {port}: browsers refuse to open it, choose another --port")
        try:
            check(port)
        except OSError as error:
            why = "it is taken" if error.errno == errno.EADDRINUSE else error.strerror
            sys.exit(f"error: port {port}: {why} (the demo needs {ports[0]} to {ports[-1]})")
    return ports


print(*(given_ports(sys.argv[1]) if len(sys.argv) > 1 else free_ports()))
