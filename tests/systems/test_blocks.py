"""dask arrays as systems: read block by block, on any scheduler, and the same numbers as in memory."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InconsistentSystemError, InvalidInputError

da = pytest.importorskip("dask.array")
dask = pytest.importorskip("dask")

pytestmark = pytest.mark.usefixtures("as_a_user", "here")

N, D = 6, 40
A = np.random.default_rng([6, 40]).standard_normal((N, D))
B = A @ np.random.default_rng(7).standard_normal(D)


@pytest.fixture
def here():
    with dask.config.set(scheduler="synchronous"):
        yield


def cut(matrix, width=7):
    return da.from_array(matrix, chunks=(matrix.shape[0], width))


def counting(matrix, width=7):
    """The array, and a list that grows by one entry for each block that is read."""
    read = []

    def block(part):
        read.append(part.shape)
        return part

    return cut(matrix, width).map_blocks(block, dtype=float, meta=np.empty((0, 0))), read


@pytest.mark.parametrize(
    "blocks",
    [
        cut(A),
        cut(A, width=D),
        cut(A, width=1),
        da.from_array(A, chunks=((1, 5), (3, 30, 7))),
        cut(np.asfortranarray(A)),
    ],
    ids=["even", "one", "single columns", "cut across rows", "fortran"],
)
def test_everything_is_as_in_memory(blocks):
    system, dense = rl.LinearSystem(blocks, B), rl.LinearSystem(A, B)
    rng = np.random.default_rng(0)
    x, r = rng.standard_normal(D), rng.standard_normal(N)
    for call, vector in (("matvec", x), ("rmatvec", r), ("project_rows", x), ("project_null", x), ("dual", x)):
        np.testing.assert_allclose(
            getattr(system, call)(vector), getattr(dense, call)(vector), atol=1e-13, err_msg=call
        )
    np.testing.assert_allclose(system.min_norm(), dense.min_norm(), atol=1e-13)
    pair = rng.standard_normal((D, 2))
    np.testing.assert_allclose(system.project_null(pair), dense.project_null(pair), atol=1e-13)
    assert system.residual(x) == pytest.approx(dense.residual(x), rel=1e-12)
    for name in ("rank", "spectral_norm", "least_singular_value", "frobenius_norm"):
        assert getattr(system, name) == pytest.approx(getattr(dense, name), rel=1e-5), name
    assert not system.is_unique
    assert type(system.matvec(x)) is np.ndarray


def test_other_types_of_numbers():
    matrix = np.arange(12).reshape(2, 6)
    for kind in (np.int64, np.float32, bool):
        system = rl.LinearSystem(da.from_array(matrix.astype(kind), chunks=(2, 4)), [1.0, 0.5])
        np.testing.assert_allclose(system.matvec(np.ones(6)), matrix.astype(kind).astype(float).sum(axis=1))


def test_making_a_system_reads_nothing():
    blocks, read = counting(A)
    system = rl.LinearSystem(blocks, B)
    assert "6 equations, 40 unknowns, dask blocks" in repr(system)
    assert not system.matvec(np.zeros(D)).any()
    assert not read


def test_how_often_blocks_are_read():
    """Once for AAᵀ, once for A⁺b, once to see that it solves the system."""
    blocks, read = counting(A)
    system = rl.LinearSystem(blocks, B)
    system.min_norm()
    assert len(read) == 3 * blocks.numblocks[1]
    system.with_right(2 * B).min_norm()
    assert len(read) == 5 * blocks.numblocks[1]


def test_the_unknowns_that_are_kept():
    keep = np.arange(D) % 3 > 0
    system = rl.LinearSystem(cut(A), B).restricted(keep)
    np.testing.assert_allclose(system.min_norm(), np.linalg.pinv(A[:, keep]) @ B, atol=1e-13)


class TestDependentEquations:
    def test_repeated_ones_are_dropped(self):
        system = rl.LinearSystem(cut(np.vstack([A, A])), np.concatenate([B, B]))
        assert system.rank == N
        np.testing.assert_allclose(system.min_norm(), np.linalg.pinv(A) @ B, atol=1e-12)

    def test_contradicting_ones_are_refused(self):
        with pytest.raises(InconsistentSystemError):
            rl.LinearSystem(cut(np.vstack([A, A])), np.concatenate([B, 1.01 * B])).min_norm()

    @pytest.mark.parametrize("factor", [1e-12, 1e12])
    def test_small_equations_are_equations(self, factor):
        sizes = np.array([factor, 1, 1, 1, 1, 1])
        system = rl.LinearSystem(cut(sizes[:, None] * A), sizes * B)
        assert system.rank == N
        np.testing.assert_allclose(system.min_norm(), np.linalg.pinv(A) @ B, atol=1e-12)

    def test_nearly_dependent_ones_are_refused_and_solved_where_they_may_be(self):
        """AAᵀ has half the digits: 1e-5 is told from rounding, 5e-7 is not."""
        close = np.vstack([A, A[0] + 1e-5 * np.ones(D)])
        x = np.random.default_rng(1).standard_normal(D)
        system = rl.LinearSystem(cut(close), close @ x)
        assert system.residual(system.min_norm()) < 1e-10
        np.testing.assert_allclose(system.min_norm(), np.linalg.pinv(close) @ (close @ x), atol=1e-5)
        close[-1] = A[0] + 5e-7 * np.ones(D)
        with pytest.raises(InvalidInputError, match=r"depend on others.*A\.compute\(\)"):
            rl.LinearSystem(cut(close), close @ x).min_norm()


class TestWhatItRefuses:
    @pytest.mark.parametrize(
        ("blocks", "match"),
        [
            (da.ones(4), "1 axes"),
            (da.ones((2, 3, 4)), "3 axes"),
            (da.ones((2, 3)) * 1j, "complex128 values.*stack real and imaginary"),
            (da.ones((0, 3)), "nothing to solve"),
            (da.from_array(np.array([["a", "b"]])), "real numbers are expected"),
        ],
        ids=["vector", "cube", "complex", "empty", "text"],
    )
    def test_what_is_no_matrix(self, blocks, match):
        with pytest.raises(InvalidInputError, match=match):
            rl.LinearSystem(blocks, np.ones(blocks.shape[0]))

    def test_chunks_of_unknown_size(self):
        blocks = cut(A)
        unknown = blocks[:, (blocks[0] > 0)]
        with pytest.raises(InvalidInputError, match=r"compute_chunk_sizes\(\)"):
            rl.LinearSystem(unknown, B)

    def test_lengths_that_do_not_fit(self):
        with pytest.raises(InvalidInputError, match=r"A is 6×40, so b needs shape \(6,\)"):
            rl.LinearSystem(cut(A), np.ones(5))

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_entries_that_are_not_finite_are_found_at_the_first_pass(self, value):
        spoilt = A.copy()
        spoilt[2, 33] = value
        with pytest.raises(InvalidInputError, match="dask array with entries that are NaN or infinite"):
            rl.LinearSystem(cut(spoilt), B).min_norm()

    def test_rows_are_never_gathered(self):
        with pytest.raises(InvalidInputError, match=r"never gathered.*A\.compute\(\)"):
            rl.LinearSystem(cut(A), B).rows()


def test_files_keep_all_but_the_blocks(tmp_path):
    found = rl.limit(rl.LinearSystem(cut(A), B), rl.networks.Difference(2), rl.inits.Constant(0.1))
    loaded = rl.load(found.save(tmp_path / "limit.npz"))
    assert loaded.system is None
    np.testing.assert_array_equal(loaded.x, found.x)
