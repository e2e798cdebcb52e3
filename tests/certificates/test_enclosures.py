"""Balls around limits: against bisection and optimality in mpmath, against rational numbers, against `rl.limit`."""

import itertools

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless._core.balls import ExponentialPair, ball, layered, power_branches, precision, rounded_down, rounded_up
from ridgeless.certificates import enclose, enclose_limit, enclose_vanishing
from ridgeless.certificates._ball_equations import BallEquations, ball_point, column
from ridgeless.certificates._ball_proof import heavy_columns, proved
from ridgeless.certificates._exact_rows import independent_rows
from ridgeless.certificates._exact_vertex import Prices, vertex
from ridgeless.certificates._forced_zeros import forced_zeros
from ridgeless.errors import InvalidInputError, NoEnclosureError

NETWORKS = [
    rl.networks.Direct(),
    rl.networks.Dense(hidden=0),
    rl.networks.Difference(1),
    rl.networks.Difference(2),
    rl.networks.Difference(3),
    rl.networks.Difference(4),
    rl.networks.Difference(5),
    rl.networks.Difference(6),
    rl.networks.Power(1),
    rl.networks.Power(2),
    rl.networks.Power(3),
    rl.networks.Product(1),
    rl.networks.Product(2),
    rl.networks.Product(3),
    rl.networks.Product(4),
    rl.networks.TwoBranch(1),
    rl.networks.TwoBranch(2),
    rl.networks.TwoBranch(3),
    rl.networks.TwoBranch(5),
    rl.networks.Lazy(rl.networks.Difference(3), alpha=2.0),
]


def problem(n, d, seed=0, truth=None):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, d))
    return rl.LinearSystem(A, A @ (np.abs(rng.standard_normal(d)) if truth is None else truth))


def bisected(a, b, weight, depth):
    """x∞ of u^D − v^D from u = v = weight on a·x = b by bisection for the one ν, all in mpmath."""
    span = 1 if depth == 2 else max(1, int(np.log10(1 / weight) * (depth - 2)))
    mpmath.mp.dps = 70 + span
    w, a = mpmath.mpf(weight), [mpmath.mpf(float(value)) for value in a]

    def x_of(nu):
        if depth == 2:
            return [w**2 * (mpmath.exp(4 * value * nu) - mpmath.exp(-4 * value * nu)) for value in a]
        speed, edge = depth * (depth - 2), w ** (2 - depth)
        power = -mpmath.mpf(depth) / (depth - 2)
        return [(edge - speed * value * nu) ** power - (edge + speed * value * nu) ** power for value in a]

    largest = max(abs(value) for value in a)
    high = mpmath.mpf(1) if depth == 2 else w ** (2 - depth) / (depth * (depth - 2) * largest)
    if depth == 2:
        while sum(p * q for p, q in zip(a, x_of(high), strict=True)) < b:
            high *= 2
    low = mpmath.mpf(0)
    for _ in range(int(3.33 * mpmath.mp.dps)):
        middle = (low + high) / 2
        if sum(p * q for p, q in zip(a, x_of(middle), strict=True)) < b:
            low = middle
        else:
            high = middle
    return x_of(low)


