"""What a probe's two reports amount to.

Owns the arithmetic of one probe: pooled median, loss, jitter, path. Must not know of sockets, deadlines or thresholds.
"""

from __future__ import annotations

import math
import operator
import statistics
from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

from core.clock import all_rounded, rounded
from core.events import IceEvidence, PeerEvidence

PATHS = ("host", "prflx", "srflx", "relay")  # from the most direct to the least; DESIGN §7
LONGEST_MS = 1e12  # beyond any round trip; sums and means of such are finite still, as all that is logged must be
MOST_SENT = 1_000_000


class PeerReport(msgspec.Struct, frozen=True):
    """A `probe_result` message, or (`so_far`) a `probe_progress`, checked: every sample finite and ≥ 0, `sent` ≥ the
    number of samples.
    """

    success: bool
    rtt_ms: float | None
    samples_ms: tuple[float, ...]
    jitter_ms: float | None
    sent: int
    path: str | None = None
    hidden: bool | None = None
    error: str | None = None
    connected_ms: float | None = None  # from the page's start to its open channel, by the page's own clock
    simulated: bool = False  # made up, not measured
    ice: IceEvidence | None = None
    so_far: bool = False


class Measurement(msgspec.Struct, frozen=True):
    """The two reports together. `rtt_ms` is None when too few pings were answered."""

    rtt_ms: float | None
    sent: int
    received: int
    loss: float | None
    jitter_ms: float | None
    path: str | None


def check_report(
    *,
    success: bool,
    rtt_ms: float | None,
    samples_ms: Sequence[float],
    sent: int | None,
    path: str | None = None,
    hidden: bool | None = None,
    error: str | None = None,
    connected_ms: float | None = None,
    simulated: bool = False,
    ice: IceEvidence | None = None,
    so_far: bool = False,
) -> PeerReport:
    """Make a report of what a page sent. ValueError with a sentence if a number cannot be one."""
    marks_ms = ice.marks_ms.values() if ice is not None else ()
    _must_be_times("rtt_ms", () if rtt_ms is None else (rtt_ms,))
    _must_be_times("connected_ms", () if connected_ms is None else (connected_ms,))
    _must_be_times("samples_ms", samples_ms)
    _must_be_times("marks", marks_ms)
    if success and rtt_ms is None and not samples_ms:
        raise ValueError("a successful probe_result needs rtt_ms or samples_ms")
    samples = tuple(samples_ms) if samples_ms or not success or rtt_ms is None else (rtt_ms,)
    if sent is not None and not len(samples) <= sent <= MOST_SENT:
        raise ValueError(f"sent is {sent}, but there are {len(samples)} samples, and at most {MOST_SENT} are believed")
    if path is not None and path not in PATHS:
        raise ValueError(f"path must be one of {', '.join(PATHS)}, not {path!r}")
    return PeerReport(
        success, rtt_ms, samples, _jitter_ms(samples), len(samples) if sent is None else sent, path, hidden, error,
        connected_ms, simulated, ice, so_far,
    )  # fmt: skip


def _must_be_times(name: str, values: Collection[float]) -> None:
    """Each is looked at only where their sum or the least of them is strange, which takes a fraction of that to see."""
    if not values or (sum(values) <= LONGEST_MS and min(values) >= 0):
        return
    for value in values:
        if not 0 <= value <= LONGEST_MS:
            raise ValueError(f"{name} must be a finite number of milliseconds, 0 to {LONGEST_MS:g}, not {value!r}")


def _jitter_ms(samples_ms: Sequence[float]) -> float | None:
    """Mean absolute difference of successive samples (RFC 3550 §6.4.1, not smoothed); None under two samples."""
    if len(samples_ms) < 2:
        return None
    total_ms: float = sum(map(abs, map(operator.sub, samples_ms, samples_ms[1:])))
    return total_ms / (len(samples_ms) - 1)


def _loss(sent: int, received: int) -> float | None:
    return 1 - received / sent if sent else None


def pool(reports: Iterable[PeerReport], min_answered: float) -> Measurement:
    """Pool both peers' samples: `rtt_ms` is their median if at least `min_answered` (0 to 1) of the pings came back."""
    reports = list(reports)
    samples = [sample for report in reports for sample in report.samples_ms]
    sent, received = sum(report.sent for report in reports), len(samples)
    enough = sent > 0 and received >= min_answered * sent
    jitters = [report.jitter_ms for report in reports if report.jitter_ms is not None]
    paths = [report.path for report in reports if report.path is not None]
    return Measurement(
        rtt_ms=rounded(statistics.median(samples), 1000) if enough else None,
        sent=sent,
        received=received,
        loss=_loss(sent, received),
        jitter_ms=rounded(statistics.fmean(jitters), 1000) if jitters else None,
        path=max(paths, key=PATHS.index) if paths else None,
    )


def enough_answers(pings: int, min_answered: float) -> int:
    """How many answers of two peers, each asked for `pings`, settle a verdict at the earliest: the share that makes a
    measurement, and more than half, so that the median lies among them whatever else comes.
    """
    return max(math.ceil(2 * pings * min_answered - 1e-9), pings + 1)


def settled(samples_ms: Sequence[float], enough: int, accepts: Callable[[float], bool]) -> bool:
    """Whether the verdict on a pair is certain, whatever the answers that may still be given are.

    So it is when there are `enough_answers`, all of them on one side of the limit. Where answers lie on both sides this
    says no, even if one side has the majority for good: ending a close call at that moment would pick out the figures
    that lie far from the limit.
    `accepts` must find every shorter RTT acceptable, too.
    """
    return len(samples_ms) >= enough and accepts(min(samples_ms)) == accepts(max(samples_ms))


def peer_evidence(subject_id: str, report: PeerReport) -> PeerEvidence:
    """A report as it goes into the log."""
    return PeerEvidence(
        subject_id=subject_id,
        samples_ms=all_rounded(report.samples_ms, 1000),
        sent=report.sent,
        received=len(report.samples_ms),
        loss=_loss(report.sent, len(report.samples_ms)),
        jitter_ms=None if report.jitter_ms is None else rounded(report.jitter_ms, 1000),
        path=report.path,
        hidden=report.hidden,
        error=report.error,
        so_far=report.so_far,
        ice=report.ice,
    )
