"""Columns that are nearly alike: the minimiser of the stored numbers, by every basis in rationals, or STALLED."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.limits.vanishing.near_copies import refine_on_support, relative_uncertainty
from ridgeless.potentials import WeightedL1


def drawn(seed):
    """A few equations; one or two columns nearly alike, 1e-4 to 1e-13 apart; b from a sparse x, and rounded."""
    rng = np.random.default_rng([12, seed])
    n = int(rng.integers(2, 5))
    d, gap = n + int(rng.integers(1, 3)), 10.0 ** -rng.uniform(4, 13.5)
    A = rng.standard_normal((n, d))
    for _ in range(int(rng.integers(1, 3))):
        one, other = rng.choice(d, 2, replace=False)
        A[:, one] = rng.choice([-1, 1]) * A[:, other] + gap * rng.standard_normal(n)
    x = np.zeros(d)
    used = rng.choice(d, int(rng.integers(1, n + 1)), replace=False)
    x[used] = rng.standard_normal(len(used))
    return rl.LinearSystem(A, A @ x)


def exact_minimiser(A, b):
    """The vertex of least ℓ1 norm, rounded once."""
    best = None
    for columns in itertools.combinations(range(A.shape[1]), len(A)):
        values = eliminated(A[:, columns], b)
        cost = None if values is None else sum(abs(value) for value in values)
        if cost is not None and (best is None or cost < best[0]):
            best = cost, columns, values
    assert best is not None
    x = np.zeros(A.shape[1])
    x[list(best[1])] = [float(value) for value in best[2] or []]
    return x


def eliminated(square, b):
    table = [[Fraction(float(entry)) for entry in [*row, value]] for row, value in zip(square, b, strict=True)]
    for k in range(len(table)):
        pivot = next((i for i in range(k, len(table)) if table[i][k]), None)
        if pivot is None:
            return None
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [entry / table[k][k] for entry in table[k]]
        for i in range(len(table)):
            if i != k:
                table[i] = [a - table[i][k] * c for a, c in zip(table[i], table[k], strict=True)]
    return [row[-1] for row in table]


@pytest.mark.parametrize("first", [0, 15, 30])
def test_no_limit_that_is_not_that_of_the_stored_numbers(first):
    counts = {"told": 0, "stalled": 0}
    for seed in range(first, first + 15):
        system = drawn(seed)
        found = rl.limit(system, rl.networks.Difference(2 + seed % 3), rl.inits.Vanishing())
        truth, proof = exact_minimiser(np.asarray(system.A), system.b), rl.certify(found)
        apart = np.linalg.norm(found.x - truth) / np.linalg.norm(found.x)
        assert apart <= proof.distance + 1e-15
        assert not (proof.verdict == "refuted" and apart < 1e-7)
        if found.success:
            assert apart < 1e-6
        counts["told" if found.success else "stalled"] += 1
    assert counts["told"] >= counts["stalled"]


def near_copy(gap=1e-12):
    """b is nearly the first column; what it misses of it asks for 1e-14/gap of the second."""
    A = np.array([[1.0, 1.0], [0.0, gap]])
    return rl.LinearSystem(A, np.array([1.0, 1e-14]))


def test_recovery_asks_for_each_equation_to_its_rounding():
    system = near_copy()
    wrong = rl.certificates.recovery(system, np.array([1.0, 0.0]))
    assert not wrong.is_certified
    assert "misses an equation" in wrong.reason
    assert rl.certificates.recovery(system, np.array([0.99, 0.01])).is_certified
    away = rl.certificates.recovery(system, np.array([0.98, 0.02]))
    assert not away.is_certified
    assert "away" in away.reason


def test_x_near_the_solution_on_its_support_stands_for_it():
    rng = np.random.default_rng(3)
    A, truth = rng.standard_normal((20, 60)), np.zeros(60)
    truth[:3] = [1.0, -2.0, 0.5]
    system = rl.LinearSystem(A, A @ truth)
    assert rl.certificates.recovery(system, truth * (1 + 1e-9)).is_certified
    assert not rl.certificates.recovery(system, truth * (1 + 1e-6)).is_certified


def test_room_to_move_is_what_the_copy_takes():
    system = near_copy(1e-10)
    A, x = system.rows(), np.array([1.0, 0.0])
    ones = WeightedL1(np.ones(2), np.ones(2))
    s = A.T @ np.array([1.0, 0.0])
    np.testing.assert_allclose(relative_uncertainty(A, x, system.b, ones, s), np.sqrt(2) * 1e-14 / 1e-10, rtol=1e-6)
    np.testing.assert_allclose(relative_uncertainty(A, x, system.b, ones, 0.9 * s), 0.0)


def test_polished_entries_have_every_digit():
    A = np.array([[1.0, 1 + 2.0**-40], [1.0, 1 - 2.0**-40]])
    x = np.array([1 / 3, 2 / 3])
    b = A @ x
    off = refine_on_support(A, x + np.array([1e-6, -1e-6]), b)
    exact = [float(value) for value in eliminated(A, b) or []]
    np.testing.assert_allclose(off, exact, rtol=1e-14)
