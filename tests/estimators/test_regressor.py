"""`RidgelessRegressor` as scikit-learn's users meet it: checks, stops, odd data, refusals."""

import pickle
import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectFromModel
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import ridgeless as rl
from ridgeless.estimators import AtTime, Discrepancy, Explained, Interpolate, Penalty, RidgelessRegressor


@parametrize_with_checks([RidgelessRegressor(stop=AtTime(0.1)), RidgelessRegressor(stop=Interpolate())])
def test_scikit_learn(as_a_user, estimator, check):
    check(estimator)


# On the tables of the checks, of more samples than features, these go on until nothing is left to explain.
@pytest.mark.slow
@parametrize_with_checks(
    [RidgelessRegressor(), RidgelessRegressor(3, stop=Penalty(0.1)), RidgelessRegressor(positive=True)]
)
def test_scikit_learn_with_other_stops(as_a_user, estimator, check):
    check(estimator)


def test_explained_is_reached_exactly(sparse_data):
    X, y = sparse_data
    for share in (0.05, 0.5, 0.95):
        assert RidgelessRegressor(stop=Explained(share)).fit(X, y).score(X, y) == pytest.approx(share, abs=1e-8)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_discrepancy_is_the_noise(sparse_data, depth):
    X, y = sparse_data
    model = RidgelessRegressor(depth=depth, stop=Discrepancy(0.4)).fit(X, y)
    assert np.linalg.norm(model.predict(X) - y) == pytest.approx(0.4 * np.sqrt(len(y)), rel=1e-6)
    assert isinstance(model.stop_, Penalty)
    again = RidgelessRegressor(depth=depth, stop=model.stop_).fit(X, y)
    np.testing.assert_allclose(again.coef_, model.coef_, atol=1e-9)


def test_more_noise_than_signal_leaves_the_start(sparse_data):
    X, y = sparse_data
    model = RidgelessRegressor(stop=Discrepancy(100.0)).fit(X, y)
    assert np.abs(model.coef_).max() < 1e-2
    assert model.intercept_ == pytest.approx(y.mean(), abs=0.05)


def test_less_noise_than_least_squares_leaves_is_refused():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 5)), rng.standard_normal(40)
    with pytest.raises(rl.InvalidInputError, match=r"least squares leaves 1\.\d+ a sample"):
        RidgelessRegressor(stop=Discrepancy(1e-3)).fit(X, y)


def test_positive_coefficients(sparse_data):
    X, y = sparse_data
    for stop in (AtTime(0.01), Penalty(0.5), Explained(0.6)):
        for depth in (2, 3):
            assert np.all(RidgelessRegressor(depth, positive=True, stop=stop).fit(X, y).coef_ > 0)


