"""The panels of a run, made from its projections.

Owns which panels there are and what each is given. Must not place them (desk.py), nor act on what they ask for: whoever
makes them connects their signals.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Signal, SignalInstance

from core.projections.shown import ShownRun
from widgets.activity_panel import ActivityPanel
from widgets.pair_matrix import PairMatrix
from widgets.parts.panel import Panel
from widgets.parts.selection import Selection
from widgets.person_drawer import PersonDrawer
from widgets.probe_chart import ProbeChart
from widgets.timeline_panel import TimelinePanel
from widgets.waitroom_panel import WaitroomPanel


def make_panels(shown: ShownRun, selection: Selection, *, live: bool) -> dict[str, Panel]:
    """Panels by the names of `desk.DOCKS`; those of a recorded run (`live` false) get no controls."""
    return {
        "waitroom": _waitroom(shown, selection, live=live),
        "activity": ActivityPanel(shown.activity, selection=selection),
        "probes": ProbeChart(
            shown.probes, shown.run, controls_enabled=live, waitroom=shown.waitroom, pair_table=shown.pair_table,
            selection=selection,
        ),
        "timeline": TimelinePanel(
            shown.timeline, shown.run, match_lanes=shown.match_lanes, marks=shown.time_marks, selection=selection,
        ),
        "pairs": PairMatrix(shown.waitroom, shown.pair_table, shown.run, selection=selection),
        "person": PersonDrawer(shown, controls_enabled=live, selection=selection),
    }  # fmt: skip


def intents_of(panels: dict[str, Panel]) -> Iterator[SignalInstance]:
    """The `intent_wanted(name, fields)` of those panels that have one."""
    for panel in panels.values():
        if isinstance(getattr(type(panel), "intent_wanted", None), Signal):
            yield panel.intent_wanted  # type: ignore[attr-defined]


def _waitroom(shown: ShownRun, selection: Selection, *, live: bool) -> WaitroomPanel:
    panel = WaitroomPanel(shown.why_not, controls_enabled=live)

    def choose(subject_id: str) -> None:
        """Somebody who only left the waitroom stays chosen."""
        if subject_id or selection.subject_id in shown.waitroom.rows:
            selection.choose(subject_id)

    panel.person_chosen.connect(choose)
    selection.changed.connect(lambda subject_id: panel.choose(subject_id or ""))
    return panel
