"""What a linear system takes, what it refuses, and how little it does before it is asked."""

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.sparse.linalg
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import ridgeless as rl
from ridgeless.errors import InconsistentSystemError, InvalidInputError
from ridgeless.systems import LinearSystem, row_space

A = np.random.default_rng([3, 8]).standard_normal((3, 8))
ONES = np.ones(3)


class TestWhatItTakes:
    @pytest.mark.parametrize(
        "matrix",
        [
            [[1, 2, 3], [4, 5, 6]],
            ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)),
            np.arange(6).reshape(2, 3),
            np.arange(6, dtype=np.float32).reshape(2, 3),
            np.array([[True, False, True], [False, True, True]]),
            np.asfortranarray(np.arange(6.0).reshape(2, 3)),
            np.arange(12.0).reshape(2, 6)[:, ::2],
            np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).view(np.matrix),
        ],
        ids=["lists", "tuples", "integers", "single", "booleans", "fortran", "strided", "matrix"],
    )
    @pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
    def test_arrays_and_what_becomes_one(self, matrix):
        system = LinearSystem(matrix, [1, 2])
        assert type(system.A) is np.ndarray
        assert system.A.dtype == system.b.dtype == np.float64
        assert system.shape == (2, 3)
        np.testing.assert_array_equal(system.A, np.asarray(matrix, dtype=float))
        np.testing.assert_allclose(system.matvec(system.min_norm()), [1, 2], rtol=1e-12)

    @pytest.mark.parametrize(
        "form", [sp.csr_array, sp.csc_array, sp.coo_array, sp.lil_array, sp.csr_matrix, sp.dia_array]
    )
    def test_sparse_formats(self, form):
        system = LinearSystem(form(A.astype(np.float32)), ONES)
        assert sp.issparse(system.A)
        assert system.A.dtype == np.float64
        assert repr(system) == "<LinearSystem: 3 equations, 8 unknowns, sparse>"

    def test_coordinates_given_twice_are_added(self):
        matrix = sp.coo_array(([1.0, 2.0, 5.0], ([0, 0, 1], [0, 0, 2])), shape=(2, 3))
        np.testing.assert_array_equal(LinearSystem(matrix, np.ones(2)).rows(), [[3, 0, 0], [0, 0, 5]])

    def test_operators_of_column_vectors(self):
        """Some libraries hand out (d, 1) for (d,)."""
        operator = SimpleNamespace(
            shape=(3, 8),
            dtype=np.dtype(np.float32),
            matvec=lambda x: (A @ np.ravel(x))[:, None],
            rmatvec=lambda r: (A.T @ np.ravel(r))[:, None],
        )
        system = LinearSystem(operator, ONES)
        assert system.matvec(np.ones(8)).shape == (3,)
        np.testing.assert_allclose(system.rows(), A)
        assert isinstance(system.A, LinearOperator)
        assert "operator" in repr(system)

    def test_a_name_and_a_truth(self):
        system = LinearSystem(A, A @ np.ones(8), truth=[1] * 8, name="camera")
        assert system.truth.dtype == np.float64
        assert repr(system) == "<LinearSystem 'camera': 3 equations, 8 unknowns, dense, truth known>"

    def test_fields_do_not_change(self):
        system = LinearSystem(A, ONES)
        with pytest.raises(AttributeError):
            system.b = np.zeros(3)
        with pytest.raises(AttributeError):
            system.name = "other"


