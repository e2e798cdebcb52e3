"""Data at the ends of float64: no warning escapes, and every error is one of ours."""

import warnings

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.extremes import guard, is_extreme, within_float64

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
