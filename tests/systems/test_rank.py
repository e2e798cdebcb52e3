"""The rank at the precision of the data: by rcond, by the type of the numbers, by the digits they are written with."""

import re
import warnings
from fractions import Fraction

import numpy as np
import pytest
import scipy
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless.errors import InconsistentSystemError, InvalidInputError
from ridgeless.systems import DataPrecision, LinearSystem, Precision, precision_of_decimals
from ridgeless.systems.precision import precision_of_types


def tomography(size, views):
    """Ray sums of a square picture, seen under equal angles; every view has the same mass, so that rows depend."""
    down, across = np.mgrid[:size, :size]
    rows = []
    for angle in np.pi * np.arange(views) / views:
        position = across * np.cos(angle) + down * np.sin(angle)
        rays = np.arange(np.floor(position.min()), np.ceil(position.max()) + 1)
        rows += [np.maximum(0, 1 - np.abs(position - ray)).ravel() for ray in rays]
    return np.array(rows)


def centred(rows, columns, seed=0):
    matrix = np.random.default_rng(seed).standard_normal((rows, columns))
    return matrix - matrix.mean(axis=0)


def one_hot(left, right):
    """Two factors, each in one-hot form, crossed: both blocks of rows add up to the same row of ones."""
    return np.vstack([np.kron(np.eye(left), np.ones(right)), np.tile(np.eye(right), left)])


def hilbert(rows, columns):
    return 1 / (np.arange(rows)[:, None] + np.arange(columns) + 1.0)


