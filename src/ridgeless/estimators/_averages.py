"""An average over whole paths: of every scale and point, by exponential weights on cross-validated errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from ridgeless.estimators._cross_validation import Problem, Scores, solved_path
from ridgeless.estimators._paths import Grid
from ridgeless.estimators.choosing import shares

# The temperature of exponential weights, in units of the variance of the noise: that of Leung and Barron (2006), with
# which an average of fixed predictions has, under Gaussian noise, an expected error of at most 4σ²·log(1/π)/n beyond
# that of any member of prior weight π (Dalalyan and Tsybakov 2008).
_TEMPERATURE = 4.0


def path_measure(moves: np.ndarray) -> np.ndarray:
    """What part of its path each point stands for, shape (…, points, targets); each path has 1 in all.

    A point stands for half of the way that predictions go to it, and half of that from it: the trapezoidal rule of an
    integral along the path. So nothing depends on the spacing of the points or on the clock, and the many points at the
    end where predictions stand still count next to nothing. Of a path that does not move, all points count alike.

    Args:
        moves: the distance of each point's predictions from those of the point before, of the same shape.
    """
    to_next = np.concatenate([moves[..., 1:, :], np.zeros_like(moves[..., :1, :])], axis=-2)
    halves = 0.5 * (moves + to_next)
    length = halves.sum(axis=-2, keepdims=True)
    alike = np.full_like(halves, 1 / halves.shape[-2])
    return np.divide(halves, length, out=alike, where=length > 0)


def exponential_weights(errors: np.ndarray, prior: np.ndarray, samples: float) -> np.ndarray:
    """Weights of an average, shape (members,): prior·exp(−n·Δ/(4E)), Δ the error beyond the least, E.

    E stands for the variance of the noise, and is rather more: weights are more alike than with the noise known.

    Args:
        errors: mean squared errors on samples left out, infinite where there is none, shape (members,).
        prior: weights before any error is known, shape (members,).
        samples: n, how many samples were left out; where they have weights, the sum of these.
    """
    least = errors[prior > 0].min()
    # A member of no prior weight may have less, and gets none.
    beyond = np.maximum(errors - least, 0.0)
    # Members without any error are alone, for what they leave has no variance.
    excess = beyond / (_TEMPERATURE * least) if least > 0 else np.where(beyond > 0, np.inf, 0.0)
    with np.errstate(under="ignore"):
        weights = prior * np.exp(-samples * excess)
    return shares(weights[:, None])[:, 0]


def average_weights(scores: Scores, moves: np.ndarray, samples: float) -> np.ndarray:
    """Weights of all families, scales and points, which sum to 1 for each target; of the shape of the errors.

    Families and scales are equal beforehand, and points as `path_measure` has them. A point that some fold did not
    solve is no part of its path: the way that other folds went to it is not counted.

    Args:
        scores: errors of each.
        moves: mean distances of predictions, of the same shape.
        samples: how many samples were left out; where they have weights, the sum of these.
    """
    prior, targets = path_measure(np.where(np.isfinite(scores.errors), moves, 0.0)), moves.shape[-1]
    return np.stack(
        [
            exponential_weights(scores.errors[..., target].ravel(), prior[..., target].ravel(), samples)
            for target in range(targets)
        ],
        axis=-1,
    ).reshape(scores.errors.shape)


@dataclass(frozen=True, eq=False)
class Members:
    """What a family contributes to an average.

    Attributes:
        solved: the sum of its members' coefficients times their weights, shape (p, targets).
        weights: of its members, shape (scales, points, targets).
    """

    solved: np.ndarray
    weights: np.ndarray


def members_of(problem: Problem, weights: np.ndarray) -> Members:
    """The members of a family that have weight, fitted on all the data by the steps that cross-validation took.

    A member whose steps miss their tolerance on all the data is left out, and its weight with it. One thread, so that
    the bits are the same whatever runs beside it.

    Args:
        problem: the family.
        weights: shape (scales, points, targets).
    """
    scales, points, targets = weights.shape
    by_lane = weights.transpose(1, 0, 2).reshape(points, scales * targets)
    chosen, some = np.flatnonzero(by_lane.any(axis=0)), np.flatnonzero(by_lane.any(axis=1))
    solved, kept = np.zeros((targets, problem.prepared.design.shape[1])), np.zeros_like(by_lane)
    if not len(chosen):
        return Members(solved.T, weights)
    # What comes after the last point that has weight is not computed, and neither are lanes without any.
    lanes, grid = problem.lanes.part(chosen), Grid(problem.grid.strengths[: some[-1] + 1, chosen])
    with threadpool_limits(limits=1):
        for k, at, is_solved in solved_path(problem.family, lanes, grid, problem.orders[chosen]):
            kept[k, chosen] = np.where(is_solved, by_lane[k, chosen], 0.0)
            has = kept[k, chosen] > 0
            values = lanes.part(has).coefficients(at.growth.value[:, has])
            np.add.at(solved, chosen[has] % targets, (values * kept[k, chosen[has]]).T)
    return Members(solved.T, kept.reshape(points, scales, targets).transpose(1, 0, 2))


@dataclass(frozen=True, eq=False)
class Average:
    """An average of members of several families.

    Attributes:
        coefficients: shape (targets, p).
        intercepts: shape (targets,).
        weights: of the members, which sum to 1 for each target, shape (families, scales, points, targets). They are 0
            for a target that has no member left, as its coefficients are.
    """

    coefficients: np.ndarray
    intercepts: np.ndarray
    weights: np.ndarray


def averaged(problems: Sequence[Problem], members: Sequence[Members]) -> Average:
    """The average of the members of all families, in which those that were left out have no part."""
    weights = np.stack([part.weights for part in members])
    total = weights.sum(axis=(0, 1, 2))
    part_of = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    coefficients, intercepts = 0.0, 0.0
    for problem, part in zip(problems, members, strict=True):
        found = problem.prepared.coefficients(part.solved * part_of)
        share = part.weights.sum(axis=(0, 1)) * part_of
        coefficients = coefficients + found
        intercepts = intercepts + share * problem.prepared.target_means - found @ problem.prepared.feature_means
    return Average(np.asarray(coefficients), np.asarray(intercepts), weights * part_of)
