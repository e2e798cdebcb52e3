"""An average over whole paths: its measure, its weights, and the fit that comes of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

import ridgeless as rl
from ridgeless.estimators import AtTime, Penalty, RidgelessRegressor, RidgelessRegressorCV, ridgeless_path
from ridgeless.estimators._averages import (
    Members,
    average_weights,
    averaged,
    exponential_weights,
    members_of,
    path_measure,
)
from ridgeless.estimators._cross_validation import Family, Samples, Scores, fold_scores, problem_of
from ridgeless.estimators._preparation import Treatment
from ridgeless.estimators.mirror_maps import mirror_map

FEW = {"scales": [1.0, 1e-2], "points": 25, "decades": 4.0, "cv": 3}
pytestmark = pytest.mark.filterwarnings("ignore::ridgeless.estimators.GridEdgeWarning")


def moves_of(positions):
    return np.abs(np.diff(positions, prepend=positions[0]))[:, None]


def test_the_measure_of_a_path_is_an_integral_along_it():
    """Of a function of where predictions are, whatever the spacing of points: by quadrature on an even grid."""
    where = 3.0 * np.linspace(0.0, 1.0, 400) ** 4
    mean = path_measure(moves_of(where))[:, 0] @ np.sin(where)
    even = np.linspace(0.0, 3.0, 100_000)
    assert mean == pytest.approx(np.sin(even).mean(), rel=1e-4)


@given(repeats=st.integers(1, 30), place=st.integers(0, 5))
def test_points_that_stand_still_count_once(repeats, place):
    where = np.array([0.0, 1.0, 1.5, 3.0, 3.2, 4.0])
    stands = np.insert(where, place, [where[place]] * repeats)
    groups = np.insert(np.arange(6), place, [place] * repeats)
    summed = np.bincount(groups, path_measure(moves_of(stands))[:, 0])
    np.testing.assert_allclose(summed, path_measure(moves_of(where))[:, 0], atol=1e-15)


def test_a_path_that_does_not_move_is_all_its_points_alike():
    np.testing.assert_array_equal(path_measure(np.zeros((2, 4, 1))), np.full((2, 4, 1), 0.25))


def test_weights_are_exponential_in_the_error():
    errors, prior = np.array([2.0, 2.2, 2.1, np.inf, 1.0]), np.array([0.1, 0.5, 0.2, 0.2, 0.0])
    weights = exponential_weights(errors, prior, samples=20.0)
    assert np.isfinite(exponential_weights(errors, prior, samples=1e6)).all()
    # The least error has no part of any path, and says nothing of the variance.
    assert weights[1] / weights[0] == pytest.approx(5 * np.exp(-20 * 0.2 / (4 * 2.0)))
    assert weights[2] / weights[0] == pytest.approx(2 * np.exp(-20 * 0.1 / (4 * 2.0)))
    assert weights[3] == weights[4] == 0
    assert weights.sum() == pytest.approx(1)


@given(
    errors=st.lists(st.floats(0.01, 10.0), min_size=2, max_size=8),
    samples=st.floats(1.0, 1e9),
    unit=st.floats(1e-12, 1e12),
)
def test_weights_know_no_units_and_never_vanish(errors, samples, unit):
    errors = np.array(errors)
    prior = np.full(len(errors), 1 / len(errors))
    weights = exponential_weights(errors, prior, samples)
    assert weights.sum() == pytest.approx(1)
    assert weights[np.argmin(errors)] == weights.max()
    np.testing.assert_allclose(exponential_weights(unit * errors, prior, samples), weights, atol=1e-2)


def test_weights_minimise_the_error_and_the_divergence_from_the_prior():
    """Gibbs: they are the least of Σwe + (4σ²/n)·Σw·log(w/π), here by a solver that knows no exponentials."""
    from scipy.optimize import minimize

    rng = np.random.default_rng(4)
    errors, prior, samples = rng.uniform(1.0, 2.0, 5), rng.dirichlet(np.ones(5)), 10.0

    def objective(logs):
        w = np.exp(logs - logs.max())
        w /= w.sum()
        return w @ errors + 4 * errors.min() / samples * np.sum(w * np.log(w / prior))

    found = minimize(objective, np.zeros(5), tol=1e-12).x
    w = np.exp(found - found.max())
    np.testing.assert_allclose(exponential_weights(errors, prior, samples), w / w.sum(), atol=1e-5)


def test_samples_without_noise_leave_the_members_without_error():
    weights = exponential_weights(np.array([0.0, 1e-9, 0.0]), np.array([0.2, 0.6, 0.2]), samples=5.0)
    np.testing.assert_array_equal(weights, [0.5, 0.0, 0.5])


@pytest.mark.parametrize("stop", [AtTime, Penalty])
def test_an_average_is_that_of_the_points_of_paths(sparse_data, stop):
    """By `ridgeless_path`, which takes finer steps of training, and is no part of the choice."""
    X, y = sparse_data
    model = RidgelessRegressorCV(combine="average", stop=stop, **{**FEW, "points": 60}).fit(X, y)
    assert model.weights_.shape == model.cv_errors_.shape
    assert model.weights_.sum() == pytest.approx(1)
    assert np.count_nonzero(model.weights_) > 5
    expected = np.zeros(X.shape[1])
    for scale, own in zip(FEW["scales"], model.weights_[0], strict=True):
        path = ridgeless_path(X, y, scale=scale, stop=stop, points=60, decades=4.0)
        expected += own @ path.coefficients()
    close = 1e-2 if stop is AtTime else 1e-4
    np.testing.assert_allclose(model.coef_, expected, atol=close * np.abs(expected).max())
    assert model.intercept_ == pytest.approx(y.mean() - X.mean(axis=0) @ model.coef_)


def test_an_average_at_a_large_scale_is_one_of_ridge_regressions(sparse_data):
    """Errors, the measure, weights and coefficients, all from scikit-learn's `Ridge` and the published formula."""
    X, y = sparse_data
    counts, folds = np.random.default_rng(2).integers(1, 4, 30), KFold(3)
    model = RidgelessRegressorCV(stop=Penalty, scales=[1e6], points=12, decades=4.0, cv=folds, combine="average").fit(
        X, y, sample_weight=counts
    )
    alphas = model.path_.strengths / model.scale_
    errors, moves = np.zeros((3, 12)), np.zeros((3, 12))
    for fold, (train, test) in enumerate(folds.split(X)):
        part = counts[train].sum() / counts.sum()
        ridges = [Ridge(alpha=part * alpha).fit(X[train], y[train], sample_weight=counts[train]) for alpha in alphas]
        found = np.array([ridge.predict(X[test]) for ridge in ridges])
        errors[fold] = np.average((found - y[test]) ** 2, axis=1, weights=counts[test])
        moves[fold, 1:] = np.average(np.diff(found, axis=0) ** 2, axis=1, weights=counts[test])
    error, move = errors.mean(axis=0), np.sqrt(moves.mean(axis=0))
    np.testing.assert_allclose(model.cv_errors_[0, 0], error, rtol=1e-8)
    weights = (move + np.append(move[1:], 0.0)) * np.exp(-counts.sum() * (error - error.min()) / (4 * error.min()))
    weights[weights < 1e-3 * weights.max()] = 0.0
    weights /= weights.sum()
    np.testing.assert_allclose(model.weights_[0, 0], weights, atol=1e-8)
    ridges = [Ridge(alpha=alpha).fit(X, y, sample_weight=counts) for alpha in alphas]
    np.testing.assert_allclose(model.coef_, weights @ [ridge.coef_ for ridge in ridges], atol=1e-8)
    assert model.intercept_ == pytest.approx(weights @ [ridge.intercept_ for ridge in ridges], abs=1e-8)


