"""The exact laws of training A·W_1 … W_h·w: what never moves, what the gap is made of, how fast the loss falls.

Null part, gap, autonomy and decay hold for every step size and are asked to rounding; the whole problem is trained
here, not the reduced one, in which the first three would hold by construction.
"""

from itertools import pairwise

import numpy as np
import pytest

import ridgeless as rl

EQUATIONS, UNKNOWNS = 4, 9
# Wide, square and narrow layers, and layers of mixed widths.
NETWORKS = [
    rl.networks.Dense(1, 12),
    rl.networks.Dense(1, 2),
    rl.networks.Dense(2, 9),
    rl.networks.Dense(3, (2, 12, 5)),
    rl.networks.Dense(4, 3),
]
# One rank of A for each, where training is reduced to it: programs are compiled once per shape.
RANKS = dict(zip(NETWORKS, (4, 3, 4, 3, 4), strict=True))
WEIGHTS = rl.flows.GradientFlow(coordinates="weights")

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, rank=None):
    """A consistent system with singular values from 1 to ½, of full rank unless told."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 102]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    A = left * np.where(np.arange(EQUATIONS) < (rank or EQUATIONS), np.linspace(1, 0.5, EQUATIONS), 0) @ right
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS))


def null_projector(system):
    return np.eye(UNKNOWNS) - np.linalg.pinv(system.A, rcond=1e-10) @ system.A


def shortest(system):
    return np.linalg.pinv(system.A, rcond=1e-10) @ system.b


def whole(system, network, theta0, flow, tol=1e-13):
    """Training in all d unknowns."""
    return flow.run(network.problem(system, theta0), None, tol)


def behind(theta):
    """q = W_2 … W_h w."""
    q = theta["w"]
    for matrix in reversed(theta["W"][1:]):
        q = matrix @ q
    return q


def balances(theta):
    return [left.T @ left - right @ right.T for left, right in pairwise([*theta["W"], theta["w"][:, None]])]


def distance(first, second):
    return np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(first, second, strict=True)))


def stable_step(system, network, theta0):
    """The step that descent would take by itself, half of what is stable."""
    return whole(system, network, theta0, rl.flows.GradientDescent(max_steps=1)).stats["step_size"]


def descended(system, network, theta0, step, tol=1e-9):
    return whole(system, network, theta0, rl.flows.GradientDescent(step_size=step), tol)


def steps_in_the_row_space(step):
    return {
        "descent": rl.flows.GradientDescent(step_size=step),
        "heavy ball": rl.flows.GradientDescent(step_size=0.3 * step, momentum=0.7),
        "mini-batches": rl.flows.StochasticGradientDescent(batch=2, step_size=0.3 * step, seed=1),
    }


class TestNullPart:
    """(I1) P_N W_1 stays what it was where updates are Aᵀ times something, and (I2) is the gap, through q∞."""

    @pytest.mark.parametrize("network", NETWORKS, ids=repr)
    def test_descent(self, network):
        for rank in (None, 3):
            system = drawn(network.hidden, rank)
            theta0 = rl.inits.Gaussian(1.0)(network, system, 1)
            flow = rl.flows.GradientDescent(step_size=stable_step(system, network, theta0))
            self.holds(system, network, theta0, flow)

    @pytest.mark.parametrize("method", ["heavy ball", "mini-batches", "flow"])
    def test_other_methods(self, method):
        network = NETWORKS[2]
        system = drawn(network.hidden + 10, rank=3)
        theta0 = rl.inits.Gaussian(1.0)(network, system, 2)
        if method == "flow":
            return self.holds(system, network, theta0, WEIGHTS)
        return self.holds(system, network, theta0, steps_in_the_row_space(stable_step(system, network, theta0))[method])

    def holds(self, system, network, theta0, flow):
        found, null = whole(system, network, theta0, flow), null_projector(system)
        assert found.status is rl.Status.CONVERGED, found.message
        kept = null @ theta0["W"][0]
        size = np.linalg.norm(kept)
        assert np.linalg.norm(found.theta["W"][0] - theta0["W"][0]) > 0.1
        assert np.linalg.norm(null @ found.theta["W"][0] - kept) <= 2e-14 * size
        gap = found.x - shortest(system)
        assert np.linalg.norm(gap) > 0.05
        assert np.linalg.norm(gap - kept @ behind(found.theta)) <= 1e-12 * max(1.0, np.linalg.norm(found.x))

    def test_orthogonalised_steps(self):
        """Muon's step of W_1 is Aᵀ(·) times a polynomial: again Aᵀ(·). It does not settle."""
        system, network = drawn(20, rank=3), NETWORKS[2]
        theta0, null = rl.inits.Gaussian(1.0)(network, system, 3), null_projector(system)
        found = whole(system, network, theta0, rl.flows.Muon(step_size=1e-2, max_steps=300))
        assert np.linalg.norm(found.theta["W"][0] - theta0["W"][0]) > 0.1
        drift = np.linalg.norm(null @ (found.theta["W"][0] - theta0["W"][0]))
        assert drift <= 1e-13 * np.linalg.norm(theta0["W"][0])

    @pytest.mark.parametrize("flow", [rl.flows.Adam(1e-2), rl.flows.AdaGrad(0.1)], ids=repr)
    def test_steps_entry_by_entry_leave_the_row_space(self, flow):
        system, network = drawn(20), NETWORKS[2]
        theta0 = rl.inits.Gaussian(1.0)(network, system, 3)
        found, null = whole(system, network, theta0, flow, tol=1e-9), null_projector(system)
        assert found.status is rl.Status.CONVERGED, found.message
        drift = null @ (found.theta["W"][0] - theta0["W"][0])
        assert np.linalg.norm(drift) > 0.05
        # The gap is what the null part is at the end, no longer what it was.
        gap, q = found.x - shortest(system), behind(found.theta)
        assert np.linalg.norm(gap - null @ found.theta["W"][0] @ q) <= 1e-8
        assert np.linalg.norm(gap - null @ theta0["W"][0] @ q) > 1e-2


