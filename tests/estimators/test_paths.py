"""Paths are those of gradient flow and of the penalty: against exact flows, ridge and the Lasso."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from sklearn.linear_model import Lasso, Ridge

import ridgeless as rl
from ridgeless.estimators import AtTime, Interpolate, Penalty, RidgelessRegressor, ridgeless_path
from ridgeless.estimators._paths import differentiation_weights


def test_differentiation_is_exact_on_polynomials():
    times = np.array([[3.0, 7.0], [2.5, 4.0], [1.0, 3.0], [0.25, 1.0]])
    weights = differentiation_weights(times)
    for power in range(4):
        slope = power * times[0] ** (power - 1) if power else np.zeros(2)
        np.testing.assert_allclose(np.sum(weights * times**power, axis=0), slope, atol=1e-10)
    assert np.abs(np.sum(weights * times**4, axis=0) - 4 * times[0] ** 3).min() > 1e-3


def centred(X, y):
    return X - X.mean(axis=0), y - y.mean()


def exact_flow(X, y, model, time):
    """Coefficients of gradient flow at a time, by Radau in ν with SciPy."""
    A, b = centred(X, y)
    from ridgeless.estimators.mirror_maps import mirror_map

    mirror = mirror_map(model.depth, model.positive)
    scale, rate = model.scale_, mirror.rate(model.scale_)

    def slope(_, dual):
        return rate * (b - A @ (scale * mirror.growth(A.T @ dual).value))

    def jacobian(_, dual):
        return -rate * (A * (scale * mirror.growth(A.T @ dual).slope)) @ A.T

    found = solve_ivp(slope, (0, time), np.zeros(len(b)), method="Radau", jac=jacobian, rtol=1e-9, atol=1e-12)
    return scale * mirror.growth(A.T @ found.y[:, -1]).value


@pytest.mark.parametrize("scale", [10.0, 1.0, 0.1, 0.01])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_training_is_the_exact_flow(sparse_data, scale, share):
    """Within 1e-3 at relative scales of 1e-2 and above."""
    X, y = sparse_data
    model = RidgelessRegressor(scale=scale, stop=rl.estimators.Explained(share)).fit(X, y)
    exact = exact_flow(X, y, model, model.stop_.time)
    assert np.linalg.norm(model.coef_ - exact) <= 1e-3 * np.linalg.norm(exact)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("tol", [0.5, 0.1])
def test_training_is_that_of_the_library(sparse_data, depth, tol):
    """`rl.train(GradientFlow)`, stopped at a residual, and `AtTime` at the time when it got there."""
    X, y = sparse_data
    A, b = centred(X, y)
    start = RidgelessRegressor(depth=depth, scale=0.3, stop=AtTime(1e-3)).fit(X, y)
    network = rl.networks.Direct() if depth == 1 else rl.networks.Difference(depth)
    from ridgeless.estimators.mirror_maps import mirror_map

    weight = float(mirror_map(depth, False).initial_weight(start.scale_))
    theta0 = {name: weight * value for name, value in network.constant(1.0, A.shape[1]).items()}
    trained = rl.train(rl.LinearSystem(A, b), network, theta0, rl.flows.GradientFlow(), tol=tol)
    model = RidgelessRegressor(depth=depth, scale=0.3, stop=AtTime(float(trained.history.at[-1]))).fit(X, y)
    assert np.linalg.norm(model.coef_ - trained.x) <= 2e-3 * np.linalg.norm(trained.x)


def test_smaller_scales_leave_the_flow():
    """What the documentation says of Bregman iteration: the distance grows as the scale falls, and is not silent."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((30, 80))
    y = X[:, 0] - 2 * X[:, 1] + 0.3 * rng.standard_normal(30)
    away = []
    for scale in (1e-2, 1e-4, 1e-6):
        model = RidgelessRegressor(scale=scale, stop=rl.estimators.Explained(0.8)).fit(X, y)
        exact = exact_flow(X, y, model, model.stop_.time)
        away.append(np.linalg.norm(model.coef_ - exact) / np.linalg.norm(exact))
    assert away[0] < 1e-3
    assert max(away) < 0.1


