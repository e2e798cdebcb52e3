"""Derivatives of limits and their error bounds, against limits of perturbed systems in several hundred digits.

The oracle is Newton's method on A f(Aᵀν) = b in mpmath, with branches written out from the weights' own equation
w' = ±D·w^(D−1)·z, and derivatives are central differences of it: no formula is shared with the library.
"""

import warnings
from dataclasses import replace
from functools import cache

import mpmath as mp
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.analysis._expansion import Expansion
from ridgeless.analysis._weighted_qr import reweighted
from ridgeless.errors import IllConditionedWarning

pytestmark = pytest.mark.usefixtures("as_a_user")


def exact(numbers):
    """Floats as mpmath numbers, digit by digit."""
    return [exact(each) for each in numbers] if np.ndim(numbers) else mp.mpf(float(numbers))


def branch(weight, depth, sign, z):
    """The end of one weight to the power D, and its derivative by z; None beyond the pole."""
    if weight == 0:
        return mp.mpf(0), mp.mpf(0)
    if depth == 2:
        value = weight**2 * mp.exp(4 * sign * z)
        return value, 4 * sign * value
    slack = weight ** (2 - depth) - sign * depth * (depth - 2) * z
    if slack <= 0:
        return None
    end = slack ** (mp.mpf(1) / (2 - depth))
    return end**depth, sign * depth**2 * end ** (2 * depth - 2)


def mirror(depth, start, z):
    """x = u^D − v^D and f' at z; None outside the domain."""
    values, slopes = [], []
    for u, v, each in zip(*start, z, strict=True):
        up, down = branch(u, depth, 1, each), branch(v, depth, -1, each)
        if up is None or down is None:
            return None
        values.append(up[0] - down[0])
        slopes.append(up[1] - down[1])
    return values, slopes


def pulled(A, nu):
    return [mp.fsum(row[i] * each for row, each in zip(A, nu, strict=True)) for i in range(len(A[0]))]


def applied(A, x):
    return [mp.fsum(a * b for a, b in zip(row, x, strict=True)) for row in A]


def solved(matrix, right):
    found = mp.lu_solve(mp.matrix(matrix), mp.matrix(right))
    return [found[i] for i in range(len(right))]


