"""Limits of systems that do not fit into memory: `make bench-large`, or `python -m benchmarks.beyond_memory`.

Takes the better part of an hour, and is no part of `make bench`. Two numbers after the command set the sizes:
gigabytes of the matrix in blocks (40), and unknowns of the cosine transform (1 000 000).
"""

from __future__ import annotations

import resource
import sys
from typing import Any

import dask.array as da
import numpy as np
import scipy.fft
from distributed import Client, LocalCluster
from scipy.sparse.linalg import LinearOperator

import ridgeless as rl
from benchmarks.table import Table, timed

_EQUATIONS, _WIDTH = 200, 25_000
_WORKERS = 2
_SCALE = 1e-8


def run(gigabytes: float, unknowns: int) -> list[Table]:
    """The two tables, the smaller system first."""
    return [_cosines(unknowns), _blocks(round(gigabytes * 1e9 / (8 * _EQUATIONS * _WIDTH)))]


class _PartialCosines(LinearOperator):
    """Some rows of the orthonormal cosine transform, and how many products were taken."""

    def __init__(self, rows: np.ndarray, unknowns: int) -> None:
        super().__init__(np.float64, (len(rows), unknowns))
        self.rows, self.products = rows, 0

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        self.products += 1
        return np.asarray(scipy.fft.dct(np.ravel(x), norm="ortho"))[self.rows]

    def _rmatvec(self, x: np.ndarray) -> np.ndarray:
        self.products += 1
        full = np.zeros(self.shape[1])
        full[self.rows] = np.ravel(x)
        return np.asarray(scipy.fft.idct(full, norm="ortho"))


def _cosines(unknowns: int) -> Table:
    rng = np.random.default_rng(0)
    equations, nonzeros = unknowns // 50, unknowns // 500
    A = _PartialCosines(np.sort(rng.choice(unknowns, equations, replace=False)), unknowns)
    x = _sparse(unknowns, nonzeros, rng)
    system = rl.LinearSystem(A, A.matvec(x))
    rows = []
    for scale in (1e-4, _SCALE):
        A.products = 0
        found, taken = timed(_limit, system, scale)
        error = float(np.linalg.norm(found.x - x) / np.linalg.norm(x))
        verdict = rl.certify(found).verdict.value
        rows.append((scale, taken, found.stats["steps"], A.products, found.residual, verdict, error, _peak()))
    return Table(
        f"An operator: {equations} rows of a cosine transform of {unknowns} unknowns, {nonzeros} nonzeros",
        "One core. The peak is that of the process so far; the error that of the limit at this scale to the truth.",
        ("scale", "time", "Newton steps", "products", "residual", "certificate", "error", "peak, MiB"),
        tuple(rows),
    )


def _blocks(count: int) -> Table:
    A, b = _generated(count)
    options = {
        "n_workers": _WORKERS,
        "threads_per_worker": 1,
        "memory_limit": "3GB",
        "dashboard_address": "127.0.0.1:0",
    }
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        system = rl.LinearSystem(A, b)
        found, taken = timed(_limit, system, _SCALE)
        verdict = rl.certify(found).verdict.value
        workers = max(client.run(_peak).values())
    shape = f"{_EQUATIONS}×{count * _WIDTH}"
    row = (shape, taken, found.stats["steps"], found.residual, verdict, float(workers), _peak())
    return Table(
        f"Blocks of columns: {8 * _EQUATIONS * _WIDTH * count / 1e9:.3g} GB, {_WORKERS} workers",
        "Each block is generated where it is used, at every pass.",
        ("shape", "time", "Newton steps", "residual", "certificate", "peak of a worker, MiB", "peak here, MiB"),
        (row,),
    )


def _generated(count: int) -> tuple[Any, np.ndarray]:
    """A matrix of bytes from a counter, in blocks, and b of a sparse truth."""

    def numbers(index: int) -> np.ndarray:
        drawn = np.random.Philox(key=[2026, index]).random_raw(_EQUATIONS * _WIDTH // 8)
        return drawn.view(np.int8).reshape(_EQUATIONS, _WIDTH) / 128.0

    def block(block_id: tuple[int, int]) -> np.ndarray:
        return numbers(block_id[1])

    A = da.map_blocks(block, chunks=((_EQUATIONS,), (_WIDTH,) * count), dtype=float, meta=np.empty((0, 0)))
    x = _sparse(count * _WIDTH, 10, np.random.default_rng(33))
    b = np.sum([x[i] * numbers(i // _WIDTH)[:, i % _WIDTH] for i in np.flatnonzero(x)], axis=0)
    return A, b


def _sparse(unknowns: int, nonzeros: int, rng: np.random.Generator) -> np.ndarray:
    x = np.zeros(unknowns)
    x[rng.choice(unknowns, nonzeros, replace=False)] = rng.choice([-1, 1], nonzeros) * rng.uniform(0.5, 2, nonzeros)
    return x


def _limit(system: rl.LinearSystem, scale: float) -> rl.Solution:
    return rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(scale), tol=1e-8, progress=_show)


def _show(now: Any) -> None:
    print(
        f"{now.seconds:8.1f} s: step {now.steps}, {now.share:.4f} of the path, residual {now.residual:.1e}", flush=True
    )


def _peak() -> float:
    """Peak memory of this process, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sizes = sys.argv[1:]
    for table in run(float(sizes[0]) if sizes else 40.0, int(sizes[1]) if len(sizes) > 1 else 1_000_000):
        print(table.markdown(), flush=True)
