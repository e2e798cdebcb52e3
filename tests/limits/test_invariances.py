"""What the limit must not depend on: units, the form of A, repeated equations, the order of anything."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless.potentials import SeparablePotential

ROWS, UNKNOWNS = 8, 24
A = np.random.default_rng([8, 24]).standard_normal((ROWS, UNKNOWNS))


@pytest.fixture
def cases(found_network, starts, solvable, as_a_user):
    """(system, theta0) for two starts of the network that have a theorem, of scale 0.01 and 0.3 in turn."""
    probe, made = rl.LinearSystem(A, A @ np.ones(UNKNOWNS)), []
    both = [starts(found_network, probe, seed=3, scale=scale).values() for scale in (1e-2, 0.3)]
    for index, pair in enumerate(zip(*both, strict=True)):
        theta0 = pair[index % 2]
        system = solvable(found_network, theta0, A, seed=4)
        if found_network.bias(theta0, system) is not None:
            made.append((system, theta0))
    return made[:2]


def close(found, wanted):
    assert found.success
    assert rl.certify(found).verdict == "certified"
    np.testing.assert_allclose(found.x, wanted, rtol=1e-6, atol=1e-9 * np.abs(wanted).max())


@pytest.mark.parametrize("factor", [1e-8, 1e8])
def test_units_of_the_equations(found_network, cases, factor):
    for system, theta0 in cases:
        other = rl.LinearSystem(factor * system.A, factor * system.b)
        found, wanted = rl.limit(other, found_network, theta0), rl.limit(system, found_network, theta0)
        close(found, wanted.x)
        assert found.stats["steps"] <= 2 * wanted.stats["steps"] + 5


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_units_of_x(found_network, cases, map_theta, factor):
    """b → cb with every weight times c^{1/D} gives c·x."""
    if isinstance(found_network, rl.networks.Orthogonal) and found_network.train_vector:
        pytest.skip("orthogonal layers have no unit, and w beside them has: their limit knows e^(‖x‖²)")
    for system, theta0 in cases:
        scaled = map_theta(theta0, lambda array: factor ** (1 / found_network.homogeneity) * array)
        found = rl.limit(rl.LinearSystem(A, factor * system.b), found_network, scaled)
        close(found, factor * rl.limit(system, found_network, theta0).x)


def test_equivalent_equations(found_network, cases):
    """(MA, Mb) for an invertible M asks the same; so does any repetition."""
    rng = np.random.default_rng(0)
    M = rng.standard_normal((ROWS, ROWS)) + 3 * np.eye(ROWS)
    more = np.vstack([np.eye(ROWS), M, np.zeros((1, ROWS))])
    for system, theta0 in cases:
        wanted = rl.limit(system, found_network, theta0).x
        close(rl.limit(rl.LinearSystem(M @ A, M @ system.b), found_network, theta0), wanted)
        close(rl.limit(rl.LinearSystem(more @ A, more @ system.b), found_network, theta0), wanted)


@pytest.mark.parametrize("form", [sp.csr_array, aslinearoperator], ids=["sparse", "operator"])
def test_the_form_of_the_matrix(found_network, cases, form):
    for system, theta0 in cases:
        found = rl.limit(rl.LinearSystem(form(A), system.b), found_network, theta0)
        close(found, rl.limit(system, found_network, theta0).x)


def test_the_order_of_the_unknowns(found_network, cases, map_theta):
    order = np.random.default_rng(1).permutation(UNKNOWNS)
    for system, theta0 in cases:
        if isinstance(found_network.bias(theta0, system).potential, SeparablePotential):
            permuted = map_theta(theta0, lambda array: array[..., order])
            found = rl.limit(rl.LinearSystem(A[:, order], system.b), found_network, permuted)
            close(found, rl.limit(system, found_network, theta0).x[order])


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_exchanging_the_branches_turns_the_sign(depth):
    rng = np.random.default_rng(depth)
    u, v = rng.uniform(0.1, 0.5, (2, UNKNOWNS))
    b, network = A @ rng.standard_normal(UNKNOWNS), rl.networks.Difference(depth)
    found = rl.limit(rl.LinearSystem(A, -b), network, {"u": v, "v": u})
    close(found, -rl.limit(rl.LinearSystem(A, b), network, {"u": u, "v": v}).x)


def test_the_same_question_has_the_same_bits(found_network, cases, map_theta):
    for system, theta0 in cases:
        first = rl.limit(system, found_network, map_theta(theta0, np.copy))
        second = rl.limit(rl.LinearSystem(A.copy(), system.b.copy()), found_network, theta0)
        np.testing.assert_array_equal(first.x, second.x)
        assert first.stats["steps"] == second.stats["steps"]


def test_the_question_is_left_alone(found_network, cases, map_theta):
    for system, theta0 in cases:
        before = system.A.copy(), system.b.copy(), map_theta(theta0, np.copy)
        found = rl.limit(system, found_network, theta0)
        found.x[:] = np.nan
        found.bias.offset[:] = np.nan
        np.testing.assert_array_equal(system.A, before[0])
        np.testing.assert_array_equal(system.b, before[1])
        np.testing.assert_array_equal(found_network(theta0), found_network(before[2]))
        assert rl.limit(system, found_network, theta0).success


def test_networks_of_one_function_agree():
    """The same x from the same start, however it is parametrised."""
    rng = np.random.default_rng(5)
    system, u, v = rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS)), *rng.uniform(0.1, 0.5, (2, UNKNOWNS))
    difference = rl.limit(system, rl.networks.Difference(2), {"u": u, "v": v}).x
    # u² − v² = (u + v)(u − v): the product's two layers, at half the speed each, take the same way
    product = rl.limit(system, rl.networks.Product(2), {"layers": np.stack([u + v, u - v])}).x
    np.testing.assert_allclose(product, difference, rtol=1e-8)
    both = {"plus": np.stack([u, u]), "minus": np.stack([v, v])}
    np.testing.assert_allclose(rl.limit(system, rl.networks.TwoBranch(2), both).x, difference, rtol=1e-8)
    x0 = rng.standard_normal(UNKNOWNS)
    plain = rl.limit(system, rl.networks.Direct(), {"x": x0}).x
    np.testing.assert_allclose(plain, np.linalg.pinv(A) @ system.b + x0 - np.linalg.pinv(A) @ (A @ x0), rtol=1e-9)
    for network, theta0 in (
        (rl.networks.Power(1), {"u": x0}),
        (rl.networks.Product(1), {"layers": x0[None]}),
        (rl.networks.Difference(1), {"u": x0, "v": 0 * x0}),
        (rl.networks.Dense(hidden=0), {"W": [], "w": x0}),
    ):
        np.testing.assert_allclose(rl.limit(system, network, theta0).x, plain, rtol=1e-9)
