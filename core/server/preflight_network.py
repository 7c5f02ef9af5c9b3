"""The network before the doors open: port, own addresses, ways between browsers, STUN and TURN servers.

Owns these looks and their sentences. Must not send anything but to this machine itself and to the servers that the
experiment names.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
import time

import ifaddr

from core.experiment.experiment import IceServer
from core.server import stun
from core.server.addresses import participant_links
from core.server.ice import turn_credentials
from core.server.preflight_shapes import Finding, Situation

EVERYWHERE = ("0.0.0.0", "::", "")
# RFC 5737 and RFC 3849: addresses nobody has. Choosing a way to them sends nothing.
NOWHERE = ((socket.AF_INET, "192.0.2.255"), (socket.AF_INET6, "2001:db8::ffff"))
CONNECT_WITHIN_S = 2.0
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def port(situation: Situation) -> Finding:
    """Can the port be listened on?"""
    host, number = situation.host, situation.port
    if number == 0:
        return Finding("fine", "Any free port is taken.")
    if situation.own_port == number:
        return Finding("fine", f"Port {number} is held by Greenroom's own engine, which the next run uses.")
    try:
        listening(host, number).close()
    except OSError as error:
        return _port_problem(host, number, error)
    return Finding("fine", f"Port {number} is free.")


def _port_problem(host: str, number: int, error: OSError) -> Finding:
    words = error.strerror or str(error)
    if isinstance(error, PermissionError) or error.errno == errno.EACCES:
        advice = "Give another port: those below 1024 need an administrator's rights on many systems."
        return Finding("stop", f"Port {number} may not be listened on ({words}).", advice)
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        advice = "Set server.host to 0.0.0.0 (all networks), or to an address of this computer."
        return Finding("stop", f"{host} is no address of this computer.", advice)
    advice = "Close the other program, perhaps another Greenroom, or give another port."
    return Finding("stop", f"Port {number} cannot be listened on ({words}).", advice)


def listening(host: str, number: int) -> socket.socket:
    """A socket that listens there, as the engine's would. Raises OSError."""
    try:
        found = socket.getaddrinfo(host or "0.0.0.0", number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except UnicodeError as error:  # a name that no name service can be asked for
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    family, kind, _, _, address = found[0]
    listener = socket.socket(family, kind)
    try:
        if sys.platform != "win32":  # there it would share the port with whoever has it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def address(situation: Situation) -> Finding:
    """Does this computer answer at the addresses that participants are given?"""
    host = situation.host
    try:
        listener = None if situation.own_port else listening(host, 0)
    except OSError as error:
        advice = "Set server.host to 0.0.0.0 (all networks), or to an address of this computer."
        return Finding("stop", f"Nothing can listen on {host} ({error.strerror or error}).", advice)
    try:
        reached_at = situation.own_port or (listener.getsockname()[1] if listener else 0)
        links = participant_links(host, situation.port or reached_at)
        names = [link.removeprefix("http://").rpartition(":")[0] for link in links]
        silent = [name for name in names if not _connects(name, reached_at)]
    finally:
        if listener is not None:
            listener.close()
    return _address_finding(links, names, silent)


def _address_finding(links: list[str], names: list[str], silent: list[str]) -> Finding:
    if silent:
        others = "" if len(silent) == len(names) else " Its other addresses answer."
        sentence = f"This computer does not answer at {', '.join(silent)}.{others}"
        advice = "Look at this computer's firewall, and whether a virtual network has left an address behind."
        return Finding("beware" if others else "stop", sentence, advice)
    if all(_is_loopback(name) for name in names):
        sentence = f"Only this computer can open the link ({links[0]})."
        return Finding("beware", sentence, "Connect it to a network, and set server.host to 0.0.0.0.")
    advice = (
        "Whether a firewall keeps others out shows on another device only: open the link on a phone of this network."
    )
    return Finding("fine", f"This computer answers at {links[0]}", advice)


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"


def _connects(name: str, number: int) -> bool:
    try:
        socket.create_connection((name.strip("[]"), number), CONNECT_WITHIN_S).close()
    except OSError:
        return False
    return True


def own_addresses() -> list[IPAddress]:
    """Every address of this machine's interfaces."""
    texts = [ip.ip if isinstance(ip.ip, str) else ip.ip[0] for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    return [ipaddress.ip_address(text.partition("%")[0]) for text in texts]


def interfaces(max_p2p_rtt_ms: int | None) -> Finding:
    """Is there a network for two browsers to meet on? WebRTC finds no way over loopback, not even on one computer."""
    addresses = [one for one in own_addresses() if not one.is_loopback]
    if any(not one.is_link_local for one in addresses):
        return Finding("fine", "This computer is connected to a network.")
    if addresses:
        return Finding(
            "beware",
            "This computer has no address that others on a network can reach, only link-local ones: participants can "
            "join from this computer only.",
            "Connect it to the lab's network.",
        )
    sentence = (
        "This computer has no network interface but loopback, and browsers cannot measure the round trip between two "
        "participants over that."
    )
    advice = "Connect it to a network (one without internet will do)"
    if max_p2p_rtt_ms is None:
        return Finding("beware", sentence, f"{advice} before you set an RTT limit.")
    return Finding("stop", sentence, f"{advice}, or set matching.max_p2p_rtt_ms to null.")


def route() -> Finding:
    """Would a browser on this computer find any way out? Without a default route it offers none."""
    for family, nowhere in NOWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as trial:
                trial.connect((nowhere, 9))
        except OSError:
            continue
        return Finding("fine", "Browsers on this computer find ways to others (there is a default route).")
    return Finding(
        "beware",
        "This computer has no default route: a browser on it finds no way to any other, and all its probes fail.",
        "Give this computer a default route (any address will do), and the participants' computers, too.",
    )


def ice_server(server: IceServer, url: str, *, relay_only: bool, timeout_s: float = 2.5) -> Finding:
    """Does a STUN or TURN server of the experiment answer, and let participants in?"""
    address = stun.server_of(url)
    if address is None:
        return Finding("beware", f"{url} is no address that can be asked.", "Write it like stun:stun.example.org:3478.")
    username, credential = server.username, server.credential
    if server.secret:
        username, credential = turn_credentials(server.secret, "preflight", time.time() + 600)
    answer = stun.ask(address, username, credential, timeout_s)
    if answer.outcome == "answers":
        does = "relays" if address.turn else "answers"
        return Finding("fine", f"{url} {does} (round trip {answer.rtt_ms:.0f} ms).")
    # Where only the relay may be used, there is no other way for anybody.
    return Finding("stop" if relay_only and address.turn else "beware", *_ice_problem(url, address, answer))


def _ice_problem(url: str, address: stun.Server, answer: stun.Answer) -> tuple[str, str]:
    match answer.outcome:
        case "not_found":
            return (
                f"{url}: the name {address.host} is not known ({answer.words}).",
                "Look at its spelling, or the network.",
            )
        case "unreachable":
            return (
                f"{url} cannot be reached ({answer.words}).",
                "Look at the address, its port, and the firewalls between.",
            )
        case "refused" if answer.code == 401:
            return (
                f"{url} answers, but refuses the user name, password or secret (401).",
                "Compare them with the server's.",
            )
        case "refused":
            what = {403: "forbids it", 437: "is at odds with itself", 486: "has no relay left", 508: "is full"}
            return (
                f"{url} answers, but {what.get(answer.code, 'refuses')} ({answer.code}).",
                "Look at the server's log.",
            )
        case _:
            advice = "Look at the address and its port; this network may block UDP, where TURN over TCP helps."
            return f"{url} does not answer.", advice
