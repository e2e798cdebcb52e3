"""Conformal intervals of mapie around our estimators cover what they say, and need no adaptation."""

import numpy as np
import pytest
from mapie.regression import CrossConformalRegressor, SplitConformalRegressor

from ridgeless.estimators import Penalty, RidgelessRegressor

pytestmark = pytest.mark.usefixtures("as_a_user")
# In standard deviations of y: the width of an interval of 90 % around a constant prediction.
CONSTANT = 2 * 1.645
MODEL = RidgelessRegressor(scale=1e-3, stop=Penalty(10.0))


def drawn(seed, samples):
    rng = np.random.default_rng(np.random.SeedSequence([15, seed]))
    X = rng.standard_normal((samples, 120))
    return X, X[:, 0] - 2 * X[:, 1] + 0.5 * rng.standard_normal(samples)


def coverage(intervals, y):
    return np.mean((intervals[:, 0, 0] <= y) & (y <= intervals[:, 1, 0]))


def test_split_intervals_cover_what_they_say():
    """At least 90 % on average over samples; the mean over 20 has a standard error below 2 %."""
    found = []
    for seed in range(20):
        X, y = drawn(seed, 560)
        split = SplitConformalRegressor(MODEL, confidence_level=0.9, prefit=False)
        split.fit(X[:40], y[:40]).conformalize(X[40:80], y[40:80])
        found.append(coverage(split.predict_interval(X[80:])[1], y[80:]))
    assert 0.88 <= np.mean(found) <= 0.97


@pytest.mark.parametrize("seed", [0, 1])
def test_cross_intervals_cover_at_least_what_they_guarantee(seed):
    X, y = drawn(seed, 580)
    cross = CrossConformalRegressor(MODEL, confidence_level=0.9, cv=8).fit_conformalize(X[:80], y[:80])
    points, intervals = cross.predict_interval(X[80:])
    assert coverage(intervals, y[80:]) >= 0.8
    assert np.all((intervals[:, 0, 0] <= points) & (points <= intervals[:, 1, 0]))
    assert np.median(intervals[:, 1, 0] - intervals[:, 0, 0]) < 0.8 * CONSTANT * np.std(y)