class TestAutonomy:
    """(I3) (P_A W_1, W_2, …, w) does not feel P_N W_1: q∞ is free of it, and the gap exactly linear in it."""

    @pytest.mark.parametrize("network", NETWORKS, ids=repr)
    def test_descent(self, network):
        system = drawn(network.hidden + 30)
        theta0 = rl.inits.Gaussian(1.0)(network, system, 4)
        flow = rl.flows.GradientDescent(step_size=stable_step(system, network, theta0))
        self.holds(system, network, theta0, flow, tol=3e-14)

    def test_flow(self):
        network = NETWORKS[2]
        system = drawn(network.hidden + 40, rank=3)
        self.holds(system, network, rl.inits.Gaussian(1.0)(network, system, 4), WEIGHTS, tol=1e-13)

    def holds(self, system, network, theta0, flow, tol):
        null = null_projector(system)
        kept = null @ theta0["W"][0]
        gaps, ends = [], []
        for factor in (1.0, 0.1, 1e-3):
            start = {**theta0, "W": [theta0["W"][0] + (factor - 1) * kept, *theta0["W"][1:]]}
            found = whole(system, network, start, flow, tol)
            assert found.status is rl.Status.CONVERGED, found.message
            gaps.append(null @ found.x / factor)
            ends.append(behind(found.theta))
        assert np.linalg.norm(gaps[0]) > 0.05
        for gap, end in zip(gaps[1:], ends[1:], strict=True):
            assert np.linalg.norm(gap - gaps[0]) <= 1e-10 * np.linalg.norm(gaps[0])
            assert np.linalg.norm(end - ends[0]) <= 1e-10 * np.linalg.norm(ends[0])


