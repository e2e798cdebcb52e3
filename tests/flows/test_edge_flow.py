"""Edge Flow against gradient descent: beyond the edge its center goes where that goes, and gradient flow does not."""

import dataclasses

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError

EQUATIONS, UNKNOWNS, SCALE, STEPS, LATE = 4, 10, 0.1, 500, 400
# By which the sharpness of the flow's limit exceeds 2/η.
BEYOND = 1.25
NETWORK = rl.networks.Difference(2)
SEEDS = range(6)

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed):
    """Singular values from 1 to 0.1: the fast directions are solved long before the sharpness has risen to its end."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 26]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    A = (left * np.geomspace(1, 0.1, EQUATIONS)) @ right
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS))


def begun():
    return {name: np.full(UNKNOWNS, SCALE) for name in ("u", "v")}


def sharpness_of_limit(system):
    """λ_max(A M Aᵀ) with M = 4(u² + v²) = 4·√(x² + 4α⁴), since u·v stays α²."""
    x = rl.limit(system, NETWORK, begun()).x
    return float(np.linalg.eigvalsh(system.A * (4 * np.sqrt(x**2 + 4 * SCALE**4)) @ system.A.T)[-1])


def step_beyond(system):
    return BEYOND * 2 / sharpness_of_limit(system)


class Diagonal:
    """x = u² − v² on (u, v) in one vector, typed out."""

    def __init__(self, system):
        self.A, self.b = system.A, system.b

    def x(self, w):
        return w[:UNKNOWNS] ** 2 - w[UNKNOWNS:] ** 2

    def gradient(self, w):
        g = self.A.T @ (self.A @ self.x(w) - self.b)
        return 2 * w * np.concatenate([g, -g])

    def hessian(self, w):
        g = self.A.T @ (self.A @ self.x(w) - self.b)
        jacobian = self.A @ np.hstack([np.diag(2 * w[:UNKNOWNS]), np.diag(-2 * w[UNKNOWNS:])])
        return jacobian.T @ jacobian + 2 * np.diag(np.concatenate([g, -g]))


def descended(loss, size, steps):
    """w_0, w_1, … of gradient descent."""
    found = [np.full(2 * UNKNOWNS, SCALE)]
    for _ in range(steps):
        found.append(found[-1] - size * loss.gradient(found[-1]))
    return np.array(found)


def looped(loss, size, steps, substeps=4, sign=1.0):
    """(c, S at every step) of Edge Flow, typed out with whole Hessians; sign −1 turns the equation for a around."""
    c, span = np.full(2 * UNKNOWNS, SCALE), size / substeps
    v = np.linalg.eigh(loss.hessian(c))[1][:, -1]
    a, sharpness = size / 2 * abs(v @ loss.gradient(c)), []
    for step in range(steps * substeps):
        c = c - span / 2 * (loss.gradient(c + a * v) + loss.gradient(c - a * v))
        image = loss.hessian(c) @ v
        least = np.finfo(float).eps * np.linalg.norm(c)
        a = max(a * np.exp(sign * span * (v @ image - 2 / size)), least)
        if (step + 1) % substeps == 0:
            sharpness.append(v @ image)
        v = (v + span * image) / np.linalg.norm(v + span * image)
    return c, np.array(sharpness)


def trained(system, size, steps=STEPS, **fields):
    flow = rl.flows.EdgeFlow(step_size=size, max_steps=steps, **fields)
    return rl.train(system, NETWORK, begun(), flow, tol=1e-10)


def law(loss, size, x, late):
    """How much nearer x is than gradient flow to the middle of two steps of gradient descent; how far late S is off."""
    last = descended(loss, size, STEPS + 1)[-2:].mean(axis=0)
    flowed = descended(loss, size / 8, 8 * STEPS)[-1]
    nearer = np.linalg.norm(loss.x(flowed) - loss.x(last)) / np.linalg.norm(x - loss.x(last))
    return nearer, float(np.abs(late * size / 2 - 1).max())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_center_goes_where_gradient_descent_goes_and_the_sharpness_hovers_at_the_edge(seed):
    """Gradient flow ends 25 % above the edge, and 3 to 60 times as far from the middle of two steps."""
    system = drawn(seed)
    loss, size = Diagonal(system), step_beyond(system)
    found = trained(system, size)
    late = found.history.further["sharpness"][found.history.at >= LATE]
    nearer, off = law(loss, size, found.x, late)
    assert nearer > 3
    assert off < 0.06
    alone = np.linalg.eigvalsh(loss.hessian(descended(loss, size / 8, 8 * STEPS)[-1]))[-1]
    assert alone * size / 2 - 1 > 0.2
    assert found.history.further["magnitude"].max() > 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_the_law_refuses_a_magnitude_that_shrinks_beyond_the_edge(seed):
    system = drawn(seed)
    loss, size = Diagonal(system), step_beyond(system)
    with np.errstate(all="ignore"):
        center, sharpness = looped(loss, size, STEPS, sign=-1.0)
        nearer, off = law(loss, size, loss.x(center), sharpness[LATE:])
    assert not (nearer > 3 and off < 0.06)


def test_the_steps_are_the_typed_out_ones():
    system = drawn(1)
    loss, size = Diagonal(system), step_beyond(system)
    center, sharpness = looped(loss, size, 200)
    found = trained(system, size, steps=200)
    np.testing.assert_allclose(np.concatenate([found.theta["u"], found.theta["v"]]), center, rtol=1e-6)
    marks = found.history.at[1:].astype(int)
    # The direction at the start is an eigenvector up to what 120 products with the Hessian leave.
    np.testing.assert_allclose(found.history.further["sharpness"][1:], sharpness[marks - 1], rtol=1e-4)


def test_the_recursion_that_it_is_derived_from_is_gradient_descent():
    """c_k = (w_k + w_(k+1))/2 and d_k = (w_k − w_(k+1))/2 as the docstring has them."""
    system = drawn(2)
    loss, size = Diagonal(system), step_beyond(system)
    w = descended(loss, size, 300)
    c, d = (w[:-1] + w[1:]) / 2, (w[:-1] - w[1:]) / 2
    for k in range(0, 299, 13):
        ahead, behind = loss.gradient(c[k] + d[k]), loss.gradient(c[k] - d[k])
        np.testing.assert_allclose(c[k + 1], c[k] - size / 2 * (ahead + behind), atol=1e-13)
        np.testing.assert_allclose(d[k + 1], d[k] - size / 2 * (ahead - behind), atol=1e-13)


def test_without_a_swing_it_is_gradient_descent_in_parts():
    system = drawn(0)
    size = step_beyond(system)
    found = trained(system, size, steps=100, magnitude=0, substeps=5)
    parts = descended(Diagonal(system), size / 5, 500)[-1]
    np.testing.assert_allclose(np.concatenate([found.theta["u"], found.theta["v"]]), parts, rtol=1e-11)
    assert np.all(found.history.further["magnitude"] == 0)


def test_below_the_edge_it_ends_where_gradient_flow_ends():
    """Up to the parts of its steps: half the step, half the distance."""
    system = drawn(4)
    exact = rl.limit(system, NETWORK, begun()).x
    sizes = np.array([0.2, 0.1, 0.05]) / sharpness_of_limit(system)
    ends = [trained(system, size, steps=200_000, magnitude=1e-3) for size in sizes]
    assert all(end.success for end in ends)
    assert all(end.history.further["magnitude"][-1] < 1e-14 for end in ends)
    away = np.array([np.linalg.norm(end.x - exact) for end in ends])
    np.testing.assert_allclose(np.diff(np.log2(away)), -1, atol=0.1)


def test_what_is_told_is_the_sharpness_of_the_end():
    system = drawn(1)
    found = trained(system, step_beyond(system))
    measured = rl.measures.Sharpness().value(rl.measures.Measured(found, system))
    assert found.history.further["sharpness"][-1] == pytest.approx(measured, rel=1e-3)
    assert all(values.shape == found.history.at.shape for values in found.history.further.values())


def test_a_batch_tells_what_one_alone_tells(tmp_path):
    system = drawn(3)
    flow = rl.flows.EdgeFlow(step_size=step_beyond(system), max_steps=60)
    inits = [rl.inits.Constant(scale) for scale in (0.1, 0.2)]
    batch = rl.train_batch(system, NETWORK, inits, flow)
    for one, init in zip(batch, inits, strict=True):
        alone = rl.train(system, NETWORK, init, flow)
        for name, values in alone.history.further.items():
            np.testing.assert_allclose(one.history.further[name], values, rtol=1e-9)
        again = rl.load(one.save(tmp_path / "one"))
        assert again.history.further.keys() == alone.history.further.keys()
    assert not rl.train(system, NETWORK, inits[0], rl.flows.GradientDescent(max_steps=3)).history.further


def test_it_comes_back_from_a_start_beyond_the_edge():
    """From a solution that is too sharp, moved a little: the swing grows, and leads to one that is flat enough."""
    system = drawn(5)
    start = rl.train(system, NETWORK, begun(), rl.flows.GradientDescent(), tol=1e-10)
    theta0 = {name: values * (1 + 1e-3) for name, values in start.theta.items()}
    size = BEYOND * 2 / sharpness_of_limit(system)
    found = rl.train(system, NETWORK, theta0, rl.flows.EdgeFlow(step_size=size, max_steps=5000), tol=1e-8)
    assert found.success
    assert found.history.further["sharpness"][0] * size / 2 > 1.2
    assert found.history.further["sharpness"][-1] * size / 2 < 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"magnitude": -1.0}, "magnitude"),
        ({"magnitude": np.nan}, "magnitude"),
        ({"substeps": 1}, "substeps"),
        ({"substeps": 2.0}, "substeps"),
        ({"step_size": 0.0}, "step_size"),
    ],
)
def test_fields_out_of_range_are_refused(fields, told):
    with pytest.raises(InvalidInputError, match=rf"flows\.EdgeFlow: {told}"):
        rl.flows.EdgeFlow(**fields)


def test_the_defaults_are_those_that_are_told():
    assert dataclasses.asdict(rl.flows.EdgeFlow()) == {
        "step_size": None,
        "magnitude": None,
        "substeps": 4,
        "max_steps": 100_000,
    }
