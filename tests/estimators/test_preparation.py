"""The same data in other forms give the same fit: weights, sparse and dask arrays, tall designs, scaling."""

import dask.array as da
import numpy as np
import pytest
from scipy import sparse
from sklearn.preprocessing import StandardScaler

from ridgeless.estimators import AtTime, Discrepancy, Explained, Interpolate, Penalty, RidgelessRegressor

STOPS = [AtTime(0.01), Penalty(0.5), Explained(0.7), Discrepancy(0.4)]


def same(model, other, rtol=1e-7):
    np.testing.assert_allclose(other.coef_, model.coef_, rtol=rtol, atol=rtol * np.abs(model.coef_).max())
    assert other.intercept_ == pytest.approx(model.intercept_, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("stop", STOPS, ids=str)
@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_array, sparse.csr_matrix])
@pytest.mark.parametrize("standardize", [False, True])
def test_sparse_as_dense(sparse_data, stop, form, standardize):
    X, y = sparse_data
    X = np.where(np.abs(X) > 0.8, X, 0.0)
    weights = np.linspace(0.5, 2, len(y))
    dense = RidgelessRegressor(stop=stop, standardize=standardize).fit(X, y, weights)
    other = RidgelessRegressor(stop=stop, standardize=standardize).fit(form(X), y, weights)
    same(dense, other)
    np.testing.assert_allclose(other.predict(form(X)), dense.predict(X), rtol=1e-7)


