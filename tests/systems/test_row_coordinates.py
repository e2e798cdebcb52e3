"""Coordinates on the row space: orthonormal, seen and lifted alike, by the factor of AAᵀ or by rows of their own."""

import numpy as np
import pytest
import scipy.sparse as sp

import ridgeless as rl

EQUATIONS, UNKNOWNS = 5, 12


def drawn(condition=3.0, rank=EQUATIONS):
    rng = np.random.default_rng(7)
    left, right = (np.linalg.qr(rng.standard_normal((size, EQUATIONS)))[0] for size in (EQUATIONS, UNKNOWNS))
    sizes = np.geomspace(1, 1 / condition, EQUATIONS)
    sizes[rank:] = 0
    A = (left * sizes) @ right.T
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS))


CASES = {
    "well conditioned": drawn(),
    "sparse": rl.LinearSystem(sp.csr_array(drawn().A), drawn().b),
    "ill conditioned": drawn(1e5),
    "deficient": drawn(rank=3),
    "graded": rl.LinearSystem(np.geomspace(1, 1e-5, EQUATIONS)[:, None] * drawn().A, np.zeros(EQUATIONS)),
}


@pytest.mark.parametrize("name", CASES)
def test_they_are_orthonormal_coordinates_of_the_row_space(name):
    system, rng = CASES[name], np.random.default_rng(1)
    coordinates = system.row_coordinates
    rows = coordinates.lift(np.eye(system.rank)).T
    np.testing.assert_allclose(rows @ rows.T, np.eye(system.rank), atol=2e-15)
    x = rng.standard_normal((UNKNOWNS, 2))
    np.testing.assert_allclose(coordinates.of(x), rows @ x, atol=1e-14)
    np.testing.assert_allclose(coordinates.lift(coordinates.of(x)), system.project_rows(x), atol=1e-13)
    np.testing.assert_allclose(coordinates.lift_rows(coordinates.of(x).T), system.project_rows(x).T, atol=1e-13)
    np.testing.assert_allclose(coordinates.matrix, system.rows() @ rows.T, atol=1e-15)
    y = rng.standard_normal(system.rank)
    np.testing.assert_allclose(system.on_row_space.matvec(y), system.matvec(coordinates.lift(y)), atol=1e-15)


@pytest.mark.parametrize(
    ("name", "by_factor"), [("well conditioned", True), ("sparse", True), ("ill conditioned", False)]
)
def test_rows_are_made_only_where_the_factor_would_lose_digits(name, by_factor):
    system = CASES[name]
    assert (system.row_coordinates.rows is system.A) is by_factor


def test_another_right_hand_side_shares_them():
    system = drawn()
    coordinates = system.row_coordinates
    assert system.with_right(np.ones(EQUATIONS)).row_coordinates is coordinates


def test_refusing_what_no_x_solves():
    drawn().refuse_inconsistent()
    drawn(rank=3).refuse_inconsistent()
    with pytest.raises(rl.InconsistentSystemError):
        rl.LinearSystem(drawn(rank=3).A, np.ones(EQUATIONS)).refuse_inconsistent()


@pytest.mark.parametrize(("of_a", "of_b"), [(1e-20, 1e295), (1e-100, 1e250), (1e-200, 1e150), (1e-3, 1.7e308)])
def test_refusing_what_float64_does_not_hold_as_min_norm_does(of_a, of_b):
    """Also by a Cholesky factor, that shows every b in reach."""
    system = rl.LinearSystem(of_a * drawn().A, np.full(EQUATIONS, of_b))
    with pytest.raises(rl.InvalidInputError) as wanted:
        system.min_norm()
    with pytest.raises(rl.InvalidInputError) as found:
        system.refuse_inconsistent()
    assert str(found.value) == str(wanted.value)
