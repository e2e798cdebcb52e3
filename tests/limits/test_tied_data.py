"""Data with ties: many minimisers of the ℓ1 norm, repeated and integer columns, equations of all sizes."""

import mpmath
import numpy as np
import pytest
import scipy.optimize

import ridgeless as rl

pytestmark = pytest.mark.usefixtures("as_a_user")

N = rl.networks
VANISHING = rl.inits.Vanishing()
MOST_STEPS = 100


def design(seed, equations=(2, 8), more=(1, 15)):
    """0/±1 or small integers, and a truth of small integers ≥ 0."""
    rng = np.random.default_rng([seed, 9])
    n = int(rng.integers(*equations))
    d = n + int(rng.integers(*more))
    A = rng.choice([-1.0, 0, 1], (n, d)) if seed % 2 else rng.integers(-3, 4, (n, d)).astype(float)
    x = np.zeros(d)
    x[rng.choice(d, int(rng.integers(1, n + 1)), replace=False)] = rng.choice([1, 2.0, 3])
    return A, A @ x


def small(network, scale, unknowns):
    """The start of `scale` along the direction of Vanishing()."""
    if isinstance(network, N.Product):
        return {"layers": scale * np.vstack([np.ones((network.depth - 1, unknowns)), np.zeros((1, unknowns))])}
    return rl.inits.Constant(scale)


class TestManyMinimisers:
    """x₁ = x₂ = 1 − t, x₃ = 2t costs the same for every t; from small starts Σ|x|^(2/D) decides."""

    A = np.array([[1.0, 0, 0.5, 0.375, 0.125], [0, 1.0, 0.5, 0.125, -0.25]])
    b = np.array([1.0, 1.0])

    @staticmethod
    def share(depth):
        """The best t, in 50 digits."""
        with mpmath.workdps(50):
            power = mpmath.mpf(2) / depth - 1
            return float(mpmath.findroot(lambda t: (1 - t) ** power - (2 * t) ** power, 0.3))

    @pytest.mark.parametrize("depth", [3, 4, 5, 6])
    @pytest.mark.parametrize("turned", [False, True])
    def test_deep_networks(self, depth, turned):
        turn = np.linalg.qr(np.random.default_rng(1).standard_normal((2, 2)))[0] if turned else np.eye(2)
        system, t = rl.LinearSystem(turn @ self.A, turn @ self.b), self.share(depth)
        for scale in (1e-5, 1e-6, 1e-8, 1e-10, 1e-12, 1e-20, 1e-40):
            found = rl.limit(system, N.Difference(depth), rl.inits.Constant(scale))
            assert found.success
            assert found.stats["steps"] < MOST_STEPS
            assert np.allclose(found.x[:3], [1 - t, 1 - t, 2 * t], rtol=0, atol=max(1e-10, 10 * scale))

    def test_it_is_not_the_vertex(self):
        found = rl.limit(rl.LinearSystem(self.A, self.b), N.Difference(4), rl.inits.Constant(1e-12))
        assert found.x[:3].min() > 0.5


@pytest.mark.parametrize("network", [N.Difference(3), N.Difference(4), N.Power(4), N.Product(3)], ids=repr)
def test_small_starts_end_where_vanishing_ones_do(network):
    compared = 0
    for seed in range(24):
        A, b = design(seed)
        if not b.any():
            continue
        system = rl.LinearSystem(A, b)
        try:
            wanted = rl.limit(system, network, VANISHING)
        except rl.InfeasibleSignsError:
            continue
        for scale in (1e-12, 1e-40):
            found = rl.limit(system, network, small(network, scale, A.shape[1]))
            compared += 1
            assert found.success, (seed, scale, found.message)
            assert found.stats["steps"] < MOST_STEPS
            assert np.linalg.norm(found.x - wanted.x) <= 1e-8 * np.linalg.norm(wanted.x), (seed, scale)
    assert compared >= 30


@pytest.mark.slow
@pytest.mark.parametrize("network", [N.Difference(2), N.Power(2)], ids=repr)
def test_integer_designs_at_depth_two(network):
    for seed in range(20):
        A, b = design(seed, equations=(2, 20), more=(1, 60))
        if not b.any():
            continue
        for scale in (1e-3, 1e-8, 1e-20, 1e-120):
            found = rl.limit(rl.LinearSystem(A, b), network, rl.inits.Constant(scale))
            assert found.success, (seed, scale, found.message)
            assert found.stats["steps"] < MOST_STEPS, (seed, scale)
            assert rl.certify(found).verdict == "certified"


def test_starts_of_all_sizes_on_few_equations():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        A = rng.choice([-1.0, 0, 1], (2, 24))
        weights = 1e-6 * 10 ** rng.uniform(-1, 1, 24)
        if not A[:, 0].any():
            continue
        found = rl.limit(rl.LinearSystem(A, A[:, 0]), N.Difference(2), {"u": weights, "v": weights})
        assert found.success
        assert found.stats["steps"] < MOST_STEPS


def test_repeated_columns():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        A = np.tile(rng.standard_normal((10, 15)), (1, 20))
        x = rng.standard_normal(300) * (rng.random(300) < 0.03)
        found = rl.limit(rl.LinearSystem(A, A @ x), N.Difference(2), rl.inits.Constant(1e-6))
        assert found.success
        assert np.allclose(found.x.reshape(20, 15), found.x[:15], atol=1e-9)


