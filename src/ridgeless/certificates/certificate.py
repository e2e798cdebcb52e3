"""`certify`: an upper bound on the distance of an answer from the limit of training, and a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ridgeless._core.arrays import Dual, Numbers, Vector, norm
from ridgeless._core.brief import brief
from ridgeless._core.cards import card
from ridgeless._core.pictures import drawn
from ridgeless._core.progress import reported
from ridgeless.certificates._equations import equations_of
from ridgeless.certificates._feasibility import Feasibility, feasibility_of
from ridgeless.certificates._radius import Ball
from ridgeless.certificates.arguments import fitting_bias, fitting_vector, fitting_within
from ridgeless.certificates.distance import located
from ridgeless.certificates.stationary import stationarity
from ridgeless.errors import InvalidInputError
from ridgeless.potentials import Bias
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WITHIN = 1e-7


class Verdict(StrEnum):
    """The verdict of a certificate."""

    CERTIFIED = "certified"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, eq=False)
class Witness:
    """Why an answer is refuted.

    Attributes:
        kind: "equation" (one is violated), "sign" (a coordinate has a sign that the start locks out, or has left the
            0 at which it was frozen), "point" (a solution of A x = b with a lower objective), or "number" (not finite).
        index: which equation or coordinate; None for a point.
        value: the violation relative to |A||x| + |b| for an equation, x_i for a sign or number, or the least distance
            ‖x − x∞‖/‖x‖ that the point proves.
        point: (d,) the point; None for the other kinds.
    """

    kind: str
    index: int | None
    value: float
    point: np.ndarray | None = None

    __repr__ = brief


@dataclass(frozen=True)
class Certificate:
    """How far x can be from x∞, the minimiser of Φ(x) − ⟨offset, x⟩ over A x = b where training ends.

    x∞ is that of A, b and theta0 as they are stored in float64. The bound counts what rounding does on the way: to
    the numbers that the theorem is made of, to the mirror map, to products and to x itself. Of equations that depend on
    others to rounding, and not to the last bit, those count that `system.rank` keeps. Where coordinates are
    locked to a sign and no x of these signs solves the stored equations, but one solves equations whose b differs by
    its rounding, x∞ is that of these equations. Of an operator or a dask array only products are known, and their
    rounding is taken for that of float64.

    Attributes:
        distance: upper bound on ‖x − x∞‖/‖x‖; ∞ where none is known.
        feasibility: the worst equation, |Ax − b|_i/(|A||x| + |b|)_i, beyond the rounding of the largest entry of x.
        gap: the duality gap Φ(y) − ⟨offset, y⟩ − ⟨b, ν⟩ + Φ*(offset + Aᵀν) of the two points that bound the distance,
            in units of Φ; NaN without a theorem. It is no measure of x: where Φ is steep it may be large, and x near.
        relative_gap: the gap over itself plus |Φ(y) − ⟨offset, y⟩|; NaN where that is no number.
        verdict: certified where distance and feasibility are at most `within`; refuted where there is a witness;
            inconclusive elsewhere.
        reason: one sentence, and what would settle an inconclusive verdict.
        within: what was asked for.
        witness: why x is refuted; None otherwise.
        stationarity: ‖P_N(∇Φ(x) − offset)‖ beside the sizes of its terms, which the status of a limit goes by. It is
            blind at depth 3 and more from small starts, and has no part in the verdict. NaN where it was not measured.
    """

    distance: float
    feasibility: float
    gap: float
    relative_gap: float
    verdict: Verdict
    reason: str
    within: float = WITHIN
    witness: Witness | None = field(default=None, compare=False, repr=False)
    stationarity: float = field(default=np.nan, compare=False, repr=False)

    def plot(self, ax: Axes | None = None) -> Axes:
        """How far x can be from the limit, beside what was asked for: `rl.plots.certificate_bounds`.

        Args:
            ax: where to draw; None for a figure of its own, which a notebook shows.

        Raises:
            MissingDependencyError: matplotlib is not installed.
        """
        return drawn("certificate_bounds", self, ax)

    def _repr_html_(self) -> str:
        facts = {
            "reason": self.reason,
            "distance to the limit": f"at most {self.distance:.3g} of ‖x‖",
            "worst equation": f"{self.feasibility:.3g} of its terms",
            "asked for": f"at most {self.within:g} of either",
            "duality gap": f"{self.gap:.3g} in units of Φ, relative {self.relative_gap:.3g}",
        }
        if self.witness is not None:
            where = "" if self.witness.index is None else f" {self.witness.index}"
            facts["witness"] = f"{self.witness.kind}{where}: {self.witness.value:.3g}"
        return card(f"Certificate: {self.verdict}", facts.items())


@overload
def certify(system: Solution, *, within: float = WITHIN) -> Certificate: ...


@overload
def certify(
    system: LinearSystem,
    x: Numbers,
    bias: Bias | None = None,
    dual: Numbers | None = None,
    *,
    within: float = WITHIN,
) -> Certificate: ...


@reported("certify")
def certify(
    system: LinearSystem | Solution,
    x: Numbers | None = None,
    bias: Bias | None = None,
    dual: Numbers | None = None,
    *,
    within: float = WITHIN,
) -> Certificate:
    """Judge an answer: `certify(system, x, bias, dual=None)`, or `certify(solution)`.

    The proof is a duality gap, turned into a distance coordinate by coordinate: for any ν and any feasible y, x∞ lies
    where the Bregman divergences of its coordinates from ∇Φ*(offset + Aᵀν) sum up to at most the gap. From the answer
    and its ν, Newton's method makes both points as good as rounding allows.

    Args:
        system: A x = b, or a `Solution`, which holds all the rest.
        x: (d,) the answer.
        bias: the theorem, from `network.bias(theta0, system)`.
        dual: (n,) ν with ∇Φ(x) ≈ offset + Aᵀν, such as `solution.dual`; by default one is fitted to x. A good one is
            worth giving: at depth 3 and more and small scale x alone may not lead to one.
        within: the distance, relative to ‖x‖, and the part of each equation's terms, up to which x counts as right.
            Ask for 1e-4 whether a training that was stopped early has come that near.

    Raises:
        InvalidInputError: arguments of the wrong kind or shape; `within` not between 0 and 1; a solution whose system
            was an operator and is gone after loading.

    Source: Fenchel–Young and Bregman 1967; `ridgeless.certificates.distance` has the derivation.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> network, start = rl.networks.Difference(depth=2), {"u": np.ones(2), "v": np.ones(2)}
        >>> bias = network.bias(start, system)
        >>> exact = rl.certify(system, rl.limit(system, network, start).x, bias)
        >>> exact.verdict.value, exact.distance < 1e-12
        ('certified', True)
        >>> other = rl.certify(system, np.array([2.0, 0.0]), bias)  # a solution, but not that one
        >>> other.verdict.value, other.witness.kind
        ('refuted', 'point')
    """
    bound = fitting_within(within, "certify")
    if isinstance(system, Solution):
        if system.system is None:
            raise InvalidInputError(
                "certify: this solution was loaded without its system (an operator cannot be stored); "
                "type certify(system, solution.x, solution.bias, solution.dual)."
            )
        return _certificate(system.system, system.x, system.bias, system.dual, bound)
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"certify: got a {type(system).__name__}; pass a Solution, or (system, x, bias).")
    answer = fitting_vector(x, system.shape[1], "certify", "x")
    multiplier = None if dual is None else fitting_vector(dual, system.shape[0], "certify", "dual")
    theorem = None if bias is None else fitting_bias(bias, system.shape[1], "certify")
    return _certificate(system, answer, theorem, multiplier, bound)


# Intermediate results may overflow for data near the limits of float64; the final numbers are judged as they are.
@np.errstate(over="ignore", divide="ignore", invalid="ignore")
def _certificate(system: LinearSystem, x: Vector, bias: Bias | None, dual: Dual | None, within: float) -> Certificate:
    refuted, feasible = no_solution(system, x, within)
    if refuted is not None:
        return refuted
    if bias is None:
        reason = "no theorem is known for this start, so there is nothing to hold x against but A x = b."
        return Certificate(np.inf, feasible.share, np.nan, np.nan, Verdict.INCONCLUSIVE, reason, within)
    broken = _broken_sign(bias, x, within)
    if broken is not None:
        return _refuted(np.inf, feasible.share, within, _sign_reason(bias, broken), broken)
    found = _judged_by_distance(x, feasible.share, located(system, bias, x, dual, within), within)
    if system.is_expandable:
        found = replace(found, stationarity=stationarity(system, x, bias, dual))
    if feasible.share > within and found.verdict is Verdict.CERTIFIED:
        reason = (
            f"x is at most {found.distance:.1e}·‖x‖ from the minimiser, but {feasible.missed}: its terms are small "
            "beside x."
        )
        return replace(found, verdict=Verdict.INCONCLUSIVE, reason=reason)
    return found


def no_solution(system: LinearSystem, x: Vector, within: float) -> tuple[Certificate | None, Feasibility]:
    """The certificate that refutes an x which does not solve A x = b, None where x does; and its worst equation."""
    if not np.isfinite(x).all():
        which = int(np.flatnonzero(~np.isfinite(x))[0])
        witness = Witness("number", which, float(x[which]))
        nothing = Feasibility(np.inf, 0, refutes=True)
        return _refuted(np.inf, np.inf, within, f"x[{which}] is not finite.", witness), nothing
    feasible = feasibility_of(system, x, within)
    if not (feasible.share > within and feasible.refutes):
        return None, feasible
    reason = f"x does not solve the system: {feasible.missed}."
    witness = Witness("equation", feasible.equation, feasible.share)
    return _refuted(np.inf, feasible.share, within, reason, witness), feasible


def _judged_by_distance(x: Vector, feasibility: float, found: Any, within: float) -> Certificate:
    ball: Ball = found.ball
    size, apart = norm(x), norm(x - ball.center)
    bounds = ratio(max(apart - ball.radius, 0.0), size), ratio(apart + ball.radius, size)
    decided = decided_by(bounds, feasibility, (ball.gap, found.relative_gap), ball.center, within)
    if decided is not None:
        return decided
    distance = bounds[1]
    reason = "no bound on the distance to the minimiser was found"
    if np.isfinite(distance):
        reason = f"the minimiser is at most {distance:.1e}·‖x‖ away, and {within:.0e} was asked for"
    return Certificate(
        distance,
        feasibility,
        ball.gap,
        found.relative_gap,
        Verdict.INCONCLUSIVE,
        f"{reason}; {found.advice}.",
        within,
    )


def decided_by(
    bounds: tuple[float, float], feasibility: float, gaps: tuple[float, float], point: Vector, within: float
) -> Certificate | None:
    """The certificate where bounds on ‖x − x∞‖/‖x‖ lie on one side of `within`; None where they do not.

    Args:
        bounds: from below and from above.
        feasibility: the share of the worst equation.
        gaps: of the points behind the bounds, in units of Φ and relative.
        point: the witness where x is refuted.
        within: what was asked for.
    """
    least, distance = bounds
    if distance <= within:
        reason = f"x solves the system, and the minimiser is at most {distance:.1e}·‖x‖ away."
        return Certificate(distance, feasibility, *gaps, Verdict.CERTIFIED, reason, within)
    if least > within:
        witness = Witness("point", None, least, point)
        reason = f"x solves the system but is not the minimiser, which is at least {least:.1e}·‖x‖ away."
        return Certificate(distance, feasibility, *gaps, Verdict.REFUTED, reason, within, witness)
    return None


def _refuted(distance: float, feasibility: float, within: float, reason: str, witness: Witness) -> Certificate:
    return Certificate(distance, feasibility, np.nan, np.nan, Verdict.REFUTED, reason, within, witness)


def _broken_sign(bias: Bias, x: Vector, within: float) -> Witness | None:
    """A witness for a coordinate outside the domain of Φ by more than within·‖x‖; None where there is none."""
    edge = within * norm(x)
    is_free = bias.potential.free(len(x))
    frozen = np.flatnonzero(~is_free & (np.abs(x) > edge))
    if len(frozen):
        return Witness("sign", int(frozen[0]), float(x[frozen[0]]))
    values = np.where(np.abs(x) > edge, x, 0.0)
    outside = bias.potential.outside(values)
    where = np.flatnonzero(outside)
    return Witness("sign", int(where[0]), float(x[where[0]])) if len(where) else None


def _sign_reason(bias: Bias, broken: Witness) -> str:
    which = broken.index
    if not bias.potential.free(len(bias.offset))[which]:
        return f"x[{which}] = {broken.value:.3g} is not 0, where the start froze it."
    return f"x[{which}] = {broken.value:.3g} has a sign that the start locks out."


def ratio(size: float, unit: float) -> float:
    """size/unit; 0/0 is 0."""
    if size == 0:
        return 0.0
    return size / unit if unit > 0 else np.inf


def are_decided(system: LinearSystem) -> bool:
    """Whether all equations that depend on others do so exactly; otherwise those that the rank drops do not count."""
    return not system.is_expandable or system.rank == system.shape[0] or equations_of(system).is_decided