@pytest.mark.parametrize("alpha", [0.1, 3.0])
def test_depth_one_is_ridge(sparse_data, alpha):
    X, y = sparse_data
    start = RidgelessRegressor(depth=1, stop=Penalty(1.0)).fit(X, y)
    model = RidgelessRegressor(depth=1, stop=Penalty(alpha * start.scale_)).fit(X, y)
    ridge = Ridge(alpha=alpha).fit(X, y)
    np.testing.assert_allclose(model.coef_, ridge.coef_, atol=1e-10)
    assert model.intercept_ == pytest.approx(ridge.intercept_, abs=1e-10)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_large_scales_are_ridge(sparse_data, depth):
    X, y = sparse_data
    scale = RidgelessRegressor(depth=depth, scale=1e4, stop=Penalty(1.0)).fit(X, y).scale_
    model = RidgelessRegressor(depth=depth, scale=1e4, stop=Penalty(2.0 * scale)).fit(X, y)
    np.testing.assert_allclose(model.coef_, Ridge(alpha=2.0).fit(X, y).coef_, atol=1e-6)


def test_small_scales_at_depth_three_are_the_lasso(sparse_data):
    X, y = sparse_data
    model = RidgelessRegressor(depth=3, scale=1e-24, stop=Penalty(6.0)).fit(X, y)
    lasso = Lasso(alpha=6.0 / len(y), tol=1e-14, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(model.coef_, lasso.coef_, atol=1e-6)
    assert 0 < np.count_nonzero(lasso.coef_) < len(y)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("scale", [10.0, 1e-2, 1e-10])
def test_the_penalty_meets_its_optimality(sparse_data, depth, positive, scale):
    X, y = sparse_data
    if positive and depth == 1:
        return
    model = RidgelessRegressor(depth=depth, scale=scale, positive=positive, stop=Penalty(0.5)).fit(X, y)
    A, b = centred(X, y)
    left = 0.5 * model.dual_ + A @ model.coef_ - b
    assert np.linalg.norm(left) <= 1e-10 * np.linalg.norm(b)
    assert model.certificate_.is_certified
    assert model.certificate_.distance == pytest.approx(np.linalg.norm(left) / np.linalg.norm(b), abs=1e-12)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("scale", [3.0, 0.05])
def test_vanishing_penalties_interpolate_as_the_limit_does(sparse_data, depth, scale):
    """The limit of training, by `rl.limit`, against the penalty's path followed to its end."""
    X, y = sparse_data
    limit = RidgelessRegressor(depth=depth, scale=scale, stop=Interpolate()).fit(X, y)
    near = RidgelessRegressor(depth=depth, scale=scale, stop=Penalty(1e-11)).fit(X, y)
    np.testing.assert_allclose(near.coef_, limit.coef_, rtol=1e-8, atol=1e-8 * np.abs(limit.coef_).max())
    np.testing.assert_allclose(limit.predict(X), y, rtol=1e-9)
    assert limit.certificate_.verdict == "certified"
    np.testing.assert_allclose(limit.path_.at(-1)[0], limit.coef_, atol=1e-9)


def test_every_point_of_a_path_is_a_model(sparse_data):
    X, y = sparse_data
    path = ridgeless_path(X, y, stop=Penalty, points=12, decades=3.0)
    for point, (coefficients, intercept) in enumerate(path):
        model = RidgelessRegressor(stop=Penalty(float(path.strengths[point]))).fit(X, y)
        np.testing.assert_allclose(coefficients, model.coef_, atol=3e-4 * np.abs(model.coef_).max())
        assert intercept == pytest.approx(model.intercept_, abs=1e-3)
    assert path.times is None


def test_times_of_a_path_rise_and_the_fit_with_them(sparse_data):
    X, y = sparse_data
    path = ridgeless_path(X, y, points=40)
    assert np.all(np.diff(path.times) > 0)
    left = [np.sum((y - intercept - X @ coefficients) ** 2) for coefficients, intercept in path]
    assert np.all(np.diff(left) <= 1e-9 * left[0])
    model = RidgelessRegressor(stop=AtTime(float(path.times[20]))).fit(X, y)
    np.testing.assert_allclose(path.at(20)[0], model.coef_, atol=0.02 * np.abs(model.coef_).max())
