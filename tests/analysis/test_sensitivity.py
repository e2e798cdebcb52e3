"""The derivative of a limit, against differences of the limit itself: the two share no formula."""

from dataclasses import replace

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError

NETWORKS = [
    rl.networks.Direct(),
    rl.networks.Difference(depth=1),
    rl.networks.Difference(depth=2),
    rl.networks.Difference(depth=3),
    rl.networks.Difference(depth=4),
    rl.networks.Power(depth=1),
    rl.networks.Power(depth=2),
    rl.networks.Power(depth=3),
    rl.networks.Power(depth=4),
    rl.networks.Product(depth=2),
    rl.networks.Product(depth=3),
    rl.networks.Product(depth=4),
    rl.networks.TwoBranch(depth=1),
    rl.networks.TwoBranch(depth=2),
]
SCALES = (1.0, 1e-3, 1e-8)
# Central differences of sixth order: f(x + kh) for k = ±1, ±2, ±3.
STENCIL = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
STEP = 1e-3

pytestmark = pytest.mark.usefixtures("as_a_user")


def instance(network, scale, seed=0, equations=3, unknowns=8):
    rng = np.random.default_rng([seed, network.homogeneity, 31])
    A, x = rng.standard_normal((equations, unknowns)), rng.standard_normal(unknowns)
    system = rl.LinearSystem(A, A @ (np.abs(x) if isinstance(network, rl.networks.Power) else x))
    theta0 = rl.inits.Constant(scale)(network, system)
    # Deep products have a theorem only where the layers that are not 0 are equal.
    is_tied = isinstance(network, rl.networks.Product) and network.depth > 2
    return system, {
        name: value * rng.uniform(0.5, 2.0, value.shape[1:] if is_tied else value.shape)
        for name, value in theta0.items()
    }


def limit_of(system, network, theta0):
    return rl.limit(system, network, theta0, tol=1e-12)


def moved(system, theta0, name, step):
    """The system and the start after a step along a tangent."""
    if name == "A":
        return rl.LinearSystem(system.A + step, system.b), theta0
    if name == "b":
        return rl.LinearSystem(system.A, system.b + step), theta0
    key = next(iter(theta0)) if name == "x0" else name.removeprefix("log_").removesuffix("0")
    value = theta0[key]
    return system, {**theta0, key: value + step if name == "x0" else value * np.exp(step)}


def difference(system, network, theta0, name, tangent):
    """The derivative of the limit along a tangent, by differences."""
    total = 0.0
    for k, weight in STENCIL.items():
        for side in (1, -1):
            there, start = moved(system, theta0, name, side * k * STEP * tangent)
            total = total + side * weight / STEP * limit_of(there, network, start).x
    return total


def tangent_of(found, name, rng, network):
    shape = {"A": found.solution.system.shape, "b": found.solution.system.b.shape}.get(name)
    shape = found.response.shifts[name].shape if shape is None else shape
    if isinstance(network, rl.networks.Product) and network.depth > 2 and name == "log_layers0":
        return np.broadcast_to(rng.standard_normal(shape[1:]), shape)
    return rng.standard_normal(shape)


def is_right(found, name, tangent):
    """Whether jvp agrees with the differences to 1e-6; below 1e-9 of x the differences are noise."""
    solution = found.solution
    measured = difference(solution.system, solution.network, solution.theta0, name, tangent)
    error = np.linalg.norm(found.jvp(**{name: tangent}) - measured)
    return error <= 1e-6 * np.linalg.norm(measured) + 1e-9 * np.linalg.norm(solution.x)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_it_is_the_limit_of_differences(network, scale):
    system, theta0 = instance(network, scale)
    found, rng = rl.sensitivity(limit_of(system, network, theta0)), np.random.default_rng(1)
    for name in found.tangents:
        assert is_right(found, name, tangent_of(found, name, rng, network)), name