@pytest.mark.usefixtures("as_a_user")
class TestWhatItRefuses:
    @pytest.mark.parametrize(
        ("matrix", "b", "match"),
        [
            (np.ones((2, 3)), np.ones(3), r"b needs shape \(2,\); it has \(3,\)"),
            (np.ones((2, 3)), np.ones((2, 2)), "b has 2 columns.*one column at a time: type b"),
            (np.ones((2, 3)), np.ones((1, 2)), r"b is a row, of shape \(1, 2\); type b.ravel\(\)"),
            (np.ones((2, 3)), np.ones((2, 1, 1)), "b has 3 axes"),
            (np.ones((2, 3)), 1.0, "b has 0 axes"),
            (np.ones(3), np.ones(3), "A has 1 axes"),
            (np.ones((2, 3, 1)), np.ones(2), "A has 3 axes"),
            (np.ones((0, 3)), np.ones(0), "nothing to solve"),
            (np.ones((3, 0)), np.ones(3), "nothing to solve"),
            ([], [], "A has 1 axes"),
            ([[1.0, 2.0], [3.0]], np.ones(2), "rectangular"),
            ([["a", "b"]], np.ones(1), "numbers are expected"),
            (np.array([[1, None]], dtype=object), np.ones(1), "numbers are expected"),
            (None, np.ones(1), "numbers are expected"),
            (np.array([[1.0, np.nan]]), np.ones(1), r"1 entries that are NaN or infinite, the first at \(0, 1\)"),
            (np.array([[1.0, np.inf]]), np.ones(1), "NaN or infinite"),
            (sp.csr_array([[1.0, np.nan]]), np.ones(1), "NaN or infinite"),
            (np.ones((1, 2)), [np.nan], "b has 1 entries that are NaN or infinite, the first at 0"),
            (np.array([["2020-01-01"]], dtype="datetime64[D]"), np.ones(1), "numbers are expected"),
        ],
    )
    def test_each_in_one_line(self, matrix, b, match):
        with pytest.raises(InvalidInputError, match=match) as caught:
            LinearSystem(matrix, b)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("truth", "match"), [(np.ones(3), r"truth needs shape \(8,\)"), ([np.nan] * 8, "truth has 8")]
    )
    def test_truths(self, truth, match):
        with pytest.raises(InvalidInputError, match=match):
            LinearSystem(A, ONES, truth=truth)

    @pytest.mark.parametrize("call", ["matvec", "project_rows", "project_null", "dual"])
    def test_vectors_of_another_length(self, call):
        with pytest.raises(InvalidInputError, match=rf"{call}: . needs shape \(8,\)"):
            getattr(LinearSystem(A, ONES), call)(np.ones(3))

    def test_residuals_of_another_length(self):
        with pytest.raises(InvalidInputError, match=r"needs shape \(3,\)"):
            LinearSystem(A, ONES).rmatvec(np.ones(8))
        with pytest.raises(InvalidInputError):
            LinearSystem(A, ONES).residual(np.ones(3))

    def test_expanding_what_does_not_fit_in_memory(self):
        wide = SimpleNamespace(
            shape=(40_000, 60_000), dtype=float, matvec=lambda x: x[:40_000], rmatvec=lambda r: np.pad(r, (0, 20_000))
        )
        system = LinearSystem(wide, np.ones(40_000))
        np.testing.assert_allclose(system.min_norm(), np.pad(np.ones(40_000), (0, 20_000)))
        with pytest.raises(InvalidInputError, match="18 GiB, more than the 8 GiB"):
            system.rows()


class TestLaziness:
    def counting(self):
        calls = []

        def forward(x):
            calls.append("matvec")
            return A @ x

        def adjoint(r):
            calls.append("rmatvec")
            return A.T @ r

        return SimpleNamespace(shape=A.shape, dtype=A.dtype, matvec=forward, rmatvec=adjoint), calls

    def test_making_a_system_costs_one_product_each_way(self):
        operator, calls = self.counting()
        system = LinearSystem(operator, ONES)
        assert repr(system)
        assert system.shape == (3, 8)
        assert sorted(calls) == ["matvec", "rmatvec"]

    def test_the_answer_is_computed_once(self):
        operator, calls = self.counting()
        system = LinearSystem(operator, ONES)
        system.min_norm()
        before = len(calls)
        system.min_norm()
        assert len(calls) == before

    def test_the_factorisation_is_made_once(self, monkeypatch):
        made = []
        original = row_space._well_conditioned_cholesky
        monkeypatch.setattr(row_space, "_well_conditioned_cholesky", lambda matrix: made.append(1) or original(matrix))
        system = LinearSystem(A, ONES)
        assert not made
        for _ in range(3):
            system.project_rows(system.min_norm())
            system.row_space.basis(system.b)
            system.dual(np.ones(8))
        assert made == [1]


