"""Laws of every measure found: a float always, NaN where it does not apply, and the units that it claims."""

import copy
import math
import pickle
from dataclasses import replace
from functools import cache
from pathlib import Path
from sys import modules

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.inits.base import start as start_of
from ridgeless.measures import FOUND, Measured
from ridgeless.networks import scaled

MEASURES = [measure for kind in FOUND.values() for measure in kind.examples()]
NETWORKS = [next(iter(kind.examples())) for kind in rl.networks.FOUND.values()]
EQUATIONS, UNKNOWNS = 3, 6

every_measure = pytest.mark.parametrize("measure", MEASURES, ids=repr)
every_network = pytest.mark.parametrize("network", NETWORKS, ids=repr)
pytestmark = pytest.mark.usefixtures("as_a_user")


@cache
def system():
    rng = np.random.default_rng(12)
    A, truth = rng.standard_normal((EQUATIONS, UNKNOWNS)), np.array([0.0, 1.5, 0.0, 0.0, -1.0, 0.0])
    return rl.LinearSystem(A, A @ truth, truth)


def drawn(network, seed):
    return start_of(rl.inits.Gaussian(0.7), network, system(), seed, "test")


def solution(network, theta0=None, theta=None, **changes):
    """As a training from theta0 to theta would return it."""
    theta0 = drawn(network, 1) if theta0 is None else theta0
    theta = drawn(network, 2) if theta is None else theta
    x = np.array(network(theta))
    made = rl.Solution(x, rl.Status.MAX_STEPS, "", system().residual(x), "", theta, network=network, theta0=theta0)
    return replace(made, system=system(), **changes)


def measured(found, on=None):
    """With everything that a study may know."""
    return Measured(found, on or system(), limit=np.linspace(1.0, 2.0, UNKNOWNS), picture=lambda x: x.reshape(2, 3))


def same_number(one, other, **tolerance):
    return (math.isnan(one) and math.isnan(other)) or one == pytest.approx(other, **tolerance)


@pytest.mark.parametrize("name", FOUND)
def test_is_found_by_the_name_of_its_file(name):
    kind = FOUND[name]
    assert Path(modules[kind.__module__].__file__).stem == name
    assert {measure.name for measure in kind.examples()} == {name}


@every_measure
def test_says_what_it_is(measure):
    assert len(measure.long_name) > 3
    assert measure.unit
    assert isinstance(measure.by_default, bool)
    assert measure.equation_degree in range(5)


@every_measure
def test_is_a_value(measure):
    assert measure == copy.deepcopy(measure) == pickle.loads(pickle.dumps(measure))
    assert hash(measure) == hash(copy.deepcopy(measure))
    with pytest.raises(AttributeError):
        measure.seed = 1


@every_measure
@every_network
def test_is_a_float_and_leaves_the_solution_as_it_was(measure, network):
    found = solution(network)
    before = copy.deepcopy(found)
    value = measure.value(measured(found))
    assert type(value) is float
    assert same_number(measure.value(measured(found)), value, rel=0, abs=0)
    np.testing.assert_array_equal(found.x, before.x)
    assert str(found.theta) == str(before.theta)


@every_measure
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_is_nan_after_a_divergence(measure, bad):
    network = rl.networks.Dense(hidden=2)
    theta = drawn(network, 2)
    theta["w"][1] = bad
    with np.errstate(invalid="ignore"):
        diverged = solution(network, theta=theta)
    one_entry = solution(network, x=np.where(np.arange(UNKNOWNS) == 2, bad, 1.0))
    for found in (diverged, one_entry):
        assert math.isnan(measure.value(measured(found)))


@every_measure
@pytest.mark.parametrize("size", [1e-200, 1e100, 1e200, 1e308])
def test_numbers_near_the_ends_of_float64_neither_fail_nor_warn(measure, size):
    network = rl.networks.Dense(hidden=1)
    theta = scaled(drawn(network, 2), min(size, 1e150))
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        found = solution(network, theta=theta, x=np.full(UNKNOWNS, size / 2))
    assert isinstance(measure.value(measured(found)), float)


@every_measure
def test_a_solution_that_knows_nothing_but_x_has_a_number_or_nan(measure):
    bare = rl.Solution(np.ones(UNKNOWNS), rl.Status.CONVERGED, "", 0.0, "")
    unknown = rl.LinearSystem(system().A, system().b)
    assert isinstance(measure.value(Measured(bare, unknown)), float)


@every_measure
def test_a_limit_and_a_training_in_dual_coordinates_have_a_number_or_nan(measure):
    network, init = rl.networks.Difference(depth=2), rl.inits.Constant(0.5)
    for found in (rl.limit(system(), network, init), rl.limit(system(), network, rl.inits.Vanishing())):
        assert isinstance(measure.value(measured(found)), float)


@every_measure
def test_a_system_without_solution_or_with_b_zero_is_no_error(measure):
    contradictory = rl.LinearSystem(np.ones((2, UNKNOWNS)), np.array([1.0, 2.0]))
    homogeneous = rl.LinearSystem(system().A, np.zeros(EQUATIONS))
    for on in (contradictory, homogeneous):
        found = replace(solution(rl.networks.Dense(hidden=1)), system=on)
        assert isinstance(measure.value(Measured(found, on)), float)


@every_measure
@pytest.mark.parametrize("factor", [2.0, 0.3])
@pytest.mark.parametrize("network", [rl.networks.Difference(depth=3), rl.networks.Dense(hidden=1)], ids=repr)
def test_the_unit_of_the_equations_counts_as_the_measure_says(measure, factor, network):
    """(A, b) → (cA, cb): the same solutions, and c² times the loss."""
    found = solution(network)
    rescaled = rl.LinearSystem(factor * system().A, factor * system().b, system().truth)
    value, other = (measure.value(measured(found, on)) for on in (system(), rescaled))
    assert same_number(other, factor**measure.equation_degree * value, rel=1e-9, abs=1e-12)