def test_what_training_cannot_explain_ends_it():
    """Coefficients that stay positive fit no negative effect: training comes to a standstill, and ends."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 4))
    y = -X[:, 0] + X[:, 1]
    with pytest.warns(ConvergenceWarning, match="out of reach"):
        model = RidgelessRegressor(positive=True, stop=Explained(0.9)).fit(X, y)
    from scipy.optimize import nnls

    best, _ = nnls(X - X.mean(axis=0), y - y.mean())
    np.testing.assert_allclose(model.coef_, best, atol=5e-3)
    with pytest.raises(rl.InvalidInputError, match="standstill"):
        RidgelessRegressor(positive=True, stop=Discrepancy(0.1)).fit(X, y)


@pytest.mark.parametrize("stop", [Explained(0.5), Penalty(0.5), Discrepancy(0.4), Interpolate()], ids=str)
def test_targets_do_not_see_one_another(sparse_data, stop):
    X, y = sparse_data
    targets = np.column_stack([y, X[:, 7] + 5, -3 * y])
    together = RidgelessRegressor(stop=stop).fit(X, targets)
    for k in range(3):
        alone = RidgelessRegressor(stop=stop).fit(X, targets[:, k])
        np.testing.assert_allclose(together.coef_[k], alone.coef_, atol=1e-9)
        np.testing.assert_allclose(together.path_.at(-1)[0][k], alone.coef_, atol=1e-7)
    assert together.predict(X).shape == (len(y), 3)


@pytest.mark.parametrize("stop", [Explained(0.5), Penalty(0.5), AtTime(0.1), Interpolate()], ids=str)
class TestOddData:
    def test_a_constant_target(self, stop):
        model = RidgelessRegressor(stop=stop).fit(np.random.default_rng(0).standard_normal((8, 20)), np.full(8, 3.0))
        assert np.abs(model.coef_).max() == 0
        assert model.intercept_ == pytest.approx(3.0)

    @pytest.mark.filterwarnings("ignore:.*out of reach:sklearn.exceptions.ConvergenceWarning")
    def test_constant_features_alone(self, stop):
        model = RidgelessRegressor(stop=stop).fit(np.ones((8, 3)), np.arange(8.0))
        assert model.coef_.tolist() == [0, 0, 0]
        assert model.intercept_ == pytest.approx(3.5)

    def test_one_feature(self, stop):
        X = np.arange(6.0)[:, None]
        model = RidgelessRegressor(stop=stop).fit(X, 2 * X[:, 0] + 1)
        assert 0 < model.coef_[0] <= 2 + 1e-9

    def test_two_samples(self, stop):
        X = np.random.default_rng(0).standard_normal((2, 30))
        model = RidgelessRegressor(stop=stop).fit(X, np.array([1.0, -1.0]))
        assert np.isfinite(model.coef_).all()

    def test_duplicated_columns_share(self, sparse_data, stop):
        X, y = sparse_data
        model = RidgelessRegressor(stop=stop).fit(np.hstack([X, X]), y)
        np.testing.assert_allclose(model.coef_[: X.shape[1]], model.coef_[X.shape[1] :], atol=1e-9)

    def test_duplicated_samples_that_disagree(self, sparse_data, stop):
        X, y = sparse_data
        model = RidgelessRegressor(stop=stop).fit(np.vstack([X, X]), np.concatenate([y, y + 1]))
        assert np.isfinite(model.coef_).all()
        if isinstance(stop, Interpolate):
            np.testing.assert_allclose(model.predict(X), y + 0.5, atol=1e-8)


def test_it_lives_in_pipelines(sparse_data):
    X, y = sparse_data
    grid = GridSearchCV(RidgelessRegressor(), {"scale": [1e-3, 1.0], "stop": [Explained(0.5), Penalty(1.0)]}, cv=3)
    assert grid.fit(X, y).best_estimator_.n_features_in_ == 80
    pipeline = make_pipeline(StandardScaler(), SelectFromModel(RidgelessRegressor(scale=1e-4), max_features=5))
    assert pipeline.fit(X, y).transform(X).shape == (30, 5)
    model = pickle.loads(pickle.dumps(RidgelessRegressor().fit(X, y)))
    np.testing.assert_array_equal(model.predict(X, at=3), clone(model).fit(X, y).predict(X, at=3))
    assert "RidgelessRegressor" in model._repr_html_()


REFUSALS = [
    ({"depth": 0}, "depth is a whole number of at least 1"),
    ({"depth": 1, "positive": True}, "at least 2 where positive=True"),
    ({"depth": 2.5}, "depth is a whole number"),
    ({"depth": True}, "depth is a whole number"),
    ({"scale": 0.0}, "scale is a finite number above 0"),
    ({"scale": np.inf}, "scale is a finite number above 0"),
    ({"stop": "early"}, r"stop is AtTime\(t\)"),
    ({"stop": AtTime}, "of ridgeless.estimators"),
    ({"prior_scale": np.ones(3)}, "one finite number above 0 for each of the 80 features"),
    ({"prior_scale": np.zeros(80)}, "one finite number above 0"),
]


@pytest.mark.parametrize(("parameters", "says"), REFUSALS, ids=lambda case: str(case)[:40])
def test_refusals(as_a_user, sparse_data, parameters, says):
    with pytest.raises(rl.InvalidInputError, match=says):
        RidgelessRegressor(**parameters).fit(*sparse_data)


@pytest.mark.parametrize("make", [AtTime, Penalty, Discrepancy, Explained])
@pytest.mark.parametrize("value", [0, -1.0, np.inf, np.nan, "1", True, None])
def test_stops_refuse(as_a_user, make, value):
    with pytest.raises(rl.InvalidInputError, match=re.escape(f"{make.__name__}(")):
        make(value)


def test_points_that_are_not_there(as_a_user, sparse_data):
    X, y = sparse_data
    model = RidgelessRegressor().fit(X, y)
    for at in (len(model.path_), 1.5, True):
        with pytest.raises(rl.InvalidInputError, match="a whole number from 0 to"):
            model.predict(X, at=at)
        with pytest.raises(rl.InvalidInputError, match="give a whole number from 0 to"):
            model.path_.at(at)


def test_no_partial_fit(sparse_data):
    assert not hasattr(RidgelessRegressor(), "partial_fit")
    with pytest.raises(AttributeError) as raised:
        RidgelessRegressor().partial_fit(*sparse_data)
    assert "depends on all samples at once" in str(raised.value.__cause__ or raised.value)


def test_missing_numbers_are_refused(sparse_data):
    X, y = sparse_data
    X = X.copy()
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        RidgelessRegressor().fit(X, y)
    import dask.array as da

    with pytest.raises(rl.InvalidInputError, match="impute or drop"):
        RidgelessRegressor().fit(da.from_array(X, chunks=(30, 20)), y)


def test_a_fit_that_is_not_solved_says_so(sparse_data, monkeypatch):
    """With one Newton step for each point, where it takes more."""
    import ridgeless.estimators._fits as fits

    monkeypatch.setattr(fits, "ON_THE_WAY", fits.ProximalTolerances(residual=1e-7, most_steps=1))
    with pytest.warns(ConvergenceWarning, match="did not reach its tolerance"):
        RidgelessRegressor(scale=1e-9, stop=AtTime(1.0)).fit(*sparse_data)


@pytest.mark.parametrize("stop", [Penalty(2.0), Explained(0.9)], ids=str)
def test_a_scale_that_float64_does_not_hold_is_not_passed_over(sparse_data, stop):
    with np.errstate(all="ignore"), pytest.raises((rl.InvalidInputError, ConvergenceWarning), match="scale"):
        RidgelessRegressor(8, scale=1e-100, stop=stop).fit(*sparse_data)
