"""Stability selection keeps the number of wrong features that it promises."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.estimators import Penalty, RidgelessRegressor, stability_selection
from ridgeless.estimators.stability import error_factor


def test_the_worst_case_is_the_published_one():
    """Theorem 1: q²/p·1/(2τ − 1); Meinshausen and Bühlmann's τ = 0.9 and q = √(0.8p) keep one error."""
    p = 1000
    q = np.sqrt(0.8 * p)
    assert q**2 / p * error_factor(0.9, 0.9, 50) == pytest.approx(1)


@pytest.mark.parametrize("theta", [0.01, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("pairs", [5, 50, 500])
def test_the_second_theorem_is_never_worse(theta, pairs):
    thresholds = np.arange(pairs + 1, 2 * pairs + 1) / (2 * pairs)
    factors = [error_factor(tau, theta, pairs) for tau in thresholds]
    assert np.all(np.array(factors) <= 1 / (2 * thresholds - 1) + 1e-12)
    assert np.all(np.diff(factors) <= 1e-12)
    assert min(factors) > 0


def test_both_pieces_meet():
    """At τ = ¾ the two formulas of theorem 2 agree as the number of pairs grows: 1 and 1."""
    assert error_factor(0.75, 0.05, 10**6) == pytest.approx(1, rel=1e-5)
    assert error_factor(0.75 + 1e-9, 0.05, 10**6) == pytest.approx(1, rel=1e-5)


def test_expected_errors_on_noise_are_kept():
    """With no signal every selected feature is wrong: their mean number stays below the bound."""
    rng = np.random.default_rng(0)
    model, wrong = RidgelessRegressor(scale=1e-2, stop=Penalty(5.0)), []
    for _ in range(8):
        X, y = rng.standard_normal((30, 40)), rng.standard_normal(30)
        found = stability_selection(model, X, y, resamples=10, errors=1.0)
        assert found.expected_errors() <= 1.0
        wrong.append(len(found.selected))
    assert np.mean(wrong) <= 1.0


def test_it_finds_what_is_there():
    rng = np.random.default_rng(4)
    X = rng.standard_normal((100, 60))
    y = X[:, :3] @ [3.0, -2.0, 2.0] + 0.3 * rng.standard_normal(100)
    model = RidgelessRegressor(scale=1e-3, stop=Penalty(5.0))
    found = stability_selection(model, X, y, resamples=10)
    assert sorted(found.selected.tolist()) == [0, 1, 2]
    assert found.frequencies[0] == 1.0
    again = stability_selection(model, X, y, resamples=10, n_jobs=2)
    np.testing.assert_array_equal(found.frequencies, again.frequencies)


@pytest.mark.parametrize("stop", [Penalty(1e9), Penalty(5.0)], ids=str)
def test_features_without_a_coefficient_are_never_chosen(stop):
    """Whatever their column: none where all are 0, and only the one where one is not."""
    from sklearn.linear_model import Lasso

    rng = np.random.default_rng(1)
    X = rng.standard_normal((40, 30))
    y = 3 * X[:, 20] + 0.1 * rng.standard_normal(40)
    none = stability_selection(Lasso(alpha=100.0), X, y, resamples=4)
    assert none.frequencies.max() == 0
    assert none.selected.size == 0
    one = stability_selection(Lasso(alpha=1.0), X, y, resamples=4)
    assert one.selected.tolist() == [20]
    assert stability_selection(RidgelessRegressor(stop=stop), X, np.ones(40), resamples=4).selected.size == 0


def test_a_rule_that_chooses_everything_promises_nothing(sparse_data):
    X, y = sparse_data
    with pytest.raises(rl.InvalidInputError, match="no threshold keeps the expected number"):
        stability_selection(RidgelessRegressor(stop=Penalty(9.0)), X, y, resamples=4, chosen=80)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"resamples": 7}, "resamples is an even number"),
        ({"resamples": 0}, "resamples is an even number"),
        ({"chosen": 0}, "chosen is a whole number from 1 to 80"),
        ({"threshold": 0.5}, "give a number above 0.5"),
    ],
    ids=str,
)
def test_refusals(as_a_user, sparse_data, arguments, says):
    with pytest.raises(rl.InvalidInputError, match=says):
        stability_selection(RidgelessRegressor(stop=Penalty(9.0)), *sparse_data, **{"resamples": 4, **arguments})
