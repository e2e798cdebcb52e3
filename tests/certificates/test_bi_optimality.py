"""Bi-optimality by its definition: each layer against the shortest one that solves, given the other."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.certificates import BiOptimality, bi_optimality
from ridgeless.errors import InconsistentSystemError, InvalidInputError

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, equations=4, unknowns=9, rank=None):
    rng = np.random.default_rng([seed, 12])
    A = rng.standard_normal((equations, unknowns))
    if rank is not None:
        A = rng.standard_normal((equations, rank)) @ A[:rank]
    return rl.LinearSystem(A, A @ rng.standard_normal(unknowns))


def bi_optimal_point(system, vector):
    return {"W": [np.outer(system.min_norm(), vector) / (vector @ vector)], "w": vector}


@given(st.integers(0, 99), st.sampled_from([1, 3, 9, 14]), st.floats(1e-6, 1e6), st.sampled_from([None, 3]))
def test_the_bi_optimal_set(seed, width, size, rank):
    """(A⁺b·wᵀ/‖w‖², w) for every w ≠ 0: the first condition implies the second, and W w = A⁺b."""
    system = drawn(seed, rank=rank)
    vector = size * np.random.default_rng(seed).standard_normal(width)
    theta = bi_optimal_point(system, vector)
    found = bi_optimality(system, theta)
    assert found.is_bi_optimal
    assert max(found.matrix_misfit, found.vector_misfit, found.residual) < 1e-10
    np.testing.assert_allclose(rl.networks.Dense(1)(theta), system.min_norm(), rtol=1e-10)


def test_the_misfits_are_those_of_the_definition():
    """Both shortest layers by least squares on the equations as they stand: A W w = (A ⊗ wᵀ) vec W = (A W) w."""
    for seed in range(5):
        system, rng = drawn(seed), np.random.default_rng(seed)
        matrix, vector = rng.standard_normal((9, 6)), rng.standard_normal(6)
        matrix += np.outer(system.min_norm() - matrix @ vector, vector) / (vector @ vector)
        best_matrix = np.linalg.lstsq(np.kron(system.A, vector[None]), system.b)[0].reshape(9, 6)
        best_vector = np.linalg.lstsq(system.A @ matrix, system.b)[0]
        found = bi_optimality(system, {"W": [matrix], "w": vector})
        assert found.residual < 1e-13
        wanted = np.linalg.norm(matrix - best_matrix) / np.linalg.norm(matrix)
        assert found.matrix_misfit == pytest.approx(wanted, rel=1e-10)
        wanted = np.linalg.norm(vector - best_vector) / np.linalg.norm(vector)
        assert found.vector_misfit == pytest.approx(wanted, rel=1e-10)
        assert min(found.matrix_misfit, found.vector_misfit) > 0.01
        assert not found.is_bi_optimal


def test_what_training_leaves_over_is_not_inverted():
    """AW has rank one up to 1e-12: the plain pseudo-inverse answers with garbage there."""
    system, rng = drawn(0), np.random.default_rng(0)
    theta = bi_optimal_point(system, rng.standard_normal(7))
    matrix = theta["W"][0]
    matrix += 1e-12 * rng.standard_normal(matrix.shape)
    garbage = np.linalg.pinv(system.A @ matrix) @ (system.b + 1e-12 * rng.standard_normal(4))
    assert np.linalg.norm(garbage - theta["w"]) > 1e-2 * np.linalg.norm(theta["w"])
    found = bi_optimality(system, theta)
    assert found.is_bi_optimal
    assert found.vector_misfit < 1e-10


@pytest.mark.parametrize("off", [1e-10, 1e-6])
def test_the_bound_is_1e_8(off):
    system = drawn(1)
    theta = bi_optimal_point(system, np.ones(3))
    theta["W"][0] += off * np.outer(system.project_null(np.ones(9)), [1.0, -1.0, 0.0])
    assert bi_optimality(system, theta).is_bi_optimal is (off < 1e-8)


@pytest.mark.parametrize("name", ["matrix_misfit", "vector_misfit", "residual"])
def test_each_number_counts(name):
    fine = BiOptimality(1e-9, 1e-9, 1e-9)
    assert fine.is_bi_optimal
    assert not dataclasses.replace(fine, **{name: 1.1e-8}).is_bi_optimal
    assert not dataclasses.replace(fine, **{name: np.inf}).is_bi_optimal


@pytest.mark.parametrize("unit", [1e-100, 1e-8, 1e8, 1e100])
def test_units_do_not_matter(unit):
    system, rng = drawn(2), np.random.default_rng(2)
    matrix, vector = rng.standard_normal((9, 5)), rng.standard_normal(5)
    before = bi_optimality(system, {"W": [matrix], "w": vector})
    other = bi_optimality(rl.LinearSystem(system.A, unit * system.b), {"W": [unit * matrix], "w": vector})
    assert dataclasses.astuple(other) == pytest.approx(dataclasses.astuple(before), rel=1e-9)


def test_zero_weights():
    system, zeros = drawn(3), np.zeros((9, 2))
    at_rest = rl.LinearSystem(system.A, np.zeros(4))
    assert bi_optimality(at_rest, {"W": [zeros], "w": np.zeros(2)}) == BiOptimality(0.0, 0.0, 0.0)
    assert bi_optimality(at_rest, {"W": [zeros], "w": np.ones(2)}).vector_misfit == 1.0
    assert bi_optimality(at_rest, {"W": [zeros + 1], "w": np.zeros(2)}).matrix_misfit == 1.0
    # No W solves where w = 0, and no w where W = 0.
    assert bi_optimality(system, {"W": [zeros + 1], "w": np.zeros(2)}).matrix_misfit == np.inf
    unsolved = bi_optimality(system, {"W": [zeros], "w": np.ones(2)})
    assert unsolved.matrix_misfit == np.inf
    assert unsolved.residual == 1.0
    assert not unsolved.is_bi_optimal


def test_experiment_three():
    """Bi-optimal from W₀ = 0; from W₀ = AᵀM the shortest x by other layers; from a Gaussian start neither."""
    system, network = drawn(4), rl.networks.Dense(hidden=1, width=12)
    starts = {
        "zero": rl.inits.BiOptimal(1.0),
        "row space": rl.inits.RowSpace(1.0),
        "gaussian": rl.inits.Gaussian(1.0),
    }
    ends = {
        name: rl.train(system, network, init, rl.flows.GradientFlow(coordinates="weights"), tol=1e-11)
        for name, init in starts.items()
    }
    found = {name: bi_optimality(system, end.theta) for name, end in ends.items()}
    assert max(found["zero"].matrix_misfit, found["zero"].vector_misfit) < 1e-9
    assert min(found["row space"].matrix_misfit, found["gaussian"].matrix_misfit) > 0.1
    np.testing.assert_allclose(ends["row space"].x, system.min_norm(), atol=1e-9)
    assert np.linalg.norm(ends["gaussian"].x - system.min_norm()) > 0.1


@pytest.mark.parametrize("hidden", [0, 2])
def test_defined_for_one_hidden_layer(hidden):
    system, network = drawn(0), rl.networks.Dense(hidden)
    with pytest.raises(InvalidInputError, match=rf"{hidden} hidden layers.*Dense\(hidden=1\)"):
        bi_optimality(system, rl.inits.Gaussian(0.1)(network, system))


@pytest.mark.parametrize(
    "theta", [None, np.ones(9), {"x": np.ones(9)}, {"W": [np.ones((8, 2))], "w": np.ones(2)}, {"W": [np.ones((9, 2))]}]
)
def test_other_thetas_are_refused(theta):
    with pytest.raises(InvalidInputError):
        bi_optimality(drawn(0), theta)


def test_systems_that_are_none():
    theta = {"W": [np.ones((1, 1))], "w": np.ones(1)}
    with pytest.raises(InvalidInputError, match="LinearSystem"):
        bi_optimality(np.ones((1, 1)), theta)
    with pytest.raises(InconsistentSystemError):
        bi_optimality(rl.LinearSystem([[1.0], [1.0]], [0.0, 1.0]), theta)
