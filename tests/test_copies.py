"""What users hold can be copied and pickled: every class found, and what every verb returns."""

import copy
import dataclasses
import pickle
from functools import cache

import numpy as np
import pytest
import scipy.sparse as sp

import ridgeless as rl
from ridgeless.studies import read_configuration

pytestmark = pytest.mark.usefixtures("as_a_user")

WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "the oldest pickle that knows __new__": lambda value: pickle.loads(pickle.dumps(value, protocol=2)),
}
PACKAGES = (rl.networks, rl.inits, rl.flows, rl.potentials, rl.systems, rl.systems.bases, rl.measures)
EXAMPLES = {
    f"{name}[{i}]": example
    for package in PACKAGES
    for name, kind in package.FOUND.items()
    for i, example in enumerate(kind.examples())
}


def same(one, other):
    """Equal in type and in every field, NaN being NaN."""
    if type(one) is not type(other):
        return False
    if dataclasses.is_dataclass(one):
        return all(same(getattr(one, each.name), getattr(other, each.name)) for each in dataclasses.fields(one))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if sp.issparse(one):
        return one.shape == other.shape and same(one.toarray(), other.toarray())
    if isinstance(one, BaseException):
        return str(one) == str(other) and same(vars(one), vars(other))
    if type(one).__name__ == "arb":
        return (one.mid().man_exp(), one.rad().man_exp()) == (other.mid().man_exp(), other.rad().man_exp())
    return bool(one == other) or (one != one and other != other)


@cache
def system():
    A = np.array([[1.0, 2.0, 0.5, 0.0], [0.0, 1.0, -1.0, 2.0]])
    return rl.LinearSystem(A, A @ np.array([0.0, 1.0, 0.0, -0.5]), truth=[0.0, 1.0, 0.0, -0.5], names=list("pqrs"))


@cache
def limit():
    return rl.limit(system(), rl.networks.Difference(2), rl.inits.Constant(0.1))


def factorised():
    found = rl.LinearSystem(sp.csr_array(np.asarray(system().A)), system().b)
    found.min_norm()
    return found


def trained(network=None, init=None):
    network, init = network or rl.networks.Difference(2), init or rl.inits.Constant(0.1)
    return rl.train(system(), network, init, rl.flows.GradientFlow())


def dense():
    return trained(rl.networks.Dense(1, 3), rl.inits.Gaussian(0.3))


def recorded():
    with rl.record(system(), rl.networks.Difference(2), rl.inits.Constant(0.1)) as run:
        run(run.theta0)
    return run.solution


def refused(call, *arguments):
    try:
        call(*arguments)
    except rl.RidgelessError as error:
        return error
    raise AssertionError("nothing was refused")


def vanishing():
    return rl.limit(system(), rl.networks.Difference(3), rl.inits.Vanishing())


