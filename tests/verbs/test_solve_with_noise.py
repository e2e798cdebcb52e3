"""`rl.solve` with noise: what it returns, what it says, and what it refuses."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import ridgeless as rl
from ridgeless.errors import InvalidInputError, NoExactLimit

pytestmark = pytest.mark.usefixtures("as_a_user")

FORMS = {"dense": np.asarray, "sparse": sp.csr_array, "operator": aslinearoperator}


def drawn(n=20, d=60, noise=0.1, seed=0):
    rng = np.random.default_rng([seed, 61])
    A = rng.standard_normal((n, d))
    truth = np.zeros(d)
    truth[[3, 14, 15]] = 1.0, -2.0, 3.0
    return A, A @ truth + noise * rng.standard_normal(n), truth


@pytest.mark.parametrize("form", FORMS)
def test_it_fits_to_the_noise_and_no_closer(form):
    A, b, truth = drawn()
    found = rl.solve(FORMS[form](A), b, noise=0.1)
    assert found.success
    assert np.linalg.norm(A @ found.x - b) == pytest.approx(0.1 * np.sqrt(20), rel=1e-8)
    assert found.stats["misfit"] == pytest.approx(found.stats["noise"], rel=1e-8)
    assert found.stats["stationarity"] < 1e-9
    assert found.stats["distance"] < 1e-5
    assert np.linalg.norm(found.x - truth) < np.linalg.norm(rl.solve(A, b).x - truth)
    assert "has the size of the noise" in found.message
    assert found.residual == pytest.approx(0.1 * np.sqrt(20) / np.linalg.norm(b), rel=1e-6)


def test_all_forms_agree():
    A, b, _ = drawn()
    one, *others = (rl.solve(form(A), b, noise=0.1) for form in FORMS.values())
    for other in others:
        np.testing.assert_allclose(other.x, one.x, atol=1e-7)


def test_it_is_the_minimiser_for_its_penalty():
    """x = ∇Φ*(Aᵀν) with ν = (b − Ax)/λ, typed out for u² − v² from equal weights a: x = 2a² sinh(4 Aᵀν)."""
    A, b, _ = drawn()
    scale = 0.05
    found = rl.solve(A, b, init=rl.inits.Constant(scale), noise=0.1)
    nu = (b - A @ found.x) / found.stats["penalty"]
    np.testing.assert_allclose(found.x, 2 * scale**2 * np.sinh(4 * A.T @ nu), rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.dual, nu, rtol=1e-6)


def test_power_is_nonnegative():
    A, b, truth = drawn()
    b = b - A @ truth + A @ np.abs(truth)
    found = rl.solve(A, b, rl.networks.Power(2), noise=0.1)
    assert found.success
    assert found.x.min() >= 0
    assert np.linalg.norm(found.x - np.abs(truth)) < 0.2


def test_no_noise_is_the_limit():
    A, b, _ = drawn()
    exact = rl.solve(A, b)
    np.testing.assert_array_equal(rl.solve(A, b, noise=0.0).x, exact.x)
    network, init = rl.networks.Difference(3), rl.inits.Constant(0.2)
    limit = rl.limit(rl.LinearSystem(A, b), network, init).x
    nearly = rl.solve(A, b, network, init, noise=1e-7)
    assert np.linalg.norm(nearly.x - limit) < 1e-5 * np.linalg.norm(limit)


def test_equations_that_contradict_each_other():
    A, b, truth = drawn(200, 60)
    with pytest.raises(rl.InconsistentSystemError):
        rl.solve(A, b)
    found = rl.solve(A, b, noise=0.1)
    assert found.success
    assert np.linalg.norm(found.x - truth) < 0.1


def test_less_noise_than_there_is():
    A, b, _ = drawn(200, 60)
    found = rl.solve(A, b, noise=0.05)
    assert not found.success
    assert found.status is rl.Status.STALLED
    assert "larger noise" in found.message or "larger tol" in found.message


@pytest.mark.parametrize("network", [rl.networks.Difference(2), rl.networks.Power(2)], ids=repr)
def test_more_noise_than_signal(network):
    A, b, _ = drawn()
    found = rl.solve(A, b, network, noise=100.0)
    assert found.success
    assert found.stats["penalty"] == np.inf
    assert "x is the start of training" in found.message
    assert np.abs(found.x).max() < 1e-6


def test_zero_right_hand_side():
    found = rl.solve(drawn()[0], np.zeros(20), noise=0.1)
    assert found.success
    assert not found.x.any()


def test_a_complex_picture_in_a_basis():
    """Fourier samples of a complex picture of eight cosines, with noise in both parts."""
    rng = np.random.default_rng(5)
    side, basis = 16, rl.systems.bases.DCT((16, 16))
    few = np.zeros((2, side**2))
    few[:, rng.choice(side**2, 8, replace=False)] = rng.standard_normal((2, 8))
    picture = basis.synthesis(few[0]) + 1j * basis.synthesis(few[1])
    rows = np.sort(rng.choice(side**2, 120, replace=False))

    def forward(x):
        return np.fft.fft2(x.reshape(side, side), norm="ortho").ravel()[rows]

    def adjoint(r):
        full = np.zeros(side**2, dtype=complex)
        full[rows] = r
        return np.fft.ifft2(full.reshape(side, side), norm="ortho").ravel()

    fourier = LinearOperator((120, side**2), matvec=forward, rmatvec=adjoint, dtype=complex)
    noise = 0.01 * (rng.standard_normal(120) + 1j * rng.standard_normal(120))
    system = rl.LinearSystem(fourier, forward(picture) + noise, picture, basis=basis)
    found = rl.solve(system, noise=0.01)
    assert found.success
    assert found.signal.shape == (side, side)
    left = forward(found.signal) - system.b[:120] - 1j * system.b[120:]
    assert np.linalg.norm(left) == pytest.approx(0.01 * np.sqrt(240), rel=1e-6)
    shortest = adjoint(forward(picture) + noise).reshape(side, side)
    assert np.linalg.norm(found.signal - picture) < 0.5 * np.linalg.norm(shortest - picture)


@pytest.mark.parametrize("noise", [-1.0, np.nan, np.inf, "some", True, [0.1]])
def test_noise_that_is_none(noise):
    A, b, _ = drawn()
    with pytest.raises(InvalidInputError, match=r"solve: noise = .*standard deviation"):
        rl.solve(A, b, noise=noise)


def test_what_it_refuses(tmp_path):
    A, b, _ = drawn()
    with pytest.raises(NoExactLimit, match=r"acts entry by entry, and that of Dense.* is Radial"):
        rl.solve(A, b, rl.networks.Dense(1), rl.inits.Chain(0.3), noise=0.1)
    with pytest.raises(NoExactLimit, match="no theorem tells what this start penalises"):
        rl.solve(A, b, rl.networks.Dense(1), rl.inits.Gaussian(0.3), noise=0.1)
    with pytest.raises(InvalidInputError, match="no homotopy to watch"):
        rl.solve(A, b, noise=0.1, checkpoint=tmp_path / "state")
    with pytest.raises(InvalidInputError, match="has no scale to begin at"):
        rl.solve(A, b, init=rl.inits.Vanishing(), noise=0.1)


def test_it_is_saved_and_loaded(tmp_path):
    A, b, _ = drawn()
    found = rl.solve(A, b, noise=0.1)
    again = rl.load(found.save(tmp_path / "noisy"))
    np.testing.assert_array_equal(again.x, found.x)
    assert again.stats == found.stats


@pytest.mark.parametrize("unit", [1.0, 1e6])
@pytest.mark.parametrize("depth", [3, 4, 8])
def test_deep_networks_start_where_float64_tells_the_answer(depth, unit):
    """Of ℓ1-like potentials the answers are near each other; from 1e-4·√max|x| those of depth 4 and above stalled."""
    rng = np.random.default_rng(0)
    A, truth = rng.standard_normal((20, 60)), np.zeros(60)
    truth[:3] = 1.0, -2.0, 3.0
    b = unit * (A @ truth + 0.1 * rng.standard_normal(20))
    found = rl.solve(A, b, rl.networks.Difference(depth), noise=0.1 * unit)
    assert found.success
    assert found.stats["misfit"] == pytest.approx(0.1 * unit * np.sqrt(20), rel=1e-8)
    assert np.sum(np.abs(found.x) > 1e-3 * unit) == 7
    assert np.abs(found.x).sum() == pytest.approx(0.97284 * 6 * unit, rel=1e-4)


def test_a_start_too_small_for_float64_is_said_to_be():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 9))
    found = rl.solve(A, A[:, 0], rl.networks.Difference(8), rl.inits.Constant(1e-3), noise=0.1)
    assert not found.success
    assert "x of size 1 needs Constant(0.15) or more with 8 layers" in found.message
