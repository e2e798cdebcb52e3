"""Steps near the edge of stability: a loss that rises and comes back is no divergence, one that stays away is."""

import jax
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.flows import _jax
from ridgeless.flows._divergence import has_left, judged, noted, swings, unwatched

pytestmark = pytest.mark.usefixtures("as_a_user")

EQUATIONS, UNKNOWNS, TOLERANCE, BUDGET = 4, 10, 1e-8, 6000


def drawn(seed):
    """A of norm 1, so that steps have the units of the textbook."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 15]))
    A = rng.standard_normal((EQUATIONS, UNKNOWNS))
    A /= np.linalg.norm(A, 2)
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS))


def loop(system, start, step, momentum=0.0):
    """x = u² − v² by gradient descent, typed out: (how it ended, its losses)."""
    A, b = system.A, system.b
    u, v = (np.full(UNKNOWNS, start) for _ in range(2))
    along_u, along_v = np.zeros((2, UNKNOWNS))
    losses = []
    for _ in range(BUDGET):
        misfit = A @ (u**2 - v**2) - b
        losses.append(float(misfit @ misfit) / 2)
        if not losses[-1] < 1e12:
            return "DIVERGED", losses
        if np.sqrt(2 * losses[-1]) <= TOLERANCE * np.linalg.norm(b):
            return "CONVERGED", losses
        pull = A.T @ misfit
        along_u, along_v = momentum * along_u + 2 * u * pull, momentum * along_v - 2 * v * pull
        u, v = u - step * along_u, v - step * along_v
    return "MAX_STEPS", losses


def rises(losses):
    return any(later > 1.01 * least for later, least in zip(losses[1:], np.minimum.accumulate(losses), strict=False))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("seed", range(4))
def test_statuses_are_those_of_the_plain_loop(seed, momentum):
    """From half the edge to far beyond it: what the loop does is what is told, swinging losses included."""
    system, seen = drawn(seed), set()
    for step in np.geomspace(0.1, 4.0, 9):
        wanted, losses = loop(system, 0.3, step, momentum)
        flow = rl.flows.GradientDescent(step_size=step, momentum=momentum, max_steps=BUDGET)
        theta0 = {name: np.full(UNKNOWNS, 0.3) for name in ("u", "v")}
        found = rl.train(system, rl.networks.Difference(2), theta0, flow, tol=TOLERANCE)
        assert found.status.name == wanted, (step, found)
        if wanted == "MAX_STEPS" and rises(losses[BUDGET // 2 :]):
            assert f"step_size={step / 2:.6g}" in found.message
        seen.add((wanted, rises(losses)))
    assert {("CONVERGED", True), ("DIVERGED", True)} <= seen


def test_a_batch_tells_the_same_as_one_alone():
    """A lane that swings and arrives, one that goes quietly, one that explodes, one that leaves slowly."""
    system, flow = drawn(1), rl.flows.GradientDescent(step_size=0.5, max_steps=BUDGET)
    inits = [rl.inits.Constant(scale) for scale in (0.05, 0.3, 1.0, 3.0)]
    network = rl.networks.Difference(2)
    batch = rl.train_batch(system, network, inits, flow)
    alone = [rl.train(system, network, init, flow) for init in inits]
    assert [one.status for one in batch] == [one.status for one in alone]
    assert len({one.status for one in batch}) > 1


@pytest.mark.parametrize("excess", [1e-3, 2e-4])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_slow_growth_is_told_long_before_it_explodes(excess, momentum):
    """Plain regression beyond 2(1 + β)/λ by a little: its loss grows by (1 + O(excess))² a step, and never returns."""
    system = drawn(0)
    step = 2 * (1 + momentum) * (1 + excess)
    flow = rl.flows.GradientDescent(step_size=step, momentum=momentum)
    found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(UNKNOWNS)}, flow)
    assert found.status is rl.Status.DIVERGED
    assert found.stats["steps"] < 15 / excess
    assert found.history.loss[-1] < 1e6 * found.history.loss[0]
    assert f"step_size={step / 2:.6g}" in found.message


def test_other_methods_may_rise_and_arrive():
    """Each with a step at which its loss rises between looks."""
    system, network = drawn(2), rl.networks.Difference(2)
    for flow in (
        rl.flows.Adam(step_size=0.2, max_steps=20_000),
        rl.flows.StochasticGradientDescent(batch=2, step_size=0.5, max_steps=20_000, seed=3),
    ):
        found = rl.train(system, network, rl.inits.Constant(0.3), flow, tol=1e-6)
        assert found.success, found
        assert rises(found.history.loss)


def test_rotations_beyond_their_edge_arrive_or_are_told_to_be_shorter():
    system = drawn(1)
    network = rl.networks.Orthogonal(1)
    theta0 = rl.inits.Gaussian(2.0)(network, system, 0)
    default = rl.train(system, network, theta0, rl.flows.RiemannianDescent(max_steps=1)).stats["step_size"]
    ends = set()
    for times in (2.0, 6.0, 6.5, 7.0, 7.5, 8.0):
        flow = rl.flows.RiemannianDescent(times * default, max_steps=3000)
        found = rl.train(system, network, theta0, flow)
        ends.add((found.status.name, rises(found.history.loss)))
        if not found.success:
            assert found.status is rl.Status.MAX_STEPS  # layers are bounded, and the loss with them
            assert f"RiemannianDescent(step_size={times * default / 2:.6g})" in found.message
    assert ends == {("CONVERGED", False), ("CONVERGED", True), ("MAX_STEPS", True)}
    assert all(name == "CONVERGED" for name, has_risen in ends if not has_risen)


class TestTheWatch:
    """The rule by itself, on losses made by hand around the level 1."""

    @staticmethod
    def left_after(losses):
        """The step at which the watch sees the loss as lost, or None."""

        def one(watch, indexed):
            step, loss = indexed
            watch = judged(noted(watch, loss), step, step + 1, 1.0)
            return watch, has_left(watch)

        with _jax.double_precision():
            arrays = _jax.jnp.arange(len(losses)), _jax.jnp.asarray(losses)
            flags = np.asarray(jax.lax.scan(one, unwatched(), arrays)[1])
        return int(np.argmax(flags)) + 1 if flags.any() else None

    def test_growth_is_seen_after_three_windows(self):
        assert self.left_after(1.01 * 1.001 ** np.arange(1000)) == 300

    def test_a_plateau_above_the_level_is_no_progress(self):
        assert self.left_after(np.full(1000, 2.0)) == 300

    def test_a_loss_that_falls_is_never_lost(self):
        assert self.left_after(1e5 * 0.999 ** np.arange(11_000)) is None

    def test_one_visit_below_the_level_is_enough(self):
        losses = 1.5 + np.random.default_rng(0).random(5000)
        losses[::150] = 0.9
        assert self.left_after(losses) is None
        losses[1000:1400] = 1.7
        assert self.left_after(losses) == 1300

    def test_growth_below_the_level_is_waited_for(self):
        assert self.left_after(1e-9 * 1.001 ** np.arange(20_000)) is None

    @pytest.mark.parametrize(("losses", "wanted"), [([4, 2, 1, 2, 1, 2], True), ([4, 3, 2, 1], False), ([1], False)])
    def test_swings(self, losses, wanted):
        assert swings(losses, 1e-9) is wanted

    def test_rounding_is_no_swing(self):
        assert not swings([4, 2, 1e-16, 3e-16, 2e-16, 5e-16], 1e-15)