def test_a_limit_on_the_edge_of_the_cone():
    """Only x₂ = x₃ = 0 is feasible, where z is −∞: training gets there all the same."""
    system = rl.LinearSystem(np.array([[1.0, 1, 1, 0], [1, -1, -1, 0], [0, 0, 0, 1]]), np.array([1.0, 1, 2]))
    found = rl.limit(system, N.Power(2), rl.inits.Constant(1e-3))
    assert found.success
    assert np.allclose(found.x, [1, 0, 0, 2], atol=1e-9)


class TestUnevenEquations:
    @pytest.mark.parametrize("network", [N.Difference(2), N.Difference(3)], ids=repr)
    def test_vanishing_starts_hold_every_equation(self, network):
        for seed in range(40):
            rng = np.random.default_rng([seed, 77])
            n = int(rng.integers(2, 10))
            d = n + int(rng.integers(1, 20))
            even = rng.standard_normal((n, d))
            x = np.zeros(d)
            x[rng.choice(d, int(rng.integers(1, n + 1)), replace=False)] = rng.choice([-2, -1, 1, 2.0])
            A = even * 10 ** rng.uniform(-6, 6, (n, 1))
            found = rl.limit(rl.LinearSystem(A, A @ x), network, VANISHING)
            best = scipy.optimize.linprog(np.ones(2 * d), A_eq=np.hstack([even, -even]), b_eq=even @ x, method="highs")
            assert found.status.name in ("CONVERGED", "NOT_UNIQUE"), seed
            assert np.allclose(even @ found.x, even @ x, atol=1e-8)
            assert np.abs(found.x).sum() == pytest.approx(best.fun, rel=1e-7)

    def test_the_small_one_decides(self):
        A = np.array([[8e-5, -6e-5, 1.5e-4], [-1.7e6, 9e5, 6e5]])
        found = rl.limit(rl.LinearSystem(A, np.array([-7e-5, -2.3e6])), N.Difference(2), VANISHING)
        assert np.allclose(found.x, [1, 0, -1])
        assert found.history is None

    @pytest.mark.parametrize("small", [1e-9, 1e-10])
    def test_many_minimisers(self, small):
        A = np.array([[2, 1, 2, 2], [1, -3, 2, -1.0]]) * [[1], [small]]
        found = rl.limit(rl.LinearSystem(A, A @ [1, 0, 0, 1]), N.Difference(2), VANISHING)
        assert found.status is rl.Status.NOT_UNIQUE
        assert found.residual <= 1e-10


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_units_of_the_right_hand_side(unit):
    rng = np.random.default_rng(0)
    A, x = rng.standard_normal((10, 30)), np.zeros(30)
    x[:2] = 1, -2
    system = rl.LinearSystem(A, A @ x * unit)
    assert np.allclose(rl.solve(system).x / unit, rl.solve(A, A @ x).x, atol=1e-9)
    assert np.allclose(rl.limit(system, N.Difference(2), VANISHING).x / unit, x)


class TestNothingToSolve:
    @pytest.mark.parametrize("init", [rl.inits.Constant(1e-8), VANISHING], ids=repr)
    @pytest.mark.parametrize("network", [N.Difference(2), N.Difference(3)], ids=repr)
    def test_a_matrix_of_zeros(self, network, init):
        with pytest.raises(rl.InconsistentSystemError):
            rl.limit(rl.LinearSystem(np.zeros((2, 4)), np.ones(2)), network, init)

    @pytest.mark.parametrize("network", [N.Difference(2), N.Power(2)], ids=repr)
    def test_a_start_whose_square_underflows(self, network):
        found = rl.limit(rl.LinearSystem([[1.0, 0, 1]], [0.0]), network, rl.inits.Constant(3e-154))
        assert found.success
        assert np.abs(found.x).max() <= 1e-300

    def test_a_right_hand_side_that_is_a_column(self):
        rng = np.random.default_rng(1428)
        A = rng.standard_normal((2, 4)) * 10 ** rng.uniform(-6, 6, 4)
        assert rl.LinearSystem(A, A[:, 3]).residual(rl.LinearSystem(A, A[:, 3]).min_norm()) <= 1e-12


@pytest.mark.parametrize("depth", [5, 7])
def test_weights_of_very_different_sizes(depth):
    """Slopes of 1e10 make slacks the differences of large numbers: they agree with ν to the rounding of those."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        A = rng.standard_normal((3, 8))
        system = rl.LinearSystem(A, A @ rng.standard_normal(8))
        found = rl.limit(system, N.Difference(depth), rl.inits.Gaussian(0.1), seed=seed)
        assert found.success, (seed, found.message)


def test_a_dual_that_leaves_its_domain_by_rounding_is_a_certificate():
    """On the support Φ* is infinite a hair beyond ν: slacks are told from x there."""
    A = np.hstack([np.eye(13), np.ones((13, 3))])
    b = np.full(13, 3.0)
    b[[0, 11]] = 6.0
    found = rl.limit(rl.LinearSystem(A, b), N.Power(4), rl.inits.Constant(1e-8))

    for stretch in (0.0, 1e-13):
        proof = rl.certify(found.system, found.x, found.bias, found.dual * (1 + stretch))
        assert proof.verdict == "certified", proof
    assert rl.certify(found.system, 1.01 * found.x, found.bias).verdict != "certified"
