"""Lazy training: x = x₀ + α(F(θ) − F(θ₀)) with the loss over α². Every theorem on F is one on it."""

import numpy as np
import pytest
import scipy.integrate
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.errors import IncompatibleInitError, InfeasibleSignsError, InvalidInputError

EQUATIONS, UNKNOWNS = 4, 9
WEIGHTS = rl.flows.GradientFlow(coordinates="weights")

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, rank=EQUATIONS):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 105]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    A = left * np.where(np.arange(EQUATIONS) < rank, np.linspace(1, 0.5, EQUATIONS), 0) @ right
    # All entries positive: what u² can reach.
    return rl.LinearSystem(A, A @ rng.uniform(0.2, 1.5, UNKNOWNS)), rng


def diagonal(depth, sign):
    """F and its Jacobian's transpose for u^D, and for u^D − v^D with both stacked."""
    if not sign:
        return lambda t: t**depth, lambda t, z: depth * t ** (depth - 1) * z

    def value(t):
        return t[:UNKNOWNS] ** depth - t[UNKNOWNS:] ** depth

    def pulled(t, z):
        return depth * t ** (depth - 1) * np.concatenate([z, -z])

    return value, pulled


def flowed(system, start, alpha, depth, sign):
    """x at the end of θ' = −∇½‖A(x₀ + α(F(θ) − F(θ₀))) − b‖²/α², typed out and integrated by SciPy."""
    value, pulled = diagonal(depth, sign)
    center = value(start)

    def seen(theta):
        return center + alpha * (value(theta) - center)

    def velocity(_, theta):
        return pulled(theta, system.A.T @ (system.b - system.A @ seen(theta))) / alpha

    def done(_, theta):
        return np.linalg.norm(system.A @ seen(theta) - system.b) / np.linalg.norm(system.b) - 1e-11

    done.terminal = True
    run = scipy.integrate.solve_ivp(velocity, (0, 1e5), start, "LSODA", rtol=1e-12, atol=1e-14, events=done)
    assert run.t_events[0].size, "the oracle itself did not reach zero loss"
    return seen(run.y[:, -1])


def weights_of(start, sign):
    return {"u": start[:UNKNOWNS], "v": start[UNKNOWNS:]} if sign else {"u": start}


class TestValue:
    @given(st.floats(1e-3, 1e6), st.integers(0, 99))
    def test_it_is_the_network_magnified_around_its_center(self, alpha, seed):
        rng = np.random.default_rng(np.random.SeedSequence([seed, 106]))
        network, center = rl.networks.Difference(2), rng.standard_normal(UNKNOWNS)
        theta = {"u": rng.standard_normal(UNKNOWNS), "v": rng.standard_normal(UNKNOWNS)}
        lazy = rl.networks.Lazy(network, alpha)
        wanted = center + alpha * (theta["u"] ** 2 - theta["v"] ** 2 - center)
        np.testing.assert_allclose(lazy({**theta, "center": center}), wanted, rtol=1e-13, atol=1e-13 * alpha)
        np.testing.assert_array_equal(lazy(theta), network(theta))

    def test_training_leaves_the_center_and_comes_back_to_it(self):
        system, _ = drawn(0)
        lazy = rl.networks.Lazy(rl.networks.Dense(1, 12), alpha=5.0)
        theta0 = rl.inits.Gaussian(1.0)(lazy, system, 1)
        assert set(theta0) == {"W", "w"}
        found = rl.train(system, lazy, theta0, WEIGHTS, tol=1e-10)
        np.testing.assert_array_equal(found.theta["center"], lazy.network(theta0))
        np.testing.assert_allclose(lazy(found.theta), found.x, rtol=0, atol=1e-13)
        again = rl.train(system, lazy, found.theta, WEIGHTS, tol=1e-10)
        assert again.stats["steps"] == 0
        np.testing.assert_allclose(again.x, found.x, rtol=0, atol=1e-13)

    def test_training_half_done_goes_on_to_the_same_end(self):
        system, _ = drawn(1)
        lazy = rl.networks.Lazy(rl.networks.Dense(1, 12), alpha=5.0)
        half = rl.train(system, lazy, rl.inits.Gaussian(1.0), WEIGHTS, tol=0.3, seed=2)
        assert half.residual > 1e-4
        once, twice = (
            rl.train(system, lazy, start, WEIGHTS, tol=1e-11, seed=2).x
            for start in (rl.inits.Gaussian(1.0), half.theta)
        )
        np.testing.assert_allclose(twice, once, rtol=0, atol=1e-9)