@pytest.mark.parametrize("depth", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("scale", [1e3, 1.0, 1e-6, 1e-40])
def test_one_equation_against_bisection(depth, scale):
    a, b = np.array([[1.0, -2.0, 0.5, 0.0, 3.0]]), np.array([2.0])
    system, network = rl.LinearSystem(a, b), rl.networks.Difference(depth)
    found = enclose_limit(system, network, rl.inits.Constant(scale)(network, system), digits=30)
    truth = bisected(a[0], 2, scale, depth)
    with precision(600):
        for there, value in zip(found.balls, truth, strict=True):
            assert abs(flint.arb(mpmath.nstr(value, 55)) - there) <= 2 * there.rad() + flint.arb(10) ** -50
            assert there.rad() <= abs(there) * flint.arb(10) ** -30 + flint.arb(10) ** -89


def gradient(value, weight, depth):
    """∇Φ of u^D − v^D from u = v = weight at x, solved in mpmath from x's side."""
    w = mpmath.mpf(weight)
    if depth == 2:
        return mpmath.asinh(value / (2 * w**2)) / 4
    speed, edge, power = depth * (depth - 2), w ** (2 - depth), -mpmath.mpf(depth) / (depth - 2)
    low, high = -edge / speed, edge / speed
    for _ in range(1000):
        z = (low + high) / 2
        if (edge - speed * z) ** power - (edge + speed * z) ** power < value:
            low = z
        else:
            high = z
    return low


@pytest.mark.parametrize(("depth", "scale"), [(2, 1e-2), (2, 1e-30), (3, 1e-3), (5, 1e-12), (6, 10.0)])
def test_many_equations_against_optimality_in_mpmath(depth, scale):
    """A x = b and ∇Φ(x) ∈ row(A), both to 40 digits relative to their own sizes, without the dual route."""
    system, network = problem(3, 7, seed=depth), rl.networks.Difference(depth)
    found = enclose_limit(system, network, rl.inits.Constant(scale)(network, system), digits=150)
    mpmath.mp.dps = 250
    x = [mpmath.mpf(value.mid().str(200, radius=False)) for value in found.balls]
    A = mpmath.matrix(system.A.tolist())
    misfit = A * mpmath.matrix(x) - mpmath.matrix(system.b.tolist())
    assert mpmath.norm(misfit) < mpmath.mpf(10) ** -60
    z = mpmath.matrix([gradient(value, scale, depth) for value in x])
    nu = mpmath.lu_solve(A * A.T, A * z)
    assert mpmath.norm(A.T * nu - z) < mpmath.mpf(10) ** -40 * mpmath.norm(z)


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_the_limit_lies_in_the_balls_and_a_moved_one_does_not(network):
    system = problem(4, 9, seed=3)
    theta0 = network.checked(rl.inits.Gaussian(0.5)(network, system, 5), 9)
    if isinstance(network, (rl.networks.Product, rl.networks.TwoBranch)) and network.depth > 2:
        theta0 = network.constant(0.5, 9)
    if isinstance(network, rl.networks.Power):
        theta0 = {"u": np.abs(theta0["u"])}
    limit = rl.limit(system, network, theta0)
    found = enclose(limit)
    assert found.distance(limit.x)[1] < 1e-9
    assert np.all(found.radius <= 1.01e-15 * np.abs(found.midpoint) + 1e-29)
    moved = limit.x + 1e-8 * np.linalg.norm(limit.x) * system.project_null(np.arange(9.0))
    assert not found.contains(moved)
    assert found.distance(moved)[0] > 1e-9
    assert found.contains(found.midpoint)


@pytest.mark.parametrize(
    "network",
    [
        rl.networks.Product(3),
        pytest.param(rl.networks.Product(4), marks=pytest.mark.slow),
        pytest.param(rl.networks.TwoBranch(3), marks=pytest.mark.slow),
    ],
    ids=repr,
)
def test_layers_of_different_sizes(network):
    system = problem(2, 4, seed=3)
    limit = rl.limit(system, network, rl.inits.Gaussian(0.3), seed=1)
    found = enclose(limit)
    assert found.distance(limit.x)[1] < 1e-11
    assert not found.contains(limit.x + 1e-8 * system.project_null(np.arange(4.0)))


@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(2, 6),
    st.floats(-100.0, 3.0),
    st.integers(0, 10**6),
)
@settings(max_examples=15, deadline=None)
def test_balls_solve_the_equations_at_every_shape_depth_and_scale(n, more, depth, log_scale, seed):
    system, network = problem(n, n + more, seed), rl.networks.Difference(depth)
    theta0 = network.constant(10.0**log_scale, n + more)
    found = enclose_limit(system, network, theta0)
    with precision(found.bits):
        for row, right in zip(system.A, system.b, strict=True):
            total = sum((ball(entry) * there for entry, there in zip(row, found.balls, strict=True)), ball(0.0))
            assert total.contains(ball(right))
    again = enclose_limit(system, network, theta0, start=found.midpoint)
    assert np.all(np.abs(again.midpoint - found.midpoint) <= again.radius + found.radius)


