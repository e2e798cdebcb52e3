"""What is told of the speed of training before it starts, held against training itself.

The flow of the first tests is typed out: x' = M Aᵀ(b − Ax) follows from θ' = −∇L, whose gradient is JAX's, and SciPy
integrates.
"""

import itertools

import jax
import numpy as np
import pytest
import scipy.integrate
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from jax.flatten_util import ravel_pytree
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless.certificates import small_start, tangent_spectrum
from ridgeless.errors import InvalidInputError
from ridgeless.flows.base import layers_of

EQUATIONS, UNKNOWNS = 4, 9

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, rank=EQUATIONS, equations=EQUATIONS, unknowns=UNKNOWNS):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 110]))
    left, _, right = np.linalg.svd(rng.standard_normal((equations, unknowns)), full_matrices=False)
    A = left * np.where(np.arange(equations) < rank, np.linspace(1, 0.5, equations), 0) @ right
    return rl.LinearSystem(A, A @ rng.uniform(0.2, 1.5, unknowns)), rng


def moved_by(network, theta, slope):
    """The change of theta along −slope: tangent to the orthogonal matrices, nothing for what is not trained."""
    if "Q" not in theta:
        return jax.tree.map(lambda leaf: -leaf, slope)
    turned = [
        -(each @ layer.T - layer @ each.T) @ layer / 2 for each, layer in zip(slope["Q"], theta["Q"], strict=True)
    ]
    return {"Q": turned, "w": -slope["w"] * network.train_vector}


def trajectory(system, network, theta0, until):
    """(times, losses, thetas) of gradient flow."""
    with jax.enable_x64(True):
        flat0, unflat = ravel_pytree(jax.tree.map(jax.numpy.asarray, theta0))

        def loss(theta):
            misfit = system.A @ network(theta) - system.b
            return misfit @ misfit / 2

        @jax.jit
        def velocity(flat):
            theta = unflat(flat)
            return ravel_pytree(moved_by(network, theta, jax.grad(loss)(theta)))[0]

        times = np.concatenate([[0.0], np.geomspace(1e-3, 1, 40) * until])
        run = scipy.integrate.solve_ivp(
            lambda _, flat: np.asarray(velocity(flat)),
            (0, until),
            np.asarray(flat0),
            "LSODA",
            times,
            rtol=1e-10,
            atol=1e-12,
        )
        thetas = [jax.tree.map(np.asarray, unflat(jax.numpy.asarray(flat))) for flat in run.y.T]
    misfits = [system.A @ network(theta) - system.b for theta in thetas]
    return run.t, np.array([misfit @ misfit / 2 for misfit in misfits]), thetas


def metric(network, theta):
    return np.column_stack([network.tangent_metric(theta, unit) for unit in np.eye(UNKNOWNS)])


def candidates(network, map_free, seed):
    """Starts of many forms, among them those that keep some layer away from 0 for ever."""
    forms = (
        lambda array: array,
        lambda array: 0.5 + np.abs(array),
        lambda array: np.sort(0.3 + np.abs(array), axis=0),
        lambda array: (0.1 if array.ndim == 2 else 1.0) * array,
    )
    system = rl.LinearSystem(np.ones((1, UNKNOWNS)), np.ones(1))
    drawn = rl.inits.Gaussian(1.0)(network, system, seed)
    return [map_free(network, drawn, form) for form in forms]


def certified_start(network, system, map_free):
    """Of the candidates the one whose rate is largest."""
    return max(candidates(network, map_free, 5), key=lambda theta0: rl.convergence_rate(system, network, theta0))


@pytest.mark.parametrize("name", rl.networks.FOUND)
def test_a_class_that_bounds_its_metric_has_a_start_with_a_rate(name, map_free):
    kind = rl.networks.FOUND[name]
    system, _ = drawn(3, 3)
    starts = [(network, certified_start(network, system, map_free)) for network in kind.examples()]
    rates = [rl.convergence_rate(system, *each) for each in starts]
    assert (max(rates) > 0) == (kind.metric_floor is not rl.networks.Network.metric_floor)


