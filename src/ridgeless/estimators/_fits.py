"""One fit: from data and a stop to coefficients, with the path that led there and what is proved of the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from ridgeless.certificates import Certificate, certify
from ridgeless.errors import InconsistentSystemError, InvalidInputError
from ridgeless.estimators._designs import DenseDesign
from ridgeless.estimators._paths import (
    ORDER,
    Grid,
    backward_difference,
    first_strength,
    penalised_path,
    root,
    training_path,
)
from ridgeless.estimators._preparation import Prepared
from ridgeless.estimators._proximal import (
    Iterate,
    Lanes,
    ProximalStep,
    ProximalTolerances,
    iterate_at,
    solve_proximal,
)
from ridgeless.estimators._standstill import AS_ASKED, Ending, came_to_rest, unexplained, until_at_rest, until_gone
from ridgeless.estimators.certificates import FitCertificate
from ridgeless.estimators.stops import AtTime, Discrepancy, Explained, Interpolate, Penalty, Stop
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

# Neighbouring times of a single training have this ratio, and the first explains this part of y: together they keep
# coefficients within 1e-3 of gradient flow at relative scales of 1e-2 and above (tests/estimators/test_paths.py).
TIME_RATIO = 1.05
FIRST_EXPLAINED = 5e-4
# Neighbouring penalties, which are solved for themselves: each begins where the one before it ended.
_PENALTY_RATIO = 1.3
ON_THE_WAY = ProximalTolerances(residual=1e-7)
_AT_THE_END = ProximalTolerances(residual=1e-13)
_MOST_POINTS = 4000
# What is explained counts as what was asked to within this part of y, and times go no further than this.
_CLOSE, LATEST = 1e-9, 1e300


@dataclass(frozen=True, eq=False)
class Fit:
    """The end of a fit, one lane for each target.

    Attributes:
        stop: where it stopped, with its number where it was found, one for each target.
        solved: coefficients of the design, shape (p, targets).
        dual: ν, shape (rows, targets).
        steps: Newton steps in all, shape (targets,).
        certificates: what is proved, one for each target.
        strengths: λ of each point on the way, or 1/t in the time of ν′ = y − Xw, shape (points, targets).
        duals: ν of each point, shape (points, rows, targets).
        is_training: whether the way is that of training, and not of the penalty.
        is_solved: whether every Newton step on the way to the end reached its tolerance, one for each target.
        endings: how it ended, one for each target.
        points: which point of the path it is, one for each target.
    """

    stop: tuple[Stop, ...]
    solved: np.ndarray
    dual: np.ndarray
    steps: np.ndarray
    certificates: tuple[FitCertificate | Certificate | None, ...]
    strengths: np.ndarray
    duals: np.ndarray
    is_training: bool
    is_solved: tuple[bool, ...]
    endings: tuple[Ending, ...]
    points: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Route:
    """Where a lane has been.

    Attributes:
        strengths: λ of each point, or 1/t.
        duals: ν of each point, each of shape (n, 1).
        steps: Newton steps in all.
        is_solved: whether every point reached its tolerance.
    """

    strengths: tuple[float, ...] = ()
    duals: tuple[np.ndarray, ...] = ()
    steps: int = 0
    is_solved: bool = True

    def extended(self, strength: float, at: Iterate) -> Route:
        """The route with one more point."""
        is_solved = self.is_solved and bool(at.is_solved[0])
        return Route((*self.strengths, strength), (*self.duals, at.dual), self.steps + int(at.steps[0]), is_solved)

    def without_end(self) -> Route:
        """The route before its last point, whose steps were taken all the same."""
        return replace(self, strengths=self.strengths[:-1], duals=self.duals[:-1])


def fit_to(stop: Stop, lanes: Lanes, prepared: Prepared) -> Fit:
    """The fit of every target, each on a lane of its own.

    Raises:
        InvalidInputError: no fit stops so, or none can: the message says why.
    """
    parts = [lanes.part(np.array([lane])) for lane in range(lanes.targets.shape[1])]
    return joined([_fit_one(stop, part, prepared, target) for target, part in enumerate(parts)])


def joined(ends: Sequence[Fit]) -> Fit:
    """One fit of several targets, from those of each."""
    points = max(len(end.strengths) for end in ends)
    return Fit(
        tuple(end.stop[0] for end in ends),
        np.column_stack([end.solved for end in ends]),
        np.column_stack([end.dual for end in ends]),
        np.concatenate([end.steps for end in ends]),
        tuple(end.certificates[0] for end in ends),
        np.column_stack([_padded(end.strengths, points) for end in ends]),
        np.concatenate([_padded(end.duals, points) for end in ends], axis=-1),
        ends[0].is_training,
        tuple(end.is_solved[0] for end in ends),
        tuple(end.endings[0] for end in ends),
        tuple(end.points[0] for end in ends),
    )


def _padded(array: np.ndarray, points: int) -> np.ndarray:
    """The path of a target that ended before another's, held at its end."""
    return np.concatenate([array, np.repeat(array[-1:], points - len(array), axis=0)])


