"""When the operator is called: the rules of the experiment's `alerts`, judged from the run's own events.

Owns what counts as alarming, and when that is over. Must not show anything, nor set a timer: events come often enough
(the engine reports its health every few seconds), so a simulated run pays for what happens only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from core import events as ev
from core.clock import Clock
from core.experiment.experiment import Alerts
from core.projections import words
from core.projections.alerts import AlertsProjection
from core.projections.base import Projection
from core.projections.run import RunProjection
from core.server.loop_health import STOOD_STILL_MS
from core.server.too_slow import TooSlow

REVIEW_EVERY_S: Final = 5.0
HOLD_S: Final = 20.0  # what was raised stays for so long at least, so that it does not come and go
HOLD_STANDSTILL_S: Final = 300.0  # whoever opens the lid again looks at other things first
CLEARED_AT: Final = 0.8  # of the limit: a share or a lag must fall below this part of it, and free disk rise as much
NAMED: Final = 3


class RecentShare:
    """How many things of the last `window_s` seconds were bad, counted as they come and go."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._things: deque[tuple[float, bool]] = deque()  # when, and whether it was bad
        self._bad = 0

    def note(self, elapsed_s: float, *, bad: bool) -> None:
        """One more."""
        self._things.append((elapsed_s, bad))
        self._bad += bad

    def counts(self, now_s: float) -> tuple[int, int]:
        """How many there were, and how many of them were bad."""
        while self._things and self._things[0][0] < now_s - self._window_s:
            self._bad -= self._things.popleft()[1]
        return len(self._things), self._bad

    def clear(self) -> None:
        """Nothing was."""
        self._things.clear()
        self._bad = 0


