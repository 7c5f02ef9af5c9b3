"""A network of one host for tests with WebRTC: a namespace with a card of its own, so that nothing leaves the machine.

Owns making and removing the namespace. Must not start anything inside it: it yields a prefix for argument lists.
WebRTC finds no candidates on loopback alone, hence the card (a veth pair that leads nowhere).
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LAB_ADDRESS = "10.99.0.1"
_numbers = itertools.count(1)


class NoNetworkCard(RuntimeError):
    """Neither a namespace nor a network card of this machine's own is to be had; the message says why."""


def can_make_namespaces() -> bool:
    """Whether this is root on Linux with iproute2, in a place that allows namespaces."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode == 0


def _own_address() -> str | None:
    """An address of this machine that is not loopback, found without sending anything; None if there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address; connecting a UDP socket sends nothing
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


@contextmanager
def one_host_lab() -> Iterator[tuple[list[str], str]]:
    """Yields `(prefix, address)`: what to put before a command so that it runs in the lab, and the lab's address.

    Where namespaces are not allowed the prefix is empty and the address one of this machine's own; raises
    `NoNetworkCard` if there is none.
    """
    if not can_make_namespaces():
        address = _own_address()
        if address is None:
            raise NoNetworkCard("no network card and no right to make one: WebRTC finds no way between two pages here")
        yield [], address
        return
    name = f"gr{os.getpid()}x{next(_numbers)}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for step in (
            ["link", "set", "lo", "up"],
            ["link", "add", "v0", "type", "veth", "peer", "name", "v1"],
            ["addr", "add", f"{LAB_ADDRESS}/24", "dev", "v0"],
            ["link", "set", "v0", "up"],
            ["link", "set", "v1", "up"],
            # A page without camera permission offers only the address of its default route; this one leads nowhere.
            ["route", "add", "default", "dev", "v0"],
        ):
            subprocess.run(["ip", "-n", name, *step], check=True)
        yield ["ip", "netns", "exec", name], LAB_ADDRESS
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)