HELD = {
    "LinearSystem": system,
    "LinearSystem, sparse and factorised": factorised,
    "a system of decimals": lambda: rl.LinearSystem(system().A, system().b, rcond=1e-8),
    "a complex system in a basis": lambda: rl.LinearSystem(
        system().A * 1j, system().b, basis=rl.systems.bases.Wavelet(4, "haar")
    ),
    "a system of a kernel": lambda: rl.LinearSystem.from_kernel(
        lambda X, Y: np.minimum(X, Y.T), [1.0, 2.0], [3.0, 4.0], [0.5, 1.0]
    ),
    "Solution": limit,
    "Solution of a vanishing start": vanishing,
    "Solution of a training": trained,
    "Solution of a training of layers": dense,
    "Solution of lazy training": lambda: rl.lazy_limit(system(), rl.networks.Difference(2), rl.inits.Constant(0.1)),
    "Solution of rl.solve": lambda: rl.solve(system().A, system().b),
    "Solution of rl.solve with noise": lambda: rl.solve(system().A, system().b, noise=0.1),
    "Solution of a recorded loop": recorded,
    "an init that continues": lambda: rl.continue_from(limit(), system()),
    "LimitPath": lambda: rl.limit_path(system(), rl.networks.Difference(2), [1.0, 0.1]),
    "History": lambda: trained().history,
    "Bias": lambda: limit().bias,
    "Stall": lambda: rl.potentials.Stall(np.zeros(4), "reason", "citation"),
    "NoTheorem": lambda: rl.potentials.NoTheorem("reason"),
    "Certificate": lambda: rl.certify(limit()),
    "Certificate of a training": lambda: rl.certify(trained()),
    "Certificate that refutes": lambda: rl.certify(dataclasses.replace(limit(), x=limit().x + 0.1)),
    "SmallStart": lambda: rl.certificates.small_start(system(), 1),
    "ExactPath": lambda: rl.limits.rational_saddles([[1, 2]], [1]),
    "Enclosure": lambda: rl.certificates.enclose(limit()),
    "Enclosure to 60 digits": lambda: rl.certificates.enclose(limit(), digits=60),
    "BiOptimality": lambda: rl.certificates.bi_optimality(system(), dense().theta),
    "Recovery": lambda: rl.certificates.recovery(system(), vanishing().x),
    "Calibration": lambda: rl.calibrate(system(), rl.networks.Difference(2)),
    "Explanation": lambda: rl.explain(dense()),
    "Sensitivity": lambda: rl.sensitivity(limit()),
    "LeaveOneOut": lambda: rl.leave_one_out(limit()),
    "a designed init": lambda: rl.design(rl.penalties.ElasticNet(1.0, 1.0), rl.networks.Difference(2), tol=0.9),
    "ElasticNet": lambda: rl.penalties.ElasticNet(1.0, 0.5),
    "KullbackLeibler": lambda: rl.penalties.KullbackLeibler([1.0, 2.0]),
    "WeightedSquares": lambda: rl.penalties.WeightedSquares([1.0, 2.0]),
    "BatchedLimits": lambda: rl.accelerated.limit_batch(system(), rl.networks.Difference(2), [rl.inits.Constant(0.1)]),
    "Configuration": read_configuration,
    "NoExactLimit": lambda: refused(rl.limit, system(), rl.networks.Dense(2, 3), rl.inits.Gaussian(0.3)),
    "NoExactDesign": lambda: rl.NoExactDesign("reason", error=0.5, in_python="type this"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_survives(example, way):
    found = way(example)
    assert same(found, example)
    assert repr(found) == repr(example)


@pytest.mark.parametrize("name", HELD)
def test_everything_held_survives(name):
    held = HELD[name]()
    for way in WAYS.values():
        found = way(held)
        assert same(found, held)
        assert repr(found) == repr(held)


def test_a_copied_system_still_answers():
    for way in WAYS.values():
        found = way(factorised())
        np.testing.assert_array_equal(found.min_norm(), factorised().min_norm())


def test_a_copied_enclosure_still_proves():
    enclosure = rl.certificates.enclose(limit(), digits=60)
    for way in WAYS.values():
        assert way(enclosure).distance(limit().x) == enclosure.distance(limit().x)


@pytest.mark.parametrize("radius", [0.0, 1.0, 3.0, 2.0**30 - 1, 5e-324, 1e-17, 0.1])
@pytest.mark.parametrize("middle", [0.0, -0.1, 1e300])
def test_a_stored_ball_is_restored(middle, radius):
    from ridgeless._core.balls import around, restored, stored

    value = around(middle, radius)
    assert stored(restored(stored(value))) == stored(value)
    assert restored(stored(value)).contains(value)


def test_a_copied_calibration_is_the_same_number():
    found = rl.calibrate(system(), rl.networks.Difference(2))
    for way in WAYS.values():
        assert way(found) == found == found.scale == float(way(found))
        assert type(float(way(found))) is float
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.excess = 0.5


@pytest.mark.parametrize("change", [{"midpoint": np.zeros(4)}, {"bits": 1}, {"balls": ()}])
def test_what_differs_is_told(change):
    enclosure = rl.certificates.enclose(limit())
    assert not same(enclosure, dataclasses.replace(enclosure, **change))
