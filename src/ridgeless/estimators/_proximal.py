"""The one solver: a proximal step of the dual, λ(ν − c) + X f(Xᵀν) = y, for several lanes at once.

It is the optimality of the strictly convex J(ν) = Σ_j F_j(x_jᵀν) + (λ/2)‖ν − c‖² − yᵀν, where F_j′ = f_j = κ_j·g is the
mirror map of the network. A step of length 1/λ from c is a step of training; c = 0 is the penalty λΦ(w); λ → 0 is
interpolation. Lanes are scales, targets or both: they share X, and so each product of X is one of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from ridgeless.estimators._designs import Design
from ridgeless.estimators.mirror_maps import Growth, MirrorMap


@dataclass(frozen=True)
class ProximalTolerances:
    """What a proximal step is solved to, and how.

    Attributes:
        residual: ‖λ(ν − c) + Xw − y‖/‖y‖ at which a lane is done.
        standing_out: a feature enters the Hessian one by one where its curvature differs from that at the start by
            more than this part of what the rest of the Hessian has. The rest is one matrix for all steps.
        to_the_pole: the part of the way to a pole of g that a step may go.
        most_steps: Newton steps after which a lane is given up.
        patience: Newton steps without a smaller residual after which it is: rounding allows no more.
        most_halvings: of a step that climbs.
    """

    residual: float = 1e-5
    standing_out: float = 0.5
    to_the_pole: float = 0.9
    most_steps: int = 60
    patience: int = 10
    most_halvings: int = 30


@dataclass(frozen=True, eq=False)
class Lanes:
    """Several problems on one design.

    Attributes:
        design: X, shape (n, p).
        mirror: g.
        prior: each feature's scale relative to the others', shape (p,).
        gram: X diag(prior) Xᵀ·g′(0), shape (n, n).
        top: the largest eigenvalue of `gram`.
        targets: y of each lane, shape (n, lanes).
        scales: κ of each lane, shape (lanes,).
    """

    design: Design
    mirror: MirrorMap
    prior: np.ndarray
    gram: np.ndarray
    top: float
    targets: np.ndarray
    scales: np.ndarray

    def coefficients(self, values: np.ndarray) -> np.ndarray:
        """w = κ·prior·g, shape (p, lanes), of values of g."""
        return self.scales * (self.prior[:, None] * values)

    def part(self, chosen: np.ndarray) -> Lanes:
        """Some of the lanes."""
        return replace(self, targets=self.targets[:, chosen], scales=self.scales[chosen])


@dataclass(frozen=True, eq=False)
class Iterate:
    """A point of each lane.

    Attributes:
        dual: ν, shape (n, lanes).
        coordinates: z = Xᵀν, shape (p, lanes).
        growth: G, g and g′ at z.
        fitted: Xw, shape (n, lanes).
        steps: Newton steps taken, shape (lanes,).
        is_solved: whether the lane reached its tolerance, shape (lanes,).
    """

    dual: np.ndarray
    coordinates: np.ndarray
    growth: Growth
    fitted: np.ndarray
    steps: np.ndarray
    is_solved: np.ndarray

    def part(self, chosen: np.ndarray) -> Iterate:
        """Some of the lanes."""
        growth = Growth(*(array[:, chosen] for array in self.growth))
        return Iterate(
            self.dual[:, chosen], self.coordinates[:, chosen], growth, self.fitted[:, chosen],
            self.steps[chosen], self.is_solved[chosen],
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class ProximalStep:
    """What is asked of each lane: λ(ν − c) + X f(Xᵀν) = y.

    Attributes:
        centres: c, shape (n, lanes).
        strengths: λ ≥ 0, shape (lanes,).
        tolerances: see there.
    """

    centres: np.ndarray
    strengths: np.ndarray
    tolerances: ProximalTolerances = field(default_factory=ProximalTolerances)

    def part(self, chosen: np.ndarray) -> ProximalStep:
        """Some of the lanes."""
        return replace(self, centres=self.centres[:, chosen], strengths=self.strengths[chosen])

    def residual(self, lanes: Lanes, dual: np.ndarray, fitted: np.ndarray) -> np.ndarray:
        """∇J = λ(ν − c) + Xw − y, shape (n, lanes)."""
        return self.strengths * (dual - self.centres) + fitted - lanes.targets


def iterate_at(lanes: Lanes, dual: np.ndarray) -> Iterate:
    """The point ν of each lane, with what follows from it."""
    count = lanes.targets.shape[1]
    return _iterate(lanes, dual, lanes.design.correlations(dual), np.zeros(count, dtype=int))


def solve_proximal(lanes: Lanes, asked: ProximalStep, begin: Iterate) -> Iterate:
    """The solution of each lane, by Newton steps from `begin`; `is_solved` says which lanes reached it."""
    remaining = np.arange(lanes.targets.shape[1])
    sizes = np.linalg.norm(lanes.targets, axis=0)
    found: list[tuple[np.ndarray, Iterate]] = []
    at = replace(begin, steps=np.zeros(len(remaining), dtype=int))
    least, since = np.full(len(remaining), np.inf), np.zeros(len(remaining), dtype=int)
    for step in range(asked.tolerances.most_steps + 1):
        gradient = asked.residual(lanes, at.dual, at.fitted)
        left = np.linalg.norm(gradient, axis=0)
        is_done = left <= asked.tolerances.residual * sizes[remaining]
        since = np.where(left < least, 0, since + 1)
        least = np.minimum(left, least)
        is_over = is_done | (since >= asked.tolerances.patience) | (step == asked.tolerances.most_steps)
        if is_over.any():
            found.append((remaining[is_over], replace(at.part(is_over), is_solved=is_done[is_over])))
            if is_over.all():
                break
            going = ~is_over
            lanes, asked, at = lanes.part(going), asked.part(going), at.part(going)
            remaining, gradient = remaining[going], gradient[:, going]
            least, since = least[going], since[going]
        at = _moved(lanes, asked, at, gradient)
    return _together(found)


def _together(found: list[tuple[np.ndarray, Iterate]]) -> Iterate:
    order = np.argsort(np.concatenate([where for where, _ in found]))
    parts = [part for _, part in found]

    def joined(arrays: list[np.ndarray]) -> np.ndarray:
        return np.concatenate(arrays, axis=-1)[..., order]

    growth = Growth(*(joined([part.growth[i] for part in parts]) for i in range(3)))
    return Iterate(
        joined([part.dual for part in parts]), joined([part.coordinates for part in parts]), growth,
        joined([part.fitted for part in parts]), joined([part.steps for part in parts]),
        joined([part.is_solved for part in parts]),
    )  # fmt: skip


def _iterate(lanes: Lanes, dual: np.ndarray, coordinates: np.ndarray, steps: np.ndarray) -> Iterate:
    growth = lanes.mirror.growth(coordinates)
    fitted = lanes.design.fitted(lanes.coefficients(growth.value))
    return Iterate(dual, coordinates, growth, fitted, steps, np.zeros(len(steps), dtype=bool))


def _moved(lanes: Lanes, asked: ProximalStep, at: Iterate, gradient: np.ndarray) -> Iterate:
    """One Newton step of every lane, shortened where J would rise."""
    direction = np.column_stack(
        [_newton_direction(lanes, asked, at, lane, gradient[:, lane]) for lane in range(gradient.shape[1])]
    )
    moved = lanes.design.correlations(direction)
    length = _longest_step(lanes.mirror, asked.tolerances, at.coordinates, moved)
    slope = np.sum(gradient * direction, axis=0)
    trial = at
    for _ in range(asked.tolerances.most_halvings):
        trial = _iterate(lanes, at.dual + length * direction, at.coordinates + length * moved, at.steps + 1)
        climbs = _climbs(lanes, asked, at, trial, direction, length, slope)
        if not climbs.any():
            break
        length = np.where(climbs, length / 2, length)
    return trial


def _newton_direction(lanes: Lanes, asked: ProximalStep, at: Iterate, lane: int, gradient: np.ndarray) -> np.ndarray:
    """−H⁻¹∇J with H = λI + κ·gram + the features whose curvature stands out."""
    scale, strength = lanes.scales[lane], asked.strengths[lane]
    excess = scale * lanes.prior * (at.growth.slope[:, lane] - lanes.mirror.slope_at_zero)
    rest = max(scale * lanes.prior.max(), strength / lanes.top if lanes.top else 0.0)
    chosen = np.flatnonzero(np.abs(excess) > asked.tolerances.standing_out * rest)
    hessian = scale * lanes.gram
    if len(chosen):
        hessian += lanes.design.gram_of(chosen, excess[chosen])
    hessian[np.diag_indices_from(hessian)] += strength
    return -_solved(hessian, gradient)


def _solved(hessian: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """H⁻¹∇J; where H is singular to rounding, as at λ = 0 with dependent rows, its smallest solution."""
    try:
        return cho_solve(cho_factor(hessian, lower=True, check_finite=False), gradient, check_finite=False)
    except LinAlgError:
        return np.linalg.lstsq(hessian, gradient, rcond=None)[0]


def _longest_step(
    mirror: MirrorMap, tolerances: ProximalTolerances, coordinates: np.ndarray, moved: np.ndarray
) -> np.ndarray:
    """At most 1, with no coordinate moved too far or beyond a pole, for each lane."""
    largest = np.max(np.abs(moved), axis=0, initial=1e-300)
    length = np.minimum(1.0, mirror.trusted_move / largest)
    lowest, highest = mirror.domain
    with np.errstate(divide="ignore", invalid="ignore"):
        if np.isfinite(highest):
            room = np.where(moved > 0, (highest - coordinates) / moved, np.inf)
            length = np.minimum(length, tolerances.to_the_pole * np.min(room, axis=0, initial=np.inf))
        if np.isfinite(lowest):
            room = np.where(moved < 0, (lowest - coordinates) / moved, np.inf)
            length = np.minimum(length, tolerances.to_the_pole * np.min(room, axis=0, initial=np.inf))
    return length


def _climbs(
    lanes: Lanes, asked: ProximalStep, at: Iterate, trial: Iterate, direction: np.ndarray, length: np.ndarray,
    slope: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Whether J falls by less than a ten-thousandth of what its slope promises (Armijo), for each lane.

    J is convex: where its slope along the step is still negative at the end of it, J has fallen all the way. Only the
    other lanes compare values of J, whose difference drowns in rounding near the solution; the slope does not.
    """
    gradient = asked.residual(lanes, trial.dual, trial.fitted)
    end = np.sum(gradient * direction, axis=0)
    sure = end <= 1e-2 * np.abs(slope)
    change = lanes.scales * (lanes.prior @ (trial.growth.integral - at.growth.integral))
    middle = 0.5 * (trial.dual + at.dual) - asked.centres
    change += length * np.sum(direction * (asked.strengths * middle - lanes.targets), axis=0)
    with np.errstate(invalid="ignore"):
        falls = change <= 1e-4 * length * slope
    return ~(sure | falls)