class TestFactorisations:
    """Cholesky where it is accurate, pivoted QR where it is not, LSMR for products."""

    def kind(self, matrix):
        return type(LinearSystem(matrix, np.zeros(matrix.shape[0])).row_space).__name__

    def test_which_is_chosen(self, monkeypatch):
        assert self.kind(A) == "CholeskyRowSpace"
        assert self.kind(sp.csr_array(A)) == "CholeskyRowSpace"
        assert self.kind(np.vstack([A, A])) == "OrthogonalRowSpace"
        assert self.kind(A.T) == "OrthogonalRowSpace"
        assert self.kind(aslinearoperator(A)) == "CholeskyRowSpace"
        assert self.kind(1e-200 * A) == "GradedRowSpace"
        assert self.kind(1e200 * A) == "GradedRowSpace"
        monkeypatch.setattr("ridgeless.systems.row_space.MOST_EXPANDED_BYTES", 0)
        assert self.kind(aslinearoperator(A)) == "IterativeRowSpace"

    @pytest.mark.parametrize("condition", [1e2, 1e5, 1e7, 1e9, 1e11])
    def test_accuracy_against_the_condition_number(self, condition):
        """The residual is small at every condition, and x is as good as its condition allows."""
        rng = np.random.default_rng(0)
        left, right = np.linalg.qr(rng.standard_normal((20, 20)))[0], np.linalg.qr(rng.standard_normal((60, 20)))[0]
        matrix = left @ np.diag(np.geomspace(1, 1 / condition, 20)) @ right.T
        wanted = right @ rng.standard_normal(20)
        system = LinearSystem(matrix, matrix @ wanted)
        assert system.rank == 20
        assert system.residual(system.min_norm()) < 1e-12
        assert np.linalg.norm(system.min_norm() - wanted) <= 1e-13 * condition * np.linalg.norm(wanted)
        assert np.linalg.norm(matrix @ system.project_null(rng.standard_normal(60))) < 1e-10

    @pytest.mark.parametrize("factor", [1e-100, 1e100])
    def test_units_far_from_one(self, factor):
        x = np.random.default_rng(1).standard_normal(8)
        system = LinearSystem(factor * A, factor * (A @ x))
        np.testing.assert_allclose(system.min_norm(), np.linalg.pinv(A) @ (A @ x), rtol=1e-10)
        assert system.residual(x) < 1e-14
        assert system.residual(2 * x) == pytest.approx(1.0)

    def test_a_zero_matrix_has_rank_zero(self):
        system = LinearSystem(np.zeros((2, 5)), np.zeros(2))
        assert not system.min_norm().any()
        np.testing.assert_array_equal(system.project_null(np.ones(5)), np.ones(5))
        with pytest.raises(InconsistentSystemError):
            LinearSystem(np.zeros((2, 5)), np.ones(2)).min_norm()

    def test_one_equation_and_one_unknown(self):
        system = LinearSystem([[2.0]], [6.0])
        assert system.min_norm() == [3.0]
        assert system.is_unique
        assert system.spectral_norm == 2
        assert not LinearSystem([[1.0, 1.0]], [1.0]).is_unique
        assert not LinearSystem(np.ones((3, 2)), np.ones(3)).is_unique


@pytest.mark.parametrize("noise", [1e-12, 1e-6, 1e-2])
def test_inconsistency_is_told_from_rounding(noise):
    """A repeated equation whose right-hand sides differ by more than rounding, and by less."""
    rng = np.random.default_rng(2)
    b = A @ rng.standard_normal(8)
    system = LinearSystem(np.vstack([A, A]), np.concatenate([b, b * (1 + noise)]))
    if noise < 1e-10:
        assert system.residual(system.min_norm()) < 1e-11
    else:
        with pytest.raises(InconsistentSystemError, match=r"below \d\.\d\de-0"):
            system.min_norm()


