"""Starts that end at the minimum-norm solution, or at any other prescribed one, exactly: by steps as well as by flow.

The same starts under gradient flow, and the recipes that make them, are tested beside the inits.
"""

import numpy as np
import pytest
import scipy.integrate
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl

EQUATIONS, UNKNOWNS = 4, 9
NETWORKS = [
    rl.networks.Dense(1, 12),
    rl.networks.Dense(1, 2),
    rl.networks.Dense(2, 9),
    rl.networks.Dense(3, (2, 12, 5)),
    rl.networks.Dense(4, 3),
]
WEIGHTS = rl.flows.GradientFlow(coordinates="weights")

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, rank=EQUATIONS):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 113]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    A = left * np.where(np.arange(EQUATIONS) < rank, np.linspace(1, 0.5, EQUATIONS), 0) @ right
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS)), rng


def null_projector(system):
    return np.eye(UNKNOWNS) - np.linalg.pinv(system.A, rcond=1e-10) @ system.A


def shortest(system):
    return np.linalg.pinv(system.A, rcond=1e-10) @ system.b


def whole(system, network, theta0, tol=1e-13, share=1.0):
    """Descent in all d unknowns, with a share of the step that it would take by itself."""
    problem = network.problem(system, theta0)
    step = rl.flows.GradientDescent(max_steps=1).run(problem, None, tol).stats["step_size"]
    found = rl.flows.GradientDescent(step_size=share * step).run(problem, None, tol)
    assert found.status is rl.Status.CONVERGED, found.message
    return found


def unit(rng, size):
    vector = rng.standard_normal(size)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
@pytest.mark.parametrize("kind", ["zero", "AᵀM", "projected"])
def test_a_first_layer_in_the_row_space(network, kind):
    """(a) Everything else arbitrary, the step included."""
    system, rng = drawn(network.hidden, rank=3)
    theta0 = rl.inits.Gaussian(1.0)(network, system, 1)
    first = theta0["W"][0]
    theta0["W"][0] = {
        "zero": np.zeros_like(first),
        "AᵀM": system.A.T @ rng.standard_normal((EQUATIONS, first.shape[1])),
        "projected": first - null_projector(system) @ first,
    }[kind]
    found = whole(system, network, theta0)
    assert np.linalg.norm(found.x - shortest(system)) <= 1e-12 * np.linalg.norm(found.x)


@pytest.mark.parametrize("multiples", [(0.3, 1.0, 3.0), (1.0, 0.4, 0.8)])
def test_multiples_of_the_identity(multiples):
    """(b) W_i = α_i·I and w in the row space: P_N of it stays 0 though P_N W_1 is not."""
    system, rng = drawn(10)
    theta0 = {"W": [a * np.eye(UNKNOWNS) for a in multiples], "w": system.A.T @ rng.standard_normal(EQUATIONS)}
    found = whole(system, rl.networks.Dense(3), theta0)
    null = null_projector(system)
    assert np.linalg.norm(null @ found.theta["W"][0]) == pytest.approx(multiples[0] * np.sqrt(UNKNOWNS - EQUATIONS))
    assert np.linalg.norm(found.x - shortest(system)) <= 1e-12 * np.linalg.norm(found.x)
    assert np.linalg.norm(null @ found.theta["w"]) <= 1e-12
    foretold = rl.limit(system, rl.networks.Dense(3), theta0)
    assert np.linalg.norm(foretold.x - shortest(system)) <= 1e-12 * np.linalg.norm(found.x)


def test_null_parts_that_the_rest_never_meets():
    """(c) h = 1, N w₀ = 0 and N(P_A W_1)ᵀ = 0 with ‖N‖ = 3.7."""
    for seed in range(3):
        system, rng = drawn(seed + 20, rank=3)
        axes = np.linalg.qr(rng.standard_normal((12, 12)))[0]
        null = null_projector(system) @ rng.standard_normal((UNKNOWNS, 5)) @ axes[:, :5].T
        null *= 3.7 / np.linalg.norm(null)
        seen = system.A.T @ rng.standard_normal((EQUATIONS, 7)) @ axes[:, 5:].T
        theta0 = {"W": [null + seen], "w": axes[:, 5:] @ rng.standard_normal(7)}
        found = whole(system, NETWORKS[0], theta0, share=0.7)
        assert np.linalg.norm(null @ theta0["w"]) < 1e-14
        foretold = rl.limit(system, NETWORKS[0], theta0)
        assert np.linalg.norm(foretold.x - shortest(system)) <= 1e-12 * np.linalg.norm(found.x)
        assert np.linalg.norm(found.x - shortest(system)) <= 1e-12 * np.linalg.norm(found.x)


