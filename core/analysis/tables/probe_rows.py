"""What a finished probe's event says, as a row of the table of probes.

Owns which field becomes which column. Must not know of other events: when the probe began is handed in.
"""

from __future__ import annotations

from core import events as ev
from core.analysis.tables.rows import ProbeRow


def completed(event: ev.ProbeCompleted, run_id: str, started_s: float | None) -> ProbeRow:
    """A measurement."""
    return ProbeRow(
        run_id=run_id,
        probe_session_id=event.probe_session_id,
        group_id=event.group_id,
        scene_id=event.scene_id,
        subject_a=event.subject_a,
        subject_b=event.subject_b,
        attempt=event.attempt,
        started_s=started_s,
        ended_s=event.elapsed_s,
        outcome="accepted" if event.accepted else "rejected",
        reason="",
        phase="",
        rtt_ms=event.rtt_ms,
        max_p2p_rtt_ms=event.max_p2p_rtt_ms,
        sent=event.sent,
        received=event.received,
        loss=event.loss,
        jitter_ms=event.jitter_ms,
        path=event.path or "",
        prepare_s=event.prepare_s,
        connect_s=event.connect_s,
        measure_s=event.measure_s,
        duration_s=event.prepare_s + event.connect_s + event.measure_s,
        ended_early=event.ended_early,
        simulated=event.simulated,
    )


def failed(event: ev.ProbeFailed, run_id: str, started_s: float | None, *, simulated: bool) -> ProbeRow:
    """No measurement; pings are counted as far as the two pages told."""
    return ProbeRow(
        run_id=run_id,
        probe_session_id=event.probe_session_id,
        group_id=event.group_id,
        scene_id=event.scene_id,
        subject_a=event.subject_a,
        subject_b=event.subject_b,
        attempt=event.attempt,
        started_s=started_s,
        ended_s=event.elapsed_s,
        outcome="failed",
        reason=event.reason,
        phase=event.phase,
        rtt_ms=None,
        max_p2p_rtt_ms=event.max_p2p_rtt_ms,
        sent=sum(peer.sent for peer in event.peers),
        received=sum(peer.received for peer in event.peers),
        loss=None,
        jitter_ms=None,
        path="",
        prepare_s=event.prepare_s,
        connect_s=event.connect_s,
        measure_s=event.measure_s,
        duration_s=event.prepare_s + event.connect_s + event.measure_s,
        ended_early=False,
        simulated=simulated,
    )
