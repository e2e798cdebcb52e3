"""One fit of a classifier: from prepared samples and a stop to coefficients, with the path that led there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np
from scipy.special import kl_div

from ridgeless.errors import InvalidInputError
from ridgeless.estimators._fits import LATEST
from ridgeless.estimators._logistic import (
    AT_THE_END,
    ON_THE_WAY,
    LogisticLanes,
    LogisticPoint,
    is_separated,
    solve_logistic,
    start_of,
)
from ridgeless.estimators._logistic_paths import Visit, first_strengths, penalised_path, training_path
from ridgeless.estimators._parameters import refused
from ridgeless.estimators._paths import ORDER, Grid, backward_difference, root
from ridgeless.estimators._proximal import ProximalStep
from ridgeless.estimators._standstill import AS_ASKED, Ending, came_to_rest, unexplained, until_at_rest, until_gone
from ridgeless.estimators.deviance_certificate import DevianceCertificate
from ridgeless.estimators.stops import AtTime, Discrepancy, Explained, Interpolate, Penalty, Stop

# Neighbouring times of a single training have this ratio, and the first explains this part of the null deviance:
# together they keep coefficients within 1e-3 of gradient flow at relative scales of 1e-2 and above
# (tests/estimators/test_classifier_training.py). Where g has poles, coefficients rise faster than exponentials.
_TIME_RATIO, _TIME_RATIO_WITH_POLES = 1.05, 1.02
_FIRST_EXPLAINED = 5e-4
_PENALTY_RATIO = 1.3
_MOST_POINTS = 4000
_CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """The end of a fit, one lane for each target.

    Attributes:
        stop: where it stopped, with its number where it was found, one for each target.
        solved: coefficients of the design, shape (p, targets).
        dual: ν, shape (n, targets).
        intercept: β for the design, shape (targets,).
        steps: Newton steps in all, shape (targets,).
        certificates: what is proved, one for each target.
        strengths: λ of each point on the way, or 1/t in the time of ν′ = −∇L, shape (points, targets).
        duals: ν of each point, shape (points, n, targets).
        intercepts: β of each point, shape (points, targets).
        is_training: whether the way is that of training, and not of the penalty.
        is_solved: whether every point reached its tolerance, shape (targets,).
        endings: how it ended, one for each target.
        points: which point of the path it is, one for each target.
    """

    stop: tuple[Stop, ...]
    solved: np.ndarray
    dual: np.ndarray
    intercept: np.ndarray
    steps: np.ndarray
    certificates: tuple[DevianceCertificate | None, ...]
    strengths: np.ndarray
    duals: np.ndarray
    intercepts: np.ndarray
    is_training: bool
    is_solved: np.ndarray
    endings: tuple[Ending, ...]
    points: tuple[int, ...]


# The way of one lane: λ and the point at each of its stations.
Way = list[tuple[float, LogisticPoint]]


def checked_class_stop(estimator: Any, stop: Any) -> Stop:
    """A stop of a classifier, or the default.

    Raises:
        InvalidInputError: it is none, or one that a classifier has not; the message says why.
    """
    name = type(estimator).__name__
    if isinstance(stop, Interpolate):
        raise InvalidInputError(
            f"{name}(stop=Interpolate()): where classes can be separated, coefficients grow for ever and only their "
            "direction has a limit, that of the largest margin; give stop=Explained(0.99) or a small Penalty(lam)"
        )
    if isinstance(stop, Discrepancy):
        raise InvalidInputError(
            f"{name}(stop={stop!r}): labels have no noise of a standard deviation; give stop=Explained(share) or "
            "Penalty(lam), or choose by RidgelessClassifierCV"
        )
    if stop is not None and not isinstance(stop, AtTime | Penalty | Explained):
        raise refused(estimator, "stop", stop, "AtTime(t), Penalty(lam) or Explained(share)")
    return Explained(0.5) if stop is None else stop


def fit_classes(stop: Stop, lanes: LogisticLanes) -> LogisticFit:
    """The fit of every target, each on a lane of its own, to a stop from `checked_class_stop`."""
    return joined([_fit_one(stop, lanes.part(np.array([lane]))) for lane in range(lanes.signs.shape[1])])


def joined(ends: Sequence[LogisticFit]) -> LogisticFit:
    """One fit of several targets, from those of each; the path of one that ended early is held at its end."""
    points = max(len(end.strengths) for end in ends)

    def padded(array: np.ndarray) -> np.ndarray:
        return np.concatenate([array, np.repeat(array[-1:], points - len(array), axis=0)])

    return LogisticFit(
        tuple(end.stop[0] for end in ends),
        np.column_stack([end.solved for end in ends]),
        np.column_stack([end.dual for end in ends]),
        np.concatenate([end.intercept for end in ends]),
        np.concatenate([end.steps for end in ends]),
        tuple(end.certificates[0] for end in ends),
        np.column_stack([padded(end.strengths) for end in ends]),
        np.concatenate([padded(end.duals) for end in ends], axis=-1),
        np.concatenate([padded(end.intercepts) for end in ends], axis=-1),
        ends[0].is_training,
        np.concatenate([end.is_solved for end in ends]),
        tuple(end.endings[0] for end in ends),
        tuple(end.points[0] for end in ends),
    )


@singledispatch
def _fit_one(stop: Stop, lanes: LogisticLanes) -> LogisticFit:  # noqa: ARG001
    raise InvalidInputError(f"no classifier stops at {stop!r}: give AtTime, Penalty or Explained")


@_fit_one.register
def _at_time(stop: AtTime, lanes: LogisticLanes) -> LogisticFit:
    last = min(stop.time * lanes.mirror.rate(float(lanes.scales[0])), LATEST)
    first = min(float(1 / first_strengths(lanes, _FIRST_EXPLAINED)[0]), last)
    ratio = _time_ratio(lanes)
    count = max(1, int(np.ceil((np.log(last) - np.log(first)) / np.log(ratio))))
    times = np.geomspace(first, last, count + 1) if last > first else np.array([last])
    is_at_rest = until_at_rest(ratio, lanes.design, lanes.mirror)

    def is_over(at: LogisticPoint) -> bool:
        if is_separated(lanes, at)[0]:
            return True
        return is_at_rest(at.fitted + at.intercept, at.pull, lanes.coefficients(at.value))

    way = _trained(lanes, times, is_over)
    end = training_end(lanes, way, len(way) - 1)
    if len(way) == len(times):
        return replace(end, stop=(stop,))
    beyond = bool(is_separated(lanes, way[-1][1])[0])
    return replace(end, endings=(_beyond_float64(stop, end.stop[0]) if beyond else came_to_rest(stop),))


def _beyond_float64(stop: AtTime, reached: Stop) -> Ending:
    return Ending(
        f"{stop} is later than float64 can tell: at {reached} every sample has its class with a probability of 1 up to "
        "1e-8, and the fit ends there; later coefficients are larger, and decide alike.",
        is_short=True,
    )


@_fit_one.register
def _explained(stop: Explained, lanes: LogisticLanes) -> LogisticFit:
    allowed = float((1 - stop.share) * lanes.null_losses()[0])

    def excess(at: LogisticPoint) -> float:
        return float(at.loss[0]) - allowed

    first = 1 / first_strengths(lanes, min(_FIRST_EXPLAINED, 0.1 * stop.share))
    ratio = _time_ratio(lanes)
    is_over = until_gone(ratio)
    way = _trained(lanes, first * ratio ** np.arange(_MOST_POINTS), lambda at: is_over(excess(at)))
    if excess(way[-1][1]) < 0:
        way = _pulled_back(lanes, way, excess)
    end = training_end(lanes, way, len(way) - 1)
    left = excess(way[-1][1])
    null = float(lanes.null_losses()[0])
    if left <= _CLOSE * null:
        return end
    return replace(end, endings=(unexplained(stop, stop.share - left / null),))


def _time_ratio(lanes: LogisticLanes) -> float:
    return _TIME_RATIO_WITH_POLES if np.isfinite(lanes.mirror.domain[1]) else _TIME_RATIO


def _trained(lanes: LogisticLanes, times: np.ndarray, is_over: Callable[[LogisticPoint], bool]) -> Way:
    """Training along the times until it is over."""
    way: Way = []
    for k, at in training_path(lanes, Grid(1 / times[:, None]), least_left=0.0):
        way.append((float(1 / times[k]), at))
        # The last two points are read, and the way back to them is of hundreds, each with p numbers in every array.
        if len(way) > 2:
            strength, before = way[-3]
            way[-3] = strength, before.in_samples()
        if is_over(at):
            break
    return way


def _pulled_back(lanes: LogisticLanes, way: Way, excess: Callable[[LogisticPoint], float]) -> Way:
    """The way up to the time between its last two points at which the excess is 0."""
    times = np.array([0.0, *(1 / strength for strength, _ in way)])
    points = [start_of(lanes), *(at for _, at in way)]
    known = slice(max(0, len(times) - 1 - ORDER), len(times) - 1)

    def at_time(time: float) -> LogisticPoint:
        if time <= times[-2]:
            return points[-2]
        if time >= times[-1]:
            return points[-1]
        # Interpolated between points that were solved for: exact to the order of the formula, and beyond no pole.
        nearby = np.array([time, *times[known][::-1]])[:, None]
        centre, strength = backward_difference(nearby, [point.dual for point in points[known]])
        return solve_logistic(lanes, ProximalStep(centre, strength, ON_THE_WAY), points[-1])

    low, high = float(times[-2]), float(times[-1])
    # Of the part of the way, whose tolerance has no unit.
    time = low + (high - low) * root(lambda part: excess(at_time(low + part * (high - low))), 0.0, 1.0)
    return [*way[:-1], (1 / time, at_time(time))]


@_fit_one.register
def _penalty(stop: Penalty, lanes: LogisticLanes) -> LogisticFit:
    first = max(float(first_strengths(lanes, _FIRST_EXPLAINED)[0]), stop.lam)
    least = np.finfo(float).eps * first
    if stop.lam < least:
        raise InvalidInputError(
            f"{stop}: float64 does not tell so small a penalty from none; give lam of at least {least:.1g}"
        )
    count = int(np.ceil(np.log(first / stop.lam) / np.log(_PENALTY_RATIO)))
    strengths = np.geomspace(first, stop.lam, count + 1) if count else np.array([stop.lam])
    path = penalised_path(lanes, Grid(strengths[:, None]), least_left=0.0)
    return penalised_end(lanes, way_of(path, strengths, count), count)


def way_of(path: Iterable[Visit], strengths: np.ndarray, whole: int) -> Way:
    """The way along a path. One point keeps what it has for each feature: the way is long, and each has p numbers."""
    return [(float(strengths[k]), at if k == whole else at.in_samples()) for k, at in path]


def penalised_end(lanes: LogisticLanes, way: Way, point: int) -> LogisticFit:
    """The fit that ends at a point of the way: solved to the last digits, with its certificate."""
    strength, nearby = way[point]
    asked = ProximalStep(np.zeros_like(nearby.dual), np.array([strength]), AT_THE_END)
    at = solve_logistic(lanes, asked, nearby)
    gap = duality_gap(lanes, strength, at)
    certificate = DevianceCertificate.of_gap(gap, float(lanes.null_losses()[0]))
    return _fit(lanes, way, point, at, certificate, Penalty(strength), is_solved=certificate.is_certified)


def training_end(lanes: LogisticLanes, way: Way, point: int) -> LogisticFit:
    """The fit whose training ends at a point of the way."""
    strength, at = way[point]
    time = 1 / (strength * lanes.mirror.rate(float(lanes.scales[0])))
    is_solved = all(bool(station.is_solved[0]) for _, station in way[: point + 1])
    return _fit(lanes, way, point, at, None, AtTime(time), is_solved=is_solved)


def duality_gap(lanes: LogisticLanes, strength: float, at: LogisticPoint) -> float:
    """The gap P(w, β) − D(λν) of a lane, as `DevianceCertificate` derives it; infinite where λν is not feasible."""
    weights, signs = lanes.weights, lanes.signs[:, 0]
    dual = strength * at.dual[:, 0]
    share = signs * dual / weights
    if np.any(share < 0) or np.any(share > 1):
        return float("inf")
    wrong = signs * at.pull[:, 0] / weights
    right = signs * lanes.losses(-at.fitted - at.intercept)[1][:, 0] / weights
    divergence = np.maximum(kl_div(share, wrong) + kl_div(1 - share, right), 0.0)
    return float(weights @ divergence + abs(at.intercept[0] * dual.sum()))


def _fit(
    lanes: LogisticLanes, way: Way, point: int, at: LogisticPoint, certificate: DevianceCertificate | None,
    stop: Stop, *, is_solved: bool,
) -> LogisticFit:  # fmt: skip
    stations = [*(station for _, station in way[:point]), at, *(station for _, station in way[point + 1 :])]
    return LogisticFit(
        (stop,),
        lanes.coefficients(at.value),
        at.dual,
        at.intercept,
        np.array([sum(int(station.steps[0]) for _, station in way)]),
        (certificate,),
        np.array([strength for strength, _ in way])[:, None],
        np.array([station.dual for station in stations]),
        np.array([station.intercept for station in stations]),
        isinstance(stop, AtTime),
        np.array([is_solved]),
        (AS_ASKED,),
        (point,),
    )