WAY = Family(mirror_map(2, False), Treatment(True, False, None), is_training=False)


def test_moves_are_those_of_single_fits(sparse_data):
    """How far predictions of a fold go from one point to the next, by two fits of `RidgelessRegressor`."""
    X, y = sparse_data
    samples, (train, test) = Samples(X, y[:, None], np.ones(30)), next(KFold(3).split(X))
    problem = problem_of(WAY, samples, np.array([0.3]), 12, 3.0)
    errors, moves = fold_scores(problem, samples, train, test)
    unit = RidgelessRegressor(scale=1.0).fit(X[train], y[train]).scale_
    fits = [
        RidgelessRegressor(scale=problem.lanes.scales[0] / unit, stop=Penalty(strength * len(train) / 30)).fit(
            X[train], y[train]
        )
        for strength in problem.grid.strengths[6:8, 0]
    ]
    before, after = (fit.predict(X[test]) for fit in fits)
    assert moves[7, 0] == pytest.approx(np.mean((after - before) ** 2), rel=1e-2)
    assert errors[7, 0] == pytest.approx(np.mean((after - y[test]) ** 2), rel=1e-3)
    assert moves[0, 0] == 0


def test_a_point_that_is_not_solved_has_no_error_and_no_move(sparse_data, monkeypatch):
    """And training after it neither, which starts from it; nothing is chosen there, and nothing averaged."""
    from dataclasses import replace

    from ridgeless.estimators import _cross_validation

    X, y = sparse_data
    walk = _cross_validation.walk

    def failing(family, lanes, grid, orders):
        for k, at in walk(family, lanes, grid, orders):
            yield k, replace(at, is_solved=at.is_solved & ~((k == 12) & (lanes.scales < lanes.scales.max())))

    monkeypatch.setattr(_cross_validation, "walk", failing)
    model = RidgelessRegressorCV(combine="average", stop=[AtTime, Penalty], **FEW).fit(X, y)
    is_lost = np.isinf(model.cv_errors_)
    expected = np.zeros_like(is_lost)
    expected[0, 1, 12:] = expected[1, 1, 12] = True
    np.testing.assert_array_equal(is_lost, expected)
    np.testing.assert_array_equal(np.isinf(model.cv_deviations_), expected)
    assert not model.weights_[expected].any()
    assert model.weights_.sum() == pytest.approx(1)
    model.plot_cv()


