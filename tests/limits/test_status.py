"""Whatever a solver does, the solution tells the truth about it."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InconsistentSystemError, InvalidInputError, NoExactLimit
from ridgeless.limits import Minimum


def cumulative_sums(n, d):
    """Neighbouring columns differ in one entry: as correlated as a regular matrix gets."""
    A = np.zeros((n, d))
    for row in range(n):
        A[row, : (row + 1) * d // n] = 1.0
    return A


def is_honest(found, tol):
    residual = found.system.residual(found.x)
    assert found.residual == pytest.approx(residual, rel=1e-6, abs=1e-300)
    if found.status is rl.Status.CONVERGED:
        assert found.success
        assert residual <= tol
        assert found.stats["stationarity"] <= 1e-8
        assert rl.certify(found).verdict != "refuted"
    else:
        assert found.status is rl.Status.STALLED
        assert not found.success
        assert residual > tol or not found.stats["stationarity"] <= 1e-8
        assert "not the limit" in found.message or "float64" in found.message


@pytest.mark.parametrize("depth", [3, 4])
@pytest.mark.parametrize("seed", range(4))
def test_extremely_correlated_systems(depth, seed):
    """Random starts over six decades of slopes: the solver may stall here, but not say that it has not."""
    rng = np.random.default_rng(seed)
    A = cumulative_sums(30, 90)
    u = rng.standard_normal(90) * 0.1
    x = u**depth * rng.uniform(0.5, 1.5, 90)
    system = rl.LinearSystem(A, A @ (x / np.abs(x).max()))
    is_honest(rl.limit(system, rl.networks.Power(depth), {"u": u}), 1e-10)


def test_depth_two_converges_on_nearly_square_systems(solvable, as_a_user):
    """A full Newton step may raise the residual on its way down the dual: that is no reason to stop."""
    network = rl.networks.Power(2)
    for seed in range(12):
        A = np.random.default_rng([seed, 29]).standard_normal((28, 29))
        theta0 = rl.inits.Gaussian(1.0)(network, rl.LinearSystem(A, np.zeros(28)), seed + 50)
        found = rl.limit(solvable(network, theta0, A, seed), network, theta0)
        assert found.success, (seed, found)


@pytest.mark.parametrize("tol", [1e-15, 1e-300])
def test_tolerances_beyond_double_precision(tol):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((20, 60))
    system = rl.LinearSystem(A, A @ rng.standard_normal(60))
    for network in (rl.networks.Direct(), rl.networks.Difference(2), rl.networks.Difference(3)):
        is_honest(rl.limit(system, network, rl.inits.Constant(0.1), tol=tol), tol)


def not_a_number(goal, *_):
    return Minimum(np.full(goal.rows.shape[1], np.nan), np.full(goal.rows.shape[0], np.nan), 3, "wrong")


def nothing(goal, *_):
    return Minimum(np.zeros(goal.rows.shape[1]), np.zeros(goal.rows.shape[0]), 3, "wrong")


def shortest(goal, *_):
    return Minimum(goal.rows.T @ goal.rhs, goal.rhs, 3, "wrong")


def as_found(question, found):
    return found


@pytest.mark.parametrize("solver", [not_a_number, nothing, shortest])
@pytest.mark.parametrize("depth", [2, 3])
def test_a_solver_that_goes_wrong(solver, depth, monkeypatch):
    """NaN, x = 0, and a solution that is not the minimiser: none of them is called the limit."""
    monkeypatch.setattr("ridgeless.limits.minimum.finished", as_found)
    monkeypatch.setattr("ridgeless.limits.depth_two.solver.solve_dense", solver)
    monkeypatch.setattr("ridgeless.limits.deep.primal_dual.solve_primal_dual", solver)
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 12))
    system = rl.LinearSystem(A, A @ rng.standard_normal(12))
    found = rl.limit(system, rl.networks.Difference(depth), rl.inits.Constant(0.1))
    assert found.status is rl.Status.STALLED
    assert not found.success
    assert rl.certify(found).verdict == "refuted"


@pytest.mark.parametrize("solver", [not_a_number, nothing])
def test_a_solver_that_finds_nothing_is_made_up_for(solver, monkeypatch):
    """At depth 2 the whole path is followed again, with every branch as an unknown."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 12))
    system = rl.LinearSystem(A, A @ rng.standard_normal(12))
    wanted = rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(0.1))
    monkeypatch.setattr("ridgeless.limits.depth_two.solver.solve_dense", solver)
    found = rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(0.1))
    assert found.success
    np.testing.assert_allclose(found.x, wanted.x, rtol=0, atol=1e-11)