def true_rank(matrix):
    """The rank of the stored numbers, in rational arithmetic."""
    rows = [[Fraction(float(entry)) for entry in row] for row in matrix]
    rank = 0
    for column in range(len(rows[0])):
        pivot = next((row for row in range(rank, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for row in range(rank + 1, len(rows)):
            factor = rows[row][column] / rows[rank][column]
            rows[row] = [one - factor * other for one, other in zip(rows[row], rows[rank], strict=True)]
        rank += 1
    return rank


def typed(message):
    """The code that a message says to type."""
    return re.search(r"type (LinearSystem\(.*\))", message).group(1)


def run(code, **names):
    return eval(code, {"LinearSystem": LinearSystem, "np": np, "scipy": scipy, **names})


DEPENDENT = {
    "tomography": (tomography(6, 4), 25),
    "tomography, more views": (tomography(8, 6), 50),
    "centred": (centred(20, 50), 19),
    "one-hot": (one_hot(4, 5) / 3, 8),
}


class TestTypes:
    """Numbers in float32 and float16 have the rank that their rounding leaves."""

    @pytest.mark.parametrize("kind", DEPENDENT)
    @pytest.mark.parametrize("form", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
    def test_dependent_rows_rounded_to_float32(self, kind, form):
        A, rank = DEPENDENT[kind]
        x = np.random.default_rng(1).standard_normal(A.shape[1])
        system = LinearSystem(form(A.astype("f4")), (A @ x).astype("f4"))
        assert system.rank == rank == np.linalg.matrix_rank(A)
        assert np.linalg.norm(system.min_norm() - np.linalg.pinv(A) @ (A @ x)) < 1e-4 * np.linalg.norm(x)
        assert system.residual(system.min_norm()) < 1e-14

    @pytest.mark.parametrize("kind", DEPENDENT)
    def test_what_was_changed_is_told_and_no_more_than_rounding(self, kind):
        A, _ = DEPENDENT[kind]
        b = (A @ np.ones(A.shape[1]) + 1e-8).astype("f4")
        system = LinearSystem(A.astype("f4"), b)
        decision = system.rank_decision
        assert "float32" in system.precision_note
        assert decision.changed < 1e-6
        np.testing.assert_allclose(
            decision.changed, np.linalg.norm(system.A - A.astype("f4")) / np.linalg.norm(A), rtol=1e-6
        )
        np.testing.assert_allclose(
            decision.moved, np.linalg.norm(system.b - b.astype(float)) / np.linalg.norm(b), rtol=1e-6
        )

    def test_equations_that_stay_keep_their_bits(self):
        A = tomography(6, 4).astype("f4")
        system = LinearSystem(A, A.astype(float) @ np.ones(36))
        kept = np.setdiff1d(np.arange(len(A)), system.rank_decision.replaced)
        np.testing.assert_array_equal(system.A[kept], A[kept])
        assert len(kept) == system.rank

    def test_columns_that_are_tied_stay_tied(self):
        A = np.repeat(tomography(6, 4), 3, axis=1).astype("f4")
        system = LinearSystem(A, (A @ np.ones(108)).astype("f4"))
        assert system.rank_decision.changed > 0
        np.testing.assert_array_equal(system.A[:, ::3], system.A[:, 1::3])
        np.testing.assert_array_equal(system.A[:, ::3], system.A[:, 2::3])

    def test_float16_is_as_near_to_the_truth_as_least_squares_without_small_values(self):
        A, missed = tomography(6, 4), []
        for seed in range(8):
            x = np.random.default_rng(seed).integers(0, 9, 36)
            rounded, b = A.astype("f2"), (A @ x).astype("f2")
            system = LinearSystem(rounded, b)
            assert system.rank == 25
            second = np.linalg.lstsq(rounded.astype(float), b.astype(float), rcond=4e-4)[0]
            right = np.linalg.pinv(A) @ (A @ x)
            missed.append([np.linalg.norm(system.min_norm() - right), np.linalg.norm(second - right)])
        ours, theirs = np.mean(missed, axis=0)
        assert ours < 2 * theirs

    def test_independent_equations_are_not_touched(self):
        rng = np.random.default_rng(0)
        A, b = rng.standard_normal((30, 100)).astype("f4"), rng.standard_normal(30).astype("f4")
        system = LinearSystem(A, b)
        np.testing.assert_array_equal(system.A, A)
        np.testing.assert_array_equal(system.b, b)
        assert system.rank_decision is None
        assert system.precision_note == ""

    @pytest.mark.parametrize("number", [np.float64, np.int64, np.float32])
    def test_whole_numbers_are_exact_in_every_type(self, number):
        A = np.array([[1, 2, 3, 4], [2, 4, 6, 9]]).astype(number)
        assert precision_of_types(A, A[:, 0]).is_exact
        assert LinearSystem(A, A[:, 0]).rank == 2

    def test_large_numbers_in_float32_are_whole_and_rounded(self):
        A = 1e30 * tomography(6, 4)
        assert LinearSystem(A.astype("f4"), (A @ np.ones(36)).astype("f4")).rank == 25

    @pytest.mark.parametrize("apart", [1e-4, 1e-5, 1e-6, 1e-8, 1e-9, 1e-10])
    def test_nearly_dependent_rows_count_while_float32_tells_them_apart(self, apart):
        rng = np.random.default_rng(3)
        A = rng.standard_normal((6, 20))
        A[5] = A[0] + apart * rng.standard_normal(20)
        system = LinearSystem(A.astype("f4"), (A @ np.ones(20)).astype("f4"))
        assert system.rank == (6 if apart >= 1e-6 else 5)

    @pytest.mark.parametrize("factor", [1e-30, 1e-10, 1.0, 1e30])
    def test_units_change_nothing(self, factor):
        A, x = tomography(6, 4), np.arange(36.0)
        system = LinearSystem((factor * A).astype("f4"), (factor * (A @ x)).astype("f4"))
        assert system.rank == 25
        assert np.linalg.norm(system.min_norm() - np.linalg.pinv(A) @ (A @ x)) < 1e-4 * np.linalg.norm(x)

    @pytest.mark.parametrize("spread", [1e3, 1e8])
    def test_rows_and_columns_of_very_different_size_are_no_dependence(self, spread):
        rng = np.random.default_rng(0)
        A, grades = rng.standard_normal((10, 40)), np.geomspace(1 / spread, 1, 10)
        rows, columns = grades[:, None] * A, np.geomspace(1 / spread, 1, 40) * A
        few = np.c_[A[:, :5], A[:, 5:] / spread]
        for matrix in (rows, columns, few):
            assert LinearSystem(matrix.astype("f4"), (matrix @ np.ones(40)).astype("f4")).rank == 10

    def test_b_in_float32_is_met_where_a_is_exact(self):
        A = one_hot(4, 5)
        x = np.random.default_rng(0).standard_normal(20)
        rounded = (A @ x).astype("f4")
        with pytest.raises(InconsistentSystemError):
            LinearSystem(A, rounded.astype(float)).min_norm()
        system = LinearSystem(A, rounded)
        np.testing.assert_array_equal(system.A, A)
        assert system.residual(system.min_norm()) < 1e-14
        assert 0 < system.rank_decision.moved < 1e-6

    def test_contradictions_beyond_rounding_are_refused(self):
        A = tomography(6, 4)
        b = A @ np.ones(36)
        b[3] += 1e-3
        with pytest.raises(InconsistentSystemError):
            LinearSystem(A.astype("f4"), b.astype("f4")).min_norm()

    def test_a_b_that_needs_the_equations_in_doubt_is_met_exactly_and_that_is_told(self):
        """The stored numbers have this solution, and no other system was given."""
        A = np.vstack([np.ones(4), np.ones(4)]).astype("f4") / np.float32(3)
        A[1, 0] = np.nextafter(A[1, 0], np.float32(1))
        system = LinearSystem(A, np.array([1.0, 1.5]))
        assert system.rank == 2 == true_rank(A)
        np.testing.assert_array_equal(system.A, A)
        assert "taken as exact" in system.precision_note
        assert system.residual(system.min_norm()) < 1e-8


class TestRcond:
    """A number for rcond gives NumPy's least squares."""

    @pytest.mark.parametrize("rcond", [1e-10, 1e-7, 1e-4, 1e-2])
    @pytest.mark.parametrize(
        "A",
        [hilbert(12, 30), tomography(6, 4).round(3), centred(20, 50).round(5), centred(30, 8)],
        ids=["hilbert", "tomography", "centred", "tall"],
    )
    def test_the_least_norm_is_that_of_numpy(self, A, rcond):
        b = A @ np.random.default_rng(0).standard_normal(A.shape[1])
        wanted, _, rank, _ = np.linalg.lstsq(A, b, rcond=rcond)
        system = LinearSystem(A, b, rcond=rcond)
        assert system.rank == rank
        np.testing.assert_allclose(system.min_norm(), wanted, atol=1e-6 * np.linalg.norm(wanted))
        assert system.residual(system.min_norm()) < 1e-12

    @pytest.mark.parametrize("form", [np.asarray, sp.csr_array, aslinearoperator])
    def test_every_form_of_a(self, form):
        A = tomography(6, 4).round(6)
        b = (tomography(6, 4) @ np.arange(36)).round(6)
        system = LinearSystem(form(A), b, rcond=1e-6)
        assert system.rank == 25
        np.testing.assert_allclose(system.min_norm(), np.linalg.lstsq(A, b, rcond=1e-6)[0], atol=1e-8)

    def test_blocks_of_a_dask_array(self):
        da = pytest.importorskip("dask.array")
        A = tomography(6, 4).round(3)
        b = (tomography(6, 4) @ np.arange(36)).round(3)
        blocks = da.from_array(A, chunks=(10, 9))
        digits = da.from_array(tomography(6, 4).round(5), chunks=(10, 9))
        with pytest.raises(InvalidInputError, match=r"type rl.LinearSystem\(A, b, rcond=1e-6\)"):
            LinearSystem(digits, b).min_norm()
        assert LinearSystem(digits, digits @ np.ones(36), rcond=1e-6).rank == 25
        system = LinearSystem(blocks, b, rcond=1e-2)
        wanted, _, rank, _ = np.linalg.lstsq(A, b, rcond=1e-2)
        assert system.rank == rank
        np.testing.assert_allclose(system.min_norm(), wanted, rtol=1e-8, atol=1e-8 * np.abs(wanted).max())
        assert system.residual(system.min_norm()) < 1e-12
        assert "rcond" in system.precision_note
        with pytest.raises(InvalidInputError, match="resolves singular values down to 1e-6"):
            LinearSystem(blocks, b, rcond=1e-9)

    def test_small_equations_are_not_small_singular_values(self):
        A = np.random.default_rng(0).standard_normal((6, 20)) * np.geomspace(1e-9, 1, 6)[:, None]
        assert LinearSystem(A, A @ np.ones(20), rcond=1e-4).rank == 6

    @given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 8), st.sampled_from([1e-200, 1e-3, 1.0, 1e200]))
    def test_ranks_of_products(self, rows, columns, inner, unit):
        rng = np.random.default_rng([rows, columns, inner])
        A = rng.standard_normal((rows, inner)) @ rng.standard_normal((inner, columns))
        A = A + 1e-9 * rng.standard_normal((rows, columns))
        system = LinearSystem(unit * A, unit * (A @ np.ones(columns)), rcond=1e-6)
        assert system.rank == (np.linalg.matrix_rank(A, rtol=1e-6) if inner else min(rows, columns))
        assert system.residual(system.min_norm()) < 1e-12

    def test_zero_takes_the_stored_numbers(self):
        A = tomography(6, 4).astype("f4")
        assert LinearSystem(A, A.astype(float) @ np.ones(36), rcond=0).rank > 25

    def test_an_inconsistent_b_is_refused_still(self):
        A = tomography(6, 4).round(6)
        b = A @ np.ones(36)
        b[3] += 0.1
        with pytest.raises(InconsistentSystemError):
            LinearSystem(A, b, rcond=1e-6).min_norm()

    @pytest.mark.parametrize("rcond", [-1e-6, 1.0, 2, np.nan, "1e-6", True, [1e-6]])
    def test_what_is_no_ratio(self, rcond):
        with pytest.raises(InvalidInputError, match="rcond"):
            LinearSystem(np.eye(2), np.ones(2), rcond=rcond)

    def test_an_operator_too_large_to_expand(self, monkeypatch):
        monkeypatch.setattr("ridgeless.systems.rank_decision.MOST_EXPANDED_BYTES", 0)
        with pytest.raises(InvalidInputError, match="leave rcond out"):
            LinearSystem(aslinearoperator(np.eye(3)), np.ones(3), rcond=1e-6)


class TestDigits:
    """Numbers written with few digits."""

    @pytest.mark.parametrize(("decimals", "rcond"), [(3, 2e-4), (6, 1e-5)])
    def test_a_table_that_was_rounded(self, decimals, rcond):
        A, missed = tomography(6, 4), []
        for seed in range(8):
            x = np.random.default_rng(seed).integers(0, 9, 36)
            rounded, b = A.round(decimals), (A @ x).round(decimals)
            system = LinearSystem(rounded, b, rcond=precision_of_decimals(rounded, b))
            assert system.rank == 25
            assert f"{decimals} decimals" in system.precision_note
            second, right = np.linalg.lstsq(rounded, b, rcond=rcond)[0], np.linalg.pinv(A) @ (A @ x)
            missed.append([np.linalg.norm(system.min_norm() - right), np.linalg.norm(second - right)])
        ours, theirs = np.mean(missed, axis=0)
        assert ours < 3 * theirs

    def test_significant_digits(self):
        A = 1e-7 * tomography(6, 4)
        rounded = np.array([[float(f"{entry:.4e}") for entry in row] for row in A])
        precision = precision_of_decimals(rounded, np.ones(len(A)))
        assert precision.matrix.source == "5 significant digits"
        assert np.all(np.abs(rounded - A) <= precision.matrix.errors(A))
        assert LinearSystem(rounded, rounded @ np.ones(36), rcond=precision).rank == 25

    @pytest.mark.parametrize(
        "values", [[1.0, 2.0], [0.5, 0.25], [1 / 3, 0.1], [np.pi, 1.0], [19.99, 0.5], [1e-5, 2e-7], [1e300, 1e299]]
    )
    def test_numbers_that_nothing_shows_to_be_rounded(self, values):
        assert precision_of_decimals(np.array([values]), np.array([1.0])).is_exact

    def test_float64_is_taken_as_stored_and_the_note_works_as_typed(self):
        A = tomography(6, 4).round(6)
        b = A @ np.arange(36.0)
        system = LinearSystem(A, b)
        system.min_norm()
        assert system.rank == true_rank(A) == 27
        assert system.precision_note.startswith("2 singular values of A cannot be told from 0")
        assert run(typed(system.precision_note), A=A, b=b).rank == 25

    def test_the_message_of_a_solution_tells(self):
        A = tomography(6, 4).round(6)
        found = rl.limit(LinearSystem(A, A @ np.ones(36)), rl.networks.Direct(), {"x": np.zeros(36)})
        assert "2 singular values of A cannot be told from 0" in found.message

    def test_a_precision_of_ones_own(self):
        A = np.array([[1.0, 2.0, 0.5], [1.001, 2.0, 0.5]])
        known = DataPrecision(Precision(absolute=0.01, source="a ruler"), Precision(absolute=0.01, source="a ruler"))
        assert LinearSystem(A, np.ones(2)).rank == 2
        assert LinearSystem(A, np.ones(2), rcond=known).rank == 1


class TestOneSystem:
    """A, b and all that is made of them speak of one system."""

    SYSTEMS = (
        LinearSystem(tomography(6, 4).astype("f4"), (tomography(6, 4) @ np.arange(36)).astype("f4")),
        LinearSystem(tomography(6, 4).round(6), (tomography(6, 4) @ np.arange(36)).round(6), rcond=1e-6),
    )

    @pytest.mark.parametrize("system", SYSTEMS, ids=["float32", "rcond"])
    def test_projections(self, system):
        x = np.random.default_rng(0).standard_normal(36)
        kept = system.project_null(x)
        assert np.linalg.norm(system.matvec(kept)) < 1e-13 * np.linalg.norm(system.A)
        assert np.linalg.norm(system.project_null(system.project_rows(x))) < 1e-13
        # All that the equations do not see is kept: 36 − 25 dimensions of it.
        assert np.linalg.matrix_rank(system.project_null(np.eye(36))) == 11

    @pytest.mark.parametrize("system", SYSTEMS, ids=["float32", "rcond"])
    def test_a_limit_is_where_training_ends(self, system):
        start = {"u": np.full(36, 0.7), "v": np.full(36, 0.3)}
        end = rl.limit(system, rl.networks.Difference(), start)
        trained = rl.train(
            system, rl.networks.Difference(), start, rl.flows.GradientFlow(coordinates="weights"), tol=1e-11
        )
        assert end.success
        assert trained.success
        assert np.abs(end.x - trained.x).max() < 1e-6 * np.abs(end.x).max()
        assert "rank 25" in end.message
        assert "rank 25" in trained.message
        assert rl.certify(end).verdict.value == "certified"

    @pytest.mark.parametrize("system", SYSTEMS, ids=["float32", "rcond"])
    def test_stored_and_read_back(self, system, tmp_path):
        found = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(36)})
        again = rl.load(found.save(tmp_path / "found"))
        np.testing.assert_array_equal(again.system.A, system.A)
        assert again.system.rank == 25
        assert again.system.rank_decision == system.rank_decision

    @pytest.mark.parametrize("system", SYSTEMS, ids=["float32", "rcond"])
    def test_another_right_hand_side(self, system):
        other = system.with_right(system.matvec(np.ones(36)))
        assert other.row_space is system.row_space
        assert other.rank_decision.moved == 0
        assert other.residual(other.min_norm()) < 1e-14


