"""Ports that this process listens on."""

import socket

from errors import Misconfigured


def listener(host: str, port: int) -> socket.socket:
    """Workers inherit it, and take connections in turns. Raises Misconfigured where the port is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise Misconfigured(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
    found.set_inheritable(True)
    return found
