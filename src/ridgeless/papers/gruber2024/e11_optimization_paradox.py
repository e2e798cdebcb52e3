"""The optimization paradox, why training solves a non-convex problem: certified rates, saddles and plateaus."""

from __future__ import annotations

import numpy as np

from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import EQUATIONS, UNKNOWNS, instances
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Claim, Curve, Figure, PaperProgress, Section, Table
from ridgeless.papers.gruber2024 import _optimization_rates as rates
from ridgeless.papers.gruber2024 import _optimization_saddles as saddles
from ridgeless.papers.gruber2024._optimization_rates import Rates
from ridgeless.papers.gruber2024._optimization_saddles import DISTANCE, LEAVING, SCALES, PlateauRuns

_TOLERANCE = rates.TOLERANCE
# The picture of losses shows this depth; two layers leave as 1/α, slowly enough to be seen, and fast enough to draw.
_SHOWN_DEPTH = 2
# Of kinds of start that are hardly ever certified, no points are drawn.
_AS_A_RULE = 0.5
_SHOWN_SCALES = (0.001, 0.01, 0.1, 1.0)


def run(seeds: int, progress: PaperProgress) -> tuple[list[Rates], list[PlateauRuns]]:
    """The trainings of the optimization paradox: rates from every start, and the time spent near saddles."""
    return rates.run(seeds, progress), saddles.run(seeds, progress)


def section(found: tuple[list[Rates], list[PlateauRuns]]) -> Section:
    """The optimization paradox."""
    all_rates, lingering = found
    seeds = len(all_rates[0].certified)
    return Section(
        "Optimization",
        "Why does training solve a problem that is not convex?",
        "\n\n".join((_saddles_text(), _rates_text(all_rates), _times_text(lingering, seeds))),
        (_rates_figure(all_rates), _losses_figure(), _leaving_figure(lingering)),
        (_rates_table(all_rates), _plateaus_table(lingering)),
        claims(all_rates, lingering),
    )


def claims(all_rates: list[Rates], lingering: list[PlateauRuns]) -> tuple[Claim, ...]:
    """The numbers that must come out."""
    return (*_rate_claims(all_rates), *(claim for one in lingering for claim in _saddle_claims(one)))


def _saddles_text() -> str:
    return (
        "The loss ½‖A W_1 … W_h w − b‖² is not convex in the weights, but nothing in it is a trap. The gradient with "
        "respect to W_1 is −Aᵀ(b − Ax)qᵀ with q = W_2 … W_h w, and Aᵀ(b − Ax) = 0 at solutions only: wherever else "
        "training could come to rest, q = 0. Then x = 0 too, and the loss is ½‖b‖². All saddles lie at that one "
        "height, and from the moment the loss is below it, none is left on the way."
    )


def _rates_text(all_rates: list[Rates]) -> str:
    seeds = len(all_rates[0].certified)
    total, arrived = _count(all_rates)
    certified = sum(int((one.certified > 0).sum()) for one in all_rates)
    ratios = np.concatenate([one.ratios for one in all_rates])
    bare, bare_arrived = _count_bare(all_rates)
    return (
        f"How fast, can be told before training starts where λ_max(wwᵀ − W_1ᵀW_1) = μ > 0 and h = 1: then ‖w‖² ≥ μ for "
        "ever and L(t) ≤ L(0)·e^(−2σ_min(A)²μt). Rank-one chains, of any depth, have one where x starts nearer to the "
        "solutions than 0 is: the loss never rises, so that ‖x‖ cannot fall below c = (‖b‖ − ‖Ax₀ − b‖)/σ_max(A), and "
        f"μ = c^(2h/(h+1)). {len(all_rates)} kinds of start were trained on {seeds} Gaussian "
        f"systems of {EQUATIONS} equations in {UNKNOWNS} unknowns, {total} runs in all. {certified} of them were "
        "certified, and never was the loss seen to fall more slowly: in its slowest moment it fell "
        f"{short(ratios.min())} times as fast as certified, or faster; in the median "
        f"{short_median(ratios)} times. The certificate suffices, and is not needed: of the {bare} runs "
        f"without one {bare_arrived} reached a residual of {_TOLERANCE:g}, as did {arrived} of all {total}."
    )