def test_members_that_are_not_solved_on_all_samples_leave_their_weight(sparse_data, monkeypatch):
    from ridgeless.estimators import _averages

    X, y = sparse_data
    problem = problem_of(WAY, Samples(X, y[:, None], np.ones(30)), np.array([1.0, 0.1]), 12, 3.0)
    asked = np.zeros((2, 12, 1))
    asked[0, 5], asked[1, 7] = 0.25, 0.75
    alone = members_of(problem, np.where(asked == 0.25, 1.0, 0.0))
    path = _averages.solved_path

    def failing(family, lanes, grid, orders):
        return ((k, at, is_solved & (k != 7)) for k, at, is_solved in path(family, lanes, grid, orders))

    monkeypatch.setattr(_averages, "solved_path", failing)
    found = averaged([problem], [members_of(problem, asked)])
    np.testing.assert_allclose(found.weights[0], np.where(asked == 0.25, 1.0, 0.0))
    np.testing.assert_allclose(found.coefficients, problem.prepared.coefficients(alone.solved), rtol=1e-4, atol=1e-8)
    none = averaged([problem], [Members(np.zeros((80, 1)), np.zeros((2, 12, 1)))])
    assert not none.weights.any()
    assert not none.coefficients.any()


def test_where_no_member_is_left_the_best_stays(sparse_data, monkeypatch):
    from ridgeless.estimators import regressor_cv

    X, y = sparse_data
    nobody = lambda problem, weights: Members(np.zeros((80, 1)), np.zeros_like(weights))  # noqa: E731
    monkeypatch.setattr(regressor_cv, "members_of", nobody)
    model = RidgelessRegressorCV(combine="average", **FEW).fit(X, y)
    best = RidgelessRegressorCV(**FEW).fit(X, y)
    np.testing.assert_array_equal(model.coef_, best.coef_)
    np.testing.assert_array_equal(model.weights_, best.weights_)