def test_the_loss_falls_as_fast_as_certified(found_network, map_free):
    rank = 3
    if found_network.carried:
        pytest.skip("theta holds more than weights: the problem is another network's, below")
    system, _ = drawn(rank, rank)
    theta0 = certified_start(found_network, system, map_free)
    rate = rl.convergence_rate(system, found_network, theta0)
    least = np.linalg.svd(system.A, compute_uv=False)[rank - 1]
    floor = rate / (2 * least**2)
    assert floor == pytest.approx(found_network.metric_floor(theta0, system), rel=1e-12)
    times, losses, thetas = trajectory(system, found_network, theta0, until=3.0)
    assert np.all(losses <= losses[0] * np.exp(-rate * times) * (1 + 1e-7))
    assert losses[-1] < losses[0]
    for theta in thetas[::8]:
        assert np.linalg.eigvalsh(metric(found_network, theta))[0] >= floor * (1 - 1e-8) - 1e-12


class TestTheBoundIsTight:
    """There are starts from which nothing better is true."""

    def test_plain_regression(self):
        system, _ = drawn(10)
        right = np.linalg.svd(system.A)[2]
        theta0 = {"x": system.min_norm() + right[EQUATIONS - 1]}
        rate = rl.convergence_rate(system, rl.networks.Direct(), theta0)
        times, losses, _ = trajectory(system, rl.networks.Direct(), theta0, until=5.0)
        np.testing.assert_allclose(losses, losses[0] * np.exp(-rate * times), rtol=1e-6)

    def test_one_hidden_layer(self):
        """With A = I and b = 0 the vector falls to ‖w‖² = μ, and no further."""
        system = rl.LinearSystem(np.eye(2), np.zeros(2))
        theta0 = {"W": [np.array([[0.8, 0.0], [0.0, 0.0]])], "w": np.array([1.0, 0.0])}
        network = rl.networks.Dense(1, 2)
        rate = rl.convergence_rate(system, network, theta0)
        assert rate == pytest.approx(2 * (1 - 0.64), rel=1e-12)
        _, _, thetas = trajectory(system, network, theta0, until=40.0)
        assert thetas[-1]["w"] @ thetas[-1]["w"] == pytest.approx(1 - 0.64, rel=1e-6)

    @pytest.mark.parametrize("depth", [2, 3])
    def test_differences(self, depth):
        """At x = 0, the metric is as small as what is conserved allows."""
        network = rl.networks.Difference(depth)
        theta = {"u": np.full(UNKNOWNS, 0.7), "v": np.full(UNKNOWNS, 0.7)}
        smallest = np.linalg.eigvalsh(metric(network, theta))[0]
        system, _ = drawn(12)
        assert network.metric_floor(theta, system) == pytest.approx(smallest, rel=1e-12)


