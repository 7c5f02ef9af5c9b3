"""Estimates of pairs never measured: against sums worked out by hand, against made-up truth, and never absurd."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.what_if.failure_model import FailureModel
from core.analysis.what_if.pair_model import LEAST_MS, PairModel, fit
from core.analysis.what_if.parts import Session

Pair = tuple[str, str, float]


def estimate(model: PairModel, a: str, b: str) -> float:
    return model.of(a, None).share_ms + model.of(b, None).share_ms


def sparse_truth(people: int, pairs: int, noise_ms: float, seed: int = 1) -> tuple[dict[str, float], list[Pair]]:
    """Everybody's true share, and some pairs' measurements."""
    draw = random.Random(seed)
    shares = {f"p{number}": draw.lognormvariate(3.3, 0.6) for number in range(people)}
    every = list(itertools.combinations(shares, 2))
    return shares, [
        (a, b, max(1.0, shares[a] + shares[b] + draw.gauss(0, noise_ms))) for a, b in draw.sample(every, pairs)
    ]


def test_three_people_who_all_met_have_the_shares_that_their_sums_tell() -> None:
    model = fit([("a", "b", 30.0), ("a", "c", 40.0), ("b", "c", 50.0)] * 30, {})
    # a + b = 30, a + c = 40, b + c = 50: a = 10, b = 20, c = 30.
    for name, share_ms in (("a", 10.0), ("b", 20.0), ("c", 30.0)):
        assert model.of(name, None).share_ms == pytest.approx(share_ms, abs=0.2)


def test_somebody_never_measured_is_told_from_their_server_rtt() -> None:
    shares = {f"p{number}": 10.0 + number for number in range(12)}
    server = {name: 2 * share for name, share in shares.items()} | {"new": 40.0}
    measured = [(a, b, shares[a] + shares[b]) for a, b in itertools.combinations(shares, 2)]
    model = fit(measured, server)
    assert model.of("new", 40.0).share_ms == pytest.approx(20.0, abs=0.5)
    middle = sum(shares.values()) / len(shares)
    assert model.of("without one", None).share_ms == pytest.approx(middle, abs=0.5)
    assert model.of("new", 40.0).sd_ms >= model.of("p1", None).sd_ms


def test_most_pairs_are_told_from_a_few() -> None:
    shares, measured = sparse_truth(60, 240, noise_ms=2.0)
    model = fit(measured, {})
    known = {frozenset(pair[:2]) for pair in measured}
    errors = sorted(
        abs(estimate(model, a, b) - shares[a] - shares[b])
        for a, b in itertools.combinations(shares, 2)
        if frozenset((a, b)) not in known
    )
    assert errors[len(errors) // 2] < 2.0
    assert errors[int(0.95 * len(errors))] < 6.0


@pytest.mark.parametrize("noise_ms", [1.0, 8.0])
def test_the_error_on_pairs_held_back_is_the_error_on_pairs_never_measured(noise_ms: float) -> None:
    shares, measured = sparse_truth(50, 300, noise_ms)
    model = fit(measured, {})
    told = sorted(abs(one.measured_ms - one.estimated_ms) for one in model.held_back)
    known = {frozenset(pair[:2]) for pair in measured}
    draw = random.Random(9)
    new = sorted(
        abs(estimate(model, a, b) - shares[a] - shares[b] - draw.gauss(0, noise_ms))
        for a, b in itertools.combinations(shares, 2)
        if frozenset((a, b)) not in known
    )
    assert told[len(told) // 2] == pytest.approx(new[len(new) // 2], rel=0.25)
    inside = sum(abs(one.measured_ms - one.estimated_ms) <= 1.645 * one.sd_ms for one in model.held_back)
    assert 0.85 <= inside / len(told) <= 0.96


def test_a_pair_held_back_is_not_told_from_itself() -> None:
    shares, measured = sparse_truth(20, 120, noise_ms=0.5)
    a, b, rtt_ms = measured[0]
    spoilt = fit([(a, b, rtt_ms + 500.0), *measured[1:]], {}).held_back[0]
    assert spoilt.measured_ms == pytest.approx(rtt_ms + 500.0)
    assert spoilt.estimated_ms == pytest.approx(shares[a] + shares[b], abs=10.0)


def test_one_wrong_measurement_spoils_no_others() -> None:
    shares, measured = sparse_truth(30, 200, noise_ms=1.0)
    a, b, _ = measured[0]
    model = fit([(a, b, 2_000.0), *measured[1:]], {})
    others = [name for name in shares if name not in (a, b)]
    assert max(abs(model.of(name, None).share_ms - shares[name]) for name in others) < 12.0


def test_draws_are_spread_as_the_held_back_pairs_are() -> None:
    _, measured = sparse_truth(40, 250, noise_ms=5.0)
    model, draw = fit(measured, {}), random.Random(3)
    errors = [model.pair_error_ms(draw) for _ in range(2000)]
    assert math.sqrt(sum(error**2 for error in errors) / len(errors)) == pytest.approx(5.0, rel=0.3)


def test_one_pair_is_enough_to_say_something_and_none_is_not() -> None:
    model = fit([("a", "b", 80.0)], {})
    assert estimate(model, "c", "d") == pytest.approx(80.0)
    assert model.held_back == []
    with pytest.raises(ValueError, match="no pair was measured"):
        fit([], {})


names = st.sampled_from("abcdefgh")


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.tuples(names, names).filter(lambda pair: pair[0] < pair[1]), st.floats(0, 5_000), min_size=1, max_size=28
    ),
    st.dictionaries(names, st.floats(0, 5_000)),
)
def test_whatever_was_measured_the_estimates_are_numbers(
    measured: dict[tuple[str, str], float], server: dict[str, float]
) -> None:
    model = fit([(a, b, rtt_ms) for (a, b), rtt_ms in measured.items()], server)
    for name in "abcdefghz":
        share = model.of(name, server.get(name))
        assert math.isfinite(share.share_ms)
        assert 0 <= share.sd_ms < math.inf
    assert all(one.estimated_ms >= LEAST_MS and math.isfinite(one.sd_ms) for one in model.held_back)


# --- failures ---------------------------------------------------------------------------------------------------------

WELL = Session(1.0, 50.0)


def failed(**at_fault: bool) -> Session:
    return Session(8.0, None, "timeout", at_fault)


def test_nobody_fails_where_nothing_failed() -> None:
    model = FailureModel([("a", "b", WELL), ("b", "c", WELL)])
    assert model.probability("a", "c") == 0
    assert model.draw("a", "c", random.Random(1)) is None


def test_the_log_says_whose_doing_a_failure_was() -> None:
    model = FailureModel([("a", "b", failed(a=True)), ("a", "c", failed(a=True)), ("b", "c", WELL), ("c", "d", WELL)])
    # 2 of 4 failed: the mean is 1 - sqrt(1/2). a: (2 + mean) / (2 + 1); b: (0 + mean) / (2 + 1).
    mean = 1 - math.sqrt(0.5)
    assert model.rate("a") == pytest.approx((2 + mean) / 3)
    assert model.rate("b") == pytest.approx(mean / 3)
    assert model.rate("nobody knows") == pytest.approx(mean)


def test_who_fails_with_everybody_is_blamed_though_the_log_names_nobody() -> None:
    others = [f"p{number}" for number in range(8)]
    tried = [("bad", other, failed()) for other in others]
    tried += [(a, b, WELL) for a, b in itertools.combinations(others, 2)]
    model = FailureModel(tried)
    assert model.rate("bad") > 0.8
    assert model.probability("p0", "p1") < 0.1


def test_a_drawn_failure_is_the_doing_of_one_of_the_two() -> None:
    model = FailureModel([("a", "b", failed(b=False)), ("c", "d", WELL)])
    drawn = [model.draw("b", "d", random.Random(seed)) for seed in range(200)]
    found = {tuple(session.at_fault) for session in drawn if session is not None}
    assert found <= {("b",), ("d",)}
    assert ("b",) in found