def test_a_false_start_is_not_proved_and_a_near_one_is():
    equations = BallEquations(np.array([[1.0, 2.0, -1.0], [0.0, 1.0, 1.0]]), (ball(1.0), ball(0.5)))
    with precision(200):
        maps = [ExponentialPair(ball(0.01), ball(0.01), 4) for _ in range(3)]
        assert proved(equations, maps, ball_point(equations, maps, column([ball(0.9), ball(0.2)]))) is None
        maps = [ExponentialPair(ball(1.0), ball(1.0), 4) for _ in range(3)]
        near = np.array([0.0208, 0.0266])
        place = ball_point(equations, maps, column([ball(value) for value in near]))
        proof = proved(equations, maps, place)
        assert proof is not None
        found = enclose_limit(
            rl.LinearSystem(equations.A, np.array([1.0, 0.5])),
            rl.networks.Difference(2),
            {"u": np.ones(3), "v": np.ones(3)},
        )
        assert all(rough.contains(fine) for rough, fine in zip(proof.entries, found.balls, strict=True))


def test_a_wrong_slope_breaks_the_balls():
    """A map whose derivative is too small is a broken one: its balls are too small, and the test sees it."""

    class Flat(ExponentialPair):
        def at(self, z):
            entry, slope = super().at(z)
            return entry, slope / 10**9

    equations = BallEquations(np.array([[1.0, 2.0, -1.0]]), (ball(1.0),))
    with precision(200):
        broken = [Flat(ball(1.0), ball(1.0), 4) for _ in range(3)]
        place = ball_point(equations, broken, column([ball(0.03)]))
        assert proved(equations, broken, place) is None


def test_least_norm_against_rational_numbers():
    rng = np.random.default_rng(1)
    A, b, start = rng.standard_normal((3, 6)), rng.standard_normal(3), rng.standard_normal(6)
    found = enclose(rl.limit(rl.LinearSystem(A, b), rl.networks.Direct(), {"x": start}), digits=40)

    def whole(matrix):
        rows = [[flint.fmpq(*float(entry).as_integer_ratio()) for entry in row] for row in matrix]
        return flint.fmpq_mat(len(rows), len(rows[0]), [entry for row in rows for entry in row])

    exact, x0 = whole(A), whole(start[:, None])
    x = x0 + exact.transpose() * (exact * exact.transpose()).solve(whole(b[:, None]) - exact * x0)
    with precision(1000):
        for there, value in zip(found.balls, x.entries(), strict=True):
            assert (there - value).contains(0)
            assert there.rad() <= abs(there) * flint.arb(10) ** -40


def test_dependent_rows_are_dropped_and_a_last_bit_that_contradicts_is_told():
    A = np.random.default_rng(0).integers(-2, 3, (4, 9)).astype(float)
    A[2] = 2 * A[0] - A[1]
    b = A @ np.arange(9.0)
    network = rl.networks.Difference(3)
    found = enclose_limit(rl.LinearSystem(A, b), network, network.constant(1e-3, 9))
    smaller = enclose_limit(rl.LinearSystem(A[[0, 1, 3]], b[[0, 1, 3]]), network, network.constant(1e-3, 9))
    assert np.array_equal(found.midpoint, smaller.midpoint)
    b[2] = np.nextafter(b[2], np.inf)
    with pytest.raises(NoEnclosureError, match="equation 2 is a combination of others"):
        enclose_limit(rl.LinearSystem(A, b), network, network.constant(1e-3, 9))


