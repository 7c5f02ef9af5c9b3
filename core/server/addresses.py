"""Under which addresses this machine can be reached.

Owns the choice and order of the participants' links. Must not open sockets to anywhere.
"""

from __future__ import annotations

import ipaddress

import ifaddr


def network_addresses() -> list[str]:
    """This machine's IPv4 addresses that others on its networks can reach, private networks first; may be empty.

    Left out: loopback, link-local (169.254.…, no network was found) and addresses of interfaces that only talk to
    themselves.
    """
    found: list[ipaddress.IPv4Address] = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            if not isinstance(ip.ip, str):
                continue  # IPv6: its link-local addresses need a zone, which no phone can type
            address = ipaddress.IPv4Address(ip.ip)
            if not (address.is_loopback or address.is_link_local or address.is_unspecified or address in found):
                found.append(address)
    found.sort(key=lambda address: not address.is_private)
    return [str(address) for address in found]


def participant_links(host: str, port: int) -> list[str]:
    """Where participants can join when the engine listens on `host`: most reachable first, this machine's own last."""
    if host in ("0.0.0.0", "::", ""):
        hosts = [*network_addresses(), "localhost"]
    else:
        hosts = [host]
    return [f"http://{name}:{port}/" for name in hosts]
