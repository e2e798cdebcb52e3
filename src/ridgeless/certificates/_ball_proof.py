"""A Newton–Kantorovich test in ball arithmetic: balls proved to contain the solution of A f(Aᵀν) = b."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np
import scipy.linalg as sl

from ridgeless._core.arrays import Vector
from ridgeless._core.balls import Ball, BallMap
from ridgeless.certificates._ball_equations import BallEquations, BallPoint, logarithms

# Columns whose log-weights differ by less than this are chosen by pivoted QR, regardless of weight.
_ALIKE = 8.0
_CLEARLY_APART = 1e-6


@dataclass(frozen=True, eq=False)
class Proof:
    """A proved enclosure of the solution.

    Attributes:
        entries: (m,) balls that contain the x_i of the unique solution.
        radius: ρ ≥ ‖ν∞ − ν‖ in the norm of A diag(D) Aᵀ.
    """

    entries: list[Ball]
    radius: Ball


def proved(equations: BallEquations, maps: Sequence[BallMap], at: BallPoint) -> Proof | None:
    """Balls that contain x∞, from the misfit F = A f(z) − b at one ν; None where the test fails at this precision.

    Let D_i = f_i'(z_i)/2, H = A diag(D) Aᵀ, ρ ≥ ‖F‖ in the norm of H⁻¹, and suppose that f_i' ≥ D_i wherever
    |t − z_i| ≤ ρ/√D_i. Then A f(Aᵀν) = b has exactly one solution ν∞, and |(Aᵀν∞)_i − z_i| ≤ ρ/√D_i. Indeed
    H ≥ D_i a_i a_iᵀ, so that |a_iᵀ(ν' − ν)| ≤ ‖ν' − ν‖_H/√D_i. In the ball ‖ν' − ν‖_H ≤ ρ therefore
    ⟨F(ν') − F, ν' − ν⟩ ≥ ‖ν' − ν‖_H², and on its sphere ⟨F(ν'), ν' − ν⟩ ≥ ρ² − ρ² = 0: F has a zero inside (Brouwer),
    and only one, since it is the gradient of a strictly convex function. This is the theorem of Newton and Kantorovich
    for a monotone F; its condition on the second derivative is checked by one evaluation on balls.

    A bound ρ needs no inverse of H: for any n independent columns S, H ≥ A_S D_S A_Sᵀ, hence ρ = ‖D_S^(−1/2) w‖ with
    A_S w = F, solved in ball arithmetic. That the elimination succeeds also proves that the rows of A are independent.

    Source: Ortega and Rheinboldt 1970, "Iterative Solution of Nonlinear Equations", 12.6 (Newton–Kantorovich) and 6.3.
    """
    lower = [(slope.lower() / 2).mid() for slope in at.slopes]
    if not all(weight > 0 for weight in lower):
        return None
    radius = _dual_norm(equations, lower, at)
    if radius is None:
        return None
    entries = []
    for each, point, weight in zip(maps, at.z, lower, strict=True):
        reach = (radius / weight.sqrt()).upper()
        entry, slope = each.at(point + flint.arb(0, reach))
        if not (entry.is_finite() and slope.is_finite() and slope.lower() >= weight):
            return None
        entries.append(entry)
    return Proof(entries, radius)


def _dual_norm(equations: BallEquations, weights: Sequence[Ball], at: BallPoint) -> Ball | None:
    """An upper bound on ‖F‖ in the norm of (A diag(weights) Aᵀ)⁻¹."""
    chosen = heavy_columns(equations.A, logarithms(weights))
    if chosen is None:
        return None
    rows = equations.columns.tolist()
    square = flint.arb_mat([rows[index] for index in chosen]).transpose()
    try:
        parts = square.solve(at.misfit).entries()
    except ZeroDivisionError:
        return None
    total = flint.arb(0)
    for index, part in zip(chosen, parts, strict=True):
        total += part * part / weights[index]
    return total.upper().sqrt().upper() if total.is_finite() else None


def heavy_columns(A: np.ndarray, log_weights: Vector) -> list[int] | None:
    """n columns of A of large weight that are independent in float64; None where there are no n.

    Columns are taken in groups of similar weight, each by a pivoted QR of their projection off the heavier ones: one QR
    of all columns would lose the light ones to underflow. A poor choice only makes the bound loose.
    """
    n = A.shape[0]
    rows, sizes = np.abs(A).max(axis=1), np.abs(A).max(axis=0)
    if not (rows > 0).all():
        return None
    units = A[:, sizes > 0] / rows[:, None] / sizes[sizes > 0]
    units /= np.linalg.norm(units, axis=0)
    index = np.flatnonzero(sizes > 0)
    sizes_of = log_weights[index] / 2 + np.log(sizes[index])
    basis, chosen = np.zeros((n, 0)), []
    for least in (_CLEARLY_APART, 0.0):
        left = [k for k in np.argsort(-sizes_of, kind="stable") if index[k] not in chosen]
        while left and len(chosen) < n:
            alike = [k for k in left if sizes_of[k] >= sizes_of[left[0]] - _ALIKE]
            left = left[len(alike) :]
            picked = _independent(units[:, alike], basis, least)
            chosen += [int(index[alike[k]]) for k in picked]
            basis = np.linalg.qr(np.column_stack([basis, units[:, [alike[k] for k in picked]]]))[0]
    return chosen if len(chosen) == n else None


def _independent(columns: np.ndarray, basis: np.ndarray, least: float) -> np.ndarray:
    """The columns that are independent of a basis and of each other, with pivots above `least`."""
    apart = columns - basis @ (basis.T @ columns)
    apart -= basis @ (basis.T @ apart)
    decomposition: Any = sl.qr(apart, mode="r", pivoting=True)
    triangle, order = decomposition
    most = min(basis.shape[0] - basis.shape[1], columns.shape[1])
    pivots = np.abs(np.diag(triangle))[:most]
    return order[:most][pivots > least]
