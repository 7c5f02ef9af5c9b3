"""The shapes of the waitroom's fold: a person's presence, their row, a scene in numbers.

Owns these shapes. Must not fold anything: waitroom.py does.

`gc=False`: nothing in them leads back to them, and the garbage collector need not look at thousands of them again and
again.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal

import msgspec
from sortedcontainers import SortedList

WaitState = Literal["waiting", "probing", "away", "excluded", "hidden", "silent"]
STATES: Final[tuple[WaitState, ...]] = ("waiting", "probing", "away", "excluded", "hidden", "silent")
SAMPLES_KEPT: Final = 30


class Presence(msgspec.Struct, gc=False):
    """What is known of somebody wherever they are. Times are `elapsed_s` of the run.

    `rtts_ms` are the newest samples of the server RTT, oldest first, at most `SAMPLES_KEPT`; `seen_s` is when anything
    last came from their page; `no_webrtc`: their page said that it cannot connect to anybody. Who rests meets only
    others who rest, and nobody at all if it is for not answering (`rests_alone`).
    """

    seen_s: float = 0.0
    server_rtt_ms: float | None = None
    rtts_ms: list[float] = []
    connected: bool = True
    keep_until_s: float = 0.0
    hidden: bool = False
    silent: bool = False
    excluded: bool = False
    silent_since_s: float = 0.0
    simulated: bool = False
    no_webrtc: bool = False
    rests_until_s: float = 0.0
    rests_alone: bool = False
    played_with: tuple[str, ...] = ()


class WaitroomRow(msgspec.Struct, gc=False):
    """One person in the waitroom. Times are `elapsed_s` of the run.

    `state` says what keeps them from being chosen, "waiting" if nothing does; `wait_until_s` None: no limit to the
    wait, or none was logged. `tries` counts the probes taken part in (a retry of the same pair is no new one),
    `probed_with` those they are being measured with. Nobody but `partners_wanted` will do until `partners_until_s`.
    `number` grows from row to row; `left`: this row is in the waitroom no more.
    """

    subject_id: str
    scene_id: str
    waiting_since_s: float
    presence: Presence
    wait_until_s: float | None = None
    state: WaitState = "waiting"
    tries: int = 0
    probed_with: tuple[str, ...] = ()
    probing_since_s: float = 0.0
    partners_wanted: list[str] = []
    partners_until_s: float = 0.0
    number: int = 0
    left: bool = False

    @property
    def deadline_s(self) -> float | None:
        """When they are out unless something happens first: their place if the connection is lost, else their wait."""
        if self.state != "away":
            return self.wait_until_s
        keep_s = self.presence.keep_until_s
        return keep_s if self.wait_until_s is None else min(keep_s, self.wait_until_s)


class SceneTally(msgspec.Struct):
    """One scene's waitroom in numbers: how many in each state, the server RTTs of those free to be chosen, in order
    (only where a limit on them makes it matter), who waits for particular partners, and who was sent to rest.
    """

    states: Counter[str] = msgspec.field(default_factory=lambda: Counter(dict.fromkeys(STATES, 0)))
    server_rtts_ms: SortedList[float] = msgspec.field(default_factory=SortedList)
    wanting: dict[str, WaitroomRow] = {}
    resting: dict[str, WaitroomRow] = {}
