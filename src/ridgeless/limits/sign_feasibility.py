"""Feasibility of A x = b under locked signs: Farkas certificates of infeasibility, and zeros that A x = b forces.

An initialization may lock the sign of x_i or freeze x_i at 0. The solvers ask here whether a solution with these signs
exists, before they start and after ν has diverged, and which coordinates are 0 in every such solution.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.optimize
from jaxtyping import Bool

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.errors import InfeasibleSignsError
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import sum_rounding
from ridgeless.systems.forced_zeros import MET, ForcedZeros, forced_zeros
from ridgeless.systems.names import entry

_MOST_NAMED = 5
# A solution with the locked signs whose ℓ1 norm exceeds that of A⁺b by this factor counts as none.
_LARGEST_NORM_RATIO = 1 / TOLERANCES.shown


class ForcedFace(NamedTuple):
    """The face of the sign cone that contains every solution with the locked signs.

    Attributes:
        mask: (d,) where every solution is 0, coordinates frozen from the start not counted.
        exposing: (n,) the exposing vector w: sign_i·(Aᵀw)_i > 0 on the mask, and 0 where x_i can move.
        bound: (d,) how large x_i may be on the mask within the rounding of A and b.
    """

    mask: Bool[np.ndarray, " d"]
    exposing: Dual
    bound: Vector


def refuse_proved_infeasible(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, nu: Dual) -> None:
    """Raise where ν is a Farkas certificate that no solution of A x = b has the locked signs.

    Every solution x with these signs has ⟨b, ν⟩ = ⟨x, Aᵀν⟩ ≤ ‖x‖₁·ε, where ε is the largest entry of Aᵀν in a direction
    in which x_i may move. Where no solution exists the dual has no minimum, and Newton's ν diverges along such a ν.

    Args:
        system: the system.
        signs: (d,) +1 or −1 where the sign of x_i is locked, 0 where it is free.
        is_frozen: (d,) where x_i stays 0.
        nu: (n,) the candidate, such as a ν that Newton ended with.

    Raises:
        InfeasibleSignsError: every solution with these signs has ‖x‖₁ ≥ 1e6·‖A⁺b‖₁.
    """
    if not (signs.any() or is_frozen.any()) or not np.isfinite(nu).all():
        return
    if _is_farkas_certificate(system, signs, is_frozen, nu) or _is_farkas_certificate(
        system, signs, is_frozen, _ray_component(system, signs, is_frozen, nu)
    ):
        raise InfeasibleSignsError(
            f"limit: the start locks {int(np.sum((signs != 0) | is_frozen))} of {len(signs)} signs, and no solution of "
            "A x = b has them, as a vector ν with Aᵀν against them and ⟨b, ν⟩ > 0 proves; training cannot reach zero "
            "loss. Start with both signs open.",
            in_python="Type, for one, rl.networks.Difference(depth=2) from rl.inits.Constant(scale).",
            at_command_line="Type, for one, --network Difference.",
        )


def _is_farkas_certificate(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, nu: Dual) -> bool:
    """Whether ν proves that every solution with the locked signs is far larger than A⁺b."""
    allowed = float(np.max(_allowed_pulls(system, signs, is_frozen, nu), initial=0.0))
    gained = float(system.b @ nu)
    return gained > 0 and gained >= _LARGEST_NORM_RATIO * allowed * float(np.abs(system.min_norm()).sum())


def _ray_component(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, nu: Dual) -> Dual:
    """The part of a diverged ν along the ray on which it diverged.

    The ray has z_i = 0 where x_i stays finite, which is where the pull on x_i is positive. So the shortest ν with the
    same z there is subtracted.
    """
    stays = _allowed_pulls(system, signs, is_frozen, nu) > 0
    return nu - system.restricted(stays).dual(system.rmatvec(nu)[stays]) if stays.any() else nu


def _allowed_pulls(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, nu: Dual) -> Vector:
    """(Aᵀν)_i in the direction in which x_i may move: its absolute value where the sign is free, 0 where frozen."""
    z = system.rmatvec(nu)
    return np.where(is_frozen, 0.0, np.where(signs == 0, np.abs(z), signs * z))


def require_feasible_signs(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, tol: float = 0.0) -> np.ndarray:
    """The coordinates that are 0 in every solution of A x = b with the locked signs and zeros; raise if there is none.

    It raises on a proof only: the residual r of the least-squares fit with these signs is a Farkas certificate, that is
    ⟨b, r⟩ = ⟨x, Aᵀr⟩ fails for every x up to 1e6 times as long as the fit, whatever the rounding of A and b. Without a
    proof the solver is left to try.

    Args:
        system: the system, at hand as rows.
        signs: (d,) +1 or −1 where the sign of x_i is locked, 0 where it is free.
        is_frozen: (d,) where x_i stays 0.
        tol: a fit with such a residual ‖Ax − b‖/‖b‖ counts as a solution.

    Returns:
        (d,) the mask of the zeros that A x = b forces (`systems.forced_zeros`), frozen coordinates not among them.

    Raises:
        InfeasibleSignsError: no solution has the signs; the message names up to five coordinates in conflict.
    """
    return exposed_zeros(system, signs, is_frozen, tol).mask


def exposed_zeros(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, tol: float = 0.0) -> ForcedFace:
    """The face of all solutions with the locked signs and zeros; raise if there is none.

    It is `require_feasible_signs` with the exposing vector and the effect of rounding besides the mask, and takes the
    same arguments.
    """
    nothing = ForcedFace(np.zeros(len(signs), dtype=bool), np.zeros(system.shape[0]), np.full(len(signs), np.inf))
    if not (signs.any() or is_frozen.any()) or _has_interior_solution(system, signs, is_frozen):
        return nothing
    is_live = ~is_frozen
    if not is_live.any():
        if system.b.any():
            _refuse(system, signs, is_frozen)
        return nothing
    part = system.restricted(is_live) if is_frozen.any() else system
    found = forced_zeros(part, signs[is_live])
    if part.residual(found.point) > tol and _is_refuted(part, signs[is_live], found):
        _refuse(system, signs, is_frozen)
    mask, bound = nothing.mask.copy(), nothing.bound.copy()
    mask[is_live], bound[is_live] = found.mask, found.bound
    return ForcedFace(mask, found.exposing, bound)


def _has_interior_solution(system: LinearSystem, signs: Vector, is_frozen: np.ndarray) -> bool:
    """Whether A⁺b has the locked signs strictly and the frozen zeros, which shows that no zero is forced."""
    solution = system.min_norm()
    least = TOLERANCES.shown * float(np.abs(solution).max())
    return bool(np.all(signs[signs != 0] * solution[signs != 0] > least) and not np.any(solution[is_frozen]))


def _is_refuted(system: LinearSystem, signs: Vector, found: ForcedZeros) -> bool:
    """Whether the residual refutes all x up to 1e6 times as long as the fit, whatever the rounding of A and b."""
    if found.backward_error <= MET:
        return False
    A, r = system.rows(), found.witness
    rounding = sum_rounding(len(signs))
    pulls = A.T @ r
    pulls = np.where(signs == 0, np.abs(pulls), np.maximum(signs * pulls, 0.0)) + rounding * (np.abs(A).T @ np.abs(r))
    lengths = np.linalg.norm(A, axis=0)
    reach = _LARGEST_NORM_RATIO * max(float(lengths @ np.abs(found.point)), norm(system.b))
    steepest = float(np.max(pulls[lengths > 0] / lengths[lengths > 0], initial=0.0))
    gained = float(system.b @ r) - rounding * float(np.abs(system.b) @ np.abs(r))
    return gained > reach * steepest


def _refuse(system: LinearSystem, signs: Vector, is_frozen: np.ndarray) -> None:
    """Raise, naming the coordinates in conflict."""
    is_locked = (signs != 0) | is_frozen
    named = ", ".join(_conflicting_demands(system, signs, is_frozen))
    conflict = f" (in conflict: {named})" if named else ""
    raise InfeasibleSignsError(
        f"limit: the start locks {int(np.sum(is_locked))} of {len(signs)} signs, and no solution of A x = b has them"
        f"{conflict}; training cannot reach zero loss. Start with both signs open.",
        in_python="Type, for one, rl.networks.Difference(depth=2) from rl.inits.Constant(scale).",
        at_command_line="Type, for one, --network Difference.",
    )


def _conflicting_demands(system: LinearSystem, signs: Vector, is_frozen: np.ndarray) -> list[str]:
    """The demands, such as "x[3] ≥ 0", that the solution of A x = b with the least total violation breaks.

    It solves the linear program min Σ violation_i over A x = b by SciPy's HiGHS.
    """
    reference = float(np.abs(system.min_norm()).max())
    rows, rhs = system.row_space.basis(system.b / reference)
    is_locked = (signs != 0) | is_frozen
    sign = np.where(signs == 0, 1.0, signs)
    # x = sign·(kept − spent) with both ≥ 0: locked coordinates pay for `spent`, frozen ones for both.
    costs = np.concatenate([is_frozen.astype(float), is_locked.astype(float)])
    program = scipy.optimize.linprog(
        costs, A_eq=np.hstack([rows * sign, -rows * sign]), b_eq=rhs, bounds=(0, None), method="highs"
    )
    if program.status != 0:
        return []
    kept, spent = np.split(program.x, 2)
    violation = np.where(is_frozen, kept + spent, spent) * is_locked
    demands = np.where(is_frozen, "= 0", np.where(signs > 0, "≥ 0", "≤ 0"))
    worst = np.argsort(-violation)[:_MOST_NAMED]
    return [f"{entry(system.names, int(i))} {demands[i]}" for i in worst if violation[i] > TOLERANCES.shown]
