"""The columns that figures are taken from: the same whether they come straight from the log or from the rows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import msgspec
import numpy as np
import pytest

from core import events as ev
from core.analysis.comparing.run_columns import ProbeNumbers, columns_of, columns_of_fold
from core.analysis.comparing.run_facts import facts_of, load_facts
from core.analysis.tables import run_source
from core.analysis.tables.counted_events import COUNTED_AS, decode_counted
from core.analysis.tables.fold import TableFold
from core.analysis.tables.measured_probe import MeasuredProbe
from core.analysis.tables.run_tables import load_run, read_run, tables_of
from core.experiment.loader import load_experiment
from core.rehearsal.simulate import Plan, Simulation
from core.runlog.lines import decode_event
from tests.analysis import hostile_run, small_run
from tests.analysis.comparable import story, write_run
from tests.projections.stories import Story

ODD = [  # what a torn log, an older tool or a careless one may hold, in no order that makes sense
    ev.WaitroomLeft(subject_id="x", scene_id="meet", reason="matched", waited_s=3.0, elapsed_s=101.0),
    ev.ProbeCompleted(probe_session_id="p", subject_a="y", subject_b="x", rtt_ms=70.0, accepted=True, elapsed_s=102.0),
    ev.ProbeFailed(probe_session_id="q", subject_a="x", subject_b="z", reason="left", elapsed_s=101.5),
    ev.ParticipantJoined(subject_id="x", simulated=True, elapsed_s=103.0),
    ev.WaitroomEntered(subject_id="x", scene_id="meet", elapsed_s=104.0),
    ev.WaitroomEntered(subject_id="x", scene_id="other", elapsed_s=105.0),
    ev.GameEnded(game_id="unknown", scene_id="meet", subjects=["x"], reason="finished", elapsed_s=106.0),
    ev.ParticipantLeft(subject_id="y", reason="left", elapsed_s=107.0),
    ev.WaitroomLeft(subject_id="y", scene_id="meet", reason="left", waited_s=1.0, elapsed_s=107.0),
]


def odd(folder: Path) -> Path:
    told = story()
    told.events += ODD
    return write_run(folder, told)


def simulated(folder: Path) -> Path:
    plan = Plan(participants=60, seed=5, start_unix_s=1_795_000_000.0)
    simulation = Simulation(load_experiment("quick_start"), folder, plan, "test")
    simulation.run()
    return simulation.files.directory.path


@pytest.mark.parametrize("make", [small_run.write, hostile_run.write, odd, simulated])
def test_columns_and_facts_are_those_of_the_rows(make, tmp_path, monkeypatch):
    monkeypatch.setattr(run_source, "_BLOCK_BYTES", 500)  # of the first block, nothing is left out
    run = make(tmp_path / "run")
    rows = load_run(run)
    probes = ProbeNumbers()
    head, fold = read_run(run, probes, decode_counted, reasons=False)
    direct, from_rows = columns_of_fold(head, fold, probes.columns()), columns_of(rows)
    assert direct.names
    assert direct.names == from_rows.names
    for part in ("people", "stays", "probes", "games"):
        for name, column in vars(getattr(direct, part)).items():
            np.testing.assert_array_equal(column, getattr(getattr(from_rows, part), name), f"{part}.{name}")
    assert {name: value for name, value in vars(head).items() if name != "source"}.items() <= vars(rows).items()
    np.testing.assert_equal(asdict(load_facts(run, 1)), asdict(facts_of(rows, str(run), 1)))


def test_a_probe_without_its_answers_has_everything_else():
    event = ev.ProbeCompleted(
        probe_session_id="p", subject_a="a", subject_b="b", rtt_ms=7.0, accepted=True, loss=0.5, elapsed_s=3.0, seq=9,
        peers=[ev.PeerEvidence("a", samples_ms=[7.0])], path="host", ended_early=True,
    )  # fmt: skip
    line = msgspec.json.encode(event)
    lean = msgspec.json.decode(line, type=MeasuredProbe)
    whole = msgspec.structs.asdict(decode_event(line))
    assert whole.pop("peers")
    assert msgspec.structs.asdict(lean) == whole


def test_of_every_type_that_is_counted_something_is_read():
    left_out = {kind.__name__ for kind in TableFold._folds if not {*COUNTED_AS[kind].__struct_fields__} - {"elapsed_s"}}
    assert not left_out


def test_a_pair_has_one_number_in_whichever_order_it_is_named():
    names = [("c", "d"), ("a", "b"), ("d", "c"), ("a", "c"), ("b", "a")]
    told = Story().begin(150).at(1).join("a", "b", "c", "d")
    for a, b in names:
        told.propose(a, b).measured(a, b, 40.0)
    assert columns_of(tables_of(told.events)).probes.pairs.tolist() == [0, 1, 0, 2, 1]