def limit(depth, start, A, b, nu):
    """ν and x with A x = b from a ν nearby, to all digits."""
    tolerance = mp.mpf(10) ** (-mp.mp.dps // 2)
    for _ in range(200):
        x, slopes = mirror(depth, start, pulled(A, nu))
        missed = [right - left for right, left in zip(b, applied(A, x), strict=True)]
        gram = [[mp.fsum(p * w * q for p, w, q in zip(one, slopes, other, strict=True)) for other in A] for one in A]
        step = solved(gram, missed)
        relative = max(
            abs(w * each) / (abs(value) + abs(w * each)) if w else mp.mpf(0)
            for w, each, value in zip(slopes, pulled(A, step), x, strict=True)
        )
        length = mp.mpf(1)
        while mirror(depth, start, pulled(A, [n + length * s for n, s in zip(nu, step, strict=True)])) is None:
            length /= 2
        nu = [n + length * s for n, s in zip(nu, step, strict=True)]
        if relative < tolerance and length == 1:
            return nu, mirror(depth, start, pulled(A, nu))[0]
    raise AssertionError("the oracle did not converge")


def inverse(depth, u, v, value):
    """The z with f(z) = value, by bisection in the logarithm of the larger branch's slack."""
    if depth == 2:
        knee = u * v
        root = mp.sqrt(value**2 + 4 * knee**2)
        return mp.log((value + root) / (2 * u**2) if value >= 0 else 2 * v**2 / (root - value)) / 4
    speed = depth * (depth - 2)
    first, other, size = (u, v, value) if value >= 0 else (v, u, -value)
    pole, floor = first ** (2 - depth) / speed, (other ** (2 - depth) / speed if other else None)
    power = mp.mpf(depth) / (depth - 2)

    def at(slack):
        fallen = (speed * (pole + floor - slack)) ** -power if floor is not None else 0
        return (speed * slack) ** -power - fallen

    low, high = mp.log((size + abs(first) ** depth + abs(other) ** depth) ** (-1 / power) / speed) - 1, None
    high = mp.log(pole + (floor if floor is not None else 0)) - mp.mpf(10) ** -30
    for _ in range(300):
        middle = (low + high) / 2
        low, high = (middle, high) if at(mp.exp(middle)) > size else (low, middle)
    return mp.sign(value) * (pole - mp.exp(low)) if value else mp.mpf(0)


class Instance:
    """A limit, the same in many digits, and derivatives of both."""

    def __init__(self, A, b, network, theta0):
        self.depth = network.depth
        self.A, self.b = np.asarray(A, dtype=float), np.asarray(b, dtype=float)
        self.u = np.asarray(theta0["u"], dtype=float)
        self.v = np.asarray(theta0.get("v", np.zeros_like(self.u)), dtype=float)
        self.solution = rl.limit(rl.LinearSystem(self.A, self.b), network, theta0)
        assert self.solution.success
        self.found = rl.sensitivity(self.solution)
        smallest = min(0.0, float(np.log10(self.u.min())))
        mp.mp.dps = int(250 - 4 * self.depth * smallest)
        self.step = mp.mpf(10) ** (-mp.mp.dps // 4 + self.depth * smallest)
        self.nu, self.x = limit(self.depth, (exact(self.u), exact(self.v)), exact(self.A), exact(self.b), self.start())

    def start(self):
        """ν from the entries of x that the library calls basic: where Newton begins, and no more."""
        basic = self.found.expansion.basis.basic
        z = [
            inverse(self.depth, *(mp.mpf(float(each[i])) for each in (self.u, self.v, self.found.expansion.x)))
            for i in basic
        ]
        return solved(exact(self.A[:, basic].T), z)

    def moved(self, dA=0.0, db=0.0, dlog=0.0):
        """The exact derivative along a change of A, b and log u."""
        ends = []
        for side in (1, -1):
            far = side * self.step
            A = [
                [a + far * d for a, d in zip(*rows, strict=True)]
                for rows in zip(exact(self.A), self.like(self.A, dA), strict=True)
            ]
            b = [a + far * d for a, d in zip(exact(self.b), self.like(self.b, db), strict=True)]
            u = [a * mp.exp(far * d) for a, d in zip(exact(self.u), self.like(self.u, dlog), strict=True)]
            ends.append(limit(self.depth, (u, exact(self.v)), A, b, self.nu)[1])
        return [(one - other) / (2 * self.step) for one, other in zip(*ends, strict=True)]

    def like(self, array, change):
        return exact(np.broadcast_to(change, array.shape))

    @property
    def noise(self):
        """What the differences are good to."""
        return float(mp.mpf(10) ** (45 - mp.mp.dps) / self.step * max(abs(each) for each in self.x))


def errors(values, truth):
    return np.array([float(abs(mp.mpf(float(one)) - other)) for one, other in zip(values, truth, strict=True)])


def is_within(derivative, truth, noise):
    return bool(np.all(errors(derivative.value, truth) <= derivative.error * (1 + 1e-9) + noise + 1e-305))


def drawn(seed):
    """One of many kinds of A, a depth, a scale and a support; None where no theorem or no solver applies."""
    rng = np.random.default_rng([seed, 12])
    depth, kind = int(rng.integers(2, 7)), seed % 8
    least = {2: -60, 3: -30, 4: -30}.get(depth, -12)
    scale = 10.0 ** rng.uniform(least, 3) if rng.random() < 0.7 else 10.0 ** rng.uniform(-2, 1)
    equations = int(rng.integers(1, 5))
    unknowns = equations + int(rng.integers(2, 6))
    A = rng.standard_normal((equations, unknowns))
    if kind == 1:
        A = (rng.random(A.shape) < 0.5).astype(float)
    elif kind == 2:
        A = rng.integers(-3, 4, A.shape).astype(float)
    elif kind == 3:
        A[:, -1] = A[:, 0]
    elif kind == 4:
        A[:, -1] = A[:, 0] + 10.0 ** -rng.integers(4, 9) * rng.standard_normal(equations)
    elif kind == 5:
        A *= 10.0 ** rng.uniform(-3, 3, unknowns)
    elif kind == 6:
        A *= 10.0 ** rng.uniform(-4, 4, (equations, 1))
    elif kind == 7:
        A = A[:, : equations + 1]
    unknowns = A.shape[1]
    nonzeros = int(rng.choice([equations, equations, unknowns, max(1, equations - 1)]))
    x = np.zeros(unknowns)
    x[rng.choice(unknowns, nonzeros, replace=False)] = rng.standard_normal(nonzeros)
    if np.linalg.matrix_rank(A) < equations or not (A @ x).any():
        return None
    u = scale * rng.uniform(0.5, 2, unknowns) if rng.random() < 0.5 else np.full(unknowns, scale)
    if rng.random() < 0.2:
        return A, A @ np.abs(x), rl.networks.Power(depth), {"u": u}, rng
    v = scale * rng.uniform(0.5, 2, unknowns) if rng.random() < 0.5 else u.copy()
    return A, A @ x, rl.networks.Difference(depth), {"u": u, "v": v}, rng


def instance(seed):
    """The instance of a seed, or None where the limit is not CONVERGED, or too ill-conditioned for the oracle."""
    chosen = drawn(seed)
    if chosen is None:
        return None
    *problem, rng = chosen
    try:
        found = Instance(*problem)
    except (AssertionError, rl.RidgelessError, ZeroDivisionError, ValueError, TypeError):
        return None
    return found, rng


def judged(found, rng):
    """For three random tangents: within its bound or not, the bound, and the condition number."""
    tangents = {
        "A": (rng.standard_normal(found.A.shape), "dA"),
        "b": (rng.standard_normal(found.b.shape), "db"),
        "log_u0": (rng.standard_normal(found.u.shape), "dlog"),
    }
    for name, (tangent, keyword) in tangents.items():
        derivative, truth = found.found.derivative(**{name: tangent}), found.moved(**{keyword: tangent})
        yield is_within(derivative, truth, found.noise), derivative.relative, found.found.condition


def swept(seeds):
    results = []
    for seed in seeds:
        found = instance(seed)
        if found is not None:
            results += list(judged(*found))
    return results


def test_derivatives_lie_within_their_bounds():
    results = swept(range(12))
    assert len(results) >= 20
    assert all(is_right for is_right, _, _ in results)
    assert all(bound <= 1e-6 for _, bound, condition in results if condition < 1e7)


@pytest.mark.slow
def test_a_thousand_derivatives_lie_within_their_bounds():
    results = swept(range(100, 520))
    assert len(results) >= 1000
    assert all(is_right for is_right, _, _ in results)
    bounds, conditions = np.array([each[1] for each in results]), np.array([each[2] for each in results])
    assert np.all(bounds[conditions < 1e7] <= 1e-6)
    assert np.mean(bounds <= 1e-6) >= 0.9


VERTEX = np.array([[1.0, 2.0, 0.3], [-1.0, 0.5, 0.2]])
SCALES = [(2, 1e-8), (2, 1e-100), (3, 1e-30), (3, 1e-60), (4, 1e-20), (5, 1e-12), (6, 1e-6), (6, 1e-12)]


@pytest.mark.parametrize(("depth", "scale"), SCALES)
def test_at_a_vertex_the_equations_alone_decide(depth, scale):
    """x_S = A_S⁻¹ b, up to the first order that is left off the support."""
    system = rl.LinearSystem(VERTEX, VERTEX @ np.array([1.0, -2.0, 0.0]))
    found = rl.sensitivity(rl.limit(system, rl.networks.Difference(depth), rl.inits.Constant(scale)))
    assert not found.is_ill_conditioned
    change = np.array([[0.3, -0.2, 0.1], [0.5, 0.4, -0.6]])
    wanted = -np.linalg.solve(VERTEX[:, :2], change @ [1.0, -2.0, 0.0])
    moved = found.derivative(A=change)
    assert moved.relative < 1e-10
    np.testing.assert_allclose(moved.value[:2], wanted, rtol=1e-8)
    by_A = found.gradient([1.0, 1.0, 1.0])["A"]
    assert by_A.relative < 1e-10
    assert np.sum(by_A.value * change) == pytest.approx(wanted.sum(), rel=1e-8)
    # what the start can move, it moves by the order of what is off the support
    by_start = found.derivative(log_u0=[1.0, 0.0, 0.0])
    assert by_start.relative < 1e-10
    assert np.linalg.norm(by_start.value) < 1e3 * scale ** (2 if depth > 2 else 1)
    null = np.append(-np.linalg.solve(VERTEX[:, :2], VERTEX[:, 2]), 1.0)
    np.testing.assert_allclose(by_start.value / by_start.value[2], null, rtol=1e-10)


@pytest.mark.parametrize(("network", "scale"), [(rl.networks.Difference(4), 1e-100), (rl.networks.Power(2), 1e-140)])
def test_entries_that_underflow_leave_the_others_known(network, scale):
    A = VERTEX * np.array([1.0, 1.0, -4.0])
    system = rl.LinearSystem(A, A @ np.array([1.0, 2.0, 0.0]))
    found = rl.sensitivity(rl.limit(system, network, rl.inits.Constant(scale)))
    assert found.response.mobility[2] == 0
    moved = found.derivative(b=[1.0, -0.5])
    assert moved.relative < 1e-12
    np.testing.assert_allclose(moved.value[:2], np.linalg.solve(VERTEX[:, :2], [1.0, -0.5]), rtol=1e-12)


@pytest.mark.parametrize(("depth", "scale"), [(2, 1e-40), (3, 1e-20), (4, 1e-12), (5, 1e-8)])
def test_tied_columns_share_every_change(depth, scale):
    """Two equal columns from equal starts: their entries move alike, and together as one column would."""
    A = np.column_stack([VERTEX, VERTEX[:, 0]])
    system = rl.LinearSystem(A, VERTEX @ np.array([1.0, -2.0, 0.0]))
    found = rl.sensitivity(rl.limit(system, rl.networks.Difference(depth), rl.inits.Constant(scale)))
    moved = found.derivative(b=[1.0, -0.5])
    assert moved.relative < 1e-9
    wanted = np.linalg.solve(VERTEX[:, :2], [1.0, -0.5])
    np.testing.assert_allclose(moved.value[[0, 3]], wanted[0] / 2, rtol=1e-6)
    assert moved.value[1] == pytest.approx(wanted[1], rel=1e-6)


def test_where_rounding_of_b_decides_it_says_so():
    """One column carries b, of three equations: what the others do is rounding of b."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((3, 7))
    found = rl.sensitivity(
        rl.limit(rl.LinearSystem(A, 1.3 * A[:, 2]), rl.networks.Difference(3), rl.inits.Constant(1e-10))
    )
    assert found.is_ill_conditioned
    assert found.condition > 1e12
    assert "ill-conditioned, with condition number" in repr(found)
    change = rng.standard_normal(3)
    assert found.derivative(b=change).is_ill_conditioned
    with pytest.warns(IllConditionedWarning, match=r"jvp: ill-conditioned: .*\.derivative"):
        value = found.jvp(b=change)
    np.testing.assert_array_equal(value, found.derivative(b=change).value)
    with pytest.warns(IllConditionedWarning, match=r"vjp: ill-conditioned: .*\.gradient"):
        found.vjp(np.ones(7))


def test_what_is_known_is_known_without_a_word():
    A = np.random.default_rng(1).standard_normal((3, 7))
    found = rl.sensitivity(
        rl.limit(rl.LinearSystem(A, A @ np.ones(7)), rl.networks.Difference(3), rl.inits.Constant(1e-10))
    )
    assert "well-conditioned" in repr(found)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        derivative, gradients = found.derivative(b=np.ones(3)), found.gradient(np.ones(7))
        np.testing.assert_array_equal(found.jvp(b=np.ones(3)), derivative.value)
        for name, value in found.vjp(np.ones(7)).items():
            np.testing.assert_array_equal(value, gradients[name].value)
    assert not derivative.is_ill_conditioned


@cache
def well_known():
    A = np.random.default_rng(3).standard_normal((2, 5))
    theta0 = {"u": np.full(5, 0.03), "v": np.full(5, 0.02)}
    return Instance(A, A @ np.array([1.0, -0.5, 0.0, 0.2, 0.0]), rl.networks.Difference(3), theta0)


class TestTheBoundsThemselves:
    """What is broken on purpose lies outside; what is known badly is bounded badly."""

    @pytest.fixture
    def found(self):
        return well_known()

    def test_a_wrong_derivative_is_outside(self, found):
        change = np.array([1.0, -1.0])
        derivative, truth = found.found.derivative(b=change), found.moved(db=change)
        assert is_within(derivative, truth, found.noise)
        off = replace(derivative, value=derivative.value * (1 + 1e-9))
        assert not is_within(off, truth, found.noise)

    @pytest.mark.parametrize("off", [1e-9, 1e-6, 1e-3])
    def test_a_limit_that_is_off_has_wider_bounds_that_hold(self, found, off):
        point = found.found.expansion
        x = point.x * (1 + off * np.array([1.0, -1.0, 0.5, -0.5, 1.0]))
        response = found.solution.network.response(found.solution.theta0, x)
        crude = Expansion(found.solution, x, response, reweighted(point.basis, response.mobility))
        told = replace(found.found, response=response, expansion=crude)
        assert np.all(errors(x, found.x) <= crude.error)
        for name, keyword, change in (
            ("b", "db", np.ones(2)),
            ("A", "dA", np.eye(2, 5)),
            ("log_u0", "dlog", np.ones(5)),
        ):
            derivative = told.derivative(**{name: change})
            # what b does, the columns of the vertex decide alone
            assert derivative.relative > off / 100 or name == "b"
            assert is_within(derivative, found.moved(**{keyword: change}), found.noise), name

    def test_gradients_have_bounds_too(self, found):
        cotangent = np.array([1.0, 2.0, -1.0, 0.5, 3.0])
        gradients = found.found.gradient(cotangent)
        assert all(gradient.relative < 1e-9 for gradient in gradients.values())
        for i, side in enumerate(np.eye(2)):
            truth = mp.fsum(c * d for c, d in zip(exact(cotangent), found.moved(db=side), strict=True))
            assert abs(gradients["b"].value[i] - truth) <= gradients["b"].error[i]
        for i, side in enumerate(np.eye(5)):
            truth = mp.fsum(c * d for c, d in zip(exact(cotangent), found.moved(dlog=side), strict=True))
            assert abs(gradients["log_u0"].value[i] - truth) <= gradients["log_u0"].error[i]
        for i in range(5):
            side = np.outer([0.0, 1.0], np.eye(5)[i])
            truth = mp.fsum(c * d for c, d in zip(exact(cotangent), found.moved(dA=side), strict=True))
            assert abs(gradients["A"].value[1, i] - truth) <= gradients["A"].error[1, i]
