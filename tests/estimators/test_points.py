"""Points of a path: what `at` means, which of them the fit is, and what a pickle of them holds."""

import copy
import pickle

import numpy as np
import pytest
from scipy import sparse

import ridgeless as rl
from ridgeless.estimators import (
    AtTime,
    Discrepancy,
    Interpolate,
    Penalty,
    RidgelessClassifier,
    RidgelessClassifierCV,
    RidgelessRegressor,
    RidgelessRegressorCV,
)

pytestmark = pytest.mark.usefixtures("as_a_user")

REGRESSORS = [
    RidgelessRegressor(),
    RidgelessRegressor(3, stop=Penalty(5.0)),
    RidgelessRegressor(stop=Discrepancy(0.5)),
    RidgelessRegressor(stop=Interpolate()),
    RidgelessRegressor(8, scale=1e-14, stop=Interpolate()),
    RidgelessRegressorCV(scales=[0.1], points=30, decades=4.0, cv=2),
    RidgelessRegressorCV(scales=[0.1], points=30, decades=4.0, cv=2, stop=Penalty, one_standard_error=True),
]
CLASSIFIERS = [
    RidgelessClassifier(stop=AtTime(0.02)),
    RidgelessClassifier(stop=Penalty(2.0)),
    RidgelessClassifierCV(scales=[0.1], points=20, cv=2),
    RidgelessClassifierCV(scales=[0.1], points=20, cv=2, stop=Penalty, one_standard_error=True),
]


def predicted(model, X, **at):
    return model.predict_proba(X, **at) if hasattr(model, "classes_") else model.predict(X, **at)


@pytest.mark.parametrize("model", REGRESSORS + CLASSIFIERS, ids=str)
def test_the_point_of_the_fit_is_the_fit(sparse_data, model):
    X, y = sparse_data
    fitted = model.fit(X, y > 0) if model in CLASSIFIERS else model.fit(X, y)
    np.testing.assert_allclose(predicted(fitted, X, at=fitted.point_), predicted(fitted, X), atol=1e-8)
    for at in (-1, -len(fitted.path_), len(fitted.path_), 1.0, True, None, "last", AtTime(1.0), np.nan):
        if at is not None:
            with pytest.raises(rl.InvalidInputError, match=r"at is a point of path_, a whole number from 0 to"):
                predicted(fitted, X, at=at)


def test_the_point_that_was_chosen_is_not_the_last():
    """Noise makes the end of the path a bad choice: a point counted from there would be another model."""
    rng = np.random.default_rng(2)
    X = rng.standard_normal((40, 60))
    y = X[:, 0] + rng.standard_normal(40)
    model = RidgelessRegressorCV(scales=[0.1], points=30, cv=3).fit(X, y)
    assert model.point_ < len(model.path_) - 1
    assert model.path_.times[model.point_] == pytest.approx(model.stop_.time)
    last = model.predict(X, at=len(model.path_) - 1)
    np.testing.assert_array_equal(last, X @ model.path_.at(-1)[0] + model.path_.at(-1)[1])
    assert np.abs(last - model.predict(X)).max() > 0.1


def test_each_target_has_its_point(sparse_data):
    X, y = sparse_data
    model = RidgelessRegressorCV(scales=[0.1], points=20, decades=4.0, cv=2).fit(X, np.column_stack([y, X[:, 7]]))
    for target, point in enumerate(model.point_):
        np.testing.assert_allclose(model.path_.at(int(point))[0][target], model.coef_[target], atol=1e-8)


def of_form(n, p, form=np.asarray):
    rng = np.random.default_rng(n)
    X = np.where(rng.random((n, p)) < 0.3, rng.standard_normal((n, p)), 0.0)
    return form(X), X[:, 0] - X[:, 1] + 0.3 * rng.standard_normal(n)


@pytest.mark.parametrize(
    ("model", "data", "holds_x"),
    [
        (RidgelessRegressor(), of_form(20, 600), True),
        (RidgelessRegressor(), of_form(20, 600, sparse.csr_array), True),
        (RidgelessRegressor(stop=Interpolate()), of_form(20, 600), False),
        (RidgelessRegressorCV(scales=[0.1], points=15, decades=3.0, cv=2), of_form(60, 600), False),
        (RidgelessRegressor(stop=Penalty(1.0)), of_form(400, 6), False),
        (RidgelessClassifier(stop=Penalty(5.0)), of_form(400, 6), False),
        (RidgelessClassifier(stop=Penalty(1.0)), of_form(200, 300), False),
    ],
    ids=["wide", "wide sparse", "limit", "few points", "tall", "tall classes", "classes"],
)
def test_a_pickle_holds_what_prediction_needs(model, data, holds_x):
    X, y = data
    fitted = model.fit(X, y > 0) if isinstance(model, RidgelessClassifier) else model.fit(X, y)
    stored = pickle.dumps(fitted)
    n, p = X.shape
    numbers = X.nnz * 2 if sparse.issparse(X) else n * p
    points = len(fitted.path_)
    # What has to be there, with room for names, means and scales: X and ν of every point, or w of every point.
    needed = numbers + points * n if holds_x else points * p
    assert len(stored) < 8 * (needed + 10 * (n + p) + 4 * points) + 8000
    assert holds_x == (needed < points * p)
    for other in (pickle.loads(stored), copy.deepcopy(fitted), pickle.loads(pickle.dumps(pickle.loads(stored)))):
        np.testing.assert_array_equal(predicted(other, X), predicted(fitted, X))
        for at in range(0, points, 7):
            np.testing.assert_array_equal(predicted(other, X, at=at), predicted(fitted, X, at=at))
        assert (other.path_.duals is None) == (not holds_x and not isinstance(fitted.stop_, Interpolate))
