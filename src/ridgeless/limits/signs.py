"""Whether some solution has the signs that an initialization locks."""

from __future__ import annotations

import numpy as np
import scipy.optimize

from ridgeless.arrays import Dual, Vector
from ridgeless.errors import InfeasibleSignsError
from ridgeless.systems import LinearSystem
from ridgeless.systems.names import entry

_MOST_NAMED = 5
# HiGHS holds its constraints to 1e-7; the problem is scaled so that max|θ*| = 1.
_VIOLATION = 1e-6
# A solution with the locked signs that is so much longer than A⁺b, in the ℓ1 norm, counts as none.
_FARTHEST = 1e6


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


def require_feasible_signs(system: LinearSystem, signs: Vector, is_frozen: np.ndarray) -> None:
    """Raise unless some solution of A x = b has the locked signs and zeros.

    The linear program min Σ violation_i over A x = b, by SciPy's HiGHS: at its optimum the violated coordinates are
    those that no choice of the others can spare.

    Args:
        system: the system.
        signs: (d,) +1 or −1 where the sign of x_i is locked, 0 where it is free.
        is_frozen: (d,) where x_i stays 0.

    Raises:
        InfeasibleSignsError: none has; the message names up to five coordinates in conflict.
    """
    if not (signs.any() or is_frozen.any()):
        return
    solution = system.min_norm()
    reference = float(np.abs(solution).max())
    fits = np.all(signs * solution >= 0) and not np.any(solution[is_frozen])
    if reference == 0 or fits:
        return
    rows, right = system.row_space.basis(system.b / reference)
    is_held = (signs != 0) | is_frozen
    sign = np.where(signs == 0, 1.0, signs)
    # x = sign·(kept − spent), both ≥ 0; what is spent costs on locked coordinates, both parts on frozen ones.
    costs = np.concatenate([is_frozen.astype(float), is_held.astype(float)])
    program = scipy.optimize.linprog(
        costs, A_eq=np.hstack([rows * sign, -rows * sign]), b_eq=right, bounds=(0, None), method="highs"
    )
    if program.status != 0:  # HiGHS ran into its own limits: leave the verdict to the solver's residual
        return
    kept, spent = np.split(program.x, 2)
    violation = np.where(is_frozen, kept + spent, spent) * is_held
    if float(violation.sum()) <= _VIOLATION:
        return
    worst = np.argsort(-violation)[:_MOST_NAMED]
    demands = np.where(is_frozen, "= 0", np.where(signs > 0, "≥ 0", "≤ 0"))
    named = ", ".join(f"{entry(system.names, int(i))} {demands[i]}" for i in worst if violation[i] > _VIOLATION)
    raise InfeasibleSignsError(
        f"limit: the start locks {int(np.sum(is_held))} of {len(signs)} signs, and no solution of A x = b has them "
        f"(in conflict: {named}); training cannot reach zero loss. Start with both signs open.",
        in_python="Type, for one, rl.networks.Difference(depth=2) from rl.inits.Constant(scale).",
        at_command_line="Type, for one, --network Difference.",
    )
