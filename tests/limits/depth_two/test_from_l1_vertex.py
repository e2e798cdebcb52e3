"""Small starts on sparse truths, by way of the ℓ1 limit: the same answers as without, at every scale."""

from dataclasses import replace

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.limits import Outcome
from ridgeless.limits.depth_two import from_l1_vertex
from ridgeless.limits.depth_two.dense import solve_dense
from ridgeless.limits.depth_two.exponentials import exponentials
from ridgeless.limits.depth_two.from_l1_vertex import solve_from_vertex
from ridgeless.limits.minimisation import Minimisation
from ridgeless.limits.separable import goal_of

pytestmark = pytest.mark.usefixtures("as_a_user")

TOL = 1e-12
NETWORKS = [rl.networks.Difference(2), rl.networks.Power(2), rl.networks.Product(2), rl.networks.TwoBranch(2)]
BESIDE, ALONG = "beside a vertex", "along a homotopy"


def sparse_system(network, seed, equations=None, order="C"):
    """Fewer nonzeros than equations by far; every fourth A has correlated columns."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 40)) if equations is None else equations
    d = int(rng.integers(2 * n, 6 * n))
    A = rng.standard_normal((n, d))
    if seed % 4 == 3:
        A = A @ np.linalg.cholesky(0.9 ** np.abs(np.subtract.outer(np.arange(d), np.arange(d)))).T
    x = np.zeros(d)
    support = rng.choice(d, int(rng.integers(1, max(2, n // 3))), replace=False)
    x[support] = rng.standard_normal(len(support))
    x = np.abs(x) if isinstance(network, rl.networks.Power) else x
    return rl.LinearSystem(np.asarray(A, order=order), A @ x)


def both_routes(system, network, init):
    """The attempt from the vertex, and x by the homotopy alone."""
    theta0 = init(network, system, 0)
    bias = network.bias(theta0, system)
    target = exponentials(bias.potential.branches(bias.offset), system.shape[1])
    return solve_from_vertex(system, target, TOL), solve_dense(goal_of(Minimisation(system, bias, 100 * TOL)), target).x


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
@pytest.mark.parametrize("scale", [1e-3, 1e-8, 1e-20, 1e-60])
def test_as_without(network, scale):
    reached = 0
    for seed in range(6):
        system = sparse_system(network, seed, order="CF"[seed % 2])
        attempt, x = both_routes(system, network, rl.inits.Constant(scale))
        if attempt.outcome is Outcome.REACHED:
            reached += 1
            assert np.linalg.norm(attempt.x - x) <= 1e-10 * np.linalg.norm(x)
            assert system.residual(attempt.x) <= TOL
    assert reached >= 3


def test_every_coordinate_with_a_start_of_its_own():
    network, reached = rl.networks.Difference(2), 0
    for seed in range(10):
        system = sparse_system(rl.networks.Power(2), seed)  # a truth without a negative entry
        rng = np.random.default_rng(seed)
        theta0 = {name: 10 ** rng.uniform(-9, -5, system.shape[1]) for name in ("u", "v")}
        theta0["v"][::3] = 0.0  # the negative sign locked out
        attempt, x = both_routes(system, network, lambda *_, theta0=theta0: theta0)
        if attempt.outcome is Outcome.REACHED:
            reached += 1
            assert np.linalg.norm(attempt.x - x) <= 1e-10 * np.linalg.norm(x)
    assert reached >= 4


@pytest.mark.parametrize("unit", [1e-9, 1e7])
def test_units_change_nothing(unit):
    network = rl.networks.Difference(2)
    plain = sparse_system(network, 9)
    found = rl.limit(plain, network, rl.inits.Constant(1e-8))
    scaled = rl.limit(rl.LinearSystem(unit * plain.A, unit * plain.b), network, rl.inits.Constant(1e-8))
    assert BESIDE in found.method
    assert BESIDE in scaled.method
    assert np.allclose(scaled.x, found.x, rtol=1e-9, atol=1e-12)
    assert scaled.success
    assert rl.certify(scaled).verdict == "certified"


class TestNotTried:
    network = rl.networks.Difference(2)

    def refused(self, system, scale=1e-8):
        attempt, _ = both_routes(system, self.network, rl.inits.Constant(scale))
        return attempt.outcome is not Outcome.REACHED and attempt.steps == 0

    def test_a_start_that_is_not_small(self):
        assert self.refused(sparse_system(self.network, 5), scale=0.1)

    def test_badly_conditioned_equations(self):
        system = sparse_system(self.network, 5)
        sizes = np.logspace(0, 4, len(system.b))
        assert self.refused(rl.LinearSystem(system.A * sizes[:, None], system.b * sizes))

    def test_a_truth_that_is_not_sparse(self):
        rng = np.random.default_rng(0)
        assert self.refused(rl.LinearSystem(rng.standard_normal((200, 2000)), rng.standard_normal(200)))

    def test_nothing_to_reach(self):
        network, zero = self.network, rl.LinearSystem(np.ones((1, 3)), np.zeros(1))
        theta0 = {"u": np.full(3, 1e-5), "v": np.full(3, 2e-5)}
        assert ALONG in rl.limit(zero, network, theta0).method


def test_what_was_in_vain_is_counted(monkeypatch):
    network = rl.networks.Difference(2)
    system = sparse_system(network, 5)
    alone = both_routes(system, network, rl.inits.Constant(1e-8))[0].steps
    monkeypatch.setattr(from_l1_vertex, "_WORST_CONDITION", 0.0)
    homotopy = rl.limit(system, network, rl.inits.Constant(1e-8)).stats["steps"]
    monkeypatch.undo()
    real = from_l1_vertex.solve_nearby
    monkeypatch.setattr(from_l1_vertex, "solve_nearby", lambda *asked: replace(real(*asked), outcome=Outcome.ROUNDED))
    found = rl.limit(system, network, rl.inits.Constant(1e-8))
    assert found.success
    assert ALONG in found.method
    assert found.stats["steps"] == alone + homotopy


@pytest.mark.parametrize("closeness", [1e-1, 1e-3, 1e-5])
def test_nearly_dependent_equations(closeness):
    """In the units of A a small direction hides its misfit; that x is at rest shows it."""
    network = rl.networks.Difference(2)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        A = rng.standard_normal((20, 80))
        A[10:] = A[:10] + closeness * A[10:]
        x = np.zeros(80)
        x[rng.choice(80, 2, replace=False)] = rng.standard_normal(2)
        system = rl.LinearSystem(A, A @ x)
        found = rl.limit(system, network, rl.inits.Constant(1e-6))
        wanted = both_routes(system, network, rl.inits.Constant(1e-6))[1]
        assert found.success
        assert np.linalg.norm(found.x - wanted) <= 1e-9 * np.linalg.norm(wanted)


def steps_of(seeds):
    """Newton steps at all scales, every one of them to its end."""
    steps = []
    for seed in seeds:
        for network in NETWORKS[:3]:
            system = sparse_system(network, seed)
            for scale in (1e-4, 1e-8, 1e-15, 1e-30, 1e-60, 1e-100):
                found = rl.limit(rl.LinearSystem(system.A, system.b), network, rl.inits.Constant(scale))
                assert found.success, (seed, network, scale, found.message)
                steps.append(found.stats["steps"])
    return np.array(steps)


def test_all_scales_of_sparse_truths():
    assert steps_of(range(8)).max() < 100


@pytest.mark.slow
def test_all_scales_of_many_sparse_truths():
    steps = steps_of(range(200))
    assert steps.mean() < 11
    # Two in 3600 have the homotopy's share of a walk in vain on top.
    assert np.sum(steps >= 100) <= 2
    assert steps.max() < 150