class TestRefusals:
    def test_inconsistent_systems(self):
        A = np.vstack([np.eye(3), np.eye(3)])
        with pytest.raises(InconsistentSystemError, match="no solution"):
            rl.limit(rl.LinearSystem(A, np.arange(6.0)), rl.networks.Difference(2), rl.inits.Constant(0.1))

    @pytest.mark.parametrize("tol", [0.0, -1e-8, np.nan, np.inf, "small", None])
    def test_tolerances(self, tol, as_a_user):
        with pytest.raises(InvalidInputError, match="tol"):
            rl.limit(rl.LinearSystem([[1.0, 2.0]], [1.0]), rl.networks.Direct(), rl.inits.Constant(0.1), tol=tol)

    def test_saddles_of_dense_networks(self):
        """Two layers at 0 leave no gradient: training would stay there for ever."""
        system = rl.LinearSystem(np.ones((1, 4)), np.ones(1))
        theta0 = {"W": [np.zeros((4, 2)), np.eye(2)], "w": np.zeros(2)}
        with pytest.raises(NoExactLimit, match="saddle"):
            rl.limit(system, rl.networks.Dense(hidden=2), theta0)
        with pytest.raises(NoExactLimit, match="saddle"):
            rl.limit(system, rl.networks.Dense(hidden=1), {"W": [np.zeros((4, 2))], "w": np.zeros(2)})

    def test_a_saddle_that_is_a_solution_is_one(self):
        """b = 0 from all weights at 0: nothing is left to train."""
        system = rl.LinearSystem(np.ones((1, 4)), np.zeros(1))
        found = rl.limit(system, rl.networks.Dense(hidden=1), {"W": [np.zeros((4, 2))], "w": np.zeros(2)})
        assert not found.x.any()
        assert found.success

    def test_generic_dense_starts_say_which_test_failed_and_by_how_much(self):
        rng = np.random.default_rng(0)
        A = rng.standard_normal((3, 8))
        system, network = rl.LinearSystem(A, A @ np.ones(8)), rl.networks.Dense(hidden=1, width=3)
        with pytest.raises(NoExactLimit) as caught:
            rl.limit(system, network, rl.inits.Gaussian(0.5))
        message = str(caught.value)
        assert "not of rank one" in message
        assert "P_N W_1 is" in message
        assert "P_A W_1 is" in message
        assert "rl.train" in message

    def test_nearly_a_chain_is_no_chain(self):
        rng = np.random.default_rng(1)
        A = rng.standard_normal((3, 8))
        system, network = rl.LinearSystem(A, A @ np.ones(8)), rl.networks.Dense(hidden=2, width=3)
        theta0 = rl.inits.Imbalanced(0.3, 0.5)(network, system, seed=0)
        assert rl.limit(system, network, theta0).success
        theta0["W"][1] = theta0["W"][1] + 1e-9 * rng.standard_normal((3, 3))
        with pytest.raises(NoExactLimit, match=r"layer 2 is not of rank one.*e-(09|10)"):
            rl.limit(system, network, theta0)

    def test_chains_whose_factors_may_cross_zero_are_refused(self):
        """δ < 0: the closed form would have the wrong sign in many cases."""
        system = rl.LinearSystem(np.eye(2, 6), np.ones(2))
        theta0 = {"W": [np.outer([1.0, 1, 1, 1, 1, 1], [0.6, 0.8])], "w": 0.1 * np.array([0.6, 0.8])}
        with pytest.raises(NoExactLimit, match=r"imbalance δ is -1.0e.00"):
            rl.limit(system, rl.networks.Dense(hidden=1), theta0)

    def test_misaligned_layers_are_named(self):
        system = rl.LinearSystem(np.eye(2, 6), np.ones(2))
        theta0 = {"W": [np.outer(np.full(6, 0.1), [0.6, 0.8])], "w": np.array([0.8, 0.6])}
        with pytest.raises(NoExactLimit, match="layers 1 and 2 are not aligned"):
            rl.limit(system, rl.networks.Dense(hidden=1), theta0)


