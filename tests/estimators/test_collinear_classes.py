"""Classifiers of columns that are equal or nearly so, at depth 3 and the smallest scales: solved, or said not to be."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

import ridgeless.estimators._logistic as logistic
import ridgeless.estimators._logistic_fits as fits
from ridgeless.estimators import AtTime, RidgelessClassifier
from ridgeless.estimators._class_preparation import lanes_at, log_odds_sizes, prepare_classes
from ridgeless.estimators._logistic_paths import grid_of, training_path
from ridgeless.estimators._preparation import Treatment
from ridgeless.estimators.mirror_maps import mirror_map

pytestmark = pytest.mark.usefixtures("as_a_user")


def collinear(seed, samples, features, apart):
    """Half of the columns, and the same again up to noise of the size `apart`."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((samples, features))
    half = features // 2
    X[:, half:] = X[:, :half] + apart * rng.standard_normal((samples, half))
    return X, np.where(X[:, 0] - 2 * X[:, 1] + 0.5 * rng.standard_normal(samples) > 0, 1.0, -1.0)


@pytest.mark.parametrize(
    ("seed", "samples", "features", "apart", "scale"),
    [(7, 30, 100, 0.0, 1e-14), (31, 30, 100, 0.0, 1e-14), (8, 40, 10, 1e-6, 1e-9), (14, 40, 10, 1e-6, 1e-9)],
)
def test_every_point_of_the_path_is_solved(seed, samples, features, apart, scale):
    """Each of these paths had a point at which Newton's method was given up: it crawls before it converges."""
    X, signs = collinear(seed, samples, features, apart)
    mirror, treatment, weights = mirror_map(3, False), Treatment(True, False, None), np.ones(samples)
    sizes = log_odds_sizes(X, signs[:, None], weights, treatment, mirror)
    prepared = prepare_classes(X, signs[:, None], weights, treatment, mirror)
    lanes = lanes_at(prepared, mirror, scale * sizes)
    assert all(at.is_solved[0] for _, at in training_path(lanes, grid_of(lanes, 60, 6.0), 1e-5))


def test_a_path_that_is_not_solved_is_said_not_to_be(monkeypatch):
    """Where Newton's method is given up on the way, the fit warns, whatever its end is."""
    X, signs = collinear(0, 40, 10, 1e-6)
    short = logistic.ProximalTolerances(residual=1e-7, most_steps=0)
    monkeypatch.setattr("ridgeless.estimators._logistic_paths.ON_THE_WAY", short)
    monkeypatch.setattr(fits, "ON_THE_WAY", short)
    with pytest.warns(ConvergenceWarning, match="did not reach its tolerance on the way"):
        RidgelessClassifier(3, scale=1e-14, stop=AtTime(3.0)).fit(X, signs)