class AlertWatch(Projection):
    """A fold of the run that raises and clears alerts through `record`; never while an event is being folded."""

    def __init__(
        self,
        rules: Alerts,
        alerts: AlertsProjection,
        run: RunProjection,
        record: Callable[[ev.Event], object],
        clock: Clock,
    ) -> None:
        super().__init__()
        self._rules, self._alerts, self._run, self._record, self._clock = rules, alerts, run, record, clock
        self._since_s: dict[str, float] = {}  # who waits, in order of entering
        self._verdicts = RecentShare(rules.window_s)  # of groups, how many were rejected
        self._probes = RecentShare(rules.window_s)  # of probes, how many measured nothing
        self._too_slow = TooSlow()
        self._lags_ms: deque[float] = deque([0.0, 0.0], maxlen=2)
        self._stood_still_s = 0.0  # what is yet to be said
        self._disk_free_bytes: int | None = None
        self._raised_for = 0  # how many waited too long when that was raised last
        self._reviewed_s = 0.0
        self._review_due = False

    def takes(self, event_type: type[ev.Event]) -> bool:
        """What the rules are about; that the engine lives is told every few seconds, so a review comes by then."""
        return event_type in self._folds

    def apply(self, event: ev.Event) -> None:
        """Fold one event that it `takes`; a review follows in the next turn, once every `REVIEW_EVERY_S`."""
        self._folds[type(event)](self, event)
        if not self._review_due and event.elapsed_s >= self._reviewed_s + REVIEW_EVERY_S:
            self._ask_for_review()

    def _ask_for_review(self) -> None:
        if not self._review_due:
            self._review_due = True
            self._clock.call_later(0, self.review)

    def review(self) -> None:
        """Judge every rule by what is known now."""
        self._review_due = False
        if self._run.state == "ended":
            return
        now_s = self._reviewed_s = self._run.last_elapsed_s
        self._review_waits(now_s)
        self._review_shares(now_s)
        self._review_matchable(now_s)
        self._review_engine(now_s)

    # --- the rules ----------------------------------------------------------------------------------------------------

    def _review_waits(self, now_s: float) -> None:
        """Raised anew each time twice as many have waited too long."""
        limit_s = self._rules.waiting_s
        if limit_s is None:
            return
        late: list[str] = []
        for subject_id, since_s in self._since_s.items():  # the longest wait comes first
            if now_s - since_s <= limit_s:
                break
            late.append(subject_id)
        if late and len(late) < 2 * self._raised_for and "waiting_long" in self._alerts.open:
            return
        self._raised_for = len(late)
        text = _waits_text(late, limit_s) if late else ""
        self._turn("waiting_long", bool(late), text, "warning", now_s, late, again=bool(late))

    def _review_shares(self, now_s: float) -> None:
        rules = self._rules
        self._turn_on_share("rejections", self._verdicts, rules.rejected_share, now_s)
        self._turn_on_share("probe_failures", self._probes, rules.probe_failure_share, now_s)

    def _turn_on_share(self, alert: str, recent: RecentShare, limit: float | None, now_s: float) -> None:
        """While there are too few to judge, none of them is bad."""
        number, bad = recent.counts(now_s)
        share = bad / number if number >= self._rules.at_least else 0.0
        if limit is None or limit * CLEARED_AT < share <= limit:
            return
        text = self._share_text(alert, share, number) if share > limit else ""
        self._turn(alert, share > limit, text, "warning", now_s)

    def _share_text(self, alert: str, share: float, number: int) -> str:
        minutes = f"in the last {words.clock_text(self._rules.window_s)}"
        if alert == "probe_failures":
            return f"{words.percent(share)} of {number} probes measured nothing {minutes}."
        limit = words.limit_text(self._run.max_p2p_rtt_ms)
        return f"{words.percent(share)} of {number} proposed groups were rejected {minutes} (limit {limit})."

    def _review_matchable(self, now_s: float) -> None:
        least, limit_ms = self._rules.nobody_matchable, self._run.max_p2p_rtt_ms
        if least is None:
            return
        would_do_ms = None
        if limit_ms is not None and len(self._too_slow.waiting) >= max(least, self._run.group_size):
            would_do_ms = self._too_slow.limit_that_would_do_ms(limit_ms, self._run.group_size)
        text = ""
        if would_do_ms is not None:
            text = (
                f"Nobody of the {len(self._too_slow.waiting)} who wait can be matched at {limit_ms} ms: "
                f"all pairs are too slow. At {would_do_ms} ms a group could play."
            )
        self._turn("nobody_matchable", bool(text), text, "warning", now_s, list(self._too_slow.waiting))

    def _review_engine(self, now_s: float) -> None:
        self._review_standstill(now_s)
        limit_ms, lag_ms = self._rules.loop_lag_ms, min(self._lags_ms)
        if limit_ms is not None and lag_ms > limit_ms:
            text = f"The engine is held up: {words.ms(lag_ms)} more than once. Measured server RTTs are too high."
            self._turn("engine_lag", True, text, "error", now_s)
        elif limit_ms is not None and max(self._lags_ms) < limit_ms * CLEARED_AT:
            self._turn("engine_lag", False, "", "error", now_s)
        least_mb, free = self._rules.disk_free_mb, self._disk_free_bytes
        if least_mb is None or free is None:
            return
        free_mb = free / 1e6
        if free_mb < least_mb or free_mb > least_mb / CLEARED_AT:
            text = f"Only {free_mb:.0f} MB are left on the disk that holds the logs. The run stops when it is full."
            self._turn("disk", free_mb < least_mb, text, "error", now_s)

    def _review_standstill(self, now_s: float) -> None:
        """Once is enough here, and each time is an alert of its own."""
        stood_s, self._stood_still_s = self._stood_still_s, 0.0
        known = self._alerts.open.get("engine_stood_still")
        if stood_s:
            text = (
                f"The engine stood still for {words.clock_text(stood_s)}: the computer slept, or had no time for it. "
                "Nothing was recorded meanwhile, and pages that lost it come back by themselves."
            )
            self._turn("engine_stood_still", True, text, "warning", now_s, again=True)
        elif known is not None and now_s >= known.raised_s + HOLD_STANDSTILL_S:
            self._turn("engine_stood_still", False, "", "warning", now_s)

    def _turn(
        self, alert: str, on: bool, text: str, severity: ev.AlertSeverity, now_s: float,
        subjects: list[str] | None = None, *, again: bool = False,
    ) -> None:  # fmt: skip
        known = self._alerts.open.get(alert)
        if on and (known is None or again):
            self._record(ev.AlertRaised(alert=alert, text=text, severity=severity, subjects=subjects or []))
        elif not on and known is not None and now_s >= known.raised_s + HOLD_S:
            self._record(ev.AlertCleared(alert=alert, text=known.text))

    # --- folds --------------------------------------------------------------------------------------------------------

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """Waits from now on."""
        self._since_s[event.subject_id] = event.elapsed_s
        self._too_slow.enter(event.subject_id, event.scene_id)

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """Waits no more."""
        self._since_s.pop(event.subject_id, None)
        self._too_slow.leave(event.subject_id)

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """One that measured something."""
        self._probes.note(event.elapsed_s, bad=False)
        self._too_slow.measured(event.subject_a, event.subject_b, event.rtt_ms)

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """One that did not, unless that was wanted or it is tried once more."""
        if event.reason not in ("cancelled", "left") and not event.will_retry:
            self._probes.note(event.elapsed_s, bad=True)
            self._too_slow.measured(event.subject_a, event.subject_b, None)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """A verdict."""
        if event.reason not in ("left", "called_off"):
            self._verdicts.note(event.elapsed_s, bad=True)

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """A verdict."""
        if not event.forced:
            self._verdicts.note(event.elapsed_s, bad=False)

    def on_threshold_changed(self, _: ev.ThresholdChanged) -> None:
        """What was rejected before says nothing about the new limit."""
        self._verdicts.clear()
        self._ask_for_review()

    def on_engine_health(self, event: ev.EngineHealth) -> None:
        """How the engine is doing."""
        if event.loop_lag_ms < STOOD_STILL_MS:
            self._lags_ms.append(event.loop_lag_ms)
        elif self._rules.loop_lag_ms is not None:
            self._stood_still_s = event.loop_lag_ms / 1000
            self._ask_for_review()
        self._disk_free_bytes = event.disk_free_bytes or None

    def on_alert_cleared(self, event: ev.AlertCleared) -> None:
        """What is over may begin anew with one person."""
        if event.alert == "waiting_long":
            self._raised_for = 0


def _waits_text(late: list[str], limit_s: float) -> str:
    who = words.names(late) if len(late) <= NAMED else f"{len(late)} people"
    verb = "has" if len(late) == 1 else "have"
    return f"{who} {verb} waited longer than {words.clock_text(limit_s)}."
