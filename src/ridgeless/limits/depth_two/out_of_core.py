"""Newton on the dual along a homotopy in the scale, for systems whose rows are not at hand.

The same path as in `homotopy`: x_i = exp(p_i + c z_i) − exp(m_i − c z_i) with z = Aᵀν, and (p, m) on a straight line
from the size of the solution to the start's own. How A is read is left to a `Landscape`: products with an operator, or
sums over blocks of columns. Reading is what costs there, so a stage is as long as its prediction holds, which one
reading tells, and no stage but the last is corrected further than the next prediction needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ridgeless._core.arrays import Dual
from ridgeless.limits.checkpoint import State, Watch

# A prediction is taken up to this residual; corrected to that one it predicts the next. Measured: tighter costs more.
_PREDICTED = 0.5
_STAGE_TOLERANCE = 0.1
_STAGE_STEPS = 15
_LAST_STAGE_STEPS = 60
_SMALLEST_STAGE = 1e-4
_MOST_STEPS = 1000
_LOOSEST = 0.1
# A step that leaves more than this share of the slope was too short.
_FAR = 0.25
# Below this residual so many Newton steps in a row that gain nothing have met rounding.
_ROUNDING_FROM = 1e-9
_MOST_IDLE = 3
_ROUNDED_SHARE = 1e-9


@dataclass(frozen=True, eq=False)
class View:
    """What is seen from one point of the path.

    Attributes:
        share: how far along the path.
        nu: ν.
        misfit: A x − b there, in the landscape's own coordinates.
        error: its size without units; infinite where x is not finite.
        details: what the landscape needs to solve with the Hessian there.
    """

    share: float
    nu: Dual
    misfit: Dual
    error: float
    details: Any


@dataclass(frozen=True)
class Ray:
    """Where to go from a view: per unit of length, so much of the path and so much of ν."""

    share: float
    nu: Dual

    def from_(self, view: View, length: float) -> tuple[float, Dual]:
        """Share and ν at a length; a share that misses the end of the path by rounding is the end."""
        share = view.share + length * self.share
        return 1.0 if share > 1 - _ROUNDED_SHARE else share, view.nu + length * self.nu


@runtime_checkable
class Landscape(Protocol):
    """How A is read."""

    @property
    def equations(self) -> int:
        """The length of ν."""
        ...

    def view(self, share: float, nu: Dual) -> View:
        """What is seen from ν at a share of the path."""
        ...

    def along(self, view: View, ray: Ray, accepts: Callable[[View], bool], shortest: float) -> View | None:
        """The first accepted view at the lengths 1, ½, ¼ … along the ray; None where even the shortest is not."""
        ...

    def direction(self, view: View, accuracy: float) -> Dual:
        """−H⁻¹·misfit with H = A diag(dx/dz) Aᵀ, its residual at most `accuracy` of the misfit."""
        ...

    def tangent(self, view: View) -> Dual:
        """dν/dshare along the path."""
        ...


def follow(landscape: Landscape, tol: float, watch: Watch) -> tuple[View, int]:
    """The view at the end of the path, or as far as it could be followed, and the number of Newton steps.

    Args:
        landscape: the problem.
        tol: on the error at the end.
        watch: is told of every step, and may know where an earlier run stood.
    """
    state = watch.resumed(State(0.0, np.zeros(landscape.equations), 1.0, 0))
    view = landscape.view(state.share, state.nu)
    reached = view
    while state.steps < _MOST_STEPS:
        view, state = _corrected(landscape, view, state, tol, watch)
        if view.share < 1 and view.error > _STAGE_TOLERANCE:
            if view.share == reached.share:
                return view, state.steps
            # Back to where the path was left, and on from there by a shorter stage.
            if view.share - reached.share < _SMALLEST_STAGE:
                return reached, state.steps
            state = State(reached.share, reached.nu, 0.2 * (view.share - reached.share), state.steps)
            view = reached
        if view.share >= 1:
            return view, state.steps
        reached = view
        view, state = _predicted(landscape, view, state)
        if view is reached:
            return reached, state.steps
    return view, state.steps


def _corrected(landscape: Landscape, view: View, state: State, tol: float, watch: Watch) -> tuple[View, State]:
    """Damped Newton at one share of the path, to what that share asks for."""
    is_last = view.share >= 1
    wanted = tol if is_last else _STAGE_TOLERANCE
    # Steps as exact as they converge, and not beyond the goal (Eisenstat and Walker 1996, their second choice).
    gained, idle = 1.0, 0
    for _ in range(_LAST_STAGE_STEPS if is_last else _STAGE_STEPS):
        watch.tell(State(view.share, view.nu, state.stage, state.steps), view.error)
        if view.error <= wanted or not np.isfinite(view.error):
            break
        accuracy = max(min(_LOOSEST, gained**2), 0.3 * wanted / view.error)
        direction = landscape.direction(view, accuracy)
        new = None if not np.isfinite(direction).all() else _stepped(landscape, view, direction)
        if new is None:
            break
        gained = new.error / view.error
        idle = idle + 1 if view.error < _ROUNDING_FROM and gained >= 1 else 0
        view, state = new, State(new.share, new.nu, state.stage, state.steps + 1)
        if idle == _MOST_IDLE:
            break
    return view, state


def _stepped(landscape: Landscape, view: View, direction: Dual) -> View | None:
    """The step, shortened to the near side of the minimum along it, or lengthened towards it; None where none helps.

    The slope along the step is the judge: it keeps its digits where the objective has lost them. An exponential that
    is far too large falls by a factor e with a whole step, and by all that is needed with a long one.
    """
    begin = _slope(view, direction)

    def is_near_side(there: View) -> bool:
        return bool(np.isfinite(there.error)) and _slope(there, direction) <= 0.9 * abs(begin)

    whole = landscape.along(view, Ray(0.0, direction), is_near_side, shortest=1.0)
    if whole is None:
        return landscape.along(view, Ray(0.0, direction / 2), is_near_side, shortest=1e-18)
    length, best = 1.0, whole
    while _slope(best, direction) < _FAR * begin:
        least = _slope(best, direction)
        length *= 2

        def is_better(there: View, least: float = least) -> bool:
            return least < _slope(there, direction) <= 0

        longer = landscape.along(view, Ray(0.0, length * direction), is_better, shortest=1.0)
        if longer is None:
            break
        best = longer
    return best


def _slope(view: View, direction: Dual) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return float(view.misfit @ direction)


def _predicted(landscape: Landscape, view: View, state: State) -> tuple[View, State]:
    """The longest stage along the tangent whose prediction holds; the same view where none does."""
    tangent = landscape.tangent(view)
    stage = min(state.stage, 1 - view.share)
    ray = Ray(stage, stage * tangent)
    new = landscape.along(view, ray, lambda there: there.error <= _PREDICTED, shortest=_SMALLEST_STAGE / stage)
    if new is None:
        return view, state
    return new, State(new.share, new.nu, 2 * (new.share - view.share), state.steps)
