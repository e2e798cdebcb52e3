"""`RidgelessClassifierCV`: what it chooses, and that it chooses by what it says."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

from ridgeless.errors import InvalidInputError
from ridgeless.estimators import classifier_cv
from ridgeless.estimators.choosing import GridEdgeWarning
from ridgeless.estimators.classifier import RidgelessClassifier
from ridgeless.estimators.classifier_cv import RidgelessClassifierCV
from ridgeless.estimators.stops import AtTime, Penalty

FEW = {"scales": [10.0, 1e-1, 1e-3], "points": 16, "decades": 3.0, "cv": 3}
pytestmark = pytest.mark.usefixtures("as_a_user")
INSIDE = pytest.mark.filterwarnings("ignore::ridgeless.estimators.GridEdgeWarning")


def strong(seed=0, samples=80, features=100):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((samples, features))
    return X, (X[:, 0] - 2 * X[:, 1] + 0.5 * rng.standard_normal(samples) > 0).astype(int)


def three():
    rng = np.random.default_rng(4)
    X = rng.standard_normal((90, 5))
    return X, np.array(["low", "middle", "top"])[np.digitize(X[:, 0] + 0.5 * rng.standard_normal(90), [-0.5, 0.5])]


@INSIDE
@pytest.mark.parametrize("stop", [pytest.param(AtTime, marks=pytest.mark.slow), Penalty])
def test_deviances_are_those_of_single_fits_in_the_folds(stop):
    """A row of the table, by estimators that are fitted in each fold for themselves."""
    X, y = strong(features=20)
    model = RidgelessClassifierCV(scales=[0.1], stop=stop, points=8, decades=1.2, cv=3).fit(X, y)
    for point in (2, 7):
        found = []
        for train, test in StratifiedKFold(3).split(X, y):
            relative = 0.1 * model.scale_ / RidgelessClassifier(scale=0.1).fit(X[train], y[train]).scale_
            part = len(train) / len(y)
            end = Penalty(model.path_.strengths[point, 0] * part) if stop is Penalty else None
            end = end or AtTime(model.path_.times[point, 0] / part)
            fold = RidgelessClassifier(scale=relative, stop=end).fit(X[train], y[train])
            found.append(2 * log_loss(y[test], fold.predict_proba(X[test])))
        # A coarse grid of times is Bregman iteration, and not quite the flow.
        tolerance = 1e-5 if stop is Penalty else 2e-2
        assert np.mean(found) == pytest.approx(model.cv_deviances_[0, 0, point], rel=tolerance)


@INSIDE
def test_it_finds_what_matters_and_does_better_than_logistic_regression():
    X, y = strong()
    model = RidgelessClassifierCV(**FEW).fit(X, y)
    assert sorted(np.argsort(-np.abs(model.coef_[0]))[:2].tolist()) == [0, 1]
    assert model.relative_scale_ <= 0.1
    fresh, labels = strong(seed=1, samples=2000)
    dense = min(
        log_loss(labels, LogisticRegression(C=C, max_iter=1000).fit(X, y).predict_proba(fresh)) for C in (0.01, 0.1, 1)
    )
    assert log_loss(labels, model.predict_proba(fresh)) < 0.8 * dense


@INSIDE
def test_the_choice_is_that_of_the_least_deviance():
    X, y = three()
    model = RidgelessClassifierCV(depth=[1, 2], standardize=[False, True], stop=[Penalty], **FEW).fit(X, y)
    way, scale, _ = np.unravel_index(model.cv_deviances_.argmin(), model.cv_deviances_.shape)
    assert model.cv_deviances_.shape == (4, 3, 16)
    assert model.ways_[way] == {
        "depth": model.depth_, "standardize": model.standardize_, "stop": type(model.stop_[0]),
    }  # fmt: skip
    assert model.relative_scale_ == FEW["scales"][scale]
    assert model.weights_[way, scale] == model.weights_.sum() == 1
    assert model.predict_proba(X).shape == (90, 3)


@INSIDE
def test_least_errors_may_be_asked_for_in_place_of_deviances():
    X, y = three()
    model = RidgelessClassifierCV(scoring="error", **FEW).fit(X, y)
    _, scale, _ = np.unravel_index(model.cv_errors_.argmin(), model.cv_errors_.shape)
    assert model.relative_scale_ == FEW["scales"][scale]
    assert np.all((model.cv_errors_ >= 0) & (model.cv_errors_ <= 1))


@INSIDE
def test_the_same_bits_whatever_the_number_of_processes():
    X, y = strong(features=30)
    one, two = (RidgelessClassifierCV(n_jobs=jobs, **FEW).fit(X, y) for jobs in (1, 2))
    np.testing.assert_array_equal(one.cv_deviances_, two.cv_deviances_)
    np.testing.assert_array_equal(one.coef_, two.coef_)


@INSIDE
def test_one_standard_error_stops_earlier():
    X, y = strong(features=30)
    best, early = (RidgelessClassifierCV(one_standard_error=flag, **FEW).fit(X, y) for flag in (False, True))
    assert early.relative_scale_ == best.relative_scale_
    assert early.stop_.time < best.stop_.time
    assert np.abs(early.coef_).sum() < np.abs(best.coef_).sum()


@pytest.mark.slow
@INSIDE
def test_an_average_is_that_of_coefficients():
    X, y = three()
    model = RidgelessClassifierCV(combine="average", **FEW).fit(X, y)
    assert model.weights_.sum() == pytest.approx(1)
    assert np.count_nonzero(model.weights_) > 1
    assert model.weights_.argmax() == model.cv_deviances_.min(axis=2).argmin()
    parts = []
    for weight, scale in zip(model.weights_[0], FEW["scales"], strict=True):
        parts.append(weight * RidgelessClassifierCV(**{**FEW, "scales": [scale]}).fit(X, y).coef_)
    np.testing.assert_allclose(model.coef_, np.sum(parts, axis=0), atol=1e-5 * np.abs(model.coef_).max())


def with_unsolved(monkeypatch, scales):
    """Fits on all the data at these scales fail, with coefficients of any size."""

    def failing(problem, scale, point, _true=classifier_cv.refitted_classes):
        fit = _true(problem, scale, point)
        fails = scale in scales
        return replace(fit, solved=1e9 * fit.solved, is_solved=~np.ones_like(fit.is_solved)) if fails else fit

    monkeypatch.setattr(classifier_cv, "refitted_classes", failing)


@INSIDE
def test_what_is_not_solved_on_all_the_data_has_no_part_in_an_average(monkeypatch):
    """One such member in a hundred fits cost a mean deviance of 21 in place of 0.8."""
    X, y = three()
    whole = RidgelessClassifierCV(combine="average", **FEW).fit(X, y)
    lost = int(np.argsort(whole.weights_[0])[-2])
    with_unsolved(monkeypatch, [lost])
    model = RidgelessClassifierCV(combine="average", **FEW).fit(X, y)
    assert model.weights_[0, lost] == 0 < whole.weights_[0, lost]
    left = np.arange(3) != lost
    np.testing.assert_allclose(model.weights_[0, left], whole.weights_[0, left] / (1 - whole.weights_[0, lost]))
    assert np.abs(model.coef_).max() < 10 * np.abs(whole.coef_).max()


@INSIDE
def test_where_nothing_is_solved_on_all_the_data_the_best_alone_is_kept_and_said(monkeypatch):
    X, y = three()
    with_unsolved(monkeypatch, range(3))
    with pytest.warns(ConvergenceWarning, match="did not reach its tolerance"):
        model = RidgelessClassifierCV(combine="average", **FEW).fit(X, y)
    assert np.sort(model.weights_, axis=None).tolist() == [0.0, 0.0, 1.0]


@INSIDE
def test_weights_are_repetitions():
    X, y = three()
    weights = np.random.default_rng(5).integers(0, 3, len(y))
    folds = np.arange(len(y)) % 3
    repeated = np.repeat(folds, weights)
    cv = [(np.flatnonzero(folds != k), np.flatnonzero(folds == k)) for k in range(3)]
    cv_repeated = [(np.flatnonzero(repeated != k), np.flatnonzero(repeated == k)) for k in range(3)]
    one = RidgelessClassifierCV(**{**FEW, "cv": cv}).fit(X, y, sample_weight=weights)
    two = RidgelessClassifierCV(**{**FEW, "cv": cv_repeated}).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    np.testing.assert_allclose(one.cv_deviances_, two.cv_deviances_, rtol=1e-5)
    np.testing.assert_allclose(one.coef_, two.coef_, atol=1e-5)


def test_an_optimum_on_the_edge_is_told():
    X, y = strong(features=30)
    with pytest.warns(GridEdgeWarning, match="at the end of the path: give decades above 0.5"):
        RidgelessClassifierCV(scales=[0.1], points=5, decades=0.5).fit(X, y)
    with pytest.warns(GridEdgeWarning, match="at a scale on the edge of those given"):
        RidgelessClassifierCV(scales=[100.0, 10.0], points=16, decades=3.0, cv=3).fit(X, y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"combine": "mean"}, "combine='mean'.*combine is 'best' or 'average'"),
        ({"scoring": "accuracy"}, "scoring='accuracy'.*scoring is 'deviance' or 'error'"),
        ({"stop": AtTime(1.0)}, "stop=AtTime"),
        ({"points": 1}, "points=1"),
        ({"decades": 0.0}, "decades=0"),
        ({"scales": []}, "scales="),
        ({"cv": [(np.arange(8), np.arange(8, 90))]}, "a fold trains without the class"),
    ],
    ids=str,
)
def test_bad_parameters_are_refused(parameters, message):
    X, y = three()
    y = np.sort(y)
    with pytest.raises(InvalidInputError, match=message):
        RidgelessClassifierCV(**parameters).fit(X, y)


def test_an_average_knows_no_rule_of_one_standard_error():
    X = np.random.default_rng(0).standard_normal((20, 3))
    with pytest.raises(InvalidInputError, match="an average takes more than one stop"):
        RidgelessClassifierCV(combine="average", one_standard_error=True).fit(X, X[:, 0] > 0)
