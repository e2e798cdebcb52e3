"""The chosen scale and stop on all the data, with the whole path."""

from __future__ import annotations

import numpy as np

from ridgeless.estimators._cross_validation import Problem, walk
from ridgeless.estimators._fits import Fit, joined, penalised_end, training_end
from ridgeless.estimators._paths import Grid
from ridgeless.estimators._proximal import iterate_at


def refitted(problem: Problem, scale: tuple[int, ...], point: tuple[int, ...]) -> Fit:
    """The fit of every target at its own scale and point, along the grid that cross-validation went.

    Args:
        problem: the family on all the data.
        scale: which scale, for each target.
        point: which point of the path, for each target.
    """
    targets = problem.prepared.targets.shape[1]
    return joined([_one(problem, scale[t] * targets + t, point[t]) for t in range(targets)])


def _one(problem: Problem, lane: int, point: int) -> Fit:
    lanes = problem.lanes.part(np.array([lane]))
    grid = Grid(problem.grid.strengths[:, [lane]])
    strengths = grid.strengths[:, 0]
    chosen, duals, steps = iterate_at(lanes, np.zeros_like(lanes.targets)), [], 0
    for k, at in walk(problem, lanes, grid):
        duals.append(at.dual)
        # Only the chosen point is kept whole: each has several numbers for every feature.
        if k <= point:
            chosen, steps = at, steps + int(at.steps[0])
    if problem.family.is_training:
        return training_end(lanes, chosen, strengths, np.array(duals), steps, float(strengths[point]))
    return penalised_end(lanes, chosen, strengths, np.array(duals), steps, float(strengths[point]))