class TestAdvice:
    """What an error says to type can be typed, and gives a system that has a solution."""

    @pytest.mark.parametrize("seed", range(10))
    @pytest.mark.parametrize("decimals", [3, 6])
    def test_rounded_dependent_rows(self, seed, decimals):
        rng = np.random.default_rng(seed)
        exact, x = tomography(6, 4), np.zeros(36)
        x[rng.choice(36, 5, replace=False)] = rng.integers(1, 9, 5)
        A, b = exact.round(decimals), (exact @ x).round(decimals)
        right = np.linalg.pinv(exact) @ (exact @ x)
        system = LinearSystem(A, b)
        try:
            system.min_norm()
            code = typed(system.precision_note)
        except InconsistentSystemError as error:
            code = typed(str(error))
        advised = run(code, A=A, b=b)
        assert "rcond=" in code
        assert np.linalg.norm(advised.min_norm() - right) < 1000 * 10.0**-decimals
        assert advised.residual(advised.min_norm()) < 1e-13

    @pytest.mark.parametrize("apart", 10.0 ** -np.arange(2, 16))
    def test_nearly_dependent_rows_that_contradict(self, apart):
        """The same equation three times, once not quite, with another right-hand side."""
        rng = np.random.default_rng(0)
        A = rng.standard_normal((7, 20))
        A[5], A[6] = A[0], A[0] + apart * rng.standard_normal(20)
        b = A @ np.ones(20)
        b[5] += 0.1
        with pytest.raises(InconsistentSystemError) as caught:
            LinearSystem(A, b).min_norm()
        advised = run(typed(str(caught.value)), A=A, b=b)
        assert np.isfinite(advised.min_norm()).all()

    @pytest.mark.parametrize("form", [np.asarray, sp.csr_array, aslinearoperator])
    @pytest.mark.parametrize("noise", [1e-7, 1e-4, 0.1])
    def test_one_hot_blocks_whose_sums_disagree(self, form, noise):
        A = form(one_hot(4, 5))
        b = one_hot(4, 5) @ np.ones(20) + noise * np.arange(9)
        with pytest.raises(InconsistentSystemError) as caught:
            LinearSystem(A, b).min_norm()
        advised = run(typed(str(caught.value)), A=A, b=b)
        wanted = np.linalg.lstsq(one_hot(4, 5), b)[0]
        np.testing.assert_allclose(advised.min_norm(), wanted, atol=1e-4 * np.abs(wanted).max())

    def test_a_dask_array(self):
        da = pytest.importorskip("dask.array")
        A = da.from_array(one_hot(4, 5), chunks=(9, 4))
        b = np.ones(9) + np.arange(9)
        system = LinearSystem(A, b)
        with pytest.raises(InconsistentSystemError) as caught:
            system.min_norm()
        advised = run(typed(str(caught.value)), A=A, b=b, system=system)
        assert advised.residual(advised.min_norm()) < 1e-13