def _times_text(lingering: list[PlateauRuns], seeds: int) -> str:
    first = lingering[0]
    told = ", ".join(f"{short(one.saddles[:, 0].mean())} for h = {one.hidden}" for one in lingering)
    return (
        f"What a saddle costs is time. Gaussian starts of scale {SCALES[0]:g} stay at it until the "
        f"loss falls, after a time that is known from the start: it grows as log(1/α) for h = 1 and as α^(1−h) beyond. "
        f"Plateaus at the height of the saddles, per run over {seeds} systems: {told}; at scale {SCALES[-1]:g} and "
        f"h = {first.hidden}, {short(first.saddles[:, -1].mean())}. Only exceptional starts never "
        f"leave: a balanced chain with x₀ = −A⁺b and AAᵀ = I heads for the saddle, and from {DISTANCE:g} beside it "
        "training comes down to the saddle, rests there, and goes on to a solution."
    )


def _count(all_rates: list[Rates]) -> tuple[int, int]:
    """Runs, and those of them that arrived."""
    return sum(len(one.arrived) for one in all_rates), sum(int(one.arrived.sum()) for one in all_rates)


def _count_bare(all_rates: list[Rates]) -> tuple[int, int]:
    """Runs without a certificate, and those of them that arrived."""
    bare = [one.arrived[one.certified == 0] for one in all_rates]
    return sum(len(some) for some in bare), sum(int(some.sum()) for some in bare)


def _rates_figure(all_rates: list[Rates]) -> Figure:
    # The row-space start has the losses of the Gaussian one: its points would only lie to the right of those.
    # Balanced layers are a chain as well, and one chain is enough to look at; the table has both.
    left_out = rates.ROW_SPACE, rates.BALANCED
    certified = [
        one
        for one in all_rates
        if one.start.network.hidden == 1 and np.mean(one.certified > 0) > _AS_A_RULE and one.start.name not in left_out
    ]
    curves = []
    for one in certified:
        here = one.certified > 0
        curves.append(Curve(one.start.name, one.certified[here], one.slowest[here]))
    every = np.concatenate([one.certified[one.certified > 0] for one in certified])
    return Figure(
        "The loss never falls more slowly than certified",
        "certified rate, before training",
        "slowest rate during training",
        (*curves, _curves.diagonal("slowest = certified", every)),
        "One hidden layer; one point for each run that has a certificate, from starts that mostly have one. The "
        "slowest rate is the least fall of log L per unit of time between two neighbouring snapshots; on the line the "
        "certificate would be tight.",
    )


def _losses_figure() -> Figure:
    one = instances(10, 1)[0]
    curves = []
    for scale in _SHOWN_SCALES:
        way = saddles.descent(one.system, one.gaussian(_SHOWN_DEPTH, scale))
        curves.append(Curve(f"Gaussian, scale {scale:g}", way.at, way.loss))
    turned = saddles.whitened(one)
    way = saddles.descent(turned.system, saddles.opposed(turned, _SHOWN_DEPTH, DISTANCE))
    curves.append(Curve(rates.OPPOSED, way.at, way.loss))
    # What begins at time 0 begins nowhere on a logarithmic axis.
    curves = [Curve(curve.label, curve.x[1:], curve.y[1:]) for curve in curves]
    ends = np.array([min(curve.x[0] for curve in curves), max(curve.x[-1] for curve in curves)])
    return Figure(
        "Training rests at the height of the saddles, and nowhere else for good",
        "time",
        "loss in units of ½‖b‖²",
        (*curves, _curves.predicted("height of every saddle", ends, np.ones(2))),
        f"One system, h = {_SHOWN_DEPTH}; each mark is a step of the integrator. Small starts begin at the height of "
        "the saddles and stay there; a large one meets no plateau; the one headed for the saddle comes down to it from "
        "above. Below the line nothing holds training up for good.",
    )


def _leaving_figure(lingering: list[PlateauRuns]) -> Figure:
    return Figure(
        "The time spent near the origin: log(1/α) for one hidden layer, α^(1−h) for more",
        "scale α of the start",
        "‖Aᵀb‖ · time until a tenth of the loss is gone",
        _curves.with_laws((f"h = {one.hidden}", LEAVING, one.left, one.law) for one in lingering),
        "Gaussian starts, medians over seeds with 95 % bands. The lines are no fits: near the origin gradient flow is "
        "that of −⟨Aᵀb, x(θ)⟩, and one trajectory of it, from the start of scale 1, gives the time at every scale.",
    )


