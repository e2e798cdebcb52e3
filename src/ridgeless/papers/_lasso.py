"""The whole Lasso path of ½‖A x − b‖² + λ‖x‖₁ by its homotopy (Osborne, Presnell and Turlach 2000)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.papers.base import Points

# A knot as near to the one before is that one again.
_ROUNDING = 1e-10
_MOST_KNOTS = 10_000


@dataclass(frozen=True)
class LassoPath:
    """The minimisers for every λ from the first knot, where x = 0, down to the last.

    Attributes:
        penalties: (k,) the knots λ, falling.
        points: (k, d) the minimiser at each; linear in λ between.
    """

    penalties: Points
    points: Float[np.ndarray, "k d"]

    def at(self, penalty: float) -> Vector:
        """The minimiser for this λ, which is at least the last knot."""
        falling = self.penalties[::-1]
        return np.array([np.interp(penalty, falling, column[::-1]) for column in self.points.T])

    @property
    def is_monotone(self) -> bool:
        """Whether every entry of x/λ never falls, or never rises, as λ falls.

        Between two knots x = a − λc, so that x/λ moves by a times the change of 1/λ: in one direction.
        """
        scaled = self.points / self.penalties[:, None]
        moves = np.diff(scaled, axis=0)
        still = _ROUNDING * np.abs(scaled).max(initial=0.0)
        return not bool(np.any(np.any(moves > still, axis=0) & np.any(moves < -still, axis=0)))


def lasso_path(A: Matrix, b: Dual, least: float, is_signed: bool = True) -> LassoPath:
    """The Lasso path down to λ = least.

    Args:
        A: (n, d).
        b: (n,).
        least: the last λ, above 0.
        is_signed: whether entries of both signs are allowed; else x ≥ 0.

    Example:
        >>> path = lasso_path(np.array([[1.0, 2.0]]), np.array([2.0]), least=1.0)
        >>> path.penalties, path.points
        (array([4., 1.]), array([[0.  , 0.  ],
               [0.  , 0.75]]))
    """
    pull = A.T @ b
    first = int(np.argmax(np.abs(pull) if is_signed else pull))
    penalty = float(abs(pull[first]))
    signs = np.zeros(A.shape[1])
    signs[first] = np.sign(pull[first])
    penalties, points = [penalty], [np.zeros(A.shape[1])]
    while penalty > least and len(points) <= _MOST_KNOTS:
        base, slope = _line(A, b, signs)
        reached, entry, sign = _next_knot(A, b, signs, (base, slope), penalty, is_signed)
        penalty = max(reached, least)
        penalties.append(penalty)
        points.append(base - penalty * slope)
        # What happens below the last λ asked for has not happened there.
        if entry >= 0 and reached >= least:
            signs[entry] = sign
            points[-1][entry] = 0.0
    return LassoPath(np.array(penalties), np.array(points))


def objective(A: Matrix, b: Dual, x: Vector, penalty: float) -> float:
    """½‖A x − b‖² + λ‖x‖₁."""
    return float(0.5 * np.sum((A @ x - b) ** 2) + penalty * np.abs(x).sum())


def _line(A: Matrix, b: Dual, signs: Vector) -> tuple[Vector, Vector]:
    """(a, c) of x = a − λc on the active entries."""
    active = np.flatnonzero(signs)
    columns = A[:, active]
    solved = np.linalg.lstsq(columns.T @ columns, np.column_stack([columns.T @ b, signs[active]]), rcond=None)[0]
    found = np.zeros((A.shape[1], 2))
    found[active] = solved
    return found[:, 0], found[:, 1]


def _next_knot(
    A: Matrix, b: Dual, signs: Vector, line: tuple[Vector, Vector], penalty: float, is_signed: bool
) -> tuple[float, int, float]:
    """The largest λ below the last knot at which an entry leaves or enters, which, and its sign then."""
    base, slope = line
    rest, drift = A.T @ (b - A @ base), A.T @ (A @ slope)
    with np.errstate(divide="ignore", invalid="ignore"):
        leaving = np.where(signs != 0, base / slope, -np.inf)
        upper = np.where(signs == 0, rest / (1 - drift), -np.inf)
        lower = np.where((signs == 0) & is_signed, -rest / (1 + drift), -np.inf)
    candidates = np.array([leaving, upper, lower])
    is_later = np.isfinite(candidates) & (candidates < penalty * (1 - _ROUNDING)) & (candidates > 0)
    candidates = np.where(is_later, candidates, -np.inf)
    kind, entry = np.unravel_index(int(np.argmax(candidates)), candidates.shape)
    if not np.isfinite(candidates[kind, entry]):
        return 0.0, -1, 0.0
    return float(candidates[kind, entry]), int(entry), (0.0, 1.0, -1.0)[int(kind)]
