"""Training of the classifier beside its flow, integrated for itself."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import expit

from ridgeless.estimators._class_preparation import class_signs, lanes_at, prepare_classes
from ridgeless.estimators._logistic_paths import grid_of, training_path
from ridgeless.estimators._preparation import Treatment
from ridgeless.estimators.classifier import RidgelessClassifier
from ridgeless.estimators.mirror_maps import mirror_map
from ridgeless.estimators.stops import AtTime, Explained


def separable():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((20, 30))
    return X, (X[:, 0] - 2 * X[:, 1] + 0.5 * rng.standard_normal(20) > 0).astype(int)


def overlapping():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((50, 6))
    return X, (X[:, 0] - 2 * X[:, 1] + 2 * rng.standard_normal(50) > 0).astype(int)


DATA = {"more features than samples": separable(), "more samples than features": overlapping()}


def best_intercept(y, log_odds, start):
    """β at which Σ(y − p) = 0, by Newton's method."""
    intercept = start
    for _ in range(200):
        p = expit(log_odds + intercept)
        rest = np.sum(y - p)
        if abs(rest) < 1e-13 * len(y):
            break
        intercept += np.clip(rest / np.sum(p * (1 - p)), -2, 2)
    return intercept


def flow(X, y, mirror, scale, times):
    """w and β of the flow of ν at some times, in the time of ν′ = y − p, by an integrator of stiff equations."""
    last = np.zeros(1)

    def velocity(_, dual):
        log_odds = X @ (scale * mirror.growth(X.T @ dual).value)
        last[0] = best_intercept(y, log_odds, last[0])
        return y - expit(log_odds + last[0])

    found = solve_ivp(
        velocity, (0, times[-1]), np.zeros(len(y)), method="LSODA", t_eval=times, rtol=1e-8, atol=1e-11
    ).y.T
    coefficients = [scale * mirror.growth(X.T @ dual).value for dual in found]
    return [(w, best_intercept(y, X @ w, 0.0)) for w in coefficients]


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize(("depth", "scale"), [(1, 1.0), (2, 1.0), (2, 0.01)])
def test_training_is_within_a_thousandth_of_the_flow(data, depth, scale):
    X, y = DATA[data]
    model = RidgelessClassifier(depth, scale=scale, stop=Explained(0.3)).fit(X, y)
    time, mirror = model.stop_.time, mirror_map(depth, False)
    factors = np.array([1.0, 8.0])
    exact = flow(X, y.astype(float), mirror, model.scale_, factors * time * mirror.rate(model.scale_))
    for factor, (coefficients, intercept) in zip(factors, exact, strict=True):
        found = RidgelessClassifier(depth, scale=scale, stop=AtTime(factor * time)).fit(X, y)
        size = np.abs(coefficients).max()
        assert np.abs(found.coef_[0] - coefficients).max() <= 1e-3 * size
        assert abs(found.intercept_[0] - intercept) <= 1e-3 * max(1.0, size)


@pytest.mark.slow
@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize(("depth", "scale"), [(2, 0.1), (3, 1.0), (3, 0.1), (3, 0.01)])
def test_training_near_poles_is_within_a_thousandth_of_the_flow(data, depth, scale):
    test_training_is_within_a_thousandth_of_the_flow(data, depth, scale)


def test_the_intercept_is_the_best_for_the_coefficients_at_every_point():
    X, y = DATA["more samples than features"]
    model = RidgelessClassifier(stop=Explained(0.2)).fit(X, y)
    for coefficients, intercept in model.path_:
        assert intercept[0] == pytest.approx(best_intercept(y, X @ coefficients[0], 0.0), abs=1e-6)


def test_a_path_ends_by_itself_where_the_classes_are_separated():
    X, y = DATA["more features than samples"]
    mirror, weights, signs = mirror_map(2, False), np.ones(len(y)), class_signs(y, 2)
    prepared = prepare_classes(X, signs, weights, Treatment(True, False, None), mirror)
    lanes = lanes_at(prepared, mirror, np.array([1.0, 1e-3]))
    points = list(training_path(lanes, grid_of(lanes, 80, 12.0), least_left=1e-5))
    left = points[-1][1].loss / lanes.null_losses()
    assert np.all(left <= 1e-5)
    assert np.all(left > 1e-7)
    assert points[-1][1] is points[-2][1]


@pytest.mark.parametrize(("depth", "scale"), [(2, 1.0), (2, 1e-6), (3, 1e-3)])
def test_training_goes_on_to_late_times_where_the_classes_are_separated(depth, scale):
    X, y = DATA["more features than samples"]
    first = RidgelessClassifier(depth, scale=scale, stop=Explained(0.5)).fit(X, y)
    late = RidgelessClassifier(depth, scale=scale, stop=AtTime(1e2 * first.stop_.time)).fit(X, y)
    margins = np.where(y == 1, 1, -1) * late.decision_function(X)
    assert np.all(np.isfinite(late.coef_))
    assert margins.min() > 2
