"""The proximal step solves its equation, lane by lane, at every depth, scale and strength."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from ridgeless.estimators._preparation import Treatment, lanes_of, prepare
from ridgeless.estimators._proximal import ProximalStep, ProximalTolerances, iterate_at, solve_proximal
from ridgeless.estimators.mirror_maps import mirror_map

EXACT = ProximalTolerances(residual=1e-12)
PLAIN = Treatment(fit_intercept=True, standardize=False, prior_scale=None)


def problem(depth, positive, scales, seed=0, samples=12, features=30):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((samples, features))
    y = X[:, :1] - 2 * X[:, 1:2] + 0.1 * rng.standard_normal((samples, 1))
    mirror = mirror_map(depth, positive)
    return lanes_of(prepare(X, y, np.ones(samples), PLAIN, mirror), mirror, np.asarray(scales))


def solved(lanes, centres, strengths, tolerances=EXACT):
    begin = iterate_at(lanes, np.zeros_like(lanes.targets))
    return solve_proximal(lanes, ProximalStep(centres, strengths, tolerances), begin)


@settings(max_examples=30, deadline=None)
@given(
    depth=st.integers(1, 5),
    positive=st.booleans(),
    log_scale=st.floats(-14, 2),
    log_strength=st.floats(-3, 3),
    seed=st.integers(0, 100),
)
def test_the_equation_is_met(depth, positive, log_scale, log_strength, seed):
    depth = max(depth, 2) if positive else depth
    if depth > 2:
        # Near a pole the rounding of z alone moves w by eps/(1 − |z|): the residual can be no smaller.
        log_scale = max(log_scale, -4.0)
    lanes = problem(depth, positive, [10.0**log_scale], seed)
    centres = np.zeros_like(lanes.targets)
    strength = np.array([10.0**log_strength])
    found = solved(lanes, centres, strength, ProximalTolerances(residual=1e-10))
    assert found.is_solved.all()
    value = lanes.mirror.growth(lanes.design.correlations(found.dual)).value
    left = strength * found.dual + lanes.design.fitted(lanes.coefficients(value)) - lanes.targets
    assert np.linalg.norm(left) <= 2e-10 * np.linalg.norm(lanes.targets)


def test_it_is_the_minimum_that_scipy_finds():
    lanes = problem(3, False, [0.1])
    rng = np.random.default_rng(5)
    centre, strength = 0.02 * rng.standard_normal(lanes.targets.shape), np.array([3.0])

    def objective(dual):
        z = lanes.design.correlations(dual[:, None])
        if np.any(np.abs(z) >= 1):
            return np.inf
        conjugate = lanes.scales[0] * np.sum(lanes.mirror.growth(z).integral)
        return conjugate + 1.5 * np.sum((dual - centre[:, 0]) ** 2) - lanes.targets[:, 0] @ dual

    found = solved(lanes, centre, strength)
    other = minimize(objective, np.zeros(len(centre)), method="Nelder-Mead", options={"maxfev": 200})
    polished = minimize(objective, found.dual[:, 0], method="BFGS")
    assert objective(found.dual[:, 0]) <= other.fun
    assert objective(found.dual[:, 0]) <= polished.fun + 1e-9
    np.testing.assert_allclose(found.dual[:, 0], polished.x, atol=1e-5)


def test_lanes_do_not_see_one_another():
    scales = [10.0, 0.1, 1e-9]
    lanes = problem(2, False, scales)
    centres, strengths = np.zeros_like(lanes.targets), np.array([0.3, 2.0, 5.0])
    together = solved(lanes, centres, strengths)
    for lane in range(3):
        chosen = np.array([lane])
        alone = solved(lanes.part(chosen), centres[:, chosen], strengths[chosen])
        np.testing.assert_allclose(together.dual[:, lane], alone.dual[:, 0], rtol=1e-9, atol=1e-12)


def test_a_lane_that_has_no_time_says_so():
    lanes = problem(2, False, [1e-12, 1e3])
    hurried = ProximalTolerances(residual=1e-12, most_steps=2)
    found = solved(lanes, np.zeros_like(lanes.targets), np.full(2, 1e-2), hurried)
    assert found.is_solved.tolist() == [False, True]


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_units_of_y_change_nothing(unit):
    lanes = problem(2, False, [0.1, 1e-6])
    from dataclasses import replace

    scaled = replace(lanes, targets=unit * lanes.targets, scales=unit * lanes.scales)
    centres, strengths = np.zeros_like(lanes.targets), np.array([1.0, 1.0])
    plain, other = solved(lanes, centres, strengths), solved(scaled, centres, unit * strengths)
    np.testing.assert_allclose(other.dual, plain.dual, rtol=1e-9, atol=1e-13)
