"""Training on the row space of A is training on all of x: every method that keeps P_N W_1, step by step, to 1e-10.

One rank of A for each network: a program is compiled once for each shape, whole and reduced.
"""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless.flows import FOUND
from ridgeless.networks._dense.reduction import ReducedDense

EQUATIONS, UNKNOWNS = 4, 9
STEP = 0.1
# The default step is told by iteration, to five digits: here whole and reduced take the same.
DESCENT = rl.flows.GradientDescent(step_size=STEP)
FLOW = rl.flows.GradientFlow(coordinates="weights")
FLOWS = [kind.examples()[-1] for kind in FOUND.values() if kind.keeps_row_space]
STEPPED = [dataclasses.replace(flow, step_size=STEP / 4) if hasattr(flow, "step_size") else flow for flow in FLOWS]
# (network, rank of A): one that compresses its hidden layer to rank + 1, one too narrow for that, and a deeper one.
WIDE, NARROW, DEEP = (rl.networks.Dense(1, 12), 4), (rl.networks.Dense(1, 2), 3), (rl.networks.Dense(2, 9), 4)

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, rank, equations=EQUATIONS, unknowns=UNKNOWNS):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 104]))
    left, _, right = np.linalg.svd(rng.standard_normal((equations, unknowns)), full_matrices=False)
    A = left * np.where(np.arange(len(right)) < rank, np.linspace(1, 0.5, len(right)), 0) @ right
    return rl.LinearSystem(A, A @ rng.standard_normal(unknowns))


def agree(found, wanted, tolerance=1e-10):
    assert np.linalg.norm(found - wanted) <= tolerance * np.linalg.norm(wanted)


def leaves(theta):
    return [*theta["W"], theta["w"], *([theta["center"]] if "center" in theta else [])]


@pytest.mark.parametrize("alpha", [None, 3.0])
@pytest.mark.parametrize(
    ("flow", "case"),
    [
        # The adaptive flow of three layers takes a compiler longest; that of two stays, as do the steps of three.
        pytest.param(flow, case, marks=pytest.mark.slow if case is DEEP and "GradientFlow" in repr(flow) else [])
        for flow in [DESCENT, *STEPPED]
        for case in (WIDE, DEEP)
    ]
    + [(DESCENT, NARROW)],
    ids=repr,
)
def test_the_reduced_run_is_the_whole_run(flow, case, alpha):
    network, rank = case
    system = drawn(rank, rank)
    theta0 = rl.inits.Gaussian(1.0)(network, system, 1)
    trained = network if alpha is None else rl.networks.Lazy(network, alpha)
    problem = trained.problem(system, theta0)
    whole, small = (flow.run(each, None, 1e-10) for each in (problem, problem.reduced()))
    assert whole.status is small.status is rl.Status.CONVERGED
    agree(small.x, whole.x)
    for one, other in zip(leaves(small.theta), leaves(whole.theta), strict=True):
        assert one.shape == other.shape
        agree(one, other)
    agree(trained(small.theta), small.x)
    if small.history.clock == "step":
        np.testing.assert_array_equal(small.history.at, whole.history.at)
        for name in ("loss", "residual", "l1_norm", "l2_norm"):
            one, other = (getattr(run.history, name) for run in (small, whole))
            # A residual is a difference of two numbers of size ‖b‖ and has their rounding: a few units of float64.
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=16 * np.finfo(float).eps)
    # The public verb takes the reduced one, and measures it by the whole system.
    shown = rl.train(system, trained, theta0, flow, tol=1e-10)
    np.testing.assert_array_equal(shown.x, small.x)
    assert shown.residual <= 1e-10


@pytest.mark.parametrize(
    ("network", "rank"), [pytest.param(*WIDE), pytest.param(*DEEP, marks=pytest.mark.slow)], ids=repr
)
def test_flow_passes_through_the_same_points(network, rank):
    """Nearly: the marks are told by a curvature that is found by iteration, to five digits or so."""
    system = drawn(rank + 10, rank)
    problem = network.problem(system, rl.inits.Gaussian(1.0)(network, system, 2))
    flow = FLOW
    whole, small = (flow.run(each, None, 1e-10).history for each in (problem, problem.reduced()))
    shared = min(len(whole.at), len(small.at)) - 1  # the last is that of arrival
    assert shared > 20
    np.testing.assert_allclose(small.at[1:shared], whole.at[1:shared], rtol=1e-4)
    np.testing.assert_allclose(small.residual[:shared], whole.residual[:shared], rtol=1e-3, atol=1e-10)


