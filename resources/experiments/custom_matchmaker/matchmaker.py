"""An example of a matchmaker of your own: those whose connections to the server are most alike play together.

The experiment file names this file (`matching: matchmaker: custom, matchmaker_file: matchmaker.py`). Greenroom runs it
once before a run and wants exactly one subclass of `Matchmaker` in it; a fault in it is answered with file and line.
Whatever goes wrong in it while people wait is shown as an alert, and the longest waiting are chosen for that try.

It is asked often, and everybody waits until it has answered: no files, no network, no sleeping in here.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.matching.matchmaker import MatchCandidate, Matchmaker


class MostAlike(Matchmaker):
    """Chooses those whose round trip to the server is nearest to that of whoever is looked for."""

    def find_match(
        self, arriving: MatchCandidate, waiting: Sequence[MatchCandidate], group_size: int
    ) -> list[MatchCandidate] | None:
        """A group for `arriving`, or None if there is none yet. Asked again whenever anything changes.

        `waiting` holds everybody who may be grouped with `arriving` now, longest wait first, without `arriving`; pairs
        that are known to be too slow or cannot reach each other are not in it. The group must be exactly `group_size`
        of them, with `arriving`. Of a candidate you know `subject_id` and `rtt_ms`, the round trip to the server in
        milliseconds (None until it is measured).
        """
        if len(waiting) < group_size - 1:
            return None
        return [arriving, *self.rank_candidates(arriving, waiting, group_size)[: group_size - 1]]

    def rank_candidates(
        self, arriving: MatchCandidate, waiting: Sequence[MatchCandidate], group_size: int
    ) -> list[MatchCandidate]:
        """Nearest first; those without a measurement come last. Equals stay in order of waiting."""

        def distance_ms(candidate: MatchCandidate) -> float:
            if candidate.rtt_ms is None or arriving.rtt_ms is None:
                return float("inf")
            return abs(candidate.rtt_ms - arriving.rtt_ms)

        return sorted(waiting, key=distance_ms)

    # `should_reject_for_rtt(self, measured_rtt_ms)` can be written anew, too: whether two people with this peer-to-peer
    # round trip may not play together. Left out, it is `measured_rtt_ms > self.max_p2p_rtt_ms`.
