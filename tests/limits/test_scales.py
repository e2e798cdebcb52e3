"""From lazy to rich: the limit over all the scales that it claims, proved at each."""

import itertools

import numpy as np
import pytest

import ridgeless as rl

pytestmark = pytest.mark.usefixtures("as_a_user")

SHALLOW = [1e3, 10.0, 1.0, 0.1, 1e-3, 1e-8, 1e-16, 1e-20, 1e-40, 1e-60, 1e-100, 1e-150]
DEEP = [1e3, 10.0, 1.0, 0.1, 1e-2, 1e-3, 1e-5, 1e-8, 1e-20, 1e-60, 1e-100, 1e-150]


def recoverable(seed, sign=1.0):
    """Support smaller than n, where Newton's Hessian is singular in all but name."""
    rng = np.random.default_rng([seed, 40])
    A = rng.standard_normal((40, 160))
    x = np.zeros(160)
    x[rng.choice(160, 6, replace=False)] = rng.uniform(0.5, 2.0, 6) * (rng.choice([-1, 1], 6) if sign else 1)
    return rl.LinearSystem(A, A @ x, x)


def dense_truth(seed, positive=False):
    rng = np.random.default_rng([seed, 41])
    A, x = rng.standard_normal((20, 80)), rng.standard_normal(80)
    return rl.LinearSystem(A, A @ (np.abs(x) if positive else x))


def proved(system, network, init):
    found = rl.limit(system, network, init)
    assert found.status is rl.Status.CONVERGED, found
    assert rl.certify(found).verdict == "certified", rl.certify(found)
    return found


@pytest.mark.parametrize("scale", SHALLOW)
@pytest.mark.parametrize(
    "network", [rl.networks.Difference(2), rl.networks.Product(2), rl.networks.TwoBranch(2)], ids=repr
)
def test_depth_two(network, scale):
    for system in (recoverable(0), dense_truth(0)):
        proved(system, network, rl.inits.Constant(scale))
        if scale <= 10:  # a Gaussian start of 1e3 has x₀ of 1e6, and A x₀ is rounded to more than 1e-10 of b
            proved(system, network, rl.inits.Gaussian(scale))


@pytest.mark.parametrize("scale", SHALLOW[1:])
def test_squares(scale):
    for system in (recoverable(1, sign=0), dense_truth(1, positive=True)):
        proved(system, rl.networks.Power(2), rl.inits.Constant(scale))


@pytest.mark.parametrize("scale", DEEP)
@pytest.mark.parametrize("depth", [3, 4])
def test_deep_differences(depth, scale):
    for system in (recoverable(2), dense_truth(2)):
        proved(system, rl.networks.Difference(depth), rl.inits.Constant(scale))


@pytest.mark.parametrize("scale", DEEP[1:])
@pytest.mark.parametrize("depth", [3, 4])
def test_deep_powers(depth, scale):
    for system in (recoverable(3, sign=0), dense_truth(3, positive=True)):
        proved(system, rl.networks.Power(depth), rl.inits.Constant(scale))


@pytest.mark.parametrize("scale", DEEP)
@pytest.mark.parametrize("depth", [3, 4])
def test_deep_products(depth, scale):
    for system in (recoverable(4), dense_truth(4)):
        proved(system, rl.networks.Product(depth), rl.inits.Constant(scale))


@pytest.mark.parametrize("scale", [0.1, 1e-2, 1e-5, 1e-20, 1e-60])
@pytest.mark.parametrize(
    "network", [rl.networks.Product(3), rl.networks.Product(5), rl.networks.Difference(6)], ids=repr
)
def test_generic_starts(network, scale):
    proved(dense_truth(8), network, rl.inits.Gaussian(scale))


@pytest.mark.slow
@pytest.mark.parametrize("scale", [0.1, 1e-2, 1e-5, 1e-20, 1e-60])
@pytest.mark.parametrize("network", [rl.networks.TwoBranch(3), rl.networks.TwoBranch(5)], ids=repr)
def test_generic_two_branches(network, scale):
    proved(dense_truth(9), network, rl.inits.Gaussian(scale))


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_small_scales_recover_what_l1_recovers(depth):
    system = recoverable(5)
    found = proved(system, rl.networks.Difference(depth), rl.inits.Constant(1e-8))
    np.testing.assert_allclose(found.x, system.truth, atol=1e-4)


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_l1_norm_falls_with_the_scale(depth):
    system = dense_truth(6)
    norms = [
        np.abs(proved(system, rl.networks.Difference(depth), rl.inits.Constant(scale)).x).sum()
        for scale in (10.0, 1.0, 0.3, 0.1, 1e-2, 1e-4)
    ]
    assert all(later <= earlier * (1 + 1e-9) for earlier, later in itertools.pairwise(norms))
    assert norms[-1] < 0.9 * norms[0]


def test_starts_far_larger_than_the_answer_are_solved_to_rounding():
    """x₀ of 1e6 and b of 1: the residual that remains is the rounding of A x, and no success is claimed beyond it."""
    system = dense_truth(1, positive=True)
    found = rl.limit(system, rl.networks.Power(2), rl.inits.Constant(1e3))
    rounding = np.finfo(float).eps * system.frobenius_norm * np.linalg.norm(found.x) / np.linalg.norm(system.b)
    assert found.residual < 10 * rounding
    assert found.success == (found.residual <= 1e-10)
    assert rl.certify(found).verdict == "certified"


def test_dense_chains_keep_the_square_root_of_their_scale():
    """‖x∞ − A⁺b‖ = a∞·‖P_N w₀‖, and the norm of w₀ is the square root of the scale."""
    system, network = dense_truth(7), rl.networks.Dense(hidden=1)
    gaps = [
        np.linalg.norm(proved(system, network, rl.inits.Imbalanced(scale, 0.3)).x - system.min_norm())
        for scale in (1e-6, 1e-4, 1e-2, 1.0, 100.0)
    ]
    assert gaps[1] / gaps[0] == pytest.approx(10.0, rel=1e-3)
    assert all(earlier < later for earlier, later in itertools.pairwise(gaps))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_many_systems_at_every_scale(seed, depth):
    for system in (recoverable(seed + 100), dense_truth(seed + 100)):
        for scale in SHALLOW if depth == 2 else DEEP:
            proved(system, rl.networks.Difference(depth), rl.inits.Constant(scale))