@pytest.mark.parametrize(("network", "rank"), [WIDE, DEEP], ids=repr)
def test_the_default_step_is_that_of_the_whole_problem(network, rank):
    system = drawn(rank + 20, rank)
    problem = network.problem(system, rl.inits.Gaussian(1.0)(network, system, 3))
    flow = rl.flows.GradientDescent()
    whole, small = (flow.run(each, None, 1e-10) for each in (problem, problem.reduced()))
    assert small.stats["step_size"] == pytest.approx(whole.stats["step_size"], rel=1e-4)
    agree(small.x, whole.x, 1e-4)


@pytest.mark.parametrize("network", [DEEP[0], rl.networks.Lazy(DEEP[0], 3.0)], ids=repr)
def test_decay_then_off_ends_where_two_whole_runs_do(network):
    """By its own rule: decay typed out in NumPy on all weights, then descent on all weights."""
    system = drawn(30, 4)
    theta0 = rl.inits.Gaussian(1.0)(DEEP[0], system, 4)
    alpha, center = getattr(network, "alpha", 1.0), DEEP[0](theta0)
    first, second, vector = (array.copy() for array in leaves(theta0))
    for _ in range(100):
        x = center + alpha * (first @ second @ vector - center)
        pull = system.A.T @ (system.A @ x - system.b) / alpha
        moves = (
            np.outer(pull, second @ vector) + 0.1 * first,
            np.outer(first.T @ pull, vector),
            second.T @ (first.T @ pull),
        )
        first, second, vector = first - STEP * moves[0], second - STEP * moves[1], vector - STEP * moves[2]
    decayed = {"W": [first, second], "w": vector}
    if alpha != 1:
        decayed["center"] = center
    wanted = DESCENT.run(network.problem(system, decayed), None, 1e-11)
    found = rl.train(system, network, theta0, rl.flows.DecayThenOff(0.1, 100, DESCENT), tol=1e-11)
    agree(found.x, wanted.x)
    for one, other in zip(leaves(found.theta), leaves(wanted.theta), strict=True):
        agree(one, other)


class TestTheReducedProblem:
    @pytest.mark.parametrize(
        ("widths", "rank", "small"),
        [
            ((12,), 4, [(4, 5)]),
            ((12,), 3, [(3, 4)]),
            ((5,), 4, [(4, 5)]),
            ((2,), 4, [(4, 2)]),
            ((12, 3), 4, [(4, 12), (12, 3)]),
            ((1, 12, 2), 2, [(2, 1), (1, 12), (12, 2)]),
        ],
    )
    def test_shapes_are_free_of_the_number_of_unknowns(self, widths, rank, small):
        for unknowns in (UNKNOWNS, 60):
            system, network = drawn(0, rank, unknowns=unknowns), rl.networks.Dense(len(widths), widths)
            theta0 = rl.inits.Gaussian(1.0)(network, system)
            problem = network.problem(system, theta0).reduced()
            assert isinstance(problem, ReducedDense)
            assert problem.system.shape == (EQUATIONS, rank)
            assert [matrix.shape for matrix in problem.theta0["W"]] == small
            back = problem.weights(problem.theta0)
            for one, other in zip(leaves(back), leaves(theta0), strict=True):
                np.testing.assert_allclose(one, other, rtol=0, atol=1e-14)
            x = network(theta0)
            np.testing.assert_allclose(problem.answers(problem.point(problem.theta0)[None])[0], x, atol=1e-14)
            seen = problem.system.matvec(problem.seen(problem.point(problem.theta0)))
            np.testing.assert_allclose(seen, system.matvec(x), atol=1e-14)

    def test_every_form_of_the_matrix(self):
        system, (network, _) = drawn(1, 4), DEEP
        theta0 = rl.inits.Gaussian(1.0)(network, system, 5)
        wanted = rl.train(system, network, theta0, DESCENT, tol=1e-11).x
        for A in (sp.csr_array(system.A), aslinearoperator(system.A), np.vstack([system.A, system.A[:2]])[:4]):
            other = rl.LinearSystem(A, system.b)
            agree(rl.train(other, network, theta0, DESCENT, tol=1e-11).x, wanted)

    def test_equations_of_very_different_sizes(self):
        """Rows from 1 to 1e-6: the basis of the row space is orthonormal all the same."""
        system, (network, _) = drawn(2, 4), WIDE
        system = rl.LinearSystem(system.A * np.geomspace(1, 1e-6, 4)[:, None], system.b * np.geomspace(1, 1e-6, 4))
        problem = network.problem(system, rl.inits.Gaussian(1.0)(network, system))
        rows = problem.reduced().coordinates.lift(np.eye(4)).T
        np.testing.assert_allclose(rows @ rows.T, np.eye(4), atol=1e-14)
        whole, small = (
            dataclasses.replace(DESCENT, max_steps=500).run(each, None, 1e-12) for each in (problem, problem.reduced())
        )
        agree(small.x, whole.x)

    def test_nothing_to_reduce(self):
        network, rng = rl.networks.Dense(2, 3), np.random.default_rng(0)
        for A in (rng.standard_normal((9, 9)), rng.standard_normal((12, 9)), np.zeros((2, 9))):
            system = rl.LinearSystem(A, np.zeros(len(A)))
            problem = network.problem(system, rl.inits.Gaussian(1.0)(network, system))
            assert problem.reduced() is problem
        for other in (rl.networks.Direct(), rl.networks.Dense(0), rl.networks.Difference(2)):
            system = drawn(0, 4)
            problem = other.problem(system, rl.inits.Gaussian(1.0)(other, system))
            assert problem.reduced() is problem

    def test_equations_that_say_nothing_are_solved_at_once(self):
        system, (network, _) = rl.LinearSystem(np.zeros((2, 9)), np.zeros(2)), DEEP
        theta0 = rl.inits.Gaussian(1.0)(network, system)
        found = rl.train(system, network, theta0, DESCENT)
        assert found.success
        np.testing.assert_array_equal(found.x, network(theta0))

    def test_it_leaves_the_start_alone(self):
        system, (network, _) = drawn(3, 4), WIDE
        theta0 = rl.inits.Gaussian(1.0)(network, system)
        before = [leaf.copy() for leaf in leaves(theta0)]
        found = rl.train(system, network, theta0, DESCENT)
        for one, other in zip(before, leaves(theta0), strict=True):
            np.testing.assert_array_equal(one, other)
        assert not any(np.shares_memory(one, other) for one in leaves(found.theta) for other in leaves(theta0))