def operator_of(matrix, **products):
    """An object with nothing but what an operator must have."""
    given = {"matvec": lambda x: matrix @ x, "rmatvec": lambda r: matrix.T @ r, **products}
    return SimpleNamespace(shape=matrix.shape, dtype=matrix.dtype, **given)


@pytest.mark.parametrize(
    "form", [np.asarray, sp.csr_array, aslinearoperator, operator_of], ids=lambda form: form.__name__
)
def test_the_advice_for_an_inconsistent_system_works(form):
    """What the message says to type can be typed, whatever A is."""
    rng = np.random.default_rng(3)
    matrix, b = rng.standard_normal((9, 4)), rng.standard_normal(9)
    A = form(matrix)
    with pytest.raises(InconsistentSystemError, match=r"type LinearSystem\(A, A") as caught:
        rl.LinearSystem(A, b).min_norm()
    typed = str(caught.value).partition("type ")[2].rstrip(".")
    nearest = eval(typed, {"LinearSystem": LinearSystem, "A": A, "b": b, "np": np, "scipy": scipy})
    np.testing.assert_allclose(nearest.min_norm(), np.linalg.lstsq(matrix, b)[0], rtol=1e-5)


@pytest.mark.usefixtures("as_a_user")
class TestOperators:
    """Whatever an operator gets wrong is said by name, when the system is made."""

    @pytest.mark.parametrize(
        ("products", "match"),
        [
            ({"matvec": lambda x: np.full(3, np.nan)}, r"A.matvec\(x\) has 3 entries that are NaN or infinite"),
            ({"rmatvec": lambda r: np.full(8, np.inf)}, r"A.rmatvec\(r\) has 8 entries that are NaN"),
            ({"matvec": lambda x: A[:2] @ x}, r"A.matvec\(x\) has 2 entries, and the operator's shape promises 3"),
            ({"rmatvec": lambda r: r}, r"A.rmatvec\(r\) has 3 entries, and the operator's shape promises 8"),
            ({"matvec": lambda x: 1j * (A @ x)}, r"A.matvec\(x\) is complex"),
            ({"matvec": lambda x: None}, r"A.matvec\(x\) holds object values"),
            ({"rmatvec": lambda r: 1.00001 * (A.T @ r)}, "A.rmatvec is not the adjoint of A.matvec"),
            ({"rmatvec": lambda r: A.T[::-1] @ r}, "A.rmatvec is not the adjoint of A.matvec"),
            ({"matvec": lambda x: 0 * (A @ x)}, "A.rmatvec is not the adjoint of A.matvec"),
        ],
    )
    def test_products(self, products, match):
        with pytest.raises(InvalidInputError, match=match):
            LinearSystem(operator_of(A, **products), ONES)

    @pytest.mark.parametrize("factor", [0.0, 1e-200, 1.0, 1e200])
    def test_units_make_no_adjoint_wrong(self, factor):
        LinearSystem(operator_of(factor * A), np.zeros(3))

    def test_single_precision_is_no_mistake(self):
        wide = np.random.default_rng(4).standard_normal((300, 2000)).astype(np.float32)
        single = operator_of(
            wide, matvec=lambda x: wide @ x.astype(np.float32), rmatvec=lambda r: wide.T @ r.astype(np.float32)
        )
        LinearSystem(single, np.ones(300))

    def test_what_is_not_finite_may_pass_through(self):
        """A training that diverged asks for the residual of such an x."""
        system = LinearSystem(operator_of(A), ONES)
        assert np.isnan(system.residual(np.full(8, np.nan)))
        with np.errstate(over="ignore", invalid="ignore"):
            assert not np.isfinite(system.residual(np.full(8, 1e308)))

    def test_products_are_checked_at_every_use(self):
        spoilt = []
        system = LinearSystem(operator_of(A, matvec=lambda x: A @ x * (np.nan if spoilt else 1.0)), ONES)
        spoilt.append(True)
        with pytest.raises(InvalidInputError, match="NaN"):
            system.matvec(np.ones(8))