class TestContradictions:
    """The equations that contradict each other, few of them."""

    def told(self, A, b):
        with pytest.raises(InconsistentSystemError) as caught:
            LinearSystem(A, b).min_norm()
        return str(caught.value)

    @pytest.mark.parametrize("unit", [1e-200, 1e-3, 1.0, 1e200])
    def test_an_equation_given_twice(self, unit):
        A = np.random.default_rng(0).standard_normal((5, 9))
        A, b = unit * np.vstack([A, A[1:2]]), unit * np.append(A @ np.ones(9), 7.0)
        message = self.told(A, b)
        assert "Equations 1 and 5, counted from 0, contradict each other: A[" in message
        assert f"{7 * unit:.6g}" in message

    def test_the_sentence_is_true(self):
        """The combination named does give the row, and not the right-hand side."""
        A = np.random.default_rng(0).standard_normal((5, 9))
        A = np.vstack([A, 2 * A[1:2] - 0.5 * A[3:4]])
        b = A @ np.ones(9)
        b[5] += 1
        found = re.search(r"A\[(\d)\] is (.*?), b\[\1\] is (.*?), not (.*?)\. Drop", self.told(A, b))
        row, combination = int(found.group(1)), found.group(2).replace("·", "*").replace("−", "-")
        np.testing.assert_allclose(eval(combination, {"A": A}), A[row], rtol=1e-4, atol=1e-5)
        assert float(found.group(3)) == pytest.approx(b[row], rel=1e-5)
        assert float(found.group(4)) == pytest.approx(eval(combination.replace("A[", "b["), {"b": b}), rel=1e-4)

    def test_the_shortest_of_several(self):
        rng = np.random.default_rng(0)
        A = rng.standard_normal((6, 20))
        A = np.vstack([A, A.sum(axis=0), A[2] - A[4]])
        b = A @ np.ones(20)
        b[6:] += 1.0
        assert "Equations 2, 4 and 7, counted from 0" in self.told(A, b)

    def test_an_equation_without_unknowns(self):
        A = np.vstack([np.random.default_rng(0).standard_normal((2, 5)), np.zeros(5)])
        assert "Equation 2, counted from 0, reads 0 = 3. Drop it." in self.told(A, np.array([1.0, 2.0, 3.0]))

    def test_a_small_equation_counts(self):
        A = np.random.default_rng(0).standard_normal((4, 9)) * np.array([1.0, 1e-8, 1.0, 1.0])[:, None]
        A = np.vstack([A, A[1:2]])
        b = A @ np.ones(9)
        b[4] *= 2
        assert "Equations 1 and 4, counted from 0" in self.told(A, b)

    def test_equations_by_the_dozen_are_counted(self):
        A = np.random.default_rng(0).standard_normal((30, 12))
        message = self.told(A, np.arange(30.0))
        assert "joins 13 equations" in message

    def test_a_large_solution_is_no_contradiction(self):
        """What rounding leaves of A x is no proof that there is none: the stored equations have a solution."""
        rng = np.random.default_rng(0)
        A = rng.standard_normal((5, 12))
        A[4] = A[0] + 1e-12 * rng.standard_normal(12)
        system = LinearSystem(np.vstack([A, A]), np.tile(np.append(np.ones(4), 2.0), 2))
        assert np.abs(system.min_norm()).max() > 1e11


