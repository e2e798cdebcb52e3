"""Columns and starts that nearly tie: apart where the stored numbers are apart, however little."""

import mpmath
import numpy as np
import pytest

import ridgeless as rl
from ridgeless._core.exact import IndependentEquations, cheapest_direction, exact_solution, margins, tableau_of
from ridgeless.certificates import enclose

pytestmark = pytest.mark.usefixtures("as_a_user")

N = rl.networks


def dual_newton(system, network, theta, digits):
    """The limit of u^D − v^D, or of u^D alone, by damped Newton on the dual in mpmath, along growing starts."""
    depth, rows = network.depth, np.asarray(system.A)
    n, d = rows.shape
    with mpmath.workdps(digits):
        rate, power = mpmath.mpf(depth * (depth - 2)), mpmath.mpf(depth) / (depth - 2)
        signs = [1] * d + ([] if "v" not in theta else [-1] * d)
        weights = [*theta["u"], *theta.get("v", [])]
        edges = [mpmath.mpf(float(u)) ** (2 - depth) / rate for u in weights]
        columns = [[s * mpmath.mpf(float(a)) for a in rows[:, j % d]] for j, s in enumerate(signs)]
        right, unit = [mpmath.mpf(float(value)) for value in system.b], rate**-power

        def slacks(nu, share):
            return [share * e - mpmath.fdot(c, nu) for e, c in zip(edges, columns, strict=True)]

        def objective(nu, slack):
            return unit / (power - 1) * sum(t ** (1 - power) for t in slack) - mpmath.fdot(right, nu)

        share, nu = 1 / max(edges), [mpmath.mpf(0)] * n
        while True:
            for _ in range(200):
                slack = slacks(nu, share)
                x = [unit * t**-power for t in slack]
                missed = [sum(c[k] * v for c, v in zip(columns, x, strict=True)) - right[k] for k in range(n)]
                bent = [power * v / t for v, t in zip(x, slack, strict=True)]
                hessian = mpmath.matrix(
                    [
                        [sum(c[k] * c[m] * w for c, w in zip(columns, bent, strict=True)) for m in range(n)]
                        for k in range(n)
                    ]
                )
                step, length = mpmath.lu_solve(hessian, mpmath.matrix(missed)), mpmath.mpf(1)
                here, slope = objective(nu, slack), sum(missed[k] * step[k] for k in range(n))
                while True:
                    there = [nu[k] - length * step[k] for k in range(n)]
                    moved = slacks(there, share)
                    if min(moved) > 0 and (
                        objective(there, moved) <= here - length * slope / 100
                        or slope < mpmath.mpf(10) ** (25 - digits)
                    ):
                        break
                    length /= 2
                nu = there
                change = max(abs(mpmath.fdot(c, list(step))) / t for c, t in zip(columns, slack, strict=True))
                if length == 1 and change < (mpmath.mpf(10) ** -14 if share == 1 else 0.1):
                    break
            if share == 1:
                break
            grown = min(mpmath.mpf(4), 1 / share)
            share, nu = share * grown, [value * grown for value in nu]
        total = np.zeros(d)
        for j, value in enumerate(x):
            total[j % d] += float(signs[j] * value)
        return total


class TestOneEquation:
    """x₁ + c·x₂ = 1: all of x is on the cheaper coordinate, and the other keeps the slack that the gap leaves it."""

    @pytest.mark.parametrize("depth", [3, 4, 5, 6])
    @pytest.mark.parametrize("gap", [1e-4, 1e-8, 1e-10, 1e-13, 2.0**-52])
    def test_columns(self, depth, gap):
        power = depth / (depth - 2)
        for scale in (1e-3, 1e-6, 1e-8, 1e-12):
            slack = scale ** (2 - depth) * gap / (1 + gap)
            if slack < 1e3:  # beyond the closed form, which takes x₂ for 1
                continue
            system = rl.LinearSystem(np.array([[1.0, 1 + gap]]), np.array([1.0]))
            found = rl.limit(system, N.Power(depth), rl.inits.Constant(scale))
            assert found.success, (scale, found.message)
            assert found.x[1] == pytest.approx(1 / (1 + gap), rel=1e-4 if slack < 1e6 else 1e-9)
            exact_gap = (1 + gap) - 1
            t = mpmath.mpf(scale) ** (2 - depth) * exact_gap / (1 + exact_gap) + 1
            assert found.x[0] == pytest.approx(float(t**-power), rel=1e-2)

    @pytest.mark.parametrize("network", [N.Difference(4), N.TwoBranch(4), N.Product(4)])
    def test_equal_columns_share(self, network):
        for scale in (1e-2, 1e-8, 1e-20):
            system = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([1.0]))
            start = rl.inits.Constant(scale)
            found = rl.limit(system, network, start)
            assert found.success
            np.testing.assert_allclose(found.x, 0.5, rtol=1e-9)

    def test_starts(self):
        u = 1e-12 * np.array([1.0, 1 + 1e-12])
        found = rl.limit(rl.LinearSystem(np.ones((1, 2)), [1.0]), N.Difference(4), {"u": u, "v": u})
        assert found.success
        with mpmath.workdps(40):
            first, second = (mpmath.mpf(float(value)) ** -2 for value in u)
            assert found.x[0] == pytest.approx(float((first - second + 1) ** -2), rel=1e-2)

    def test_starts_that_rounding_hides_are_told(self):
        u = 1e-12 * np.array([1.0, 1 + 2.0**-50])
        found = rl.limit(rl.LinearSystem(np.ones((1, 2)), [1.0]), N.Difference(3), {"u": u, "v": u})
        assert found.status is rl.Status.STALLED
        assert "about their rounding error" in found.message


