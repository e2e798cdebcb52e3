"""Limits where the equations leave a locked coordinate no value but 0: exact zeros, the right rest, at every depth."""

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize

import ridgeless as rl
from ridgeless.errors import InfeasibleSignsError

N, C, VANISHING = rl.networks, rl.inits.Constant, rl.inits.Vanishing()


def tomography(seed, lit=4, size=6):
    """Sums along rows, columns and diagonals of a dark picture: some are 0."""
    rng = np.random.default_rng([seed, 3])
    x = np.zeros(size * size)
    x[rng.choice(len(x), lit, replace=False)] = rng.integers(1, 9, lit)
    index = np.arange(len(x)).reshape(size, size)
    rays = [*index, *index.T, *(np.diagonal(index, k) for k in range(1 - size, size))]
    A = np.zeros((len(rays), len(x)))
    for row, ray in zip(A, rays, strict=True):
        row[ray] = 1.0
    return A, x


def end_of(A, b, signs, i, way):
    """The largest way·x_i over all solutions with these signs, by a linear program."""
    bounds = [(0, None) if sign > 0 else (None, 0) if sign < 0 else (None, None) for sign in signs]
    program = scipy.optimize.linprog(-way * np.eye(len(signs))[i], A_eq=A, b_eq=b, bounds=bounds, method="highs")
    return -program.fun if program.status == 0 else np.inf


def range_of(A, b, i):
    """How far apart the least and the largest x_i of all nonnegative solutions are."""
    return end_of(A, b, np.ones(A.shape[1]), i, 1.0) + end_of(A, b, np.ones(A.shape[1]), i, -1.0)


def forced(A, b, signs):
    """Locked coordinates whose largest |x_i| over all solutions is 0."""
    return np.array([sign != 0 and end_of(A, b, signs, i, sign) < 1e-7 for i, sign in enumerate(signs)])


def power_slope(x, scale, depth):
    """∂Φ/∂x of x = u^D from u = scale, by hand."""
    if depth == 2:
        return np.log(x / scale**2) / 4
    return (scale ** (2 - depth) - x ** (-(depth - 2) / depth)) / (depth * (depth - 2))


