"""What a pair that was never measured would probably have measured, from the pairs of the same run that were.

Owns the estimate and how far off it is. Must not know of limits, matchmakers or logs. Imports numpy inside only.

The model: a pair's round trip is the sum of what each of the two adds, `rtt = m_a + m_b + u_a + u_b + e`. This is the
additive form of network coordinates (Ng and Zhang, "Predicting Internet network distance with coordinates-based
approaches", INFOCOM 2002) reduced to the "height" of Dabek et al., "Vivaldi: a decentralized network coordinate
system", SIGCOMM 2004: the access links of two homes make most of the way. `m` is a straight line through the server
RTTs by least squares, `u` a ridge estimate of what is left of each person, drawn to 0 the more the less often they were
measured. How much is the ridge's one parameter, chosen by the error on pairs held back.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FOLDS: Final = 10
FOLDS_TO_CHOOSE: Final = 3  # of them; the error that is told is over all
RIDGES: Final = (0.003, 0.01, 0.05, 0.25, 1.0, 5.0, 100.0)
STEPS: Final = 60  # of conjugate gradients at most
LEAST_MS: Final = 0.5  # no estimate is below
LEAST_PEOPLE: Final = 4  # with a server RTT, before a line is drawn through them
HUBER: Final = (
    1.345  # standard deviations beyond which a pair counts less: 95 % as good as least squares if all is normal
)
ROBUST_ROUNDS: Final = 2


class HeldBack(NamedTuple):
    """What was measured of a pair, and what the others' measurements said of it; `sd_ms` is how sure they were."""

    measured_ms: float
    estimated_ms: float
    sd_ms: float


class Estimate(NamedTuple):
    """Of one person: their share of a round trip, and the standard deviation of it, ms."""

    share_ms: float
    sd_ms: float


class PairModel:
    """Made by `fit`. `held_back` has one for each measured pair, each estimated without its own measurement."""

    def __init__(
        self,
        people: Mapping[str, Estimate],
        unknown: Estimate,
        per_server_ms: float,
        server_mean_ms: float,
        pair_sd_ms: float,
        held_back: list[HeldBack],
    ) -> None:
        self._people, self._unknown = people, unknown
        self._per_server_ms, self._server_mean_ms = per_server_ms, server_mean_ms
        self.pair_sd_ms, self.held_back = pair_sd_ms, held_back
        self._errors = [(one.measured_ms - one.estimated_ms) / one.sd_ms for one in held_back if one.sd_ms > 0]

    def of(self, subject_id: str, server_rtt_ms: float | None) -> Estimate:
        """Somebody's share; of somebody never measured, from their server RTT if there is one."""
        known = self._people.get(subject_id)
        if known is not None:
            return known
        off_ms = 0.0 if server_rtt_ms is None else server_rtt_ms - self._server_mean_ms
        return Estimate(self._unknown.share_ms + self._per_server_ms * off_ms, self._unknown.sd_ms)

    def pair_error_ms(self, draw: random.Random) -> float:
        """What a pair's round trip is off the sum of its two shares: as the pairs held back were, ms."""
        return self.pair_sd_ms * draw.choice(self._errors) if self._errors else 0.0


def fit(measured: Sequence[tuple[str, str, float]], server_rtt_ms: Mapping[str, float]) -> PairModel:
    """The model of a run's measured pairs (a, b, RTT in ms), each pair once. ValueError without any."""
    import numpy as np

    if not measured:
        raise ValueError("no pair was measured, so nothing can be said of the others")
    names = sorted({name for a, b, _ in measured for name in (a, b)})
    number = {name: index for index, name in enumerate(names)}
    data = _Data(
        np.array([number[a] for a, _, _ in measured], np.int64),
        np.array([number[b] for _, b, _ in measured], np.int64),
        np.array([rtt_ms for _, _, rtt_ms in measured], np.float64),
        _server_column([server_rtt_ms.get(name) for name in names]),
    )
    ridge, errors, spread = _choose_ridge(data)
    solution = _solve(data, ridge)
    pair_sd_ms = float(np.sqrt(np.mean(errors**2 / spread**2))) if len(errors) else float(data.rtt_ms.std())
    held_back = [
        HeldBack(float(rtt_ms), max(LEAST_MS, float(rtt_ms - error)), pair_sd_ms * float(wide))
        for rtt_ms, error, wide in zip(data.rtt_ms, errors, spread, strict=False)
    ]
    person_sd_ms = pair_sd_ms / np.sqrt(solution.counts + ridge)
    shares_ms = solution.mean_ms + solution.per_server * data.server_ms + solution.own_ms
    known = [s for s in (server_rtt_ms.get(name) for name in names) if s is not None]
    return PairModel(
        {name: Estimate(float(shares_ms[i]), float(person_sd_ms[i])) for name, i in number.items()},
        Estimate(solution.mean_ms, pair_sd_ms / float(np.sqrt(ridge))),
        solution.per_server,
        float(np.mean(known)) if known else 0.0,
        pair_sd_ms,
        held_back,
    )


class _Data(NamedTuple):
    """Pairs by the numbers of their two people; `server_ms` is each person's server RTT off the mean, 0 if unknown."""

    first: Ints
    second: Ints
    rtt_ms: Floats
    server_ms: Floats

    def only(self, rows: Any) -> _Data:
        return self._replace(first=self.first[rows], second=self.second[rows], rtt_ms=self.rtt_ms[rows])


