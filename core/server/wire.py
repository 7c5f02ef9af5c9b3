"""What may come in from a participant's socket, and how it is checked.

Owns the messages' shapes, their size limits and the JSON both ways. Must not act on a message. Whatever is wrong with
one becomes a `Refused` with a sentence for whoever wrote the client; nothing a page sends can raise anything else
here.
"""

from __future__ import annotations

import json
import math
import re
from typing import Annotated, Any, Literal

import msgspec
import orjson
from socketio import packet

MAX_PACKET_BYTES = 4_000_000  # beyond it engine.io closes the connection: no answer is possible without reading it all
MAX_MESSAGE_BYTES = 64 * 1024
MAX_DATA_BYTES = 256 * 1024
SUBJECT_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}")


class Refused(Exception):
    """Not done, and why: one sentence, for the one who asked."""


class TooLate(Refused):
    """Not done, because what it was about has just ended: no fault of the sender's, and nothing to record."""


class Join(msgspec.Struct):
    """Take part, or come back: `token` is what an earlier `join` returned."""

    subject_id: str | None = None
    token: str | None = None
    user_agent: str = ""
    simulated: bool = False
    hidden: bool | None = None  # whether the tab is in the background; None: not said


class Advance(msgspec.Struct):
    """Done with this page; `data` is what its form held."""

    scene_id: str
    data: Any = None


class Visibility(msgspec.Struct):
    """The tab went to the background (`hidden`) or came back."""

    hidden: bool


class ProbeReady(msgspec.Struct):
    """The page's peer connection exists; or, `simulated`, there is none, and the answers will be made up."""

    probe_session_id: str
    simulated: bool = False


class ProbeSignal(msgspec.Struct):
    """A session description or candidate for the partner; never logged, it holds addresses."""

    probe_session_id: str
    type: str
    payload: Any


class ProbeMarks(msgspec.Struct):
    """When things happened on the page, ms since it was told to prepare."""

    start_ms: float | None = None
    offer_ms: float | None = None
    answer_ms: float | None = None
    gathered_ms: float | None = None
    ice_checking_ms: float | None = None
    ice_connected_ms: float | None = None
    ice_completed_ms: float | None = None
    ice_disconnected_ms: float | None = None
    ice_failed_ms: float | None = None
    open_ms: float | None = None
    first_rtt_ms: float | None = None
    done_ms: float | None = None


IceState = Literal["new", "checking", "connected", "completed", "disconnected", "failed", "closed"]
IceErrors = Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=999)]], msgspec.Meta(max_length=20)]


class ProbeProgress(msgspec.Struct):
    """What one side knows before it has its result: each answer once enough are in, and each step of connecting."""

    probe_session_id: str
    samples_ms: list[float] = []
    sent: int | None = None
    path: str | None = None
    hidden: bool | None = None
    marks: ProbeMarks | None = None
    ice_state: IceState | None = None
    ice_errors: IceErrors = []


class ProbeResult(msgspec.Struct):
    """One side's measurement; times in ms."""

    probe_session_id: str
    success: bool
    rtt_ms: float | None = None
    samples_ms: list[float] = []
    sent: int | None = None
    path: str | None = None
    hidden: bool | None = None
    error: str | None = None
    marks: ProbeMarks | None = None
    ice_state: IceState | None = None
    ice_errors: IceErrors = []
    simulated: bool = False  # the answers were made up (`main.py bots --webrtc simulated`)


class GameMessage(msgspec.Struct):
    """Relayed to the other players, or to the one with index `to`."""

    payload: Any
    to: int | None = None


RecordId = Annotated[str, msgspec.Meta(max_length=40)]


class GameDataMessage(msgspec.Struct):
    """Recorded as it is, and once for each `record_id`: a page that got no answer says it again."""

    data: Any
    record_id: RecordId | None = None


class GameFinished(msgspec.Struct):
    """The game is over for this page; `data` as in GameDataMessage."""

    data: Any = None
    record_id: RecordId | None = None


class Leave(msgspec.Struct):
    """Stop taking part."""