@pytest.mark.parametrize(
    "theta0",
    [
        {"u": [0.3, -0.2, 0.5, -0.4, 0.2, 0.3], "v": [0.2, 0.3, -0.4, -0.3, 0.5, 0.1]},
        {"u": [0.3, 0.0, 0.5, 0.4, 0.0, 0.3], "v": [0.2, 0.3, 0.4, 0.0, 0.0, 0.1]},
    ],
    ids=["any signs", "zeros"],
)
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_starts_that_lock_signs(depth, theta0, solvable):
    network, rng = rl.networks.Difference(depth), np.random.default_rng(5)
    theta0 = {name: np.array(value) for name, value in theta0.items()}
    system = solvable(network, theta0, rng.standard_normal((2, 6)))
    found = rl.sensitivity(limit_of(system, network, theta0))
    for name in found.tangents:
        assert is_right(found, name, tangent_of(found, name, rng, network)), name


def test_a_frozen_coordinate_moves_with_nothing():
    network, theta0 = rl.networks.Difference(3), {"u": np.array([0.0, 0.1, 0.1]), "v": np.array([0.0, 0.1, 0.1])}
    found = rl.sensitivity(rl.limit(rl.LinearSystem(np.ones((1, 3)), np.ones(1)), network, theta0))
    assert found.response.mobility[0] == 0
    assert all(gradient[..., 0].max() == 0 for gradient in (found.vjp(np.ones(3))["log_u0"], found.db.T))


