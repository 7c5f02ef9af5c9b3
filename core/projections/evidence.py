"""A finished probe in words: what was measured, from what, and against which limit.

Owns the wording, and the columns of the same for a table. Must not judge anything again.
"""

from __future__ import annotations

from typing import Final

from core import events as ev
from core.projections import words

SAMPLES_TOLD: Final = 30
Probe = ev.ProbeCompleted | ev.ProbeFailed


def describe(record: Probe) -> str:
    """What is known of one finished probe, in a few plain lines."""
    pair = words.names([record.subject_a, record.subject_b])
    lines = _failure_lines(record) if isinstance(record, ev.ProbeFailed) else _measurement_lines(record)
    attempt = f", attempt {record.attempt}" if record.attempt > 1 else ""
    return "\n".join([pair, *lines, *_durations(record), f"at {words.clock_text(record.elapsed_s)}{attempt}"])


def _measurement_lines(record: ev.ProbeCompleted) -> list[str]:
    verdict = "accepted" if record.accepted else "rejected"
    lines = [f"{words.ms(record.rtt_ms)}, {verdict} (limit {words.limit_text(record.max_p2p_rtt_ms)})"]
    if record.sent:
        lost = "" if record.loss is None else f", {words.percent(record.loss)} lost"
        jitter = "" if record.jitter_ms is None else f", jitter {words.ms(record.jitter_ms)}"
        lines.append(f"{record.received} of {record.sent} answers{lost}{jitter}")
    lines.extend(_samples(peer) for peer in record.peers if peer.samples_ms)
    if record.path:
        lines.append(f"path: {words.plain(record.path, words.NAME_LIMIT)}")
    if record.simulated:
        lines.append("simulated: these answers were made up")
    return lines


def _failure_lines(record: ev.ProbeFailed) -> list[str]:
    reason = words.PROBE_FAILURES.get(record.reason, record.reason)
    lines = [f"failed: {reason} (phase: {record.phase}), limit {words.limit_text(record.max_p2p_rtt_ms)}"]
    if record.silent:
        lines.append(f"no answer from {words.names(record.silent)}")
    lines.extend(
        f"{words.name(peer.subject_id)}: {words.plain(peer.error, 120)}" for peer in record.peers if peer.error
    )
    lines.extend(f"{words.name(peer.subject_id)}: {words.connecting(peer.ice)}" for peer in record.peers if peer.ice)
    lines.extend(_samples(peer) for peer in record.peers if peer.samples_ms)
    return lines


def _samples(peer: ev.PeerEvidence) -> str:
    told = " ".join(f"{sample:.0f}" for sample in peer.samples_ms[:SAMPLES_TOLD])
    more = len(peer.samples_ms) - SAMPLES_TOLD
    hidden = ", tab hidden" if peer.hidden else ""
    return f"{words.name(peer.subject_id)}: {told}{f' and {more} more' if more > 0 else ''} ms{hidden}"


def _durations(record: Probe) -> list[str]:
    spans = (("prepare", record.prepare_s), ("connect", record.connect_s), ("measure", record.measure_s))
    told = [f"{name} {span_s:.1f} s" for name, span_s in spans if span_s]
    if record.loop_lag_ms is not None:
        told.append(f"engine lag {words.ms(record.loop_lag_ms)}")
    return [" · ".join(told)] if told else []


COLUMNS: Final = (
    "seq", "elapsed_s", "timestamp", "probe_session_id", "subject_a", "subject_b", "scene_id", "rtt_ms",
    "max_p2p_rtt_ms", "attempt", "sent", "received", "loss", "jitter_ms", "path", "reason", "phase", "prepare_s",
    "connect_s", "measure_s", "loop_lag_ms", "simulated",
)  # fmt: skip
HEADINGS: Final = ("outcome", *COLUMNS, "samples_a_ms", "samples_b_ms")


def row(record: Probe) -> list[object]:
    """One probe under `HEADINGS`; what does not apply is None, samples are parted by blanks."""
    outcome = "failed" if isinstance(record, ev.ProbeFailed) else "accepted" if record.accepted else "rejected"
    samples = {peer.subject_id: " ".join(f"{sample:g}" for sample in peer.samples_ms) for peer in record.peers}
    plain = [getattr(record, name, None) for name in COLUMNS]
    return [outcome, *plain, samples.get(record.subject_a, ""), samples.get(record.subject_b, "")]
