"""Names travel with A, and vectors follow them: DataFrames and Series of pandas and polars, columns, sparse b."""

import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import ridgeless as rl
from ridgeless import InvalidInputError, LinearSystem

RNG = np.random.default_rng(7)
A = RNG.standard_normal((3, 5)).round(3)
TRUTH = np.array([0.0, 2.0, 0.0, -1.0, 0.0])
B = A @ TRUTH
GENES = ("g0", "g1", "g2", "g3", "g4")
ROWS = ["s1", "s2", "s3"]
FRAME = pd.DataFrame(A, ROWS, list(GENES))
POLARS = pl.DataFrame(dict(zip(GENES, A.T, strict=True)))


def assert_same(system, names=GENES):
    np.testing.assert_array_equal(system.A, A)
    np.testing.assert_array_equal(system.b, B)
    assert system.names == names


with warnings.catch_warnings():
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    MATRIX = np.asmatrix(B).T

FORMS_OF_A = {
    "pandas": (FRAME, GENES),
    "pandas, numbered": (pd.DataFrame(A), ("0", "1", "2", "3", "4")),
    "pandas, nullable": (FRAME.astype("Float64"), GENES),
    "pandas, two levels": (
        FRAME.set_axis(pd.MultiIndex.from_product([["a"], GENES]), axis=1),
        tuple(f"a/{g}" for g in GENES),
    ),
    "polars": (POLARS, GENES),
    "array": (A, None),
    "list": (A.tolist(), None),
}
FORMS_OF_B = {
    "vector": B,
    "list": B.tolist(),
    "column": B[:, None],
    "matrix": MATRIX,
    "sparse column": sp.csc_array(B[:, None]),
    "sparse matrix": sp.coo_matrix(B[:, None]),
    "sparse vector": sp.coo_array(B),
    "pandas Series": pd.Series(B, ROWS),
    "pandas column": pd.DataFrame({"y": B}, ROWS),
    "nullable Series": pd.Series(B, ROWS).astype("Float64"),
    "polars Series": pl.Series(B),
    "polars column": pl.DataFrame({"y": B}),
}


@pytest.mark.parametrize("of_b", FORMS_OF_B)
@pytest.mark.parametrize("of_a", FORMS_OF_A)
def test_every_form_of_a_matrix_with_every_form_of_a_vector(of_a, of_b):
    matrix, names = FORMS_OF_A[of_a]
    right = FORMS_OF_B[of_b]
    if of_a == "pandas, numbered" and hasattr(right, "index") and not callable(right.index):
        with pytest.raises(InvalidInputError, match=r"b is labelled otherwise than A.*b.to_numpy"):
            LinearSystem(matrix, right)
        right = right.set_axis(range(3))
    assert_same(LinearSystem(matrix, right), names)


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(3)), st.permutations(range(5)), st.booleans())
def test_labels_tell_and_order_does_not(rows, columns, is_column):
    """Every permutation of b, of truth and of the readout gives the same system."""
    right = pd.Series(B, ROWS).iloc[rows]
    truth = pd.Series(TRUTH, GENES).iloc[columns]
    readout = pd.DataFrame(np.eye(5), columns=list(GENES)).iloc[:, columns]
    system = LinearSystem(FRAME, right.to_frame() if is_column else right, truth, readout=readout)
    assert_same(system)
    np.testing.assert_array_equal(system.truth, TRUTH)
    np.testing.assert_array_equal(system.predict(np.arange(5.0)), np.arange(5.0))


def test_a_shuffled_series_gives_the_same_solution():
    shuffled = pd.Series(B, ROWS).sample(frac=1, random_state=1)
    assert shuffled.index.tolist() != ROWS
    found = rl.solve(FRAME, shuffled)
    np.testing.assert_array_equal(found.x, rl.solve(FRAME, pd.Series(B, ROWS)).x)
    assert np.abs(found.x - rl.solve(A, B).x).max() == 0


