"""Laws of every linear system, in each form that its matrix may take."""

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import aslinearoperator

from ridgeless.errors import InconsistentSystemError
from ridgeless.systems import LinearSystem


def duck(A):
    """What PyLops and others pass: no SciPy class, only the four attributes."""
    return SimpleNamespace(shape=A.shape, dtype=A.dtype, matvec=lambda x: A @ x, rmatvec=lambda r: A.T @ r)


FORMS = {
    "dense": np.asarray,
    "sparse": sp.csr_array,
    "sparse matrix": sp.csc_matrix,
    "operator": aslinearoperator,
    "duck": duck,
}


@st.composite
def matrices(draw):
    """Any shape and rank, singular values between 0.5 and 2: what is lost is lost by the code, not by the matrix."""
    n, d = draw(st.integers(1, 9)), draw(st.integers(1, 12))
    rank = draw(st.integers(1, min(n, d)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    left = np.linalg.qr(rng.standard_normal((n, rank)))[0]
    right = np.linalg.qr(rng.standard_normal((d, rank)))[0]
    return left @ np.diag(rng.uniform(0.5, 2.0, rank)) @ right.T


def vector(length, seed=0):
    return np.random.default_rng(seed).standard_normal(length)


def relative(found, wanted):
    return np.linalg.norm(found - wanted) / max(np.linalg.norm(wanted), 1e-300)


@pytest.mark.parametrize("form", FORMS)
class TestEveryForm:
    @given(A=matrices())
    def test_adjoint_identity(self, form, A):
        system = LinearSystem(FORMS[form](A), np.zeros(len(A)))
        x, r = vector(A.shape[1]), vector(A.shape[0], 1)
        assert system.matvec(x) @ r == pytest.approx(x @ system.rmatvec(r), rel=1e-12, abs=1e-13)
        np.testing.assert_allclose(system.matvec(x), A @ x, rtol=1e-13, atol=1e-14)

    @given(A=matrices())
    def test_projectors_are_idempotent_orthogonal_and_complementary(self, form, A):
        system = LinearSystem(FORMS[form](A), np.zeros(len(A)))
        x, y = vector(A.shape[1]), vector(A.shape[1], 1)
        seen, unseen = system.project_rows(x), system.project_null(x)
        tolerance = 1e-12 * np.linalg.norm(x) * np.linalg.norm(y)
        np.testing.assert_allclose(seen, np.linalg.pinv(A) @ (A @ x), atol=tolerance)
        np.testing.assert_allclose(seen + unseen, x, atol=tolerance)
        np.testing.assert_allclose(system.project_rows(seen), seen, atol=tolerance)
        np.testing.assert_allclose(system.project_null(unseen), unseen, atol=tolerance)
        assert abs(seen @ unseen) <= tolerance
        assert abs(seen @ y - x @ system.project_rows(y)) <= tolerance
        np.testing.assert_allclose(A @ unseen, 0, atol=tolerance)

    @given(A=matrices())
    def test_min_norm_is_the_pseudo_inverse_solution(self, form, A):
        system = LinearSystem(FORMS[form](A), A @ vector(A.shape[1]))
        shortest = system.min_norm()
        assert relative(shortest, np.linalg.pinv(A) @ system.b) < 1e-12
        assert system.residual(shortest) < 1e-13
        assert np.linalg.norm(system.project_null(shortest)) <= 1e-12 * np.linalg.norm(shortest)

    @given(A=matrices())
    def test_dual_solves_the_transposed_equations(self, form, A):
        system = LinearSystem(FORMS[form](A), np.zeros(len(A)))
        z = vector(A.shape[1])
        np.testing.assert_allclose(A.T @ system.dual(z), system.project_rows(z), atol=1e-11)
        np.testing.assert_allclose(system.dual(z), np.linalg.pinv(A.T) @ z, atol=1e-11)

    @given(A=matrices())
    def test_the_basis_of_the_row_space_states_the_same_equations(self, form, A):
        x = vector(A.shape[1])
        rows, right = LinearSystem(FORMS[form](A), A @ x).row_space.basis(A @ x)
        np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), atol=1e-12)
        np.testing.assert_allclose(rows @ x, right, atol=1e-12)
        np.testing.assert_allclose(rows.T @ (rows @ x), np.linalg.pinv(A) @ (A @ x), atol=1e-12)

    def test_norms(self, form):
        A = vector(7 * 12).reshape(7, 12)
        system = LinearSystem(FORMS[form](A), np.zeros(7))
        assert system.frobenius_norm == pytest.approx(np.linalg.norm(A), rel=1e-13)
        assert system.spectral_norm == pytest.approx(np.linalg.norm(A, 2), rel=1e-5)
        np.testing.assert_allclose(system.rows(), A, rtol=1e-14)

    @pytest.mark.parametrize("factor", [1e-8, 1e8])
    def test_answers_do_not_depend_on_the_units_of_the_equations(self, form, factor):
        A = vector(6 * 15).reshape(6, 15)
        x = vector(15, 1)
        one, other = LinearSystem(FORMS[form](A), A @ x), LinearSystem(FORMS[form](factor * A), factor * (A @ x))
        assert relative(other.min_norm(), one.min_norm()) < 1e-12
        assert relative(other.project_null(x), one.project_null(x)) < 1e-12
        assert other.residual(2 * x) == pytest.approx(one.residual(2 * x), rel=1e-12)
        assert other.rank == one.rank

    @pytest.mark.parametrize("factor", [1e-8, 1.0, 1e8])
    def test_inconsistency_is_refused_in_every_unit(self, form, factor):
        A = np.vstack([np.ones(4), np.ones(4), np.arange(4.0)])
        b = np.array([1.0, 2.0, 0.0])
        with pytest.raises(InconsistentSystemError, match=r"outside the range.*3\.16e-01"):
            LinearSystem(FORMS[form](factor * A), factor * b).min_norm()

    def test_zero_right_hand_side(self, form):
        A = vector(3 * 7).reshape(3, 7)
        system = LinearSystem(FORMS[form](A), np.zeros(3))
        assert not system.min_norm().any()
        x = vector(7)
        wanted = np.linalg.norm(A @ x) / (np.linalg.norm(A) * np.linalg.norm(x))
        assert system.residual(x) == pytest.approx(wanted, rel=1e-12)
        assert system.residual(x, start=10 * x) == pytest.approx(wanted / 10, rel=1e-12)
        assert system.residual(np.zeros(7)) == 0
        assert system.residual(x, start=np.zeros(7)) == np.inf

    def test_the_input_is_copied(self, form):
        A, b = np.eye(3), np.ones(3)
        system = LinearSystem(FORMS[form](A), b)
        b[:] = 7
        np.testing.assert_array_equal(system.b, np.ones(3))

    def test_more_equations_than_unknowns(self, form):
        A = vector(20 * 5).reshape(20, 5)
        x = vector(5, 1)
        system = LinearSystem(FORMS[form](A), A @ x)
        assert system.is_unique
        np.testing.assert_allclose(system.min_norm(), x, rtol=1e-12)
        np.testing.assert_allclose(system.project_null(x), 0, atol=1e-13)