@singledispatch
def _fit_one(stop: Stop, lanes: Lanes, prepared: Prepared, target: int) -> Fit:  # noqa: ARG001
    raise InvalidInputError(f"no fit stops at {stop!r}: give AtTime, Penalty, Interpolate, Discrepancy or Explained")


@_fit_one.register
def _at_time(stop: AtTime, lanes: Lanes, prepared: Prepared, target: int) -> Fit:  # noqa: ARG001
    times = _times_to(lanes, min(stop.time * lanes.mirror.rate(float(lanes.scales[0])), LATEST))
    is_at_rest = until_at_rest(TIME_RATIO, lanes.design, lanes.mirror)
    at, route = _trained(
        lanes,
        times,
        lambda at: is_at_rest(at.fitted, lanes.targets - at.fitted, lanes.coefficients(at.growth.value)),
    )
    end = training_end(lanes, at, route, route.strengths[-1])
    if len(route.strengths) == len(times):
        return replace(end, stop=(stop,))
    return replace(end, endings=(came_to_rest(stop),))


@_fit_one.register
def _explained(stop: Explained, lanes: Lanes, prepared: Prepared, target: int) -> Fit:
    energy = float(np.sum(lanes.targets**2) + prepared.lost[target])
    allowed = (1 - stop.share) * energy - float(prepared.lost[target])

    def excess(at: Iterate) -> float:
        return _misfit(lanes, at) - allowed

    times = 1 / first_strength(lanes, min(FIRST_EXPLAINED, 0.1 * stop.share)) * TIME_RATIO ** np.arange(_MOST_POINTS)
    at, route = _trained(lanes, times, _until_gone(excess, TIME_RATIO))
    if energy > 0 and excess(at) < 0:
        at, route = _pulled_back(lanes, route, excess)
    end = training_end(lanes, at, route, route.strengths[-1])
    if excess(at) <= _CLOSE * energy:
        return end
    share = 1 - (_misfit(lanes, at) + float(prepared.lost[target])) / energy
    return replace(end, endings=(unexplained(stop, share),))


def _misfit(lanes: Lanes, at: Iterate) -> float:
    return float(np.sum((at.fitted - lanes.targets) ** 2))


def _times_to(lanes: Lanes, last: float) -> np.ndarray:
    """Times in equal ratios up to the last."""
    first = min(float(1 / first_strength(lanes, FIRST_EXPLAINED)[0]), last)
    count = max(1, int(np.ceil(np.log(last / first) / np.log(TIME_RATIO))))
    return np.geomspace(first, last, count + 1) if last > first else np.array([last])


def _trained(lanes: Lanes, times: np.ndarray, is_over: Callable[[Iterate], bool]) -> tuple[Iterate, Route]:
    """Training along the times until it is over or fits y."""
    at, route = iterate_at(lanes, np.zeros_like(lanes.targets)), Route()
    size = np.linalg.norm(lanes.targets)
    for k, at in training_path(lanes, Grid(1 / times[:, None]), ON_THE_WAY):
        route = route.extended(float(1 / times[k]), at)
        if is_over(at) or np.linalg.norm(at.fitted - lanes.targets) <= ON_THE_WAY.residual * size:
            break
    return at, route


def _until_gone(excess: Callable[[Iterate], float], ratio: float) -> Callable[[Iterate], bool]:
    is_over = until_gone(ratio)
    return lambda at: is_over(excess(at))


def _pulled_back(lanes: Lanes, route: Route, excess: Callable[[Iterate], float]) -> tuple[Iterate, Route]:
    """The time between the last two points at which the excess is 0."""
    times = [0.0, *(1 / np.array(route.strengths))]
    duals = [np.zeros_like(lanes.targets), *route.duals]
    before = route.without_end()

    def at_time(time: float) -> Iterate:
        if time <= times[-2]:
            return iterate_at(lanes, duals[-2])
        known = slice(max(0, len(times) - 1 - ORDER), len(times) - 1)
        order = np.array([time, *times[known][::-1]])[:, None]
        centre, strength = backward_difference(order, duals[known])
        return solve_proximal(lanes, ProximalStep(centre, strength, ON_THE_WAY), iterate_at(lanes, duals[-1]))

    # As a part of the step, since times are as small as X is large.
    low, high = times[-2], times[-1]
    time = low + (high - low) * root(lambda part: excess(at_time(low + part * (high - low))), 0.0, 1.0)
    at = at_time(time)
    return at, before.extended(1 / time, at)


