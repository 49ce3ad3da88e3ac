"""Whether a host is this machine: only there may a far side go without proving who it is.

A name is never looked up: what it means today says nothing of tomorrow.
"""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether `host` is `localhost` or an address of the loopback range."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