class TestOneHiddenLayer:
    """(I6) 2·σ_min(A)²·λ_max(w wᵀ − W_1ᵀW_1)."""

    @given(st.integers(0, 99), st.sampled_from([1, 2, 9, 14]), st.floats(1e-3, 1e3), st.sampled_from([4, 3]))
    def test_the_formula(self, seed, width, scale, rank):
        system, rng = drawn(seed, rank)
        theta0 = {
            "W": [scale * rng.choice([0.05, 1.0]) * rng.standard_normal((UNKNOWNS, width))],
            "w": scale * rng.standard_normal(width),
        }
        balance = np.outer(theta0["w"], theta0["w"]) - theta0["W"][0].T @ theta0["W"][0]
        mu = max(np.linalg.eigvalsh(balance)[-1], 0.0)
        least = np.linalg.svd(system.A, compute_uv=False)[rank - 1]
        found = rl.convergence_rate(system, rl.networks.Dense(1, width), theta0)
        assert found == pytest.approx(2 * least**2 * mu, rel=1e-9, abs=1e-12 * scale**2)

    def test_inits_that_meet_the_condition_and_inits_that_do_not(self):
        system, _ = drawn(1)
        network = rl.networks.Dense(1, 3)
        assert rl.convergence_rate(system, network, rl.inits.BiOptimal(0.7)) == pytest.approx(
            2 * system.least_singular_value**2 * 0.49, rel=1e-12
        )

    @given(st.integers(0, 99), st.floats(1e-3, 1e3))
    def test_rounding_is_no_certificate(self, seed, scale):
        """What is 0 on paper is 0: W_1 and w of one size, far from b, leave nothing."""
        system, _ = drawn(seed)
        system = rl.LinearSystem(system.A, np.zeros(EQUATIONS))
        for init in (rl.inits.Balanced(scale), rl.inits.Chain(scale, 1.0)):
            assert rl.convergence_rate(system, rl.networks.Dense(1, 3), init) == 0.0

    @pytest.mark.parametrize("form", [sp.csr_array, aslinearoperator, lambda A: np.vstack([A, A[:1]])])
    def test_every_form_of_the_matrix(self, form):
        system, rng = drawn(2)
        theta0 = {"W": [0.1 * rng.standard_normal((UNKNOWNS, 2))], "w": np.array([1.0, 2.0])}
        matrix = form(system.A)
        other = rl.LinearSystem(matrix, matrix @ system.min_norm())
        dense = np.atleast_2d(matrix @ np.eye(UNKNOWNS))
        least = np.linalg.svd(dense, compute_uv=False)[EQUATIONS - 1]
        wanted = rl.convergence_rate(system, rl.networks.Dense(1), theta0) * (least / system.least_singular_value) ** 2
        assert rl.convergence_rate(other, rl.networks.Dense(1), theta0) == pytest.approx(wanted, rel=1e-9)


