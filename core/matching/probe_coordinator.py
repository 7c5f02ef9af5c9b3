"""Probes: two peers are told to measure their round-trip time, and what they report becomes one event and one callback.

Owns every probe session from `create_probe` to its end, and its deadlines; DESIGN §5 and §7 are the protocol. Must
not choose pairs, remember them or judge them: `accepts` does. Nothing said by anyone but the session's two
participants counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core import events as ev
from core.clock import Clock, SystemClock
from core.matching.evidence import Measurement, PeerReport, enough_answers, peer_evidence, pool, settled
from core.matching.probe_session import OnComplete, Phase, ProbeSession

Send = Callable[[str, str, dict[str, Any]], None]  # (subject_id, event name, payload)
Accepts = Callable[[str, float], bool]  # (scene_id, rtt_ms)
REMEMBERED = 1000  # ended probes whose late messages are told from wrong ones


class ProbeError(ValueError):
    """A probe message that does not count; its text says why."""


class ProbeOverError(ProbeError):
    """One of the two spoke of a probe that has just ended: they crossed on the way, and nobody did anything wrong."""


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """How probes are made. Deadlines in seconds; `min_answered` is the share of pings that must be answered, 0 to 1."""

    pings: int = 15
    warmup: int = 2
    interval_ms: int = 40
    min_answered: float = 0.6
    retries: int = 1
    prepare_s: float = 5.0
    connect_s: float = 8.0
    measure_s: float = 5.0
    ice_transport_policy: str = "all"


class ProbeCoordinator:
    """Runs probes side by side, at most one a pair; `record` writes events, `send` reaches a participant's page,
    `whereabouts(subject_id)` tells the scene and group that the log names a probe with.

    `failure` says why the probe that is reporting right now has no RTT, `at_fault` whose own page did not answer or
    (True) cannot be measured at all; they hold during `on_complete` only.
    """

    def __init__(
        self,
        send: Send = lambda _subject_id, _name, _payload: None,
        record: Callable[[ev.Event], object] = lambda _event: None,
        accepts: Accepts = lambda _scene_id, _rtt_ms: True,
        *,
        settings: ProbeSettings | None = None,
        clock: Clock | None = None,
        max_p2p_rtt_ms: Callable[[], int | None] = lambda: None,
        whereabouts: Callable[[str], tuple[str, str]] = lambda _subject_id: ("", ""),
        loop_lag_ms: Callable[[], float | None] = lambda: None,
        ice_servers: Callable[[str], list[dict[str, Any]]] = lambda _subject_id: [],
    ) -> None:
        self._send, self._record, self._accepts = send, record, accepts
        self._max_p2p_rtt_ms, self._whereabouts = max_p2p_rtt_ms, whereabouts
        self._settings = settings or ProbeSettings()
        self._enough = enough_answers(self._settings.pings, self._settings.min_answered)
        self._clock: Clock = clock or SystemClock()
        self._loop_lag_ms, self._ice_servers = loop_lag_ms, ice_servers
        self._sessions: dict[str, ProbeSession] = {}
        self._sessions_of: dict[str, dict[str, ProbeSession]] = {}
        self._ended: dict[str, tuple[str, str]] = {}  # the newest REMEMBERED, and whose they were
        self.numbered = 0  # the newest probe
        self.failure: ev.ProbeFailure | None = None
        self.at_fault: dict[str, bool] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    # --- asked for by the game manager --------------------------------------------------------------------------------

    def create_probe(self, subject_a: str, subject_b: str, on_complete: OnComplete) -> str:
        """Start measuring between two participants; `on_complete(subject_a, subject_b, rtt_ms | None)` is called once.

        Returns the probe session's id. `on_complete` may be called before this returns.
        """
        self.numbered += 1
        probe_session_id = f"probe-{self.numbered}"
        scene_id, group_id = self._whereabouts(subject_a)
        self._begin(probe_session_id, subject_a, subject_b, on_complete, scene_id, group_id, attempt=1)
        return probe_session_id

    def cancel(self, subject_id: str, reason: ev.ProbeFailure = "left") -> None:
        """End every probe this participant is in, because they left or it is not needed any more."""
        for session in list(self._sessions_of.get(subject_id, {}).values()):
            if session.probe_session_id in self._sessions:
                self._fail(session, reason)

    # --- said by the two pages ----------------------------------------------------------------------------------------

    def probe_ready(self, subject_id: str, probe_session_id: str, *, made_up: bool = False) -> None:
        """A page has its peer connection, or (`made_up`) will draw its answers.

        Readiness is a set of people: said twice, it counts once.
        """
        session = self._session(subject_id, probe_session_id)
        if session.phase != "prepare":
            return
        session.ready.add(subject_id)
        if made_up:
            session.made_up.add(subject_id)
        if len(session.ready) == 2:
            self._enter(session, "connect", self._settings.connect_s)
            asked = session.asked
            # The answering side first: it must expect the offer when the offer comes.
            for subject in reversed(session.subjects):
                if subject in asked:
                    self._send(subject, "probe_start", {"probe_session_id": probe_session_id})

    def probe_signal(self, subject_id: str, probe_session_id: str, kind: str, payload: Any) -> None:
        """Pass a description or candidate on to the partner, unread and unlogged: it holds addresses."""
        session = self._session(subject_id, probe_session_id)
        if kind in ("offer", "answer"):
            session.signalled.add(subject_id)
        message = {"probe_session_id": probe_session_id, "type": kind, "payload": payload}
        self._send(session.partner_of(subject_id), "probe_signal", message)

    def probe_result(self, subject_id: str, probe_session_id: str, report: PeerReport) -> None:
        """One side's measurement. The first one said counts; the probe is complete with both."""
        session = self._session(subject_id, probe_session_id)
        if subject_id in session.reports:
            raise ProbeError(f"{probe_session_id}: this result was given before; the first one counts")
        self._must_be_asked_for(report)
        session.reports[subject_id] = report
        session.progress.pop(subject_id, None)
        if not report.success and not report.samples_ms:
            self._fail(session, "unreachable")
        elif session.asked <= session.reports.keys():
            self._complete(session)
        else:
            self._enter(session, "measure", self._settings.measure_s)
            self._end_if_settled(session)

    def probe_progress(self, subject_id: str, probe_session_id: str, report: PeerReport) -> None:
        """What one side knows so far, kept in case there is no more to come; the newest counts."""
        session = self._session(subject_id, probe_session_id)
        self._must_be_asked_for(report)
        if subject_id not in session.reports:
            session.progress[subject_id] = report
            self._end_if_settled(session)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _must_be_asked_for(self, report: PeerReport) -> None:
        """The median is that of both sides' answers together: whoever gives more than the other was asked for would
        decide alone. None of them counts, rather than the first few: a page that makes up one makes up all.
        """
        given, asked = len(report.samples_ms), self._settings.pings
        if given > asked:
            raise ProbeError(f"there are {given} samples, but only {asked} pings were asked for: none of them counts")

    def _session(self, subject_id: str, probe_session_id: str) -> ProbeSession:
        session = self._sessions.get(probe_session_id)
        if session is not None and subject_id in session.subjects:
            return session
        if session is not None:
            raise ProbeError(f"probe {probe_session_id[:40]!r} is not yours")
        if subject_id in self._ended.get(probe_session_id, ()):
            raise ProbeOverError(f"probe {probe_session_id[:40]!r} has ended")
        raise ProbeError(f"there is no probe {probe_session_id[:40]!r} under way")

    def _begin(
        self, probe_session_id: str, a: str, b: str, on_complete: OnComplete, scene_id: str, group_id: str, attempt: int
    ) -> None:
        session = ProbeSession(probe_session_id, (a, b), on_complete, scene_id, group_id, attempt)
        self._sessions[probe_session_id] = session
        for subject_id in session.subjects:
            self._sessions_of.setdefault(subject_id, {})[probe_session_id] = session
        self._record(
            ev.ProbeStarted(
                probe_session_id=probe_session_id, subject_a=a, subject_b=b, scene_id=scene_id, group_id=group_id,
                max_p2p_rtt_ms=self._max_p2p_rtt_ms(), attempt=attempt,
            )
        )  # fmt: skip
        self._enter(session, "prepare", self._settings.prepare_s)
        for subject_id, role in ((b, "answer"), (a, "offer")):
            self._send(subject_id, "probe_prepare", self._prepare_message(probe_session_id, subject_id, role))

    def _prepare_message(self, probe_session_id: str, subject_id: str, role: str) -> dict[str, Any]:
        settings = self._settings
        return {
            "probe_session_id": probe_session_id,
            "role": role,
            "ice_servers": self._ice_servers(subject_id),
            "ice_transport_policy": settings.ice_transport_policy,
            "pings": settings.pings,
            "warmup": settings.warmup,
            "interval_ms": settings.interval_ms,
            # From this many answers on, each is told at once: the verdict may be certain.
            "progress_from": math.ceil(self._enough / 2),
        }

    def _enter(self, session: ProbeSession, phase: Phase, deadline_s: float) -> None:
        now_s = self._clock.monotonic()
        session.leave_phase(now_s)
        session.phase, session.phase_began_s = phase, now_s
        session.deadline = self._clock.call_later(deadline_s, lambda: self._on_deadline(session))

    def _on_deadline(self, session: ProbeSession) -> None:
        self._fail(session, session.failure_at_deadline())

    def _close(self, session: ProbeSession) -> None:
        session.leave_phase(self._clock.monotonic())
        del self._sessions[session.probe_session_id]
        self._ended[session.probe_session_id] = session.subjects
        if len(self._ended) > REMEMBERED:
            del self._ended[next(iter(self._ended))]
        for subject_id in session.subjects:
            del self._sessions_of[subject_id][session.probe_session_id]
            if not self._sessions_of[subject_id]:
                del self._sessions_of[subject_id]
            self._send(subject_id, "probe_close", {"probe_session_id": session.probe_session_id})

    def _complete(self, session: ProbeSession) -> None:
        measurement = pool(session.reports.values(), self._settings.min_answered)
        if measurement.rtt_ms is None:
            self._fail(session, "too_few_answers")
            return
        self._finish(session, measurement, measurement.rtt_ms)

    def _end_if_settled(self, session: ProbeSession) -> None:
        """Complete the probe at once if no answer still to come can change the verdict."""
        known = session.known
        if len(known) < 2:
            return
        samples_ms = [sample for report in known.values() for sample in report.samples_ms]
        if not settled(samples_ms, self._enough, lambda rtt_ms: self._accepts(session.scene_id, rtt_ms)):
            return
        measurement = pool(known.values(), self._settings.min_answered)
        if measurement.rtt_ms is not None:
            self._finish(session, measurement, measurement.rtt_ms)

    def _finish(self, session: ProbeSession, measurement: Measurement, rtt_ms: float) -> None:
        self._close(session)
        self._record(self._completed_event(session, measurement, rtt_ms))
        session.on_complete(*session.subjects, rtt_ms)

    def _completed_event(self, session: ProbeSession, measurement: Measurement, rtt_ms: float) -> ev.ProbeCompleted:
        prepare_s, connect_s, measure_s = session.times_s()
        a, b = session.subjects
        return ev.ProbeCompleted(
            probe_session_id=session.probe_session_id,
            subject_a=a,
            subject_b=b,
            rtt_ms=rtt_ms,
            accepted=self._accepts(session.scene_id, rtt_ms),
            scene_id=session.scene_id,
            group_id=session.group_id,
            max_p2p_rtt_ms=self._max_p2p_rtt_ms(),
            attempt=session.attempt,
            sent=measurement.sent,
            received=measurement.received,
            loss=measurement.loss,
            jitter_ms=measurement.jitter_ms,
            path=measurement.path,
            peers=[peer_evidence(subject_id, report) for subject_id, report in session.known.items()],
            loop_lag_ms=self._loop_lag_ms(),
            prepare_s=prepare_s,
            connect_s=connect_s,
            measure_s=measure_s,
            simulated=any(report.simulated for report in session.reports.values()),
            ended_early=bool(session.progress),
        )

    def _fail(self, session: ProbeSession, reason: ev.ProbeFailure) -> None:
        self._close(session)
        will_retry = reason == "too_few_answers" and session.attempt <= self._settings.retries
        prepare_s, connect_s, measure_s = session.times_s()
        a, b = session.subjects
        self._record(
            ev.ProbeFailed(
                probe_session_id=session.probe_session_id,
                subject_a=a,
                subject_b=b,
                reason=reason,
                phase=session.phase,
                scene_id=session.scene_id,
                group_id=session.group_id,
                max_p2p_rtt_ms=self._max_p2p_rtt_ms(),
                attempt=session.attempt,
                will_retry=will_retry,
                silent=session.silent() if reason == "timeout" else [],
                peers=[peer_evidence(subject_id, report) for subject_id, report in session.known.items()],
                loop_lag_ms=self._loop_lag_ms(),
                prepare_s=prepare_s,
                connect_s=connect_s,
                measure_s=measure_s,
            )
        )
        if will_retry:
            self._retry(session)
            return
        self.failure, self.at_fault = reason, session.at_fault(reason)
        try:
            session.on_complete(*session.subjects, None)
        finally:
            self.failure, self.at_fault = None, {}

    def _retry(self, session: ProbeSession) -> None:
        """Once more, under an id of its own, so that what is still under way for the first attempt cannot count."""
        attempt = session.attempt + 1
        first_id = session.probe_session_id.partition(".")[0]
        self._begin(
            f"{first_id}.{attempt}", *session.subjects, session.on_complete, session.scene_id, session.group_id, attempt
        )  # fmt: skip
