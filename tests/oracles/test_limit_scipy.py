"""The limit against SciPy: the papers' potentials minimised by its optimisers, weighted ℓ1 by HiGHS."""

import itertools

import numpy as np
import pytest
import scipy.optimize
from scipy.linalg import null_space

import ridgeless as rl
from ridgeless.errors import InfeasibleSignsError


def instance(n, d, seed, nonzeros=None):
    rng = np.random.default_rng([seed, n, d])
    A = rng.standard_normal((n, d))
    x = rng.standard_normal(d)
    if nonzeros is not None:
        x[nonzeros:] = 0
        x = rng.permutation(x)
    return A, A @ x


def relative(found, wanted):
    return np.linalg.norm(found - wanted) / np.linalg.norm(wanted)


class TestPrimal:
    """min Φ over A x = b in the coordinates of the null space, Φ typed from the paper."""

    def minimiser(self, A, b, potential):
        particular, basis = np.linalg.pinv(A) @ b, null_space(A)
        best = scipy.optimize.minimize(
            lambda t: potential(particular + basis @ t),
            np.zeros(basis.shape[1]),
            method="BFGS",
            options={"gtol": 1e-10},
        )
        # BFGS on numerical gradients leaves some digits only: simplices, each fresh, go on from there.
        for _ in range(4):
            best = scipy.optimize.minimize(
                lambda t: potential(particular + basis @ t),
                best.x,
                method="Nelder-Mead",
                options={"xatol": 1e-10, "fatol": 1e-16, "maxiter": 4000, "maxfev": 4000},
            )
        return particular + basis @ best.x

    @pytest.mark.parametrize("alpha", [0.1, 0.5, 3.0])
    def test_woodworth(self, alpha):
        def potential(x):
            z = x / alpha**2
            # 2 − √(4 + z²), written without cancellation
            return alpha**2 * np.sum(z * np.arcsinh(z / 2) - z**2 / (2 + np.sqrt(4 + z**2)))

        A, b = instance(3, 6, 0)
        found = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), rl.inits.Constant(alpha))
        assert relative(self.minimiser(A, b, potential), found.x) < 1e-6

    @pytest.mark.parametrize("shape", [0.0, 0.5, 0.9])
    def test_azulay_two_branches(self, shape):
        """q_k with k = 4α(1 + s²)/(1 − s²)."""
        k = 4 * 0.05 * (1 + shape**2) / (1 - shape**2)

        def potential(x):
            return k / 4 * np.sum(1 - np.sqrt(1 + 4 * x**2 / k**2) + 2 * x / k * np.arcsinh(2 * x / k))

        A, b = instance(3, 6, 1)
        found = rl.limit(rl.LinearSystem(A, b), rl.networks.TwoBranch(2), rl.inits.Imbalanced(0.05, shape))
        assert relative(self.minimiser(A, b, potential), found.x) < 1e-6

    @pytest.mark.parametrize("shape", [0.0, 0.5, 0.95])
    def test_azulay_one_dense_neuron(self, shape):
        """The time-warped potential of a single neuron, with its own offset, from the paper's section 6."""
        A, b = instance(3, 6, 2)
        system, network = rl.LinearSystem(A, b), rl.networks.Dense(hidden=1, width=1)
        theta0 = rl.inits.Imbalanced(0.1, shape)(network, system, seed=3)
        x0 = network(theta0)
        delta = 4 * 0.1 * shape / (1 - shape**2)

        def root(x):
            return np.sqrt(np.sqrt(x @ x + delta**2 / 4) - delta / 2)

        def potential(x):
            size = np.linalg.norm(x)
            grown = size**2 - delta / 2 * (delta / 2 + np.sqrt(size**2 + delta**2 / 4))
            return grown * root(x) / size - 1.5 * root(x0) * (x0 @ x) / np.linalg.norm(x0)

        found = rl.limit(system, network, theta0)
        assert relative(self.minimiser(A, b, potential), found.x) < 1e-6

    def test_entropy_by_a_constrained_solver(self):
        """Power(2): the Kullback–Leibler divergence from x₀ = u₀², by trust-constr with bounds."""
        rng = np.random.default_rng(3)
        A, x0 = rng.standard_normal((3, 6)), rng.uniform(0.05, 1.0, 6)
        b = A @ rng.uniform(0.1, 2.0, 6)
        best = scipy.optimize.minimize(
            lambda x: np.sum(x * np.log(x / x0) - x + x0),
            np.ones(6),
            jac=lambda x: np.log(x / x0),
            hess=lambda x: np.diag(1 / x),
            method="trust-constr",
            constraints=scipy.optimize.LinearConstraint(A, b, b),
            bounds=scipy.optimize.Bounds(1e-9, np.inf),
            options={"gtol": 1e-12, "xtol": 1e-14, "barrier_tol": 1e-12},
        )
        found = rl.limit(rl.LinearSystem(A, b), rl.networks.Power(2), {"u": np.sqrt(x0)})
        assert relative(best.x, found.x) < 1e-5


