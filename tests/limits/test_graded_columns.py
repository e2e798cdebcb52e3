"""Columns and blocks of very different size: a small x on a large column is an x like any other."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.limits.vanishing.exact_rational import rational_saddles
from ridgeless.potentials import Quadratic
from ridgeless.systems.equations import are_met, missed, sum_rounding, terms_of

N, C, VANISHING = rl.networks, rl.inits.Constant, rl.inits.Vanishing()


def graded(kind, seed):
    """Five equations in 14 unknowns; x in the units of its columns, on three of them."""
    rng = np.random.default_rng([seed, len(kind)])
    A = rng.standard_normal((5, 14))
    if kind == "two large":
        A[:, :2] *= 1e6
    elif kind == "columns":
        A *= 10.0 ** rng.uniform(-5, 5, 14)
    elif kind == "blocks":
        A[:2, :7] *= 1e6
        A[:2, 7:] = 0.0
    else:
        A *= 10.0 ** rng.uniform(-3, 3, 14)
        A *= 10.0 ** rng.uniform(-6, 6, (5, 1))
    x = np.zeros(14)
    on = rng.choice(14, 3, replace=False)
    x[on] = rng.uniform(0.5, 2.0, 3) / np.linalg.norm(A[:, on] / np.linalg.norm(A, axis=1)[:, None], axis=0)
    return A, A @ x


def maps(network, scale):
    """The mirror map of the network from u = v = scale, its slope, its integral and its domain, in 120 digits."""
    scale, depth = mpmath.mpf(scale), network.depth
    both = isinstance(network, N.Difference)
    if depth == 2:
        if both:
            return (
                lambda z: 2 * scale**2 * mpmath.sinh(4 * z),
                lambda z: 8 * scale**2 * mpmath.cosh(4 * z),
                lambda z: scale**2 / 2 * mpmath.cosh(4 * z),
                lambda z: True,
            )
        return (
            lambda z: scale**2 * mpmath.exp(4 * z),
            lambda z: 4 * scale**2 * mpmath.exp(4 * z),
            lambda z: scale**2 / 4 * mpmath.exp(4 * z),
            lambda z: True,
        )
    c, edge, q = depth * (depth - 2), scale ** (2 - depth), mpmath.mpf(depth) / (depth - 2)
    other = -1 if both else 0
    return (
        lambda z: (edge - c * z) ** -q + other * (edge + c * z) ** -q,
        lambda z: c * q * ((edge - c * z) ** (-q - 1) + abs(other) * (edge + c * z) ** (-q - 1)),
        lambda z: ((edge - c * z) ** (1 - q) + abs(other) * (edge + c * z) ** (1 - q)) / (2 * depth),
        lambda z: c * z < edge and (not both or -c * z < edge),
    )


def in_many_digits(A, b, network, scale, nu):
    """x by damped Newton on the dual from ν, drawn in until it is inside the domain: no formula of the package."""
    with mpmath.workdps(120):
        value, slope, integral, is_inside = maps(network, scale)
        rows, right = mpmath.matrix(A.tolist()), mpmath.matrix(b.tolist())
        nu = mpmath.matrix(nu.tolist())
        while not all(is_inside(z) for z in rows.T * nu):
            nu = nu * mpmath.mpf("0.999")

        def objective(z, at):
            return mpmath.fsum(integral(entry) for entry in z) - mpmath.fdot(at, right)

        for _ in range(200):
            z = rows.T * nu
            x = mpmath.matrix([value(entry) for entry in z])
            gradient = rows * x - right
            if mpmath.norm(gradient, mpmath.inf) <= mpmath.mpf("1e-40") * mpmath.norm(right, mpmath.inf):
                return np.array([float(entry) for entry in x])
            weighted = rows * mpmath.diag([slope(entry) for entry in z]) * rows.T
            step = mpmath.lu_solve(weighted, -gradient)
            fall, here, length = mpmath.fdot(gradient, step), objective(z, nu), mpmath.mpf(1)
            while True:
                there = rows.T * (nu + length * step)
                if all(is_inside(entry) for entry in there) and (
                    objective(there, nu + length * step) <= here + length * fall / 10
                    or abs(fall) <= mpmath.mpf("1e-45") * abs(here)
                ):
                    break
                length /= 2
            nu = nu + length * step
    raise AssertionError("Newton in many digits did not converge")


def solved(A, b, network, scale):
    system = rl.LinearSystem(A, b)
    return rl.limit(system, network, C(scale * np.abs(system.min_norm()).max() ** (1 / network.depth)))


NETWORKS = [N.Power(2), N.Power(3), N.Difference(2), N.Difference(3)]


@pytest.mark.parametrize("kind", ["two large", "columns", "blocks", "columns and rows"])
@pytest.mark.parametrize("network", NETWORKS, ids=repr)
@pytest.mark.parametrize("scale", [1.0, 1e-2, 1e-4])
def test_against_many_digits(kind, network, scale):
    A, b = graded(kind, 1)
    found = solved(A, b, network, scale)
    assert found.success, found
    assert missed(A, found.x, b) <= 1e-10
    start = scale * np.abs(found.system.min_norm()).max() ** (1 / network.depth)
    wanted = in_many_digits(A, b, network, start, found.dual)
    assert np.linalg.norm(found.x - wanted) <= 1e-8 * np.linalg.norm(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["two large", "columns", "blocks", "columns and rows"])
@pytest.mark.parametrize("network", [*NETWORKS, N.Difference(4), N.Power(4)], ids=repr)
def test_more_against_many_digits(kind, network):
    """All are right, and know it but for seed 5: its columns span ten orders, and certificates fail at depth 3."""
    for seed in range(2, 8):
        for scale in (1.0, 1e-2, 1e-4):
            A, b = graded(kind, seed)
            found = solved(A, b, network, scale)
            start = scale * np.abs(found.system.min_norm()).max() ** (1 / network.depth)
            wanted = in_many_digits(A, b, network, start, found.dual)
            assert np.linalg.norm(found.x - wanted) <= 1e-8 * np.linalg.norm(wanted), (seed, scale)
            assert found.success or seed == 5, (seed, scale, found)


@pytest.mark.parametrize("kind", ["two large", "columns", "blocks", "columns and rows"])
@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_small_starts(kind, network):
    for seed in range(3):
        A, b = graded(kind, seed)
        for scale in (1e-12, 1e-40):
            found = solved(A, b, network, scale)
            assert found.success, (seed, scale, found)
            assert missed(A, found.x, b) <= 1e-10


@pytest.mark.parametrize("size", [1e3, 1e5, 1e7, 1e9])
@pytest.mark.parametrize("init", [None, C(1e-8), C(1.0), VANISHING], ids=repr)
def test_two_halves_of_a_small_share(size, init):
    """Two equal columns share what the first equation asks for: x = (4/s, 4/s, 1 − 8/s)."""
    A = np.array([[size, size, 0.0], [1.0, 1.0, 1.0]])
    b = np.array([8.0, 1.0])
    found = rl.solve(A, b, init=init)
    # Vanishing starts do not choose between equal columns, and say so.
    assert found.status is (rl.Status.NOT_UNIQUE if init is VANISHING else rl.Status.CONVERGED), found
    np.testing.assert_allclose(found.x, [4 / size, 4 / size, 1 - 8 / size], rtol=1e-7)
    assert missed(A, found.x, b) <= 1e-12


@pytest.mark.parametrize("apart", [1e3, 1e6, 1e8])
def test_blocks_far_apart(apart):
    """Three large equations on half of the unknowns, three small ones on all: whatever cancels, all six are met."""
    for seed in range(6):
        rng = np.random.default_rng([seed, 6])
        A = rng.standard_normal((6, 24))
        A[:3, :12] *= apart
        A[:3, 12:] = 0.0
        x = np.zeros(24)
        x[[1, 5]], x[[13, 20]] = 1 / apart, 1.0
        for found in (rl.solve(A, A @ x), rl.limit(rl.LinearSystem(A, A @ x), N.Difference(3), C(0.01))):
            assert found.success or "all that float64 gives" in found.message, (seed, found)
            assert missed(A, found.x, A @ x) <= 1e-12
            assert rl.certify(found).verdict == "certified"


@pytest.mark.parametrize("seed", range(4))
def test_vanishing_starts_against_fractions(seed):
    rng = np.random.default_rng([seed, 7])
    A = rng.integers(-9, 10, (3, 7)) * 10.0 ** rng.integers(-4, 5, 7)
    b = A @ (rng.integers(1, 5, 7) * (rng.random(7) < 0.5) / np.abs(A).max(axis=0) + 0.0)
    b = b if b.any() else A.sum(axis=1)
    found = rl.limit(rl.LinearSystem(A, b), N.Difference(2), VANISHING)
    assert found.success, found
    exact = rational_saddles(A.tolist(), b.tolist()).x
    size = float(max(abs(entry) for entry in exact))
    assert max(abs(Fraction(mine) - entry) for mine, entry in zip(found.x.tolist(), exact, strict=True)) <= 1e-11 * size


def test_an_equation_is_measured_by_its_own_terms():
    A = np.array([[1e8, -1e8, 1.0], [1e-9, 0.0, 0.0]])
    b = np.array([1.0, 1e-9])
    x = np.array([1.0, 1.0, 1.0])
    assert missed(A, x, b) == 0.0
    np.testing.assert_allclose(terms_of(A, x, b), [2e8 + 2, 2e-9])
    system = rl.LinearSystem(A, b)
    assert are_met(system, x, system.residual(x), 1e-10)
    # The small equation is missed altogether, which ‖Ax − b‖ does not see.
    other = np.array([0.0, 0.0, 1.0])
    assert system.residual(other) < 1e-8
    assert not are_met(system, other, system.residual(other), 1e-8)
    # A bit of x moves the large equation by more than tol: as near as float64 comes, and no success.
    shaken = np.array([1.0, 1.0 + 2.0**-52, 1.0])
    assert system.residual(shaken) > 1e-10
    assert missed(A, shaken, b) <= sum_rounding(3)
    assert not are_met(system, shaken, system.residual(shaken), 1e-10)
    assert not are_met(system, x + 1e-6, system.residual(x + 1e-6), 1e-10)


def test_other_limits_end_in_their_own_rows_too():
    """`Direct`: A⁺b and what the null space keeps of the start, on columns 1e6 apart."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((4, 9))
    A[:, :3] *= 1e6
    b = A @ (rng.standard_normal(9) / np.linalg.norm(A, axis=0))
    found = rl.limit(rl.LinearSystem(A, b), N.Direct(), {"x": rng.standard_normal(9)})
    assert found.success
    assert missed(A, found.x, b) <= 1e-14
    assert isinstance(found.bias.potential, Quadratic)
