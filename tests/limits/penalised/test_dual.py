"""Penalised least squares for one λ, beside formulas typed out and minimised by SciPy in other coordinates."""

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless.limits.penalised import at_penalty, has_dual
from ridgeless.potentials import Bias, Quadratic

pytestmark = pytest.mark.usefixtures("as_a_user")

FORMS = {"dense": np.asarray, "sparse": sp.csr_array, "operator": aslinearoperator}
EQUATIONS, UNKNOWNS = 5, 9


def drawn(seed=0):
    rng = np.random.default_rng([seed, 47])
    A = rng.standard_normal((EQUATIONS, UNKNOWNS))
    return A, A[:, 0] - 2 * A[:, 3] + 0.3 * rng.standard_normal(EQUATIONS)


def weights_of(depth, scale, w):
    """x = u^D − v^D for weights that gradient flow from u = v = scale reaches: u = scale·r(w), v = scale·r(−w).

    Depth 2: u = scale·exp(w). Depth D: u^(2−D) = scale^(2−D)·(1 − w).
    """
    if depth == 2:
        return scale**2 * (np.exp(2 * w) - np.exp(-2 * w))
    power = depth / (2 - depth)
    return scale**depth * ((1 - w) ** power - (1 + w) ** power)


def minimiser(A, b, depth, scale, lam):
    """argmin ½‖b − A x‖² + λΦ(x) by quasi-Newton in w, with Φ(x(w)) = Σ∫ z dx, z = w/rate, and no formula of ours.

    dx_i/dw = x' gives the gradient of Φ(x(w)) as z·x'(w), and Φ itself by Gauss quadrature along the ray to w.
    """
    rate = 2.0 if depth == 2 else depth * (depth - 2) * scale ** (depth - 2)
    nodes, gauss = np.polynomial.legendre.leggauss(60)
    shares = (nodes + 1) / 2

    def slope(w):
        if depth == 2:
            return 2 * scale**2 * (np.exp(2 * w) + np.exp(-2 * w))
        power = depth / (2 - depth)
        return -power * scale**depth * ((1 - w) ** (power - 1) + (1 + w) ** (power - 1))

    def value(w):
        if depth > 2 and np.max(np.abs(w)) >= 1:
            return np.inf, np.zeros_like(w)
        path = shares[:, None] * w
        entropy = np.sum(gauss[:, None] / 2 * (path / rate) * slope(path) * w)
        misfit = A @ weights_of(depth, scale, w) - b
        gradient = slope(w) * (A.T @ misfit + lam * w / rate)
        return 0.5 * misfit @ misfit + lam * entropy, gradient

    # In w the curvature is that of the mirror map: Newton's own metric makes BFGS quick.
    found = scipy.optimize.minimize(
        value, np.zeros(A.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-11, "maxiter": 5000}
    )
    return weights_of(depth, scale, found.x)


@pytest.mark.parametrize("lam", [0.5, 0.02])
@pytest.mark.parametrize(("depth", "scale"), [(2, 1.0), (2, 0.2), (3, 0.8), (3, 0.4), (4, 0.7)])
def test_it_is_where_another_program_ends(depth, scale, lam):
    """Training moves u by u' = D u^(D−1)·Aᵀr, so that w is (in other units) z = Aᵀν."""
    A, b = drawn()
    system = rl.LinearSystem(A, b)
    bias = rl.networks.Difference(depth).theorem({"u": np.full(UNKNOWNS, scale), "v": np.full(UNKNOWNS, scale)}, system)
    # z of the library is ∇Φ(x); its unit differs from that of w by a factor that the slope at 0 tells.
    found, _, _ = at_penalty(system, bias, lam, 1e-13)
    wanted = minimiser(A, b, depth, scale, lam)
    np.testing.assert_allclose(found.details[1], wanted, rtol=1e-6, atol=1e-7 * np.abs(wanted).max())


@pytest.mark.parametrize("form", FORMS)
def test_ridge_regression(form):
    A, b = drawn(1)
    found, _, _ = at_penalty(
        rl.LinearSystem(FORMS[form](A), b), Bias(Quadratic(), np.zeros(UNKNOWNS), "ridge"), 0.3, 1e-12
    )
    wanted = np.linalg.solve(A.T @ A + 0.3 * np.eye(UNKNOWNS), A.T @ b)
    np.testing.assert_allclose(found.details[1], wanted, atol=1e-11)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "network", [rl.networks.Difference(2), rl.networks.Difference(3), rl.networks.Power(2)], ids=repr
)
@pytest.mark.parametrize("scale", [3.0, 0.1, 1e-3])
def test_it_meets_its_own_optimality(form, network, scale):
    A, b = np.abs(drawn(2)[0]), np.abs(drawn(2)[0]) @ np.arange(9.0)
    system = rl.LinearSystem(FORMS[form](A), b)
    theta0 = rl.inits.Constant(scale)(network, system, 0)
    bias = network.theorem(theta0, system)
    found, _, _ = at_penalty(system, bias, 0.1 / scale ** max(0, network.depth - 2), 1e-11)
    x, nu = found.details[1], found.nu
    lam = 0.1 / scale ** max(0, network.depth - 2)
    assert np.linalg.norm(A @ x + lam * nu - b) <= 1e-10 * np.linalg.norm(b)
    np.testing.assert_allclose(bias.potential.gradient(x) - bias.offset, A.T @ nu, rtol=1e-7, atol=1e-9)


def test_the_gap_is_half_the_square_of_what_is_left():
    """Primal less dual value, both typed out, at a ν that is no solution."""
    A, b = drawn(3)
    knee, rate, lam = 0.4, 4.0, 0.2
    nu = 0.1 * np.random.default_rng(5).standard_normal(EQUATIONS)
    z = A.T @ nu
    x = knee * np.sinh(rate * z)
    entropy = np.sum(x * np.arcsinh(x / knee) - np.sqrt(x**2 + knee**2) + knee) / rate
    conjugate = np.sum(knee * (np.cosh(rate * z) - 1)) / rate
    primal = 0.5 * np.sum((b - A @ x) ** 2) + lam * entropy
    dual = lam * (b @ nu) - lam**2 / 2 * (nu @ nu) - lam * conjugate
    left = A @ x + lam * nu - b
    assert primal - dual == pytest.approx(0.5 * left @ left, rel=1e-12)


def test_a_warm_start_takes_fewer_steps():
    A, b = drawn(4)
    system = rl.LinearSystem(A, b)
    bias = rl.networks.Difference(2).theorem({"u": np.full(UNKNOWNS, 1e-3), "v": np.full(UNKNOWNS, 1e-3)}, system)
    near, cold, _ = at_penalty(system, bias, 0.011, 1e-10)
    warm, steps, _ = at_penalty(system, bias, 0.01, 1e-10, nu=near.nu)
    again, _, _ = at_penalty(system, bias, 0.01, 1e-10)
    np.testing.assert_allclose(warm.details[1], again.details[1], atol=1e-8)
    assert steps < cold


def test_which_potentials_have_one():
    from ridgeless.potentials import Hypentropy, Radial, WeightedL1

    assert has_dual(Quadratic())
    assert has_dual(Hypentropy(np.ones(3), 4.0))
    assert not any(has_dual(each) for kind in (Radial, WeightedL1) for each in kind.examples())