@pytest.mark.parametrize(
    ("matrix", "right", "says"),
    [
        (FRAME, pd.Series(B), r"0, 1, 2 in b and not in A, 's1', 's2', 's3' in A and not in b.*b.to_numpy\(\)"),
        (FRAME, pd.Series(B, ["s1", "s2", "s4"]), "'s4' in b and not in A, 's3' in A"),
        (pd.DataFrame(A, ["s", "s", "t"]), pd.Series(B, ["s", "t", "s"]), "some occur twice"),
        (pd.DataFrame(A), pd.Series(B, [1, 2, 3]), "3 in b and not in A, 0 in A and not in b"),
        (FRAME, pd.DataFrame({"y": B}), "labelled otherwise"),
        (FRAME, pd.DataFrame({"y": B, "z": B}, ROWS), r"b has 2 columns, 'y', 'z'.*one column at a time.* b\['y'\]"),
        (FRAME, np.column_stack([B, B]), r"b has 2 columns .*one column at a time: type b\[:, 0\]"),
        (A, sp.csr_array(np.column_stack([B, B])), "one column at a time"),
        (A, B[None], r"b is a row, of shape \(1, 3\); type b.ravel\(\)"),
        (A.T, B, r"b needs shape \(5,\); it has \(3,\). The transpose of A would fit"),
        (FRAME, pd.Series([1.0, None, 2.0], ROWS), r"b has 1 entries that are missing.*row 1 \('s2'\)"),
        (FRAME, pd.Series(["a", "b", "c"], ROWS), "b holds (str|object) values, numbers are expected"),
        (FRAME.assign(g1="Ulm"), B, "A has a column 'g1' that holds (str|object) values.*drop it"),
        (FRAME.assign(g1=pd.Timestamp("2020-01-01")), B, "A has a column 'g1' that holds datetime"),
        (FRAME.assign(g2=[1.0, np.nan, 2.0]), B, r"A has 1 entries that are missing.*column 'g2', row 1 \('s2'\)"),
        (FRAME.assign(g2=pd.array([1, None, 2])), B, r"A has a column 'g2' that has 1 entries.*row 1 \('s2'\)"),
        (POLARS.with_columns(g1=pl.lit("Ulm")), B, "A has a column 'g1' that holds String values"),
        (POLARS.with_columns(g2=pl.Series([1.0, None, 2.0])), B, "A has 1 entries that are missing.*column 'g2', row"),
        (POLARS.lazy(), B, r"A is a LazyFrame, which is not computed yet. Type A.collect\(\)"),
    ],
)  # fmt: skip
def test_what_is_refused(matrix, right, says):
    with pytest.raises(InvalidInputError, match=says) as caught:
        LinearSystem(matrix, right)
    assert "\n" not in str(caught.value)


def test_explicit_names():
    for names in (GENES, list(GENES), np.array(GENES), pd.Index(GENES), (name for name in GENES)):
        assert LinearSystem(A, B, names=names).names == GENES
    assert LinearSystem(FRAME, B, names=range(5)).names == ("0", "1", "2", "3", "4")


@pytest.mark.parametrize("names", ["abcde", b"abcde", 5, GENES[:4], [*GENES, "g5"]])
def test_names_that_are_none(names):
    with pytest.raises(InvalidInputError, match=r"names (is|has)"):
        LinearSystem(A, B, names=names)


def test_labels_of_others_are_refused():
    with pytest.raises(InvalidInputError, match="truth is labelled otherwise than the unknowns"):
        LinearSystem(FRAME, B, pd.Series(TRUTH))
    with pytest.raises(InvalidInputError, match="readout is labelled otherwise than A"):
        LinearSystem(FRAME, B, readout=pd.DataFrame(np.eye(5)))