class TestNearlyDependent:
    """float64: the stored numbers decide."""

    @pytest.mark.parametrize("apart", 10.0 ** -np.arange(4, 15))
    def test_rows_apart_by_more_than_rounding(self, apart):
        rng = np.random.default_rng(1)
        A = rng.standard_normal((6, 20))
        A[5] = A[0] + apart * rng.standard_normal(20)
        system = LinearSystem(A, A @ np.ones(20))
        assert system.rank == 6 == true_rank(A)
        assert system.residual(system.min_norm()) < 1e-14

    @given(st.integers(1, 5), st.integers(1, 7), st.integers(0, 2**32 - 1))
    def test_ranks_of_small_whole_numbers(self, rows, columns, seed):
        A = np.random.default_rng(seed).integers(-1, 2, (rows, columns))
        for number in (float, np.float32, int):
            assert LinearSystem(A.astype(number), A @ np.ones(columns)).rank == true_rank(A)

    @pytest.mark.parametrize("spread", [1e4, 1e8, 1e12])
    def test_dependent_rows_on_columns_of_very_different_size(self, spread):
        A = tomography(6, 4) * np.geomspace(1, 1 / spread, 36)
        x = np.geomspace(1, spread, 36)
        assert LinearSystem(A, A @ x).residual(LinearSystem(A, A @ x).min_norm()) < 1e-14


@pytest.mark.parametrize("unit", [1e-310, 1e-300, 1e-200, 1e-150, 1e150, 1e200, 1e300])
@pytest.mark.parametrize("kind", ["independent", "dependent", "graded"])
def test_no_warning_at_the_ends_of_the_numbers(unit, kind):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 9))
    if kind == "dependent":
        A = np.vstack([A, A])
    if kind == "graded":
        A = A * np.geomspace(1e-7, 1, 5)[:, None]
    rows = A / np.linalg.norm(A, axis=1, keepdims=True)
    right = np.linalg.pinv(rows) @ (rows @ np.ones(9))
    digits = 1e-3 if unit < 1e-308 else 1e-10
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rcond in (None, 1e-9):
            system = LinearSystem(unit * A, unit * (A @ np.ones(9)), rcond=rcond)
            np.testing.assert_allclose(system.min_norm(), right, rtol=0, atol=digits)
            assert system.residual(system.min_norm()) < digits
            assert np.isfinite([system.frobenius_norm, system.spectral_norm, system.least_singular_value]).all()
        with pytest.raises(InconsistentSystemError):
            LinearSystem(unit * np.vstack([A, A[:1]]), unit * np.append(A @ np.ones(9), 50.0)).min_norm()
