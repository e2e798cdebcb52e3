"""The limit of depth-2 networks where A is a dask array: Newton on the dual, each step one pass over the blocks.

A pass brings back the gradient, the Hessian and the tangent of the path, n × n numbers summed over the blocks; what
has d entries stays where the blocks are, until the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.limits.checkpoint import Watch
from ridgeless.limits.depth_two.exponentials import Exponentials, Path, climb, path
from ridgeless.limits.depth_two.out_of_core import Ray, View, follow
from ridgeless.limits.newton import regularised_solve
from ridgeless.systems import LinearSystem

# So many lengths along a ray are tried in one pass; the Hessian is that of the first.
_TRIED = 4


def solve_in_blocks(
    system: LinearSystem, target: Exponentials, size: float, reference: float, tol: float, watch: Watch
) -> tuple[Vector, Dual, int]:
    """The x = f(Aᵀν) with A x = b, and ν.

    Args:
        system: A x = b, with A as `ColumnBlocks`.
        target: f, the mirror map.
        size: what ‖Ax − b‖ is measured in.
        reference: the largest entry that x is expected to have.
        tol: on ‖Ax − b‖/size.
        watch: is told of every step.

    Returns:
        x, ν and the number of Newton steps.
    """
    way = path(target, reference)
    maps = (target.growing, target.shrinking, target.rate)
    landscape = Blockwise(system, _logs(way, system), target.rate, size)
    view, steps = follow(landscape, tol, watch.on(system.shape, system.b, maps, system.min_norm()))
    slices, same = landscape.arguments
    return system.A.mapped(_primal, *slices, **same, share=view.share, nu=view.nu), view.nu, steps


@dataclass(frozen=True)
class Blockwise:
    """A landscape seen through sums over blocks.

    Attributes:
        system: A x = b.
        logs: (4, d) growing and shrinking at the beginning of the path and at its end, cut as A is; or (4, 1).
        rate: of the exponentials.
        size: what ‖Ax − b‖ is measured in.
    """

    system: LinearSystem
    logs: Any
    rate: float
    size: float

    @property
    def equations(self) -> int:  # noqa: D102
        return self.system.shape[0]

    @property
    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What every function of a block is given of the path: slices of it, or the same for all."""
        same = {"rate": self.rate}
        return ((), {**same, "logs": self.logs}) if isinstance(self.logs, np.ndarray) else ((self.logs,), same)

    def view(self, share: float, nu: Dual) -> View:  # noqa: D102
        (seen,) = self._seen([(share, nu)])
        return seen

    def along(self, view: View, ray: Ray, accepts: Callable[[View], bool], shortest: float) -> View | None:  # noqa: D102
        length, count = 1.0, _TRIED if shortest < 1 else 1
        while length >= shortest:
            tried = [ray.from_(view, length / 2**power) for power in range(count)]
            seen = self._seen(tried)
            found = next((power for power, there in enumerate(seen) if accepts(there)), None)
            if found is not None:
                return seen[0] if found == 0 else self.view(*tried[found])
            length, count = length / 2**count, _TRIED
        return None

    def direction(self, view: View, accuracy: float) -> Dual:  # noqa: D102, ARG002 - a factorisation is exact
        return -self._solved(view, view.misfit)

    def tangent(self, view: View) -> Dual:  # noqa: D102
        return -self._solved(view, view.details[0])

    def _seen(self, tried: list[tuple[float, Dual]]) -> list[View]:
        """Views of several points, in one pass; only the first can be solved from."""
        slices, same = self.arguments
        shape = self.equations, len(tried) + 1 + self.equations
        sums = self.system.A.summed(_read, shape, *slices, **same, tried=tried)
        images, drift, gram = sums[:, : len(tried)], sums[:, len(tried)], sums[:, len(tried) + 1 :]
        views = []
        for (share, nu), image in zip(tried, images.T, strict=True):
            misfit = image - self.system.b
            error = norm(misfit) / self.size if np.isfinite(misfit).all() else np.inf
            views.append(View(share, nu, misfit, error, (drift, gram)))
        return views

    def _solved(self, view: View, right: Dual) -> Dual:
        """H⁻¹·right, on equations made orthonormal."""
        space: Any = self.system.row_space
        whitening = space.whitening
        gram = whitening @ view.details[1] @ whitening.T
        return whitening.T @ regularised_solve(gram, whitening @ right)


def _logs(way: Path, system: LinearSystem) -> Any:
    """The path's four vectors of logarithms, on the workers where they vary."""
    rows = (way.begin.growing, way.begin.shrinking, way.target.growing, way.target.shrinking)
    if all(len(row) == 1 for row in rows):
        return np.stack(rows)
    return system.A.kept(np.stack([np.broadcast_to(row, system.shape[1]) for row in rows]))


def _path(logs: Float[np.ndarray, "4 k"], rate: float) -> Path:
    begin, target = Exponentials(logs[0], logs[1], rate), Exponentials(logs[2], logs[3], rate)
    return Path(begin, target, climb(begin, target))


def _read(block: Float[np.ndarray, "n c"], logs: Float[np.ndarray, "4 k"], *, rate: float, tried: Any) -> np.ndarray:
    """[A x at each point | A dx/dshare | A diag(dx/dz) Aᵀ], the last two at the first point."""
    way = _path(logs, rate)
    pulled = np.stack([nu for _, nu in tried]) @ block
    with np.errstate(over="ignore", invalid="ignore"):
        columns = [way.at(share).primal(z) for (share, _), z in zip(tried, pulled, strict=True)]
        columns.append(way.drift(tried[0][0], pulled[0]))
        scaled = block * np.sqrt(way.at(tried[0][0]).curvature(pulled[0]))
        sums = np.concatenate([block @ np.stack(columns, axis=1), scaled @ scaled.T], axis=1)
    # Infinite parts of opposite signs would warn when they meet.
    return np.where(np.isfinite(sums), sums, np.nan)


def _primal(
    block: Float[np.ndarray, "n c"], logs: Float[np.ndarray, "4 k"], *, rate: float, share: float, nu: Dual
) -> np.ndarray:
    return _path(logs, rate).at(share).primal(nu @ block)