@_fit_one.register
def _penalty(stop: Penalty, lanes: Lanes, prepared: Prepared, target: int) -> Fit:  # noqa: ARG001
    first = max(float(first_strength(lanes, FIRST_EXPLAINED)[0]), stop.lam)
    count = int(np.ceil(np.log(first / stop.lam) / np.log(_PENALTY_RATIO)))
    strengths = np.geomspace(first, stop.lam, count + 1) if count else np.array([stop.lam])
    at, route = _penalised(lanes, strengths, lambda at: False)  # noqa: ARG005
    return penalised_end(lanes, at, route, stop.lam)


@_fit_one.register
def _discrepancy(stop: Discrepancy, lanes: Lanes, prepared: Prepared, target: int) -> Fit:
    allowed = stop.sigma**2 * prepared.samples - float(prepared.lost[target])
    if allowed <= 0:
        least = np.sqrt(prepared.lost[target] / prepared.samples)
        raise InvalidInputError(
            f"Discrepancy(sigma={stop.sigma:g}): no coefficients leave so little, since least squares leaves "
            f"{least:g} a sample; give a larger sigma, or Interpolate()"
        )

    def excess(at: Iterate) -> float:
        return _misfit(lanes, at) - allowed

    first = float(first_strength(lanes, FIRST_EXPLAINED)[0])
    at, route = _penalised(
        lanes, first * _PENALTY_RATIO ** -np.arange(_MOST_POINTS), _until_gone(excess, _PENALTY_RATIO)
    )
    if excess(at) > 0:
        raise InvalidInputError(
            f"Discrepancy(sigma={stop.sigma:g}): the fit comes to a standstill at "
            f"{np.sqrt((excess(at) + allowed) / prepared.samples):g} a sample; give a larger sigma"
        )
    if len(route.strengths) == 1:
        return penalised_end(lanes, at, route, route.strengths[-1])
    before = route.without_end()

    def at_log(log_strength: float) -> Iterate:
        return _penalised_at(lanes, float(np.exp(log_strength)), at, ON_THE_WAY)

    low, high = np.log(route.strengths[-1]), np.log(route.strengths[-2])
    log_strength = root(lambda log: excess(at_log(log)), low, high)
    found = at_log(log_strength)
    route = before.extended(float(np.exp(log_strength)), found)
    return penalised_end(lanes, found, route, route.strengths[-1])


def _penalised(lanes: Lanes, strengths: np.ndarray, is_over: Callable[[Iterate], bool]) -> tuple[Iterate, Route]:
    """Penalised solutions along falling λ until it is over."""
    at, route = iterate_at(lanes, np.zeros_like(lanes.targets)), Route()
    for k, at in penalised_path(lanes, Grid(strengths[:, None]), ON_THE_WAY):
        route = route.extended(float(strengths[k]), at)
        if is_over(at):
            break
    return at, route


def _penalised_at(lanes: Lanes, strength: float, begin: Iterate, tolerances: ProximalTolerances) -> Iterate:
    origin = np.zeros_like(lanes.targets)
    return solve_proximal(lanes, ProximalStep(origin, np.array([strength]), tolerances), begin)


def penalised_end(lanes: Lanes, at: Iterate, route: Route, strength: float) -> Fit:
    """The fit that ends at λ: solved to the last digits from a point nearby, with its certificate.

    Args:
        lanes: one lane.
        at: a solution at λ, or near it.
        route: the path, whose point at λ becomes the solution.
        strength: λ.
    """
    final = _penalised_at(lanes, strength, iterate_at(lanes, at.dual), _AT_THE_END)
    remainder = float(np.linalg.norm(strength * final.dual + final.fitted - lanes.targets))
    certificate = FitCertificate.of_penalty(remainder, float(np.linalg.norm(lanes.targets)))
    duals = tuple(
        final.dual if at_point == strength else dual
        for at_point, dual in zip(route.strengths, route.duals, strict=True)
    )
    # Rounding may keep the last digits away; what the steps on the way were solved to is what is asked for.
    is_solved = certificate.distance <= ON_THE_WAY.residual
    route = Route(route.strengths, duals, route.steps + int(final.steps[0]), is_solved)
    return _fit(Penalty(strength), lanes, final, route, certificate, strength)


