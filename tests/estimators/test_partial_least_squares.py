"""k components of PLS are k steps of conjugate gradient from zero, on made-up spectra and on measured ones."""

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression

import ridgeless as rl
from ridgeless.estimators import AtTime, RidgelessRegressor

pytestmark = pytest.mark.usefixtures("as_a_user")


def spectra(samples=60):
    rng = np.random.default_rng(0)
    wavelength = np.linspace(1100, 2500, 351)
    peaks, widths = np.array([[1190, 1450, 1730, 1940, 2100, 2310], [40, 60, 45, 70, 90, 50]])[:, :, None]
    amounts = rng.gamma(2.0, 1.0, (samples, 6))
    X = amounts @ np.exp(-0.5 * ((wavelength - peaks) / widths) ** 2) + 2e-3 * rng.standard_normal((samples, 351))
    return X, amounts[:, 1] + 0.05 * rng.standard_normal(samples)


def distance(X, y, components):
    """Between k steps and k components, relative."""
    system = rl.LinearSystem(X - X.mean(axis=0), y - y.mean())
    flow = rl.flows.ConjugateGradient(max_steps=components)
    steps = rl.train(system, rl.networks.Direct(), {"x": np.zeros(X.shape[1])}, flow).x
    PLS = PLSRegression(n_components=components, scale=False).fit(X, y).coef_[0]
    return np.linalg.norm(steps - PLS) / np.linalg.norm(PLS)


@pytest.mark.parametrize("components", [1, 2, 4, 6])
def test_components_are_steps(components):
    assert distance(*spectra(), components) < 1e-8


def test_one_step_is_not_two_components():
    X, y = spectra()
    one, two = (PLSRegression(k, scale=False).fit(X, y).coef_[0] for k in (1, 2))
    assert np.linalg.norm(one - two) > 0.1 * np.linalg.norm(two)


@pytest.mark.parametrize(("name", "most"), [("yarn", 5), ("ethanol", 5), ("tecator", 3), ("corn", 3)])
def test_components_are_steps_on_measured_spectra(shared_data, name, most):
    """Up to the component at which rounding costs conjugate gradient its directions; consistent systems only."""
    with np.load(shared_data / "spectra.npz") as data:
        X, y = np.asarray(data[f"{name}_x"], dtype=float), np.asarray(data[f"{name}_y"], dtype=float).ravel()
    samples = min(len(y), X.shape[1] // 2)
    for components in range(1, most + 1):
        assert distance(X[:samples], y[:samples], components) < 1e-8


@pytest.mark.parametrize("time", [1e-4, 1e-2])
def test_training_filters_each_direction(time):
    """Depth 1 at time t: 1 − exp(−s²t) along the direction with singular value s."""
    X, y = spectra()
    left, sizes, right = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    kept = sizes > 1e-10 * sizes[0]
    along = (left.T @ (y - y.mean()))[kept] / sizes[kept] * -np.expm1(-(sizes[kept] ** 2) * time)
    expected = right[kept].T @ along
    found = RidgelessRegressor(depth=1, stop=AtTime(time)).fit(X, y).coef_
    assert np.linalg.norm(found - expected) < 1e-3 * np.linalg.norm(expected)
