"""Why is this person not matched? For each who waits: what the log says of everybody they could be grouped with.

Owns the answer (DESIGN §4, rule 12), worked out when it is asked for. Must not run the matchmaker: a pair is too slow
because it was measured and the recorded limit says so, it cools down because a rejection said until when, and nothing
is guessed of pairs never tried. Must not fold events or make sentences (why_words.py does).

An answer costs what was recorded of this one person, not who waits: everybody else is counted by the scene's tally.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import chain, combinations
from typing import Final, Literal

import msgspec

from core.projections.pairs import PairRecord, PairsProjection
from core.projections.run import RunProjection
from core.projections.waitroom import WaitroomProjection
from core.projections.waitroom_rows import SceneTally, WaitroomRow

# How another waiting person stands to the one who is asked about.
Standing = Literal[
    "free", "in_probe", "too_slow", "unreachable", "cooling_down", "played_before", "too_far", "resting", "kept",
    "away", "excluded", "hidden", "silent",
]  # fmt: skip
STANDINGS: Final[tuple[Standing, ...]] = (
    "too_slow", "unreachable", "cooling_down", "in_probe", "resting", "too_far", "played_before", "kept", "excluded",
    "hidden", "silent", "away", "free",
)  # fmt: skip
BY_PAIR: Final = ("too_slow", "unreachable", "cooling_down")  # what a pair's record says, and until when
CLASH_FREE: Final = 10  # more people than that are not tried out for a group
CLASH_ROWS: Final = 200
# What keeps somebody from playing with anybody, whoever else is there; "": nothing of their own.
Obstacle = Literal["", "away", "probing", "excluded", "silent", "hidden", "no_webrtc", "paused", "partners", "resting"]
_OF_STATE: Final[dict[str, Standing]] = {
    "waiting": "free", "probing": "in_probe", "away": "away", "excluded": "excluded",
    "hidden": "hidden", "silent": "silent",
}  # fmt: skip


class Candidate(msgspec.Struct, frozen=True):
    """Somebody else who waits, as they stand to the person asked about. `again_s` (`elapsed_s`): when the two may be
    tried again; None: nothing recorded says when.
    """

    subject_id: str
    standing: Standing
    rtt_ms: float | None = None
    again_s: float | None = None
    reason: str = ""


class Answer(msgspec.Struct, frozen=True):
    """One person's answer. Times are `elapsed_s` of the run.

    `counts` holds how many others stand how, without those of whom there are none. `again` is the next pair of theirs
    that may be tried again, `would_do` the measured partner whom the least raise of the limit would allow: to
    `would_do_ms`. `clash`: enough are free for a group, but no group of them, since these two may not meet.
    """

    row: WaitroomRow
    at_s: float
    obstacle: Obstacle
    counts: dict[Standing, int]
    partners_needed: int
    limit_ms: int | None
    again: Candidate | None = None
    would_do: Candidate | None = None
    clash: tuple[str, str] | None = None
    paused_by: str = ""
    doors_open: bool = True
    no_partner: str = ""

    @property
    def subject_id(self) -> str:
        """Whose answer it is."""
        return self.row.subject_id

    @property
    def would_do_ms(self) -> int | None:
        """The limit, in whole milliseconds, that would let `would_do` be their partner."""
        rtt_ms = self.would_do.rtt_ms if self.would_do is not None else None
        return None if rtt_ms is None else math.ceil(rtt_ms)

    @property
    def main_reason(self) -> Obstacle | Standing | Literal["alone"]:
        """The answer in one word, for counting: their own obstacle, or how most of the others stand to them."""
        if self.obstacle:
            return self.obstacle
        if not self.counts:
            return "alone"
        if self.counts.get("free", 0) >= self.partners_needed and self.clash is None:
            return "free"
        return max(self.counts, key=lambda standing: (standing != "free", self.counts[standing]))


class WhyNot:
    """Reads the three folds it is given; `answer(subject_id, now)` may be asked for anybody in `waitroom.rows`."""

    def __init__(self, waitroom: WaitroomProjection, pairs: PairsProjection, run: RunProjection) -> None:
        self.waitroom, self.pairs, self.run = waitroom, pairs, run
        self._rested_at: tuple[object, ...] = ()
        self._rested: tuple[int, list[float]] = (0, [])

    @property
    def version(self) -> int:
        """Moves when an answer may have changed by something other than time."""
        return self.waitroom.version + self.pairs.version + self.run.version

    def obstacle(self, row: WaitroomRow, now_elapsed_s: float) -> Obstacle:
        """What keeps this person from being grouped with anybody at all; costs the same whoever else is there."""
        if row.state != "waiting":
            return row.state
        presence = row.presence
        if presence.no_webrtc and self.pairs.max_p2p_rtt_ms is not None:
            return "no_webrtc"
        if self.run.matching_paused:
            return "paused"
        if self._awaits_partners(row, now_elapsed_s):
            return "partners"
        return "resting" if self._rests(row, now_elapsed_s) else ""

    def answer(self, subject_id: str, now_elapsed_s: float) -> Answer:
        """Why they are not matched at this moment. KeyError if they do not wait."""
        row = self.waitroom.rows[subject_id]
        counts = self._plain_counts(row, now_elapsed_s)
        again: tuple[float, str] | None = None
        nearest: tuple[float, str] | None = None
        for other, record in self._special(row):
            standing = self._standing(row, other, record, now_elapsed_s)
            counts[self._plain_standing(row, other, now_elapsed_s)] -= 1
            counts[standing] += 1
            if record is None or standing not in BY_PAIR:
                continue
            if again is None or record.until_s < again[0]:
                again = (record.until_s, other.subject_id)
            if self._would_do(record, standing, other) and (nearest is None or (record.rtt_ms or 0.0) < nearest[0]):
                nearest = (record.rtt_ms or 0.0, other.subject_id)
        return Answer(
            row, now_elapsed_s, self.obstacle(row, now_elapsed_s),
            {standing: counts[standing] for standing in STANDINGS if counts[standing] > 0},
            self.run.group_size - 1, self.pairs.max_p2p_rtt_ms,
            again and self._candidate(row, self.waitroom.rows[again[1]], now_elapsed_s),
            nearest and self._candidate(row, self.waitroom.rows[nearest[1]], now_elapsed_s),
            self._clash(row, counts, now_elapsed_s),
            self.run.paused_by, self.run.intake_open, self.run.no_partner,
        )  # fmt: skip

    def candidates(self, subject_id: str, now_elapsed_s: float, limit: int) -> list[Candidate]:
        """The others, those with a story of their own first, then in order of waiting; no more than `limit`."""
        row = self.waitroom.rows[subject_id]
        special = {other.subject_id: self._candidate(row, other, now_elapsed_s) for other, _ in self._special(row)}
        told = sorted(special.values(), key=lambda c: (STANDINGS.index(c.standing), c.rtt_ms or 0.0, c.subject_id))
        for other in self.waitroom.rows.values():
            if len(told) >= limit:
                break
            if other is not row and other.scene_id == row.scene_id and other.subject_id not in special:
                told.append(self._candidate(row, other, now_elapsed_s))
        return told[:limit]

    # --- two people ---------------------------------------------------------------------------------------------------

    def _candidate(self, row: WaitroomRow, other: WaitroomRow, now_s: float) -> Candidate:
        record = self.pairs.of_pair(row.subject_id, other.subject_id)
        standing = self._standing(row, other, record, now_s)
        rtt_ms = record.rtt_ms if record is not None else None
        again_s: float | None = None
        if standing in BY_PAIR and record is not None:
            again_s = record.until_s
        elif standing == "resting":
            again_s = other.presence.rests_until_s
        elif standing == "kept":
            again_s = other.partners_until_s
        reason = record.reason if record is not None else ""
        return Candidate(other.subject_id, standing, rtt_ms, again_s, reason)

    def _standing(self, row: WaitroomRow, other: WaitroomRow, record: PairRecord | None, now_s: float) -> Standing:
        if other.state in ("away", "hidden", "silent"):
            return _OF_STATE[other.state]
        if other.subject_id in row.presence.played_with and self._plays_new(row.scene_id):
            return "played_before"
        if record is not None:
            apart = self.pairs.standing(record, now_s)
            if apart is not None:
                return apart
            if other.state == "waiting" and now_s < record.until_s:
                return "free"
        if (
            other.partners_wanted
            and row.subject_id not in other.partners_wanted
            and self._awaits_partners(other, now_s)
        ):
            return "kept"
        return self._plain_standing(row, other, now_s)

    def _plain_standing(self, row: WaitroomRow, other: WaitroomRow, now_s: float) -> Standing:
        """How they stand by what is known of each alone; what `_plain_counts` has counted them as."""
        if other.state != "waiting":
            return _OF_STATE[other.state]
        over_ms = self._server_rtt_left_ms(row) if self.run.max_server_rtt_ms is not None else None
        theirs_ms = other.presence.server_rtt_ms
        if over_ms is not None and theirs_ms is not None and theirs_ms > over_ms:
            return "too_far"
        return "resting" if other.presence.rests_until_s > now_s and self._rests(other, now_s) else "free"

    def _would_do(self, record: PairRecord, standing: Standing, other: WaitroomRow) -> bool:
        """Whether a higher limit would let these two play: they are measured, and nothing else keeps them apart."""
        limit_ms = self.pairs.max_p2p_rtt_ms
        if self.run.group_size != 2 or standing != "too_slow" or other.state != "waiting":
            return False
        return limit_ms is not None and record.rtt_ms is not None and record.rtt_ms > limit_ms

    def _clash(self, row: WaitroomRow, counts: Counter[Standing], now_s: float) -> tuple[str, str] | None:
        """Two who keep the free from being a group with this person; None: there is a group, or too many to say."""
        needed, rows = self.run.group_size - 1, self.waitroom.rows
        if needed == 1 or not needed <= counts["free"] <= CLASH_FREE or len(rows) > CLASH_ROWS:
            return None
        there = [o for o in rows.values() if o is not row and o.scene_id == row.scene_id]
        free = [o for o in there if self._candidate(row, o, now_s).standing == "free"]
        apart = [(a, b) for a, b in combinations(free, 2) if self._candidate(a, b, now_s).standing != "free"]
        bad = {frozenset((a.subject_id, b.subject_id)) for a, b in apart}
        for group in combinations([o.subject_id for o in free], needed):
            if not any(frozenset(pair) in bad for pair in combinations(group, 2)):
                return None
        a, b = apart[0]
        return a.subject_id, b.subject_id

    # --- counting without looking at each -----------------------------------------------------------------------------

    def _plain_counts(self, row: WaitroomRow, now_s: float) -> Counter[Standing]:
        """Everybody else in the scene, by `_plain_standing`."""
        tally = self.waitroom.scenes[row.scene_id]
        counts: Counter[Standing] = Counter({_OF_STATE[state]: n for state, n in tally.states.items()})
        resting, resting_rtts_ms = self._resting(row.scene_id, tally, now_s)
        over_ms = self._server_rtt_left_ms(row)
        if over_ms is not None:
            counts["too_far"] = len(tally.server_rtts_ms) - tally.server_rtts_ms.bisect_right(over_ms)
            resting -= len(resting_rtts_ms) - bisect_right(resting_rtts_ms, over_ms)
        counts["resting"] = resting
        counts["free"] -= counts["too_far"] + resting
        counts[self._plain_standing(row, row, now_s)] -= 1
        return counts

    def _resting(self, scene_id: str, tally: SceneTally, now_s: float) -> tuple[int, list[float]]:
        """How many of those free to be chosen rest, and their server RTTs in order; counted once a moment."""
        moment = (scene_id, now_s, self.waitroom.version)
        if moment != self._rested_at:
            resting = [row for row in tally.resting.values() if row.state == "waiting" and self._rests(row, now_s)]
            known = sorted(r.presence.server_rtt_ms for r in resting if r.presence.server_rtt_ms is not None)
            self._rested_at, self._rested = moment, (len(resting), known)
        return self._rested

    def _special(self, row: WaitroomRow) -> Iterator[tuple[WaitroomRow, PairRecord | None]]:
        """The others in the scene of whom more may be said than what is known of each alone."""
        records, rows, scene_id = self.pairs.of(row.subject_id), self.waitroom.rows, row.scene_id
        played = row.presence.played_with if self._plays_new(scene_id) else ()
        wanting = self.waitroom.scenes[scene_id].wanting
        for subject_id in dict.fromkeys(chain(records, played, wanting)) if played or wanting else records:
            other = rows.get(subject_id)
            if other is not None and other is not row and other.scene_id == scene_id:
                yield other, records.get(subject_id)

    # --- one person ---------------------------------------------------------------------------------------------------

    def _rests(self, row: WaitroomRow, now_s: float) -> bool:
        return now_s < row.presence.rests_until_s and self.pairs.max_p2p_rtt_ms is not None

    def _awaits_partners(self, row: WaitroomRow, now_s: float) -> bool:
        """Whether nobody but earlier partners will do, some of whom are not here or not free."""
        if not row.partners_wanted or now_s >= row.partners_until_s:
            return False
        there = (self.waitroom.rows.get(partner) for partner in row.partners_wanted)
        return any(p is None or p.scene_id != row.scene_id or p.state != "waiting" for p in there)

    def _plays_new(self, scene_id: str) -> bool:
        return self.run.partners_in(scene_id) == "new"

    def _server_rtt_left_ms(self, row: WaitroomRow) -> float | None:
        """The highest server RTT a partner may have; None: any."""
        most_ms, own_ms = self.run.max_server_rtt_ms, row.presence.server_rtt_ms
        if most_ms is None or own_ms is None or self.run.partners_in(row.scene_id) == "same":
            return None
        return most_ms - own_ms
