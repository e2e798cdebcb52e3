"""Complex systems as real ones: products, solutions, limits, certificates and trainings, by routes of other people."""

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import ridgeless as rl
from ridgeless.errors import InvalidInputError

pytestmark = pytest.mark.usefixtures("as_a_user")

FORMS = {
    "list": lambda A: A.tolist(),
    "dense": np.asarray,
    "sparse": sp.csr_array,
    "sparse matrix": sp.coo_matrix,
    "operator": aslinearoperator,
    "duck": lambda A: LinearOperator(
        A.shape, matvec=lambda x: A @ x, rmatvec=lambda r: A.conj().T @ r, dtype=np.complex128
    ),
}


def drawn(n, d, seed=0):
    rng = np.random.default_rng([seed, 41])
    return rng.standard_normal((n, d)) + 1j * rng.standard_normal((n, d))


def stacked(A, b):
    """[[Re A, −Im A], [Im A, Re A]] and [Re b, Im b], typed out."""
    return np.vstack([np.hstack([A.real, -A.imag]), np.hstack([A.imag, A.real])]), np.concatenate([b.real, b.imag])


@pytest.mark.parametrize("form", FORMS)
@given(n=st.integers(1, 4), d=st.integers(1, 6), seed=st.integers(0, 100))
def test_products_are_those_of_the_complex_matrix(form, n, d, seed):
    A = drawn(n, d, seed)
    x, r = drawn(1, d, seed + 1)[0], drawn(1, n, seed + 2)[0]
    system = rl.LinearSystem(FORMS[form](A), A @ x)
    assert system.shape == (2 * n, 2 * d)
    parts = np.concatenate([x.real, x.imag])
    np.testing.assert_allclose(system.matvec(parts), stacked(A, A @ x)[1], atol=1e-13)
    np.testing.assert_allclose(
        system.signal(system.rmatvec(np.concatenate([r.real, r.imag]))), A.conj().T @ r, atol=1e-13
    )
    np.testing.assert_allclose(system.rows(), stacked(A, r)[0], atol=1e-13)


@pytest.mark.parametrize("form", FORMS)
def test_the_solution_of_least_norm_is_that_of_the_complex_pseudo_inverse(form):
    A = drawn(3, 7)
    b = drawn(1, 3, 1)[0]
    system = rl.LinearSystem(FORMS[form](A), b)
    np.testing.assert_allclose(system.signal(system.min_norm()), np.linalg.pinv(A) @ b, atol=1e-12)


@pytest.mark.parametrize("form", ["dense", "sparse", "operator"])
def test_a_real_matrix_with_a_complex_right_hand_side(form):
    A, b = drawn(3, 7).real, drawn(1, 3, 1)[0]
    system = rl.LinearSystem(FORMS[form](A), b)
    np.testing.assert_allclose(system.signal(system.min_norm()), np.linalg.pinv(A) @ b, atol=1e-12)
    np.testing.assert_allclose(system.rows(), stacked(A + 0j, b)[0], atol=1e-14)


def test_a_complex_matrix_with_a_real_right_hand_side():
    A, b = drawn(3, 7), drawn(1, 3, 1)[0].real
    system = rl.LinearSystem(A, b)
    np.testing.assert_allclose(system.signal(system.min_norm()), np.linalg.pinv(A) @ b, atol=1e-12)


def test_no_dense_matrix_is_formed():
    """A Fourier transform of 2^18 entries, of which the dense matrix would have 2^37 rows times columns."""
    side = 2**18
    rows = np.arange(0, side, 64)

    def adjoint(r):
        full = np.zeros(side, dtype=complex)
        full[rows] = r
        return np.fft.ifft(full, norm="ortho")

    fourier = LinearOperator(
        (len(rows), side), matvec=lambda x: np.fft.fft(x, norm="ortho")[rows], rmatvec=adjoint, dtype=complex
    )
    b = drawn(1, len(rows))[0]
    system = rl.LinearSystem(fourier, b)
    assert not system.is_expandable
    np.testing.assert_allclose(system.signal(system.min_norm()), adjoint(b), atol=1e-9)


def test_the_limit_of_vanishing_starts_is_the_sparsest_by_parts():
    """min ‖Re x‖₁ + ‖Im x‖₁ by HiGHS on the real form."""
    A = drawn(6, 12)
    truth = np.zeros(12, dtype=complex)
    truth[[2, 7]] = 1.5, -2j
    system = rl.LinearSystem(A, A @ truth, truth)
    found = rl.limit(system, rl.networks.Difference(2), rl.inits.Vanishing())
    rows, right = stacked(A, A @ truth)
    both = np.hstack([rows, -rows])
    program = scipy.optimize.linprog(np.ones(both.shape[1]), A_eq=both, b_eq=right, method="highs")
    assert np.abs(found.x).sum() == pytest.approx(program.fun, rel=1e-9)
    np.testing.assert_allclose(found.signal, truth, atol=1e-9)
    assert rl.certify(found).verdict.value == "certified"


def test_limits_and_trainings_agree_on_them():
    A = drawn(3, 6)
    system = rl.LinearSystem(A, A @ drawn(1, 6, 3)[0])
    network, init = rl.networks.Difference(2), rl.inits.Constant(0.3)
    exact = rl.limit(system, network, init)
    trained = rl.train(system, network, init, rl.flows.GradientFlow(coordinates="weights"), tol=1e-11)
    assert np.linalg.norm(trained.x - exact.x) <= 1e-8 * np.linalg.norm(exact.x)
    np.testing.assert_allclose(A @ exact.signal, A @ trained.signal, atol=1e-8)