def no_gradient_meets_its_null_part(network, system, rng):
    """W_1 with a null part on columns that no gradient ever reaches (one hidden layer)."""
    theta0 = rl.inits.RowSpace(1.0)(network, system, 1)
    first, vector = theta0["W"][0].copy(), theta0["w"].copy()
    first[:, -2:], vector[-2:] = 0, 0
    null = system.project_null(rng.standard_normal(system.shape[1]))
    return {"W": [first + np.outer(null, np.eye(first.shape[1])[-1])], "w": vector}


class TestRulingOutATheorem:
    """Inner products of columns may say that there is none; never against one that there is."""

    @pytest.mark.parametrize(
        "network", [rl.networks.Dense(1, 12), rl.networks.Dense(1, 3), rl.networks.Dense(2, (6, 4))]
    )
    def test_it_is_told_of_generic_starts(self, network):
        for seed in range(5):
            system = drawn(seed, 4)
            theta0 = rl.inits.Gaussian(1.0)(network, system, seed)
            for trained in (network, rl.networks.Lazy(network, 3.0)):
                assert trained.problem(system, theta0).reduced().rules_out_theorem()
                assert trained.bias(theta0, system) is None

    @pytest.mark.parametrize("tilt", [0.0, 1e-13, 1e-9, 1e-5, 1e-2])
    @pytest.mark.parametrize(
        "network", [rl.networks.Dense(1, 12), rl.networks.Dense(1, 3), rl.networks.Dense(2, (6, 4))]
    )
    def test_never_of_a_start_that_has_one(self, network, tilt):
        system, rng = drawn(50, 4), np.random.default_rng(0)
        starts = [rl.inits.RowSpace(1.0), rl.inits.Chain(0.5), rl.inits.Imbalanced(0.5, 0.5), rl.inits.Balanced(0.5)]
        thetas = [init(network, system, 1) for init in starts]
        if network.hidden == 1:
            inside = rl.inits.Gaussian(1.0)(network, system, 1)
            thetas.append({"W": [system.project_null(inside["W"][0])], "w": inside["w"]})
            thetas.append(no_gradient_meets_its_null_part(network, system, rng))
        found = 0
        for theta in thetas:
            first = theta["W"][0]
            moved = {**theta, "W": [first + tilt * rng.standard_normal(first.shape), *theta["W"][1:]]}
            for trained in (network, rl.networks.Lazy(network, 3.0)):
                if trained.bias(moved, system) is not None:
                    found += 1
                    assert not trained.problem(system, moved).reduced().rules_out_theorem()
        assert found > 0 or tilt > 1e-13