class TestBalance:
    """(I4) W_iᵀW_i − W_(i+1)W_(i+1)ᵀ is kept by flow, and left by descent at O(η): the end moves with the step."""

    @pytest.mark.parametrize("network", NETWORKS, ids=repr)
    def test_flow_keeps_it(self, network):
        system = drawn(network.hidden + 50, RANKS[network])
        theta0 = rl.inits.Gaussian(1.0)(network, system, 5)
        found = rl.train(system, network, theta0, WEIGHTS, tol=1e-10)
        before, after = balances(theta0), balances(found.theta)
        assert len(before) == network.hidden
        for one, other in zip(before, after, strict=True):
            np.testing.assert_allclose(other, one, rtol=0, atol=1e-10 * max(1.0, np.abs(one).max()))

    @pytest.mark.parametrize("network", NETWORKS, ids=repr)
    def test_descent_leaves_it_in_proportion_to_the_step(self, network):
        system = drawn(network.hidden + 60)
        theta0 = rl.inits.Gaussian(1.0)(network, system, 6)
        steps, drifts = stable_step(system, network, theta0) / 2.0 ** np.arange(3, 7), []
        for step in steps:
            found = descended(system, network, theta0, step)
            assert found.status is rl.Status.CONVERGED
            drifts.append(distance(balances(theta0), balances(found.theta)))
        assert drifts[0] > 1e-4
        assert np.polyfit(np.log(steps), np.log(drifts), 1)[0] == pytest.approx(1, abs=0.05)

    def test_the_end_moves_with_the_step_and_tends_to_that_of_flow(self):
        system, network = drawn(2, rank=3), NETWORKS[3]
        theta0 = rl.inits.Gaussian(1.0)(network, system, 6)
        flowed = rl.train(system, network, theta0, WEIGHTS, tol=1e-11).x
        steps = stable_step(system, network, theta0) / 2.0 ** np.arange(3, 7)
        errors = [np.linalg.norm(descended(system, network, theta0, step, 1e-11).x - flowed) for step in steps]
        assert errors[0] > 1e-4
        assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(1, abs=0.05)

    def test_near_the_stability_edge_the_gap_is_not_monotone_in_the_step(self):
        network, turns, moves = NETWORKS[3], 0, []
        for seed in (2, 3, 4):
            system = drawn(seed + 70)
            theta0, gaps = rl.inits.Gaussian(1.0)(network, system, seed), []
            for step in stable_step(system, network, theta0) * np.geomspace(2, 12, 16):
                flow = rl.flows.GradientDescent(step_size=step, max_steps=5000)
                found = whole(system, network, theta0, flow, tol=1e-6)
                if found.status is rl.Status.CONVERGED:
                    gaps.append(np.linalg.norm(found.x - shortest(system)))
            changes = np.diff(gaps) / gaps[0]
            turns += bool(changes.min() < -1e-3 and changes.max() > 1e-3)
            moves.append(np.ptp(gaps) / gaps[0])
        assert turns >= 1
        assert max(moves) > 0.1


class TestDecay:
    """(I5) Decay λ on W_1 for k steps: P_N W_1 shrinks by (1 − ηλ)^k, exactly."""

    def test_the_printed_ratio(self):
        ratio = (1 - 0.01 * 0.01) ** 3000
        assert ratio == pytest.approx(0.74081, abs=5e-6)

    @pytest.mark.parametrize("network", NETWORKS[1:3], ids=repr)
    def test_the_ratio_and_the_gap(self, network):
        system = drawn(network.hidden + 80, RANKS[network])
        theta0 = rl.inits.Gaussian(1.0)(network, system, 7)
        step, null, gaps = stable_step(system, network, theta0), null_projector(system), []
        for total in (0.0, 0.3, 3.0):
            decay = total / (3000 * step)
            flow = rl.flows.GradientDescent(step_size=step)
            flow = rl.flows.DecayThenOff(decay, 3000, flow) if total else flow
            found = rl.train(system, network, theta0, flow, tol=1e-13)
            assert found.success, found
            kept = (1 - step * decay) ** 3000 * null @ theta0["W"][0]
            assert np.linalg.norm(null @ found.theta["W"][0] - kept) <= 1e-12 * np.linalg.norm(kept)
            gap = found.x - shortest(system)
            assert np.linalg.norm(gap - kept @ behind(found.theta)) <= 1e-12 * max(1.0, np.linalg.norm(found.x))
            gaps.append(np.linalg.norm(gap))
        assert gaps[2] < gaps[1] < gaps[0]
        assert gaps[2] < 0.2 * gaps[0]


