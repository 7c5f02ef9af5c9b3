"""Asking a STUN or TURN server whether it answers, as a browser would: one question over UDP, TCP or TLS.

Owns the few messages that takes: Binding (RFC 8489) and Allocate with long-term credentials (RFC 8656), and giving an
allocation back at once. Must not keep an answer's addresses, nor relay anything.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

COOKIE = 0x2112A442  # RFC 8489, section 5
BINDING, ALLOCATE, REFRESH = 0x0001, 0x0003, 0x0004
SUCCESS, FAILURE = 0x0100, 0x0110  # RFC 8489, section 5: the class bits of a method's answers
USERNAME, INTEGRITY, ERROR_CODE, LIFETIME = 0x0006, 0x0008, 0x0009, 0x000D
REALM, NONCE, REQUESTED_TRANSPORT = 0x0014, 0x0015, 0x0019
UDP_RELAY = bytes((17, 0, 0, 0))  # RFC 8656, section 18.7: the protocol number of UDP
RESEND_AFTER_S = (0.5, 1.0, 2.0, 4.0)  # RFC 8489, section 6.2.1: each wait twice the last
LONGEST_ANSWER = 65_535
_ADDRESS = re.compile(r"(stuns?|turns?):(\[[0-9A-Fa-f:.]+\]|[^:?\[\]]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?")

Outcome = Literal["answers", "refused", "silent", "not_found", "unreachable"]


@dataclass(frozen=True)
class Server:
    """An address of the experiment's `ice_servers`, taken apart (RFC 7064, RFC 7065)."""

    turn: bool
    tls: bool
    host: str
    port: int
    transport: Literal["udp", "tcp"]


@dataclass(frozen=True)
class Answer:
    """What came of asking: `code` is the server's own for "refused", `words` what the system said otherwise."""

    outcome: Outcome
    rtt_ms: float = 0.0
    code: int = 0
    words: str = ""


class _NoAnswerError(Exception):
    """Nothing that could be read came in time."""


@dataclass(frozen=True)
class _Message:
    kind: int
    attributes: dict[int, bytes]

    @property
    def code(self) -> int:
        """The number of an error answer, as 401; 0 if it has none."""
        value = self.attributes.get(ERROR_CODE, b"")
        return (value[2] & 7) * 100 + value[3] if len(value) >= 4 else 0


def server_of(url: str) -> Server | None:
    """`turn:turn.example.org:3478?transport=tcp` taken apart; None if it is no such address."""
    match = _ADDRESS.fullmatch(url)
    if match is None:
        return None
    scheme, host, port, transport = match.groups()
    tls = scheme.endswith("s")
    number = int(port) if port else (5349 if tls else 3478)
    if not 0 < number < 65_536:
        return None
    return Server(
        scheme.startswith("turn"), tls, host.strip("[]"), number, "tcp" if tls or transport == "tcp" else "udp"
    )


def ask(server: Server, username: str = "", credential: str = "", timeout_s: float = 2.5) -> Answer:
    """Ask for this computer's own address (STUN), or for a relay that is given back at once (TURN). Blocks."""
    began_s = time.monotonic()
    try:
        found = socket.getaddrinfo(server.host, server.port, type=_kind(server))
    except (OSError, UnicodeError) as error:
        return Answer("not_found", words=_words(error))
    last = Answer("silent")
    deadline_s = time.monotonic() + timeout_s
    for family, kind, _, _, address in found[:2]:
        try:
            with socket.socket(family, kind) as raw:
                raw.settimeout(max(0.05, deadline_s - time.monotonic()))
                raw.connect(address)
                line: socket.socket = _secured(raw, server.host) if server.tls else raw
                began_s = time.monotonic()
                return _talk(_Line(line, server.transport == "udp", deadline_s), server, username, credential, began_s)
        except (_NoAnswerError, TimeoutError):
            last = Answer("silent")
        except OSError as error:  # ssl's errors are OSErrors, too
            last = Answer("unreachable", words=_words(error))
    return last


def _kind(server: Server) -> socket.SocketKind:
    return socket.SOCK_DGRAM if server.transport == "udp" else socket.SOCK_STREAM


