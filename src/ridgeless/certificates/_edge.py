"""Slacks of branches near the edge of their domain, computed from x where they cancel in Aᵀν.

Near its edge a branch X = exp(T)·F(s) of depth D ≥ 3 has a slack s = start − slope·cᵀν far below the rounding of
start. A float64 ν does not determine it, but x does: s = F⁻¹(X·exp(−T)). It remains to show that some ν has these
slacks. Where the columns c of the branches at their edges are independent, such a ν exists, and it is as close to the
given ν as its slacks are to the implied ones. Where they are dependent, C_T = C_B K, the slacks of T follow from those
of B:

    s_j/slope_j = τ_j + Σ_B k_jB·s_B/slope_B,    τ_j = start_j/slope_j − Σ_B k_jB·start_B/slope_B.

The terms of τ_j may be 10^16 or 10^200 times as large as τ_j itself, which has to be accurate to the digits of the
slacks: K is computed to as many digits (`ridgeless._core.exact.combination`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless._core.exact.combination import combination
from ridgeless.certificates._equations import Equations
from ridgeless.certificates._mirror import UNIT_ROUNDOFF, BranchMirror, BranchVector
from ridgeless.potentials.branches import Branches
from ridgeless.systems.independent import nearest_columns


@dataclass(frozen=True, eq=False)
class Slacks:
    """The slacks of all branches at one dual point.

    Attributes:
        value: (m,).
        error: (m,) bound on their errors; ∞ where nothing is known.
        beyond: (d,) bound on the difference between the z of these slacks and the z that was given.
    """

    value: BranchVector
    error: BranchVector
    beyond: Vector


def slacks(mirror: BranchMirror, equations: Equations, high: Vector, low: Vector, x: Vector) -> Slacks:
    """The slacks at Aᵀν = high + low; those that cancel there are computed from x.

    Args:
        mirror: the mirror map.
        equations: the equations.
        high: (d,) Aᵀν, rounded.
        low: (d,) the rest of Aᵀν.
        x: (d,) the x of this dual point.
    """
    implied, error = mirror.implied_slack(high, low)
    if not equations.is_decided:
        # Another choice of independent equations changes the columns by rounding, and the slacks with them.
        error = error + 4 * UNIT_ROUNDOFF * np.abs(mirror.branches.start)
    branches, at_edge = mirror.branches, mirror.cancelled(implied)
    if not len(at_edge):
        return Slacks(implied, error, np.zeros_like(high))
    edge = branches.select(at_edge)
    own = _own_slack(edge, x)
    columns = equations.columns(edge.coordinate) * edge.sign
    basis = nearest_columns(columns, np.log(own) - np.log(edge.slope))
    tied = np.setdiff1d(np.arange(len(at_edge)), basis)
    misfit = (implied[at_edge] - own)[basis] / edge.slope[basis]
    shift, unsure = _shift(columns[:, basis], misfit, error[at_edge][basis] / edge.slope[basis])
    moved = equations.rmatvec(shift)
    unknown = equations.column_bounds * (unsure + 8 * UNIT_ROUNDOFF * norm(shift))
    value = implied - branches.slope * branches.sign * moved[branches.coordinate]
    bound = error + branches.slope * unknown[branches.coordinate]
    value[at_edge], bound[at_edge] = own, UNIT_ROUNDOFF * 8 * own
    if len(tied):
        value[at_edge[tied]], bound[at_edge[tied]] = _tied_slack(
            columns, edge, own, (basis, tied), is_decided=equations.is_decided
        )
    return Slacks(value, bound, np.abs(moved) + unknown)


def _own_slack(edge: Branches, x: Vector) -> BranchVector:
    """F⁻¹(X·exp(−T)), where X is |x| if the branch has the sign of x, and the smallest normal number otherwise."""
    along = edge.sign * x[edge.coordinate]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        log_values = np.log(np.maximum(along, np.finfo(float).tiny)) - edge.log_amplitude
        return edge.profile.slack(log_values)


def _shift(columns: Matrix, misfit: BranchVector, error: BranchVector) -> tuple[Dual, float]:
    """A change δ of ν with columnsᵀδ ≈ misfit, and a bound on its distance from one with equality.

    Args:
        columns: (n, k) independent.
        misfit: (k,) by how much the slacks that ν implies are too large.
        error: (k,) bound on the error of `misfit`.
    """
    lengths = np.linalg.norm(columns, axis=0)
    even = columns / lengths
    sizes = np.linalg.svd(even, compute_uv=False)
    least = sizes[-1] - len(sizes) * np.finfo(float).eps
    if not (least > 0 and np.isfinite(misfit).all()):
        return np.zeros(len(columns)), np.inf
    inverse = np.linalg.pinv(even.T)
    shift = inverse @ (misfit / lengths)
    shift = shift + inverse @ (misfit / lengths - even.T @ shift)
    left = np.abs(misfit / lengths - even.T @ shift) + error / lengths
    rounding = len(lengths) * UNIT_ROUNDOFF * (np.abs(even.T) @ np.abs(shift))
    return shift, norm(left + rounding) / float(least)


def _tied_slack(
    columns: Matrix,
    edge: Branches,
    own: BranchVector,
    parts: tuple[np.ndarray, np.ndarray],
    *,
    is_decided: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The slacks of dependent columns from those of the basis, and their errors.

    Args:
        columns: (n, k) of the branches at their edges.
        edge: the branches.
        own: (k,) their slacks as x tells them.
        parts: positions of the basis, and of the columns that depend on it.
        is_decided: whether the rows of the columns are the only choice of equations.
    """
    basis, tied = parts
    width, slack = edge.start / edge.slope, own / edge.slope
    values, errors = own[tied].copy(), np.full(len(tied), np.inf)
    least, largest = float(np.min(slack[basis], initial=np.inf)), float(np.max(slack[basis], initial=0.0))
    if not (least > 0 and largest < np.inf and np.isfinite(width).all()):
        return values, errors
    for place, j in enumerate(tied):
        # Enough bits for the ratio of the largest width or slack to the least slack, and 64 for that slack itself.
        bits = 64 + max(0, int(np.ceil(np.log2(max(np.max(width), largest)) - np.log2(least))))
        found = combination(columns[:, basis], columns[:, j], bits)
        weights = found.rounded
        level = found.difference(float(width[j]), width[basis])
        # Equal starts are equal to the last digit; others are known up to the rounding errors of their computation.
        involved = width[basis][weights != 0]
        are_equal = is_decided and bool(np.all(involved == width[j]))
        known = 0.0 if are_equal else 4 * UNIT_ROUNDOFF * (float(np.abs(weights) @ width[basis]) + width[j])
        follows = 16 * UNIT_ROUNDOFF * (float(np.abs(weights) @ slack[basis]) + abs(level))
        values[place] = edge.slope[j] * (level + float(weights @ slack[basis]))
        if found.is_exact:
            errors[place] = edge.slope[j] * (known + follows)
    return values, errors
