"""The penalty at which the misfit is that of the noise: beside closed forms, a conic solver, and its own limits."""

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless.limits.penalised import End, at_discrepancy
from ridgeless.potentials import Bias, Quadratic

pytestmark = pytest.mark.usefixtures("as_a_user")

FORMS = {"dense": np.asarray, "sparse": sp.csr_array, "operator": aslinearoperator}


def drawn(n=6, d=15, seed=0, noise=0.1):
    rng = np.random.default_rng([seed, 53])
    A = rng.standard_normal((n, d))
    return A, A[:, 0] - 2 * A[:, 3] + noise * rng.standard_normal(n)


def bias_of(system, network, scale):
    return network.theorem(rl.inits.Constant(scale)(network, system, 0), system)


@pytest.mark.parametrize("form", FORMS)
@given(seed=st.integers(0, 50), share=st.floats(1e-6, 0.999))
def test_ridge_regression_by_bisection(form, seed, share):
    """‖b − A x(λ)‖ = ‖λ(AAᵀ + λI)⁻¹b‖, its root by Brent's method."""
    A, b = drawn(seed=seed)
    radius = share * np.linalg.norm(b)
    system = rl.LinearSystem(FORMS[form](A), b)
    found = at_discrepancy(system, Bias(Quadratic(), np.zeros(15), "ridge"), radius, 1e-11)

    def misfit(log):
        return np.linalg.norm(np.exp(log) * np.linalg.solve(A @ A.T + np.exp(log) * np.eye(6), b)) - radius

    lam = np.exp(scipy.optimize.brentq(misfit, -30, 20, xtol=1e-14, rtol=1e-14))
    assert found.end is End.REACHED
    assert found.misfit == pytest.approx(radius, abs=2e-11 * np.linalg.norm(b))
    np.testing.assert_allclose(found.x, A.T @ np.linalg.solve(A @ A.T + lam * np.eye(6), b), atol=1e-8)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "network",
    [
        rl.networks.Difference(2),
        rl.networks.Product(2),
        rl.networks.Power(2),
        rl.networks.Difference(3),
        rl.networks.Difference(5),
    ],
    ids=repr,
)
@pytest.mark.parametrize("scale", [10.0, 0.1, 1e-3, 1e-5])
def test_the_misfit_is_met_at_every_depth_and_scale(form, network, scale):
    if network.depth > 2 and scale ** (2 - network.depth) > 1e4:
        pytest.skip("z is counted in scale^(2−D), which leaves no digits for the slacks")
    A = np.abs(drawn(seed=3)[0])
    b = A[:, 0] + 2 * A[:, 3]
    system = rl.LinearSystem(FORMS[form](A), b)
    bias = bias_of(system, network, scale)
    origin = np.linalg.norm(b - A @ bias.potential.conjugate_gradient(bias.offset))
    radius = 0.1 * origin
    found = at_discrepancy(system, bias, radius, 1e-9)
    assert found.end is End.REACHED
    assert np.linalg.norm(A @ found.x - b) == pytest.approx(radius, rel=1e-7)
    np.testing.assert_allclose(A @ found.x + found.lam * found.dual, b, atol=1e-8 * origin)
    assert found.penalties < 40


def test_small_starts_do_basis_pursuit_denoising():
    """min ‖x‖₁ over ‖Ax − b‖ ≤ radius, by Clarabel's interior point method on second-order cones."""
    clarabel = pytest.importorskip("clarabel")
    A, b = drawn(8, 30, seed=1)
    radius = 0.2 * np.linalg.norm(b)
    n, d = A.shape
    costs = np.concatenate([np.zeros(d), np.ones(d)])
    identity = sp.eye_array(d)
    rows = sp.vstack(
        [
            sp.hstack([identity, -identity]),
            sp.hstack([-identity, -identity]),
            sp.csr_array((1, 2 * d)),
            sp.hstack([sp.csr_array(A), sp.csr_array((n, d))]),
        ],
        format="csc",
    )
    right = np.concatenate([np.zeros(2 * d), [radius], b])
    cones = [clarabel.NonnegativeConeT(2 * d), clarabel.SecondOrderConeT(n + 1)]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    # s = right − rows·x lies in the cones: (radius, b − A x).
    found = clarabel.DefaultSolver(
        sp.csc_matrix((2 * d, 2 * d)), costs, sp.csc_matrix(rows), right, cones, settings
    ).solve()
    wanted = np.array(found.x)[:d]
    system = rl.LinearSystem(A, b)
    errors = []
    for scale in (1e-4, 1e-12, 1e-40):
        x = at_discrepancy(system, bias_of(system, rl.networks.Difference(2), scale), radius, 1e-10).x
        errors.append(np.linalg.norm(x - wanted) / np.linalg.norm(wanted))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.02


def test_no_noise_leads_to_the_limit():
    A, b = drawn(seed=2)
    system = rl.LinearSystem(A, b)
    network, init = rl.networks.Difference(2), rl.inits.Constant(0.1)
    limit = rl.limit(system, network, init).x
    distances = []
    for share in (1e-2, 1e-4, 1e-6):
        x = at_discrepancy(system, bias_of(system, network, 0.1), share * np.linalg.norm(b), 1e-12).x
        distances.append(np.linalg.norm(x - limit) / np.linalg.norm(limit))
    assert distances[0] > 20 * distances[1] > 400 * distances[2]
    assert distances[2] < 1e-5


def test_beyond_the_misfit_of_the_start_it_is_the_start():
    A, b = drawn()
    system = rl.LinearSystem(A, b)
    bias = bias_of(system, rl.networks.Difference(2), 0.1)
    found = at_discrepancy(system, bias, 1.001 * np.linalg.norm(b), 1e-10)
    assert found.end is End.START
    assert found.lam == np.inf
    assert not found.x.any()
    nearly = at_discrepancy(system, bias, 0.999 * np.linalg.norm(b), 1e-10)
    assert nearly.end is End.REACHED


def test_what_cannot_be_reached_is_told():
    """More equations than unknowns: the misfit of least squares is the least there is."""
    A, b = drawn(12, 4, noise=1.0)
    least = np.linalg.norm(b - A @ np.linalg.lstsq(A, b)[0])
    system = rl.LinearSystem(A, b)
    bias = bias_of(system, rl.networks.Difference(2), 0.1)
    assert at_discrepancy(system, bias, 1.01 * least, 1e-10).end is End.REACHED
    found = at_discrepancy(system, bias, 0.99 * least, 1e-10)
    assert found.end is End.OUT_OF_REACH
    assert found.penalties < 40
    assert found.misfit == pytest.approx(least, rel=1e-3)


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_units_do_not_count(factor):
    A, b = drawn()
    network = rl.networks.Difference(2)
    one, other = rl.LinearSystem(A, b), rl.LinearSystem(factor * A, factor * b)
    radius = 0.1 * np.linalg.norm(b)
    first = at_discrepancy(one, bias_of(one, network, 0.01), radius, 1e-10)
    second = at_discrepancy(other, bias_of(other, network, 0.01), factor * radius, 1e-10)
    np.testing.assert_allclose(second.x, first.x, rtol=1e-7, atol=1e-12)
    assert second.lam == pytest.approx(factor**2 * first.lam, rel=1e-6)