@pytest.mark.parametrize("stop", [AtTime(1e-3), Penalty(20.0), Interpolate()], ids=str)
def test_dask_as_dense(sparse_data, stop):
    X, y = sparse_data
    blocks = da.from_array(X, chunks=(30, 17))
    same(RidgelessRegressor(stop=stop).fit(X, y), RidgelessRegressor(stop=stop).fit(blocks, y))


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array, lambda X: da.from_array(X, chunks=(20, 5))])
def test_tall_designs(form):
    """More samples than features: the triangular factor in place of X changes nothing."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((50, 12)) + 3.0
    y = X @ rng.standard_normal(12) + 2 + 0.1 * rng.standard_normal(50)
    model = RidgelessRegressor(stop=Penalty(0.1), scale=5.0).fit(form(X), y)
    A, b = X - X.mean(axis=0), y - y.mean()
    # The dual of all samples, ν = (y − Xw)/λ, is a fixed point of w = κ sinh(Xᵀν).
    dual = (b - A @ model.coef_) / 0.1
    np.testing.assert_allclose(model.coef_, model.scale_ * np.sinh(A.T @ dual), rtol=1e-7)
    assert model.dual_.shape == (12,)
    least = np.linalg.lstsq(np.column_stack([np.ones(50), X]), y, rcond=None)[0]
    interpolating = RidgelessRegressor(stop=Interpolate()).fit(form(X), y)
    np.testing.assert_allclose(interpolating.coef_, least[1:], rtol=1e-7)


@pytest.mark.parametrize("stop", [*STOPS, Interpolate()], ids=str)
def test_weights_are_repetitions(sparse_data, stop):
    X, y = sparse_data
    counts = np.arange(len(y)) % 4
    repeated = RidgelessRegressor(stop=stop).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    same(repeated, RidgelessRegressor(stop=stop).fit(X, y, counts), rtol=1e-6)


def test_equal_weights_are_none(sparse_data):
    X, y = sparse_data
    model = RidgelessRegressor(stop=Explained(0.8))
    same(model.fit(X, y), RidgelessRegressor(stop=Explained(0.8)).fit(X, y, np.full(len(y), 7.0)))


def test_standardize_is_a_scaler(sparse_data):
    X, y = sparse_data
    X = X * np.logspace(-3, 3, X.shape[1])
    scaler = StandardScaler().fit(X)
    inside = RidgelessRegressor(standardize=True).fit(X, y)
    outside = RidgelessRegressor().fit(scaler.transform(X), y)
    np.testing.assert_allclose(inside.coef_ * scaler.scale_, outside.coef_, rtol=1e-8)


@pytest.mark.parametrize("stop", [*STOPS, Interpolate()], ids=str)
@pytest.mark.parametrize("positive", [False, True])
def test_constant_features_have_no_coefficient(sparse_data, stop, positive):
    X, y = sparse_data
    constant = np.column_stack([X, np.full(len(y), 1e9), np.full(len(y), 0.1)])
    y = X[:, 0] + 2 * X[:, 1] + 0.01 * y if positive else y
    model = RidgelessRegressor(stop=stop, positive=positive)
    plain, with_constant = model.fit(X, y).coef_, RidgelessRegressor(stop=stop, positive=positive).fit(constant, y)
    np.testing.assert_allclose(with_constant.coef_[:-2], plain, rtol=1e-6, atol=1e-6)
    assert with_constant.coef_[-2:].tolist() == [0.0, 0.0]


def test_without_an_intercept(sparse_data):
    X, y = sparse_data
    model = RidgelessRegressor(fit_intercept=False, stop=Penalty(0.5)).fit(X, y)
    assert model.intercept_ == 0
    np.testing.assert_allclose(0.5 * model.dual_ + X @ model.coef_, y, rtol=1e-8)


@pytest.mark.parametrize("depth", [2, 3])
def test_prior_scales_are_those_of_the_start(sparse_data, depth):
    """Against the limit of the library from a start with these scales."""
    import ridgeless as rl
    from ridgeless.estimators.mirror_maps import mirror_map

    X, y = sparse_data
    prior = np.logspace(-1, 1, X.shape[1])
    model = RidgelessRegressor(depth=depth, scale=0.2, prior_scale=prior, stop=Interpolate()).fit(X, y)
    near = RidgelessRegressor(depth=depth, scale=0.2, prior_scale=prior, stop=Penalty(1e-10)).fit(X, y)
    relative = prior / np.exp(np.log(prior).mean())
    weight = mirror_map(depth, False).initial_weight(model.scale_ * relative)
    system = rl.LinearSystem(X - X.mean(axis=0), y - y.mean())
    limit = rl.limit(system, rl.networks.Difference(depth), {"u": weight, "v": weight})
    np.testing.assert_allclose(model.coef_, limit.x, atol=1e-8)
    np.testing.assert_allclose(near.coef_, limit.x, atol=1e-7)


def test_larger_priors_are_fitted_first(sparse_data):
    X, y = sparse_data
    prior = np.where(np.arange(X.shape[1]) < 5, 100.0, 1.0)
    informed = RidgelessRegressor(prior_scale=prior, scale=1e-2).fit(X, y)
    plain = RidgelessRegressor(scale=1e-2).fit(X, y)
    truth = np.r_[3.0, -2.0, 1.0, -1.0, 2.0, np.zeros(75)]
    assert np.linalg.norm(informed.coef_ - truth) < 0.7 * np.linalg.norm(plain.coef_ - truth)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
@pytest.mark.parametrize("stop", [Explained(0.8), Interpolate()], ids=str)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_units(sparse_data, unit, stop, depth):
    X, y = sparse_data
    plain = RidgelessRegressor(depth=depth, stop=stop).fit(X, y)
    of_target = RidgelessRegressor(depth=depth, stop=stop).fit(X, unit * y)
    of_features = RidgelessRegressor(depth=depth, stop=stop).fit(unit * X, y)
    np.testing.assert_allclose(of_target.coef_ / unit, plain.coef_, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(of_features.coef_ * unit, plain.coef_, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("unit", [1e5, 1e8, 1e-8])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_feature_in_another_unit_is_interpolated_too(sparse_data, unit, depth):
    X, y = sparse_data
    X = X.copy()
    X[:, 0] *= unit
    model = RidgelessRegressor(depth, stop=Interpolate()).fit(X, y)
    np.testing.assert_allclose(model.predict(X), y, rtol=1e-6)


@pytest.mark.parametrize("stop", [Penalty(1.0), Explained(0.5)], ids=str)
def test_dates_in_a_sparse_matrix(sparse_data, stop):
    """A mean that is large beside what varies."""
    X, y = sparse_data
    X = X.copy()
    X[:, 0] += 1e8
    same(RidgelessRegressor(stop=stop).fit(X, y), RidgelessRegressor(stop=stop).fit(sparse.csr_array(X), y), rtol=1e-6)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_every_stop_knows_the_prior(sparse_data, depth):
    X, y = sparse_data
    prior = np.exp(np.random.default_rng(2).standard_normal(X.shape[1]))
    fits = [
        RidgelessRegressor(depth, prior_scale=prior, stop=stop).fit(X, y).coef_
        for stop in (Interpolate(), Penalty(1e-10), AtTime(1e4))
    ]
    np.testing.assert_allclose(fits[1], fits[0], atol=1e-6)
    np.testing.assert_allclose(fits[2], fits[0], atol=1e-2)


@pytest.mark.parametrize("weights", [-np.ones(30), np.ones(7), np.full(30, np.nan)], ids=["negative", "few", "NaN"])
def test_weights_beside_dask_are_checked(sparse_data, weights):
    X, y = sparse_data
    with pytest.raises(ValueError, match="sample_weight is one finite number"):
        RidgelessRegressor(stop=Penalty(1.0)).fit(da.from_array(X, chunks=(30, 40)), y, weights)
