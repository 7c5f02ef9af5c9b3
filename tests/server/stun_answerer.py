"""A small STUN and TURN server of the test's own, over UDP and TCP on one port of loopback.

Owns answering Binding and Allocate as RFC 8489 and RFC 8656 say, with what a test wants to go wrong. Written from the
RFCs without core/server/stun.py, so that a mistake there is not made here, too. Must not hold expectations.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

MAGIC = b"\x21\x12\xa4\x42"
REALM, NONCE = b"lab", b"once-%d"


@dataclass
class Answerer:
    """`requests` are the methods asked for, in order; `lose` that many datagrams are dropped first."""

    port: int = 0
    password: str = ""
    lose: int = 0
    stale_once: bool = False
    code: int = 0
    strangers: bool = False
    requests: list[int] = field(default_factory=list)

    def answers(self, data: bytes) -> list[bytes]:
        """What goes back for one message."""
        method = struct.unpack("!H", data[:2])[0]
        if self.lose:
            self.lose -= 1
            return []
        self.requests.append(method)
        strange = [b"no STUN at all", _message(method | 0x110, bytes(12), _error(500))] if self.strangers else []
        return [*strange, self._answer(method, data)]

    def _answer(self, method: int, data: bytes) -> bytes:
        transaction = data[8:20]
        if self.code:
            return _message(method | 0x110, transaction, _error(self.code))
        if method == 1 or not self.password:
            return _message(method | 0x100, transaction)
        demand = _attribute(0x14, REALM) + _attribute(0x15, NONCE % len(self.requests))
        if self.stale_once and self.requests.count(3) == 2:
            return _message(method | 0x110, transaction, _error(438) + demand)
        if not self._signed(data):
            return _message(method | 0x110, transaction, _error(401) + demand)
        return _message(method | 0x100, transaction)

    def _signed(self, data: bytes) -> bool:
        at = data.find(b"\x00\x08\x00\x14")
        if at < 0:
            return False
        key = hashlib.md5(b"user:" + REALM + b":" + self.password.encode()).digest()
        covered = data[:2] + struct.pack("!H", at + 24 - 20) + data[4:at]
        return hmac.compare_digest(hmac.new(key, covered, hashlib.sha1).digest(), data[at + 4 : at + 24])


def _message(kind: int, transaction: bytes, body: bytes = b"") -> bytes:
    return struct.pack("!HH", kind, len(body)) + MAGIC + transaction + body


def _attribute(number: int, value: bytes) -> bytes:
    return struct.pack("!HH", number, len(value)) + value + b"\0" * (-len(value) % 4)


def _error(code: int) -> bytes:
    return _attribute(9, bytes((0, 0, code // 100, code % 100)) + b"no")


@contextmanager
def answering(answerer: Answerer) -> Iterator[Answerer]:
    """Let it listen; `port` is set then."""
    with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        stream.bind(("127.0.0.1", 0))
        answerer.port = stream.getsockname()[1]
        datagrams.bind(("127.0.0.1", answerer.port))
        stream.listen()
        threads = [
            threading.Thread(target=_serve_datagrams, args=(datagrams, answerer)),
            threading.Thread(target=_serve_streams, args=(stream, answerer)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield answerer
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", answerer.port))
            stream.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(5)


def _serve_datagrams(line: socket.socket, answerer: Answerer) -> None:
    while True:
        data, peer = line.recvfrom(2048)
        if not data:
            return
        for answer in answerer.answers(data):
            line.sendto(answer, peer)


def _serve_streams(listener: socket.socket, answerer: Answerer) -> None:
    with suppress(OSError):  # that is how it ends
        while True:
            line, _ = listener.accept()
            with line:
                while data := line.recv(2048):
                    for answer in answerer.answers(data):
                        if answer[:2] != b"no":  # a stream cannot be cut into messages again after that
                            line.sendall(answer[:7])
                            line.sendall(answer[7:])