@pytest.mark.parametrize("depth", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_rest_is_the_minimiser_on_the_face(depth, seed):
    """On the coordinates that linear programs leave free, the slope of Φ lies in the row space of their columns."""
    A, x = tomography(seed, lit=9)
    zeros = forced(A, A @ x, np.ones(36))
    assert 5 <= zeros.sum() < 30
    found = rl.limit(rl.LinearSystem(A, A @ x), N.Power(depth), C(1.0))
    assert found.success, found
    np.testing.assert_array_equal(found.x == 0, zeros)
    null = scipy.linalg.null_space(A[:, ~zeros])
    assert null.shape[1] >= 1
    slope = power_slope(found.x[~zeros], 1.0, depth)
    assert np.abs(null.T @ slope).max() <= 1e-9 * np.abs(slope).max()
    np.testing.assert_allclose(A @ found.x, A @ x, rtol=1e-11, atol=0)


@pytest.mark.parametrize("depth", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("scale", [1e3, 1.0, 1e-3, 1e-20, 1e-60])
def test_the_only_solution_from_every_start(depth, scale):
    """A few bright pixels, told by linear programs to be the only picture with these sums."""
    for seed in (0, 1):
        A, x = tomography(seed, lit=3)
        if seed == 0 and depth == 2:
            assert all(range_of(A, A @ x, i) < 1e-7 for i in range(36))
        found = rl.limit(rl.LinearSystem(A, A @ x), N.Power(depth), C(scale))
        assert found.success, (seed, found)
        np.testing.assert_allclose(found.x, x, rtol=0, atol=1e-13 * x.max())
        assert not found.x[x == 0].any()


def locked(network, scale, signs):
    """A start of `network` that locks these signs, and leaves the others open."""
    size = np.full(len(signs), scale)
    if isinstance(network, N.Difference):
        return {"u": np.where(signs < 0, 0.0, size), "v": np.where(signs > 0, 0.0, 1.3 * size)}
    layers = np.tile(size, (network.depth, 1))
    layers[1] = np.where(signs == 0, 0.0, np.where(signs > 0, size, -size))
    return {"layers": layers}


@pytest.mark.parametrize(
    ("network", "scale"),
    [(N.Difference(2), 1e-20), (N.Difference(3), 1e-6), (N.Difference(4), 0.3), (N.Product(2), 1e-6)]
    + [pytest.param(N.Product(3), scale, marks=pytest.mark.slow) for scale in (0.3, 1e-6, 1e-20)]
    + [pytest.param(N.Difference(depth), scale, marks=pytest.mark.slow) for depth in (2, 3, 5) for scale in (1, 1e-9)],
)
def test_locked_and_open_coordinates_together(network, scale):
    """Beside the same limit on the coordinates that linear programs leave free, asked for by itself."""
    compared = 0
    for seed in range(2):
        A, x = tomography(seed, lit=6)
        rng = np.random.default_rng([seed, 8])
        signs = rng.choice([1.0, 1.0, -1.0, 0.0], 36)
        b = A @ (x * np.where(signs == 0, rng.choice([-1, 1], 36), signs))
        zeros, theta0 = forced(A, b, signs), locked(network, scale, signs)
        found = rl.limit(rl.LinearSystem(A, b), network, theta0)
        assert found.success, (seed, found)
        assert not found.x[zeros].any()
        assert np.all(signs * found.x >= 0)
        compared += bool(zeros.any())
        rest = {name: np.asarray(value)[..., ~zeros] for name, value in theta0.items()}
        wanted = rl.limit(rl.LinearSystem(A[:, ~zeros], b), network, rest)
        np.testing.assert_allclose(found.x[~zeros], wanted.x, rtol=0, atol=1e-9 * np.abs(wanted.x).max())
    assert compared >= 1


@pytest.mark.parametrize("network", [N.Power(2), N.Power(3), N.Power(5)], ids=repr)
def test_tall_systems_with_a_zero_in_their_only_solution(network):
    rng = np.random.default_rng(5)
    for A, x in (
        (rng.integers(1, 9, (5, 3)).astype(float), np.array([0.0, 0.25, 3.0])),
        (np.eye(8)[:, :5], np.array([0.0, 1.0, 0.0, 0.0, 2.0])),
        (np.vander(np.arange(1.0, 8.0), 3), np.array([0.5, 0.0, 0.0])),
    ):
        for scale in (10.0, 1.0, 1e-4):
            found = rl.limit(rl.LinearSystem(A, A @ x), network, C(scale))
            assert found.success, found
            np.testing.assert_allclose(found.x, x, rtol=0, atol=1e-13)
            assert not found.x[x == 0].any()


@pytest.mark.parametrize("equations", [6, 8, 10, 12, 16])
@pytest.mark.parametrize(("network", "init"), [(N.Power(2), C(1.0)), (N.Power(2), C(1e-3)), (N.Power(3), C(0.1)),
                                               (N.Power(2), VANISHING), (N.Power(4), VANISHING)])  # fmt: skip
def test_decays_at_every_condition(equations, network, init):
    """Two exponentials of 40 explain b, and no other nonnegative combination does: conditions from 1e4 to 1e17."""
    A = np.exp(-np.outer(np.linspace(0, 1, equations), np.linspace(0.5, 9, 40)))
    x = np.zeros(40)
    x[[7, 28]] = 2.0, 1.0
    found = rl.limit(rl.LinearSystem(A, A @ x), network, init)
    assert found.success, found
    np.testing.assert_allclose(found.x, x, rtol=0, atol=1e-12)


@pytest.mark.parametrize("noise", [1e-16, 1e-15, 1e-14, 1e-13])
@pytest.mark.parametrize(("network", "init"), [(N.Power(2), C(1e-3)), (N.Power(3), C(0.1)), (N.Power(2), VANISHING)])
def test_rounding_of_b_is_no_contradiction(network, init, noise):
    """Strictly, no solution has the signs any more; to the digits that b has, one does."""
    A, x = tomography(2, lit=4)
    A = A * np.random.default_rng(0).uniform(1, 2, A.shape)
    b = A @ x * (1 + noise * np.random.default_rng(1).standard_normal(len(A)))
    found = rl.limit(rl.LinearSystem(A, b), network, init)
    assert found.success, found
    np.testing.assert_allclose(found.x, x, rtol=0, atol=100 * noise * x.max())


@pytest.mark.parametrize("miss", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("init", [C(0.1), VANISHING], ids=repr)
def test_more_than_rounding_is_one(init, miss):
    rng = np.random.default_rng(3)
    A = np.abs(rng.standard_normal((20, 60)))
    x = np.zeros(60)
    x[[3, 30, 50]] = 1.0, 2.0, 0.5
    with pytest.raises(InfeasibleSignsError, match="no solution of A x = b has them"):
        rl.limit(rl.LinearSystem(A, A @ x * (1 + miss * rng.standard_normal(20))), N.Power(2), init)


@pytest.mark.parametrize("network", [N.Power(2), N.Power(4)], ids=repr)
def test_nothing_to_explain(network):
    """b = 0 with rows of one sign: x = 0 is the only solution, and the limit."""
    system = rl.LinearSystem(np.array([[1.0, 2.0, 1.0], [0.0, 1.0, 3.0]]), np.zeros(2))
    found = rl.limit(system, network, C(0.5))
    assert found.success, found
    np.testing.assert_array_equal(found.x, 0.0)
    vanished = rl.limit(system, network, VANISHING)
    assert vanished.success
    np.testing.assert_array_equal(vanished.x, 0.0)


@pytest.mark.parametrize("factor", [1e-150, 1e-8, 1e8])
def test_units(factor):
    A, x = tomography(1, lit=8)
    rows = 10.0 ** np.random.default_rng(0).uniform(-6, 6, len(A))
    wanted = rl.limit(rl.LinearSystem(A, A @ x), N.Power(2), C(0.1))
    scaled = rl.LinearSystem(A * rows[:, None], factor * rows * (A @ x))
    found = rl.limit(scaled, N.Power(2), C(0.1 * np.sqrt(factor)))
    assert found.success, found
    np.testing.assert_array_equal(found.x == 0, wanted.x == 0)
    np.testing.assert_allclose(found.x, factor * wanted.x, rtol=1e-9, atol=0)


def test_paths_stay_on_the_face():
    A, x = tomography(4, lit=8)
    system, scales = rl.LinearSystem(A, A @ x), np.array([1.0, 1e-3, 1e-9])
    for scale, on_path in zip(scales, rl.limit_path(system, N.Power(2), scales).solutions, strict=True):
        found = rl.limit(system, N.Power(2), C(scale))
        assert on_path.success
        assert (found.x == 0).sum() > 5
        np.testing.assert_allclose(on_path.x, found.x, rtol=0, atol=1e-10 * x.max())
        np.testing.assert_array_equal(on_path.x == 0, found.x == 0)


@pytest.mark.slow
def test_batches_stay_on_the_face():
    A, x = tomography(4, lit=8)
    system, scales = rl.LinearSystem(A, A @ x), [1.0, 1e-3, 1e-9]
    batch = rl.accelerated.limit_batch(system, N.Power(2), [C(scale) for scale in scales])
    for scale, in_batch in zip(scales, batch.x, strict=True):
        found = rl.limit(system, N.Power(2), C(scale))
        np.testing.assert_array_equal(in_batch == 0, found.x == 0)
        np.testing.assert_allclose(in_batch, found.x, rtol=0, atol=1e-9 * x.max())
    assert all(status is rl.Status.CONVERGED for status in batch.status)


def test_vanishing_starts_know_the_only_solution():
    """On a face that is a point there is one minimiser, whatever the prices: CONVERGED, and proved by its dual."""
    for seed in range(3):
        A, x = tomography(seed, lit=3)
        found = rl.limit(rl.LinearSystem(A, A @ x), N.Power(2), VANISHING)
        if all(range_of(A, A @ x, i) < 1e-7 for i in np.flatnonzero(x)):
            assert found.status is rl.Status.CONVERGED, (seed, found)
            np.testing.assert_allclose(found.x, x, rtol=0, atol=1e-13 * x.max())
        assert (A.T @ found.dual).max() <= found.bias.potential.positive.max() * (1 + 1e-9)
