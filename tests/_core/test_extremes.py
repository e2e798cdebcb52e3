"""Data at the ends of float64: no warning escapes, and every error is one of ours."""

import warnings

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator

import ridgeless as rl
from ridgeless._core.extremes import guard, is_extreme, within_float64

A = np.random.default_rng(0).standard_normal((4, 9))
NETWORKS = (
    rl.networks.Direct(),
    rl.networks.Difference(2),
    rl.networks.Difference(3),
    rl.networks.Power(2),
    rl.networks.TwoBranch(3),
    rl.networks.Dense(hidden=1, width=3),
)


def starts(network):
    dense = isinstance(network, rl.networks.Dense)
    return (rl.inits.Balanced(0.1),) if dense else (rl.inits.Constant(1e-3), rl.inits.Vanishing())


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
@pytest.mark.parametrize("unit", [1e-312, 1e-150, 1e150, 1e300])
@pytest.mark.parametrize("solution", [1e-250, 1.0, 1e200])
def test_no_warning_escapes(network, unit, solution):
    with np.errstate(all="ignore"):
        b = (unit * A) @ np.full(9, solution)
    if not np.isfinite(b).all():
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for init in starts(network):
            try:
                found = rl.limit(rl.LinearSystem(unit * A, b), network, init)
            except rl.RidgelessError:
                continue
            repr(found)
            assert not found.success or (np.isfinite(found.x).all() and found.residual <= 1e-10)


def test_a_solution_larger_than_any_number_is_refused():
    with pytest.raises(rl.RidgelessError, match=r"A⁺b is larger than 1\.8e308|range of float64"):
        rl.LinearSystem(1e-300 * A, 1e300 * np.ones(4)).min_norm()


def test_nothing_is_hidden_on_usual_data():
    """The guard is no blindfold: a warning on usual data still shows."""

    @within_float64
    def divide(system):
        return system.b / np.zeros(4)

    with pytest.warns(RuntimeWarning, match="divide by zero"):
        divide(rl.LinearSystem(A, np.ones(4)))
    assert np.isinf(divide(rl.LinearSystem(A, 1e200 * np.ones(4)))).all()


def test_what_arithmetic_refuses_is_told_with_advice():
    system = rl.LinearSystem(1e200 * A, 1e200 * np.ones(4))
    with (
        pytest.raises(rl.InvalidInputError, match=r"call: numbers of this size .*ZeroDivisionError.*units"),
        guard("call", system),
    ):
        _ = 1.0 / 0.0
    with pytest.raises(KeyError), guard("call", system):
        _ = {}["nothing"]


@pytest.mark.parametrize(
    ("argument", "extreme"),
    [
        (rl.inits.Constant(1e-150), False),
        (rl.inits.Constant(1e3), False),
        (rl.inits.Constant(1e80), True),
        ({"W": [np.ones((2, 2)), np.full((2, 2), 1e90)], "w": np.ones(2)}, True),
        ({"u": np.zeros(3)}, False),
        (rl.LinearSystem(A, np.zeros(4)), False),
        (rl.LinearSystem(A, np.full(4, 1e-70)), True),
        (rl.LinearSystem(A * 1e70, np.ones(4)), True),
        ("text", False),
    ],
)
def test_what_is_extreme(argument, extreme):
    assert is_extreme(argument) is extreme


@pytest.fixture
def _warnings_as_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.usefixtures("_warnings_as_errors")
@pytest.mark.parametrize("far", [1e150, 1e300, 1e308])
@pytest.mark.parametrize("network", [rl.networks.Direct(), rl.networks.Difference(2), rl.networks.Difference(3)])
def test_an_x_far_away_is_judged(network, far):
    """A miss is told in parts of |A||x| + |b|, which do not change with the units; a solution far off is far off."""
    system = rl.LinearSystem(A, np.ones(4))
    bias = network.bias(rl.inits.Constant(0.1)(network, system), system)
    x = rl.limit(system, network, rl.inits.Constant(0.1)).x
    judged, same = (rl.certify(system, x * factor, bias) for factor in (far, 1e100))
    assert judged.verdict == same.verdict == "refuted"
    assert judged.feasibility == pytest.approx(same.feasibility, rel=1e-12)
    null = system.project_null(np.ones(9))
    apart = rl.certify(system, null / np.max(np.abs(null)) * far, bias)
    assert apart.verdict == "refuted"
    assert apart.witness.kind == "point"
    assert apart.distance == pytest.approx(1.0)


