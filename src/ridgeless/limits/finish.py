"""What a solver found, finished in A's own rows where orthonormal ones left too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless._core.extremes import LARGEST_LOG
from ridgeless.limits.graded import GradedProblem, GradedState, follow_graded, settled, solve_graded
from ridgeless.limits.minimisation import Minimisation
from ridgeless.limits.own_rows import has_graded_columns, in_own_rows, is_fine
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import Bias, SeparablePotential
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import are_met, missed, sum_rounding


def finished(question: Minimisation, found: Minimum) -> Minimum:
    """What a solver found, with every equation met to its own rounding where float64 can.

    On a face of the sign cone its own minimum is finished already, and a vertex of the ℓ1 norm has no gradient.
    """
    system, bias, tol = question.system, question.bias, question.tol
    if not (system.is_expandable and bias.potential.is_smooth) or found.zeros is not None:
        return found
    x, dual, steps = _corrected(system, bias, found, tol)
    has_moved = not norm(x - found.x) <= TOLERANCES.lost * norm(x)
    # What is left of an equation beyond rounding may stand for a difference of columns that are nearly one: at depth 2
    # ν tells them apart, and beyond it slacks that have lost their digits.
    is_left = _has_slacks(bias) and not system.residual(x) <= TOLERANCES.finest_aim and not is_fine(system, x, tol)
    outcome = found.outcome.or_moved(has_moved or is_left)
    return replace(found, x=x, dual=dual, steps=found.steps + steps, outcome=outcome)


def _has_slacks(bias: Bias) -> bool:
    """Whether branches have an edge, as those of depth 3 and more do."""
    if not isinstance(bias.potential, SeparablePotential):
        return False
    return not isinstance(bias.potential.branches(bias.offset).profile, ExponentialProfile)


def _corrected(system: LinearSystem, bias: Bias, found: Minimum, tol: float) -> tuple[Vector, Dual, int]:
    """x and ν with every equation met to its own rounding, where float64 can; and the Newton steps that it took.

    Nothing is done where all equations are met already. A small x on a large column may have been lost on orthonormal
    rows altogether: then it is looked for with every branch as an unknown, from where the solver ended, and for
    exponentials along the whole path.
    """
    x, nu = found.x, found.dual
    if is_fine(system, x, tol):
        return _to_rounding(system, bias, x), nu, 0
    corrected = in_own_rows(system, x, bias.potential)
    is_small = np.all(np.abs(corrected - x) <= TOLERANCES.near * np.abs(x))
    if not isinstance(bias.potential, SeparablePotential) or (is_small and _are_met(system, corrected, tol)):
        return corrected, nu, 0
    best, steps, branches = (corrected, nu), 0, bias.potential.branches(bias.offset)
    for state, taken in _attempts(system, branches, x, nu):
        steps += taken
        is_end = state.merit <= TOLERANCES.near and missed(system.rows(), state.x, system.b) <= TOLERANCES.near
        if is_end and _is_told(system, branches, state):
            state = settled(GradedProblem(system.rows(), system.b, branches), state)
            last = in_own_rows(system, state.x, bias.potential)
            if _are_met(system, last, tol):
                return last, state.nu, steps
    return *best, steps


def _attempts(system: LinearSystem, branches: Branches, x: Vector, nu: Dual) -> Iterator[tuple[GradedState, int]]:
    if not len(branches.sign):
        return
    problem = GradedProblem(system.rows(), system.b, branches)
    if np.isfinite(x).all() and np.isfinite(nu).all():
        z = system.rmatvec(nu)
        yield solve_graded(problem, problem.at(nu, z, _log_values(problem, x, z)), sum_rounding(len(x)))
    if isinstance(branches.profile, ExponentialProfile):
        yield follow_graded(problem, float(np.abs(system.min_norm()).max()), sum_rounding(len(x)))


def _to_rounding(system: LinearSystem, bias: Bias, x: Vector) -> Vector:
    """x with its equations met to rounding where columns are graded, if what that moves leaves ν as it is.

    ∇Φ is a logarithm of x at depth 2, and hardly feels it; at depth 3 and more it feels it as much as x does.
    """
    if not isinstance(bias.potential, SeparablePotential) or not has_graded_columns(system.rows()):
        return x
    is_logarithm = isinstance(bias.potential.branches(bias.offset).profile, ExponentialProfile)
    return in_own_rows(system, x, bias.potential) if is_logarithm else x


def _is_told(system: LinearSystem, branches: Branches, state: GradedState) -> bool:
    """Whether equations tell each X that the slacks of ν have lost: their columns are independent."""
    A = system.rows()
    felt = (np.abs(A) / state.terms[:, None]).max(axis=0)[branches.coordinate] * np.exp(state.log_values)
    lost = np.unique(branches.coordinate[(felt > TOLERANCES.near) & (state.unsure > TOLERANCES.near)])
    if len(lost) < 2:
        return True
    sizes = np.linalg.svd(A[:, lost] / np.linalg.norm(A[:, lost], axis=0), compute_uv=False)
    return len(lost) <= len(A) and bool(sizes[-1] > TOLERANCES.dependent * sizes[0])


def _are_met(system: LinearSystem, x: Vector, tol: float) -> bool:
    """Whether x solves the system, or as nearly as rounding of the terms of its equations allows."""
    rounding = sum_rounding(len(x))
    is_rounded = rounding <= tol and np.isfinite(x).all() and missed(system.rows(), x, system.b) <= rounding
    return bool(is_rounded) or are_met(system, x, system.residual(x), tol)


def _log_values(problem: GradedProblem, x: Vector, z: Vector) -> np.ndarray:
    """log X of every branch as ν implies it, but for the largest one of each coordinate, which makes up x."""
    branches = problem.branches
    implied = np.clip(problem.log_values(branches.start - problem.fall(z)), -LARGEST_LOG, None)
    logs = np.where(np.isfinite(implied), implied, -LARGEST_LOG)
    is_along = branches.sign * x[branches.coordinate] > 0
    largest = np.full(len(x), -np.inf)
    np.maximum.at(largest, branches.coordinate[is_along], implied[is_along])
    is_largest = is_along & (implied >= largest[branches.coordinate])
    rest = branches.gather(np.where(is_largest, 0.0, branches.sign * np.exp(np.minimum(logs, LARGEST_LOG))), len(x))
    wanted = branches.sign * (x - rest)[branches.coordinate]
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.log(wanted)
    return np.where(is_largest & (wanted > 0), own, logs)
