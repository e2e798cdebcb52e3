"""The limit of depth-2 networks: the solver that fits how A is stored, and how small the start is."""

from __future__ import annotations

from dataclasses import replace

from ridgeless.limits.depth_two.column_blocks import solve_in_blocks
from ridgeless.limits.depth_two.dense import solve_dense
from ridgeless.limits.depth_two.exponentials import Exponentials, exponentials
from ridgeless.limits.depth_two.from_l1_vertex import solve_from_vertex
from ridgeless.limits.depth_two.matrix_free import solve_by_products
from ridgeless.limits.minimisation import Minimisation, lifted
from ridgeless.limits.separable import aim, goal_of, solve_branches, units
from ridgeless.limits.sign_feasibility import refuse_proved_infeasible
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.potentials.minimum import Minimum, Outcome
from ridgeless.systems import ColumnBlocks


@solve_branches.register
def solve_depth_two(profile: ExponentialProfile, question: Minimisation, branches: Branches) -> Minimum:  # noqa: ARG001
    """The minimum where the mirror map is made of exponentials."""
    system = question.system
    target = exponentials(branches, system.shape[1])
    if not system.is_expandable:
        return _out_of_core(question, branches, target)
    near = solve_from_vertex(system, target, aim(question.tol))
    if near.outcome is Outcome.REACHED:
        return near
    found = solve_dense(goal_of(question), target)
    return lifted(system, replace(found, steps=near.steps + found.steps))


def _out_of_core(question: Minimisation, branches: Branches, target: Exponentials) -> Minimum:
    """The same on a system whose rows do not fit into memory."""
    system = question.system
    solve = solve_in_blocks if isinstance(system.A, ColumnBlocks) else solve_by_products
    found = solve(system, target, *units(question, system.b), TOLERANCES.coarse * question.tol, question.watch)
    signs, is_frozen = branches.locked_signs(system.shape[1]), ~branches.present(system.shape[1])
    if (signs.any() or is_frozen.any()) and not system.residual(found.x, start=question.initial) <= question.tol:
        refuse_proved_infeasible(system, signs, is_frozen, found.dual)
    return found
