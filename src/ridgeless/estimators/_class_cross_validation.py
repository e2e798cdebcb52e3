"""Deviances of many scales and stops on samples that were left out, for several ways of fitting a classifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from ridgeless.estimators._class_data import LabelledSamples
from ridgeless.estimators._class_preparation import (
    PreparedClasses,
    class_signs,
    lanes_at,
    log_odds_sizes,
    prepare_classes,
)
from ridgeless.estimators._cross_validation import Family, Scores
from ridgeless.estimators._linear_classifier import log_probabilities
from ridgeless.estimators._logistic import LogisticLanes
from ridgeless.estimators._logistic_fits import LogisticFit, joined, penalised_end, training_end, way_of
from ridgeless.estimators._logistic_paths import Visit, grid_of, penalised_path, training_path
from ridgeless.estimators._paths import Grid

# Part of the null deviance below which a path ends: what is left there, p ≈ 1 for all samples, tells nothing more.
_LEAST_LEFT = 1e-5


@dataclass(frozen=True, eq=False)
class ClassProblem:
    """A family on all the samples, with the grid that its folds share.

    Attributes:
        family: the way of fitting.
        prepared: all the samples.
        lanes: a lane for each scale and target, scales first.
        grid: the points of each lane.
    """

    family: Family
    prepared: PreparedClasses
    lanes: LogisticLanes
    grid: Grid


def class_problem(
    family: Family, samples: LabelledSamples, scales: np.ndarray, points: int, decades: float
) -> ClassProblem:
    """The family on all the samples, at relative scales."""
    signs = class_signs(samples.codes, len(samples.classes))
    sizes = log_odds_sizes(samples.X, signs, samples.weights, family.treatment, family.mirror)
    prepared = prepare_classes(samples.X, signs, samples.weights, family.treatment, family.mirror)
    lanes = lanes_at(prepared, family.mirror, (scales[:, None] * sizes).ravel())
    return ClassProblem(family, prepared, lanes, grid_of(lanes, points, decades))


def walk_classes(problem: ClassProblem, lanes: LogisticLanes, grid: Grid, least_left: float) -> Iterator[Visit]:
    """The points of the path that the family goes along; lanes with less of the null deviance left stay there."""
    path = training_path if problem.family.is_training else penalised_path
    return path(lanes, grid, least_left)


def fold_scores(problem: ClassProblem, samples: LabelledSamples, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Weighted mean deviance and share of errors on the samples left out, shape (2, points, scales).

    The deviance of a sample is −2·log of the probability of its class. Scales, strengths and threads are treated as by
    `_cross_validation.fold_scores`.
    """
    with threadpool_limits(limits=1):
        family, inside, outside = problem.family, samples.part(train), samples.part(test)
        signs = class_signs(inside.codes, len(samples.classes))
        prepared = prepare_classes(inside.X, signs, inside.weights, family.treatment, family.mirror)
        lanes = lanes_at(prepared, family.mirror, problem.lanes.scales)
        grid = Grid(problem.grid.strengths * (prepared.samples / problem.prepared.samples))
        scores = []
        for _, at in walk_classes(problem, lanes, grid, _LEAST_LEFT):
            coefficients = prepared.coefficients(lanes.coefficients(at.value))
            log_odds = np.asarray(outside.X @ coefficients.T) + prepared.intercepts(coefficients, at.intercept)
            scores.append(_scored(log_odds.reshape(len(log_odds), -1, signs.shape[1]), outside))
        return np.swapaxes(scores, 0, 1)


def _scored(log_odds: np.ndarray, outside: LabelledSamples) -> np.ndarray:
    """Deviances and shares of errors, shape (2, scales), of log-odds of shape (n, scales, targets)."""
    logs = log_probabilities(log_odds)
    of_class = np.take_along_axis(logs, outside.codes[:, None, None], axis=-1)[..., 0]
    is_wrong = np.argmax(logs, axis=-1) != outside.codes[:, None]
    return outside.weights @ np.stack([-2 * of_class, is_wrong]) / outside.weights.sum()


def refitted_classes(problem: ClassProblem, scale: int, point: int) -> LogisticFit:
    """The fit of every target at one scale and point, along the grid that cross-validation went."""
    targets = problem.prepared.signs.shape[1]
    ends = []
    for lane in range(scale * targets, (scale + 1) * targets):
        lanes, grid = problem.lanes.part(np.array([lane])), Grid(problem.grid.strengths[:, [lane]])
        way = way_of(walk_classes(problem, lanes, grid, 0.0), grid.strengths[:, 0], point)
        end = training_end if problem.family.is_training else penalised_end
        ends.append(end(lanes, way, point))
    return joined(ends)


def likelihood_weights(scores: Scores, samples: float) -> np.ndarray:
    """Weights of an average, shape (families, scales): exp(−n·Δ/2), Δ the mean deviance beyond the least.

    They are Akaike's (1978), with the cross-validated likelihood for the one that is corrected for its parameters.
    """
    least = scores.errors[..., 0].min(axis=2)
    weights = np.exp(-0.5 * samples * (least - least.min()))
    return weights / weights.sum()
