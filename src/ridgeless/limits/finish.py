"""The last stage of every limit: checks a solver's minimum in the rows of A and refines or re-solves it if needed.

Solvers work on orthonormal rows, where an equation on small columns may be left unsolved. A small remainder is removed
by iterative refinement (`own_rows`); where x itself was lost, primal-dual Newton finds it again (`graded`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless._core.exact import independent_rows
from ridgeless._core.exact.tableau import IndependentEquations
from ridgeless._core.extremes import LARGEST_LOG
from ridgeless.limits.graded import GradedProblem, GradedState, follow_graded, solve_graded
from ridgeless.limits.minimisation import Minimisation
from ridgeless.limits.own_rows import has_graded_columns, meets_every_equation, refine_each_equation
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import Bias, SeparablePotential
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import are_met, missed, sum_rounding, terms_of


def finished(question: Minimisation, found: Minimum) -> Minimum:
    """The minimum that a solver found, refined until each equation holds to its own rounding where float64 can.

    A minimum on a face of the sign cone has been refined there, and one of the ℓ1 norm has no gradient to refine by.
    """
    system, bias, tol = question.system, question.bias, question.tol
    if not (system.is_expandable and bias.potential.is_smooth) or found.zeros is not None:
        return found
    x, dual, steps = _correct(system, bias, found, tol)
    has_moved = not norm(x - found.x) <= TOLERANCES.lost * norm(x)
    # A remainder beyond rounding may hide a choice between columns that are nearly equal: at depth 2 ν makes it
    # accurately, at depth 3 and more slacks make it, which may have lost their digits.
    has_remainder = (
        _has_edges(bias)
        and not system.residual(x) <= TOLERANCES.finest_aim
        and not meets_every_equation(system, x, tol)
    )
    outcome = found.outcome.or_moved(has_moved or has_remainder)
    return replace(found, x=x, dual=dual, steps=found.steps + steps, outcome=outcome)


def _has_edges(bias: Bias) -> bool:
    """Whether the branches blow up at an edge, as those of depth 3 and more do."""
    if not isinstance(bias.potential, SeparablePotential):
        return False
    return not isinstance(bias.potential.branches(bias.offset).profile, ExponentialProfile)


def _correct(system: LinearSystem, bias: Bias, found: Minimum, tol: float) -> tuple[Vector, Dual, int]:
    """x and ν with each equation holding to its own rounding where float64 can, and the Newton steps taken.

    Where all equations hold, x and ν stay. A small x on a large column may have been lost altogether on orthonormal
    rows: primal-dual Newton then looks for it from where the solver ended, and for exponentials along a homotopy too.
    """
    x, nu = found.x, found.dual
    if meets_every_equation(system, x, tol):
        return _refine_where_graded(system, bias, x), nu, 0
    corrected = refine_each_equation(system, x, bias.potential)
    is_small = np.all(np.abs(corrected - x) <= TOLERANCES.near * np.abs(x))
    if not isinstance(bias.potential, SeparablePotential) or (is_small and _solves(system, corrected, tol)):
        return corrected, nu, 0
    best, steps, branches = (corrected, nu), 0, bias.potential.branches(bias.offset)
    for equations in _selections(system, x):
        for state, taken, dual in _branch_newton_attempts(system, equations, branches, x, nu):
            steps += taken
            is_end = state.merit <= TOLERANCES.near and missed(system.rows(), state.x, system.b) <= TOLERANCES.near
            if is_end and _is_determined(equations.rows, branches, state):
                refined = refine_each_equation(system, state.x, bias.potential)
                if _solves(system, refined, tol):
                    dual[equations.index] = state.nu
                    return refined, dual, steps
    return *best, steps


def _selections(system: LinearSystem, x: Vector) -> Iterator[IndependentEquations]:
    """Independent equations: an equation that depends on others would ask for a step along a ν that moves nothing.

    Where some depend on others, those farthest from dependent come first. x may then miss an equation that was left out
    and has small terms; a second choice keeps the equations with small terms at x, as far as three digits allow.
    """
    A, b, rank = system.rows(), system.b, system.row_space.rank
    yield independent_rows(A, b, rank)
    lengths, terms = np.linalg.norm(A, axis=1), terms_of(A, x, b)
    share = np.divide(terms, lengths, out=np.ones_like(terms), where=lengths > 0)
    largest = float(np.max(share, initial=0.0))
    if rank < len(b) and 0 < largest < np.inf:
        yield independent_rows(A, b, rank, lengths * np.clip(share / largest, TOLERANCES.close, 1.0))


def _branch_newton_attempts(
    system: LinearSystem, equations: IndependentEquations, branches: Branches, x: Vector, nu: Dual
) -> Iterator[tuple[GradedState, int, Dual]]:
    """Solutions by primal-dual Newton: from x and ν, then by a homotopy where branches allow it.

    With each come its steps and the ν that it began from, which stays as it is for equations that were left out.
    """
    if not len(branches.sign):
        return
    problem = GradedProblem(equations.rows, equations.rhs, branches)
    if np.isfinite(x).all() and np.isfinite(nu).all():
        z, few = system.rmatvec(nu), nu[equations.index]
        state = problem.at(few, z, _initial_log_values(problem, x, z))
        yield *solve_graded(problem, state, sum_rounding(len(x))), nu.copy()
    if isinstance(branches.profile, ExponentialProfile):
        found = follow_graded(problem, float(np.abs(system.min_norm()).max()), sum_rounding(len(x)))
        yield *found, np.zeros(len(nu))


def _refine_where_graded(system: LinearSystem, bias: Bias, x: Vector) -> Vector:
    """x, refined until each equation holds to rounding where columns differ in size and ν stays valid.

    At depth 2 ∇Φ is a logarithm of x and hardly changes; at depth 3 and more it changes as much as x does.
    """
    if not isinstance(bias.potential, SeparablePotential) or not has_graded_columns(system.rows()):
        return x
    is_logarithm = isinstance(bias.potential.branches(bias.offset).profile, ExponentialProfile)
    return refine_each_equation(system, x, bias.potential) if is_logarithm else x


def _is_determined(A: Matrix, branches: Branches, state: GradedState) -> bool:
    """Whether the equations determine each X that ν does not: whether the columns of these X are independent."""
    size_in_equations = (np.abs(A) / state.terms[:, None]).max(axis=0)[branches.coordinate] * np.exp(state.log_values)
    uncertain = np.unique(
        branches.coordinate[(size_in_equations > TOLERANCES.near) & (state.relative_uncertainty > TOLERANCES.near)]
    )
    if len(uncertain) < 2:
        return True
    sizes = np.linalg.svd(A[:, uncertain] / np.linalg.norm(A[:, uncertain], axis=0), compute_uv=False)
    return len(uncertain) <= len(A) and bool(sizes[-1] > TOLERANCES.dependent * sizes[0])


def _solves(system: LinearSystem, x: Vector, tol: float) -> bool:
    """Whether x solves the system to `tol`, or as nearly as the rounding of its terms allows."""
    rounding = sum_rounding(len(x))
    is_rounded = rounding <= tol and np.isfinite(x).all() and missed(system.rows(), x, system.b) <= rounding
    return bool(is_rounded) or are_met(system, x, system.residual(x), tol)


def _initial_log_values(problem: GradedProblem, x: Vector, z: Vector) -> np.ndarray:
    """log X of each branch as ν implies it, except the largest of each coordinate, chosen so that the sum is x."""
    branches = problem.branches
    implied = np.clip(problem.log_values(branches.start - problem.slack_decrease(z)), -LARGEST_LOG, None)
    logs = np.where(np.isfinite(implied), implied, -LARGEST_LOG)
    is_along = branches.sign * x[branches.coordinate] > 0
    largest = np.full(len(x), -np.inf)
    np.maximum.at(largest, branches.coordinate[is_along], implied[is_along])
    is_largest = is_along & (implied >= largest[branches.coordinate])
    rest = branches.gather(np.where(is_largest, 0.0, branches.sign * np.exp(np.minimum(logs, LARGEST_LOG))), len(x))
    wanted = branches.sign * (x - rest)[branches.coordinate]
    with np.errstate(divide="ignore", invalid="ignore"):
        log_wanted = np.log(wanted)
    return np.where(is_largest & (wanted > 0), log_wanted, logs)