def _secured(raw: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(raw, server_hostname=host)


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _talk(line: _Line, server: Server, username: str, credential: str, began_s: float) -> Answer:
    if not server.turn:
        answer = line.request(BINDING, {})
        rtt_ms = (time.monotonic() - began_s) * 1000
        return Answer("answers", rtt_ms) if answer.kind == BINDING | SUCCESS else Answer("refused", code=answer.code)
    wanted = {REQUESTED_TRANSPORT: UDP_RELAY}
    answer = line.request(ALLOCATE, wanted)
    rtt_ms = (time.monotonic() - began_s) * 1000
    if answer.code == 401 and username:
        key, proof = _credentials(answer, username, credential)
        answer = line.request(ALLOCATE, {**wanted, **proof}, key)
        if answer.code == 438:  # the nonce had just run out
            key, proof = _credentials(answer, username, credential)
            answer = line.request(ALLOCATE, {**wanted, **proof}, key)
        if answer.kind == ALLOCATE | SUCCESS:
            line.send(REFRESH, {LIFETIME: bytes(4), **proof}, key)
    if answer.kind == ALLOCATE | SUCCESS:
        return Answer("answers", rtt_ms)
    return Answer("refused", rtt_ms, code=answer.code)


def _credentials(answer: _Message, username: str, credential: str) -> tuple[bytes, dict[int, bytes]]:
    """(key, attributes) for a server that asked. key = MD5(username:realm:password): RFC 8489, section 9.2.2."""
    realm, nonce = answer.attributes.get(REALM, b""), answer.attributes.get(NONCE, b"")
    key = hashlib.md5(b":".join((username.encode(), realm, credential.encode())), usedforsecurity=False).digest()
    return key, {USERNAME: username.encode(), REALM: realm, NONCE: nonce}


class _Line:
    """One connection to a server. Datagrams are sent again until they are answered, as they may be lost."""

    def __init__(self, line: socket.socket, datagrams: bool, deadline_s: float) -> None:
        self._line, self._datagrams, self._deadline_s = line, datagrams, deadline_s

    def send(self, method: int, attributes: dict[int, bytes], key: bytes = b"") -> bytes:
        """Send a request; returns its transaction's id."""
        transaction = os.urandom(12)
        self._line.sendall(encode(method, transaction, attributes, key))
        return transaction

    def request(self, method: int, attributes: dict[int, bytes], key: bytes = b"") -> _Message:
        """Send it and wait for its own answer. Raises _NoAnswerError, OSError."""
        transaction = os.urandom(12)
        message = encode(method, transaction, attributes, key)
        for wait_s in RESEND_AFTER_S if self._datagrams else (float("inf"),):
            self._line.sendall(message)
            until_s = min(self._deadline_s, time.monotonic() + wait_s)
            for data in self._arrivals(until_s):
                answer = decode(data, transaction)
                if answer is not None and answer.kind in (method | SUCCESS, method | FAILURE):
                    return answer
            if time.monotonic() >= self._deadline_s:
                break
        raise _NoAnswerError

    def _arrivals(self, until_s: float) -> Iterator[bytes]:
        while (left_s := until_s - time.monotonic()) > 0:
            self._line.settimeout(left_s)
            try:
                yield self._line.recv(LONGEST_ANSWER) if self._datagrams else self._framed()
            except TimeoutError:
                return

    def _framed(self) -> bytes:
        """One message of a stream: its head says how long it is."""
        head = self._exactly(20)
        return head + self._exactly(struct.unpack("!H", head[2:4])[0])

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._line.recv(size - len(data))
            if not more:
                raise _NoAnswerError
            data += more
        return data


def encode(kind: int, transaction: bytes, attributes: dict[int, bytes], key: bytes = b"") -> bytes:
    """A message as it goes over the line (RFC 8489, sections 5 and 14), signed with `key` if there is one."""
    body = b"".join(_attribute(number, value) for number, value in attributes.items())
    if not key:
        return struct.pack("!HHI", kind, len(body), COOKIE) + transaction + body
    # The signature counts as part of the length, and covers everything before itself (section 14.5).
    start = struct.pack("!HHI", kind, len(body) + 24, COOKIE) + transaction + body
    return start + _attribute(INTEGRITY, hmac.new(key, start, hashlib.sha1).digest())


def _attribute(number: int, value: bytes) -> bytes:
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def decode(data: bytes, transaction: bytes) -> _Message | None:
    """The answer to that transaction; None for anything else."""
    if len(data) < 20 or data[8:20] != transaction:
        return None
    kind, length, cookie = struct.unpack("!HHI", data[:8])
    if cookie != COOKIE or len(data) < 20 + length:
        return None
    attributes: dict[int, bytes] = {}
    at = 20
    while at + 4 <= 20 + length:
        number, size = struct.unpack("!HH", data[at : at + 4])
        attributes.setdefault(number, data[at + 4 : at + 4 + size])
        at += 4 + size + (-size % 4)
    return _Message(kind, attributes)
