"""Scale → 0: against training at scale 1e-40, linear programs, rational arithmetic, and the limits at scales."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless.errors import IncompatibleInitError, InconsistentSystemError, InfeasibleSignsError, InvalidInputError
from ridgeless.limits import rational_saddles
from ridgeless.limits.vanishing.saddle_to_saddle import saddle_to_saddle
from ridgeless.potentials import WeightedL1

DIFFERENCE = rl.networks.Difference(depth=2)
FIXTURE = np.array([[1.0, 0.5, 0.7, 0.0], [0.5, 1.0, 0.1, 0.7]]), np.array([1.0, 0.0])
seeds = st.integers(0, 2**32 - 1)


def vanishing(system, network=DIFFERENCE, direction=None):
    return rl.limit(system, network, rl.inits.Vanishing(direction))


def proved(system, network=DIFFERENCE, direction=None):
    found = vanishing(system, network, direction)
    assert found.status is rl.Status.CONVERGED, found
    assert rl.certify(found).verdict == "certified", rl.certify(found)
    return found


def drawn(seed, equations=12, unknowns=40):
    rng = np.random.default_rng([seed, equations])
    A = rng.standard_normal((equations, unknowns))
    return rng, rl.LinearSystem(A, A @ rng.standard_normal(unknowns))


def by_linear_program(system, box):
    """min Σ p·x⁺ + n·x⁻ over A x = b by HiGHS: the value, and the x."""
    A = np.asarray(system.A)
    costs = np.concatenate([box.positive, box.negative])
    upper = np.where(np.isfinite(costs), np.inf, 0.0)
    program = scipy.optimize.linprog(
        np.where(np.isfinite(costs), costs, 0.0),
        A_eq=np.hstack([A, -A]),
        b_eq=system.b,
        bounds=np.stack([np.zeros_like(costs), upper], axis=1),
        method="highs",
    )
    assert program.status == 0
    plus, minus = np.split(program.x, 2)
    return float(program.fun), plus - minus


def test_the_published_example_comes_out_exactly():
    A = [["1", "1/2", "7/10", "0"], ["1/2", "1", "1/10", "7/10"]]
    path = rational_saddles(A, [1, 0])
    assert path.x == (0, 0, Fraction(10, 7), Fraction(-10, 49))
    found = proved(rl.LinearSystem(*FIXTURE))
    np.testing.assert_allclose(found.x, [float(entry) for entry in path.x], atol=1e-15)
    np.testing.assert_array_equal(found.history.coordinate, path.coordinate)
    np.testing.assert_array_equal(found.history.coordinate, [-1, 0, 2, 3])
    # log(1/scale)/2 is where 4z = log(1/scale²): twice the time of the product of two layers, over four.
    np.testing.assert_allclose(found.history.at, [float(time) / 2 for time in path.at], rtol=1e-14)
    np.testing.assert_allclose(found.history.points.toarray(), np.array(path.points, dtype=float), atol=1e-15)


@pytest.mark.parametrize("A_and_b", [FIXTURE, "drawn"], ids=["published", "drawn"])
def test_training_at_scale_1e_minus_40_rests_on_these_saddles(A_and_b):
    if A_and_b == "drawn":
        _, system = drawn(5, 4, 9)
    else:
        system = rl.LinearSystem(*A_and_b)
    A, b, log_scale = np.asarray(system.A), system.b, 40 * np.log(10)
    found = proved(system)
    times, points = found.history.at * log_scale, found.history.points.toarray()

    def x_of(nu):
        return 2 * np.exp(-2 * log_scale) * np.sinh(4 * (A.T @ nu))

    def slopes(nu):
        return -A @ (8 * np.exp(-2 * log_scale) * np.cosh(4 * (A.T @ nu))[:, None] * A.T)

    middles = (times[1:] + np.append(times[2:], 1.5 * times[-1])) / 2
    with np.errstate(over="ignore", invalid="ignore"):  # trial steps of the integrator go too far
        flow = scipy.integrate.solve_ivp(
            lambda _, nu: b - A @ x_of(nu),
            (0, middles[-1]),
            np.zeros(len(b)),
            method="Radau",
            t_eval=middles,
            jac=lambda _, nu: slopes(nu),
            max_step=2.0,
            rtol=1e-8,
            atol=1e-8,
        )
    assert flow.success
    lengths = np.diff(np.append(times, np.inf))[1:]
    for nu, point, length in zip(flow.y.T, points[1:], lengths, strict=True):
        if length > 20:  # short plateaus are over before x has come to rest
            np.testing.assert_allclose(x_of(nu), point, atol=1e-3)
    assert np.sum(lengths > 20) >= 3


@given(seed=seeds)
def test_the_walk_is_that_of_rational_numbers(seed):
    rng = np.random.default_rng(seed)
    A, b = rng.integers(-9, 10, (3, 7)), rng.integers(-9, 10, 3)
    edges = rng.integers(1, 9, (2, 7))
    try:
        exact = rational_saddles(A.tolist(), b.tolist(), edges[0].tolist(), edges[1].tolist())
    except InvalidInputError:  # a tie, or no solution
        return
    path = saddle_to_saddle(A.astype(float), b.astype(float), WeightedL1(*edges.astype(float)))
    np.testing.assert_array_equal(path.coordinate, exact.coordinate)
    np.testing.assert_allclose(path.at, [float(time) for time in exact.at], rtol=1e-11)
    np.testing.assert_allclose(path.points.toarray(), np.array(exact.points, dtype=float), atol=1e-10)


@pytest.mark.parametrize("network", [DIFFERENCE, rl.networks.Product(2), rl.networks.TwoBranch(2)], ids=repr)
def test_depth_two_forgets_its_direction(network):
    _, system = drawn(1)
    value, x = by_linear_program(system, WeightedL1(np.ones(40), np.ones(40)))
    found = proved(system, network, rl.inits.Gaussian(1.0)(network, system, 0))
    np.testing.assert_allclose(np.abs(found.x).sum(), value, rtol=1e-9)
    np.testing.assert_allclose(found.x, x, atol=1e-7)


@pytest.mark.parametrize("depth", [3, 4])
@pytest.mark.parametrize("seed", range(4))
def test_deep_directions_are_prices(depth, seed):
    rng, system = drawn(seed)
    U, V = 10 ** rng.uniform(-1, 1, (2, 40))
    box = WeightedL1(U ** (2.0 - depth), V ** (2.0 - depth))
    value, x = by_linear_program(system, box)
    found = proved(system, rl.networks.Difference(depth), {"u": U, "v": V})
    np.testing.assert_allclose(box.value(found.x), value, rtol=1e-9)
    np.testing.assert_allclose(found.x, x, atol=1e-7)


def test_three_layers_pay_half_a_turn_over_their_scale():
    rng, system = drawn(7)
    a = 10 ** rng.uniform(-1, 1, 40)
    found = proved(system, rl.networks.Product(3), {"layers": np.stack([a, np.zeros(40), a])})
    np.testing.assert_allclose(found.bias.potential.positive, np.pi / (2 * a), rtol=1e-14)
    value, x = by_linear_program(system, found.bias.potential)
    np.testing.assert_allclose(found.x, x, atol=1e-7)
    np.testing.assert_allclose(found.bias.potential.value(found.x), value, rtol=1e-9)


@pytest.mark.parametrize("depth", [2, 3])
def test_one_sign_only(depth):
    rng = np.random.default_rng(3)
    A = rng.standard_normal((12, 40))
    system = rl.LinearSystem(A, A @ rng.uniform(0, 1, 40))
    u = rng.uniform(0.5, 2.0, 40)
    found = proved(system, rl.networks.Power(depth), {"u": u})
    box = WeightedL1(u ** (2.0 - depth), np.full(40, np.inf))
    assert found.x.min() >= 0
    np.testing.assert_allclose(found.x, by_linear_program(system, box)[1], atol=1e-7)


def test_frozen_coordinates_stay_out():
    _, system = drawn(4)
    u, v = np.ones(40), np.ones(40)
    u[:10] = v[:20] = 0.0  # ten frozen, ten that may only rise
    found = proved(system, DIFFERENCE, {"u": u, "v": v})
    assert not found.x[:10].any()
    assert found.x[10:20].min() >= 0
    np.testing.assert_allclose(found.x, by_linear_program(system, found.bias.potential)[1], atol=1e-7)


def test_a_sparse_truth_is_found_to_the_last_digits():
    rng = np.random.default_rng(0)
    A, truth = rng.standard_normal((60, 300)), np.zeros(300)
    truth[rng.choice(300, 8, replace=False)] = rng.standard_normal(8)
    found = proved(rl.LinearSystem(A, A @ truth))
    np.testing.assert_allclose(found.x, truth, atol=1e-14)
    assert found.history.residual[-1] <= 1e-13
    assert np.all(np.diff(found.history.loss) < 0)


@pytest.mark.parametrize(("depth", "scales"), [(3, (1e-3, 2.5e-4)), (4, (1e-2, 2.5e-3))])
def test_deep_limits_tend_to_it_like_scale_to_the_depth(depth, scales):
    _, system = drawn(11)
    network = rl.networks.Difference(depth)
    x = proved(system, network).x
    errors = [np.linalg.norm(rl.limit(system, network, rl.inits.Constant(scale)).x - x) for scale in scales]
    assert abs(np.log(errors[0] / errors[1]) / np.log(scales[0] / scales[1]) - depth) < 0.05


def test_shallow_limits_tend_to_it_at_the_rate_of_the_best_dual():
    rng = np.random.default_rng(2)
    A, truth = rng.standard_normal((20, 50)), np.zeros(50)
    truth[:4] = rng.choice([-1.0, 1.0], 4) * rng.uniform(1, 2, 4)
    system = rl.LinearSystem(A, A @ truth)
    x = proved(system).x
    np.testing.assert_allclose(x, truth, atol=1e-13)
    # min ϱ over dual certificates: A_Sᵀν = sign(x_S), |A_iᵀν| ≤ ϱ elsewhere
    on, off = A[:, :4].T, A[:, 4:].T
    program = scipy.optimize.linprog(
        np.append(np.zeros(20), 1.0),
        A_eq=np.hstack([on, np.zeros((4, 1))]),
        b_eq=np.sign(truth[:4]),
        A_ub=np.vstack([np.hstack([off, -np.ones((46, 1))]), np.hstack([-off, -np.ones((46, 1))])]),
        b_ub=np.zeros(92),
        bounds=[(None, None)] * 20 + [(0, None)],
    )
    slope = 2 * (1 - program.fun)
    scales = 1e-10, 1e-13
    errors = [
        np.linalg.norm(rl.limit(system, DIFFERENCE, rl.inits.Constant(scale), tol=1e-13).x - x) for scale in scales
    ]
    assert abs(np.log(errors[0] / errors[1]) / np.log(scales[0] / scales[1]) - slope) < 0.05


class TestWhereThereAreManyMinimisers:
    """Ties: the next order decides, as small scales confirm."""

    def twins(self):
        """Four copies of each column, the copies started differently; three of four signs as they are."""
        rng = np.random.default_rng(6)
        once = rng.standard_normal((6, 10))
        A = np.hstack([once, once, once, -once])
        return rl.LinearSystem(A, A @ rng.standard_normal(40)), rng.uniform(0.5, 2.0, 40)

    @pytest.mark.parametrize("scale", [1e-40, 1e-60])
    def test_shallow(self, scale):
        system, shape = self.twins()
        found = vanishing(system, DIFFERENCE, {"u": shape, "v": shape})
        assert found.status is rl.Status.NOT_UNIQUE
        assert not found.success
        assert "more than one minimiser" in found.message
        assert rl.certify(found).verdict == "certified"
        at_scale = rl.limit(system, DIFFERENCE, {"u": scale * shape, "v": scale * shape})
        np.testing.assert_allclose(at_scale.x, found.x, atol=1e-6)

    @pytest.mark.parametrize("depth", [3, 4])
    def test_deep(self, depth):
        system, _ = self.twins()
        found = vanishing(system, rl.networks.Difference(depth))
        assert found.status is rl.Status.NOT_UNIQUE
        at_scale = rl.limit(system, rl.networks.Difference(depth), rl.inits.Constant(1e-5))
        np.testing.assert_allclose(at_scale.x, found.x, atol=1e-6)

    def test_a_copy_that_costs_more_breaks_the_tie(self):
        system, _ = self.twins()
        dear = np.repeat([1.0, 0.9, 0.9, 0.9], 10)
        found = proved(system, rl.networks.Difference(3), {"u": dear, "v": dear})
        assert not found.x[10:].any()

    def test_a_tie_that_no_minimiser_uses_is_none(self):
        # x_3 arrives at its edge with x_1 and x_2 together, but A h = 0 needs it below 0.
        system = rl.LinearSystem(np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]]), np.array([1.0, 1.0]))
        assert vanishing(system).status is rl.Status.NOT_UNIQUE  # (1, 1, 0) and (0, 0, 2) cost 2 both
        cheaper = rl.LinearSystem(np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.6]]), np.array([1.0, 1.0]))
        np.testing.assert_allclose(proved(cheaper).x, [0, 0, 1 / 0.6])


class TestEdgesOfTheQuestion:
    """Inputs at the edge: nothing to find, one answer only, none, or more than float64 holds."""

    def test_nothing_asked(self):
        found = proved(rl.LinearSystem(np.ones((2, 5)) * np.arange(1, 6), np.zeros(2)))
        assert not found.x.any()
        np.testing.assert_array_equal(found.history.at, [0.0])

    def test_one_equation_takes_the_largest_column(self):
        found = proved(rl.LinearSystem(np.array([[1.0, -3.0, 2.0]]), np.array([6.0])))
        np.testing.assert_allclose(found.x, [0, -2, 0])

    def test_one_solution_only(self):
        rng = np.random.default_rng(0)
        A, x = rng.standard_normal((9, 5)), rng.standard_normal(5)
        np.testing.assert_allclose(proved(rl.LinearSystem(A, A @ x)).x, x, rtol=1e-12)

    def test_repeated_equations(self):
        _, system = drawn(8)
        twice = rl.LinearSystem(np.vstack([system.A, 3 * system.A]), np.concatenate([system.b, 3 * system.b]))
        np.testing.assert_allclose(proved(twice).x, proved(system).x, atol=1e-12)

    def test_no_solution(self):
        system = rl.LinearSystem(np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0]]), np.array([1.0, 1.0]))
        with pytest.raises(InconsistentSystemError, match="no solution"):
            vanishing(system)

    def test_no_solution_of_the_locked_sign(self):
        with pytest.raises(InfeasibleSignsError, match="locks"):
            vanishing(rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([-1.0])), rl.networks.Power(2))

    @pytest.mark.parametrize("factor", [1e-150, 1e-8, 1e8, 1e150])
    def test_units(self, factor):
        _, system = drawn(9)
        A, b = np.asarray(system.A), system.b
        x = proved(system).x
        np.testing.assert_allclose(proved(rl.LinearSystem(A, factor * b)).x, factor * x, atol=1e-12 * factor)
        if 1e-100 < factor < 1e100:
            np.testing.assert_allclose(proved(rl.LinearSystem(factor * A, factor * b)).x, x, atol=1e-12)

    def test_sparse_matrices_and_operators(self):
        _, system = drawn(10)
        x = proved(system).x
        np.testing.assert_array_equal(proved(rl.LinearSystem(sp.csr_array(system.A), system.b)).x, x)
        np.testing.assert_allclose(vanishing(rl.LinearSystem(aslinearoperator(system.A), system.b)).x, x, atol=1e-12)

    def test_depth_one_ends_nearest_to_the_origin(self):
        _, system = drawn(12)
        for network in (rl.networks.Direct(), rl.networks.Difference(1), rl.networks.Product(1)):
            np.testing.assert_allclose(proved(system, network).x, system.min_norm(), atol=1e-13)

    def test_training_refuses_it(self):
        _, system = drawn(13)
        for call in (rl.train, rl.lazy_limit):
            arguments = (rl.flows.GradientDescent(),) if call is rl.train else ()
            with pytest.raises(InvalidInputError, match="no scale to begin at"):
                call(system, DIFFERENCE, rl.inits.Vanishing(), *arguments)

    def test_dense_networks_have_no_direction_of_their_own(self):
        _, system = drawn(14)
        with pytest.raises(IncompatibleInitError, match="no direction"):
            vanishing(system, rl.networks.Dense(hidden=1))

    def test_orthogonal_layers(self):
        _, system = drawn(19)
        for is_trained in (True, False):
            network = rl.networks.Orthogonal(1, train_vector=is_trained)
            direction = rl.inits.Gaussian(30.0)(network, system)
            if is_trained:
                np.testing.assert_allclose(vanishing(system, network, direction).x, system.min_norm(), atol=1e-13)
            else:
                with pytest.raises(rl.NoExactLimit, match="never reaches"):
                    vanishing(system, network, direction)

    def test_it_survives_the_disk(self, tmp_path):
        found = proved(rl.LinearSystem(*FIXTURE))
        again = rl.load(found.save(tmp_path / "limit"))
        np.testing.assert_array_equal(again.x, found.x)
        np.testing.assert_array_equal(again.history.points.toarray(), found.history.points.toarray())
        assert rl.certify(again).verdict == "certified"


class TestCertificate:
    """The certificate of a weighted ℓ1 norm, and what it must not let pass."""

    def test_moved_inside_the_null_space(self):
        rng, system = drawn(15)
        found = proved(system)
        step = system.project_null(rng.standard_normal(40))
        moved = found.x + 1e-6 * np.linalg.norm(found.x) * step / np.linalg.norm(step)
        assert rl.certify(system, moved, found.bias, found.dual).verdict == "refuted"

    def test_feasible_and_not_the_minimiser(self):
        _, system = drawn(16)
        found = proved(system)
        assert rl.certify(system, system.min_norm(), found.bias).verdict == "refuted"
        assert rl.certify(system, system.min_norm(), found.bias, found.dual).verdict == "refuted"

    def test_without_a_dual_it_looks_for_one(self):
        _, system = drawn(17)
        found = proved(system)
        assert rl.certify(system, found.x, found.bias).verdict == "certified"

    def test_a_sparse_truth_without_a_dual(self):
        rng = np.random.default_rng(4)
        A, truth = rng.standard_normal((30, 90)), np.zeros(90)
        truth[:9] = rng.standard_normal(9)
        system = rl.LinearSystem(A, A @ truth)
        assert rl.certify(system, truth, proved(system).bias).verdict == "certified"

    def test_a_dual_outside_the_box_proves_nothing_and_another_one_is_found(self):
        _, system = drawn(18)
        found = proved(system)
        assert rl.certify(system, found.x, found.bias, 1.001 * found.dual).verdict == "certified"

    def test_a_sign_that_is_locked_out(self):
        system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        found = proved(system, rl.networks.Power(2))
        assert rl.certify(system, np.array([4.0, -1.0]), found.bias).verdict == "refuted"


def test_a_walk_that_leaves_an_equation_unsolved_says_so(monkeypatch):
    """Neither walk holds every equation: x is no limit, however small ‖Ax − b‖ is."""
    monkeypatch.setattr("ridgeless.limits.vanishing.weighted_l1._solves_each_equation", lambda *_: False)
    system = rl.LinearSystem(np.array([[1.0, 2.0, 0.5]]), np.array([2.0]))
    assert rl.limit(system, rl.networks.Difference(2), rl.inits.Vanishing()).status is rl.Status.STALLED


def exact_minimisers(A, b):
    """All vertices of least ℓ1 norm, by every basis in rational numbers."""
    least, found = None, set()
    for columns in itertools.combinations(range(A.shape[1]), len(A)):
        table = [[Fraction(float(a)) for a in [*row[list(columns)], value]] for row, value in zip(A, b, strict=True)]
        solution = gauss(table)
        if solution is None:
            continue
        x = [Fraction(0)] * A.shape[1]
        for column, value in zip(columns, solution, strict=True):
            x[column] = value
        cost = sum(abs(value) for value in x)
        if least is None or cost < least:
            least, found = cost, set()
        if cost == least:
            found.add(tuple(x))
    return float(least), found


def gauss(table):
    for k in range(len(table)):
        pivot = next((i for i in range(k, len(table)) if table[i][k]), None)
        if pivot is None:
            return None
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [value / table[k][k] for value in table[k]]
        for i in range(len(table)):
            if i != k and table[i][k]:
                table[i] = [a - table[i][k] * c for a, c in zip(table[i], table[k], strict=True)]
    return [row[-1] for row in table]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(["whole numbers", "a near copy", "nearly whole numbers"]))
def test_uniqueness_is_that_of_rational_numbers(seed, kind):
    """CONVERGED: one minimiser, and a proof of it; NOT_UNIQUE: two are shown, and nothing is proved."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    d, gap = n + int(rng.integers(1, 4)), 2.0 ** -int(rng.integers(20, 40))
    A = rng.integers(-3, 4, (n, d)).astype(float)
    if kind == "a near copy":
        A[:, -1] = A[:, 0] + gap * rng.integers(-2, 3, n)
    if kind == "nearly whole numbers":
        A += gap * rng.integers(-1, 2, (n, d))
    x = np.zeros(d)
    x[rng.choice(d, int(rng.integers(1, n + 1)), replace=False)] = rng.integers(1, 4)
    b = A @ x
    if np.linalg.matrix_rank(A) < n or np.abs(b).max() < 0.5:
        return
    least, vertices = exact_minimisers(A, b)
    found = vanishing(rl.LinearSystem(A, b))
    proof = rl.certificates.recovery(found)
    if found.status is rl.Status.STALLED:
        assert kind != "whole numbers"
        assert found.other is None
        return
    assert found.success == proof.is_certified
    if found.residual > 1e-15:  # a rounded b has a vertex of its own
        return
    assert found.success == (len(vertices) == 1)
    assert np.abs(found.x).sum() == pytest.approx(least, rel=1e-9)
    if not found.success:
        assert np.abs(A @ found.other - b).max() < 1e-12 * np.abs(b).max()
        assert np.abs(found.other).sum() == pytest.approx(least, rel=1e-9)
        assert np.abs(found.other - found.x).max() > 1e-6 * np.abs(found.x).max()


def test_columns_apart_by_little_are_apart():
    for gap in (5e-9, 1e-12, 2.0**-52):
        system = rl.LinearSystem(np.array([[1.0, 1 + gap]]), np.array([1.0]))
        found = vanishing(system)
        assert found.success
        np.testing.assert_allclose(found.x, [0, 1 / (1 + gap)], rtol=1e-15)
        assert rl.certificates.recovery(found).is_certified
        assert not rl.certificates.recovery(system, np.array([1.0, 0.0])).is_certified


def test_another_minimiser_survives_the_disk(tmp_path):
    found = vanishing(rl.LinearSystem(np.ones((1, 3)), np.array([3.0])))
    assert found.status is rl.Status.NOT_UNIQUE
    again = rl.load(found.save(tmp_path / "tied.npz"))
    np.testing.assert_array_equal(again.other, found.other)
    assert again.other.sum() == pytest.approx(3.0)
    assert vanishing(rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))).other is None