@given(A=matrices())
def test_rank_is_revealed(A):
    assert LinearSystem(A, np.zeros(len(A))).rank == np.linalg.matrix_rank(A)


@given(A=matrices(), copies=st.integers(1, 3), zeros=st.integers(0, 3))
def test_duplicated_and_zero_rows_change_nothing(A, copies, zeros):
    x = vector(A.shape[1])
    more = np.vstack([A] * copies + [np.zeros((zeros, A.shape[1]))])
    one, other = LinearSystem(A, A @ x), LinearSystem(more, more @ x)
    assert other.rank == one.rank
    np.testing.assert_allclose(other.min_norm(), one.min_norm(), atol=1e-12)
    np.testing.assert_allclose(other.project_null(x), one.project_null(x), atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spread", [1e-6, 1e6])
def test_badly_scaled_rows(form, spread):
    """A row of another size is an equation like any other: it is met in its own units."""
    A = vector(6 * 15).reshape(6, 15)
    scales = np.array([1.0, spread, 1.0, spread, 1.0, 1.0])[:, None]
    x = vector(15, 1)
    wanted = np.linalg.pinv(A) @ (A @ x)
    system = LinearSystem(FORMS[form](scales * A), (scales * A) @ x)
    assert relative(system.min_norm(), wanted) < 1e-8
    assert relative(system.project_rows(x), wanted) < 1e-8
    assert np.max(np.abs(A @ system.min_norm() - A @ x)) < 1e-8


def test_a_nearly_dependent_row_within_the_precision_counts():
    """Condition number 1e8: the Gram matrix has lost it, the factorisation has not."""
    A = vector(4 * 9).reshape(4, 9)
    A[3] = A[2] + 1e-8 * A[3]
    x = vector(9, 1)
    system = LinearSystem(A, A @ x)
    assert system.rank == 4
    assert relative(system.min_norm(), np.linalg.pinv(A, rcond=1e-13) @ system.b) < 1e-6


def test_inconsistent_duplicates_are_named_with_their_residual():
    A = np.vstack([np.ones(3), np.ones(3)])
    with pytest.raises(InconsistentSystemError) as caught:
        LinearSystem(A, np.array([1.0, 1.1])).min_norm()
    left = np.array([1.0, 1.1]) - 1.05
    assert f"{np.linalg.norm(left) / np.linalg.norm([1.0, 1.1]):.2e}" in str(caught.value)
    assert "lstsq" in str(caught.value)


def test_a_singular_operator_is_solved_by_products_alone(monkeypatch):
    monkeypatch.setattr("ridgeless.systems.row_space.MOST_EXPANDED_BYTES", 0)
    """A matrix too wide to be expanded needlessly: min_norm, projection and dual use products only."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((8, 40))
    A[7] = A[0] + A[1]
    counts = {"rows": 0}

    def rmatvec(r):
        counts["rows"] += int(np.count_nonzero(r) == 1)
        return A.T @ r

    operator = SimpleNamespace(shape=A.shape, dtype=A.dtype, matvec=lambda x: A @ x, rmatvec=rmatvec)
    system = LinearSystem(operator, A @ rng.standard_normal(40))
    assert relative(system.min_norm(), np.linalg.pinv(A) @ system.b) < 1e-11
    x = rng.standard_normal(40)
    assert relative(system.project_rows(x), np.linalg.pinv(A) @ (A @ x)) < 1e-11
    assert counts["rows"] == 0
    assert relative(system.rows(), A) == 0
    assert counts["rows"] == 8


def test_the_min_norm_solution_handed_out_is_the_callers_own():
    system = LinearSystem(np.eye(2), np.ones(2))
    system.min_norm()[:] = 9
    np.testing.assert_array_equal(system.min_norm(), np.ones(2))