def test_nothing_that_is_solved_is_refused(as_a_user, sparse_data, monkeypatch):
    from dataclasses import replace

    from ridgeless.estimators import _cross_validation

    walk = _cross_validation.walk
    nothing = lambda *path: ((k, replace(at, is_solved=at.is_solved & False)) for k, at in walk(*path))  # noqa: E731
    monkeypatch.setattr(_cross_validation, "walk", nothing)
    with pytest.raises(rl.InvalidInputError, match="at no scale and stop"):
        RidgelessRegressorCV(**FEW).fit(*sparse_data)


def test_the_same_bits_whatever_the_number_of_processes(sparse_data):
    X, y = sparse_data
    one, two = (RidgelessRegressorCV(combine="average", n_jobs=jobs, **FEW).fit(X, y) for jobs in (1, 2))
    np.testing.assert_array_equal(one.coef_, two.coef_)
    np.testing.assert_array_equal(one.weights_, two.weights_)


def test_several_targets_are_averaged_for_themselves(sparse_data):
    X, y = sparse_data
    dense = X @ np.random.default_rng(9).standard_normal(X.shape[1])
    both = RidgelessRegressorCV(combine="average", stop=Penalty, **FEW).fit(X, np.column_stack([y, dense]))
    for k, target in enumerate((y, dense)):
        alone = RidgelessRegressorCV(combine="average", stop=Penalty, **FEW).fit(X, target)
        np.testing.assert_allclose(both.weights_[..., k], alone.weights_, atol=1e-4)
        np.testing.assert_allclose(both.coef_[k], alone.coef_, atol=1e-4 * np.abs(alone.coef_).max())
        assert both.intercept_[k] == pytest.approx(alone.intercept_, abs=1e-3)


def test_weights_of_samples_are_repetitions(sparse_data):
    X, y = sparse_data
    counts = np.random.default_rng(1).integers(1, 3, 30)
    folds = list(KFold(3).split(X))
    places = np.repeat(np.arange(30), counts)
    repeated = [tuple(np.flatnonzero(np.isin(places, part)) for part in fold) for fold in folds]
    weighted = RidgelessRegressorCV(combine="average", **{**FEW, "cv": folds}).fit(X, y, sample_weight=counts)
    again = RidgelessRegressorCV(combine="average", **{**FEW, "cv": repeated}).fit(X[places], y[places])
    np.testing.assert_allclose(weighted.weights_, again.weights_, atol=1e-3)
    np.testing.assert_allclose(weighted.coef_, again.coef_, atol=1e-3 * np.abs(again.coef_).max())


@pytest.mark.slow
def test_an_average_is_nearer_to_the_truth_than_the_best_where_noise_chooses():
    """Over twenty draws of weak effects and few samples, in pairs."""
    gains = []
    for seed in range(20):
        rng = np.random.default_rng([5, seed])
        X, truth = rng.standard_normal((25, 40)), rng.standard_normal(40) / np.sqrt(40)
        y = X @ truth + rng.standard_normal(25)
        best, average = (
            RidgelessRegressorCV(combine=combine, **{**FEW, "points": 12}).fit(X, y).coef_
            for combine in ("best", "average")
        )
        gains.append(np.sum((best - truth) ** 2) - np.sum((average - truth) ** 2))
    assert np.mean(gains) > 2 * np.std(gains, ddof=1) / np.sqrt(len(gains))


def test_a_way_that_some_folds_did_not_go_is_no_part_of_a_path():
    """The one point that all folds solved is not on the way that the others went: it has all the weight."""
    errors = np.full((1, 1, 4, 1), np.inf)
    errors[0, 0, 1] = 1.0
    moves = np.array([0.0, 0.0, 0.0, 2.0]).reshape(errors.shape)
    np.testing.assert_array_equal(average_weights(Scores(errors, errors), moves, 20.0).ravel(), [0.0, 1.0, 0.0, 0.0])
