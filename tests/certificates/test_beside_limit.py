"""Certificates of trainings by the limit from the same start: what `certify` says, at the cost of a subtraction."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.certificates import KnownLimit, Verdict, certify_beside, enclose
from ridgeless.errors import InvalidInputError

N, INITS, FLOWS = rl.networks, rl.inits, rl.flows


def system_of(seed=0, shape=(5, 14)):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal(shape)
    return rl.LinearSystem(A, A @ rng.standard_normal(shape[1]))


def known(limit):
    proof = rl.certify(limit)
    return KnownLimit(limit.x, proof.distance, proof.relative_gap, limit.system, limit.network, limit.theta0)


def moved(training, x):
    return dataclasses.replace(training, x=x)


def pair(network=None, scale=0.5, seed=0, **settings):
    """A training and the limit from its start."""
    system, network = system_of(seed), N.Difference(3) if network is None else network
    flow = FLOWS.GradientDescent(**{"max_steps": 3000, **settings})
    trained = rl.train(system, network, INITS.Constant(scale), flow)
    return trained, rl.limit(system, network, INITS.Constant(scale))


class TestTheSameVerdict:
    @pytest.mark.usefixtures("as_a_user")
    def test_as_certify_on_trainings_of_every_network(self, found_network, starts, solvable):
        """Stopped early and late, asked for little and for much: decided, and never against `certify`."""
        A = np.random.default_rng(2).standard_normal((4, 9))
        probe = rl.LinearSystem(A, A @ np.ones(9))
        asked = decided = 0
        if not FLOWS.GradientDescent().settles_on(found_network):
            return
        for theta0 in list(starts(found_network, probe, seed=1, scale=0.4).values())[:3]:
            system = solvable(found_network, theta0, A)
            if found_network.bias(theta0, system) is None:
                continue
            limit = known(rl.limit(system, found_network, theta0))
            for steps in (30, 1500):
                trained = rl.train(system, found_network, theta0, FLOWS.GradientDescent(max_steps=steps), tol=1e-9)
                for within in (1e-7, 0.1):
                    beside, own = certify_beside(trained, limit, within), rl.certify(trained, within=within)
                    asked, decided = asked + 1, decided + (beside is not None)
                    if beside is None:
                        continue
                    assert beside.within == within
                    assert beside.feasibility == own.feasibility
                    assert own.verdict in (beside.verdict, Verdict.INCONCLUSIVE), (beside, own)
        assert decided >= 0.9 * asked

    @given(st.integers(0, 10**6), st.sampled_from([2, 3, 4]), st.floats(-3, 1))
    def test_near_the_limit_at_any_distance(self, seed, depth, log_scale):
        trained, limit = pair(N.Difference(depth), 10.0**log_scale, seed % 7, max_steps=2)
        rng = np.random.default_rng(seed)
        away = limit.system.project_null(rng.standard_normal(14))
        size = 10 ** rng.uniform(-12, -1) * np.linalg.norm(limit.x) / np.linalg.norm(away)
        near = moved(trained, limit.x + size * away)
        beside, own = certify_beside(near, known(limit)), rl.certify(near)
        assert beside is None or own.verdict in (beside.verdict, Verdict.INCONCLUSIVE)


class TestTheBounds:
    @given(st.integers(0, 10**6), st.sampled_from([2, 3, 5]))
    def test_they_hold_beside_rigorous_enclosures(self, seed, depth):
        """From distances of one rounding to those as large as x, and beside limits that are a little wrong."""
        trained, limit = pair(N.Difference(depth), 0.3, seed % 5, max_steps=2)
        rng = np.random.default_rng(seed)
        off = limit.x + 10 ** rng.uniform(-15, -9) * limit.system.project_null(rng.standard_normal(14))
        proof = rl.certify(limit.system, off, limit.bias, within=1e-3)
        beside = dataclasses.replace(known(limit), x=off, distance=proof.distance)
        x = off + 10 ** rng.uniform(-16, 0) * limit.system.project_null(rng.standard_normal(14))
        found = certify_beside(moved(trained, x), beside, within=1e-6)
        least, most = enclose(limit, digits=25).distance(x)
        if found is None:
            assert least > 1e-8  # only beside `within` does the bound of such a limit not decide
            return
        assert found.distance >= least
        assert found.witness is None or found.witness.value <= most

    def test_of_the_limit_itself(self):
        trained, limit = pair()
        found = certify_beside(moved(trained, limit.x), known(limit))
        assert found.verdict is Verdict.CERTIFIED
        assert enclose(limit, digits=25).distance(limit.x)[0] <= found.distance < 1e-12
        assert found.relative_gap == rl.certify(limit).relative_gap

    def test_a_witness_is_the_limit(self):
        trained, limit = pair(scale=1.0)
        found = certify_beside(trained, known(limit))
        assert (found.verdict, found.witness.kind) == (Verdict.REFUTED, "point")
        assert np.array_equal(found.witness.point, limit.x)
        apart = np.linalg.norm(trained.x - limit.x) / np.linalg.norm(trained.x)
        assert found.witness.value < apart < found.distance == pytest.approx(apart, rel=1e-9)

    @pytest.mark.parametrize("share", [0.99, 1.01])
    def test_a_bound_that_reaches_across_what_was_asked_decides_nothing(self, share):
        """‖x − x̄‖ is 1e-7 and the bound of x̄ a tenth of that: x∞ may lie on both sides of 1.05e-7."""
        trained, limit = pair()
        size = 1e-7 * np.linalg.norm(limit.x)
        away = limit.system.project_null(np.ones(14))
        near = moved(trained, limit.x + size * away / np.linalg.norm(away))
        loose = dataclasses.replace(known(limit), distance=1e-8)
        assert certify_beside(near, loose, within=1e-7 * share * 1.05) is None
        assert certify_beside(near, loose, within=1.2e-7).verdict is Verdict.CERTIFIED
        assert certify_beside(near, loose, within=0.8e-7).verdict is Verdict.REFUTED


class TestWithoutNewton:
    def test_an_x_that_misses_an_equation_is_refuted_as_certify_does(self):
        trained, limit = pair(max_steps=20)
        found, own = certify_beside(trained, known(limit)), rl.certify(trained)
        assert found == own
        assert found.witness.kind == "equation"

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_so_is_one_that_is_not_finite(self, bad):
        trained, limit = pair(max_steps=2)
        x = trained.x.copy()
        x[3] = bad
        found = certify_beside(moved(trained, x), known(limit))
        assert (found.verdict, found.witness.kind, found.witness.index) == (Verdict.REFUTED, "number", 3)

    def test_a_small_equation_that_is_missed_is_left_to_certify(self):
        """b₂ = 0, and the terms of that equation are tiny: x is near the limit, and does not solve it."""
        system = rl.LinearSystem(np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]), np.array([1.0, 0.0]))
        start = {"x": np.array([0.0, 0.0, 1e-12, -1e-12])}
        limit = rl.limit(system, N.Direct(), start)
        trained = rl.train(system, N.Direct(), start, FLOWS.GradientDescent(max_steps=2))
        near = moved(trained, limit.x + np.array([0.0, 0.0, 1e-12, 0.0]))
        assert rl.certify(near).verdict is Verdict.INCONCLUSIVE
        assert certify_beside(near, known(limit)) is None


class TestWhatDecidesNothing:
    @pytest.mark.parametrize("distance", [np.inf, np.nan, 1e300])
    def test_a_limit_without_a_bound(self, distance):
        trained, limit = pair()
        assert certify_beside(trained, dataclasses.replace(known(limit), distance=distance)) is None

    def test_a_flow_with_a_theorem_of_its_own(self):
        system = system_of()
        flow = FLOWS.MirrorDescent(potential=rl.potentials.Hypentropy(np.ones(14), 4.0), max_steps=50)
        trained = rl.train(system, N.Direct(), {"x": np.zeros(14)}, flow)
        assert flow.own_bias(trained.theta0) is not None
        assert certify_beside(trained, known(rl.limit(system, N.Direct(), {"x": np.zeros(14)}))) is None

    def test_what_was_not_trained(self):
        """The lazy limit has the same network and start, and is a limit of its own."""
        trained, limit = pair()
        lazy = rl.lazy_limit(trained.system, trained.network, INITS.Constant(0.5))
        assert certify_beside(lazy, known(limit)) is None


class TestRefused:
    def test_the_limit_of_another_start(self):
        trained, limit = pair()
        other = known(rl.limit(limit.system, limit.network, INITS.Constant(0.5000001)))
        with pytest.raises(InvalidInputError, match="another start"):
            certify_beside(trained, other)

    @pytest.mark.parametrize("part", ["A", "b"])
    def test_the_limit_of_another_system(self, part):
        trained, limit = pair()
        A, b = limit.system.A.copy(), limit.system.b.copy()
        changed = A if part == "A" else b
        changed[..., 0] = np.nextafter(changed[..., 0], np.inf)
        other = known(rl.limit(rl.LinearSystem(A, b), limit.network, INITS.Constant(0.5)))
        with pytest.raises(InvalidInputError, match="another system"):
            certify_beside(trained, other)

    def test_the_limit_of_another_network(self):
        trained, _ = pair()
        other = known(rl.limit(trained.system, N.Difference(2), INITS.Constant(0.5)))
        with pytest.raises(InvalidInputError, match="another network"):
            certify_beside(trained, other)

    def test_equal_arrays_are_the_same_system(self):
        trained, limit = pair()
        copy = rl.LinearSystem(limit.system.A.copy(), limit.system.b.copy())
        assert certify_beside(trained, dataclasses.replace(known(limit), system=copy)) is not None

    def test_layers_are_compared_one_by_one(self):
        system, network = system_of(shape=(3, 4)), N.Dense(hidden=1)
        limit = rl.limit(system, network, INITS.Chain(0.3))
        trained = rl.train(system, network, INITS.Chain(0.3), FLOWS.GradientDescent(max_steps=5))
        assert certify_beside(trained, known(limit)) is not None
        weights = {name: [2 * layer for layer in layers] for name, layers in limit.theta0.items()}
        with pytest.raises(InvalidInputError, match="another start"):
            certify_beside(trained, dataclasses.replace(known(limit), theta0=weights))

    def test_a_solution_that_does_not_tell_its_start(self):
        trained, limit = pair(max_steps=2)
        for name in ("system", "network", "theta0"):
            with pytest.raises(InvalidInputError, match="does not tell"):
                certify_beside(dataclasses.replace(trained, **{name: None}), known(limit))