def near_tie(seed):
    """A column repeated, or made the mean of two, to within a gap; and a start."""
    rng = np.random.default_rng([seed, 11])
    n = int(rng.integers(1, 4))
    d = n + int(rng.integers(1, 4))
    A, gap = rng.standard_normal((n, d)), 10.0 ** -int(rng.integers(4, 15))
    A[:, -1] = (A[:, 0] + A[:, min(seed % 2, d - 2)]) / 2 + gap * rng.standard_normal(n)
    depth, scale = int(rng.integers(3, 7)), 10.0 ** -float(rng.choice([2, 4, 6, 8, 12]))
    network = N.Power(depth) if seed % 3 == 0 else N.Difference(depth)
    x = np.abs(rng.standard_normal(d)) + 0.01 if seed % 3 == 0 else rng.standard_normal(d)
    return rl.LinearSystem(A, A @ x), network, rl.inits.Constant(scale)


def test_random_near_ties_against_newton_in_many_digits():
    told = 0
    for seed in range(16):
        system, network, init = near_tie(seed)
        found = rl.limit(system, network, init)
        told += found.success
        if found.success:
            theta = init(network, system, 0)
            digits = 40 + int(2.2 * (network.depth - 2) * -np.log10(init.scale))
            expected = dual_newton(system, network, theta, digits)
            assert np.abs(found.x - expected).max() <= 1e-8 * np.abs(expected).max(), seed
    assert told >= 15


def test_nearly_dependent_equations_at_small_scales():
    """Projections of 6×6 pixels in four directions, to six digits: rows that depend to 1e-7."""
    n, rows = 6, []
    y, x = np.mgrid[:n, :n]
    for angle in np.linspace(0, np.pi, 4, endpoint=False):
        p = x * np.cos(angle) + y * np.sin(angle)
        rows += [np.maximum(0, 1 - abs(p - q)).ravel() for q in np.arange(np.floor(p.min()), np.ceil(p.max()) + 1)]
    A, truth = np.array(rows).round(6), np.zeros(36)
    truth[[2, 9, 16, 21, 34]] = 4, 1, 6, 3, 7
    system = rl.LinearSystem(A, A @ truth)
    for network in (N.Difference(3), N.Difference(4), N.TwoBranch(3)):
        for scale in (1e-4, 1e-6, 1e-12):
            found = rl.limit(system, network, rl.inits.Constant(scale))
            assert found.success, (network, scale, found.message)
            assert np.abs(found.x - truth).max() < 1e-6


def duplicates(seed, depth, gap, shape):
    """Half of the columns repeated up to a gap, with a solution of both signs on all of them."""
    rng = np.random.default_rng([seed, depth, 12])
    (n, d), half = shape, shape[1] // 2
    A = rng.standard_normal(shape)
    A[:, half : 2 * half] = A[:, :half] + gap * rng.standard_normal((n, half))
    return rl.LinearSystem(A, A @ rng.uniform(-2, 2, d))


