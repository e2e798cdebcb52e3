"""The other methods in steps: their rules are the published ones, their budgets and failures are told."""

import re

import jax
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError
from ridgeless.flows import FOUND

EQUATIONS, UNKNOWNS, WIDTH = 4, 9, 2
NETWORK = rl.networks.Dense(1, WIDTH)
STEPS = 40
STEPPED = [
    "AdaGrad",
    "Adam",
    "ClippedDescent",
    "GradientDescent",
    "Muon",
    "Nesterov",
    "NormalizedDescent",
    "RMSprop",
    "SignDescent",
    "StochasticGradientDescent",
]

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 114]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    A = (left * np.linspace(1, 0.5, EQUATIONS)) @ right
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS))


def slopes(system, matrix, vector):
    pull = system.A.T @ (system.A @ (matrix @ vector) - system.b)
    return [np.outer(pull, vector), matrix.T @ pull]


def looped(system, theta0, rule):
    """[W, w] after the steps of a rule: (step, gradients, memory) ↦ changes."""
    layers, memory = [theta0["W"][0].copy(), theta0["w"].copy()], {}
    for count in range(1, STEPS + 1):
        changes = rule(count, slopes(system, *layers), memory)
        layers = [layer + change for layer, change in zip(layers, changes, strict=True)]
    return layers


def adam(step, first=0.9, second=0.999, small=1e-8):
    """Kingma and Ba 2015, Algorithm 1."""

    def rule(count, gradients, memory):
        means = memory.setdefault("means", [0.0, 0.0])
        squares = memory.setdefault("squares", [0.0, 0.0])
        changes = []
        for index, gradient in enumerate(gradients):
            means[index] = first * means[index] + (1 - first) * gradient
            squares[index] = second * squares[index] + (1 - second) * gradient**2
            mean, square = means[index] / (1 - first**count), squares[index] / (1 - second**count)
            changes.append(-step * mean / (np.sqrt(square) + small))
        return changes

    return rule


def adagrad(step, begun=0.1, small=1e-7):
    """Duchi, Hazan and Singer 2011, with an accumulator that begins above 0."""

    def rule(_, gradients, memory):
        squares = memory.setdefault("squares", [begun, begun])
        changes = []
        for index, gradient in enumerate(gradients):
            squares[index] = squares[index] + gradient**2
            changes.append(-step * gradient / np.sqrt(squares[index] + small))
        return changes

    return rule


def heavy_ball(step, momentum):
    """Polyak 1964."""

    def rule(_, gradients, memory):
        velocities = memory.setdefault("velocities", [0.0, 0.0])
        for index, gradient in enumerate(gradients):
            velocities[index] = momentum * velocities[index] + gradient
        return [-step * velocity for velocity in velocities]

    return rule


def nesterov(step, momentum):
    """Nesterov 1983, as Sutskever et al. 2013 write it, with the momentum that the new slope has."""

    def rule(_, gradients, memory):
        velocities = memory.setdefault("velocities", [0.0, 0.0])
        for index, gradient in enumerate(gradients):
            velocities[index] = momentum * velocities[index] + gradient
        pairs = zip(gradients, velocities, strict=True)
        return [-step * (gradient + momentum * velocity) for gradient, velocity in pairs]

    return rule


def rmsprop(step, decay, factor=1.0, small=1e-8):
    """Tieleman and Hinton 2012, with steps that shrink."""

    def rule(count, gradients, memory):
        squares = memory.setdefault("squares", [0.0, 0.0])
        for index, gradient in enumerate(gradients):
            squares[index] = decay * squares[index] + (1 - decay) * gradient**2
        pairs = zip(gradients, squares, strict=True)
        return [-step * factor ** (count - 1) * gradient / (np.sqrt(square) + small) for gradient, square in pairs]

    return rule


def scaled(size_of):
    """Steps down the gradients, each made of (step, gradients) ↦ what is subtracted."""
    return lambda count, gradients, _: [-each for each in size_of(count, gradients)]


def norm_of(gradients):
    return np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))


signs = scaled(lambda count, gradients: [0.02 * 0.9 ** (count - 1) * np.sign(gradient) for gradient in gradients])
normalized = scaled(lambda count, gradients: [0.1 * 0.9 ** (count - 1) * g / norm_of(gradients) for g in gradients])
clipped = scaled(lambda _, gradients: [0.1 * min(1, 0.3 / norm_of(gradients)) * g for g in gradients])


