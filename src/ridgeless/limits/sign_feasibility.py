"""Whether some solution has the signs that an initialization locks, and where all that have them are 0."""

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
# A solution with the locked signs that is so much longer than A⁺b, in the ℓ1 norm, counts as none.
_FARTHEST = 1 / TOLERANCES.shown


class ForcedFace(NamedTuple):
    """Where every solution with the locked signs is 0.

    Attributes:
        mask: (d,) these coordinates, those frozen from the start not among them.
        exposing: (n,) w with sign_i·(Aᵀw)_i > 0 there, and 0 where x_i can move.
        bound: (d,) how large x_i may be there for the rounding of A and b.
    """

    mask: Bool[np.ndarray, " d"]
    exposing: Dual
    bound: Vector


def refuse_proved_infeasible(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, nu: Dual) -> None:
    """Raise where ν proves that no solution of A x = b has the locked signs (Farkas' lemma).

    For every x with these signs ⟨b, ν⟩ = ⟨x, Aᵀν⟩ ≤ ‖x‖₁·ε, where ε is the most by which Aᵀν pulls a coordinate the
    way it may move. On a contradiction the dual of the limit has no minimum, and Newton's ν runs off along such a ν.

    Args:
        system: the system.
        signs: (d,) +1 or −1 where the sign of x_i is locked, 0 where it is free.
        is_frozen: (d,) where x_i stays 0.
        nu: (n,) any.

    Raises:
        InfeasibleSignsError: every solution with these signs has ‖x‖₁ ≥ 1e6·‖A⁺b‖₁.
    """
    if not (signs.any() or is_frozen.any()) or not np.isfinite(nu).all():
        return
    if _proves(system, signs, is_frozen, nu) or _proves(system, signs, is_frozen, _along(system, signs, is_frozen, nu)):
        raise InfeasibleSignsError(
            f"limit: the start locks {int(np.sum((signs != 0) | is_frozen))} of {len(signs)} signs, and no solution of "
            "A x = b has them, as a vector ν with Aᵀν against them and ⟨b, ν⟩ > 0 proves; training cannot reach zero "
            "loss. Start with both signs open.",
            in_python="Type, for one, rl.networks.Difference(depth=2) from rl.inits.Constant(scale).",
            at_command_line="Type, for one, --network Difference.",
        )


def _proves(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, nu: Dual) -> bool:
    allowed = float(np.max(_pulls(system, signs, is_frozen, nu), initial=0.0))
    gained = float(system.b @ nu)
    return gained > 0 and gained >= _FARTHEST * allowed * float(np.abs(system.min_norm()).sum())


def _along(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, nu: Dual) -> Dual:
    """ν less what it has beside the ray along which it ran off.

    Where x_i stays, z_i does: the ray pulls those coordinates not at all, and all others the other way, ever more.
    """
    stays = _pulls(system, signs, is_frozen, nu) > 0
    return nu - system.restricted(stays).dual(system.rmatvec(nu)[stays]) if stays.any() else nu


def _pulls(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, nu: Dual) -> Vector:
    """How far each coordinate is pulled the way it may move; 0 where it is frozen."""
    z = system.rmatvec(nu)
    return np.where(is_frozen, 0.0, np.where(signs == 0, np.abs(z), signs * z))