class TestDual:
    """A f(Aᵀν) = b by SciPy's root finder, f typed from the table of mirror maps; x compared, not ν."""

    def solution(self, A, b, mirror):
        """Continuation in b from 0, so that no trial point leaves the domain of f."""
        nu = np.zeros(len(A))
        b0 = A @ mirror(A.T @ nu)
        for share in np.linspace(0, 1, 41)[1:]:
            aim = b0 + share * (b - b0)
            root = scipy.optimize.root(lambda nu, aim=aim: A @ mirror(A.T @ nu) - aim, nu, method="hybr", tol=1e-13)
            nu = root.x
        assert np.linalg.norm(A @ mirror(A.T @ nu) - b) < 1e-10 * np.linalg.norm(b)
        return mirror(A.T @ nu)

    def agree(self, network, theta0, mirror, seed):
        A, b = instance(3, 7, seed)
        found = rl.limit(rl.LinearSystem(A, b), network, theta0)
        assert found.success
        assert relative(found.x, self.solution(A, b, mirror)) < 1e-9

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("depth", [3, 4])
    def test_deep_differences(self, depth, seed):
        rng = np.random.default_rng(seed)
        u, v = rng.uniform(0.5, 1.2, (2, 7))
        speed, power = depth * (depth - 2), -depth / (depth - 2)

        def mirror(z):
            with np.errstate(invalid="ignore"):
                return (u ** (2.0 - depth) - speed * z) ** power - (v ** (2.0 - depth) + speed * z) ** power

        self.agree(rl.networks.Difference(depth), {"u": u, "v": v}, mirror, seed)

    @pytest.mark.parametrize("seed", range(3))
    def test_differences_of_squares_with_a_tilt(self, seed):
        rng = np.random.default_rng(seed)
        u, v = rng.uniform(0.05, 1.5, (2, 7))
        self.agree(
            rl.networks.Difference(2), {"u": u, "v": v}, lambda z: u**2 * np.exp(4 * z) - v**2 * np.exp(-4 * z), seed
        )

    @pytest.mark.parametrize("seed", range(3))
    def test_three_layers(self, seed):
        a = np.random.default_rng(seed).uniform(0.6, 1.2, 7)
        layers = np.stack([a, a, 0 * a])
        self.agree(
            rl.networks.Product(3), {"layers": layers}, lambda z: a**3 * np.tan(a * z) / np.cos(a * z) ** 2, seed
        )


def least_weighted_norm(A, b, positive, negative):
    """argmin Σ positive·x⁺ + negative·x⁻ over A x = b."""
    costs = np.concatenate([positive, negative])
    program = scipy.optimize.linprog(costs, A_eq=np.hstack([A, -A]), b_eq=b, bounds=(0, None), method="highs-ds")
    assert program.status == 0
    return program.x[: len(positive)] - program.x[len(positive) :], program.fun


