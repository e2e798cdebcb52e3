"""The chosen scale and stop on all the data, with the whole path."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ridgeless.estimators._cross_validation import TOLERANCES, Problem
from ridgeless.estimators._fits import (
    FIRST_EXPLAINED,
    ON_THE_WAY,
    TIME_RATIO,
    Fit,
    Route,
    joined,
    penalised_end,
    training_end,
)
from ridgeless.estimators._paths import ORDER, Grid, first_strength, penalised_path, training_path
from ridgeless.estimators._proximal import Lanes, iterate_at


def refitted(problem: Problem, scale: tuple[int, ...], point: tuple[int, ...]) -> Fit:
    """The fit of every target at its own scale and point, along the points that cross-validation went.

    Cross-validation goes from point to point in one step. Here training takes as many between them as keep it on
    gradient flow, up to the point that was chosen; where cross-validation is Bregman iteration, so is this.

    Args:
        problem: the family on all the data.
        scale: which scale, for each target.
        point: which point of the path, for each target.
    """
    targets = problem.prepared.targets.shape[1]
    return joined([_one(problem, scale[t] * targets + t, point[t]) for t in range(targets)])


def _one(problem: Problem, lane: int, point: int) -> Fit:
    lanes, strengths = problem.lanes.part(np.array([lane])), problem.grid.strengths[:, lane]
    orders = problem.orders[[lane]]
    is_flow = problem.family.is_training and orders[0] == ORDER
    along, shown = _steps_between(lanes, strengths, point) if is_flow else (strengths, np.arange(len(strengths)))
    grid = Grid(along[:, None])
    if problem.family.is_training:
        visits = training_path(lanes, grid, ON_THE_WAY if is_flow else TOLERANCES, orders)
    else:
        visits = penalised_path(lanes, grid, TOLERANCES)
    chosen, duals, steps, is_solved = iterate_at(lanes, np.zeros_like(lanes.targets)), [], 0, True
    is_shown = set(shown.tolist())
    for k, at in visits:
        if k in is_shown:
            duals.append(at.dual)
        # Only the chosen point is kept whole: each has several numbers for every feature.
        if k <= shown[point]:
            chosen, steps, is_solved = at, steps + int(at.steps[0]), is_solved and bool(at.is_solved[0])
    end = training_end if problem.family.is_training else penalised_end
    return end(lanes, chosen, Route(tuple(strengths), tuple(duals), steps, is_solved), float(strengths[point]))


def _steps_between(lanes: Lanes, strengths: np.ndarray, point: int) -> tuple[np.ndarray, np.ndarray]:
    """λ of every step, several between neighbours up to a point and one after it; and which steps are points."""
    first = max(float(first_strength(lanes, FIRST_EXPLAINED)[0]), strengths[0])
    along, shown = [np.array([first])], []
    for high, low in pairwise([first, *strengths[: point + 1]]):
        count = int(np.ceil(np.log(high / low) / np.log(TIME_RATIO)))
        along.append(np.geomspace(high, low, count + 1)[1:])
        shown.append(sum(map(len, along)) - 1)
    rest = strengths[point + 1 :]
    fine = np.concatenate(along)
    return np.concatenate([fine, rest]), np.array([*shown, *range(len(fine), len(fine) + len(rest))])