class TestTraining:
    @pytest.mark.parametrize("alpha", [0.3, 1.0, 20.0])
    def test_steps_are_those_of_the_loss_over_alpha_squared(self, alpha):
        system, rng = drawn(2)
        u, v = rng.uniform(0.5, 1, UNKNOWNS), rng.uniform(0.5, 1, UNKNOWNS)
        theta0, center, step = {"u": u.copy(), "v": v.copy()}, u**2 - v**2, 0.02
        for _ in range(57):
            pull = system.A.T @ (system.A @ (center + alpha * (u**2 - v**2 - center)) - system.b) * alpha / alpha**2
            u, v = u - step * 2 * u * pull, v + step * 2 * v * pull
        flow = rl.flows.GradientDescent(step_size=step, max_steps=57)
        found = rl.train(system, rl.networks.Lazy(rl.networks.Difference(2), alpha), theta0, flow, tol=1e-13)
        assert found.stats["steps"] == 57
        np.testing.assert_allclose(found.theta["u"], u, rtol=1e-12)
        np.testing.assert_allclose(found.theta["v"], v, rtol=1e-12)
        x = center + alpha * (u**2 - v**2 - center)
        np.testing.assert_allclose(found.x, x, rtol=1e-11)
        # Loss and residual are told in the terms of x.
        misfit = np.linalg.norm(system.A @ x - system.b)
        assert found.history.loss[-1] == pytest.approx(misfit**2 / 2, rel=1e-9)
        assert found.history.residual[-1] == pytest.approx(misfit / np.linalg.norm(system.b), rel=1e-9)

    def test_zero_right_hand_side(self):
        """The residual is measured in what A x₀ is, whatever α."""
        system = rl.LinearSystem(drawn(3)[0].A, np.zeros(EQUATIONS))
        for alpha in (1.0, 30.0):
            lazy = rl.networks.Lazy(rl.networks.Dense(1, 12), alpha)
            found = rl.train(system, lazy, rl.inits.Gaussian(1.0), WEIGHTS, tol=1e-9)
            assert found.success
            assert np.linalg.norm(system.A @ found.x) < 1e-8


class TestTheorems:
    @pytest.mark.parametrize("alpha", [0.7, 4.0, 50.0])
    @pytest.mark.parametrize(
        ("network", "depth", "sign"),
        [
            (rl.networks.Difference(2), 2, True),
            (rl.networks.Difference(3), 3, True),
            (rl.networks.Power(2), 2, False),
            (rl.networks.Power(3), 3, False),
        ],
        ids=repr,
    )
    def test_limits_are_where_training_ends(self, network, depth, sign, alpha):
        system, rng = drawn(4, rank=3)
        start = rng.uniform(0.5, 1.2, UNKNOWNS * (1 + sign))
        theta0 = weights_of(start, sign)
        lazy = rl.networks.Lazy(network, alpha)
        found = rl.limit(system, lazy, theta0)
        assert found.success
        wanted = flowed(system, start, alpha, depth, sign)
        assert np.linalg.norm(found.x - wanted) <= 1e-8 * np.linalg.norm(wanted)
        assert rl.certify(found).verdict == "certified"
        # A move of x is one of F by 1/α of it, and that is what Φ sees.
        moved = found.x + 1e-5 * alpha * system.project_null(rng.standard_normal(UNKNOWNS))
        assert rl.certify(system, moved, found.bias, found.dual).verdict == "refuted"
        if alpha != 1:
            assert np.linalg.norm(rl.limit(system, network, theta0).x - found.x) > 1e-3

    @pytest.mark.parametrize("alpha", [0.7, 4.0, 50.0])
    @pytest.mark.parametrize("kind", ["chain", "null space", "row space"])
    def test_dense_limits_are_where_training_ends(self, kind, alpha):
        system, rng = drawn(5)
        network = rl.networks.Dense(1, 12)
        first, vector = rng.standard_normal((UNKNOWNS, 12)) / 4, rng.standard_normal(12)
        if kind == "chain":
            theta0 = rl.inits.Chain(0.8, 1.3)(network, system, 1)
        elif kind == "row space":
            theta0 = rl.inits.project_rows({"W": [first], "w": vector}, system)
        else:
            null = np.column_stack([system.project_null(system.project_null(column)) for column in first.T])
            theta0 = {"W": [null], "w": vector}
        lazy = rl.networks.Lazy(network, alpha)
        found, run = rl.limit(system, lazy, theta0), rl.train(system, lazy, theta0, WEIGHTS, tol=1e-11)
        assert found.success
        assert run.success
        assert np.linalg.norm(found.x - run.x) <= 1e-8 * np.linalg.norm(run.x)

    def test_without_a_theorem_on_the_network_there_is_none(self):
        system, _ = drawn(6)
        lazy = rl.networks.Lazy(rl.networks.Dense(1, 12), 3.0)
        with pytest.raises(rl.NoExactLimit, match="not a chain"):
            rl.limit(system, lazy, rl.inits.Gaussian(1.0))
        assert lazy.bias(rl.inits.Gaussian(1.0)(lazy, system), system) is None

    def test_signs_that_lock(self):
        """U² moves down to 0 and no further: x stays above x₀ − αu₀². A larger α widens what can be reached."""
        A = np.abs(drawn(7)[0].A)
        below = rl.LinearSystem(A, A @ np.full(UNKNOWNS, -3.0))
        theta0 = {"u": np.full(UNKNOWNS, 0.5)}
        with pytest.raises(InfeasibleSignsError):
            rl.limit(below, rl.networks.Power(2), theta0)
        wide = rl.limit(below, rl.networks.Lazy(rl.networks.Power(2), 100.0), theta0)
        assert wide.success
        assert -100 * 0.25 < wide.x.min() < -1

    @given(st.sampled_from([2, 3]), st.booleans(), st.integers(0, 30))
    def test_the_linearised_limit_is_approached_as_one_over_alpha(self, depth, sign, seed):
        system, rng = drawn(seed)
        network = rl.networks.Difference(depth) if sign else rl.networks.Power(depth)
        theta0 = weights_of(rng.uniform(0.7, 1.3, UNKNOWNS * (1 + sign)), sign)
        wanted, alphas = rl.lazy_limit(system, network, theta0).x, np.geomspace(300, 30000, 3)
        errors = [
            np.linalg.norm(rl.limit(system, rl.networks.Lazy(network, alpha), theta0).x - wanted) for alpha in alphas
        ]
        assert np.polyfit(np.log(alphas), np.log(errors), 1)[0] == pytest.approx(-1, abs=0.03)