def test_nearly_dependent_rows_are_kept():
    A = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0 + 2**-50]])
    assert list(independent_rows(A, np.ones(2), "test")) == [0, 1]
    assert list(independent_rows(A[[0, 0]], np.ones(2), "test")) == [0]


def test_more_equations_than_unknowns_have_one_solution():
    A = np.array([[1.0, 2.0], [3.0, 4.0], [4.0, 6.0]])
    network = rl.networks.Difference(2)
    found = enclose_limit(rl.LinearSystem(A, A @ [1.0, -3.0]), network, network.constant(1e-5, 2))
    assert found.contains(np.array([1.0, -3.0]))


def test_frozen_and_unseen_unknowns_stay_where_they_are():
    A = np.array([[1.0, 2.0, 3.0, 0.0], [0.0, 1.0, 1.0, 0.0]])
    theta0 = {"u": np.array([0.1, 0.0, 0.2, 0.5]), "v": np.array([0.1, 0.0, 0.1, 0.25])}
    for depth in (2, 3):
        network = rl.networks.Difference(depth)
        found = enclose_limit(rl.LinearSystem(A, np.array([1.0, 2.0])), network, theta0)
        assert found.balls[1].is_zero()
        assert found.contains(np.array([-5.0, 0.0, 2.0, 0.5**depth - 0.25**depth]))


def test_a_poor_answer_is_given_the_same_balls():
    system, network = problem(3, 8, seed=2), rl.networks.Difference(4)
    theta0 = network.constant(1e-8, 8)
    good = enclose_limit(system, network, theta0)
    for start in (np.zeros(8), system.min_norm(), np.full(8, np.nan), 1e6 * np.arange(8.0)):
        poor = enclose_limit(system, network, theta0, start=start)
        assert np.all(np.abs(poor.midpoint - good.midpoint) <= poor.radius + good.radius)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_fewer_large_entries_than_equations(depth):
    """b = A x rounded: the last bits of b take n entries, of which only two are large."""
    truth = np.zeros(20)
    truth[[2, 7]] = 1.0, -2.0
    system, network = problem(10, 20, seed=4, truth=truth), rl.networks.Difference(depth)
    found = enclose_limit(system, network, network.constant(1e-100 if depth == 2 else 1e-30, 20))
    assert found.distance(truth)[1] < 1e-13
    small = np.sort(np.abs(found.midpoint))[::-1][2:10]
    assert np.all((small > 1e-18) & (small < 1e-13))


def test_near_duplicate_columns_are_told_apart():
    rng = np.random.default_rng(5)
    A = rng.standard_normal((3, 6))
    A[:, 1] = A[:, 0] * (1 + 1e-13)
    network = rl.networks.Difference(3)
    found = enclose_limit(rl.LinearSystem(A, A[:, 0] * 2), network, network.constant(1e-30, 6))
    assert abs(found.midpoint[1]) > 1.9
    assert abs(found.midpoint[0]) < 1e-6


def test_float_bounds_are_outward():
    with precision(100):
        third = ball(1.0) / 3
        assert rounded_down(third) < rounded_up(third) == np.nextafter(rounded_down(third), 1)
        assert rounded_up(ball(1e308) * 10) == np.inf
        assert rounded_up(ball(1e-308) * ball(1e-308)) == 5e-324


@pytest.mark.parametrize("depth", [3, 4, 5, 6])
def test_places_invert_maps(depth):
    with precision(900):
        each = power_branches([(1, 1e-40), (-1, 3e-40)], depth, depth)
        for x in (1.0, -1e-3, 1e3, -1e-100, 0.0):
            value = each.at(each.approximate_inverse(ball(x)))[0]
            assert abs(value - ball(x)) <= abs(ball(x)) * ball(1e-9) + ball(1e-150)