def test_names_go_along():
    system = LinearSystem(FRAME, B)
    assert system.restricted(TRUTH != 0).names == ("g1", "g3")
    other = system.with_right(pd.Series(2 * B, ROWS)[::-1])
    assert other.names == GENES
    np.testing.assert_array_equal(other.b, 2 * B)
    with pytest.raises(InvalidInputError, match="with_right: b is labelled otherwise"):
        other.with_right(pd.Series(B))
    features = LinearSystem.from_features(FRAME, pd.Series(B, ROWS)[::-1], FRAME.iloc[:, ::-1])
    assert_same(features)
    np.testing.assert_array_equal(features.readout, A)


def test_kernel_values_follow_their_points():
    def brownian(X, Y):
        return np.minimum(X, Y.T)

    points, values = pd.DataFrame({"t": [1.0, 2.0]}, ["p", "q"]), pd.Series([5.0, 3.0], ["q", "p"])
    system = LinearSystem.from_kernel(brownian, points, values, grid=[1.0, 2.0])
    np.testing.assert_allclose(system.predict(system.min_norm()), [3.0, 5.0])
    with pytest.raises(InvalidInputError, match="values is labelled otherwise than inputs"):
        LinearSystem.from_kernel(brownian, points, pd.Series([5.0, 3.0]), grid=[1.0])


def test_solutions_know_the_names(tmp_path):
    found = rl.solve(FRAME, B)
    assert found.names == GENES
    order = np.argsort(-np.abs(found.x), kind="stable")
    assert found.largest(2) == {GENES[i]: found.x[i] for i in order[:2]}
    assert f"largest: {GENES[order[0]]} = " in repr(found)
    again = rl.load(found.save(tmp_path / "named"))
    assert again.names == GENES
    assert again.largest() == found.largest()
    bare = rl.solve(A, B)
    assert bare.names is None
    assert "largest:" not in repr(bare)
    assert list(bare.largest(1)) == [order[0]]


def test_a_name_that_occurs_twice_hides_nothing():
    found = rl.solve(LinearSystem(A, B, names=["u"] * 5))
    assert sorted(map(abs, found.largest().values())) == sorted(np.abs(found.x))


def test_the_library_needs_neither_pandas_nor_polars():
    import subprocess

    code = (
        "import sys; sys.modules.update(pandas=None, polars=None, narwhals=None); import ridgeless as rl;"
        "print(rl.solve([[1.0, 2.0]], [2.0]).success)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr


class TestContradictions:
    """Rows that add up to 0 = 1 are named, and no others, by the labels that they came with."""

    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 3), st.integers(0, 2**31), st.sampled_from([1e-3, 1.0, 1e3]))
    def test_the_equation_given_twice(self, place, seed, size):
        rng = np.random.default_rng(seed)
        matrix = size * rng.standard_normal((4, 9))
        right = matrix @ rng.standard_normal(9)
        twice = np.vstack([matrix, matrix[place]])
        with pytest.raises(rl.InconsistentSystemError) as caught:
            LinearSystem(twice, np.append(right, right[place] + size)).min_norm()
        assert f"Equations {place} and 4, counted from 0, contradict each other" in str(caught.value)

    def test_labels_are_told(self):
        frame = pd.DataFrame([[1.0, 1.0], [1.0, 1.0], [1.0, -1.0]], ["mill", "shop", "home"])
        with pytest.raises(rl.InconsistentSystemError, match=r"Equations 0 \('mill'\) and 1 \('shop'\), counted"):
            rl.solve(frame, [1.0, 2.0, 3.0])

    def test_labels_of_a_file_are_told(self, tmp_path):
        path = tmp_path / "table.csv"
        path.write_text(",u,v,b\nmill,1.5,1,1\nshop,1.5,1,2\nhome,1,-1.25,3\n")
        system = rl.systems.read_system(path)
        with pytest.raises(rl.InconsistentSystemError, match=r"Equations 0 \('mill'\) and 1 \('shop'\), counted"):
            system.min_norm()


