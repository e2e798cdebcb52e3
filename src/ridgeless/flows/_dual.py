"""Gradient flow in dual coordinates: ν' = b − A·∇Φ*(offset + Aᵀν), n equations, by an implicit method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

import numpy as np
from scipy.integrate import BDF

from ridgeless._core.arrays import Dual, Vector
from ridgeless.flows._driver import Method, Snapshot, Target, log_times
from ridgeless.potentials import Bias
from ridgeless.solution import Status

_RELATIVE = 1e-6
_FIRST_MARK = 1e-2
# x computed from a stored z loses digits for deep networks at small scale: a residual this small that no longer
# falls has met that floor. Above it a plateau is a plateau, and patience is right.
_FLOOR = 1e-4
_PATIENCE = 200
# Within the tolerance there is little left to wait for.
_PATIENCE_WITHIN = 20
# Entries of x beyond this many times the start, or the size of a sparse solution, are taken for overshoots.
_MOST_GROWTH = 10.0
_NEGLIGIBLE = 1e-7
_OUTSIDE = 'x grew beyond every expectation; type rl.flows.GradientFlow(coordinates="weights").'
_FLOOR_MESSAGE = (
    "The residual stays at {:.1e}: float64 holds x no better in dual coordinates at this scale. "
    "Take the exact end from rl.limit, which keeps the slack as an unknown of its own."
)


@runtime_checkable
class MirrorMap(Protocol):
    """A potential whose conjugate has a diagonal Hessian: every bias with `is_mirror_flow` holds one."""

    def gradient(self, x: Vector) -> Vector:
        """z(x)."""
        ...

    def conjugate_gradient(self, z: Vector) -> Vector:
        """x(z)."""
        ...

    def conjugate_curvature(self, z: Vector) -> Vector:
        """dx/dz."""
        ...


@dataclass(frozen=True)
class ContinuedMirrorMap:
    """A mirror map continued linearly beyond an interval of z.

    Within it nothing changes. Beyond it, where an exponential or a pole would carry the integrator's trial points out
    of the finite numbers, Newton's method meets a straight line instead, and finds its way back.
    """

    mirror: MirrorMap
    lower: Vector
    upper: Vector

    def point(self, z: Vector) -> Vector:
        """x(z)."""
        inside = np.clip(z, self.lower, self.upper)
        return self.mirror.conjugate_gradient(inside) + self.mirror.conjugate_curvature(inside) * (z - inside)

    def metric(self, z: Vector) -> Vector:
        """dx/dz."""
        return self.mirror.conjugate_curvature(np.clip(z, self.lower, self.upper))


def continued(mirror: MirrorMap, size: int, bound: float) -> ContinuedMirrorMap:
    """The mirror map on `size` coordinates, kept as it is where |x_i| ≤ bound."""
    with np.errstate(all="ignore"):
        below, above = (mirror.gradient(np.full(size, entry)) for entry in (-bound, bound))
    # An end is missing (NaN) where the sign is locked: on that side x only shrinks towards 0.
    lower, upper = np.where(np.isnan(below), -np.inf, below), np.where(np.isnan(above), np.inf, above)
    return ContinuedMirrorMap(mirror, lower, upper)


@dataclass(frozen=True)
class LowestResidual:
    """Whether the residual still falls, from mark to mark.

    Attributes:
        best: the least residual that counts: each a tenth below the one before.
        since: steps since then.
    """

    best: float = np.inf
    since: int = 0

    def seen(self, residual: float) -> LowestResidual:
        """After one more step."""
        if residual < 0.9 * self.best:
            return LowestResidual(residual)
        return LowestResidual(self.best, self.since + 1)


class DualFlow(Method):
    """Gradient flow in dual coordinates; the state is the integrator and the lowest residual so far."""

    label = "gradient flow in dual coordinates"

    def __init__(self, goal: Target, bias: Bias) -> None:
        self.goal, self.offset = goal, bias.offset
        system = goal.problem.system
        self.system, self.rows, self.right = system, system.rows(), system.b
        mirror_map = cast(MirrorMap, bias.potential)
        start = np.abs(mirror_map.conjugate_gradient(self.offset))
        sparse = float(np.linalg.norm(system.min_norm())) * np.sqrt(max(len(start) / len(self.right), 1.0))
        self.bound = _MOST_GROWTH * max(float(start.max()), float(sparse), np.finfo(float).tiny)
        self.mirror = continued(mirror_map, len(start), self.bound)
        self.misfit_at_start = float(np.linalg.norm(self.right - self.rows @ self._x(np.zeros(len(self.right)))))

    def begin(self) -> Snapshot:
        with np.errstate(over="ignore", invalid="ignore"):
            solver = BDF(
                self._velocity,
                0.0,
                np.zeros(len(self.right)),
                np.inf,
                rtol=_RELATIVE,
                atol=_RELATIVE * self._size_of_nu(),
                jac=self._jacobian,
            )
        return Snapshot(0.0, self._x(solver.y), 0, (solver, LowestResidual()))

    def marks(self) -> Iterator[float]:
        speed = max(self.misfit_at_start, np.finfo(float).tiny)
        return log_times(_FIRST_MARK * self._size_of_nu() / speed)

    def advance(self, snapshot: Snapshot, mark: float) -> Snapshot:
        (solver, lowest), steps, x, trouble = snapshot.state, snapshot.steps, snapshot.point, ""
        while solver.t < mark and not trouble:
            message = solver.step()
            steps += 1
            before, x = x, self._x(solver.y)
            residual = self.goal.residual(x)
            if residual <= self.goal.aim:
                trouble = "" if np.abs(x).max() <= self.bound else _OUTSIDE
                break
            lowest = lowest.seen(residual)
            if solver.status == "failed":
                trouble = f"The integrator broke down: {message}"
            elif not np.isfinite(residual):
                # Rounding of z has carried x over the edge of its domain.
                x, trouble = before, _FLOOR_MESSAGE.format(self.goal.residual(before))
            elif residual < _FLOOR and lowest.since > (_PATIENCE_WITHIN if residual <= self.goal.tol else _PATIENCE):
                trouble = _FLOOR_MESSAGE.format(residual)
        return Snapshot(float(solver.t), x, steps, (solver, lowest), trouble, Status.STALLED)

    def lost(self) -> str:
        return "The dual variable left the finite numbers."

    def dual(self, last: Snapshot) -> Dual:
        return np.array(last.state[0].y)

    def theta(self, last: Snapshot) -> None:  # noqa: ARG002 - ν stands for all weights at once
        return None

    def _x(self, nu: Dual) -> Vector:
        return self.mirror.point(self.offset + self.rows.T @ nu)

    def _velocity(self, _: float, nu: Dual) -> Dual:
        return self.right - self.rows @ self._x(nu)

    def _jacobian(self, _: float, nu: Dual) -> np.ndarray:
        weights = self.mirror.metric(self.offset + self.rows.T @ nu)
        # Newton's method needs the Jacobian to a few digits: the columns off the support may go.
        counts = np.flatnonzero(weights > _NEGLIGIBLE * weights.max())
        leading = self.rows[:, counts]
        return -(leading * weights[counts]) @ leading.T

    def _size_of_nu(self) -> float:
        """A typical size of ν: what moves z by one unit of the mirror map, at least."""
        size = float(np.linalg.norm(self.system.dual(self.offset))) if self.offset.any() else 0.0
        typical = float(np.max(self.mirror.metric(self.offset), initial=0.0))
        pull = self.goal.problem.reference / (typical * self.system.spectral_norm**2) if typical > 0 else 1.0
        return max(size, min(pull, 1.0), 1e-12)