def require_feasible_signs(system: LinearSystem, signs: Vector, is_frozen: np.ndarray, tol: float = 0.0) -> np.ndarray:
    """The coordinates that are 0 in every solution of A x = b with the locked signs and zeros; raise if there is none.

    That there is none is proved, by the residual r of the least-squares fit with these signs: for x with A x = b and
    ‖x‖ up to 1e6 times as long as the fit, ⟨b, r⟩ = ⟨x, Aᵀr⟩ cannot be, whatever the rounding of A and b. Short of a
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
    """The same zeros, with the vector that exposes them and what rounding makes of them."""
    nothing = ForcedFace(np.zeros(len(signs), dtype=bool), np.zeros(system.shape[0]), np.full(len(signs), np.inf))
    if not (signs.any() or is_frozen.any()) or _is_inside(system, signs, is_frozen):
        return nothing
    live = ~is_frozen
    if not live.any():
        if system.b.any():
            _refuse(system, signs, is_frozen)
        return nothing
    part = system.restricted(live) if is_frozen.any() else system
    found = forced_zeros(part, signs[live])
    if part.residual(found.point) > tol and _is_proof(part, signs[live], found):
        _refuse(system, signs, is_frozen)
    mask, bound = nothing.mask.copy(), nothing.bound.copy()
    mask[live], bound[live] = found.mask, found.bound
    return ForcedFace(mask, found.exposing, bound)


def _is_inside(system: LinearSystem, signs: Vector, is_frozen: np.ndarray) -> bool:
    solution = system.min_norm()
    least = TOLERANCES.shown * float(np.abs(solution).max())
    return bool(np.all(signs[signs != 0] * solution[signs != 0] > least) and not np.any(solution[is_frozen]))


def _is_proof(system: LinearSystem, signs: Vector, found: ForcedZeros) -> bool:
    """Whether the witness refutes all x up to 1e6 times as long as the point, beyond the rounding of A and b."""
    if found.backward_error <= MET:
        return False
    A, r = system.rows(), found.witness
    rounding = sum_rounding(len(signs))
    pulls = A.T @ r
    pulls = np.where(signs == 0, np.abs(pulls), np.maximum(signs * pulls, 0.0)) + rounding * (np.abs(A).T @ np.abs(r))
    lengths = np.linalg.norm(A, axis=0)
    reach = _FARTHEST * max(float(lengths @ np.abs(found.point)), norm(system.b))
    steepest = float(np.max(pulls[lengths > 0] / lengths[lengths > 0], initial=0.0))
    gained = float(system.b @ r) - rounding * float(np.abs(system.b) @ np.abs(r))
    return gained > reach * steepest


def _refuse(system: LinearSystem, signs: Vector, is_frozen: np.ndarray) -> None:
    is_held = (signs != 0) | is_frozen
    named = ", ".join(_in_conflict(system, signs, is_frozen))
    conflict = f" (in conflict: {named})" if named else ""
    raise InfeasibleSignsError(
        f"limit: the start locks {int(np.sum(is_held))} of {len(signs)} signs, and no solution of A x = b has them"
        f"{conflict}; training cannot reach zero loss. Start with both signs open.",
        in_python="Type, for one, rl.networks.Difference(depth=2) from rl.inits.Constant(scale).",
        at_command_line="Type, for one, --network Difference.",
    )


def _in_conflict(system: LinearSystem, signs: Vector, is_frozen: np.ndarray) -> list[str]:
    """What is demanded of the coordinates that break the signs in the solution that breaks them least.

    The linear program min Σ violation_i over A x = b, by SciPy's HiGHS: at its optimum the violated coordinates are
    those that no choice of the others can spare.
    """
    reference = float(np.abs(system.min_norm()).max())
    rows, rhs = system.row_space.basis(system.b / reference)
    is_held = (signs != 0) | is_frozen
    sign = np.where(signs == 0, 1.0, signs)
    # x = sign·(kept − spent), both ≥ 0; what is spent costs on locked coordinates, both parts on frozen ones.
    costs = np.concatenate([is_frozen.astype(float), is_held.astype(float)])
    program = scipy.optimize.linprog(
        costs, A_eq=np.hstack([rows * sign, -rows * sign]), b_eq=rhs, bounds=(0, None), method="highs"
    )
    if program.status != 0:
        return []
    kept, spent = np.split(program.x, 2)
    violation = np.where(is_frozen, kept + spent, spent) * is_held
    demands = np.where(is_frozen, "= 0", np.where(signs > 0, "≥ 0", "≤ 0"))
    worst = np.argsort(-violation)[:_MOST_NAMED]
    return [f"{entry(system.names, int(i))} {demands[i]}" for i in worst if violation[i] > TOLERANCES.shown]