@pytest.mark.parametrize("weights", [(0.5, -1.0, 2.0), (0.0, 1.0, 3.0, 2.0), (0.3, 0.3, 1.0), (-1e-8, 1.0, 1e-3, 5.0)])
def test_layers_of_any_sizes_against_quadrature_in_mpmath(weights):
    mpmath.mp.dps = 40
    sizes = sorted(map(abs, weights))
    side = np.prod([-1.0 if weight < 0 else 1.0 for weight in weights])
    least = [mpmath.mpf(size) for size in sizes]
    imbalances = [size**2 - least[0] ** 2 for size in least[1:]]

    def slope(c):
        return mpmath.sqrt(mpmath.fprod(c**2 + square for square in imbalances))

    for c in (mpmath.mpf(0.7), mpmath.mpf(30)):
        points = [least[0], *[size for size in least[1:] if least[0] < size < c], c]
        z = sum(mpmath.quad(lambda s: 1 / slope(s), [low, high]) for low, high in itertools.pairwise(points))
        with precision(160):
            entry, rise = layered(np.array(weights)).at(flint.arb(mpmath.nstr(side * z, 38)))
            wanted = flint.arb(mpmath.nstr(side * c * slope(c), 38))
            assert abs(entry - wanted) < abs(wanted) * ball(1e-25)
            squares = sum(c**2 / (c**2 + square) for square in imbalances)
            assert abs(rise / flint.arb(mpmath.nstr(slope(c) ** 2 * (1 + squares), 38)) - 1) < ball(1e-25)


@pytest.mark.parametrize("weights", [(0.5, -1.0, 2.0), (0.3, 0.3, 1.0), (1e-3, 1e-2, 1e-1)])
def test_layers_have_the_balls_that_a_finer_precision_has(weights):
    """The inverse of an integral is proved: at every precision, and for wide z, the ball holds the finer value."""
    with precision(400):
        fine = layered(np.array(weights))
        low, high = fine.ends()
        points = [(end * share).mid() for end in (low, high) if end.is_finite() for share in (ball(0.3), ball(0.999))]
        values = [fine.at(point) for point in points]
    for bits in (64, 150):
        with precision(bits):
            rough = layered(np.array(weights))
            for point, (entry, slope) in zip(points, values, strict=True):
                found = rough.at(point)
                assert found[0].overlaps(entry)
                assert found[1].overlaps(slope)
                wide = rough.at(point * flint.arb(1, 1e-9))
                assert not wide[0].is_finite() or wide[0].contains(entry)


def test_heavy_columns_are_independent_whatever_their_weights():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 12))
    A[:, 1] = A[:, 0]
    chosen = heavy_columns(A, np.linspace(0, -3000, 12))
    assert chosen is not None
    assert sorted(chosen) == [0, 2, 3, 4, 5]


def test_refusals_name_what_is_wrong(as_a_user):
    system, network = problem(2, 4), rl.networks.Difference(2)
    limit = rl.limit(system, network, network.constant(0.1, 4))
    with pytest.raises(InvalidInputError, match=r"pass what rl\.limit returns"):
        enclose(limit.x)
    with pytest.raises(InvalidInputError, match="digits"):
        enclose(limit, digits=0)
    with pytest.raises(InvalidInputError, match="needs shape"):
        enclose(limit).contains(np.ones(3))
    for mixing, told in (
        (rl.networks.Dense(1, 2), "mixes the entries of x"),
        (rl.networks.Orthogonal(), "no mirror map"),
    ):
        with pytest.raises(NoEnclosureError, match=told):
            enclose_limit(system, mixing, rl.inits.Gaussian(0.1)(mixing, system))
    from scipy.sparse.linalg import aslinearoperator

    operator = rl.LinearSystem(aslinearoperator(system.A), system.b)
    with pytest.raises(NoEnclosureError, match="an operator"):
        enclose_limit(operator, network, network.constant(0.1, 4))
    with pytest.raises(NoEnclosureError, match=r"no ball was proved|sign"):
        enclose_limit(rl.LinearSystem(np.ones((1, 2)), np.array([-1.0])), rl.networks.Power(2), {"u": np.ones(2)})