class TestSmallScales:
    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("depth", [3, 4])
    def test_initialization_is_the_weights_of_an_l1_norm(self, depth, seed):
        """u₀ = αU, v₀ = αV: Σ U^{2−D}·x⁺ + V^{2−D}·x⁻, whatever the sizes and whichever sign they prefer."""
        A, b = instance(5, 14, seed)
        U, V = np.random.default_rng(seed).uniform(0.4, 1.6, (2, 14))
        vertex, _ = least_weighted_norm(A, b, U ** (2.0 - depth), V ** (2.0 - depth))
        plain, _ = least_weighted_norm(A, b, np.ones(14), np.ones(14))
        found = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(depth), {"u": 1e-6 * U, "v": 1e-6 * V})
        assert found.success
        assert relative(found.x, vertex) < 1e-8
        assert relative(vertex, plain) > 1e-2 or np.count_nonzero(vertex) == np.count_nonzero(plain)

    @pytest.mark.parametrize(("depth", "weight"), [(3, lambda a: np.pi / (2 * a)), (4, lambda a: a**-2.0)])
    def test_products_from_one_layer_at_zero(self, depth, weight):
        """Three layers at (a, a, 0) weigh |x| by π/(2a), four by a^−2: the ends of their dual intervals."""
        A, b = instance(5, 14, 4)
        a = np.random.default_rng(4).uniform(0.4, 1.6, 14)
        layers = 1e-4 * np.concatenate([np.tile(a, (depth - 1, 1)), np.zeros((1, 14))])
        vertex, _ = least_weighted_norm(A, b, weight(a), weight(a))
        found = rl.limit(rl.LinearSystem(A, b), rl.networks.Product(depth), {"layers": layers})
        assert relative(found.x, vertex) < 1e-7

    @pytest.mark.parametrize("depth", [3, 4])
    def test_locked_signs_leave_a_linear_program(self, depth):
        """Power: Σ U^{2−D}·x over x ≥ 0."""
        rng = np.random.default_rng(5)
        A = rng.standard_normal((5, 14))
        b = A @ np.where(rng.random(14) < 0.4, rng.uniform(0.5, 2.0, 14), 0.0)
        U = rng.uniform(0.4, 1.6, 14)
        program = scipy.optimize.linprog(U ** (2.0 - depth), A_eq=A, b_eq=b, bounds=(0, None), method="highs-ds")
        found = rl.limit(rl.LinearSystem(A, b), rl.networks.Power(depth), {"u": 1e-4 * U})
        assert relative(found.x, program.x) < 1e-7

    @pytest.mark.parametrize("seed", range(3))
    def test_depth_two_is_plain_l1_up_to_a_logarithm(self, seed):
        """The start's shape is forgotten, and the excess over the least ‖x‖₁ falls like 1/log(1/α)."""
        A, b = instance(6, 16, seed)
        shape = np.random.default_rng(seed).uniform(0.5, 2.0, (2, 16))
        _, least = least_weighted_norm(A, b, np.ones(16), np.ones(16))
        excess = []
        for alpha in (1e-2, 1e-8, 1e-32, 1e-96):
            theta0 = {"u": alpha * shape[0], "v": alpha * shape[1]}
            found = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), theta0)
            assert found.success
            excess.append(np.abs(found.x).sum() / least - 1)
        assert np.all(np.array(excess) > -1e-9)
        assert excess[0] > 0
        assert all(later <= earlier / 2 + 1e-9 for earlier, later in itertools.pairwise(excess))

    def test_depth_two_keeps_weights_that_are_exponents(self):
        """u₀ = v₀ = α^{w_i} weighs |x_i| by w_i."""
        A, b = instance(5, 12, 6)
        weights = np.random.default_rng(6).uniform(0.5, 2.0, 12)
        _, least = least_weighted_norm(A, b, weights, weights)
        start = (1e-30) ** weights
        found = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), {"u": start, "v": start})
        assert found.success
        assert weights @ np.abs(found.x) == pytest.approx(least, rel=0.02)

    @pytest.mark.parametrize("depth", [3, 4])
    def test_the_vertex_is_approached_at_the_rate_of_its_depth(self, depth):
        """Error ~ α^D (Matt and Stöger 2025)."""
        A, b = instance(10, 30, 7, nonzeros=3)
        vertex, _ = least_weighted_norm(A, b, np.ones(30), np.ones(30))
        scales = np.array([2e-3, 8e-3])
        system = rl.LinearSystem(A, b)
        errors = [
            np.abs(rl.limit(system, rl.networks.Difference(depth), rl.inits.Constant(scale)).x - vertex).sum()
            for scale in scales
        ]
        slope = np.diff(np.log(errors))[0] / np.diff(np.log(scales))[0]
        assert slope == pytest.approx(depth, abs=0.1)

    def test_the_vertex_is_approached_at_the_rate_of_its_dual_certificate(self):
        """D = 2: error ~ α^{2(1−ϱ)}, ϱ the least max |Aᵀν| off the support with Aᵀν = sign on it."""
        A, b = instance(10, 30, 7, nonzeros=3)
        vertex, _ = least_weighted_norm(A, b, np.ones(30), np.ones(30))
        support = np.abs(vertex) > 1e-9
        off = A[:, ~support].T
        limits = np.block([[off, -np.ones((len(off), 1))], [-off, -np.ones((len(off), 1))]])
        program = scipy.optimize.linprog(
            np.append(np.zeros(10), 1.0),
            A_ub=limits,
            b_ub=np.zeros(len(limits)),
            A_eq=np.hstack([A[:, support].T, np.zeros((support.sum(), 1))]),
            b_eq=np.sign(vertex[support]),
            bounds=(None, None),
        )
        scales, system = np.array([1e-8, 1e-11]), rl.LinearSystem(A, b)
        errors = [
            np.abs(rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(scale), tol=1e-13).x - vertex).sum()
            for scale in scales
        ]
        slope = np.diff(np.log(errors))[0] / np.diff(np.log(scales))[0]
        assert slope == pytest.approx(2 * (1 - program.fun), abs=0.05)


