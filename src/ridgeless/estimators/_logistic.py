"""The proximal step of the dual with the logistic loss, λ(ν − c) = −∇L(X f(Xᵀν) + β), for several lanes at once.

It is the optimality of P(w, β) = λ(Φ(w) − cᵀXw) + L(Xw + β), convex, with w = f(Xᵀν) and f = κ·g the mirror map of the
network; where there is an intercept β, it adds 1ᵀ(ν − c) = 0. A step of length 1/λ from c is a step of training; c = 0
is the penalty λΦ(w). Newton's steps are those of the equation itself, in ν and β: it holds ν bounded where the
probabilities go to 0 and 1, as the conjugate of the loss does not. Each takes one Cholesky factor of min(n, p) rows.
Lanes are scales, classes or both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from ridgeless.estimators._designs import Design
from ridgeless.estimators._proximal import ProximalStep, ProximalTolerances, _longest_step
from ridgeless.estimators.mirror_maps import MirrorMap

# A feature enters the Hessian one by one where its curvature stands out by more than this part of the rest.
_STANDING_OUT = 0.1
# Near the solution a residual that has not fallen for so many steps is rounding.
_PATIENCE, _FLOOR = 3, 1e-7
_LONG_PATIENCE = 100
# The most that β may move in a step: where every probability is near 0 or 1, Newton asks for far more than there is.
_TRUSTED_RISE = 30.0
# The part of the sample weights below which a gradient counts as 0.
_LEAST_PULL = 1e-8
# Changes of P below this part of its terms are rounding.
_ROUNDING = 1e-13


@dataclass(frozen=True, eq=False)
class LogisticLanes:
    """Several problems of two classes on one design.

    Attributes:
        design: X, shape (n, p), its rows not weighted.
        mirror: g.
        prior: each feature's scale relative to the others', shape (p,).
        gram: X diag(prior) Xᵀ·g′(0), shape (n, n), where n ≤ p; None otherwise.
        top: the largest eigenvalue of `gram`.
        inverse: the pseudoinverse of XᵀX, shape (p, p), where p < n; None otherwise.
        signs: 1 for samples of the class and −1 for others, shape (n, lanes).
        weights: of the samples, shape (n,).
        scales: κ of each lane, shape (lanes,).
        has_intercept: whether β is free, and not 0.
    """

    design: Design
    mirror: MirrorMap
    prior: np.ndarray
    gram: np.ndarray | None
    top: float
    inverse: np.ndarray | None
    signs: np.ndarray
    weights: np.ndarray
    scales: np.ndarray
    has_intercept: bool

    def coefficients(self, values: np.ndarray) -> np.ndarray:
        """w = κ·prior·g, shape (p, lanes), of values of g."""
        return self.scales * (self.prior[:, None] * values)

    def part(self, chosen: np.ndarray) -> LogisticLanes:
        """Some of the lanes."""
        if chosen.dtype == bool and chosen.all():
            return self
        return replace(self, signs=self.signs[:, chosen], scales=self.scales[chosen])

    def null_intercepts(self) -> np.ndarray:
        """The best β where w = 0, shape (lanes,)."""
        if not self.has_intercept:
            return np.zeros_like(self.scales)
        return np.log(self.weights @ (self.signs > 0)) - np.log(self.weights @ (self.signs < 0))

    def null_losses(self) -> np.ndarray:
        """L there: half of the null deviance, shape (lanes,)."""
        return self.losses(np.broadcast_to(self.null_intercepts(), self.signs.shape))[0]

    def null_pulls(self) -> np.ndarray:
        """−∇L there, shape (n, lanes)."""
        return self.losses(np.broadcast_to(self.null_intercepts(), self.signs.shape))[1]

    def losses(self, log_odds: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """L = Σ_i c_i·log(1 + exp(−s_i·η_i)) of each lane, −∇L and the diagonal of ∇²L."""
        margins = self.signs * log_odds
        shrunk = np.exp(-np.abs(margins))
        loss = self.weights @ (np.maximum(-margins, 0.0) + np.log1p(shrunk))
        error = np.where(margins > 0, shrunk, 1.0) / (1 + shrunk)
        curvature = self.weights[:, None] * (shrunk / (1 + shrunk) ** 2)
        return loss, self.signs * (self.weights[:, None] * error), curvature


@dataclass(frozen=True, eq=False)
class LogisticPoint:
    """A point of each lane, with what follows from it; lanes are the last axis of every array.

    Attributes:
        dual: ν, shape (n, lanes).
        intercept: β, shape (lanes,).
        coordinates: z = Xᵀν, shape (p, lanes).
        integral: G(z).
        value: g(z).
        slope: g′(z).
        fitted: Xw, shape (n, lanes).
        loss: L, shape (lanes,).
        pull: −∇L, shape (n, lanes).
        curvature: the diagonal of ∇²L, shape (n, lanes).
        steps: Newton steps taken, shape (lanes,).
        is_solved: whether the lane reached its tolerance, shape (lanes,).
    """

    dual: np.ndarray
    intercept: np.ndarray
    coordinates: np.ndarray
    integral: np.ndarray
    value: np.ndarray
    slope: np.ndarray
    fitted: np.ndarray
    loss: np.ndarray
    pull: np.ndarray
    curvature: np.ndarray
    steps: np.ndarray
    is_solved: np.ndarray

    def arrays(self) -> list[np.ndarray]:
        """Every array, in the order of the fields."""
        return [getattr(self, field.name) for field in fields(self)]

    def part(self, chosen: np.ndarray) -> LogisticPoint:
        """Some of the lanes."""
        if chosen.dtype == bool and chosen.all():
            return self
        return LogisticPoint(*(array[..., chosen] for array in self.arrays()))

    def in_samples(self) -> LogisticPoint:
        """The point without what it has for each feature, which Xᵀν gives again."""
        none = np.zeros((0, len(self.steps)))
        return replace(self, coordinates=none, integral=none, value=none, slope=none)

    def merged(self, some: LogisticPoint, chosen: np.ndarray) -> LogisticPoint:
        """This point with the chosen lanes replaced."""
        if chosen.all():
            return some

        def put(whole: np.ndarray, part: np.ndarray) -> np.ndarray:
            whole = whole.copy()
            whole[..., chosen] = part
            return whole

        return LogisticPoint(*map(put, self.arrays(), some.arrays()))


def point_at(lanes: LogisticLanes, dual: np.ndarray, intercept: np.ndarray) -> LogisticPoint:
    """The point (ν, β) of each lane, with what follows from it."""
    return _point(lanes, dual, intercept, lanes.design.correlations(dual), np.zeros(len(lanes.scales), dtype=int))


def start_of(lanes: LogisticLanes) -> LogisticPoint:
    """ν = 0, and the β that is best without features."""
    return point_at(lanes, np.zeros_like(lanes.signs), lanes.null_intercepts())


def residual(asked: ProximalStep, at: LogisticPoint) -> np.ndarray:
    """λ(ν − c) + ∇L, shape (n, lanes)."""
    return asked.strengths * (at.dual - asked.centres) - at.pull


def is_separated(lanes: LogisticLanes, at: LogisticPoint) -> np.ndarray:
    """Whether every probability is so near to 0 or 1 that steps are solved no more, of each lane."""
    return np.sqrt(np.sum(at.pull**2, axis=0)) <= _LEAST_PULL * float(np.linalg.norm(lanes.weights))


def relative_residual(lanes: LogisticLanes, asked: ProximalStep, at: LogisticPoint) -> np.ndarray:
    """‖λ(ν − c) + ∇L‖/‖∇L‖ of each lane, with a floor for ‖∇L‖ where every probability is next to 0 or 1."""
    sizes, rest = np.sqrt(np.sum(at.pull**2, axis=0)), np.sqrt(np.sum(residual(asked, at) ** 2, axis=0))
    return rest / np.maximum(sizes, _LEAST_PULL * float(np.linalg.norm(lanes.weights)))


def solve_logistic(lanes: LogisticLanes, asked: ProximalStep, begin: LogisticPoint) -> LogisticPoint:
    """The solution of each lane, by Newton steps from `begin`; `is_solved` says which lanes reached it."""
    at = replace(begin, steps=np.zeros_like(begin.steps))
    least, since = np.full(len(at.steps), np.inf), np.zeros_like(at.steps)
    for step in range(asked.tolerances.most_steps + 1):
        left = relative_residual(lanes, asked, at)
        at = replace(at, is_solved=left <= asked.tolerances.residual)
        since = np.where(left < least, 0, since + 1)
        least = np.minimum(left, least)
        going = ~at.is_solved & (since < np.where(left > _FLOOR, _LONG_PATIENCE, _PATIENCE))
        if not going.any() or step == asked.tolerances.most_steps:
            break
        # A step from where every probability is 0 or 1 may overflow; what is no number is not taken.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            moved = _moved(lanes.part(going), asked.part(going), at.part(going))
        at = at.merged(moved, going)
    return at


def _point(
    lanes: LogisticLanes, dual: np.ndarray, intercept: np.ndarray, coordinates: np.ndarray, steps: np.ndarray
) -> LogisticPoint:
    growth = lanes.mirror.growth(coordinates)
    fitted = lanes.design.fitted(lanes.coefficients(growth.value))
    loss, pull, curvature = lanes.losses(fitted + intercept)
    return LogisticPoint(
        dual, intercept, coordinates, *growth, fitted, loss, pull, curvature, steps, np.zeros(len(steps), dtype=bool)
    )


def _moved(lanes: LogisticLanes, asked: ProximalStep, at: LogisticPoint) -> LogisticPoint:
    """One Newton step of every lane, shortened where P would rise."""
    gradient = residual(asked, at)
    pulled = lanes.design.correlations(gradient)
    direction = (
        _direction_in_features(lanes, asked, at, gradient, pulled)
        if lanes.gram is None
        else _direction_in_samples(lanes, lanes.gram, asked, at, gradient, pulled)
    )
    step, intercept_step = (np.nan_to_num(part, posinf=0.0, neginf=0.0) for part in direction)
    moved = lanes.design.correlations(step)
    length = _longest_step(lanes.mirror, asked.tolerances, at.coordinates, moved)
    length = np.minimum(length, _TRUSTED_RISE / np.maximum(np.abs(intercept_step), _TRUSTED_RISE))
    slope = np.sum(pulled * lanes.coefficients(at.slope) * moved, axis=0) - at.pull.sum(axis=0) * intercept_step
    before, size = _objective(lanes, asked, at)
    step_of = (step, intercept_step, moved)
    trial, straight, found, climbs = at, at, np.zeros(len(slope), dtype=bool), np.ones(len(slope), dtype=bool)
    for halvings in range(asked.tolerances.most_halvings):
        trial, climbs = _tried(lanes, asked, at, step_of, length, before + 1e-4 * length * slope + _ROUNDING * size)
        if lanes.inverse is not None and np.any((climbs | (length < 1)) & ~found):
            part = 0.5**halvings
            there = _straight(lanes, lanes.inverse, at, (part * step, part * intercept_step, part * moved))
            ahead = _objective(lanes, asked, trial)[0]
            better = ~found & (_objective(lanes, asked, there)[0] < np.where(climbs, before, ahead))
            straight, found = straight.merged(there.part(better), better), found | better
        climbs &= ~found
        if not climbs.any():
            break
        length = np.where(climbs, length / 2, length)
    taken = at.merged(trial.part(~climbs), ~climbs).merged(straight.part(found), found)
    return replace(taken, steps=at.steps + 1)


Step = tuple[np.ndarray, np.ndarray, np.ndarray]


def _tried(
    lanes: LogisticLanes, asked: ProximalStep, at: LogisticPoint, step: Step, length: np.ndarray, most: np.ndarray
) -> tuple[LogisticPoint, np.ndarray]:
    """The point at a part of a step (δν, δβ, Xᵀδν), and whether P is above `most` there."""
    dual, intercept, coordinates = (
        whole + length * part for whole, part in zip((at.dual, at.intercept, at.coordinates), step, strict=True)
    )
    trial = _point(lanes, dual, intercept, coordinates, at.steps)
    return trial, ~(_objective(lanes, asked, trial)[0] <= most)


def _straight(lanes: LogisticLanes, inverse: np.ndarray, at: LogisticPoint, step: Step) -> LogisticPoint:
    """The end of a Newton step along a line in w, and not in ν, but for coefficients that fall to less than half.

    Where features are correlated, one coefficient falls as another grows. On a line in w their sum stays what the data
    ask for; on one in ν, along which they move as exponentials do, it does not. ν follows from Xᵀν = z.
    """
    dual_step, intercept_step, moved = step
    value = at.value + at.slope * moved
    falls = np.abs(value) < 0.5 * np.abs(at.value)
    falls |= np.sign(value) != np.sign(at.value)
    lowest, highest = lanes.mirror.domain
    room = np.where(moved > 0, highest - at.coordinates, at.coordinates - lowest)
    bounded = np.sign(moved) * np.minimum(np.abs(moved), np.minimum(lanes.mirror.trusted_move, 0.9 * room))
    wanted = np.where(falls, at.coordinates + bounded, lanes.mirror.inverse(value))
    correction = lanes.design.fitted(inverse @ (wanted - at.coordinates - moved))
    dual = at.dual + dual_step + correction
    coordinates = lanes.design.correlations(dual)
    inside = np.clip(coordinates, np.nextafter(lowest, 0), np.nextafter(highest, 0))
    return _point(lanes, np.where(np.all(inside == coordinates, axis=0), dual, np.nan), at.intercept + intercept_step,
                  inside, at.steps)  # fmt: skip


def _objective(lanes: LogisticLanes, asked: ProximalStep, at: LogisticPoint) -> tuple[np.ndarray, np.ndarray]:
    """P of each lane, by Φ(w) = zᵀw − Ψ(z), and the size of its terms."""
    crossed = asked.strengths * np.sum((at.dual - asked.centres) * at.fitted, axis=0)
    conjugate = asked.strengths * lanes.scales * (lanes.prior @ at.integral)
    return crossed - conjugate + at.loss, np.abs(crossed) + np.abs(conjugate) + at.loss


# A Newton step (δν, δβ) with K = X diag(f′) Xᵀ and D = ∇²L solves λδν + D(Kδν + 1δβ) = −r and λ1ᵀδν = −λ1ᵀ(ν − c).
# Of `gradient` r and `pulled` Xᵀr, the two functions below return (δν, δβ): the first by the n × n matrix λI + D½KD½,
# the second by the p × p matrix λI + f′½XᵀDXf′½, whichever is smaller. No D_i is divided by: it may be 0.


def _direction_in_samples(
    lanes: LogisticLanes,
    gram: np.ndarray,
    asked: ProximalStep,
    at: LogisticPoint,
    gradient: np.ndarray,
    pulled: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    slopes = lanes.coefficients(at.slope)
    moved = lanes.design.fitted(slopes * pulled)
    step, intercept_step = np.empty_like(gradient), np.zeros(gradient.shape[1])
    for lane, strength in enumerate(asked.strengths):
        roots = np.sqrt(at.curvature[:, lane])
        solve = _solver(_curved_gram(lanes, gram, at, slopes, lane, float(strength)), roots, float(strength))
        answer = solve(-roots * moved[:, lane])
        if lanes.has_intercept:
            of_intercept = strength * solve(roots)
            rise = at.pull[:, lane].sum() - roots @ answer
            below = roots @ of_intercept
            intercept_step[lane] = rise / below if below > 0 else 0.0
            answer = answer + intercept_step[lane] * of_intercept
        step[:, lane] = -(gradient[:, lane] + roots * answer) / strength
    return step, intercept_step


def _curved_gram(
    lanes: LogisticLanes, gram: np.ndarray, at: LogisticPoint, slopes: np.ndarray, lane: int, strength: float
) -> np.ndarray:
    """K, with the features whose curvature is nearly that at the start by one matrix for all steps."""
    scale = lanes.scales[lane]
    excess = slopes[:, lane] - scale * lanes.prior * lanes.mirror.slope_at_zero
    damped = strength / (lanes.top * at.curvature[:, lane].max()) if lanes.top * at.curvature[:, lane].max() else 0.0
    chosen = np.flatnonzero(np.abs(excess) > _STANDING_OUT * max(scale * lanes.prior.max(), damped))
    scaled = scale * gram
    return scaled + lanes.design.gram_of(chosen, excess[chosen]) if len(chosen) else scaled


def _direction_in_features(
    lanes: LogisticLanes, asked: ProximalStep, at: LogisticPoint, gradient: np.ndarray, pulled: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    roots = np.sqrt(lanes.coefficients(at.slope))
    masses = at.curvature.sum(axis=0)
    free = (masses > 0) & lanes.has_intercept
    rise = np.where(free, at.pull.sum(axis=0) / np.where(free, masses, 1.0), 0.0)
    means = lanes.design.correlations(at.curvature) / np.where(free, masses, np.inf)
    wanted = -roots * (pulled + masses * rise * means)
    change = np.empty_like(pulled)
    for lane, strength in enumerate(asked.strengths):
        gram = lanes.design.gram_of_features(at.curvature[:, lane])
        gram -= masses[lane] * np.outer(means[:, lane], means[:, lane])
        change[:, lane] = _solver(gram, roots[:, lane], float(strength))(wanted[:, lane])
    change *= roots
    intercept_step = rise - np.sum(means * change, axis=0)
    log_odds_step = lanes.design.fitted(change) + intercept_step
    return -(gradient + at.curvature * log_odds_step) / asked.strengths, intercept_step


def _solver(matrix: np.ndarray, roots: np.ndarray, strength: float) -> Callable[[np.ndarray], np.ndarray]:
    """Solves with λI + diag(roots) M diag(roots); by least squares where rounding makes it indefinite."""
    scaled = roots[:, None] * matrix * roots
    scaled[np.diag_indices_from(scaled)] += strength
    try:
        factor = cho_factor(scaled, lower=True, check_finite=False)
    except LinAlgError:
        return lambda right: np.linalg.lstsq(scaled, right, rcond=None)[0]
    return lambda right: cho_solve(factor, right, check_finite=False)


# On the way along a path, and at the end of a fit.
ON_THE_WAY = ProximalTolerances(residual=1e-7, most_steps=200)
AT_THE_END = ProximalTolerances(residual=1e-13, most_steps=200)