class TestChains:
    """2·σ_min(A)²·c^(2h/(h+1)) with c = (‖b‖ − ‖Ax₀ − b‖)/σ_max(A), where x₀ is nearer to the solutions than 0."""

    @staticmethod
    def chain(hidden, rng, system, sizes):
        """A chain whose x₀ points the way of A⁺b, more or less."""
        shortest = system.min_norm()
        turns = [rng.standard_normal(3) for _ in range(hidden)]
        ways = [shortest / np.linalg.norm(shortest) + 0.2 * rng.standard_normal(UNKNOWNS) / 3, *turns]
        ways = [way / np.linalg.norm(way) for way in ways]
        matrices = [size * np.outer(*pair) for size, pair in zip(sizes, itertools.pairwise(ways), strict=False)]
        return {"W": matrices, "w": sizes[-1] * ways[-1]}

    @pytest.mark.parametrize("hidden", [1, 2, 3])
    @pytest.mark.parametrize("seed", range(3))
    def test_the_loss_falls_as_fast_as_certified(self, hidden, seed):
        system, rng = drawn(seed, 3)
        size = (0.3 * np.linalg.norm(system.min_norm())) ** (1 / (hidden + 1))
        theta0 = self.chain(hidden, rng, system, [0.9 * size, *rng.uniform(1.0, 1.4, hidden) * size])
        network = rl.networks.Dense(hidden, 3)
        rate = rl.convergence_rate(system, network, theta0)
        sizes = np.linalg.svd(system.A, compute_uv=False)
        left = np.linalg.norm(system.A @ network(theta0) - system.b)
        nearest = (np.linalg.norm(system.b) - left) / sizes[0]
        from_chain = 2 * sizes[2] ** 2 * nearest ** (2 * hidden / (hidden + 1))
        gap = theta0["w"] @ theta0["w"] - np.sum(theta0["W"][0] ** 2) if hidden == 1 else 0.0
        assert rate == pytest.approx(max(from_chain, 2 * sizes[2] ** 2 * gap), rel=1e-12)
        assert rate > 0
        times, losses, thetas = trajectory(system, network, theta0, until=8.0)
        assert np.all(losses <= losses[0] * np.exp(-rate * times) * (1 + 1e-7))
        assert losses[-1] < losses[0] / 2
        for theta in thetas[::8]:
            assert 2 * sizes[2] ** 2 * np.linalg.eigvalsh(metric(network, theta))[0] >= rate * (1 - 1e-8)

    @pytest.mark.parametrize("hidden", [2, 3])
    def test_none_from_elsewhere(self, hidden):
        """Not from x₀ farther off than 0, nor where W_1 is the largest layer, nor from what is no chain."""
        system, rng = drawn(4)
        network = rl.networks.Dense(hidden, 3)
        near = self.chain(hidden, rng, system, [0.5] * (hidden + 1))
        assert rl.convergence_rate(system, network, near) > 0
        assert rl.convergence_rate(system, network, {**near, "w": -near["w"]}) == 0.0
        assert rl.convergence_rate(system, network, {**near, "w": 0.9 * near["w"]}) == 0.0
        bent = [near["W"][0] + 1e-3 * rng.standard_normal((UNKNOWNS, 3)), *near["W"][1:]]
        assert rl.convergence_rate(system, network, {**near, "W": bent}) == 0.0

    def test_lazy_training_is_certified_towards_its_own_aim(self):
        system, rng = drawn(5)
        network = rl.networks.Dense(2, 3)
        theta0 = self.chain(2, rng, system, [0.5, 0.5, 0.5])
        lazy = rl.networks.Lazy(network, 3.0)
        seen = system.A @ network(theta0)
        aim = rl.LinearSystem(system.A, seen + (system.b - seen) / 3.0)
        assert rl.convergence_rate(system, lazy, theta0) == rl.convergence_rate(aim, network, theta0)


def test_lazy_training_is_as_fast_as_its_network():
    """The loss is divided by α²: x moves by the same metric."""
    system, rng = drawn(3)
    network = rl.networks.Difference(2)
    theta0 = {"u": rng.uniform(0.5, 1, UNKNOWNS), "v": rng.uniform(0.5, 1, UNKNOWNS)}
    wanted = rl.convergence_rate(system, network, theta0)
    for alpha in (0.5, 30.0):
        lazy = rl.networks.Lazy(network, alpha)
        assert rl.convergence_rate(system, lazy, theta0) == wanted
        history = rl.train(system, lazy, theta0, rl.flows.GradientFlow(coordinates="dual"), tol=1e-6).history
        assert np.all(history.loss <= history.loss[0] * np.exp(-wanted * history.at) * (1 + 1e-3))