def test_the_package_loads_no_flint():
    import subprocess
    import sys

    code = "import sys, ridgeless.certificates; ridgeless.networks.Difference(2); assert 'flint' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_flint_the_command_to_type_is_told():
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['flint'] = None; import numpy as np, ridgeless as rl\n"
        "system = rl.LinearSystem(np.ones((1, 2)), np.ones(1))\n"
        "limit = rl.limit(system, rl.networks.Direct(), rl.inits.Constant(0.1))\n"
        "try: rl.certificates.enclose(limit)\n"
        "except rl.errors.MissingDependencyError as error: sys.exit('ridgeless[proof]' not in str(error))\n"
        "sys.exit(2)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_lazy_entries_that_are_frozen_stay():
    network = rl.networks.Lazy(rl.networks.Difference(2), alpha=3.0)
    theta0 = {"u": np.array([0.1, 0.0, 0.3]), "v": np.array([0.2, 0.0, 0.1])}
    system = rl.LinearSystem(np.array([[1.0, 5.0, 2.0]]), np.array([1.0]))
    limit = rl.limit(system, network, theta0)
    found = enclose(limit)
    assert found.balls[1].is_zero()
    assert found.distance(limit.x)[1] < 1e-10


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_zeros_that_locked_signs_force_are_exact(depth):
    A = np.array([[1.0, 1, 0, 0, 2, 1], [0, 1, 1, 1, 0, 0], [1, 0, 0, 1, -1, 1]])
    system, network = rl.LinearSystem(A, A @ [1.0, 0, 0, 0, 0.5, 2]), rl.networks.Power(depth)
    found = enclose_limit(system, network, network.constant(0.1, 6))
    assert [there.is_zero() for there in found.balls] == [False, True, True, True, False, False]
    face = rl.LinearSystem(A[:, [0, 4, 5]], system.b)
    alone = enclose_limit(face, network, network.constant(0.1, 3))
    assert np.all(np.abs(alone.midpoint - found.midpoint[[0, 4, 5]]) <= 2 * (alone.radius + found.radius[[0, 4, 5]]))


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_forced_zeros_are_those_that_no_solution_has(seed):
    """The largest x_i over all non-negative solutions, by HiGHS: 0 where a zero is proved, and only there."""
    import scipy.optimize

    rng = np.random.default_rng(seed)
    A = rng.integers(0, 2, (4, 9)).astype(float)
    A = A[A.any(axis=1)]
    b = A @ np.where(rng.random(9) < 0.3, rng.integers(1, 4, 9), 0)
    largest = np.array(
        [-scipy.optimize.linprog(-np.eye(9)[i], A_eq=A, b_eq=b, bounds=[(0, 50)] * 9).fun for i in range(9)]
    )
    assert np.array_equal(forced_zeros(A, b, np.ones(9)), largest < 1e-9)


def test_a_last_bit_of_b_unforces_a_zero():
    A, b = np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([1.0, 1.0])
    assert list(forced_zeros(A, b, np.ones(2))) == [False, True]
    b[0] = np.nextafter(1.0, 2.0)
    found = enclose_limit(rl.LinearSystem(A, b), rl.networks.Power(2), {"u": np.ones(2)})
    assert found.contains(np.array([1.0, 2.0**-52]))


def test_a_last_bit_of_b_that_no_sign_allows_is_told():
    A, b = np.array([[1.0, 1.0, 0.5], [1.0, 0.0, 0.5]]), np.array([np.nextafter(1.0, 0.0), 1.0])
    network = rl.networks.Power(3)
    with pytest.raises(NoEnclosureError, match=r"no solution has the signs .* by 1\.1e-16 of its largest term"):
        enclose_limit(rl.LinearSystem(A, b), network, network.constant(0.1, 3))