class TestAgainstEnclosures:
    @pytest.mark.parametrize("depth", [3, 5, 6])
    @pytest.mark.parametrize("gap", [1e-5, 1e-9, 1e-12])
    def test_repeated_columns(self, depth, gap):
        for seed, scale in enumerate((1e-4, 1e-7, 1e-20, 1e-45)):
            found = rl.limit(duplicates(seed, depth, gap, (4, 11)), N.Difference(depth), rl.inits.Constant(scale))
            assert found.success, (scale, found.message)
            assert enclose(found, digits=12).distance(found.x)[1] < 1e-9, scale

    @pytest.mark.parametrize("digits", [3, 6])
    @pytest.mark.parametrize("network", [N.TwoBranch(3), N.TwoBranch(5), N.Difference(6)])
    def test_decimals_that_add_up_to_one_do_not_in_binary(self, digits, network):
        """Every pixel is 1.000 in all of the rays of a direction, and 1 − 2^−53 or 1 as stored: apart, by that much."""
        rng = np.random.default_rng(digits)
        share = rng.uniform(0.1, 0.9, (3, 9)).round(digits)
        A = np.concatenate([share[:1], 1 - share[:1], share[1:]]).round(digits)
        system = rl.LinearSystem(A, A @ rng.uniform(0.25, 2.0, 9))
        for scale in (1e-10, 1e-30, 1e-60):
            found = rl.limit(system, network, rl.inits.Constant(scale))
            assert found.success, (scale, found.message)
            assert enclose(found, digits=12).distance(found.x)[1] < 1e-9, scale

    @pytest.mark.parametrize("network", [N.Difference(2), N.Power(2), N.Difference(3), N.TwoBranch(4)])
    @pytest.mark.parametrize("gap", [1e-8, 1e-11])
    def test_equations_that_are_nearly_dependent(self, network, gap):
        """n + 1 columns in nearly equal pairs: rows that depend to the gap, and a solution to all digits still."""
        for seed in range(3):
            system = duplicates(seed, 2, gap, (6, 7))
            if isinstance(network, N.Power):
                system = rl.LinearSystem(system.A, np.asarray(system.A) @ np.linspace(0.5, 1.5, 7))
            found = rl.limit(system, network, rl.inits.Constant(1e-20))
            assert np.linalg.cond(system.A) > 0.01 / gap
            assert found.success, found.message
            assert enclose(found, digits=12).distance(found.x)[1] < 1e-9


def test_a_start_far_larger_than_the_solution_is_near_after_few_steps():
    """x₀ is 7e11, and b of size 10: no float64 x has a small residual, but x is the nearest one."""
    rng = np.random.default_rng(4)
    A = rng.standard_normal((7, 24))
    system = rl.LinearSystem(A, A @ rng.uniform(0.5, 2.0, 24))
    found = rl.limit(system, N.Power(4), rl.inits.Constant(900.0))
    assert found.status is rl.Status.STALLED
    assert rl.certify(found).verdict == "certified"
    assert found.stats["steps"] < 30
    assert enclose(found, digits=12).distance(found.x)[1] < 1e-14


class TestExact:
    def test_solutions_to_many_digits(self):
        rng = np.random.default_rng(0)
        held = rng.standard_normal((4, 4))
        held[:, 1] = held[:, 0] + 1e-9 * rng.standard_normal(4)
        wanted = rng.standard_normal((4, 2))
        found, _ = exact_solution(held, wanted, 300)
        with mpmath.workdps(110):
            exact = mpmath.lu_solve(mpmath.matrix(held.tolist()), mpmath.matrix(wanted[:, 0].tolist()))
            for value, known in zip(found[:, 0], exact, strict=True):
                assert abs(mpmath.mpf(int(value)) / mpmath.mpf(2) ** 300 - known) < mpmath.mpf(10) ** -60

    def test_a_table_after_exchanges_is_that_of_its_basis(self):
        rng = np.random.default_rng(1)
        A = rng.standard_normal((5, 9))
        A[:, 6] = A[:, 0] + 1e-9 * A[:, 7]
        table = tableau_of(IndependentEquations(A, A @ np.ones(9), np.arange(len(A))), np.arange(9), np.arange(9), 150)
        moved = table.sorted_by(10.0 ** rng.uniform(-9, 0, 9))
        np.testing.assert_allclose(A[:, moved.basis] @ moved.rows, A, rtol=0, atol=1e-12 * np.abs(moved.rows).max())
        fresh, _ = exact_solution(A[:, moved.basis], A, moved.bits)
        worst = max(abs(int(a) - int(b)) for a, b in zip(moved.exact.ravel(), fresh.ravel(), strict=True))
        assert worst < 2 ** (moved.bits - 150)

    def test_margins_tell_ties_from_near_ones(self):
        A = np.array([[1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1 + 2.0**-52], [0.0, 0.0, 0.0, 0.0]])
        found = margins(A[:, :2], np.array([0.5, 0.5]), A[:, 2:], np.ones(2))
        assert found[0] == 0
        assert found[1] == -(2.0**-53)
        outside = margins(A[:, :2], np.array([0.5, 0.5]), np.array([[1.0], [1.0], [2.0**-100]]), np.ones(1))
        assert np.isnan(outside).all()

    def test_cones_of_degenerate_vertices(self):
        one = np.ones(3)
        A = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]])
        tied = cheapest_direction(A, np.array([1.0, 1.0, 0.0]), one, one, A.T @ np.ones(2))
        assert tied.slope == 0
        np.testing.assert_allclose(A @ tied.h, 0, atol=1e-15)
        A[0, 2] += 2.0**-53
        assert cheapest_direction(A, np.array([1.0, 1.0, 0.0]), one, one, A.T @ np.ones(2)).slope < 0
        A[0, 2] -= 2.0**-52
        assert cheapest_direction(A, np.array([1.0, 1.0, 0.0]), one, one, A.T @ np.ones(2)).h is None