@pytest.mark.parametrize(
    ("flow", "rule"),
    [
        (rl.flows.Nesterov(step_size=0.05, momentum=0.6, max_steps=STEPS), nesterov(0.05, 0.6)),
        (rl.flows.RMSprop(step_size=0.01, step_decay=0.9, max_steps=STEPS, decay=0.8), rmsprop(0.01, 0.8, 0.9)),
        (rl.flows.SignDescent(step_size=0.02, step_decay=0.9, max_steps=STEPS), signs),
        (rl.flows.NormalizedDescent(step_size=0.1, step_decay=0.9, max_steps=STEPS), normalized),
        (rl.flows.ClippedDescent(step_size=0.1, threshold=0.3, max_steps=STEPS), clipped),
        (rl.flows.Adam(step_size=0.02, max_steps=STEPS), adam(0.02)),
        (rl.flows.AdaGrad(step_size=0.05, max_steps=STEPS), adagrad(0.05)),
        (rl.flows.GradientDescent(step_size=0.05, momentum=0.6, max_steps=STEPS), heavy_ball(0.05, 0.6)),
        (
            rl.flows.StochasticGradientDescent(batch=EQUATIONS, step_size=0.05, max_steps=STEPS),
            heavy_ball(0.05, 0.0),
        ),
    ],
    ids=["Nesterov", "RMSprop", "sign", "normalised", "clipped", "Adam", "AdaGrad", "momentum", "whole batch"],
)
def test_steps_are_those_of_the_published_rule(flow, rule):
    system = drawn(0)
    theta0 = rl.inits.Gaussian(1.0)(NETWORK, system, 1)
    found = rl.train(system, NETWORK, theta0, flow, tol=1e-13)
    assert found.stats["steps"] == STEPS
    assert found.status is rl.Status.MAX_STEPS
    for one, other in zip([found.theta["W"][0], found.theta["w"]], looped(system, theta0, rule), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def test_a_step_of_muon_is_nearly_orthogonal_and_in_the_row_space():
    """Singular values between 0.7 and 1.2 after Newton–Schulz, times √(columns/rows) where that is above 1."""
    system = drawn(1)
    theta0 = rl.inits.Gaussian(1.0)(NETWORK, system, 1)
    # The first step: at rank one the gradient of W_1 has one direction.
    found = rl.train(system, NETWORK, theta0, rl.flows.Muon(step_size=1e-2, max_steps=1), tol=1e-13)
    change = found.theta["W"][0] - theta0["W"][0]
    sizes = np.linalg.svd(change, compute_uv=False) / 1e-2
    assert 0.65 < sizes[0] < 1.25
    assert sizes[1] < 1e-12
    left = np.linalg.svd(change)[0][:, 0]
    pull = system.A.T @ (system.A @ NETWORK(theta0) - system.b)
    assert abs(left @ pull) == pytest.approx(np.linalg.norm(pull), rel=1e-10)


def test_muon_ends_near_its_step_size():
    system, ends = drawn(2), []
    for step in (1e-2, 1e-3):
        found = rl.train(system, NETWORK, rl.inits.Gaussian(1.0), rl.flows.Muon(step, max_steps=20_000), tol=1e-9)
        assert found.status is rl.Status.MAX_STEPS
        ends.append(found.residual)
    assert 3e-4 < ends[0] < 0.1
    assert ends[1] < 0.3 * ends[0]


class TestStochasticGradientDescent:
    def one_step(self, system, seed, batch=1):
        start = np.zeros(UNKNOWNS)
        flow = rl.flows.StochasticGradientDescent(batch, step_size=0.1, max_steps=1, seed=seed)
        change = rl.train(system, rl.networks.Direct(), {"x": start}, flow, tol=1e-13).x
        return np.linalg.lstsq(system.A.T, change)[0] / (0.1 * EQUATIONS / batch * system.b)

    def test_a_step_takes_a_batch_of_equations_without_replacement(self):
        """Δx = η(n/k)·Σ_batch a_i b_i from 0: each equation counts once or not at all."""
        system, counts = drawn(3), np.zeros(EQUATIONS)
        for seed in range(60):
            taken = self.one_step(system, seed)
            np.testing.assert_allclose(np.sort(taken), [0, 0, 0, 1], atol=1e-10)
            counts += taken
        assert counts.min() >= 5  # 15 expected
        for seed in range(10):
            np.testing.assert_allclose(np.sort(self.one_step(system, seed, 2)), [0, 0, 1, 1], atol=1e-10)

    def test_each_step_draws_anew(self):
        """After so many single equations, all have been met: the loss is 0 for every one."""
        flow = rl.flows.StochasticGradientDescent(step_size=0.3, seed=1)
        found = rl.train(drawn(4), rl.networks.Direct(), {"x": np.ones(UNKNOWNS)}, flow, tol=1e-10)
        assert found.success

    def test_the_seed_decides(self):
        system, theta0 = drawn(5), rl.inits.Gaussian(1.0)(NETWORK, drawn(5), 0)
        ends = [
            rl.train(system, NETWORK, theta0, rl.flows.StochasticGradientDescent(1, 0.02, 50, seed=seed)).x
            for seed in (7, 7, 8)
        ]
        np.testing.assert_array_equal(ends[0], ends[1])
        assert not np.array_equal(ends[0], ends[2])

    def test_more_equations_than_there_are_means_all(self):
        system, theta0 = drawn(6), rl.inits.Gaussian(1.0)(NETWORK, drawn(6), 0)
        few, many = (
            rl.train(system, NETWORK, theta0, rl.flows.StochasticGradientDescent(batch, 0.05, 30)).x
            for batch in (EQUATIONS, 100)
        )
        np.testing.assert_array_equal(few, many)

    def test_its_default_step_is_that_of_descent_for_its_share_of_the_equations(self):
        system, theta0 = drawn(7), rl.inits.Gaussian(1.0)(NETWORK, drawn(7), 0)
        whole = rl.train(system, NETWORK, theta0, rl.flows.GradientDescent(max_steps=1)).stats["step_size"]
        for batch in (1, 2):
            flow = rl.flows.StochasticGradientDescent(batch, max_steps=1)
            found = rl.train(system, NETWORK, theta0, flow)
            assert found.stats["step_size"] == pytest.approx(whole * batch / EQUATIONS, rel=1e-12)
            assert f"{batch} of {EQUATIONS} equations" in found.method
            assert rl.train(system, NETWORK, theta0, rl.flows.StochasticGradientDescent(batch), tol=1e-6).success

    @pytest.mark.parametrize("name", ["batch", "seed"])
    @pytest.mark.parametrize("value", [-1, 1.5, "1", None, True])
    def test_counts_that_are_none(self, name, value):
        with pytest.raises(InvalidInputError, match=rf"StochasticGradientDescent.*{name}"):
            rl.flows.StochasticGradientDescent(**{name: value})


@pytest.mark.parametrize("name", STEPPED)
def test_steps_that_are_too_long_are_told(name):
    """With a step to type in their place; the weights are left as they were when it was noticed."""
    kind = FOUND[name]
    # Muon and Adam move by the step itself, however steep the loss.
    found = rl.train(drawn(8), NETWORK, rl.inits.Gaussian(1.0), kind(step_size=1e4), tol=1e-10)
    assert found.status is rl.Status.DIVERGED, found
    assert not found.success
    named = re.search(rf"rl\.flows\.{name}\(step_size=([^)]+)\)", found.message)
    assert float(named.group(1)) == pytest.approx(5e3)


@pytest.mark.parametrize("name", STEPPED)
def test_settings_that_are_none(name):
    for bad in (0.0, -0.1, np.nan, np.inf, "long"):
        with pytest.raises(InvalidInputError, match=rf"flows\.{name}.*step_size"):
            FOUND[name](step_size=bad)
    for bad in (0, -1, 2.5, True, None):
        with pytest.raises(InvalidInputError, match=rf"flows\.{name}.*max_steps"):
            FOUND[name](max_steps=bad)


@pytest.mark.parametrize("name", ["Adam", "AdaGrad", "Muon", "NormalizedDescent", "RMSprop", "SignDescent"])
def test_no_step_size_is_the_default_one(name):
    assert FOUND[name](step_size=None) == FOUND[name]()
    assert eval(repr(FOUND[name](0.5)), {name: FOUND[name]}) == FOUND[name](0.5)


@pytest.mark.parametrize("name", STEPPED)
def test_orthogonal_layers_are_refused(name):
    with pytest.raises(InvalidInputError, match=r"rl\.flows\.RiemannianDescent\(\)"):
        rl.train(drawn(9), rl.networks.Orthogonal(1), rl.inits.Gaussian(1.0), FOUND[name]())


def test_nothing_of_jax_is_left_in_the_answer():
    before = jax.config.jax_enable_x64
    for flow in (rl.flows.Adam(0.02, STEPS), rl.flows.AdaGrad(0.05, STEPS)):
        found = rl.train(drawn(0), NETWORK, rl.inits.Gaussian(1.0), flow, tol=1e-13)
        assert not any(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves([found.x, found.theta, found.stats]))
        assert found.theta["W"][0].dtype == np.float64
    assert jax.config.jax_enable_x64 == before
