"""`recovery`: a proof, for one instance, that x is the unique solution of least weighted ℓ1 norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector, finite_array
from ridgeless._core.arrays import norm as length
from ridgeless._core.brief import brief
from ridgeless._core.exact import cheapest_direction
from ridgeless._core.extremes import within_float64
from ridgeless._core.progress import reported
from ridgeless.errors import InvalidInputError
from ridgeless.potentials import WeightedL1
from ridgeless.potentials.strictest_dual import farthest_from_edges
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import missed, sum_rounding

# Largest distance, relative to ‖x‖, of an answer from the exact solution of the equations on its support.
_NEAR = 1e-7
_REFINEMENTS = 2
_INDEPENDENT = 1e-10
_ON_EDGE = 1e-9
# A ν this close to an edge is judged in exact arithmetic, since HiGHS solves to 1e-7.
_NEARLY = 1e-6
_BELOW = 1 - np.finfo(float).eps / 2
_ZERO = 1e-12


@dataclass(frozen=True, eq=False)
class Recovery:
    """Whether x is proved to be the unique minimiser of a weighted ℓ1 norm over A x = b.

    A sufficient and stable condition: the columns of the support S are independent, and some ν has A_Sᵀν on the edge of
    the box of weights and A_iᵀν strictly inside for i ∉ S (Fuchs 2004). The limits of small starts then converge to x
    like scale^(2 − 2ϱ) at depth 2, and like scale^D at depth D ≥ 3 (Matt and Stöger 2025, arXiv 2506.01143).

    The solution on the support, which x must be within 1e-7·‖x‖ of, has to satisfy every equation up to the rounding of
    its own terms |A||x| + |b|. Where there are more equations than columns in the support, b may differ by that
    rounding: the proof is then for equations whose b is that of x. `rl.certify` bounds the effect on the minimiser.

    Attributes:
        is_certified: whether x is proved to be the unique minimiser. If not, nothing is proved either way.
        support: (k,) where x ≠ 0.
        condition: the least singular value of A_S over its largest; 1 for an empty support.
        off_support: ϱ, the largest A_iᵀν relative to the edge of its box for i ∉ S, minimised over ν.
        dual: (n,) the minimising ν; None where no ν puts A_Sᵀν on the edge.
        reason: one sentence.
    """

    is_certified: bool
    support: Int[np.ndarray, " k"]
    condition: float
    off_support: float
    dual: np.ndarray | None
    reason: str

    __repr__ = brief


@reported("recovery")
@within_float64
def recovery(system: Any, x: Any = None, norm: WeightedL1 | None = None) -> Recovery:
    """Prove that x is the unique ℓ1 solution: `recovery(system, x)`, or `recovery(solution)`.

    Args:
        system: A x = b; or the `Solution` of a vanishing start.
        x: (d,) the answer; entries below 1e-12 of the largest count as 0.
        norm: its weights; all 1 unless given.

    Raises:
        InvalidInputError: a solution that no weighted ℓ1 norm belongs to, or without its system; wrong shapes.

    Source: Fuchs 2004, "On sparse representations in arbitrary redundant bases", Theorem 4.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> proof = rl.certificates.recovery(system, np.array([0.0, 1.0]))
        >>> proof.is_certified, proof.off_support
        (True, 0.5)
        >>> rl.certificates.recovery(system, np.array([2.0, 0.0])).is_certified
        False
    """
    if isinstance(system, Solution):
        system, x, norm = _parts(system)
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"recovery: got a {type(system).__name__}; pass a Solution, or (system, x).")
    answer = finite_array(x, "recovery", "x", ndim=1)
    unknowns = system.shape[1]
    norm = WeightedL1(np.ones(unknowns), np.ones(unknowns)) if norm is None else norm
    if answer.shape != (unknowns,):
        raise InvalidInputError(f"recovery: x needs shape ({unknowns},); it has {answer.shape}.")
    return _proof(system, np.where(np.abs(answer) <= _ZERO * np.abs(answer).max(), 0.0, answer), norm)


def _parts(solution: Solution) -> tuple[Any, Vector, WeightedL1]:
    norm = None if solution.bias is None else solution.bias.potential
    if not isinstance(norm, WeightedL1) or solution.system is None:
        raise InvalidInputError(
            "recovery: this solution minimises no weighted ℓ1 norm, or has lost its system; pass the limit of "
            "rl.inits.Vanishing(), or recovery(system, x)."
        )
    return solution.system, solution.x, norm


def _proof(system: LinearSystem, x: Vector, norm: WeightedL1) -> Recovery:
    support, A = np.flatnonzero(x), system.rows()
    sizes = np.linalg.svd(A[:, support], compute_uv=False) if len(support) else np.ones(1)
    condition = float(sizes[-1] / sizes[0]) if len(support) <= len(system.b) and sizes[0] > 0 else 0.0
    unsolved = _unsolved(A, x, system.b, support)
    if unsolved:
        return Recovery(False, support, condition, np.inf, None, f"not certified: {unsolved}.")
    if condition <= _INDEPENDENT and not (condition > 0 and _is_only(A, x, norm)):
        reason = "not certified: the columns of the support are dependent, so that many x share it."
        return Recovery(False, support, condition, np.inf, None, reason)
    edges = np.where(x > 0, norm.positive, -norm.negative)[support]
    best = None
    if np.isfinite(edges).all():
        factors = np.linalg.qr(A[:, support], mode="complete")
        best = farthest_from_edges(A, support, (factors[0], factors[1]), edges, norm)
    if best is None:
        reason = "not certified: x has a sign that is locked out, or no ν that HiGHS found puts A_Sᵀν on the edge."
        return Recovery(False, support, condition, np.inf, None, reason)
    reach = norm.reach(A.T @ best)
    off = float(np.max(np.delete(reach, support), initial=0.0))
    near = np.setdiff1d(np.flatnonzero(reach >= 1 - _NEARLY), support)
    if len(near) == 0 and np.allclose(A[:, support].T @ best, edges, rtol=_ON_EDGE, atol=0):
        reason = f"certified: a ν is on the edge on the support and within {off:.6g} of it elsewhere."
        return Recovery(True, support, condition, off, best, reason)
    is_certified, reason = _judged_exactly(A, x, norm, best, off)
    return Recovery(is_certified, support, condition, min(off, _BELOW) if is_certified else off, best, reason)


def _unsolved(A: Matrix, x: Vector, b: Dual, support: np.ndarray) -> str:
    """Why no solution of A x = b near x has its support and signs; "" where one does."""
    solution, columns = x.copy(), A[:, support]
    for _ in range(_REFINEMENTS if len(support) else 0):
        solution[support] += np.linalg.lstsq(columns, -doubled.misfit(A, solution, b), rcond=None)[0]
    apart = length(solution - x)
    if not (apart <= _NEAR * length(x) and (np.sign(solution) == np.sign(x)).all()):
        return f"x does not solve the system; what does so on its support is {apart:.1e} away"
    rounding = sum_rounding(len(x))
    worst = missed(A, solution, b)
    if worst > rounding:
        return (
            f"x does not solve the system: every x of this support misses an equation by {worst:.1e} of its terms "
            f"|A||x| + |b|, whose rounding is {rounding:.1e}"
        )
    return ""


def _is_only(A: Matrix, x: Vector, norm: WeightedL1) -> bool:
    """Whether x is the only minimiser, by exact arithmetic, where the columns of its support are nearly dependent."""
    support = np.flatnonzero(x)
    edges = np.where(x > 0, norm.positive, -norm.negative)[support]
    if not np.isfinite(edges).all():
        return False
    nu = np.linalg.lstsq(A[:, support].T, edges, rcond=None)[0]
    found = cheapest_direction(A, x, norm.positive, norm.negative, A.T @ nu)
    return found is not None and found.h is None


def _judged_exactly(A: Matrix, x: Vector, norm: WeightedL1, nu: Dual, off: float) -> tuple[bool, str]:
    """Whether x is the only minimiser, by exact arithmetic, and the reason in words."""
    found = cheapest_direction(A, x, norm.positive, norm.negative, A.T @ nu)
    if found is None:
        return False, f"not certified: the best ν reaches {off:.12g} of the edge off the support; below 1 is needed."
    if found.h is None:
        return True, (
            "certified, in exact arithmetic: some ν is on the edge on the support and strictly within it elsewhere, "
            f"though float64 tells it to be within {off:.12g} only."
        )
    if found.slope < 0:
        return False, f"not certified: other x cost less, by {-found.slope:.2g} for each unit moved."
    return False, "not certified: other x cost the same; every ν that is on the edge on the support is on it elsewhere."