def test_a_wrong_derivative_is_told_apart():
    system, theta0 = instance(rl.networks.Difference(2), 1e-3)
    found, rng = rl.sensitivity(limit_of(system, rl.networks.Difference(2), theta0)), np.random.default_rng(2)
    off = replace(found.response, shifts={name: 1.0001 * shift for name, shift in found.response.shifts.items()})
    tangent = rng.standard_normal(8)
    assert is_right(found, "log_u0", tangent)
    assert not is_right(replace(found, response=off), "log_u0", tangent)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_backwards_is_the_adjoint_of_forwards(network, scale):
    system, theta0 = instance(network, scale, seed=3)
    found, rng = rl.sensitivity(rl.limit(system, network, theta0)), np.random.default_rng(4)
    cotangent = rng.standard_normal(system.shape[1])
    pulled = found.vjp(cotangent)
    assert set(pulled) == set(found.tangents)
    tangents = {name: tangent_of(found, name, rng, network) for name in found.tangents}
    ahead = float(cotangent @ found.jvp(**tangents))
    back = sum(float(np.sum(pulled[name] * tangent)) for name, tangent in tangents.items())
    assert back == pytest.approx(ahead, rel=1e-10)
    np.testing.assert_allclose(found.db.T @ cotangent, pulled["b"], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(system.A @ found.db, np.eye(system.shape[0]), atol=1e-11)


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_the_mobility_is_that_of_the_potential(network):
    system, theta0 = instance(network, 0.5)
    solution = rl.limit(system, network, theta0)
    point = solution.bias.offset + system.rmatvec(solution.dual)
    expected = solution.bias.potential.conjugate_curvature(point)
    np.testing.assert_allclose(network.response(solution.theta0, solution.x).mobility, expected, rtol=1e-8)


def test_dependent_equations():
    system, theta0 = instance(rl.networks.Difference(2), 0.1)
    A = np.vstack([system.A, system.A[0] + system.A[1]])
    repeated = rl.LinearSystem(A, np.append(system.b, system.b[0] + system.b[1]))
    single = rl.sensitivity(limit_of(system, rl.networks.Difference(2), theta0))
    found = rl.sensitivity(limit_of(repeated, rl.networks.Difference(2), theta0))
    change = np.array([1.0, 2.0, -1.0])
    allowed = np.append(change, 3.0)
    np.testing.assert_allclose(found.jvp(b=allowed), single.jvp(b=change), rtol=1e-9)
    assert found.vjp(np.ones(8))["b"] @ allowed == pytest.approx(single.vjp(np.ones(8))["b"] @ change, rel=1e-9)
    assert "A" not in found.tangents
    with pytest.raises(InvalidInputError, match="no x follows this change of b"):
        found.jvp(b=np.eye(4)[0])
    with pytest.raises(InvalidInputError, match="dependent equations"):
        _ = found.db
    with pytest.raises(InvalidInputError, match="no tangent 'A'"):
        found.jvp(A=A)


class TestRefusals:
    system = rl.LinearSystem(np.array([[1.0, 2.0, 0.5]]), np.array([1.0]))

    def found(self):
        return rl.limit(self.system, rl.networks.Difference(2), rl.inits.Constant(0.1))

    def test_what_is_no_solution(self):
        with pytest.raises(InvalidInputError, match="got a float; pass what"):
            rl.sensitivity(1.0)

    def test_a_training(self):
        trained = replace(self.found(), flow=rl.flows.GradientDescent(), method="training of Difference(depth=2)")
        with pytest.raises(InvalidInputError, match="no limit but by training"):
            rl.sensitivity(trained)

    @pytest.mark.parametrize("call", [rl.sensitivity, rl.leave_one_out], ids=["sensitivity", "leave_one_out"])
    def test_a_limit_of_vanishing_starts(self, call):
        for depth in (2, 3):
            vertex = rl.limit(self.system, rl.networks.Difference(depth), rl.inits.Vanishing())
            with pytest.raises(InvalidInputError, match=rf"{call.__name__}: .*a vertex, which stays and then jumps"):
                call(vertex)
        tied = rl.limit(rl.LinearSystem([[1.0, 1.0]], [1.0]), rl.networks.Difference(2), rl.inits.Vanishing())
        assert tied.status is rl.Status.NOT_UNIQUE
        with pytest.raises(InvalidInputError, match="a vertex"):
            call(tied)
        shortest = rl.limit(self.system, rl.networks.Direct(), rl.inits.Vanishing())
        with pytest.raises(InvalidInputError, match=rf"{call.__name__}: .*no start to move with; pass rl.limit"):
            call(shortest)

    def test_a_limit_that_did_not_converge(self):
        with pytest.raises(InvalidInputError, match="STALLED, not CONVERGED"):
            rl.sensitivity(replace(self.found(), status=rl.Status.STALLED))

    def test_a_network_that_is_not_separable(self):
        chain = rl.limit(self.system, rl.networks.Dense(hidden=1, width=2), rl.inits.Chain(0.3))
        with pytest.raises(InvalidInputError, match="Radial, which does not act coordinate by coordinate"):
            rl.sensitivity(chain)
        dense = rl.limit(self.system, rl.networks.Dense(hidden=1, width=2), rl.inits.RowSpace(0.3))
        with pytest.raises(InvalidInputError, match="has no derivative of its limit here"):
            rl.sensitivity(dense)

    def test_one_that_lost_its_system(self, tmp_path):
        from scipy.sparse.linalg import aslinearoperator

        system = rl.LinearSystem(aslinearoperator(self.system.A), self.system.b)
        found = rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(0.1))
        with pytest.raises(InvalidInputError, match="loaded without its system"):
            rl.sensitivity(rl.load(found.save(tmp_path / "found.npz")))

    def test_one_that_kept_it(self, tmp_path):
        loaded = rl.load(self.found().save(tmp_path / "found.npz"))
        np.testing.assert_array_equal(rl.sensitivity(loaded).db, rl.sensitivity(self.found()).db)

    def test_too_few_coordinates_that_move(self):
        theta0 = {"u": np.array([1.0, 0.0, 0.0]), "v": np.array([1.0, 0.0, 0.0])}
        system = rl.LinearSystem(np.array([[1.0, 2.0, 0.5], [2.0, 1.0, 1.0]]), np.array([1.0, 2.0]))
        with pytest.raises(InvalidInputError, match="x moves on 1 coordinates only"):
            rl.sensitivity(rl.limit(system, rl.networks.Difference(2), theta0))

    @pytest.mark.parametrize(
        ("tangents", "message"),
        [
            ({"log_w0": np.ones(3)}, "no tangent 'log_w0' .* type one of log_u0, log_v0, A, b"),
            ({"log_u0": np.ones(2)}, r"log_u0 needs shape \(3,\); it has \(2,\)"),
            ({"A": np.ones((3, 1))}, r"A needs shape \(1, 3\)"),
            ({"b": [np.nan]}, "b has 1 entries that are NaN"),
        ],
        ids=["name", "shape", "shape of A", "NaN"],
    )
    def test_tangents(self, tangents, message):
        with pytest.raises(InvalidInputError, match=message):
            rl.sensitivity(self.found()).jvp(**tangents)

    def test_cotangents(self):
        with pytest.raises(InvalidInputError, match=r"cotangent needs the shape of x, \(3,\)"):
            rl.sensitivity(self.found()).vjp(np.ones(2))
