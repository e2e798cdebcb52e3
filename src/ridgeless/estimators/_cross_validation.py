"""Errors of many scales and stops on samples that were left out, for several ways of fitting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ridgeless.estimators._paths import ORDER, Grid, Visit, grid_of, penalised_path, training_path
from ridgeless.estimators._preparation import Prepared, Treatment, lanes_of, prepare
from ridgeless.estimators._proximal import Iterate, Lanes, ProximalTolerances
from ridgeless.estimators.mirror_maps import MirrorMap

TOLERANCES = ProximalTolerances()
# Training from relative scales below this learns one feature after another. There steps of the first order, Bregman
# iteration, leave more of what they find unshrunk than the flow itself, and predict better: `make bench-estimators`.
BREGMAN_BELOW = 1e-2


@dataclass(frozen=True, eq=False)
class Family:
    """One way of fitting, whose scales and stops are compared.

    Attributes:
        mirror: the mirror map of the network.
        treatment: what is done to the data, inside each fold.
        is_training: whether the path is training, and not the penalty.
    """

    mirror: MirrorMap
    treatment: Treatment
    is_training: bool


@dataclass(frozen=True, eq=False)
class Problem:
    """A family on all the data, with the grid that its folds share.

    Attributes:
        family: the way of fitting.
        prepared: all the data.
        lanes: a lane for each scale and target, scales first.
        grid: the points of each lane.
        orders: of the steps of training, shape (lanes,).
    """

    family: Family
    prepared: Prepared
    lanes: Lanes
    grid: Grid
    orders: np.ndarray


@dataclass(frozen=True, eq=False)
class Samples:
    """Checked samples: X (n, p), y (n, targets) and weights (n,)."""

    X: Any
    y: np.ndarray
    weights: np.ndarray

    def part(self, chosen: np.ndarray) -> Samples:
        """Some of the samples."""
        return Samples(self.X[chosen], self.y[chosen], self.weights[chosen])


def problem_of(family: Family, samples: Samples, scales: np.ndarray, points: int, decades: float) -> Problem:
    """The family on all the data."""
    prepared = prepare(samples.X, samples.y, samples.weights, family.treatment, family.mirror)
    lanes = lanes_of(prepared, family.mirror, scales)
    orders = np.repeat(np.where(scales < BREGMAN_BELOW, 1, ORDER), samples.y.shape[1])
    return Problem(family, prepared, lanes, grid_of(lanes, points, decades), orders)


def walk(family: Family, lanes: Lanes, grid: Grid, orders: np.ndarray) -> Iterator[Visit]:
    """The points of the path that the family goes along."""
    if family.is_training:
        return training_path(lanes, grid, TOLERANCES, orders)
    return penalised_path(lanes, grid, TOLERANCES)


def solved_path(
    family: Family, lanes: Lanes, grid: Grid, orders: np.ndarray
) -> Iterator[tuple[int, Iterate, np.ndarray]]:
    """Each point of the path, and which lanes are solved there, shape (lanes,).

    A step of training starts from the ones before it, and a lane that missed its tolerance once is lost; penalised
    solutions stand for themselves.
    """
    is_solved = np.ones(len(lanes.scales), dtype=bool)
    for k, at in walk(family, lanes, grid, orders):
        is_solved = at.is_solved & is_solved if family.is_training else at.is_solved
        yield k, at, is_solved


def fold_scores(problem: Problem, samples: Samples, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Errors on the samples left out, and how far their predictions moved, shape (2, points, lanes).

    Both are weighted mean squares: of prediction less truth, and of prediction less that of the point before, which is
    0 at the first point. Where a lane is not solved, its error is infinite, and there is no move.

    The scales are those of all the data, in units of w. The strengths λ stand beside a sum over samples, and shrink
    with it. One thread, so that the bits are the same whatever runs beside it.
    """
    with threadpool_limits(limits=1):
        family, inside, outside = problem.family, samples.part(train), samples.part(test)
        prepared = prepare(inside.X, inside.y, inside.weights, family.treatment, family.mirror)
        lanes = replace(
            lanes_of(prepared, family.mirror, np.ones(1)),
            targets=np.tile(prepared.targets, (1, len(problem.lanes.scales) // samples.y.shape[1])),
            scales=problem.lanes.scales,
        )
        grid = Grid(problem.grid.strengths * (prepared.samples / problem.prepared.samples))
        truth = np.tile(outside.y, (1, len(lanes.scales) // samples.y.shape[1]))
        weights = outside.weights / outside.weights.sum()
        scores, before, was_solved = [], None, None
        for _, at, is_solved in solved_path(family, lanes, grid, problem.orders):
            here = predicted(prepared, lanes, at, outside.X)
            error = np.where(is_solved, weights @ (here - truth) ** 2, np.inf)
            moved = np.zeros_like(error)
            if before is not None:
                moved = np.where(is_solved & was_solved, weights @ (here - before) ** 2, 0.0)
            scores.append([error, moved])
            before, was_solved = here, is_solved
        return np.swapaxes(scores, 0, 1)


def predicted(prepared: Prepared, lanes: Lanes, at: Any, X: Any) -> np.ndarray:
    """Predictions of every lane, shape (samples, lanes)."""
    coefficients = prepared.column_scale[:, None] * lanes.coefficients(at.growth.value)
    repeats = len(lanes.scales) // len(prepared.target_means)
    intercept = np.tile(prepared.target_means, repeats) - prepared.feature_means @ coefficients
    return np.asarray(X @ coefficients) + intercept


@dataclass(frozen=True, eq=False)
class Scores:
    """Errors of every family, scale, point and target.

    Attributes:
        errors: mean over folds, shape (families, scales, points, targets).
        deviations: standard error of that mean, of the same shape.
    """

    errors: np.ndarray
    deviations: np.ndarray

    @classmethod
    def of_folds(cls, by_fold: Sequence[Sequence[np.ndarray]] | np.ndarray, targets: int) -> Scores:
        """From the errors of each family and fold, each of shape (points, scales·targets)."""
        folds = by_scale(by_fold, targets)
        count, known = folds.shape[1], np.all(np.isfinite(folds), axis=1)
        finite = np.where(np.expand_dims(known, 1), folds, 0.0)
        spread = finite.std(axis=1, ddof=1) if count > 1 else np.zeros_like(finite[:, 0])
        return cls(np.where(known, finite.mean(axis=1), np.inf), np.where(known, spread / np.sqrt(count), np.inf))


def by_scale(by_fold: Sequence[Sequence[np.ndarray]] | np.ndarray, targets: int) -> np.ndarray:
    """Numbers of each family and fold, each of shape (points, scales·targets), in one array.

    Returns:
        shape (families, folds, scales, points, targets).
    """
    folds = np.array(by_fold)
    families, count, points, lanes = folds.shape
    return folds.reshape(families, count, points, lanes // targets, targets).transpose(0, 1, 3, 2, 4)


@dataclass(frozen=True)
class Choice:
    """Which family, and for each target which scale and point."""

    family: int
    scale: tuple[int, ...]
    point: tuple[int, ...]


def least_error(scores: Scores) -> Choice:
    """The least mean error. One family serves all targets: that with the least sum of errors relative to the best."""
    families, scales, points, targets = scores.errors.shape
    best = scores.errors.reshape(families, scales * points, targets).min(axis=1)
    overall = best.min(axis=0)
    relative = np.divide(best, overall, out=np.ones_like(best), where=overall > 0)
    family = int(np.argmin(relative.sum(axis=1)))
    flat = np.argmin(scores.errors[family].reshape(scales * points, targets), axis=0)
    scale, point = np.unravel_index(flat, (scales, points))
    return Choice(family, tuple(map(int, scale)), tuple(map(int, point)))


def within_one_standard_error(scores: Scores, best: Choice) -> Choice:
    """The earliest point, on the path of the best scale, whose error is within one standard error of the least."""
    points = []
    for target, (scale, point) in enumerate(zip(best.scale, best.point, strict=True)):
        errors = scores.errors[best.family, scale, :, target]
        limit = errors[point] + scores.deviations[best.family, scale, point, target]
        points.append(int(np.flatnonzero(errors[: point + 1] <= limit)[0]))
    return replace(best, point=tuple(points))
