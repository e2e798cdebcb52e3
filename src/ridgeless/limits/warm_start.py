"""Many limits on one system, each begun where the one before it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ridgeless._core.progress import counted
from ridgeless.limits.depth_two.dense import solve_dense
from ridgeless.limits.depth_two.exponentials import Exponentials, exponentials
from ridgeless.limits.finish import finished
from ridgeless.limits.minimisation import Minimisation, lifted
from ridgeless.limits.minimum import minimise
from ridgeless.limits.separable import goal_of
from ridgeless.potentials import Bias, SeparablePotential
from ridgeless.potentials.branches import ExponentialProfile
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import LinearSystem

_BEGAN = "Newton on the dual, begun at the limit before"


def minimise_path(system: LinearSystem, biases: Sequence[Bias], tol: float) -> list[Minimum]:
    """`minimise` for each bias in turn; depth-2 potentials with the same branches begin at the one before.

    Args:
        system: the constraint.
        biases: neighbours should be near each other, as along a path of scales.
        tol: on each residual; the caller checks it.
    """
    found: list[Minimum] = []
    warm: tuple[Exponentials, np.ndarray] | None = None
    for bias in counted(biases, "limit"):
        target = _exponentials(system, bias)
        if target is None:
            found.append(minimise(system, bias, tol))
            continue
        question = Minimisation(system, bias, tol)
        if warm is not None and _same_branches(warm[0], target):
            near = solve_dense(goal_of(question), target, warm)
            nu = near.dual
            minimum = finished(question, replace(lifted(system, near), method=_BEGAN))
        else:
            minimum = minimise(system, bias, tol)
            nu = _in_basis(system, minimum)
        # Where zeros are forced ν is that of a smaller system.
        warm = (target, nu) if np.isfinite(nu).all() and minimum.zeros is None else None
        found.append(minimum)
    return found


def _exponentials(system: LinearSystem, bias: Bias) -> Exponentials | None:
    """The mirror map in logarithms; None where a path has nothing to begin from or nothing to gain."""
    potential = bias.potential
    if not system.b.any():
        return None  # with b = 0 a path has no size of its own: each limit is as near to 0 as its start is
    if not isinstance(potential, SeparablePotential) or system.is_unique or not system.is_expandable:
        return None
    branches = potential.branches(bias.offset)
    is_exponential = isinstance(branches.profile, ExponentialProfile) and len(branches.slope) > 0
    return exponentials(branches, system.shape[1]) if is_exponential else None


def _same_branches(first: Exponentials, second: Exponentials) -> bool:
    return all(
        np.array_equal(np.isfinite(one), np.isfinite(two))
        for one, two in ((first.growing, second.growing), (first.shrinking, second.shrinking))
    )


def _in_basis(system: LinearSystem, minimum: Minimum) -> np.ndarray:
    """ν in the coordinates of the orthonormal rows B: B Aᵀν."""
    rows, _ = system.row_space.basis(system.b)
    return rows @ system.rmatvec(minimum.dual)