def test_truth_names_and_another_right_hand_side_are_complex_too():
    A, truth = drawn(2, 3), np.array([1.0, 2j, 0.0])
    system = rl.LinearSystem(A, A @ truth, truth, names=["p", "q", "r"])
    np.testing.assert_array_equal(system.truth, [1, 0, 0, 0, 2, 0])
    assert system.names == ("Re p", "Re q", "Re r", "Im p", "Im q", "Im r")
    assert "complex" in repr(system)
    other = system.with_right(2 * A @ truth)
    np.testing.assert_allclose(other.signal(other.min_norm()), 2 * system.signal(system.min_norm()), atol=1e-12)
    np.testing.assert_array_equal(system.with_right(other.b).b, other.b)


def test_labels_are_those_of_both_parts():
    import pandas as pd

    A, b = drawn(3, 4), drawn(1, 3, 1)[0]
    frame = pd.DataFrame(A, index=["r", "s", "t"], columns=list("wxyz"))
    turned = pd.Series(b, ["r", "s", "t"])[["t", "r", "s"]]
    plain, labelled = rl.LinearSystem(A, b), rl.LinearSystem(frame, turned)
    np.testing.assert_array_equal(labelled.b, plain.b)
    assert labelled.names[:2] == ("Re w", "Re x")
    np.testing.assert_array_equal(labelled.with_right(turned).b, plain.b)
    with pytest.raises(InvalidInputError, match="labelled otherwise"):
        rl.LinearSystem(frame, pd.Series(b, ["r", "s", "u"]))


def test_it_is_saved_and_loaded(tmp_path):
    system = rl.LinearSystem(drawn(2, 3), drawn(1, 2)[0])
    found = rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(0.1))
    again = rl.load(found.save(tmp_path / "complex"))
    np.testing.assert_array_equal(again.signal, found.signal)
    assert again.system.representation == system.representation


@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_the_rank_of_single_precision_is_that_of_the_real_form(form):
    """The last equation is the sum of two others up to the rounding of complex64."""
    A = drawn(3, 6)
    A = np.vstack([A, A[0] + A[1]]).astype(np.complex64)
    b = A @ np.ones(6, dtype=np.complex64)
    system = rl.LinearSystem(FORMS[form](A), b)
    real = rl.LinearSystem(np.float32(stacked(A, b)[0]), np.float32(stacked(A, b)[1]))
    assert system.rank == real.rank == 6
    np.testing.assert_allclose(system.min_norm(), real.min_norm(), atol=1e-6)


def test_single_precision_is_told_of():
    A = np.float32(drawn(2, 3).real) + 1j * np.float32(drawn(2, 3, 1).real)
    system = rl.LinearSystem(aslinearoperator(A.astype(np.complex64)), drawn(1, 2)[0])
    found = rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(0.1))
    assert found.residual < 1e-5


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: rl.LinearSystem(np.array([[1j, np.nan]]), [1.0]), "A has 1 entries that are NaN"),
        (lambda: rl.LinearSystem(np.array([[1j, 2.0]]), [np.inf]), "b has 1 entries that are NaN or infinite"),
        (lambda: rl.LinearSystem(np.ones((2, 3)) * 1j, [1.0]), r"A is 2×3, so b needs shape \(2,\); it has \(1,\)"),
        (lambda: rl.LinearSystem(np.ones((2, 3)), [1.0, 2.0, 3j]), "The transpose of A would fit"),
        (lambda: rl.LinearSystem(np.ones((0, 3)) * 1j, np.ones(0)), "nothing to solve"),
        (lambda: rl.LinearSystem(np.ones((1, 2)) * 1j, [1.0], truth=[1.0, 2.0, 3.0]), "truth needs shape"),
        (lambda: rl.LinearSystem(np.ones((1, 2)) * 1j, [1.0], names=["p"]), "names has 1 entries"),
        (lambda: rl.LinearSystem(np.ones((1, 2)), [1.0], truth=[1.0, 2j]), "truth is complex"),
        (lambda: rl.LinearSystem(operator(rmatvec=lambda r: A23.T @ r), [1.0, 2.0]), "not the adjoint"),
        (lambda: rl.LinearSystem(operator(matvec=lambda x: x), [1.0, 2.0]), r"A.matvec\(x\) has 3 entries"),
        (lambda: rl.LinearSystem(operator(matvec=lambda x: A23 @ x * np.nan), [1.0, 2.0]), "NaN or infinite"),
        (lambda: rl.LinearSystem(operator(shape=(2, 3, 1)), [1.0, 2.0]), "give it a shape"),
    ],
)
def test_refusals(make, says):
    with pytest.raises(InvalidInputError, match=says):
        make()


A23 = drawn(2, 3, 9)


def operator(**changes):
    from types import SimpleNamespace

    whole = {
        "shape": (2, 3),
        "dtype": np.dtype(complex),
        "matvec": lambda x: A23 @ x,
        "rmatvec": lambda r: A23.conj().T @ r,
    }
    return SimpleNamespace(**{**whole, **changes})