class WithoutDtype:
    shape = A.shape

    def matvec(self, x):
        return A @ x

    def rmatvec(self, r):
        return A.T @ r


class WithoutTranspose:
    shape = A.shape
    dtype = float

    def matvec(self, x):
        return A @ x


def failing(x):
    raise TypeError("no product\nfor you")


def never(x):
    raise NotImplementedError


@pytest.mark.parametrize("form", [sp.dok_matrix, sp.dok_array, sp.lil_array, sp.coo_array, sp.dia_array, sp.bsr_array])
def test_every_sparse_form(form):
    np.testing.assert_array_equal(LinearSystem(form(A), B).A.toarray(), A)
    np.testing.assert_allclose(rl.solve(form(A), B).x, rl.solve(A, B).x, rtol=1e-9, atol=1e-12)


def test_an_operator_needs_no_dtype():
    np.testing.assert_allclose(rl.solve(WithoutDtype(), B).x, rl.solve(A, B).x, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("operator", "says"),
    [
        (lambda x: A @ x, "A is a function; an operator needs its transpose as well. Type scipy.sparse.lin"),
        (WithoutTranspose(), "A is an operator without rmatvec"),
        (LinearOperator(A.shape, matvec=lambda x: A @ x), "A is an operator without rmatvec"),
        (LinearOperator(A.shape, matvec=never, rmatvec=never, dtype=float), r"A.matvec\(x\) is not implemented"),
        (
            LinearOperator(A.shape, matvec=failing, rmatvec=failing, dtype=float),
            r"A.matvec\(x\) raised TypeError: no product for you",
        ),
        (sp.coo_array(A[0]), "A has 1 axes"),
        (sp.csr_array((np.ones(1), np.array([0]), np.array([0, 1])), shape=(1, 5)).astype(bool), None),
    ],
)  # fmt: skip
def test_what_is_no_operator(operator, says):
    if says is None:
        assert LinearSystem(operator, [1.0]).A.dtype == float
        return
    with pytest.raises(InvalidInputError, match=says) as caught:
        LinearSystem(operator, B)
    assert "\n" not in str(caught.value)


class TestSinglePrecision:
    """An operator that multiplies in float32 is told so, not that its x is no limit."""

    @staticmethod
    def operator(kind):
        def matvec(x):
            return (A @ np.ravel(x)).astype(kind)

        def rmatvec(r):
            return (A.T @ np.ravel(r)).astype(kind)

        return LinearOperator(A.shape, matvec=matvec, rmatvec=rmatvec, dtype=np.float64)

    def test_the_message_names_the_precision(self):
        found = rl.solve(self.operator(np.float32), B)
        assert found.status is rl.Status.STALLED
        assert "products have a relative precision of 1e-07" in found.message
        assert "x may not be the limit" not in found.message

    def test_the_advice_works(self):
        assert rl.solve(self.operator(np.float64), B).success

    def test_a_declared_type_is_not_what_counts(self):
        operator = aslinearoperator(A)
        operator.dtype = np.dtype(np.float32)
        assert rl.solve(operator, B).success


def test_a_tolerance_for_solve():
    assert rl.solve(A, B, tol=1e-3).success
    assert "tol" in rl.solve(A, B, tol=1e-3).provenance["configuration"]
    for tol in (0.0, -1.0, np.nan):
        with pytest.raises(InvalidInputError, match="solve: tol = "):
            rl.solve(A, B, tol=tol)


@pytest.mark.parametrize("network", [rl.networks.Difference(2), rl.networks.Difference(3), rl.networks.Direct()])
def test_a_path_of_limits_where_b_is_0(network):
    system = LinearSystem(A, np.zeros(3))
    path = rl.limit_path(system, network, [1.0, 0.1])
    assert path.success
    for scale, x in zip(path.scales, path.x, strict=True):
        init = rl.inits.Constant(float(scale))
        expected = rl.limit(system, network, init).x
        np.testing.assert_allclose(x, expected, atol=1e-12)