def _rates_table(all_rates: list[Rates]) -> Table:
    return Table(
        "Every start, and what was certified of it",
        ("start", "h", "runs certified", "certified rate", "slowest rate", "slowest/certified", "final rate",
         f"reached {_TOLERANCE:g}"),
        tuple(_rates_row(one) for one in all_rates),
        "Medians over seeds; those of the certified rate and the ratio over certified runs. For h ≥ 2 only chains "
        "have one. With W_1 in the row space of A the losses are those of the Gaussian start itself, and the "
        "certificate is better, and holds for both: what A does not see of W_1 plays no part in training, and only "
        "weakens the certificate. The final rate is 2·λ_min(A M Aᵀ) at the trained weights.",
    )  # fmt: skip


def _rates_row(one: Rates) -> tuple[str, ...]:
    is_certified = one.certified > 0
    some = bool(is_certified.any())
    return (
        one.start.name,
        str(one.start.network.hidden),
        f"{int(is_certified.sum())} of {len(is_certified)}",
        short_median(one.certified[is_certified]) if some else "none",
        short_median(one.slowest),
        short_median(one.ratios) if some else "",
        short_median(one.final),
        f"{int(one.arrived.sum())} of {len(one.arrived)}",
    )


def _plateaus_table(lingering: list[PlateauRuns]) -> Table:
    return Table(
        "Plateaus passed from Gaussian starts, means over seeds",
        ("scale", *(f"at the saddles' height, h = {one.hidden}" for one in lingering),
         *(f"elsewhere, h = {one.hidden}" for one in lingering)),
        tuple(
            (short(scale), *(short(one.saddles[:, index].mean()) for one in lingering),
             *(short(one.others[:, index].mean()) for one in lingering))
            for index, scale in enumerate(SCALES)
        ),
        "A plateau is counted where the loss later falls at ten times the relative rate. Those elsewhere are no "
        "saddles: ill-conditioned systems have directions that are learnt much later than others.",
    )  # fmt: skip


def _rate_claims(all_rates: list[Rates]) -> list[Claim]:
    total, arrived = _count(all_rates)
    bare, bare_arrived = _count_bare(all_rates)
    found = {(one.start.name, one.start.network.hidden): one for one in all_rates}
    random, projected = found[rates.GAUSSIAN, 1], found[rates.ROW_SPACE, 1]
    ratios = np.concatenate([one.ratios for one in all_rates])
    return [
        Claim(f"runs that reach a residual of {_TOLERANCE:g}, of {total}", float(total), float(arrived)),
        Claim(
            f"runs without a certificate that reach it, of {bare}: it is not needed", float(bare), float(bare_arrived)
        ),
        _claims.worst(
            "what the slowest rate of a certified run lacks of the certified rate, relative",
            np.maximum(1 - ratios, 0.0),
            1e-6,
        ),
        _claims.worst(
            "relative difference of the slowest rates with and without P_N W_1: A does not see it",
            np.abs(projected.slowest / random.slowest - 1),
            1e-4,
        ),
        *(
            _claims.median(
                f"final rate over that of vanishing starts, {one.start.name}, h = {one.start.network.hidden}",
                1.0,
                one.final / one.vanishing,
                0.01,
            )
            for one in all_rates
            if one.start.name == rates.SMALL
        ),
    ]


def _saddle_claims(one: PlateauRuns) -> list[Claim]:
    depth = f"h = {one.hidden}"
    return [
        _growth_claim(one),
        _claims.median(
            f"time to leave the origin over its prediction, scale {LEAVING[0]:g}, {depth}",
            1.0,
            one.left[:, 0] / one.law[:, 0],
            0.02,
        ),
        _claims.count(
            f"starts of scale {SCALES[0]:g} that pass one plateau at the saddles' height, {depth}",
            one.saddles[:, 0] == 1,
        ),
        _claims.worst(f"|height of that plateau − 1|, in units of ½‖b‖², {depth}", np.abs(one.heights - 1), 1e-3),
        _claims.worst(
            f"|height of the plateau − 1| from starts headed for the saddle, {depth}", np.abs(one.opposed - 1), 0.01
        ),
    ]


def _growth_claim(one: PlateauRuns) -> Claim:
    """The claim on how the time to leave the origin grows as the scale falls."""
    few = slice(0, 3)
    if one.hidden == 1:
        slopes = np.array([np.polyfit(-np.log(LEAVING[few]), row[few], 1)[0] for row in one.left])
        return _claims.median("slope of ‖Aᵀb‖·(time to leave the origin) against log(1/α), h = 1", 1.0, slopes, 0.01)
    statement = f"slope of log time to leave against log α, h = {one.hidden}"
    return _claims.slope(statement, 1.0 - one.hidden, LEAVING[few], one.left[:, few], 0.02)
