"""A as a dask array in column blocks, which are read one by one on the workers and never gathered.

dask is used through the array's own methods and never imported, so that the caller's scheduler or client computes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Dual, Vector
from ridgeless.errors import InvalidInputError

_METHODS = ("__dask_graph__", "map_blocks", "rechunk", "numblocks")
_MERGED = 8
_LARGE = 1e100


def is_dask(values: Any) -> bool:
    """Whether this is a dask array, recognised by its methods."""
    return all(hasattr(values, name) for name in _METHODS)


class ColumnBlocks(LinearOperator):
    """A dask array of shape (n, d) as an operator: every product is one pass over its blocks.

    All rows of some columns make a block; an array that is cut across rows as well is rechunked. A block is read, or
    generated, on the worker that multiplies with it, so that one block and a copy must fit into a worker's memory.

    Attributes:
        array: the dask array, in float64.

    Raises:
        InvalidInputError: another number of axes than 2, complex, no numbers, or chunks of unknown size.
    """

    def __init__(self, array: Any, what: str = "A") -> None:
        if array.ndim != 2:
            raise InvalidInputError(
                f"LinearSystem: {what} has {array.ndim} axes (shape {array.shape}), 2 expected; reshape it first."
            )
        if array.dtype.kind not in "fiub":
            raise InvalidInputError(
                f"LinearSystem: {what} is a dask array of {array.dtype} values, real numbers are expected.",
                in_python="For complex ones stack real and imaginary parts; convert others with .astype(float).",
            )
        if not np.isfinite(np.asarray(array.shape, dtype=float)).all():
            raise InvalidInputError(
                f"LinearSystem: {what} is a dask array whose chunks have unknown sizes.",
                in_python="Type A.compute_chunk_sizes() first.",
            )
        super().__init__(np.float64, tuple(int(size) for size in array.shape))
        whole = array if array.numblocks[0] == 1 else array.rechunk({0: -1})
        is_longer = array.dtype.itemsize > np.dtype(np.float64).itemsize
        self.array = whole.map_blocks(_shortened, dtype=np.float64) if is_longer else whole.astype(np.float64)

    def summed(self, function: Callable[..., np.ndarray], shape: tuple[int, ...], *slices: Any, **same: Any) -> Any:
        """Σ over blocks of function(block, *slices, **same), an array of the given shape, in one task graph.

        Args:
            function: of a block (n, c), the c columns of each of `slices`, and `same`; importable on the workers.
            shape: of the result of `function`.
            slices: arrays made by `aligned`.
            same: further arguments, the same for every block.
        """
        parts = self.array.map_blocks(
            _stacked,
            *slices,
            function=function,
            same=same,
            drop_axis=0,
            new_axis=list(range(1, len(shape) + 1)),
            chunks=((1,) * self.array.numblocks[1], *((size,) for size in shape)),
            dtype=np.float64,
            meta=np.empty((0,) * (len(shape) + 1)),
        )
        return _computed(parts.sum(axis=0, split_every=_MERGED))

    def mapped(self, function: Callable[..., np.ndarray], *slices: Any, **same: Any) -> Vector:
        """The vector (d,) that is function(block, *slices, **same) on the columns of each block."""
        arguments = {"function": function, "same": same}
        parts = self.array.map_blocks(_mapped, *slices, **arguments, drop_axis=0, dtype=np.float64, meta=np.empty((0,)))
        return _computed(parts)

    def aligned(self, values: np.ndarray) -> Any:
        """(k, d) values as a dask array with the chunks of A."""
        return np.zeros_like(self.array[:1]) + values

    def kept(self, values: np.ndarray) -> Any:
        """`aligned`, sent to the workers once."""
        with _sending():
            return self.aligned(values).persist()

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        if not np.any(x):
            return np.zeros(self.shape[0])
        return checked_product(self.summed(_times, (self.shape[0],), self.aligned(np.ravel(x)[None])), x)

    def _rmatvec(self, x: np.ndarray) -> np.ndarray:
        return checked_product(self.mapped(_pulled_back, nu=np.ravel(x)), x)


def _shortened(block: np.ndarray) -> np.ndarray:
    """A block of a longer float type in float64; entries that overflow become infinite, which products refuse."""
    with np.errstate(over="ignore"):
        return block.astype(np.float64)


def _computed(array: Any) -> np.ndarray:
    """The array, computed by the scheduler."""
    with _sending():
        return np.asarray(array.compute(), dtype=float)


@contextmanager
def _sending() -> Iterator[None]:
    """Suppress dask's warning about large graphs: a vector of d numbers has to be sent once, with the graph."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph")
        yield


def _stacked(block: np.ndarray, *slices: np.ndarray, function: Callable[..., np.ndarray], same: Any) -> np.ndarray:
    return function(block, *slices, **same)[None]


def _mapped(block: np.ndarray, *slices: np.ndarray, function: Callable[..., np.ndarray], same: Any) -> np.ndarray:
    return function(block, *slices, **same)


def _times(block: np.ndarray, x: np.ndarray) -> np.ndarray:
    return block @ x[0]


def _pulled_back(block: np.ndarray, nu: Dual) -> np.ndarray:
    return nu @ block


def checked_product(product: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The product, if it is finite where the vector is; the entries of blocks are not checked before they are used."""
    if not np.isfinite(product).all() and np.max(np.abs(vector), initial=0.0) < _LARGE:
        raise InvalidInputError(
            "LinearSystem: A is a dask array with entries that are NaN or infinite, or too large to multiply; remove "
            "or impute them first."
        )
    return product