MESSAGES: dict[str, type[msgspec.Struct]] = {
    "join": Join,
    "advance": Advance,
    "visibility": Visibility,
    "probe_ready": ProbeReady,
    "probe_signal": ProbeSignal,
    "probe_progress": ProbeProgress,
    "probe_result": ProbeResult,
    "game_message": GameMessage,
    "game_data": GameDataMessage,
    "game_finished": GameFinished,
    "leave": Leave,
}
LIMITS_BYTES = {"game_data": MAX_DATA_BYTES, "game_finished": MAX_DATA_BYTES, "advance": MAX_DATA_BYTES}


def decode(name: str, payload: Any) -> msgspec.Struct:
    """Check a message's name, size and shape. Raises Refused."""
    shape = MESSAGES.get(name)
    if shape is None:
        raise Refused(f"there is no message {name[:40]!r}; known are {', '.join(MESSAGES)}")
    limit = LIMITS_BYTES.get(name, MAX_MESSAGE_BYTES)
    size = size_bytes(payload)
    if size > limit:
        raise Refused(f"{name} is {size} bytes long; at most {limit} are taken")
    try:
        return msgspec.convert({} if payload is None else payload, shape)
    except msgspec.ValidationError as problem:
        raise Refused(f"{name}: {problem}") from problem


def size_bytes(payload: Any) -> int:
    """How long a payload is as JSON; refused also if it could not be passed on, which lays more around it."""
    try:
        return len(orjson.dumps([[[[payload]]]])) - 8
    except TypeError as problem:  # deeper nested than orjson goes, or integers over 64 bits
        raise Refused(f"this cannot be taken as JSON: {problem}") from problem


def check_subject_id(subject_id: str) -> str:
    """A subject id is a plain name: it stands in file names, tables and links. Raises Refused."""
    if not SUBJECT_ID.fullmatch(subject_id):
        raise Refused(
            f"subject_id {subject_id[:40]!r} cannot be used: it must be 1 to 64 letters, digits, '_', '-' or '.', "
            "and not begin with '-' or '.'"
        )
    return subject_id


def without_nan(value: Any) -> Any:
    """The same data with every NaN and infinity as None: JSON has no such numbers, and the log must stay readable."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    return value


class Json:
    """The `json` module as Socket.IO wants it: orjson, and the tolerant parser for what orjson rightly refuses.

    `NaN` is no JSON, but many clients write it; it is parsed here so that the message can be refused with a reason.
    """

    @staticmethod
    def dumps(value: Any, **_options: Any) -> str:
        """Compact JSON text."""
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: Any) -> Any:
        """Parse; ValueError if it is no JSON at all."""
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            try:
                return json.loads(text)
            except RecursionError as problem:
                raise ValueError("nested too deeply") from problem


MALFORMED = "malformed_packet"
RESERVED = ("connect", "disconnect")  # python-socketio would hand them on as if it had said them itself


class Packet(packet.Packet):  # type: ignore[misc]  # python-socketio ships no types
    """A Socket.IO packet that cannot raise while it is read.

    python-socketio lets a malformed packet end in a traceback; here it becomes an event named `malformed_packet`,
    which is refused like any other unknown one. Binary packets are never used by our pages and are treated the same.
    """

    json = Json
    uses_binary_events = False

    def __init__(self, *args: Any, encoded_packet: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, encoded_packet=encoded_packet, **kwargs)
        if encoded_packet is not None and not encoded_packet:
            self._malformed("empty")

    def decode(self, encoded_packet: Any) -> int:
        """Read one packet; returns how many binary attachments follow (always 0)."""
        try:
            super().decode(encoded_packet)
        except (ValueError, TypeError, IndexError, KeyError) as problem:
            return self._malformed(str(problem) or type(problem).__name__)
        if self.packet_type in (packet.CONNECT, packet.DISCONNECT):
            return 0
        if self.packet_type == packet.ACK and isinstance(self.data, list) and self.id is not None:
            return 0
        named = isinstance(self.data, list) and self.data and isinstance(self.data[0], str)
        if self.packet_type != packet.EVENT or not named:
            return self._malformed("not an event with a name")
        if self.data[0] in RESERVED:
            return self._malformed(f"{self.data[0]} is not for clients to say")
        return 0

    def _malformed(self, problem: str) -> int:
        self.packet_type, self.data, self.attachment_count = packet.EVENT, [MALFORMED, problem[:200]], 0
        return 0
