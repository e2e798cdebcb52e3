"""E1: the gap to the minimum-norm solution against the scale of a Gaussian start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import beta, chi2

from ridgeless._core.arrays import norm
from ridgeless.flows import Run
from ridgeless.networks import Theta
from ridgeless.networks._dense.later_layers import later_layers
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import EQUATIONS, UNKNOWNS, Instance, PerSeed, Scores, dense, instances
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Claim, Figure, PaperProgress, Points, Section

SCALES = np.geomspace(1e-3, 2e-2, 5)
# Not 1, so that the exponent of ‖A⁺b‖ counts.
LENGTH = 2.0
_TOLERANCE = 1e-8
# Starts whose gap is predicted and not trained for: enough to tell the constant of the law from chance.
_MANY = 1000


@dataclass(frozen=True)
class SmallStarts:
    """Gradient flow from small Gaussian starts, at one depth.

    Attributes:
        hidden: h.
        drawn: the instances.
        starts: one row for each instance, theta0 at each of `SCALES`.
        runs: the trainings from them.
    """

    hidden: int
    drawn: list[Instance]
    starts: list[list[Theta]]
    runs: list[list[Run]]

    @property
    def gaps(self) -> Scores:
        """‖x∞ − A⁺b‖."""
        return np.array([[one.gap(run) for run in row] for one, row in zip(self.drawn, self.runs, strict=True)])

    @property
    def rests(self) -> Scores:
        """‖q∞‖, q = W_2 … W_h w."""
        return np.array([[norm(later_layers(run.theta)) for run in row] for row in self.runs])


def run(seeds: int, progress: PaperProgress, depths: tuple[int, ...] = (1, 2, 3, 4)) -> list[SmallStarts]:
    """The trainings of E1, depth by depth."""
    return [small_starts(hidden, seeds) for hidden in _sweeps.announced(progress, "E1: small starts, h = {}", depths)]


def small_starts(hidden: int, seeds: int) -> SmallStarts:
    """Train from every scale; a seed draws the same directions at every scale and depth."""
    drawn = instances(1, seeds, length=LENGTH)
    starts = [[one.gaussian(hidden, scale) for scale in SCALES] for one in drawn]
    runs = [
        [one.trained_in_full(dense(hidden), theta0, _TOLERANCE) for theta0 in row]
        for one, row in zip(drawn, starts, strict=True)
    ]
    return SmallStarts(hidden, drawn, starts, runs)


def law(hidden: int) -> Points:
    """α·‖A⁺b‖^(h/(h+1))·√(median χ²_{d−n}/m): the median gap over Gaussian starts, without a fitted constant.

    P_N W_1 is Gaussian and independent of all that moves, so that the gap ‖P_N W_1 q∞‖ is α·‖q∞‖·√(χ²_{d−n}/m).
    """
    typical = float(np.sqrt(chi2.median(UNKNOWNS - EQUATIONS) / UNKNOWNS))
    return SCALES * LENGTH ** (hidden / (hidden + 1)) * typical


def median_band(seeds: int) -> tuple[float, float]:
    """The 95 % band of a median over so many seeds, in units of the law: order statistics have beta quantiles."""
    quantiles = np.array([*beta.ppf((0.025, 0.975), (seeds + 1) / 2, (seeds + 1) / 2), 0.5])
    low, high, middle = np.sqrt(chi2.ppf(quantiles, UNKNOWNS - EQUATIONS)).tolist()
    return low / middle, high / middle


@cache
def many_squares() -> PerSeed:
    """m·‖P_N W_1 ŷ‖²/α² for h = 1 over many starts, which take no training: χ² of d − n degrees of freedom."""
    unit = [_unit_gap(one, one.gaussian(1, 1.0)) for one in instances(1, _MANY, length=LENGTH)]
    return np.array(unit) ** 2 / LENGTH * UNKNOWNS


def direction_law(starts: SmallStarts) -> Scores:
    """For h = 1, seed by seed: ‖P_N W_1 ŷ‖·√‖A⁺b‖ with ŷ ∝ W_1ᵀĝ + w and ĝ ∝ Aᵀb, the direction that grows first."""
    return np.array(
        [[_unit_gap(one, theta0) for theta0 in row] for one, row in zip(starts.drawn, starts.starts, strict=True)]
    )


def _unit_gap(one: Instance, theta0: Theta) -> float:
    return norm(one.null_part(theta0) @ one.grown(theta0)) * float(np.sqrt(LENGTH))


def section(all_starts: list[SmallStarts]) -> Section:
    """E1."""
    seeds = len(all_starts[0].drawn)
    slopes = {starts.hidden: _claims.slopes(SCALES, starts.gaps) for starts in all_starts}
    told = ", ".join(f"{np.median(values):.4f} for h = {hidden}" for hidden, values in slopes.items())
    claims = [
        _claims.median(f"slope of log gap against log scale, h = {hidden}", 1.0, values, 0.05)
        for hidden, values in slopes.items()
    ]
    return Section(
        "E1",
        "How does the gap to the minimum-norm solution depend on the scale of the start?",
        f"{seeds} Gaussian systems of {EQUATIONS} equations in {UNKNOWNS} unknowns with ‖A⁺b‖ = {short(LENGTH)}; every "
        f"weight drawn from N(0, α²/m), width m = {UNKNOWNS}, and trained by gradient flow to a residual of 1e-8. The "
        "part P_N W_1 of the first layer that A does not see never moves, and the gap is P_N W_1 times what the later "
        "layers grow to, whose norm tends to ‖A⁺b‖^(h/(h+1)): a start ten times smaller ends ten times nearer, at "
        f"every depth. Slopes: {told}. Depth costs time, not accuracy: a small start leaves the origin after a time "
        "that grows as log(1/α) for h = 1 and as α^(1−h) beyond.",
        (_figure(all_starts), _constant_figure(all_starts)),
        claims=(*claims, *_constants(all_starts)),
    )


def _figure(all_starts: list[SmallStarts]) -> Figure:
    return Figure(
        "The gap is proportional to the scale, at every depth",
        "scale α of the start",
        "‖x∞ − A⁺b‖",
        _curves.with_laws((f"h = {one.hidden}", SCALES, one.gaps, law(one.hidden)) for one in all_starts),
        "Medians over seeds with 95 % bands. The lines are no fits: α·‖A⁺b‖^(h/(h+1)) times the median of √(χ²/m) with "
        f"{UNKNOWNS - EQUATIONS} degrees of freedom, the dimension of the null space. Marks of h = 3 and "
        "h = 4 nearly coincide; the next figure sets all depths apart, and says why a row lies off its line.",
    )


def _constant_figure(all_starts: list[SmallStarts]) -> Figure:
    seeds = len(all_starts[0].drawn)
    measured = [_curves.median(f"h = {one.hidden}", SCALES, one.gaps / SCALES) for one in all_starts]
    ends = SCALES[[0, -1]] * np.array([0.7, 1.4])
    laws = [
        _curves.predicted(f"law, h = {one.hidden}", ends, (law(one.hidden) / SCALES)[[0, -1]]) for one in all_starts
    ]
    low, high = median_band(seeds)
    parts = [short_median(one.gaps[:, 0] / law(one.hidden)[0]) for one in all_starts]
    told = ", ".join(f"{part} of it for h = {one.hidden}" for part, one in zip(parts, all_starts, strict=True))
    typical = np.median(np.sqrt(many_squares())) / np.sqrt(chi2.median(UNKNOWNS - EQUATIONS))
    return Figure(
        "The constant in front of the scale",
        "scale α of the start",
        "‖x∞ − A⁺b‖/α",
        (*_curves.side_by_side(measured), *laws),
        "The same medians over α, marks of one scale side by side. A seed keeps its directions at every scale, so that "
        f"chance moves a row of marks as a whole: of medians over {seeds} seeds, 95 in 100 lie between {short(low)} "
        f"and {short(high)} of the law. Here they lie at {told} (smallest scale). That a row off its line is chance, "
        "and the constant right, shows where seeds are many: for h = 1 the start alone predicts the gap, as a claim "
        f"says, and over {_MANY} starts the median of that prediction is {short(float(typical))} of the law.",
        y_scale="linear",
    )


def _constants(all_starts: list[SmallStarts]) -> list[Claim]:
    """The claims that the constant of the law is the measured one."""
    claims = []
    for starts in all_starts:
        hidden, smallest = starts.hidden, starts.rests[:, 0]
        grown = LENGTH ** (hidden / (hidden + 1))
        claims.append(
            _claims.median(f"‖q∞‖/‖A⁺b‖^(h/(h+1)) at the smallest scale, h = {hidden}", 1.0, smallest / grown, 0.01)
        )
    freedom = UNKNOWNS - EQUATIONS
    pooled = all_starts[0].gaps[:, 0] ** 2 * UNKNOWNS / (SCALES[0] * all_starts[0].rests[:, 0]) ** 2 / freedom
    claims.append(
        _square_claim(f"m·gap²/(α‖q∞‖)² over d − n, a χ² variable, h = {all_starts[0].hidden}, smallest scale", pooled)
    )
    if all_starts[0].hidden == 1:
        ratios = all_starts[0].gaps[:, 0] / direction_law(all_starts[0])[:, 0]
        claims.append(
            _claims.median("gap over its prediction from the start alone, h = 1, smallest scale", 1.0, ratios, 0.02)
        )
        claims.append(_square_claim("m·gap²/(α‖q∞‖)² over d − n from starts alone, h = 1", many_squares() / freedom))
    return claims


def _square_claim(statement: str, squares: PerSeed) -> Claim:
    """The claim that χ² variables over their degrees of freedom, d − n, have mean 1."""
    return _claims.mean(statement, 1.0, squares, float(np.sqrt(2 / ((UNKNOWNS - EQUATIONS) * len(squares)))))