def test_one_group_of_zeros_is_forced_and_another_only_nearly():
    A = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 2.0]])
    b = np.array([np.nextafter(1.0, 2.0), 1.0, 0.0])
    assert list(forced_zeros(A, b, np.ones(4))) == [False, False, True, True]
    network = rl.networks.Power(2)
    found = enclose_limit(rl.LinearSystem(A, b), network, network.constant(0.1, 4))
    assert found.contains(np.array([1.0, 2.0**-52, 0.0, 0.0]))


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_nothing_to_fit_stays_at_zero(depth):
    A, network = np.random.default_rng(0).standard_normal((2, 5)), rl.networks.Difference(depth)
    assert not enclose_limit(rl.LinearSystem(A, np.zeros(2)), network, network.constant(0.1, 5)).midpoint.any()
    assert not enclose_limit(
        rl.LinearSystem(A, np.zeros(2)), network, network.constant(0.1, 5), start=np.full(5, 1e-20)
    ).midpoint.any()
    uneven = {"u": np.arange(1.0, 6.0), "v": np.full(5, 0.3)}
    found = enclose_limit(rl.LinearSystem(A, np.zeros(2)), network, uneven)
    assert np.abs(A @ found.midpoint).max() < 1e-12 * np.abs(found.midpoint).max()


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_vanishing_limits_are_vertices_in_rational_numbers(depth):
    network = rl.networks.Difference(depth)
    A = np.random.default_rng(depth).integers(-3, 4, (3, 8)).astype(float)
    system = rl.LinearSystem(A, np.array([1.0, 2.0, -1.0]))
    limit = rl.limit(system, network, rl.inits.Vanishing())
    found = enclose(limit)
    assert found.distance(limit.x)[1] < 1e-14
    support = np.flatnonzero(found.midpoint)
    whole = flint.fmpq_mat(3, 3, [flint.fmpq(int(value)) for value in A[:, support].ravel()])
    exact = whole.solve(flint.fmpq_mat(3, 1, [1, 2, -1])).entries()
    with precision(300):
        assert all((found.balls[k] - value).contains(0) for k, value in zip(support, exact, strict=True))
    near = enclose_limit(system, network, network.constant(1e-90 if depth == 2 else 1e-30, 8))
    assert found.distance(near.midpoint)[1] < 1e-10
    assert np.array_equal(enclose_vanishing(system, network).midpoint, found.midpoint)


def test_a_vanishing_limit_with_last_bits_has_as_many_entries_as_equations():
    truth = np.zeros(20)
    truth[[2, 7]] = 1.0, -2.0
    system, network = problem(10, 20, seed=4, truth=truth), rl.networks.Difference(3)
    found = enclose_vanishing(system, network)
    assert np.count_nonzero(found.midpoint) == 10
    with precision(2000):
        for row, right in zip(system.A, system.b, strict=True):
            total = sum((ball(entry) * there for entry, there in zip(row, found.balls, strict=True)), ball(0.0))
            assert abs(total - ball(right)) < ball(1e-60)


def test_a_face_and_a_wrong_vertex_are_refused():
    network = rl.networks.Difference(2)
    with pytest.raises(NoEnclosureError, match="not unique"):
        enclose_vanishing(rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([1.0])), network)
    system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
    prices = Prices([ball(1.0)] * 2, [ball(1.0)] * 2)
    with pytest.raises(NoEnclosureError, match="no dual"):
        vertex(system.A, system.b, prices, np.array([2.0, 0.0]))
    for start in ([0.0, 1.0], [2.0, 0.0], [1.0, 1.0], [0.0, 0.0]):
        assert enclose_vanishing(system, network, start=np.array(start)).contains(np.array([0.0, 1.0]))
    dear = {"u": np.array([1.0, 0.1]), "v": np.ones(2)}
    assert enclose_vanishing(system, rl.networks.Difference(3), dear).contains(np.array([2.0, 0.0]))