def training_end(lanes: Lanes, at: Iterate, route: Route, strength: float) -> Fit:
    """The fit whose training ends at the time 1/strength; arguments as of `penalised_end`."""
    time = 1 / (float(strength) * lanes.mirror.rate(float(lanes.scales[0])))
    return _fit(AtTime(time), lanes, at, route, None, strength)


def _fit(
    stop: AtTime | Penalty, lanes: Lanes, at: Iterate, route: Route, certificate: FitCertificate | None, strength: float
) -> Fit:
    return Fit(
        (stop,),
        lanes.coefficients(at.growth.value),
        at.dual,
        np.array([route.steps]),
        (certificate,),
        np.array(route.strengths)[:, None],
        np.array(route.duals),
        is_training=isinstance(stop, AtTime),
        is_solved=(route.is_solved,),
        endings=(AS_ASKED,),
        points=(int(np.argmin(np.abs(np.log(np.array(route.strengths) / strength)))),),
    )


@_fit_one.register
def _interpolate(stop: Interpolate, lanes: Lanes, prepared: Prepared, target: int) -> Fit:
    """The limit of training, by `ridgeless.limit`, of the part of y that some w fits."""
    # The limit is asked for with each feature's own scale, and not with columns that are scaled in its place.
    unscaled = prepared.relative ** (lanes.mirror.prior_power - lanes.mirror.rate_exponent)
    matrix = _matrix(lanes, unscaled)
    weight = lanes.mirror.initial_weight(lanes.scales[0] * prepared.relative)
    network = lanes.mirror.network()
    start = {name: value * weight for name, value in network.constant(1.0, lanes.design.shape[1]).items()}
    missed = Ending("No coefficients interpolate y: the fit is the limit of training, which leaves what they miss.")
    ending = missed if prepared.lost[target] > _CLOSE**2 * np.sum(lanes.targets**2) else AS_ASKED
    try:
        solution = limit(LinearSystem(matrix, lanes.targets[:, 0]), network, start)
    except InconsistentSystemError:
        solution = limit(LinearSystem(matrix, _reachable(lanes)), network, start)
        ending = missed
    steps = np.array([int(solution.stats.get("steps", 0))])
    dual = np.full(len(lanes.targets), np.nan) if solution.dual is None else solution.dual
    dual = (lanes.mirror.rate(float(lanes.scales[0])) * dual)[:, None]
    solved = (unscaled * solution.x)[:, None]
    certificate = certify(solution)
    return Fit(
        (stop,),
        solved,
        dual,
        steps,
        (certificate,),
        np.zeros((1, 1)),
        dual[None],
        is_training=True,
        is_solved=(solution.success,),
        endings=(ending,),
        points=(0,),
    )


def _reachable(lanes: Lanes) -> np.ndarray:
    """The projection of y on what the columns of X span, where equal samples have different targets.

    Units of features are no matter of what they span: columns have norm 1 here.
    """
    design, eps = lanes.design, np.finfo(float).eps
    if isinstance(design, DenseDesign):
        norms = np.linalg.norm(design.rows, axis=1, keepdims=True)
        vectors, values, _ = np.linalg.svd((design.rows / np.where(norms > 0, norms, 1.0)).T, full_matrices=False)
        spanning = vectors[:, values > max(design.shape) * eps * values[0]]
    else:
        values, vectors = np.linalg.eigh(lanes.gram)
        spanning = vectors[:, values > len(values) * eps * max(lanes.top, 0.0)]
    return spanning @ (spanning.T @ lanes.targets[:, 0])


def _matrix(lanes: Lanes, column_scale: np.ndarray) -> Any:
    """X·diag(column_scale): an array where the design is one, products otherwise."""
    design = lanes.design
    if isinstance(design, DenseDesign):
        return design.rows.T * column_scale

    def times(vector: np.ndarray) -> np.ndarray:
        return design.fitted(column_scale[:, None] * vector.reshape(-1, 1))[:, 0]

    def transposed_times(vector: np.ndarray) -> np.ndarray:
        return column_scale * design.correlations(vector.reshape(-1, 1))[:, 0]

    return LinearOperator(shape=design.shape, matvec=times, rmatvec=transposed_times, dtype=float)  # pyright: ignore[reportCallIssue]