def test_a_start_that_solves_the_system_stays():
    rng = np.random.default_rng(2)
    A, u, v = rng.standard_normal((4, 9)), *rng.uniform(0.2, 1.0, (2, 9))
    system = rl.LinearSystem(A, A @ (u**3 - v**3))
    found = rl.limit(system, rl.networks.Difference(3), {"u": u, "v": v})
    np.testing.assert_allclose(found.x, u**3 - v**3, rtol=1e-12)
    assert found.success
    assert found.stats["steps"] == 0


@pytest.mark.parametrize("scale", [1e-3, 1e-2, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("network", [rl.networks.Difference, rl.networks.Power])
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_only_solution_is_the_limit_from_every_start(network, depth, scale):
    """Full column rank: no path has to be followed, however far the start is."""
    rng = np.random.default_rng(6)
    A = rng.standard_normal((28, 14))
    for seed in range(4):
        theta0 = rl.inits.Gaussian(scale)(network(depth), rl.LinearSystem(A, np.zeros(28)), seed)
        x = rng.uniform(0.2, 1.0, 14)
        if network is rl.networks.Power and depth % 2:
            x = x * np.sign(theta0["u"])
        elif network is rl.networks.Difference and depth == 3:
            x = x * np.where(theta0["u"] * theta0["v"] < 0, np.sign(theta0["u"]), 1.0)
        found = rl.limit(rl.LinearSystem(A, A @ x), network(depth), theta0)
        # At ten times the size of x, D = 4 leaves a rounding of 1e4 eps in x: the status may say so, nothing else.
        assert found.success or ("float64" in found.message and found.residual < 1e-9), found
        np.testing.assert_allclose(found.x, x, rtol=1e-9)


def test_an_explicit_theta_and_the_init_that_made_it_are_one():
    rng = np.random.default_rng(3)
    A = rng.standard_normal((4, 9))
    system, network = rl.LinearSystem(A, A @ rng.standard_normal(9)), rl.networks.TwoBranch(2)
    init = rl.inits.Gaussian(0.2)
    np.testing.assert_array_equal(
        rl.limit(system, network, init, seed=5).x, rl.limit(system, network, init(network, system, 5)).x
    )


def test_the_practitioners_line():
    rng = np.random.default_rng(4)
    A, x = rng.standard_normal((30, 80)), np.zeros(80)
    x[[1, 20, 50]] = 3.0, -2.0, 1.0
    for factor in (1e-6, 1.0, 1e6):
        found = rl.solve(A, factor * A @ x)
        np.testing.assert_allclose(found.x, factor * x, atol=2e-3 * factor)
        assert "noise included" in found.message
        assert "Constant(scale=" in found.provenance["configuration"]["init"]
        assert rl.certify(found).verdict == "certified"
    assert not rl.solve(A, np.zeros(30)).x.any()
    named = rl.LinearSystem(A, A @ x, truth=x, name="mine")
    assert rl.solve(named).system is named
    np.testing.assert_array_equal(rl.solve(named).x, rl.solve(A, A @ x).x)
    other = rl.solve(A, A @ x, network=rl.networks.Direct(), init={"x": np.zeros(80)})
    np.testing.assert_allclose(other.x, np.linalg.pinv(A) @ (A @ x), atol=1e-10)