class TestRefusals:
    @pytest.mark.parametrize("alpha", [0.0, -1.0, np.nan, np.inf, "2", None, True])
    def test_alphas_that_are_none(self, alpha):
        with pytest.raises(InvalidInputError, match="alpha"):
            rl.networks.Lazy(rl.networks.Direct(), alpha)

    @pytest.mark.parametrize("network", [rl.networks.Lazy(), rl.networks.Dense, "Dense", None])
    def test_networks_that_are_none(self, network):
        with pytest.raises(InvalidInputError, match=r"pass a network such as rl\.networks\.Dense"):
            rl.networks.Lazy(network, 2.0)

    def test_centers_of_another_shape(self):
        lazy, system = rl.networks.Lazy(rl.networks.Direct(), 2.0), drawn(0)[0]
        for center in (np.ones(8), np.ones((9, 1)), 1.0):
            with pytest.raises(InvalidInputError, match="center"):
                rl.limit(system, lazy, {"x": np.ones(UNKNOWNS), "center": center})
        with pytest.raises(InvalidInputError, match="NaN"):
            rl.limit(system, lazy, {"x": np.ones(UNKNOWNS), "center": np.full(UNKNOWNS, np.nan)})

    def test_other_networks_have_no_center(self):
        with pytest.raises(InvalidInputError, match="center"):
            rl.limit(drawn(0)[0], rl.networks.Direct(), {"x": np.ones(UNKNOWNS), "center": np.ones(UNKNOWNS)})

    def test_inits_that_its_network_refuses(self):
        lazy = rl.networks.Lazy(rl.networks.Dense(1), 2.0)
        with pytest.raises(IncompatibleInitError, match=r"Lazy\(network=Dense"):
            rl.inits.Constant(0.1)(lazy, drawn(0)[0])


def test_what_float64_cannot_hold_is_no_success():
    """At α = 3e7 an inner residual of 1e-15 is an outer one of 3e-8: never CONVERGED above the tolerance."""
    rng = np.random.default_rng(8)
    system = rl.LinearSystem(rng.standard_normal((3, 7)), rng.standard_normal(3))
    network = rl.networks.Lazy(rl.networks.Dense(1, width=5), alpha=3e7)
    flow = rl.flows.GradientDescent(max_steps=20_000)
    ends = [rl.train(system, network, rl.inits.Gaussian(1.0), flow, seed=seed) for seed in range(8)]
    assert any(end.residual > 1e-8 for end in ends)
    for end in ends:
        assert end.success == (end.residual <= 1e-8)
        assert end.status is not rl.Status.DIVERGED
