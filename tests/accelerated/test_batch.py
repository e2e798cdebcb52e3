"""Limits in batches, against limits one by one: the second route is NumPy's."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InconsistentSystemError, InfeasibleSignsError, InvalidInputError, NoExactLimit

DIAGONAL = rl.networks.Difference(depth=2)
NETWORKS = [DIAGONAL, rl.networks.Product(depth=2), rl.networks.TwoBranch(depth=2), rl.networks.Power(depth=2)]
SCALES = (10.0, 1e-3, 1e-16, 1e-60)
EQUATIONS, UNKNOWNS = 5, 14

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed=0, is_positive=False):
    rng = np.random.default_rng([seed, 17])
    A, x = rng.standard_normal((EQUATIONS, UNKNOWNS)), rng.standard_normal(UNKNOWNS)
    return rl.LinearSystem(A, A @ (np.abs(x) if is_positive else x))


def agree(batch, systems, network, inits):
    assert batch.success.all()
    for index, (system, init) in enumerate(zip(systems, inits, strict=True)):
        one = rl.limit(system, network, init)
        assert np.linalg.norm(batch.x[index] - one.x) <= 1e-10 * np.linalg.norm(one.x)
        assert batch.residual[index] == pytest.approx(system.residual(batch.x[index]), rel=1e-3, abs=1e-15)
        assert rl.certify(system, batch.x[index], one.bias, batch.dual[index]).verdict.value == "certified"


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_scales(network):
    system = drawn(is_positive=network == rl.networks.Power(depth=2))
    inits = [rl.inits.Constant(scale) for scale in SCALES]
    agree(rl.accelerated.limit_batch(system, network, inits), [system] * len(SCALES), network, inits)


def test_right_hand_sides_share_one_factorisation():
    system, rng = drawn(), np.random.default_rng(3)
    systems = [system.with_right(rng.standard_normal(EQUATIONS)) for _ in range(4)]
    batch = rl.accelerated.limit_batch(systems, DIAGONAL, rl.inits.Constant(1e-3))
    agree(batch, systems, DIAGONAL, [rl.inits.Constant(1e-3)] * 4)


def test_systems_and_starts_in_pairs():
    systems, rng = [drawn(seed) for seed in range(4)], np.random.default_rng(4)
    starts = [{"u": 0.1 * rng.standard_normal(UNKNOWNS), "v": 0.1 * rng.standard_normal(UNKNOWNS)} for _ in range(4)]
    agree(rl.accelerated.limit_batch(systems, DIAGONAL, starts), systems, DIAGONAL, starts)


def test_dependent_equations_badly_scaled():
    whole = drawn()
    A = np.vstack([whole.A[:-1] * np.array([[1e-4], [1.0], [1e3], [1.0]]), whole.A[0] + whole.A[1]])
    systems = [rl.LinearSystem(A, A @ np.ones(UNKNOWNS)), whole]
    agree(
        rl.accelerated.limit_batch(systems, DIAGONAL, rl.inits.Constant(0.01)),
        systems,
        DIAGONAL,
        [rl.inits.Constant(0.01)] * 2,
    )


def test_locked_signs_and_frozen_coordinates(solvable):
    rng = np.random.default_rng(5)
    theta0 = {"u": 0.1 * rng.standard_normal(UNKNOWNS), "v": 0.1 * rng.standard_normal(UNKNOWNS)}
    theta0["u"][:3], theta0["v"][2:6] = 0.0, 0.0
    system = solvable(DIAGONAL, theta0, rng.standard_normal((EQUATIONS, UNKNOWNS)))
    batch = rl.accelerated.limit_batch(system, DIAGONAL, [theta0])
    agree(batch, [system], DIAGONAL, [theta0])
    assert batch.x[0, 2] == 0


def test_a_start_that_solves_and_a_right_hand_side_of_zeros():
    system = drawn()
    systems = [system.with_right(np.zeros(EQUATIONS)), system]
    batch = rl.accelerated.limit_batch(systems, DIAGONAL, rl.inits.Constant(0.1))
    assert batch.success.all()
    assert not batch.x[0].any()
    theta0 = {"u": np.linspace(1, 2, UNKNOWNS), "v": np.ones(UNKNOWNS)}
    agree(rl.accelerated.limit_batch(systems, DIAGONAL, [theta0]), systems, DIAGONAL, [theta0] * 2)


def test_chunks_give_the_same(monkeypatch):
    from ridgeless.accelerated import batch as module

    inits = [rl.inits.Constant(scale) for scale in SCALES[:3]]
    whole = rl.accelerated.limit_batch(drawn(), DIAGONAL, inits)
    monkeypatch.setattr(module, "_MOST_ENTRIES", 2 * EQUATIONS * UNKNOWNS)
    np.testing.assert_allclose(rl.accelerated.limit_batch(drawn(), DIAGONAL, inits).x, whole.x, rtol=1e-10, atol=1e-14)


def test_one_program_for_one_shape():
    inits = [rl.inits.Constant(scale) for scale in (0.3, 0.2, 0.1, 1e-5)]
    rl.accelerated.limit_batch(drawn(1), DIAGONAL, inits)
    assert rl.accelerated.limit_batch(drawn(2), DIAGONAL, inits[::-1]).compile_s == 0


def test_a_solver_that_stops_early_says_so(monkeypatch):
    from ridgeless.accelerated import _homotopy

    monkeypatch.setattr(_homotopy, "_MOST_TURNS", 3)
    network = rl.networks.Difference(depth=2)
    batch = rl.accelerated.limit_batch(drawn(), network, [rl.inits.Constant(1e-8)] * 7)
    assert not batch.success.any()
    assert set(batch.status) == {rl.Status.STALLED}


def test_everything_that_comes_back_is_numpy():
    batch = rl.accelerated.limit_batch(drawn(), DIAGONAL, rl.inits.Constant(0.1))
    for array in (batch.x, batch.dual, batch.residual, batch.steps, batch.success):
        assert type(array) is np.ndarray
    assert batch.x.dtype == np.float64


class TestRefusals:
    def test_other_depths(self):
        with pytest.raises(NoExactLimit, match="not made of exponentials"):
            rl.accelerated.limit_batch(drawn(), rl.networks.Difference(depth=3), rl.inits.Constant(0.1))

    def test_no_theorem(self):
        with pytest.raises(NoExactLimit, match="no theorem gives the end"):
            rl.accelerated.limit_batch(drawn(), rl.networks.Dense(hidden=1), rl.inits.Gaussian(0.1))

    def test_what_the_limit_refuses(self):
        A = np.ones((2, 4))
        with pytest.raises(InconsistentSystemError):
            rl.accelerated.limit_batch(rl.LinearSystem(A, [1.0, 2.0]), DIAGONAL, rl.inits.Constant(0.1))
        with pytest.raises(InfeasibleSignsError):
            rl.accelerated.limit_batch(
                rl.LinearSystem(A[:1], [-1.0]), rl.networks.Power(depth=2), rl.inits.Constant(0.1)
            )

    def test_lists_that_do_not_pair(self):
        with pytest.raises(InvalidInputError, match="2 systems and 3 inits do not pair up"):
            rl.accelerated.limit_batch([drawn(), drawn(1)], DIAGONAL, [rl.inits.Constant(0.1)] * 3)
        with pytest.raises(InvalidInputError, match="inits is"):
            rl.accelerated.limit_batch(drawn(), DIAGONAL, [])
        with pytest.raises(InvalidInputError, match="systems is 1"):
            rl.accelerated.limit_batch(1, DIAGONAL, rl.inits.Constant(0.1))

    def test_shapes_that_differ(self):
        other = rl.LinearSystem(np.ones((1, 3)), np.ones(1))
        with pytest.raises(InvalidInputError, match="the systems have the shapes"):
            rl.accelerated.limit_batch([drawn(), other], DIAGONAL, rl.inits.Constant(0.1))
