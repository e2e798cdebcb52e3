"""The generalization paradox: held-out error of interpolation against scale and depth, synthetic and measured."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np

from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import PerSeed
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Claim, Curve, Figure, PaperProgress, Points, Section, Table, confidence
from ridgeless.papers.gruber2024 import _generalization_measured as measured_data
from ridgeless.papers.gruber2024 import _generalization_synthetic as synthetic_data
from ridgeless.papers.gruber2024._generalization_measured import HeldOut
from ridgeless.papers.gruber2024._generalization_synthetic import (
    DENSE_SCALES,
    EQUATIONS,
    NONZEROS,
    SPARSE_SCALES,
    UNKNOWNS,
    Swept,
    Synthetic,
    chain_law,
    shortest_law,
)

_INTERPOLATES = 1e-8
_SAME = 1e-3
_DIFFERENCE = "relative difference of the error at the {} scale from that of minimum norm"
_FEWEST_SPLITS = 5
_NO_SCALE = "which has no scale (right)"
_SMOOTH = 60
# Of what has no scale from the largest one, in units of the distance between scales.
_OFF = 0.7


Results = tuple[list[Synthetic], list[Synthetic], list[HeldOut], list[str]]


def run(seeds: int, progress: PaperProgress, folder: Path | None = None) -> Results:
    """Held-out errors where the truth is sparse, where it is dense, and on data; and why data sets were left out.

    Args:
        seeds: random systems with known truth; data are split half as often, and five times at least.
        progress: told what is running.
        folder: where riboflavin.npz is; the environment's RIDGELESS_DATA, or ../shared/data, unless given.
    """
    sparse, dense = synthetic_data.sparse(seeds, progress), synthetic_data.dense(seeds, progress)
    return sparse, dense, *measured_data.run(max(_FEWEST_SPLITS, seeds // 2), progress, folder)


def section(found: Results) -> Section:
    """The generalization paradox."""
    sparse, dense, measured, left_out = found
    told = [_synthetic_text(sparse, dense), *([_measured_text(measured)] if measured else []), " ".join(left_out)]
    return Section(
        "Generalization",
        "When does fitting the data perfectly generalize?",
        "\n\n".join(part for part in told if part),
        (*map(_sparse_figure, sparse), *map(_dense_figure, dense), *map(_measured_figure, measured)),
        (_known_table(sparse, dense), *([_measured_table(measured), _best_table(measured)] if measured else [])),
        claims(sparse, dense, measured),
    )


def claims(sparse: list[Synthetic], dense: list[Synthetic], measured: list[HeldOut]) -> tuple[Claim, ...]:
    """The numbers that must come out. Nothing foretells which method wins on data: that is in tables."""
    return (*_sparse_claims(sparse), *_dense_claims(dense), *(claim for one in measured for claim in _data_claims(one)))


def _synthetic_text(sparse: list[Synthetic], dense: list[Synthetic]) -> str:
    clean, seeds = sparse[0], len(sparse[0].shortest)
    deep = {one.parameter: short_median(one.errors[:, 0]) for one in clean.swept}
    noisy = {one.parameter: short_median(one.errors[:, 0]) for one in sparse[-1].swept}
    worst = dense[0].swept[-1]
    return (
        "Every solution here fits its data exactly; what differs is where training began, and with it the held-out "
        f"error. {seeds} Gaussian systems of {EQUATIONS} equations in {UNKNOWNS} unknowns have a known truth x*, and "
        "the error is that of new equations without noise, in units of their variance. With x* of "
        f"{NONZEROS} non-zero entries and no noise the minimum-norm solution errs by "
        f"{short_median(clean.shortest)} and x = u^D − v^D from scale {SPARSE_SCALES[0]:g} by {deep[2]} for "
        f"D = 2 and {deep[3]} for D = 3 (medians): the error vanishes as a power of the scale, and fitting generalizes "
        f"because a small start prefers what the truth is. With noise of standard deviation {sparse[-1].noise:g} "
        f"on b they err by {noisy[2]} and {noisy[3]}: interpolation takes the noise in. Where every "
        "entry of x* counts, nothing is gained from a small start over the minimum-norm solution, and a large start of "
        "a dense network does harm: what P_N W_1 holds stays in x, which at scale "
        f"{DENSE_SCALES[-1]:g} and h = {worst.parameter} errs by {short_median(worst.errors[:, -1])}."
    )


def _measured_text(measured: list[HeldOut]) -> str:
    opening = (
        "On measured data nobody knows the truth. Features are standardised on the training part alone, and the error "
        "is the squared one on what was held out, over that of the training mean: above 1 a prediction is worse than "
        "none. Whether exact fitting can generalize at all depends on what becomes of noise in the targets: the "
        "minimum-norm solution hands it on to new predictions, its variance multiplied by a gain that the features "
        "alone decide. A claim for each data set adds noise to the training targets and holds what it adds to the "
        "error of the network against that gain. Which method has the lowest error follows from no theory here: the "
        "last table says what was measured, whichever way it fell."
    )
    return "\n\n".join((opening, *map(_data_set_text, measured)))


def _data_set_text(one: HeldOut) -> str:
    medians = {name: float(np.median(errors)) for name, errors in _columns(one).items()}
    told = ", ".join(f"{short(median)} for {name}" for name, median in medians.items())
    best = min(medians, key=lambda name: medians[name])
    bad = [name for name, median in medians.items() if median > 1]
    verdicts = [_verdict(_best_errors(one) / errors) for errors in one.others.values()]
    beside = " and ".join(f"{verdict} than {name}'s" for verdict, name in zip(verdicts, one.others, strict=True))
    versus = f" At its best depth and scale the network's error is {beside}." if one.others else ""
    worse = f" Worse than no prediction: {', '.join(bad)}." if bad else ""
    return (
        f"{one.name.capitalize()} ({one.source}), {one.shape[0]} samples for {one.shape[1]} unknowns, {one.tested} "
        f"held out, {len(one.shortest)} splits: gain {short_median(one.gain)}; median errors {told}. The "
        f"lowest is that of {best}.{worse}{versus}"
    )


def _best(swept: Swept) -> int:
    """Which scale has the lowest median held-out error."""
    return int(np.argmin(np.median(swept.errors, axis=0)))


def _best_errors(one: HeldOut) -> PerSeed:
    """Errors over splits of the network at its best depth and scale."""
    return min((swept.errors[:, _best(swept)] for swept in one.swept), key=lambda errors: float(np.median(errors)))


def _verdict(ratios: PerSeed) -> str:
    """Which of two errors is lower, if their ratio over splits tells."""
    low, high = confidence(ratios)
    return "lower" if high < 1 else "higher" if low > 1 else "neither lower nor higher"


def _columns(one: HeldOut) -> dict[str, PerSeed]:
    """Errors over splits, by method: interpolants first."""
    small = {f"D = {swept.parameter} from a small start": swept.errors[:, 0] for swept in one.swept}
    return small | {"minimum norm": one.shortest} | one.others


def _sparse_figure(one: Synthetic) -> Figure:
    is_clean = one.noise == 0
    law = np.full(len(one.scales), shortest_law(one.noise))
    curves = _by_depth(one.swept, one.scales)
    return Figure(
        f"Sparse truth, {_noise(one)}: "
        + ("the smaller the start, the smaller the error" if is_clean else "interpolation keeps the noise"),
        "u^D = v^D at the start",
        "held-out error",
        (
            *([*curves, *_power_laws(one)] if is_clean else _curves.side_by_side(curves)),
            _curves.predicted("minimum norm, theory", one.scales, law),
            *_baseline_marks(one.others, one.scales),
        ),
        f"x = u^D − v^D; medians over {len(one.shortest)} systems with 95 % bands. "
        "Every depth interpolates at every scale. D = 1 is plain regression and ends at the minimum-norm solution, as "
        "do large starts of every depth; theory gives its mean error as 1 − n/d + σ²n/(d − n − 1). Methods of "
        "scikit-learn choose a penalty by cross-validation."
        + (
            " Coloured lines start from the smallest scale and have the slopes of theory."
            if is_clean
            else " Marks of one scale stand side by side."
        ),
    )


def _by_depth(swept: list[Swept], scales: Points) -> list[Curve]:
    return [_curves.median(f"D = {each.parameter}", scales, each.errors) for each in swept]


def _power_laws(one: Synthetic) -> list[Curve]:
    """Lines of the predicted slope through the smallest scale."""
    few = one.scales[:4]
    exponents = {2: float(np.median(one.exponents)), 3: 2.0}
    return [
        _curves.predicted(
            f"slope predicted, D = {swept.parameter}",
            few,
            float(np.median(swept.errors[:, 0])) * (few / few[0]) ** exponents[swept.parameter],
        )
        for swept in one.swept
        if swept.parameter in exponents
    ]


def _dense_figure(one: Synthetic) -> Figure:
    fine = np.geomspace(one.scales[0], one.scales[-1], _SMOOTH)
    pairs = [
        (
            _curves.median(f"h = {swept.parameter}", one.scales, swept.errors),
            _curves.predicted(f"law, h = {swept.parameter}", fine, chain_law(swept.parameter, one.noise, fine)),
        )
        for swept in one.swept
    ]
    return Figure(
        f"Dense truth, {_noise(one)}: the smaller the start, the nearer to the minimum norm",
        "scale of the start, ‖W_1‖",
        "held-out error",
        (*chain.from_iterable(pairs), *_baseline_marks(one.others, one.scales)),
        "x = W_1 … W_h w from rank-one chains, whose end is known in closed form at every scale; every entry of x* is "
        f"Gaussian; medians over {len(one.shortest)} systems with 95 % bands. The lines know n, d, σ and the scale "
        "alone: the error of the minimum-norm solution plus the squared gap to it.",
    )


def _measured_figure(one: HeldOut) -> Figure:
    scales = measured_data.SCALES
    level = np.full(len(scales), float(np.median(one.shortest)))
    return Figure(
        f"{one.name.capitalize()}: {one.shape[0]} samples, {one.shape[1]} unknowns",
        "u^D = v^D at the start, in units of max|A⁺b|",
        "held-out error; 1: no prediction",
        (
            *_curves.side_by_side(_by_depth(one.swept, scales)),
            _curves.predicted("minimum norm, where large starts end", scales, level),
            *_baseline_marks(one.others, scales),
        ),
        f"{one.source[0].upper()}{one.source[1:]}. x = u^D − v^D with training error 0; medians over "
        f"{len(one.shortest)} splits with 95 % bands, marks of one scale side by side. Methods of scikit-learn choose "
        "a penalty by cross-validation.",
        y_scale="linear",
    )


def _baseline_marks(others: dict[str, PerSeed], scales: Points) -> list[Curve]:
    """One mark for each method that has no scale, to the right of all that have one."""
    spacing = scales[1] / scales[0]
    places = [scales[-1:] * spacing ** (_OFF + _curves.APART * index) for index in range(len(others))]
    return [
        _curves.median(f"{name}, {_NO_SCALE}", place, errors[:, None])
        for place, (name, errors) in zip(places, others.items(), strict=True)
    ]


def _noise(one: Synthetic) -> str:
    return "no noise" if one.noise == 0 else f"noise of standard deviation {one.noise:g}"


def _known_table(sparse: list[Synthetic], dense: list[Synthetic]) -> Table:
    rows = []
    for kind, every, letter in (("sparse", sparse, "D"), ("dense", dense, "h")):
        for one in every:
            rows += [
                (kind, one.noise, f"{letter} = {swept.parameter}, scale {one.scales[index]:g}",
                 *_median_cells(swept.errors[:, index]))
                for swept in one.swept
                for index in (0, -1)
            ]  # fmt: skip
            rows.append((kind, one.noise, "minimum norm", *_median_cells(one.shortest)))
            rows += [(kind, one.noise, name, *_median_cells(errors)) for name, errors in one.others.items()]
    return Table(
        "Held-out error where the truth is known",
        ("truth", "noise", "solution", "median error", "95 % band"),
        tuple(rows),
        "All but the methods of scikit-learn interpolate.",
    )


def _measured_table(measured: list[HeldOut]) -> Table:
    return Table(
        "Held-out error on measured data, the same splits for every method",
        ("data", "gain", "method", "median error", "95 % band", "lowest in"),
        tuple(row for one in measured for row in _measured_rows(one)),
        "1 is the error of the training mean. Small starts, at scale "
        f"{measured_data.SCALES[0]:g} in units of max|A⁺b|, and the minimum norm interpolate. The gain is the "
        "variance that noise of variance 1 in the training targets has in predictions of the minimum-norm solution, "
        "‖A_test A⁺‖_F² over the number of samples held out, median over splits.",
    )


def _measured_rows(one: HeldOut) -> list[tuple[str, ...]]:
    columns = _columns(one)
    winners = np.argmin(np.array(list(columns.values())), axis=0)
    gain = short_median(one.gain)
    return [
        (one.name, gain, name, *_median_cells(errors), f"{int(np.sum(winners == index))} of {len(errors)} splits")
        for index, (name, errors) in enumerate(columns.items())
    ]


def _best_table(measured: list[HeldOut]) -> Table:
    return Table(
        "The interpolating network at its best scale, beside what chooses a penalty by cross-validation",
        ("data", "network", "best scale", "error", "beside", "error over its", "95 % band", "lower in", "told apart"),
        tuple(row for one in measured for swept in one.swept for row in _best_rows(one, swept)),
        "Errors over errors on the same splits, medians. Below 1 the network, which fits its training data exactly, "
        "predicts better. Its best scale, in units of max|A⁺b|, is the one with the lowest median error on the "
        "held-out samples themselves, which nobody knows in practice: this favours the network. Two errors are told "
        "apart where the band excludes 1.",
    )


def _best_rows(one: HeldOut, swept: Swept) -> list[tuple[str, ...]]:
    best, rows = _best(swept), []
    errors = swept.errors[:, best]
    own = (one.name, f"D = {swept.parameter}", f"{measured_data.SCALES[best]:g}")
    for name, others in one.others.items():
        ratios = errors / others
        verdict = {"lower": "network lower", "higher": "network higher"}.get(_verdict(ratios), "no")
        wins = f"{int(np.sum(ratios < 1))} of {len(ratios)} splits"
        rows.append((*own, short_median(errors), name, *_median_cells(ratios), wins, verdict))
    return rows


def _median_cells(errors: Points) -> tuple[str, str]:
    low, high = confidence(errors)
    return short_median(errors), f"{short(low)} to {short(high)}"


def _sparse_claims(every: list[Synthetic]) -> list[Claim]:
    made = []
    for one in every:
        kind = f"sparse truth, {_noise(one)}"
        made += _shared_claims(one, kind)
        made += [
            _same_claim(
                f"{_DIFFERENCE.format('largest')}, D = {swept.parameter}, {kind}", swept.errors[:, -1], one.shortest
            )
            for swept in one.swept
            if swept.parameter > 1
        ]
    found = {swept.parameter: swept for swept in every[0].swept}
    shares = {depth: swept.errors[:, 0] / every[0].shortest for depth, swept in found.items()}
    few, deepest = every[0].scales[:2], found[3]
    return [
        *made,
        _claims.median("error at the smallest scale over that of minimum norm, sparse truth, no noise, D = 2", 0.01,
                     shares[2], 0.0, "at most"),
        _claims.median("error at the smallest scale over that of minimum norm, sparse truth, no noise, D = 3", 1e-6,
                     shares[3], 0.0, "at most"),
        _claims.median("slope of log error against log scale over 2(1 − ϱ), smallest scales, D = 2", 1.0,
                     _claims.slopes(few, found[2].errors[:, :2]) / every[0].exponents, 0.05),
        _claims.slope(f"slope of log error against log scale, smallest scales, D = {deepest.parameter}", 2.0,
                     few, deepest.errors[:, :2], 0.05),
    ]  # fmt: skip


def _dense_claims(every: list[Synthetic]) -> list[Claim]:
    made = []
    for one in every:
        kind = f"dense truth, {_noise(one)}"
        made += _shared_claims(one, kind)
        for swept in one.swept:
            depth = f"h = {swept.parameter}, {kind}"
            predicted = chain_law(swept.parameter, one.noise, one.scales[-1:])
            made += [
                _same_claim(f"{_DIFFERENCE.format('smallest')}, {depth}", swept.errors[:, 0], one.shortest),
                _claims.median(f"error at the largest scale over its prediction, {depth}", 1.0,
                             swept.errors[:, -1] / predicted, 0.1),
            ]  # fmt: skip
    return made


def _data_claims(one: HeldOut) -> list[Claim]:
    same = _DIFFERENCE.format("largest")
    return [
        _claims.worst(f"residual of every limit, {one.name}", _residuals(one.swept), _INTERPOLATES),
        *(
            _same_claim(f"{same}, D = {swept.parameter}, {one.name}", swept.errors[:, -1], one.shortest)
            for swept in one.swept
        ),
        _noise_claim(one),
    ]


def _noise_claim(one: HeldOut) -> Claim:
    """The claim that noise in the training targets reaches new predictions multiplied by the gain."""
    statement = f"held-out error that noise in the training targets adds, over its variance times the gain, {one.name}"
    return _claims.mean(statement, 1.0, one.added, float(np.sqrt(np.sum(one.added_error**2))) / len(one.added))


def _shared_claims(one: Synthetic, kind: str) -> list[Claim]:
    statement = f"error of minimum norm over 1 − n/d + σ²n/(d − n − 1), {kind}"
    return [
        _claims.median(statement, 1.0, one.shortest / shortest_law(one.noise), 0.1),
        _claims.worst(f"residual of every limit, {kind}", _residuals(one.swept), _INTERPOLATES),
    ]


def _same_claim(statement: str, errors: Points, shortest: Points) -> Claim:
    return _claims.worst(statement, np.abs(errors / shortest - 1), _SAME)


def _residuals(swept: list[Swept]) -> Points:
    return np.concatenate([one.residuals.ravel() for one in swept])
