"""The probe's RTT against the emulated one, as near as it must be where nothing else wants the cores.

`python -m pytest tests/benchmarks/bench_probe_accuracy.py`; needs what tests/network_lab needs.
"""

from __future__ import annotations

import pytest

from tests.network_lab.test_measured_rtt import NETWORKS, REASON, Network, Stage, measured, stage

__all__ = ["stage"]  # a fixture: pytest finds it by its name here
pytestmark = [pytest.mark.skipif(bool(REASON), reason=REASON or "can run"), pytest.mark.benchmark]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_within_3_ms_or_5_percent(stage: Stage, network: Network) -> None:
    measured(stage, network, 3.0, 0.05)