@pytest.mark.parametrize("hidden", [1, 2, 3, 4])
def test_spaces_that_the_layers_keep_apart(hidden):
    """(b) and (c) in one: each layer maps a space S_(i+1) into S_i and its complement into the complement."""
    system, rng = drawn(30 + hidden)
    widths = (UNKNOWNS, 7, 5, 6, 7)[: hidden + 1]
    first = np.linalg.svd(system.A)[2].T
    axes = [first, *(np.linalg.qr(rng.standard_normal((width, width)))[0] for width in widths[1:])]
    kept = [EQUATIONS, *rng.integers(2, 5, hidden)]
    layers = []
    for index in range(hidden):
        block = rng.standard_normal((widths[index], widths[index + 1])) / np.sqrt(widths[index + 1])
        block[: kept[index], kept[index + 1] :] = 0
        block[kept[index] :, : kept[index + 1]] = 0
        layers.append(axes[index] @ block @ axes[index + 1].T)
    theta0 = {"W": layers, "w": axes[-1][:, : kept[-1]] @ rng.standard_normal(kept[-1])}
    network = rl.networks.Dense(hidden)
    assert np.linalg.norm(null_projector(system) @ layers[0]) > 0.5
    found = whole(system, network, theta0)
    foretold = rl.limit(system, network, theta0)
    assert foretold.success
    for x in (found.x, foretold.x):
        assert np.linalg.norm(x - shortest(system)) <= 1e-11 * np.linalg.norm(shortest(system))
    # One entry across the divide, and the theorem is withdrawn.
    theta0["W"][-1] = layers[-1] + 1e-6 * np.outer(axes[-2][:, -1], axes[-1][:, 0])
    with pytest.raises(rl.errors.NoExactLimit):
        rl.limit(system, network, theta0)


class TestTraps:
    """Starts in the row space from which the loss never reaches zero: no theorem, rather than a wrong one."""

    @staticmethod
    def opposed(hidden, system, sizes):
        """A chain of these sizes along Aᵀb, with x₀ on the far side of 0."""
        line = system.A.T @ system.b
        line = line / np.linalg.norm(line)
        first = np.outer(line, np.eye(3)[0]) * sizes[0]
        inner = [np.diag([size, 0.0, 0.0]) for size in sizes[1:hidden]]
        return {"W": [first, *inner], "w": -sizes[-1] * np.eye(3)[0]}

    @pytest.mark.parametrize("hidden", [1, 2, 3])
    @pytest.mark.parametrize("last", [0.5, 0.8])
    def test_two_least_layers_of_one_size_end_at_zero(self, hidden, last):
        """One equation: all is on one line, and the numbers on it are integrated here."""
        system = rl.LinearSystem([[3.0, 4.0, 0.0]], [5.0])
        sizes = [*(0.5 + 0.1 * np.arange(hidden)), last]
        theta0 = self.opposed(hidden, system, sizes)
        is_trap = last == 0.5

        def velocity(_, numbers):
            others = np.array([np.prod(np.delete(numbers, index)) for index in range(len(numbers))])
            return 5.0 * (5.0 - 5.0 * np.prod(numbers)) * others

        start = np.array([*sizes[:-1], -sizes[-1]])
        end = scipy.integrate.solve_ivp(velocity, (0, 3.0), start, "DOP853", rtol=1e-12, atol=1e-14).y[:, -1]
        assert (abs(np.prod(end)) < 0.1) == is_trap
        if is_trap:
            with pytest.raises(rl.NoExactLimit, match="points straight away"):
                rl.limit(system, rl.networks.Dense(hidden), theta0)
        else:
            np.testing.assert_allclose(rl.limit(system, rl.networks.Dense(hidden), theta0).x, [0.6, 0.8, 0], atol=1e-12)

    def test_only_one_unknown(self):
        system, network = rl.LinearSystem([[2.0]], [3.0]), rl.networks.Dense(1)
        for seed in range(6):
            theta0 = rl.inits.Balanced(0.5)(network, system, seed)
            if network(theta0) > 0:
                assert rl.limit(system, network, theta0).x == pytest.approx([1.5])
            else:
                with pytest.raises(rl.NoExactLimit, match="points straight away"):
                    rl.limit(system, network, theta0)

    @pytest.mark.parametrize("hidden", [1, 2, 3])
    def test_identities_start_on_the_near_side(self, hidden):
        for seed in range(8):
            system = rl.LinearSystem([[3.0, 4.0, 0.0]], [-5.0])
            init, network = rl.inits.Identity(0.5), rl.networks.Dense(hidden)
            found = rl.train(system, network, init, rl.flows.GradientFlow(), seed=seed)
            assert found.success
            np.testing.assert_allclose(found.x, [-0.6, -0.8, 0], atol=1e-8)
            np.testing.assert_allclose(rl.limit(system, network, init, seed=seed).x, [-0.6, -0.8, 0], atol=1e-12)

    @pytest.mark.parametrize(
        "theta0",
        [
            {"W": [[[1.0, 0], [1e-11, 0.9e-12], [0, 0.3]]], "w": [0.0, 0.0]},
            {"W": [np.eye(3)], "w": [0, -1, 1e-13]},
            {"W": [[[1.0, 0], [1.5e-12, 0.9e-12], [0, 0.3]], np.eye(2)], "w": [0.0, 0.0]},
            {"W": [[[1.0, 0], [0.5, 0], [1e-5, 1e8]]], "w": [1.0, 0.0]},
        ],
        ids=["near a saddle", "towards one", "deeper", "long columns"],
    )
    def test_small_parts_that_training_would_make_large(self, theta0):
        system = rl.LinearSystem([[1.0, 0, 0], [0, 1, 0]], [0.0, 1.0])
        with pytest.raises(rl.NoExactLimit):
            rl.limit(system, rl.networks.Dense(len(theta0["W"])), theta0)


