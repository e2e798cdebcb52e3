"""The limit against Newton's method in 60 digits, written here from the formulas of the mirror maps alone."""

import mpmath as mp
import numpy as np
import pytest

import ridgeless as rl

DIGITS = 60
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def many_digits():
    with mp.workdps(DIGITS):
        yield


def newton(A, b, nu, terms):
    """A f(Aᵀν) = b by damped Newton; `terms(i, z)` gives f_i and f_i', or None outside the domain."""
    n, d = len(A), len(A[0])

    def measured(nu):
        z = [mp.fsum(A[k][i] * nu[k] for k in range(n)) for i in range(d)]
        parts = [terms(i, z[i]) for i in range(d)]
        if None in parts:
            return None
        x = [part[0] for part in parts]
        return x, [part[1] for part in parts], [mp.fsum(A[k][i] * x[i] for i in range(d)) - b[k] for k in range(n)]

    here = measured(nu)
    for _ in range(1000):
        x, weights, left = here
        if max(abs(entry) for entry in left) < mp.mpf(10) ** (15 - DIGITS):
            return nu, x
        hessian = mp.matrix(n)
        for k in range(n):
            for m in range(n):
                hessian[k, m] = mp.fsum(A[k][i] * weights[i] * A[m][i] for i in range(d))
        step = mp.lu_solve(hessian, -mp.matrix(left))
        slope, length = mp.fsum(left[k] * step[k] for k in range(n)), mp.mpf(1)
        while True:
            moved = [nu[k] + length * step[k] for k in range(n)]
            here = measured(moved)
            # the dual is convex: a step is short enough while its slope has not turned uphill
            if here is not None and mp.fsum(here[2][k] * step[k] for k in range(n)) <= -slope / 2:
                break
            length /= 2
            assert length > mp.mpf(10) ** -30
        nu = moved
    raise AssertionError("the oracle did not converge")


def squares(start):
    """x = u₀²(e^{4z} − e^{−4z})."""

    def terms(i, z):
        grown, shrunk = start[i] ** 2 * mp.exp(4 * z), start[i] ** 2 * mp.exp(-4 * z)
        return grown - shrunk, 4 * (grown + shrunk)

    return terms


def deep(start, depth):
    """x = (u₀^{2−D} − cz)^{−D/(D−2)} − (u₀^{2−D} + cz)^{−D/(D−2)}."""
    speed, power = depth * (depth - 2), mp.mpf(depth) / (depth - 2)

    def terms(i, z):
        up, down = start[i] ** (2 - depth) - speed * z, start[i] ** (2 - depth) + speed * z
        if up <= 0 or down <= 0:
            return None
        return up**-power - down**-power, speed * power * (up ** (-power - 1) + down ** (-power - 1))

    return terms


def instance(seed):
    rng = np.random.default_rng([seed, 3, 8])
    A = rng.standard_normal((3, 8))
    return A, A @ rng.standard_normal(8), rng.uniform(0.5, 2.0, 8)


def exact_limit(A, b, shape, scale, depth):
    """Down a ladder of scales, each rung guessed from the last."""
    rows, right = [[mp.mpf(float(a)) for a in row] for row in A], [mp.mpf(float(entry)) for entry in b]
    rung, last, known = mp.mpf(1), mp.mpf(scale), [(mp.mpf(1), [mp.mpf(0)] * 3)]
    while True:
        # the float that the library is given, not the decimal that was meant
        start = [mp.mpf(float(scale * s)) if rung == last else rung * mp.mpf(float(s)) for s in shape]
        nu, x = newton(rows, right, guess(known, rung, depth), squares(start) if depth == 2 else deep(start, depth))
        if rung == last:
            return x
        known.append((rung, nu))
        rung = max(rung / (10 if depth == 2 else 2), last)


def guess(known, rung, depth):
    """At depth 2 on the line through the last two points in log α; beyond, in proportion to α^{2−D}."""
    before, end = known[-1]
    if depth > 2:
        return [entry * (before / rung) ** (depth - 2) for entry in end]
    if len(known) < 3:
        return end
    first, start = known[-2]
    share = mp.log(rung / first) / mp.log(before / first)
    return [a + share * (b - a) for a, b in zip(start, end, strict=True)]


CASES = (
    [(2, scale) for scale in (1e-2, 1e-8, 1e-40, 1e-100)]
    + [(3, scale) for scale in (1e-2, 1e-4, 1e-6)]
    + [(4, 1e-2), (4, 1e-3)]
)


@pytest.mark.parametrize(("depth", "scale"), CASES)
@pytest.mark.parametrize("seed", range(2))
def test_ten_digits(depth, scale, seed):
    A, b, shape = instance(seed)
    start = scale * shape
    found = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(depth), {"u": start, "v": start}, tol=1e-12)
    assert found.success
    exact = exact_limit(A, b, shape, scale, depth)
    wanted = np.array([float(entry) for entry in exact])
    assert np.linalg.norm(found.x - wanted) <= 1e-10 * np.linalg.norm(wanted)
    # The small entries too, each by itself: they carry the certificate, and none is a rounding of a large one.
    tiny = np.abs(wanted) > 1e-200
    np.testing.assert_allclose(found.x[tiny], wanted[tiny], rtol=1e-5)
