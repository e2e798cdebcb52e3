"""Systems on the coefficients of a basis: the same answers as with the matrix A B typed out."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import ridgeless as rl
from ridgeless.errors import InvalidInputError
from ridgeless.systems.bases import DCT, Wavelet

pytestmark = pytest.mark.usefixtures("as_a_user")

FORMS = {"dense": np.asarray, "sparse": sp.csr_array, "operator": aslinearoperator}
BASES = [DCT((4, 6)), Wavelet((4, 6), "db2", 1), Wavelet((3, 8), "haar", 2)]
NETWORK, INIT = rl.networks.Difference(2), rl.inits.Constant(0.05)


def drawn(n, d, seed=0):
    return np.random.default_rng([seed, 43]).standard_normal((n, d))


def columns(basis):
    """B, column by column."""
    return np.stack([basis.synthesis(unit).ravel() for unit in np.eye(basis.size)], axis=1)


@pytest.mark.parametrize("basis", BASES, ids=repr)
@pytest.mark.parametrize("form", FORMS)
class TestEveryForm:
    def test_products(self, form, basis):
        A = drawn(5, 24)
        system = rl.LinearSystem(FORMS[form](A), A @ np.ones(24), basis=basis)
        assert system.shape == (5, basis.size)
        np.testing.assert_allclose(system.rows(), A @ columns(basis), atol=1e-12)
        c, r = drawn(1, basis.size)[0], drawn(1, 5, 1)[0]
        np.testing.assert_allclose(system.matvec(c), A @ basis.synthesis(c).ravel(), atol=1e-12)
        assert system.matvec(c) @ r == pytest.approx(c @ system.rmatvec(r), rel=1e-11)

    def test_the_limit_is_that_of_the_matrix_of_coefficients(self, form, basis):
        A = drawn(5, 24)
        picture = basis.synthesis(np.eye(basis.size)[3] - 2 * np.eye(basis.size)[7])
        system = rl.LinearSystem(FORMS[form](A), A @ picture.ravel(), basis=basis)
        found = rl.limit(system, NETWORK, INIT)
        wanted = rl.limit(rl.LinearSystem(A @ columns(basis), A @ picture.ravel()), NETWORK, INIT)
        assert np.linalg.norm(found.x - wanted.x) <= 1e-10 * np.linalg.norm(wanted.x)
        np.testing.assert_allclose(found.signal, (columns(basis) @ wanted.x).reshape(basis.shape), atol=1e-10)
        assert rl.certify(found).verdict.value == "certified"


def test_complex_coefficients():
    """Fourier samples of a complex picture: with A B complex and typed out."""
    basis = Wavelet((4, 6), "db2", 1)
    A = drawn(6, 24) + 1j * drawn(6, 24, 1)
    b = drawn(1, 6, 2)[0] + 1j * drawn(1, 6, 3)[0]
    wanted = rl.limit(rl.LinearSystem(A @ columns(basis), b), NETWORK, INIT)
    adjoint = LinearOperator(A.shape, matvec=lambda x: A @ x, rmatvec=lambda r: A.conj().T @ r, dtype=complex)
    for form in (A, sp.csr_array(A), adjoint):
        found = rl.limit(rl.LinearSystem(form, b, basis=basis), NETWORK, INIT)
        assert np.linalg.norm(found.x - wanted.x) <= 1e-10 * np.linalg.norm(wanted.x)
        np.testing.assert_allclose(found.signal.ravel(), columns(basis) @ wanted.signal, atol=1e-10)
        np.testing.assert_allclose(A @ found.signal.ravel(), b, atol=1e-8)


def test_the_truth_is_a_picture():
    basis, A = Wavelet((3, 8), "haar", 2), drawn(5, 24)
    picture = drawn(3, 8, 1)
    for truth in (picture, picture.ravel()):
        system = rl.LinearSystem(A, A @ picture.ravel(), truth, basis=basis)
        np.testing.assert_allclose(system.signal(system.truth), picture, atol=1e-12)
        np.testing.assert_allclose(system.matvec(system.truth), system.b, atol=1e-12)


def test_what_is_made_of_a_system_keeps_its_basis(tmp_path):
    basis, A = DCT((4, 6)), drawn(5, 24)
    system = rl.LinearSystem(A, A @ np.ones(24), basis=basis)
    assert system.basis == basis
    assert "in DCT(shape=(4, 6))" in repr(system)
    other = system.with_right(2 * system.b)
    assert other.basis == basis
    np.testing.assert_array_equal(other.A, system.A)
    np.testing.assert_allclose(other.signal(other.min_norm()), 2 * system.signal(system.min_norm()), atol=1e-12)
    again = rl.load(rl.limit(system, NETWORK, INIT).save(tmp_path / "picture"))
    assert again.system.basis == basis
    assert again.signal.shape == (4, 6)


def test_a_readout_reads_the_signal():
    basis, A, readout = DCT(24), drawn(5, 24), drawn(3, 24, 1)
    system = rl.LinearSystem(A, A @ np.ones(24), basis=basis, readout=readout)
    x = system.min_norm()
    np.testing.assert_allclose(system.predict(x), readout @ system.signal(x), atol=1e-12)


def test_names_of_columns_name_no_coefficients():
    import pandas as pd

    A = drawn(3, 4)
    frame = pd.DataFrame(A, columns=list("pqrs"))
    assert rl.LinearSystem(frame, A[:, 0], basis=DCT(4)).names is None
    assert rl.LinearSystem(frame, A[:, 0], basis=DCT(4), names=list("abcd")).names == tuple("abcd")


def test_rank_is_decided_before_the_basis_mixes_the_columns():
    A = np.float32(drawn(3, 6))
    A = np.vstack([A, A[0] + A[1]]).astype(np.float32)
    system = rl.LinearSystem(A, A @ np.ones(6), basis=DCT(6))
    assert system.rank == rl.LinearSystem(A, A @ np.ones(6)).rank == 3
    assert system.row_space.rank == 3


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: rl.LinearSystem(drawn(2, 5), [1.0, 2.0], basis=DCT(4)), "A has 5 columns, and the signals of DCT"),
        (lambda: rl.LinearSystem(drawn(2, 5) * 1j, [1.0, 2.0], basis=DCT(4)), "A has 5 columns"),
        (lambda: rl.LinearSystem(drawn(2, 4), [1.0, 2.0], basis=DCT), "basis is <class"),
        (lambda: rl.LinearSystem(drawn(2, 4), [1.0, 2.0], basis="dct"), r"rl.systems.bases.DCT\(\(64, 64\)\)"),
        (lambda: rl.LinearSystem(drawn(2, 4), [1.0, 2.0], np.ones(3), basis=DCT(4)), "truth: the signal needs"),
        (lambda: rl.LinearSystem(drawn(2, 4), [1.0, 2.0], basis=DCT(4), readout=drawn(2, 3)), "readout"),
    ],
)
def test_refusals(make, says):
    with pytest.raises(InvalidInputError, match=says):
        make()


def test_dask_arrays_are_refused():
    da = pytest.importorskip("dask.array")
    with pytest.raises(InvalidInputError, match="dask array, whose columns"):
        rl.LinearSystem(da.ones((2, 4)), [1.0, 1.0], basis=DCT(4))
    with pytest.raises(InvalidInputError, match="dask array and b is complex"):
        rl.LinearSystem(da.ones((2, 4)), [1.0, 1j])


def test_a_solution_without_its_system_says_what_to_type():
    system = rl.LinearSystem(drawn(2, 4), [1.0, 2.0])
    found = rl.limit(system, NETWORK, INIT)
    np.testing.assert_array_equal(found.signal, found.x)
    from dataclasses import replace

    with pytest.raises(InvalidInputError, match=r"type system.signal\(solution.x\)"):
        _ = replace(found, system=None).signal