class _Solution(NamedTuple):
    mean_ms: float
    per_server: float
    own_ms: Floats
    counts: Floats

    def of(self, data: _Data) -> Floats:
        share_ms: Floats = self.mean_ms + self.per_server * data.server_ms + self.own_ms
        both_ms: Floats = share_ms[data.first] + share_ms[data.second]
        return both_ms

    def spread(self, data: _Data, ridge: float) -> Floats:
        """By how many of a pair's own standard deviations an estimate is unsure."""
        import numpy as np

        unsure = 1.0 / (self.counts + ridge)
        wide: Floats = np.sqrt(1.0 + unsure[data.first] + unsure[data.second])
        return wide


def _server_column(values: Sequence[float | None]) -> Floats:
    """Off their mean; nothing for anybody if too few have one to draw a line by."""
    import numpy as np

    known = [value for value in values if value is not None]
    if len(known) < LEAST_PEOPLE:
        return np.zeros(len(values))
    mean_ms = float(np.mean(known))
    return np.array([0.0 if value is None else value - mean_ms for value in values])


def _solve(data: _Data, ridge: float) -> _Solution:
    """The line, then everybody's own part; pairs far off count less in the next round."""
    import numpy as np

    mean_ms, per_server = _line(data)
    left_ms = data.rtt_ms - 2 * mean_ms - per_server * (data.server_ms[data.first] + data.server_ms[data.second])
    weights = np.ones(len(left_ms))
    own_ms = np.zeros(len(data.server_ms))
    for _ in range(ROBUST_ROUNDS):
        own_ms = _own_parts(data, left_ms, weights, ridge)
        off_ms = np.abs(left_ms - own_ms[data.first] - own_ms[data.second])
        sd_ms = max(1e-9, float(np.median(off_ms)) / 0.6745)
        weights = np.minimum(1.0, HUBER * sd_ms / np.maximum(off_ms, 1e-12))
    counts = _count(data, np.ones(len(left_ms)))
    return _Solution(mean_ms, per_server, own_ms, counts)


def _line(data: _Data) -> tuple[float, float]:
    """Half the RTT of a pair with mean server RTTs, and what a ms of server RTT adds; never less than nothing."""
    import numpy as np

    both_ms = data.server_ms[data.first] + data.server_ms[data.second]
    middle_ms = both_ms.mean()
    varies = float(((both_ms - middle_ms) ** 2).sum())
    slope = 0.0
    if varies > 1e-9 and len(both_ms) >= LEAST_PEOPLE:
        slope = max(0.0, float(((both_ms - middle_ms) * data.rtt_ms).sum()) / varies)
    return float(np.mean(data.rtt_ms) - slope * middle_ms) / 2, slope


def _own_parts(data: _Data, left_ms: Floats, weights: Floats, ridge: float) -> Floats:
    """Minimise Σ w (left − u_a − u_b)² + ridge Σ u², by conjugate gradients on the normal equations."""
    import numpy as np

    size = len(data.server_ms)
    diagonal = _count(data, weights) + ridge

    def times(own: Floats) -> Floats:
        others_ms = np.bincount(data.first, weights * own[data.second], size)
        product: Floats = diagonal * own + others_ms + np.bincount(data.second, weights * own[data.first], size)
        return product

    rest = _count(data, weights * left_ms)
    own = np.zeros(size)
    way = rest / diagonal
    length = float(rest @ way)
    enough = 1e-8 * length
    for _ in range(STEPS):
        if length <= enough or length == 0:
            break
        pushed = times(way)
        step = length / float(way @ pushed)
        own, rest = own + step * way, rest - step * pushed
        turned = rest / diagonal
        longer = float(rest @ turned)
        way, length = turned + longer / length * way, longer
    return own


def _count(data: _Data, weights: Floats) -> Floats:
    """The sum over everybody's pairs."""
    import numpy as np

    ends, size = np.concatenate((data.first, data.second)), len(data.server_ms)
    return np.bincount(ends, np.concatenate((weights, weights)), size).astype(np.float64)


def _choose_ridge(data: _Data) -> tuple[float, Floats, Floats]:
    """The ridge with the least median absolute error on pairs held back; those errors (ms), and how unsure each was.

    Without pairs enough to hold any back: 1, and no errors.
    """
    import numpy as np

    size = len(data.rtt_ms)
    if size < 2:
        return 1.0, np.zeros(0), np.zeros(0)
    folds = min(FOLDS, size)
    fold = np.random.default_rng(1).permutation(size) % folds
    few = range(min(FOLDS_TO_CHOOSE, folds))

    def score(ridge: float) -> float:
        errors, _ = _held_back(data, fold, few, ridge)
        return float(np.median(np.abs(errors[fold < len(few)])))

    ridge = min(RIDGES, key=score)
    return ridge, *_held_back(data, fold, range(folds), ridge)


def _held_back(data: _Data, fold: Ints, which: range, ridge: float) -> tuple[Floats, Floats]:
    """Measured less estimated, of each pair in `which` folds from the pairs of all others; and how unsure each was."""
    import numpy as np

    errors, spread = np.zeros(len(data.rtt_ms)), np.ones(len(data.rtt_ms))
    for each in which:
        held = fold == each
        solution, asked = _solve(data.only(~held), ridge), data.only(held)
        errors[held] = asked.rtt_ms - solution.of(asked)
        spread[held] = solution.spread(asked, ridge)
    return errors, spread
