"""Recovery proofs: what they certify is the only ℓ1 solution; what they must not certify, they do not."""

import numpy as np
import pytest
import scipy.optimize

import ridgeless as rl
from ridgeless.certificates import recovery
from ridgeless.errors import InvalidInputError
from ridgeless.potentials import WeightedL1

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, equations, unknowns, nonzeros):
    rng = np.random.default_rng([seed, equations])
    A, x = rng.standard_normal((equations, unknowns)), np.zeros(unknowns)
    x[rng.choice(unknowns, nonzeros, replace=False)] = rng.standard_normal(nonzeros)
    return rl.LinearSystem(A, A @ x, x)


def is_unique_by_linear_programs(system, x):
    """Whether every ℓ1 minimiser agrees with x: the least and the largest of a random functional over them all."""
    A, cost = np.asarray(system.A), np.abs(x).sum()
    direction = np.random.default_rng(0).standard_normal(len(x))
    ends = [
        scipy.optimize.linprog(
            sign * np.concatenate([direction, -direction]),
            A_eq=np.hstack([A, -A]),
            b_eq=system.b,
            A_ub=np.ones((1, 2 * len(x))),
            b_ub=[cost * (1 + 1e-9)],
            method="highs",
        ).fun
        for sign in (1, -1)
    ]
    return abs(ends[0] + ends[1]) < 1e-5 * np.abs(direction @ x)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("nonzeros", [2, 5, 9])
def test_it_agrees_with_linear_programming(seed, nonzeros):
    system = drawn(seed, 15, 40, nonzeros)
    proof = recovery(system, system.truth)
    shortest = rl.limit(system, rl.networks.Difference(2), rl.inits.Vanishing())
    is_shortest = np.abs(shortest.x).sum() > np.abs(system.truth).sum() * (1 - 1e-9)
    assert proof.is_certified == (is_shortest and is_unique_by_linear_programs(system, system.truth))
    assert (proof.off_support < 1) == proof.is_certified


@pytest.mark.parametrize("depth", [2, 3])
def test_a_vanishing_limit_carries_its_proof(depth):
    system = drawn(1, 20, 60, 3)
    found = rl.limit(system, rl.networks.Difference(depth), rl.inits.Vanishing())
    proof = recovery(found)
    assert proof.is_certified
    np.testing.assert_array_equal(proof.support, np.flatnonzero(system.truth))
    edges = np.sign(system.truth[proof.support]) * found.bias.potential.positive[proof.support]
    np.testing.assert_allclose(system.rmatvec(proof.dual)[proof.support], edges, rtol=1e-12)


def test_the_rate_of_small_starts_is_that_of_the_proof():
    system = drawn(3, 20, 50, 4)
    rate = 2 * (1 - recovery(system, system.truth).off_support)
    starts = [rl.inits.Constant(scale) for scale in (1e-10, 1e-13)]
    found = [rl.limit(system, rl.networks.Difference(2), start, tol=1e-13).x for start in starts]
    errors = [np.linalg.norm(x - system.truth) for x in found]
    assert abs(np.log10(errors[0] / errors[1]) / 3 - rate) < 0.05


def test_prices_decide():
    system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
    dear = WeightedL1(np.array([1.0, 3.0]), np.array([1.0, 3.0]))
    assert recovery(system, np.array([2.0, 0.0]), dear).is_certified
    assert not recovery(system, np.array([0.0, 1.0]), dear).is_certified
    locked = WeightedL1(np.array([np.inf, 1.0]), np.ones(2))
    assert not recovery(system, np.array([2.0, 0.0]), locked).is_certified


def test_what_it_must_not_certify():
    system = drawn(0, 15, 40, 3)
    assert "does not solve" in recovery(system, 1.001 * system.truth).reason
    assert not recovery(system, system.min_norm()).is_certified
    twice = rl.LinearSystem(np.hstack([system.A, system.A]), system.b)
    assert not recovery(twice, np.append(system.truth, np.zeros(40))).is_certified
    half = np.append(system.truth, system.truth) / 2
    assert "dependent" in recovery(twice, half).reason


def test_the_origin():
    system = rl.LinearSystem(np.ones((2, 5)) * np.arange(1, 6), np.zeros(2))
    proof = recovery(system, np.zeros(5))
    assert proof.is_certified
    assert proof.off_support == 0


def test_refusals():
    system = drawn(0, 15, 40, 3)
    with pytest.raises(InvalidInputError, match="no weighted ℓ1 norm"):
        recovery(rl.limit(system, rl.networks.Direct(), rl.inits.Constant(1.0)))
    with pytest.raises(InvalidInputError, match="shape"):
        recovery(system, np.ones(3))
    with pytest.raises(InvalidInputError, match="pass a Solution"):
        recovery(3)