class TestOneHiddenLayer:
    """§0.4's closed forms at the error they were first checked to."""

    def test_a_start_in_the_null_space(self):
        """x∞ = A⁺b + c·W w, to 3e-12 …"""
        for seed in range(3):
            system, rng = drawn(seed + 30)
            matrix = null_projector(system) @ rng.standard_normal((UNKNOWNS, 12)) / 3
            vector = unit(rng, 12) * rng.uniform(0.7, 1.5)
            growth = np.sqrt((1 + np.sqrt(1 + 4 * np.sum(shortest(system) ** 2) / np.sum(vector**2) ** 2)) / 2)
            found = rl.train(system, NETWORKS[0], {"W": [matrix], "w": vector}, WEIGHTS, tol=1e-11)
            wanted = shortest(system) + growth * matrix @ vector
            assert np.linalg.norm(found.x - wanted) <= 2e-11 * np.linalg.norm(wanted)

    def test_a_prescribed_solution(self):
        """… and every solution can be prescribed, to 9e-11."""
        for seed in range(3):
            system, rng = drawn(seed + 40)
            target = shortest(system) + rng.choice([0.1, 3.0]) * null_projector(system) @ rng.standard_normal(UNKNOWNS)
            found = rl.train(system, NETWORKS[0], rl.inits.Landing(target), WEIGHTS, tol=1e-11, seed=seed)
            assert np.linalg.norm(found.x - target) <= 9e-11 * np.linalg.norm(target)

    def test_the_vector_grows_as_foretold(self):
        """c∞² = ½(−δ + √(δ² + 4‖A⁺b‖²)) with δ = ‖first‖² − c₀², for W = first·ŷᵀ in the row space."""
        for seed in range(3):
            system, rng = drawn(seed + 50)
            first = system.A.T @ rng.standard_normal(EQUATIONS) / 2
            direction, size = unit(rng, 12), rng.uniform(0.2, 1.5)
            theta0 = {"W": [np.outer(first, direction)], "w": size * direction}
            end = rl.train(system, NETWORKS[0], theta0, WEIGHTS, tol=1e-11).theta
            imbalance = first @ first - size**2
            growth = np.sqrt((-imbalance + np.sqrt(imbalance**2 + 4 * np.sum(shortest(system) ** 2))) / 2)
            assert np.linalg.norm(end["w"]) == pytest.approx(growth, rel=1e-10)
            assert abs(end["w"] @ direction) == pytest.approx(growth, rel=1e-10)
            assert rl.certificates.bi_optimality(system, end).is_bi_optimal

    @given(st.integers(0, 99), st.floats(1e-2, 2), st.sampled_from([1, 2, 5]))
    def test_the_rank_of_the_stack_never_changes(self, seed, size, rank):
        """(W; wᵀ) moves by I + ηS, by steps typed out: the reason why rank one is the condition for bi-optimality."""
        system, rng = drawn(seed)
        stack = size * rng.standard_normal((UNKNOWNS + 1, rank)) @ rng.standard_normal((rank, 6)) / np.sqrt(rank)
        matrix, vector = stack[:-1].copy(), stack[-1].copy()
        step = 0.05 / (1 + np.linalg.norm(stack, 2) ** 2)
        for _ in range(30):
            pull = system.A.T @ (system.b - system.A @ (matrix @ vector))
            matrix, vector = matrix + step * np.outer(pull, vector), vector + step * matrix.T @ pull
        sizes = np.linalg.svd(np.vstack([matrix, vector]), compute_uv=False)
        assert np.sum(sizes > 1e-12 * sizes[0]) == rank
