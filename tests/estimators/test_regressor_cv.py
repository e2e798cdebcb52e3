"""`RidgelessRegressorCV`: its errors are those of fits that leave the samples out, and its choice the least."""

import warnings

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import GroupKFold, KFold
from sklearn.utils.estimator_checks import parametrize_with_checks

import ridgeless as rl
from ridgeless.estimators import AtTime, GridEdgeWarning, Penalty, RidgelessRegressor, RidgelessRegressorCV
from ridgeless.estimators._cross_validation import Scores, least_error, within_one_standard_error

SMALL = {"scales": [1.0, 1e-2], "points": 25, "decades": 4.0, "cv": 3}
pytestmark = pytest.mark.filterwarnings("ignore::ridgeless.estimators.GridEdgeWarning")


@parametrize_with_checks([RidgelessRegressorCV(**SMALL)])
def test_scikit_learn(as_a_user, estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks([RidgelessRegressorCV(), RidgelessRegressorCV(depth=[1, 2, 3], stop=[AtTime, Penalty])])
def test_scikit_learn_with_all_scales(as_a_user, estimator, check):
    check(estimator)


@pytest.mark.parametrize("stop", [AtTime, Penalty])
def test_errors_are_those_of_single_fits(sparse_data, stop):
    """Each entry of the table, by `RidgelessRegressor` on the samples of the fold."""
    X, y = sparse_data
    model = RidgelessRegressorCV(stop=stop, **SMALL).fit(X, y)
    scale, point = 1, 14
    whole = RidgelessRegressor(scale=SMALL["scales"][scale]).fit(X, y)
    from ridgeless.estimators import ridgeless_path
    from ridgeless.estimators.mirror_maps import HyperbolicMap

    path = ridgeless_path(X, y, scale=SMALL["scales"][scale], stop=stop, points=25, decades=4.0)
    errors = []
    for train, test in KFold(3).split(X):
        strength = path.strengths[point] * len(train) / len(y)
        at = Penalty(strength) if stop is Penalty else AtTime(1 / (HyperbolicMap().rate(1.0) * strength))
        unit = RidgelessRegressor(scale=1.0).fit(X[train], y[train]).scale_
        fold = RidgelessRegressor(scale=whole.scale_ / unit, stop=at).fit(X[train], y[train])
        errors.append(np.mean((fold.predict(X[test]) - y[test]) ** 2))
    assert model.cv_errors_[0, scale, point] == pytest.approx(np.mean(errors), rel=2e-2 if stop is AtTime else 1e-3)
    assert model.cv_deviations_[0, scale, point] == pytest.approx(np.std(errors, ddof=1) / np.sqrt(3), rel=0.05)


def test_the_choice_is_the_least_and_is_fitted(sparse_data):
    X, y = sparse_data
    model = RidgelessRegressorCV(
        depth=[1, 2], stop=[AtTime, Penalty], standardize=[False, True], **{**SMALL, "points": 60}
    ).fit(X, y)
    way, scale, point = np.unravel_index(np.argmin(model.cv_errors_), model.cv_errors_.shape)
    assert model.ways_[way] == {"depth": model.depth_, "standardize": model.standardize_, "stop": type(model.stop_)}
    assert model.relative_scale_ == SMALL["scales"][scale]
    assert len(model.ways_) == 8
    again = RidgelessRegressor(
        model.depth_, scale=model.relative_scale_, stop=model.stop_, standardize=model.standardize_
    ).fit(X, y)
    assert again.scale_ == pytest.approx(model.scale_)
    np.testing.assert_allclose(model.coef_, again.coef_, atol=0.02 * np.abs(again.coef_).max())
    np.testing.assert_allclose(model.path_.at(int(point))[0], model.coef_, atol=1e-3 * np.abs(model.coef_).max())


def test_the_same_bits_whatever_the_number_of_processes(sparse_data):
    X, y = sparse_data
    one = RidgelessRegressorCV(**SMALL).fit(X, y)
    two = RidgelessRegressorCV(n_jobs=2, **SMALL).fit(X, y)
    np.testing.assert_array_equal(one.coef_, two.coef_)
    np.testing.assert_array_equal(one.cv_errors_, two.cv_errors_)


def test_scaling_is_done_inside_the_folds(sparse_data):
    """A sample left out that is huge moves no fold's scaling but the ones it is in."""
    X, y = sparse_data
    spoilt = X.copy()
    spoilt[-1] *= 1e6
    errors = [
        RidgelessRegressorCV(
            standardize=True, scales=[1.0], points=5, decades=2.0, cv=[(np.arange(20), np.arange(20, 29))]
        )
        .fit(data, y)
        .coef_
        for data in (X, spoilt)
    ]
    assert not np.allclose(*errors)


def test_one_standard_error_stops_earlier():
    errors = np.array([[[[5.0], [3.2], [3.05], [3.0], [4.0]], [[6.0], [6.0], [6.0], [6.0], [6.0]]]])
    deviations = np.full_like(errors, 0.1)
    scores = Scores(errors, deviations)
    best = least_error(scores)
    assert (best.family, best.scale, best.point) == (0, (0,), (3,))
    assert within_one_standard_error(scores, best).point == (2,)


def test_edges_are_named(sparse_data):
    X, y = sparse_data
    with pytest.warns(GridEdgeWarning, match="give decades above 0.5"):
        RidgelessRegressorCV(decades=0.5, points=5).fit(X, y)
    with pytest.warns(GridEdgeWarning, match="at a scale on the edge"):
        RidgelessRegressorCV(scales=[30.0, 10.0, 3.0]).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RidgelessRegressorCV().fit(X, y)


def test_groups_are_routed(sparse_data):
    X, y = sparse_data
    groups = np.arange(len(y)) % 5
    with sklearn.config_context(enable_metadata_routing=True):
        assert "splitter" in str(RidgelessRegressorCV(cv=GroupKFold(5)).get_metadata_routing())
        model = RidgelessRegressorCV(**{**SMALL, "cv": GroupKFold(5)}).fit(X, y, groups=groups)
    splits = list(GroupKFold(5).split(X, y, groups))
    same = RidgelessRegressorCV(**{**SMALL, "cv": splits}).fit(X, y)
    np.testing.assert_array_equal(model.cv_errors_, same.cv_errors_)


def test_several_targets_choose_for_themselves(sparse_data):
    X, y = sparse_data
    rng = np.random.default_rng(9)
    dense = X @ rng.standard_normal(X.shape[1])
    model = RidgelessRegressorCV(**SMALL).fit(X, np.column_stack([y, dense]))
    for k, target in enumerate((y, dense)):
        alone = RidgelessRegressorCV(**SMALL).fit(X, target)
        assert model.relative_scale_[k] == alone.relative_scale_
        np.testing.assert_allclose(model.coef_[k], alone.coef_, atol=1e-4 * np.abs(alone.coef_).max())


REFUSALS = [
    ({"combine": "average", "one_standard_error": True}, "an average takes more than one stop"),
    ({"cv": []}, "cv= gives no fold"),
    ({"combine": "mean"}, "combine is 'best' or 'average'"),
    ({"stop": AtTime(1.0)}, "stop is the class AtTime or Penalty"),
    ({"stop": []}, "stop is the class AtTime or Penalty"),
    ({"scales": [1.0, -1.0]}, "scales is a list of finite numbers above 0"),
    ({"scales": []}, "scales is a list"),
    ({"points": 1}, "points is a whole number of at least 2"),
    ({"decades": 0.0}, "decades is a number from 0.01 to 16"),
    ({"standardize": "yes"}, "standardize is True, False or"),
    ({"depth": [2, 0]}, "depth is a whole number of at least 1"),
]


@pytest.mark.parametrize(("parameters", "says"), REFUSALS, ids=lambda case: str(case)[:40])
def test_refusals(as_a_user, sparse_data, parameters, says):
    with pytest.raises(rl.InvalidInputError, match=says):
        RidgelessRegressorCV(**parameters).fit(*sparse_data)
