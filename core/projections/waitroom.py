"""Who waits for partners, since when and until when, and whether they could be chosen at this moment.

Owns one row a waiting participant, and how many of a scene are in which state, kept up to date event by event so that
nobody has to count. Must not say why somebody is not matched (why_not.py does).
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import islice
from typing import Literal, Self

from core import events as ev
from core.projections.base import Block, Folds, Mark, Projection
from core.projections.waitroom_rows import SAMPLES_KEPT, Presence, SceneTally, WaitroomRow, WaitState


class WaitroomProjection(Projection):
    """`rows` by subject id, in order of entering; `scenes` has the tally of each scene somebody waited in."""

    SHARED = ("scenes", "_wanted_by")
    TABLES = ("_people",)
    LEAVING = ("rows",)

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, WaitroomRow] = {}
        self.scenes: dict[str, SceneTally] = {}
        self._people: dict[str, Presence] = {}
        self._wanted_by: dict[str, set[str]] = {}  # by earlier partner, who waits for them
        self._entered = 0
        self._passing: Container[str] = ()  # who needs no row in the block that is folded
        self._hidden_may_play = False
        self._by_server_rtt = False

    def is_hidden_out(self, presence: Presence) -> bool:
        """Whether this person is passed over because their tab is in the background."""
        return presence.hidden and not self._hidden_may_play

    def fold_block(self, block: Block, folds: Folds) -> None:
        """Whoever changes without being named by the event is touched where that happens."""
        self._touch_all(block)
        self._passing = _passing_through(block)
        super().fold_block(block, folds)
        self._passing = ()

    # --- coming and going ---------------------------------------------------------------------------------------------

    def on_run_started(self, event: ev.RunStarted) -> None:
        """Which of the rules matter for the tallies."""
        self._hidden_may_play = event.group_hidden_tabs
        self._by_server_rtt = event.max_server_rtt_ms is not None

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        """Somebody to keep an eye on."""
        self._people[event.subject_id] = Presence(event.elapsed_s, simulated=event.simulated)

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """A row at the end; somebody already waiting in this scene keeps place and time."""
        self._entered += 1
        row = self.rows.get(event.subject_id)
        if row is not None and row.scene_id == event.scene_id:
            return
        if row is not None:
            self._drop(event.subject_id)
        presence = self._presence(event.subject_id, event.elapsed_s)
        tally = self.scenes.get(event.scene_id)
        if tally is None:
            tally = self.scenes[event.scene_id] = SceneTally()
        if event.subject_id in self._passing:
            return
        row = WaitroomRow(event.subject_id, event.scene_id, event.elapsed_s, presence)
        row.wait_until_s = None if event.wait_s is None else event.elapsed_s + event.wait_s
        row.partners_wanted = event.partners_wanted
        row.partners_until_s = event.elapsed_s + event.partners_wait_s
        row.state = self._state_of(row)
        row.number = self._entered
        self.rows[event.subject_id] = row
        for partner in row.partners_wanted:
            tally.wanting[event.subject_id] = row
            self._wanted_by.setdefault(partner, set()).add(event.subject_id)
        self._count(row, 1)

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """Out, for whatever reason; whoever waited here for this one need not any more."""
        self._drop(event.subject_id)
        self._no_longer_wanted(event.subject_id, event.scene_id)

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone for good."""
        self._forget(event.subject_id)

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """Through; nothing of them is needed here any more."""
        self._forget(event.subject_id)

    def on_game_started(self, event: ev.GameStarted) -> None:
        """These have played together."""
        for subject_id in event.subjects:
            presence = self._presence(subject_id, event.elapsed_s)
            known = (*presence.played_with, subject_id)
            presence.played_with += tuple([other for other in event.subjects if other not in known])

    # --- whether they are there ---------------------------------------------------------------------------------------

    def on_participant_disconnected(self, event: ev.ParticipantDisconnected) -> None:
        """Away, with the place kept."""
        presence = self._presence(event.subject_id, event.elapsed_s)
        presence.connected, presence.keep_until_s = False, event.elapsed_s + event.grace_s
        self._review(event.subject_id)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back: in the probe if that still runs, else waiting."""
        presence = self._seen(event.subject_id, event.elapsed_s)
        presence.connected, presence.hidden, presence.silent = True, False, False
        if event.subject_id in self.rows:
            self._rouse(self.rows[event.subject_id])
        self._review(event.subject_id)

    def on_visibility_changed(self, event: ev.VisibilityChanged) -> None:
        """Tab in the background or not."""
        self._seen(event.subject_id, event.elapsed_s).hidden = event.hidden
        self._review(event.subject_id)

    def on_liveness_changed(self, event: ev.LivenessChanged) -> None:
        """Answers the server's pings or not."""
        presence = self._presence(event.subject_id, event.elapsed_s)
        presence.silent, presence.silent_since_s = event.silent, presence.seen_s
        if not event.silent:
            presence.seen_s = event.elapsed_s
        self._review(event.subject_id)

    def on_participant_excluded(self, event: ev.ParticipantExcluded) -> None:
        """Kept out of matching by the operator, in their place; or in it again."""
        self._presence(event.subject_id, event.elapsed_s).excluded = event.excluded
        self._review(event.subject_id)

    def on_waiting_extended(self, event: ev.WaitingExtended) -> None:
        """Their deadlines move, from where they are or from now."""
        for subject_id in event.subjects:
            row = self.rows.get(subject_id)
            if row is not None and row.wait_until_s is not None:
                row.wait_until_s = max(event.elapsed_s, row.wait_until_s) + event.by_s

    def on_page_completed(self, event: ev.PageCompleted) -> None:
        """Something came from their page."""
        self._seen(event.subject_id, event.elapsed_s)

    def on_server_rtt_measured(self, event: ev.ServerRttMeasured) -> None:
        """Measured on pages, too, so it is kept for those who have yet to come in."""
        presence = self._seen(event.subject_id, event.elapsed_s)
        row = self.rows.get(event.subject_id) if self._by_server_rtt else None
        if row is not None:
            self._count(row, -1)
        presence.server_rtt_ms = event.rtt_ms
        presence.rtts_ms = [*presence.rtts_ms[1 - SAMPLES_KEPT :], event.sample_ms]
        if row is not None:
            self._count(row, 1)

    # --- probes -------------------------------------------------------------------------------------------------------

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Both are being measured."""
        rows, is_try, at_s = self.rows, event.attempt == 1, event.elapsed_s
        a, b = event.subject_a, event.subject_b
        for subject_id, partner in ((a, b), (b, a)):
            row = rows.get(subject_id)
            if row is None:
                continue
            row.tries += is_try
            if not row.probed_with:
                row.probing_since_s, row.probed_with = at_s, (partner,)
            elif partner not in row.probed_with:
                row.probed_with += (partner,)
            self._set_state(row, "probing" if row.presence.connected else "away")

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """A page may have said that it cannot connect at all."""
        for peer in event.peers:
            if peer.error == "no_webrtc" and peer.subject_id in self._people:
                self._touch(peer.subject_id)
                self._people[peer.subject_id].no_webrtc = True

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Back to waiting; the time waited goes on. Some of them may have to sit out for a moment."""
        for subject_id in event.subjects:
            row = self.rows.get(subject_id)
            if row is not None:
                row.probed_with = ()
                self._set_state(row, self._state_of(row))
        for subject_id, rest_s in event.rests_s.items() if event.rests_s else ():
            row = self.rows.get(subject_id)
            if row is not None:
                self._touch(subject_id)
                row.presence.rests_until_s = event.elapsed_s + rest_s
                row.presence.rests_alone = event.reason == "timeout" or row.presence.no_webrtc
                self.scenes[row.scene_id].resting[subject_id] = row

    def on_threshold_changed(self, _: ev.ThresholdChanged) -> None:
        """What counts as slow has moved: who rests for having been refused is up again."""
        for tally in self.scenes.values():
            for row in [row for row in tally.resting.values() if not row.presence.rests_alone]:
                self._rouse(row)

    # --- bookkeeping --------------------------------------------------------------------------------------------------

    def _presence(self, subject_id: str, elapsed_s: float) -> Presence:
        """Theirs, to be changed."""
        presence = self._people.get(subject_id)
        if presence is None:
            presence = self._people[subject_id] = Presence(elapsed_s)
        return presence

    def _seen(self, subject_id: str, elapsed_s: float) -> Presence:
        presence = self._people.get(subject_id) or self._presence(subject_id, elapsed_s)
        presence.seen_s = elapsed_s
        return presence

    def _state_of(self, row: WaitroomRow) -> WaitState:
        presence = row.presence
        if not presence.connected:
            return "away"
        if row.probed_with:
            return "probing"
        if presence.excluded:
            return "excluded"
        if presence.silent:
            return "silent"
        return "hidden" if presence.hidden and self.is_hidden_out(presence) else "waiting"

    def _review(self, subject_id: str) -> None:
        row = self.rows.get(subject_id)
        if row is not None:
            self._set_state(row, self._state_of(row))

    def _set_state(self, row: WaitroomRow, state: WaitState) -> None:
        before = row.state
        if state == before:
            return
        if self._by_server_rtt:
            self._count(row, -1)
            row.state = state
            self._count(row, 1)
        else:
            states = self.scenes[row.scene_id].states
            states[before] -= 1
            states[state] += 1
            row.state = state

    def _count(self, row: WaitroomRow, step: Literal[1, -1]) -> None:
        """Put a row into its scene's tally, or take it out, as it stands."""
        tally = self.scenes[row.scene_id]
        tally.states[row.state] += step
        if not self._by_server_rtt or row.state != "waiting":
            return
        rtt_ms = row.presence.server_rtt_ms
        if rtt_ms is not None:
            if step == 1:
                tally.server_rtts_ms.add(rtt_ms)
            else:
                tally.server_rtts_ms.remove(rtt_ms)

    def _drop(self, subject_id: str) -> None:
        row = self.rows.get(subject_id)
        if row is not None:
            del self.rows[subject_id]
            row.left = True
            self._count(row, -1)
            if row.partners_wanted:
                self._want_nobody(row)
            if row.presence.rests_until_s:
                self._rouse(row)

    def mark(self) -> Mark:
        """Also of which scenes there are tallies."""
        mark = super().mark()
        return mark._replace(lengths={**mark.lengths, "scenes": len(self.scenes)})

    def go_to(self, later: Self, marks: Sequence[Mark], number: int) -> None:
        """Rows are of the people's presences, tallies of the rows."""
        super().go_to(later, marks, number)
        self.rows = dict(sorted(self.rows.items(), key=lambda item: item[1].number))
        self.scenes = {scene_id: SceneTally() for scene_id in islice(later.scenes, marks[number].lengths["scenes"])}
        self._wanted_by = {}
        for subject_id, row in self.rows.items():
            row.presence = self._people[subject_id]
            tally = self.scenes[row.scene_id]
            for partner in row.partners_wanted:
                tally.wanting[subject_id] = row
                self._wanted_by.setdefault(partner, set()).add(subject_id)
            if row.presence.rests_until_s:
                tally.resting[subject_id] = row
            self._count(row, 1)

    def _own(self, subject_id: str) -> None:
        """A row goes on with what is its own."""
        super()._own(subject_id)
        row = self.rows.get(subject_id)
        if row is not None:
            row.presence = self._people[subject_id]

    def _rouse(self, row: WaitroomRow) -> None:
        self._touch(row.subject_id)
        row.presence.rests_until_s, row.presence.rests_alone = 0.0, False
        self.scenes[row.scene_id].resting.pop(row.subject_id, None)

    def _forget(self, subject_id: str) -> None:
        """What was measured goes; with whom they played stays, for those who come back after all."""
        self._drop(subject_id)
        self._no_longer_wanted(subject_id)
        if subject_id in self._people:
            self._people[subject_id].rtts_ms = []

    def _no_longer_wanted(self, partner: str, scene_id: str | None = None) -> None:
        """Nobody (of this scene) need wait for them."""
        if partner not in self._wanted_by:
            return
        for subject_id in list(self._wanted_by[partner]):
            row = self.rows[subject_id]
            if scene_id is None or row.scene_id == scene_id:
                self._want_nobody(row)

    def _want_nobody(self, row: WaitroomRow) -> None:
        self._touch(row.subject_id)
        for partner in row.partners_wanted:
            wanted_by = self._wanted_by[partner]
            wanted_by.discard(row.subject_id)
            if not wanted_by:
                del self._wanted_by[partner]
        row.partners_wanted = []
        self.scenes[row.scene_id].wanting.pop(row.subject_id, None)


def _passing_through(block: Block) -> Container[str]:
    """Who enters and is out again by the end of this block, as most do: a row of theirs would leave nothing behind."""
    if ev.WaitroomEntered not in block.of_kind:
        return ()
    entered = block.last_of((ev.WaitroomEntered,))
    left = block.last_of((ev.WaitroomLeft, ev.ParticipantLeft, ev.ParticipantFinished))
    return {subject_id for subject_id in entered.keys() & left.keys() if entered[subject_id] < left[subject_id]}
