"""The closed form of the linearised network, against automatic differentiation, and as the end of lazy training."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax.flatten_util import ravel_pytree

import ridgeless as rl
from ridgeless.errors import InconsistentSystemError, InvalidInputError

EQUATIONS, UNKNOWNS = 4, 9
WEIGHTS = rl.flows.GradientFlow(coordinates="weights")
DENSE = [
    rl.networks.Dense(0),
    rl.networks.Dense(1, 12),
    rl.networks.Dense(2, 9),
    rl.networks.Dense(3, (2, 12, 5)),
    rl.networks.Dense(4, 3),
]

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, rank=EQUATIONS):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 107]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    A = left * np.where(np.arange(EQUATIONS) < rank, np.linspace(1, 0.5, EQUATIONS), 0) @ right
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS))


def jacobian(network, theta):
    """∂x/∂θ by JAX, shape (d, number of weights); columns that span the moves of orthogonal layers alone."""
    with jax.enable_x64(True):
        flat, unflat = ravel_pytree(jax.tree.map(jax.numpy.asarray, theta))
        found = np.asarray(jax.jacobian(lambda entries: network(unflat(entries)))(flat))
    if "Q" not in theta:
        return found
    columns, start = [], 0
    for layer in theta["Q"]:
        part = found[:, start : start + layer.size].reshape(UNKNOWNS, *layer.shape)
        start += layer.size
        for row, column in zip(*np.triu_indices(UNKNOWNS, 1), strict=True):
            skew = np.zeros(layer.shape)
            skew[row, column], skew[column, row] = np.sqrt(0.5), -np.sqrt(0.5)
            columns.append(np.tensordot(part, skew @ layer, 2))
    vector = found[:, start:] * network.train_vector
    return np.column_stack([*columns, vector])


def linearised(system, start, tangent):
    """x₀ + Jδ with the shortest δ that solves: where gradient flow of x₀ + Jδ from δ = 0 ends."""
    seen = system.A @ tangent
    return start + tangent @ (np.linalg.pinv(seen, rcond=1e-10) @ (system.b - system.A @ start))


def close(found, wanted, tolerance):
    assert np.linalg.norm(found - wanted) <= tolerance * max(1.0, np.linalg.norm(wanted))


@pytest.mark.parametrize("rank", [4, 3])
def test_it_is_the_limit_of_the_tangent_by_automatic_differentiation(found_network, rank):
    system = drawn(rank, rank)
    theta0 = rl.inits.Gaussian(1.0)(found_network, system, 1)
    tangent = jacobian(found_network, theta0)
    for unit in np.eye(UNKNOWNS):
        np.testing.assert_allclose(found_network.tangent_metric(theta0, unit), tangent @ (tangent.T @ unit), atol=1e-12)
    found = rl.lazy_limit(system, found_network, theta0)
    assert found.success
    close(found.x, linearised(system, np.asarray(found_network(theta0)), tangent), 1e-9)
    np.testing.assert_allclose(
        found.x, found_network(theta0) + tangent @ (tangent.T @ system.rmatvec(found.dual)), rtol=0, atol=1e-10
    )
    assert found.residual <= 1e-12


@pytest.mark.parametrize("network", DENSE, ids=repr)
def test_the_metric_of_dense_networks(network):
    """M₀ = Σ L_iL_iᵀ‖R_i‖², and the limit is the projection of x₀ in the metric M₀⁻¹."""
    for seed in range(3):
        system = drawn(seed)
        theta0 = rl.inits.Gaussian(1.0)(network, system, seed)
        factors = [*theta0["W"], theta0["w"][:, None]]
        metric, left = np.zeros((UNKNOWNS, UNKNOWNS)), np.eye(UNKNOWNS)
        for index, factor in enumerate(factors):
            right = np.linalg.multi_dot([np.eye(factor.shape[1]), *factors[index + 1 :], np.eye(1)])
            metric += left @ left.T * np.sum(right**2)
            left = left @ factor
        A, b, x0 = system.A, system.b, network(theta0)
        wanted = x0 + metric @ A.T @ np.linalg.solve(A @ metric @ A.T, b - A @ x0)
        found = rl.lazy_limit(system, network, theta0).x
        close(found, wanted, 1e-11)
        # Nothing feasible is nearer: M₀⁻¹(x − x₀) has no part in the null space.
        null = np.eye(UNKNOWNS) - np.linalg.pinv(A) @ A
        slope = np.linalg.solve(metric, found - x0)
        assert np.linalg.norm(null @ slope) <= 1e-9 * np.linalg.norm(slope)


class TestLazyTrainingEndsThere:
    def test_at_a_distance_of_one_over_alpha(self):
        """‖x_α − x_lin‖·α becomes one number."""
        network, alphas = DENSE[1], np.array([1.0, 30.0, 100.0, 300.0, 1000.0])
        for seed in range(2):
            system = drawn(seed + 10)
            theta0 = rl.inits.Gaussian(1.0)(network, system, seed)
            wanted, errors = rl.lazy_limit(system, network, theta0).x, []
            for alpha in alphas:
                found = rl.train(system, rl.networks.Lazy(network, alpha), theta0, WEIGHTS, tol=1e-10)
                assert found.success
                errors.append(np.linalg.norm(found.x - wanted))
            assert np.polyfit(np.log(alphas[2:]), np.log(errors[2:]), 1)[0] == pytest.approx(-1, abs=0.03)
            scaled = errors * alphas
            assert np.ptp(scaled[2:]) < 0.05 * scaled[-1]
            assert 0.1 < scaled[0] / scaled[-1] < 10

    def test_deeper_too(self):
        network, system = DENSE[2], drawn(20)
        theta0 = rl.inits.Gaussian(1.0)(network, system, 3)
        wanted = rl.lazy_limit(system, network, theta0).x
        near, far = (
            np.linalg.norm(rl.train(system, rl.networks.Lazy(network, a), theta0, WEIGHTS, tol=1e-10).x - wanted)
            for a in (1000.0, 100.0)
        )
        assert far / near == pytest.approx(10, rel=0.03)


class TestMinimumNorm:
    @pytest.mark.parametrize("network", DENSE[1:], ids=repr)
    def test_lazy_is_not_the_shortest_solution(self, network):
        """Not even from x₀ in the row space: W_1 W_1ᵀ leads out of it."""
        system = drawn(30)
        theta0 = rl.inits.Gaussian(1.0)(network, system, 4)
        assert np.linalg.norm(rl.lazy_limit(system, network, theta0).x - system.min_norm()) > 0.05
        inside = {**theta0, "W": [theta0["W"][0].copy(), *theta0["W"][1:]]}
        q = np.linalg.multi_dot([np.eye(theta0["W"][0].shape[1]), *theta0["W"][1:], theta0["w"]])
        first = inside["W"][0]
        null = np.column_stack([system.project_null(column) for column in first.T])
        first -= np.outer(null @ q, q) / (q @ q)
        assert np.linalg.norm(system.project_null(network(inside))) < 1e-12
        assert np.linalg.norm(rl.lazy_limit(system, network, inside).x - system.min_norm()) > 1e-3

    @given(st.integers(0, 4), st.floats(0.1, 10), st.integers(0, 99), st.sampled_from([4, 3]))
    def test_multiples_of_the_identity_make_it_so(self, hidden, scale, seed, rank):
        """M₀ ∝ I and x₀ in the row space; with x₀ elsewhere its null part stays."""
        system, network = drawn(seed, rank), rl.networks.Dense(hidden, UNKNOWNS)
        theta0 = rl.inits.Identity(scale)(network, system, seed)
        close(rl.lazy_limit(system, network, theta0).x, system.min_norm(), 1e-9 * max(1, scale ** (hidden + 1)))
        theta0["w"] = theta0["w"] + scale * np.random.default_rng(seed).standard_normal(UNKNOWNS)
        x0 = network(theta0)
        wanted = system.min_norm() + system.project_null(x0)
        close(rl.lazy_limit(system, network, theta0).x, wanted, 1e-9)

    @pytest.mark.parametrize("depth", [1, 2, 4])
    def test_so_do_orthogonal_layers(self, depth):
        """M₀ = (1 + Lρ²/2)I − (L/2)x₀x₀ᵀ maps the row space into itself where it holds x₀.

        Without the 1, of a w that is trained, it loses the direction of x₀, and with it an equation.
        """
        system, network = drawn(31), rl.networks.Orthogonal(depth)
        theta0 = rl.inits.Gaussian(1.0)(network, system, 5)
        turn = np.linalg.multi_dot([*theta0["Q"], np.eye(UNKNOWNS)])
        x0 = system.rmatvec(np.random.default_rng(0).standard_normal(EQUATIONS))
        theta0["w"] = turn.T @ x0
        close(rl.lazy_limit(system, network, theta0).x, system.min_norm(), 1e-10)
        assert rl.lazy_limit(system, rl.networks.Orthogonal(depth, False), theta0).status is rl.Status.STALLED
        theta0["w"] = turn.T @ (x0 + system.project_null(np.ones(UNKNOWNS)))
        assert np.linalg.norm(rl.lazy_limit(system, network, theta0).x - system.min_norm()) > 0.1

    def test_so_does_a_first_layer_in_the_row_space(self):
        system = drawn(32)
        for network in DENSE:
            theta0 = rl.inits.RowSpace(1.0)(network, system, 6)
            close(rl.lazy_limit(system, network, theta0).x, system.min_norm(), 1e-10)


class TestArguments:
    def test_a_lazy_network_stands_for_its_own(self):
        system, network = drawn(40), DENSE[1]
        theta0 = rl.inits.Gaussian(1.0)(network, system, 7)
        wanted = rl.lazy_limit(system, network, theta0)
        lazy = rl.networks.Lazy(network, 17.0)
        np.testing.assert_array_equal(rl.lazy_limit(system, lazy, theta0).x, wanted.x)
        np.testing.assert_array_equal(rl.lazy_limit(system, lazy, rl.inits.Gaussian(1.0), seed=7).x, wanted.x)
        centered = {**theta0, "center": network(theta0)}
        np.testing.assert_array_equal(rl.lazy_limit(system, lazy, centered).x, wanted.x)
        assert wanted.network == network
        assert wanted.stats["steps"] == 0

    def test_the_start_is_left_alone(self):
        system, network = drawn(41), DENSE[2]
        theta0 = rl.inits.Gaussian(1.0)(network, system)
        before = [theta0["W"][0].copy(), theta0["W"][1].copy(), theta0["w"].copy()]
        rl.lazy_limit(system, network, theta0)
        for one, other in zip(before, [*theta0["W"], theta0["w"]], strict=True):
            np.testing.assert_array_equal(one, other)

    def test_a_tangent_that_cannot_reach_the_right_hand_side(self):
        system = drawn(42)
        for network, theta0 in (
            (DENSE[1], {"W": [np.zeros((UNKNOWNS, 12))], "w": np.zeros(12)}),
            (rl.networks.Difference(2), {"u": np.eye(UNKNOWNS)[0], "v": np.zeros(UNKNOWNS)}),
            (rl.networks.Orthogonal(1, False), {"Q": [np.eye(UNKNOWNS)], "w": np.zeros(UNKNOWNS)}),
        ):
            found = rl.lazy_limit(system, network, theta0)
            assert found.status is rl.Status.STALLED
            assert not found.success
            assert found.residual > 0.1
            assert "rl.train" in found.message

    @pytest.mark.parametrize("unit", [1e-12, 1e-3, 1e6])
    def test_units_of_the_equations_do_not_matter(self, unit):
        system, network = drawn(43), DENSE[3]
        theta0 = rl.inits.Gaussian(1.0)(network, system)
        other = rl.LinearSystem(unit * system.A, unit * system.b)
        found = rl.lazy_limit(other, network, theta0)
        assert found.success
        close(found.x, rl.lazy_limit(system, network, theta0).x, 1e-10)

    def test_refusals(self):
        system = drawn(44)
        with pytest.raises(InvalidInputError, match="lazy_limit"):
            rl.lazy_limit(system, "Dense", rl.inits.Gaussian(1.0))
        with pytest.raises(InvalidInputError, match="lazy_limit"):
            rl.lazy_limit(system.A, DENSE[1], rl.inits.Gaussian(1.0))
        with pytest.raises(InvalidInputError):
            rl.lazy_limit(system, DENSE[1], {"x": np.ones(UNKNOWNS)})
        with pytest.raises(InconsistentSystemError):
            rl.lazy_limit(rl.LinearSystem([[1.0], [1.0]], [0.0, 1.0]), rl.networks.Direct(), {"x": np.ones(1)})


class TestOfPlainRegressionItIsTheLimit:
    """h = 0 is its own linearisation: A⁺b + P_N w by two routes, where the Gram matrix has lost the small equations."""

    @staticmethod
    def compared(A, seed):
        rng = np.random.default_rng(seed)
        system, start = rl.LinearSystem(A, A @ rng.standard_normal(A.shape[1])), rng.standard_normal(A.shape[1])
        theta0 = {"W": [], "w": start}
        found = rl.lazy_limit(system, rl.networks.Dense(0), theta0)
        exact = rl.limit(system, rl.networks.Dense(0), theta0)
        assert found.success
        return np.linalg.norm(found.x - exact.x) / np.linalg.norm(exact.x)

    @pytest.mark.parametrize("condition", [1e3, 1e5, 1e7])
    def test_at_any_condition(self, condition):
        left, _, right = np.linalg.svd(np.random.default_rng(1).standard_normal((5, 12)), full_matrices=False)
        assert self.compared(left * np.geomspace(1, 1 / condition, 5) @ right, 2) <= 1e-15 * 100 * condition

    @pytest.mark.parametrize("size", [1e-4, 1e-7, 1e-8, 1e-12])
    def test_with_an_equation_of_any_size(self, size):
        A = np.array([[1.0], [1.0], [size]]) * np.random.default_rng(3).standard_normal((3, 9))
        assert self.compared(A, 4) <= 1e-13


def test_equations_in_other_units_have_the_same_lazy_limit():
    rng = np.random.default_rng(5)
    A, units = rng.standard_normal((3, 9)), np.array([1.0, 1.0, 1e-8])
    b, network = A @ rng.standard_normal(9), rl.networks.Dense(1, 4)
    plain, graded = rl.LinearSystem(A, b), rl.LinearSystem(units[:, None] * A, units * b)
    theta0 = rl.inits.Gaussian(0.5)(network, plain, seed=6)
    found, wanted = (rl.lazy_limit(system, network, theta0) for system in (graded, plain))
    assert found.success
    close(found.x, wanted.x, 1e-12)