class TestRate:
    """(I6) h = 1: μ = λ_max(w wᵀ − W_1ᵀW_1) > 0 bounds ‖w(t)‖² for ever, and L(t) ≤ L(0)·e^(−2σ_min²μt)."""

    @pytest.mark.parametrize("network", NETWORKS[:2], ids=repr)
    def test_the_loss_stays_below_its_bound(self, network):
        tightest, rank = [], RANKS[network]
        for seed in range(3):
            system = drawn(seed + 90, rank)
            theta0 = self.start(network, system, seed)
            balance = np.outer(theta0["w"], theta0["w"]) - theta0["W"][0].T @ theta0["W"][0]
            mu = np.linalg.eigvalsh(balance)[-1]
            least = np.linalg.svd(system.A, compute_uv=False)[rank - 1]
            rate = rl.convergence_rate(system, network, theta0)
            assert rate == pytest.approx(2 * least**2 * mu, rel=1e-12)
            assert rate > 0
            history = rl.train(system, network, theta0, WEIGHTS, tol=1e-8).history
            bound = history.loss[0] * np.exp(-rate * history.at)
            assert np.all(history.loss <= bound * (1 + 1e-9))
            tightest.append(np.max(history.loss[1:] / bound[1:]))
            for tol in (0.9, 0.3, 1e-2):
                vector = rl.train(system, network, theta0, WEIGHTS, tol=tol).theta["w"]
                assert vector @ vector >= mu * (1 - 1e-9)
        assert max(tightest) > 0.5  # no bound that is met by luck alone

    def start(self, network, system, seed):
        rng = np.random.default_rng(np.random.SeedSequence([seed, 103]))
        vector = rng.standard_normal(network.width)
        matrix = rng.standard_normal((UNKNOWNS, network.width))
        return {"W": [0.5 * matrix / np.linalg.norm(matrix)], "w": 1.2 * vector / np.linalg.norm(vector)}

    def test_the_vector_itself_may_come_near_its_bound(self):
        """With b = 0, x falls to 0 by W_1 alone: what is left of w has ‖w‖² = μ."""
        system = rl.LinearSystem(drawn(0, rank=3).A, np.zeros(EQUATIONS))
        vector = np.array([1.0, 0.0])
        row = system.A.T @ np.ones(EQUATIONS)
        theta0 = {"W": [np.outer(0.8 * row / np.linalg.norm(row), vector)], "w": vector}
        found = rl.train(system, NETWORKS[1], theta0, WEIGHTS, tol=1e-10)
        assert found.theta["w"] @ found.theta["w"] == pytest.approx(1 - 0.8**2, rel=1e-8)

    @pytest.mark.parametrize("network", NETWORKS, ids=repr)
    def test_it_is_zero_where_the_condition_fails(self, network):
        system = drawn(99)
        theta0 = rl.inits.Gaussian(1.0)(network, system, 8)
        # In the span of the rows of W_1, and short; beyond that span W_1ᵀW_1 is 0, and a wide layer always has μ > 0.
        theta0["w"] = 1e-3 * theta0["W"][0].T @ np.ones(UNKNOWNS) if network.hidden == 1 else theta0["w"]
        assert rl.convergence_rate(system, network, theta0) == 0.0
