"""The limit of depth-2 networks where A is a dask array: Newton on the dual, each step one pass over the blocks.

A pass brings back the gradient, the Hessian and the tangent of the path, n × n numbers summed over the blocks; what
has d entries stays where the blocks are, until the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Dual, Matrix, norm
from ridgeless.limits.checkpoint import Monitor, fresh_state
from ridgeless.limits.depth_two.dual_newton import Iterate, ReadLine, Rules, Step, solve_along
from ridgeless.limits.depth_two.exponentials import Exponentials, ScaleHomotopy, from_nearly_linear, uniform
from ridgeless.limits.depth_two.matrix_free import BY_READING
from ridgeless.limits.newton import regularised_solve
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import LinearSystem


def solve_in_blocks(
    system: LinearSystem, target: Exponentials, size: float, reference: float, tol: float, watch: Monitor
) -> Minimum:
    """The x = f(Aᵀν) with A x = b, and ν.

    Args:
        system: A x = b, with A as `ColumnBlocks`.
        target: f, the mirror map.
        size: what ‖Ax − b‖ is measured in.
        reference: the largest entry that x is expected to have.
        tol: on ‖Ax − b‖/size.
        watch: is told of every step.
    """
    homotopy = from_nearly_linear(uniform(target), reference)
    watched = watch.on(system.shape, system.b, (target.growing, target.shrinking, target.rate), system.min_norm())
    problem = BlockDual(system, _logs(homotopy, system), target.rate, size)
    found = solve_along(problem, watched.resumed(fresh_state(system.shape[0])), tol, watched)
    slices, same = problem.arguments
    x = system.A.mapped(_primal, *slices, **same, t=found.t, nu=found.point.nu)
    method = "Newton on the dual over blocks of columns, along a homotopy in the scale"
    return Minimum(x, found.point.nu, found.steps, method, found.outcome)


class Sums(NamedTuple):
    """What a pass over the blocks tells of its first point: A dx/dt, and the Hessian A diag(dx/dz) Aᵀ."""

    drift: Dual
    gram: Matrix


@dataclass(frozen=True, eq=False)
class BlockDual:
    """A x(Aᵀν; t) = b, A being read as sums over blocks. An iterate's details are `Sums`.

    Attributes:
        system: A x = b.
        logs: (4, d) growing and shrinking at the beginning of the homotopy and at its end, cut as A is; or (4, 1).
        rate: of the exponentials.
        size: what ‖Ax − b‖ is measured in.
    """

    rules: ClassVar[Rules] = BY_READING

    system: LinearSystem
    logs: Any
    rate: float
    size: float

    @property
    def idle_steps(self) -> float:  # noqa: D102
        return TOLERANCES.few_steps

    @property
    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What every function of a block is given of the homotopy: slices of it, or the same for all."""
        same = {"rate": self.rate}
        return ((), {**same, "logs": self.logs}) if isinstance(self.logs, np.ndarray) else ((self.logs,), same)

    def at(self, t: float, nu: Dual) -> Iterate:  # noqa: D102
        (seen,) = self.seen([(t, nu)])
        return seen

    def line(self, iterate: Iterate, step: Step) -> ReadLine:
        """Several lengths in one pass over the blocks."""

        def read(lengths: Sequence[float]) -> list[Iterate]:
            return self.seen([step.end(iterate, each) for each in lengths])

        return ReadLine(step, read, TOLERANCES.points_per_pass)

    def hessian(self, wanted: float) -> BlockDual:  # noqa: ARG002, D102 - a factorisation is exact
        return self

    def learn(self, iterate: Iterate, line: Any, length: float, new: Iterate) -> BlockDual:  # noqa: ARG002, D102
        return self

    def tangent(self, iterate: Iterate) -> Dual:  # noqa: D102
        return -self.solve(iterate, iterate.details.drift)

    def solve(self, iterate: Iterate, rhs: Dual) -> Dual:
        """H⁻¹·rhs, on equations made orthonormal."""
        space: Any = self.system.row_space
        whitening = space.whitening
        gram = whitening @ iterate.details.gram @ whitening.T
        return whitening.T @ regularised_solve(gram, whitening @ rhs)

    def seen(self, tried: list[tuple[float, Dual]]) -> list[Iterate]:
        """The iterates at several points, in one pass; only the first can be solved from."""
        slices, same = self.arguments
        equations = self.system.shape[0]
        shape = equations, len(tried) + 1 + equations
        sums = self.system.A.summed(_read, shape, *slices, **same, tried=tried)
        images, drift, gram = sums[:, : len(tried)], sums[:, len(tried)], sums[:, len(tried) + 1 :]
        iterates = []
        for (t, nu), image in zip(tried, images.T, strict=True):
            misfit = image - self.system.b
            error = norm(misfit) / self.size if np.isfinite(misfit).all() else np.inf
            iterates.append(Iterate(t, nu, misfit, error, None if iterates else Sums(drift, gram)))
        return iterates


def _logs(homotopy: ScaleHomotopy, system: LinearSystem) -> Any:
    """The homotopy's four vectors of logarithms, on the workers where they vary."""
    begin, target = homotopy.begin, homotopy.target
    rows = (begin.growing, begin.shrinking, target.growing, target.shrinking)
    if all(len(row) == 1 for row in rows):
        return np.stack(rows)
    return system.A.kept(np.stack([np.broadcast_to(row, system.shape[1]) for row in rows]))


def _homotopy(logs: Float[np.ndarray, "4 k"], rate: float) -> ScaleHomotopy:
    return ScaleHomotopy(Exponentials(logs[0], logs[1], rate), Exponentials(logs[2], logs[3], rate))


def _read(block: Float[np.ndarray, "n c"], logs: Float[np.ndarray, "4 k"], *, rate: float, tried: Any) -> np.ndarray:
    """[A x at each point | A dx/dt | A diag(dx/dz) Aᵀ], the last two at the first point."""
    homotopy = _homotopy(logs, rate)
    pulled = np.stack([nu for _, nu in tried]) @ block
    with np.errstate(over="ignore", invalid="ignore"):
        columns = [homotopy.at(t).primal(z) for (t, _), z in zip(tried, pulled, strict=True)]
        first = homotopy.at(tried[0][0])
        columns.append(homotopy.drift(first, pulled[0]))
        scaled = block * np.sqrt(first.curvature(pulled[0]))
        sums = np.concatenate([block @ np.stack(columns, axis=1), scaled @ scaled.T], axis=1)
    # Infinite parts of opposite signs would warn when they meet.
    return np.where(np.isfinite(sums), sums, np.nan)


def _primal(
    block: Float[np.ndarray, "n c"], logs: Float[np.ndarray, "4 k"], *, rate: float, t: float, nu: Dual
) -> np.ndarray:
    return _homotopy(logs, rate).at(t).primal(nu @ block)
