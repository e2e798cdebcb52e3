"""Weighted ℓ1 minimisation over A x = b (basis pursuit) by an active-set path: the limit of vanishing starts.

The path (`saddle_to_saddle`) ends at a vertex of the solution set that minimises the norm. Here it is refined and
tested for nearly equal columns; where the minimiser is not unique, the one that vanishing initializations select is
computed (`optimal_face`). Where the path fails, or locked signs force coordinates to 0 and it does not settle them,
the problem is solved again without those coordinates, or with orthonormal equations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless.limits.minimisation import Minimisation, lifted, solve
from ridgeless.limits.own_rows import refit_on_support
from ridgeless.limits.sign_feasibility import ForcedFace, exposed_zeros
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.limits.vanishing.near_copies import refine_on_support, relative_uncertainty
from ridgeless.limits.vanishing.optimal_face import least_entropy, optimal_face
from ridgeless.limits.vanishing.saddle_to_saddle import SaddlePath, saddle_to_saddle
from ridgeless.potentials import WeightedL1
from ridgeless.potentials.minimum import Minimum, Outcome
from ridgeless.potentials.strictest_dual import strictest_dual
from ridgeless.solution import Saddles
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import missed, sum_rounding


@dataclass(frozen=True, eq=False)
class _PathMinimum:
    """A path from saddle to saddle, and the minimum at its end."""

    path: SaddlePath
    end: Minimum

    @property
    def is_solved(self) -> bool:
        """Whether the end solves every equation and is optimal."""
        return self.end.outcome is not Outcome.PATH_LEFT_UNSOLVED


@solve.register
def solve_weighted_l1(box: WeightedL1, question: Minimisation) -> Minimum:
    """The minimiser of the weighted ℓ1 norm over A x = b to which initializations α·θ₀ lead as α → 0."""
    system = question.system
    is_frozen = np.isinf(box.positive) & np.isinf(box.negative)
    signs = np.isfinite(box.positive).astype(float) - np.isfinite(box.negative)
    face = exposed_zeros(system, signs, is_frozen, question.tol)
    found = _minimum_by_path(box, question)
    is_zero_on_face = found.end.other is None and not found.end.x[face.mask].any()
    if found.is_solved and (is_zero_on_face or not face.mask.any()):
        return replace(found.end, saddles=_saddle_history(question, found.path))
    end = _on_forced_face(question, box, face, signs) if face.mask.any() else _on_orthonormal_equations(box, question)
    return replace(end, x=refit_on_support(system, end.x, question.tol))


def _on_orthonormal_equations(box: WeightedL1, question: Minimisation) -> Minimum:
    """The minimum by the path on orthonormal equations, where the path on the equations as stored failed.

    Where equations differ much in size, the rounding of large ones hides the small ones.
    """
    system = question.system
    system.refuse_inconsistent()
    end = _minimum_by_path(box, replace(question, system=LinearSystem(*system.row_space.basis(system.b)))).end
    method = f"{end.steps} jumps on orthonormal equations, whose saddles are not those of training"
    return replace(lifted(system, end), method=method)


def _on_forced_face(question: Minimisation, box: WeightedL1, face: ForcedFace, signs: Vector) -> Minimum:
    """The minimum over the coordinates not forced to 0, its dual shifted to be feasible on the forced ones too."""
    system, bias, zeros = question.system, question.bias, face.mask
    keep, x = ~zeros, np.zeros(len(zeros))
    how = f"on the face where {int(np.sum(zeros))} coordinates are forced to 0"
    if not keep.any():
        return Minimum(x, np.zeros(system.shape[0]), 0, how)
    part, kept = system.restricted(keep), box.restricted(keep)
    end = _unique_solution(part, kept)
    if end is None:
        inner = replace(question, system=part, bias=bias.restricted(keep))
        found = _minimum_by_path(kept, inner)
        end = found.end if found.is_solved else _on_orthonormal_equations(kept, inner)
    x[keep] = end.x
    other = None
    if end.other is not None:
        other = np.zeros(len(zeros))
        other[keep] = end.other
    # Subtracting a multiple of the exposing vector lowers sign·Aᵀν on the forced coordinates only.
    z, pulls = signs * system.rmatvec(end.dual), signs * system.rmatvec(face.exposing)
    edge = np.where(signs > 0, box.positive, box.negative)
    beyond = float(np.max((z - edge)[zeros] / pulls[zeros], initial=0.0))
    return replace(end, x=x, other=other, dual=end.dual - beyond * face.exposing, method=f"{end.method}, {how}")


def _unique_solution(system: LinearSystem, box: WeightedL1) -> Minimum | None:
    """The solution of A x = b and its dual where A x = b has only one; else None."""
    if not system.is_unique:
        return None
    x = system.min_norm()
    edges = np.where(x > 0, box.positive, -box.negative)
    if not np.isfinite(edges).all():
        return None
    return Minimum(x, system.dual(edges), 0, "the only solution")


def _minimum_by_path(box: WeightedL1, question: Minimisation) -> _PathMinimum:
    """The saddle-to-saddle path and its end: refined, checked, and replaced by the selected minimiser if not unique."""
    system = question.system
    A = system.rows()
    path = saddle_to_saddle(A, system.b, box)
    steps = len(path.at) - 1
    end = Minimum(path.x, path.nu, steps, f"{steps} jumps from saddle to saddle")
    unsolved = _PathMinimum(path, replace(end, outcome=Outcome.PATH_LEFT_UNSOLVED))
    s = system.rmatvec(path.nu)
    reach = box.reach(s)
    is_optimal = reach.max() <= 1 + TOLERANCES.shown and (reach[path.x != 0] >= 1 - TOLERANCES.near).all()
    if not (path.is_complete and is_optimal and _solves_each_equation(A, path.x, system.b)):
        return unsolved
    face = optimal_face(A, path.x, box, s)
    if face.vertex is path.x and reach.max() > 1 + TOLERANCES.near:
        return unsolved
    if face.vertex is not path.x:
        end = replace(end, x=face.vertex, dual=_dual_of_vertex(system, box, face.vertex, path.nu))
    end = replace(end, x=refine_on_support(A, end.x, system.b))
    is_uncertain = relative_uncertainty(A, end.x, system.b, box, system.rmatvec(end.dual)) > TOLERANCES.certified
    # If the support is right, the refined vertex satisfies every equation up to rounding.
    is_missed = missed(A, end.x, system.b) > sum_rounding(len(end.x))
    if is_uncertain or is_missed:
        end = replace(end, outcome=Outcome.NEAR_COPIES)
    elif face.needed_exact or not face.is_decided:
        end = replace(end, outcome=Outcome.NEAR_TIES)
    if face.other is None or not face.is_decided:
        return _PathMinimum(path, end)
    ties = question.bias.ties
    x = least_entropy(system, face, ties, question.tol) if ties is not None else face.vertex
    is_vertex = np.abs(x - face.vertex).max() <= TOLERANCES.near * np.abs(x).max()
    return _PathMinimum(path, replace(end, x=x, other=face.other if is_vertex else face.vertex))


def _dual_of_vertex(system: LinearSystem, box: WeightedL1, x: Vector, nu: Dual) -> Dual:
    """A dual ν for a vertex other than the end of the path: the strictest dual, or ν corrected by least squares."""
    best = strictest_dual(system.rows(), x, box)
    if best is not None:
        return best
    support = np.flatnonzero(x)
    columns, edges = system.rows()[:, support], np.where(x > 0, box.positive, -box.negative)[support]
    return nu + np.linalg.lstsq(columns.T, edges - columns.T @ nu, rcond=None)[0]


def _solves_each_equation(A: Matrix, x: Vector, b: Dual) -> bool:
    """Whether A x = b holds to 1e-10 after each row of A has been scaled to norm 1."""
    sizes = np.sqrt(np.einsum("ij,ij->i", A, A))
    sizes = np.where(sizes > 0, sizes, 1.0)
    return norm((A @ x - b) / sizes) <= TOLERANCES.held * norm(b / sizes)


def _saddle_history(question: Minimisation, path: SaddlePath) -> Saddles:
    """The path as the record of saddles that a solution carries."""
    size, degree = norm(question.system.b), question.bias.vanishing_degree
    points = path.points
    absolute = abs(points)
    with np.errstate(over="ignore"):
        loss = path.residuals**2 / 2
    return Saddles(
        clock="time / log(1/scale)" if degree in (None, 2) else f"time · scale^{degree - 2}",
        at=path.at,
        loss=loss,
        residual=path.residuals / size if size > 0 else np.zeros_like(path.residuals),
        l1_norm=np.asarray(absolute.sum(axis=1)).ravel(),
        l2_norm=np.sqrt(np.asarray((absolute * absolute).sum(axis=1)).ravel()),
        coordinate=path.coordinate,
        points=points,
    )