@pytest.mark.usefixtures("_warnings_as_errors")
@pytest.mark.parametrize("far", [1e150, 1e300, 1e308])
def test_an_x_far_away_is_judged_by_products(far):
    products = LinearOperator(A.shape, matvec=lambda x: A @ x, rmatvec=lambda r: A.T @ r, dtype=float)
    assert rl.certify(rl.LinearSystem(products, np.ones(4)), np.full(9, far)).verdict == "refuted"


@pytest.mark.usefixtures("_warnings_as_errors")
@pytest.mark.parametrize("unit", [1e150, 1e300, 1.7e308])
def test_a_wrong_answer_is_refuted_in_any_unit_of_b(unit):
    system = rl.LinearSystem(np.eye(2, 4), [unit, unit / 2])
    assert rl.certify(system, np.array([unit, 0.0, 0.0, 0.0])).feasibility == pytest.approx(1.0)
    right = rl.certify(system, np.array([unit, unit / 2, 0.0, 0.0]))
    assert right.feasibility == 0.0
    assert right.verdict == "inconclusive"


@pytest.mark.usefixtures("_warnings_as_errors")
def test_a_large_start_is_certified():
    system, network = rl.LinearSystem(np.eye(2, 4), [1.0, 2.0]), rl.networks.Difference(2)
    found = rl.limit(system, network, rl.inits.Constant(1e150))
    assert found.success
    assert rl.certify(found).verdict == "certified"
    assert rl.certify(system, found.x, found.bias, found.dual).verdict == "certified"
    assert rl.certificates.stationarity(system, found.x, found.bias, found.dual) <= 1e-8


@pytest.mark.usefixtures("_warnings_as_errors")
@pytest.mark.parametrize("b", [[1e308, 2e307], [5e307, 1e308], [1.7e308, 1.7e308]])
def test_a_large_right_hand_side_is_no_success(b):
    found = rl.solve(np.eye(2, 4), b)
    assert not found.success or found.residual <= 1e-10
    rl.certify(found)


@pytest.mark.usefixtures("_warnings_as_errors")
@pytest.mark.parametrize("row", [[0.0, 2.0, 5e-324], [0.0, -5e-324], [0.0, 5e-324], [1.0, 1e-310]])
@pytest.mark.parametrize("depth", [2, 3, pytest.param(5, marks=pytest.mark.slow)])
def test_balls_beside_subnormal_numbers(row, depth):
    """An enclosure that holds the solution, or one of our errors."""
    system, network = rl.LinearSystem([row], [1.0]), rl.networks.Product(depth)
    theta0 = rl.inits.Constant(0.1)(network, system)
    try:
        found = rl.certificates.enclose_limit(system, network, theta0)
    except rl.RidgelessError:
        return
    assert np.dot(row, found.midpoint) == pytest.approx(1.0)


def test_an_enclosure_beside_a_subnormal_number():
    pytest.importorskip("flint")
    system, network = rl.LinearSystem([[0.0, 2.0, 5e-324]], [1.0]), rl.networks.Product(5)
    found = rl.certificates.enclose(rl.limit(system, network, rl.inits.Constant(0.1)))
    assert found.contains(np.array([0.0, 0.5, 0.0]))


def test_subnormal_numbers_are_extreme():
    assert is_extreme(rl.LinearSystem([[1.0, 1e-310]], [1.0]))
    assert is_extreme(rl.LinearSystem(np.ones((2, 3)), [1.0, -1e-310]))
    assert not is_extreme(rl.LinearSystem([[1.0, 1e-300]], [1.0]))
