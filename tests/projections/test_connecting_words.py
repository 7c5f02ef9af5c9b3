"""How far a page got with connecting, as the console words it."""

from __future__ import annotations

import pytest

from core import events as ev
from core.projections import words


@pytest.mark.parametrize(
    ("ice", "told"),
    [
        (ev.IceEvidence("checking"), "connection checking"),
        (
            ev.IceEvidence("failed", [401]),
            "connection failed; a TURN server refused its credentials (401: is the secret right?)",
        ),
        (ev.IceEvidence(None, [701, 600]), "a STUN or TURN server could not be reached (701); ICE error 600"),
    ],
)
def test_a_refused_secret_is_told_from_a_blocked_network(ice: ev.IceEvidence, told: str) -> None:
    assert words.connecting(ice) == told