class TestLargeScales:
    @pytest.mark.parametrize(
        "network",
        [rl.networks.Difference(2), rl.networks.Difference(3), rl.networks.Difference(4), rl.networks.TwoBranch(2)],
        ids=repr,
    )
    def test_constant_starts_end_at_the_least_squares_solution(self, network):
        """Woodworth et al., Theorem 3, with room to spare."""
        A, b = instance(6, 20, 0)
        found = rl.limit(rl.LinearSystem(A, b), network, rl.inits.Constant(1e3))
        assert found.success
        assert relative(found.x, np.linalg.pinv(A) @ b) < 1e-5

    def test_the_kernel_regime_is_a_weighted_projection(self):
        """x ≈ x₀ + MAᵀ(AMAᵀ)⁻¹(b − Ax₀), M = 4(u₀² + v₀²), with an error that falls at least like c^−2."""
        A, b = instance(5, 15, 1)
        U, V = np.random.default_rng(1).uniform(0.5, 1.5, (2, 15))
        V = np.where(np.arange(15) % 2, V, U)
        errors = []
        for c in (30.0, 100.0):
            u, v = c * U, np.sqrt((c * U) ** 2 + np.where(np.arange(15) % 2, 0.1, 0.0))
            x0, metric = u**2 - v**2, 4 * (u**2 + v**2)
            kernel = x0 + metric * (A.T @ np.linalg.solve(A * metric @ A.T, b - A @ x0))
            found = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), {"u": u, "v": v})
            errors.append(relative(found.x, kernel))
        assert errors[0] < 30.0**-2
        assert errors[1] <= errors[0] * (30 / 100) ** 2
        assert relative(np.linalg.pinv(A) @ b, kernel) > 0.1


class TestInfeasibleSigns:
    @pytest.fixture
    def no_iterations(self, monkeypatch):
        def never(*_):
            raise AssertionError("the solver ran before the signs were checked")

        monkeypatch.setattr("ridgeless.limits.depth_two.solver.solve_dense", never)
        monkeypatch.setattr("ridgeless.limits.deep.primal_dual.solve_primal_dual", never)

    @pytest.mark.parametrize("depth", [2, 3, 4])
    def test_a_locked_sign_in_conflict_is_named(self, depth, no_iterations):
        A = np.eye(4, 6)
        A[3, 4:] = 1
        b = np.array([1.0, -2.0, 1.0, 1.0])
        u = np.ones(6)
        with pytest.raises(InfeasibleSignsError, match=r"x\[1\] ≥ 0") as caught:
            rl.limit(rl.LinearSystem(A, b), rl.networks.Power(depth), {"u": u})
        assert "x[0]" not in str(caught.value)
        assert "Difference" in str(caught.value)

    def test_negative_locks_and_frozen_coordinates_are_named(self, no_iterations):
        A = np.eye(2, 5)
        b = np.array([1.0, 1.0])
        theta0 = {"u": np.array([0.0, 0.0, 1.0, 1.0, 1.0]), "v": np.array([1.0, 0.0, 1.0, 1.0, 1.0])}
        with pytest.raises(InfeasibleSignsError) as caught:
            rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), theta0)
        assert "x[0] ≤ 0" in str(caught.value)
        assert "x[1] = 0" in str(caught.value)

    def test_no_more_than_a_few_are_named(self, no_iterations):
        system = rl.LinearSystem(np.eye(40), -np.ones(40))
        with pytest.raises(InfeasibleSignsError) as caught:
            rl.limit(system, rl.networks.Power(2), rl.inits.Constant(0.1))
        assert str(caught.value).count("≥ 0") == 5

    @pytest.mark.parametrize("seed", range(12))
    @pytest.mark.parametrize("factor", [1e-8, 1.0, 1e8])
    def test_refused_where_and_only_where_no_solution_has_the_signs(self, seed, factor):
        """Against a linear program of its own, feasible or not about half the time."""
        rng = np.random.default_rng(seed)
        A, b = rng.standard_normal((5, 10)), rng.standard_normal(5)
        program = scipy.optimize.linprog(np.zeros(10), A_eq=A, b_eq=b, bounds=(0, None), method="highs")
        system, start = rl.LinearSystem(factor * A, factor * b), {"u": rng.uniform(0.5, 1.0, 10)}
        if program.status == 0:
            assert rl.limit(system, rl.networks.Power(2), start).success
        else:
            with pytest.raises(InfeasibleSignsError):
                rl.limit(system, rl.networks.Power(2), start)

    def test_the_seeds_above_hold_both_cases(self):
        feasible = []
        for seed in range(12):
            rng = np.random.default_rng(seed)
            A, b = rng.standard_normal((5, 10)), rng.standard_normal(5)
            feasible.append(scipy.optimize.linprog(np.zeros(10), A_eq=A, b_eq=b, bounds=(0, None)).status == 0)
        assert 2 <= sum(feasible) <= 10