class TestTangentSpectrum:
    def test_it_is_that_of_the_tangent(self, found_network, map_free):
        """Singular values of A ∂x/∂θ, by central differences in all weights."""
        if found_network.carried or any(layer.is_orthogonal for layer in layers_of(found_network)):
            pytest.skip("weights that are not free")
        rank = 3
        system, _ = drawn(rank, rank)
        theta = certified_start(found_network, system, map_free)
        flat, unflat = ravel_pytree(theta)
        flat = np.asarray(flat, dtype=float)
        with jax.enable_x64(True):
            moved = [
                found_network(jax.tree.map(np.asarray, unflat(jax.numpy.asarray(flat + shift))))
                for shift in np.vstack([np.eye(len(flat)), -np.eye(len(flat))]) * 1e-4
            ]
        tangent = (np.array(moved[: len(flat)]) - np.array(moved[len(flat) :])).T / 2e-4
        found = tangent_spectrum(system, found_network, theta)
        assert found.shape == (rank,)
        sizes = np.linalg.svd(system.A @ tangent, compute_uv=False)[:rank]
        np.testing.assert_allclose(found, sizes[::-1] ** 2, rtol=1e-6)

    @pytest.mark.parametrize("network", [rl.networks.Dense(2, 3), rl.networks.Difference(3)], ids=repr)
    def test_at_a_solution_it_is_that_of_the_hessian(self, network, map_free):
        """The loss's Hessian by JAX: its eigenvalues that are not 0."""
        rank = 3
        system, _ = drawn(rank, rank)
        theta = certified_start(network, system, map_free)
        system = rl.LinearSystem(system.A, system.A @ np.asarray(network(theta)))
        with jax.enable_x64(True):
            flat, unflat = ravel_pytree(jax.tree.map(jax.numpy.asarray, theta))

            def loss(flat):
                misfit = system.A @ network(unflat(flat)) - system.b
                return misfit @ misfit / 2

            values = np.linalg.eigvalsh(np.asarray(jax.jit(jax.hessian(loss))(flat)))
        np.testing.assert_allclose(tangent_spectrum(system, network, theta), values[-rank:], rtol=1e-9)
        assert np.abs(values[:-rank]).max() < 1e-9 * values[-1]

    def test_its_least_value_is_above_the_certificate(self, map_free):
        system, _ = drawn(5)
        for network in (rl.networks.Dense(1, 3), rl.networks.Difference(2), rl.networks.Product(2)):
            theta0 = certified_start(network, system, map_free)
            assert 2 * tangent_spectrum(system, network, theta0)[0] >= rl.convergence_rate(system, network, theta0)


class TestSmallStart:
    """M∞ = ‖θ*‖^(2−2/(h+1))·(I + h·θ̂θ̂ᵀ)."""

    @given(st.integers(0, 4), st.integers(0, 99), st.sampled_from([4, 3]), st.floats(1e-3, 1e3))
    def test_it_is_the_metric_of_balanced_aligned_layers(self, hidden, seed, rank, scale):
        """The layers that a vanishing start ends with, put together by hand, give these numbers exactly."""
        system, rng = drawn(seed, rank)
        system = rl.LinearSystem(system.A, scale * system.b)
        shortest = system.min_norm()
        size = np.linalg.norm(shortest) ** (1 / (hidden + 1))
        directions = [shortest / np.linalg.norm(shortest)]
        for _ in range(hidden):
            vector = rng.standard_normal(5)
            directions.append(vector / np.linalg.norm(vector))
        matrices = [size * np.outer(*pair) for pair in itertools.pairwise(directions)]
        network = rl.networks.Dense(hidden, 5)
        theta = {"W": matrices, "w": size * directions[-1]}
        spectrum = tangent_spectrum(system, network, theta)
        found = small_start(system, hidden)
        assert found.layer_norm == pytest.approx(size, rel=1e-12)
        assert found.sharpness == pytest.approx(spectrum[-1], rel=1e-9)
        assert found.rate == pytest.approx(2 * spectrum[0], rel=1e-9)

    @pytest.mark.parametrize("hidden", [-1, 1.5, "one", None])
    def test_depths_that_are_none(self, hidden):
        with pytest.raises(InvalidInputError, match="hidden"):
            small_start(drawn(0)[0], hidden)

    def test_zero_right_hand_side(self):
        with pytest.raises(InvalidInputError, match="b = 0"):
            small_start(rl.LinearSystem(drawn(0)[0].A, np.zeros(EQUATIONS)), 1)


def test_refusals():
    system, _ = drawn(6)
    for call in (rl.convergence_rate, tangent_spectrum):
        with pytest.raises(InvalidInputError, match=call.__name__):
            call(system, "Dense", {})
        with pytest.raises(InvalidInputError, match=call.__name__):
            call(system.A, rl.networks.Direct(), {"x": np.ones(UNKNOWNS)})
        with pytest.raises(InvalidInputError):
            call(system, rl.networks.Direct(), {"x": np.ones(3)})
