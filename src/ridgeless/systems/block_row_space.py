"""The row space of a dask array by its Gram matrix AAᵀ, which is summed over blocks of columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.errors import InvalidInputError
from ridgeless.systems.blocks import ColumnBlocks, checked_product
from ridgeless.systems.normalize import dense_rows
from ridgeless.systems.row_space import GRADED, Columns, MatrixRowSpace

# With rows scaled to one size, singular values of A down to 1e-6 of the largest are accepted; smaller ones that are not
# rounding errors of AAᵀ are refused.
_LEAST_RECIPROCAL = 1e-12
_ZERO = 1e-15
_ROUNDS = 4


@dataclass(frozen=True, eq=False)
class BlockRowSpace(MatrixRowSpace):
    """The row space by the Gram matrix AAᵀ, summed over blocks in one pass.

    Attributes:
        A: the blocks.
        gram: AAᵀ (n, n).
        whitening: W (r, n) with orthonormal rows W A.
    """

    A: ColumnBlocks
    gram: Float[np.ndarray, "n n"]
    whitening: Float[np.ndarray, "r n"]

    def dual(self, z: Vector) -> Dual:  # noqa: D102 - the base class tells
        return self._solved(self.A.matvec(z))

    def min_norm(self, b: Dual) -> Vector:  # noqa: D102
        return self.A.rmatvec(self._solved(b))

    def project(self, x: Columns) -> Columns:  # noqa: D102
        if x.ndim == 1:
            return self.min_norm(self.A.matvec(x))
        return np.column_stack([self.project(column) for column in x.T])

    def basis(self, b: Dual) -> tuple[Float[np.ndarray, "r d"], Float[np.ndarray, " r"]]:  # noqa: D102
        return self.whitening @ dense_rows(self.A), self.whitening @ b

    def lift(self, coordinates: Float[np.ndarray, " r"]) -> Dual:  # noqa: D102
        return self.whitening.T @ coordinates

    @cached_property
    def singular_values(self) -> Float[np.ndarray, " n"]:
        """The singular values of A in descending order; the smallest ones have lost half their digits."""
        return np.sqrt(np.maximum(np.linalg.eigvalsh(self.gram)[::-1], 0.0))

    def _solved(self, r: Dual) -> Dual:
        """(AAᵀ)⁺ r, by iterative refinement against the condition number of AAᵀ."""
        nu = np.zeros_like(r)
        for _ in range(_ROUNDS):
            nu = nu + self.whitening.T @ (self.whitening @ (r - self.gram @ nu))
        return nu


def block_row_space(A: ColumnBlocks) -> BlockRowSpace:
    """The row space of a dask array.

    Raises:
        InvalidInputError: AAᵀ is neither well conditioned nor, up to rounding, of lower rank.
    """
    gram = checked_product(A.summed(_gram, (A.shape[0], A.shape[0])), np.ones(1))
    sizes = np.sqrt(np.where(np.diagonal(gram) > 0, np.diagonal(gram), 1.0))
    values, vectors = sl.eigh(gram / sizes / sizes[:, None])
    largest = max(float(values[-1]), np.finfo(float).tiny)
    is_kept = values > _LEAST_RECIPROCAL * largest
    if np.any(values[~is_kept] > len(values) * _ZERO * largest):
        raise InvalidInputError(
            f"LinearSystem: some equations depend on others up to {np.sqrt(values[~is_kept][-1] / largest):.0e}, which "
            "AAᵀ, all that is computed of a dask array, cannot tell from rounding. Drop equations.",
            in_python="Or type rl.LinearSystem(A, b, rcond=1e-6), which drops what depends so; or, where A fits into "
            "memory, rl.LinearSystem(A.compute(), b).",
        )
    whitening = (vectors[:, is_kept] / np.sqrt(values[is_kept])).T / sizes
    return BlockRowSpace(A, int(is_kept.sum()), gram, whitening)


class Projected(NamedTuple):
    """A dask array and b projected off the small singular values.

    Attributes:
        A: the blocks, projected as they are read.
        b: the right-hand side, projected where it is consistent up to the same precision.
        space: the row space of the projected blocks.
        grey: number of dropped singular values that exceed the rounding errors of AAᵀ.
        changed: ‖change of A‖_F/‖A‖_F.
    """

    A: ColumnBlocks
    b: Dual
    space: BlockRowSpace
    grey: int
    changed: float


def without_small_values(A: ColumnBlocks, b: Dual, rcond: float) -> Projected:
    """A dask array without singular values up to rcond·σ_max; every block is projected when it is read.

    Raises:
        InvalidInputError: an rcond below 1e-6, which AAᵀ, all that is computed of A, does not resolve.
    """
    if rcond**2 < _LEAST_RECIPROCAL:
        raise InvalidInputError(
            f"LinearSystem: rcond = {rcond:.0e} for a dask array, of which AAᵀ alone is computed, and that resolves "
            "singular values down to 1e-6 of the largest; type rcond=1e-6, or more.",
            in_python="Where A fits into memory, type rl.LinearSystem(A.compute(), b, rcond=…).",
        )
    gram = checked_product(A.summed(_gram, (A.shape[0], A.shape[0])), np.ones(1))
    kept = _kept(gram, b, rcond)
    mixing = kept.sizes[:, None] * kept.vectors @ (kept.vectors.T / kept.sizes)
    blocks = ColumnBlocks(A.array.map_blocks(_mixed, mixing=mixing, dtype=np.float64, meta=np.empty((0, 0))))
    whitening = (kept.vectors / np.sqrt(kept.values)).T / kept.sizes
    space = BlockRowSpace(blocks, len(kept.values), mixing @ gram @ mixing.T, whitening)
    rhs = kept.sizes * (kept.vectors @ (kept.vectors.T @ (b / kept.sizes)))
    return Projected(blocks, rhs if kept.is_consistent else b, space, kept.grey, kept.changed)


def workable_block_rcond(space: BlockRowSpace, b: Dual) -> float | None:
    """The least power of ten, from 1e-6 to 1e-3, that makes A x = b consistent; None where none does."""
    powers = (1e-6, 1e-5, 1e-4, 1e-3)
    return next((rcond for rcond in powers if _kept(space.gram, b, rcond).is_consistent), None)


class _KeptEigenpairs(NamedTuple):
    """The eigenpairs of AAᵀ, its rows and columns divided by `sizes`, that rcond keeps."""

    vectors: Float[np.ndarray, "n r"]
    values: Float[np.ndarray, " r"]
    sizes: Dual
    is_consistent: bool
    grey: int
    changed: float


def _kept(gram: Float[np.ndarray, "n n"], b: Dual, rcond: float) -> _KeptEigenpairs:
    diagonal = np.sqrt(np.where(np.diagonal(gram) > 0, np.diagonal(gram), 1.0))
    sizes = diagonal if np.ptp(np.log(diagonal)) > np.log(GRADED) else np.full(len(diagonal), diagonal.max())
    values, vectors = sl.eigh(gram / sizes / sizes[:, None])
    largest = max(float(values[-1]), np.finfo(float).tiny)
    is_kept = values > rcond**2 * largest
    kept, rhs, dropped = vectors[:, is_kept], b / sizes, np.maximum(values[~is_kept], 0.0)
    along = kept.T @ rhs
    allowed = 2 * rcond * np.sqrt(largest) * norm(along / np.sqrt(values[is_kept])) + rcond * norm(rhs)
    return _KeptEigenpairs(
        kept,
        values[is_kept],
        sizes,
        is_consistent=bool(norm(rhs - kept @ along) <= allowed),
        grey=int(np.sum(dropped > len(values) * _ZERO * largest)),
        changed=float(np.sqrt(dropped.sum() / np.maximum(values, 0.0).sum())) if values[-1] > 0 else 0.0,
    )


def _mixed(block: np.ndarray, mixing: np.ndarray) -> np.ndarray:
    return mixing @ block


def _gram(block: np.ndarray) -> np.ndarray:
    return block @ block.T
