"""The tables of benchmarks/ESTIMATORS.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.estimators import plan
from benchmarks.estimators.comparison import Comparison, Verdict, geometric_mean
from benchmarks.estimators.methods import INCUMBENTS
from benchmarks.estimators.records import Key, Record
from benchmarks.estimators.rows import Row
from benchmarks.table import Table

_RELATIVE = (
    "Mean {loss} over that of the best of the row (bold), ± the standard error of the paired difference to the best, "
    "corrected where splits overlap (Nadeau and Bengio 2003). A difference within one standard error is a tie. {splits}"
)


def comparisons(
    records: Mapping[Key, Record], rows: Sequence[Row], methods: Sequence[str], loss: str
) -> list[Comparison]:
    """Every row on the splits that all its methods have done, without methods that have done none."""
    found = []
    for row in rows:
        done = {name: {s for r, s, m in records if (r, m) == (row.name, name)} for name in methods}
        present = {name: splits for name, splits in done.items() if splits}
        common = sorted(set.intersection(*present.values())) if present else []
        if len(common) < 2:
            continue
        losses = {
            name: np.array([records[row.name, split, name].losses.get(loss, np.inf) for split in common])
            for name in present
        }
        found.append(Comparison(row.name, row.overlap, losses))
    return found


def relative(found: Sequence[Comparison], methods: Sequence[str], title: str, loss: str) -> Table:
    """Mean losses over the best of each row."""
    shown = [name for name in methods if any(name in row.losses for row in found)]
    splits = "; ".join(f"{count} splits: {', '.join(names)}" for count, names in _by_splits(found).items())
    return Table(
        title,
        _RELATIVE.format(loss=loss, splits=f"{splits}."),
        ("row", f"best {loss}", *shown),
        tuple((row.row, row.mean(row.best(shown)), *(_relative(row, name, shown) for name in shown)) for row in found),
    )


def absolute(found: Sequence[Comparison], methods: Sequence[str], title: str, loss: str) -> Table:
    """Mean losses themselves, for losses that may be 0."""
    shown = [name for name in methods if any(name in row.losses for row in found)]
    splits = "; ".join(f"{count} splits: {', '.join(names)}" for count, names in _by_splits(found).items())
    return Table(
        title,
        f"Mean {loss}, the least in bold, ± the corrected standard error of the paired difference to it. {splits}.",
        ("row", *shown),
        tuple((row.row, *(_absolute(row, name, shown) for name in shown)) for row in found),
    )


def _absolute(row: Comparison, name: str, among: Sequence[str]) -> str:
    if name not in row.losses:
        return "not run"
    best = row.best(among)
    if name == best:
        return f"**{row.mean(name):.3g}**"
    return f"{row.mean(name):.3g} ± {row.paired(name, best).error:.2g}"


def _by_splits(found: Sequence[Comparison]) -> dict[int, list[str]]:
    counts: dict[int, list[str]] = {}
    for row in found:
        counts.setdefault(row.splits, []).append(row.row)
    return counts


def _relative(row: Comparison, name: str, among: Sequence[str]) -> str:
    if name not in row.losses:
        return "not run"
    failed = int(np.sum(~np.isfinite(row.losses[name])))
    if failed:
        return f"failed on {failed} of {row.splits}"
    best = row.best(among)
    if name == best:
        return "**1**"
    least, difference = row.mean(best), row.paired(name, best)
    return f"{row.mean(name) / least:.3f} ± {difference.error / least:.3f}"


def records_of(found: Sequence[Comparison], ours: Sequence[str], others: Sequence[str], title: str) -> Table:
    """Wins, ties and losses of every method of ours beside each other one."""

    def count(mine: str, other: str) -> str:
        verdicts = Counter(
            row.paired(mine, other).verdict for row in found if mine in row.losses and other in row.losses
        )
        return f"{verdicts[Verdict.WIN]} / {verdicts[Verdict.TIE]} / {verdicts[Verdict.LOSS]}"

    mine = [name for name in ours if any(name in row.losses for row in found)]
    return Table(
        title,
        "Wins / ties / losses of ours over the rows, a tie being a difference within one standard error.",
        ("beside", *mine),
        tuple((other, *(count(name, other) for name in mine)) for other in others if mine),
    )


def losses_of(found: Sequence[Comparison], ours: str, others: Sequence[str], title: str) -> Table:
    """Every row and method to which ours loses by more than a standard error, the worst first."""
    lost = [
        (row.mean(ours) / row.mean(other) - 1, row.paired(ours, other).error / row.mean(other), row.row, other)
        for row in found
        if ours in row.losses
        for other in others
        if other in row.losses and row.paired(ours, other).verdict is Verdict.LOSS
    ]
    return Table(
        title,
        f"Where `{ours}` loses by more than one standard error.",
        ("row", "to", "its loss is above by", "± standard error", "standard errors"),
        tuple(
            (row, other, f"{100 * excess:.1f} %", f"{100 * error:.1f} %", f"{excess / error:.1f}" if error else "∞")
            for excess, error, row, other in sorted(lost, reverse=True)
        ),
    )


def geometric_means(found: Sequence[Comparison], methods: Sequence[str], primary: str) -> Table:
    """Of each method, the geometric mean over rows of its mean loss over the best of the row."""
    linear, every = [*plan.LINEAR, primary], [*INCUMBENTS, primary]
    rows = []
    for name in methods:
        having = [row for row in found if name in row.losses and np.isfinite(row.mean(name))]
        if having:
            means = (geometric_mean([_over_best(row, name, among) for row in having]) for among in (linear, every))
            rows.append((name, *(f"{mean:.3f}" for mean in means), len(having)))
    return Table(
        "Geometric mean of test MSE over the best",
        f"The best of the five linear incumbents ({', '.join(plan.LINEAR)}) and `{primary}`; and the best of all "
        f"incumbents and `{primary}`. Our other variants are no part of the best, and may lie below 1 on a row.",
        ("method", "over the best linear", "over the best of all", "rows"),
        tuple(rows),
    )


def _over_best(row: Comparison, name: str, among: Sequence[str]) -> float:
    return row.mean(name) / row.mean(row.best(among))


def troubles(records: Mapping[Key, Record], rows: Sequence[str]) -> Table:
    """Warnings and failures, by method."""
    told: dict[str, Counter[str]] = {}
    trials: Counter[str] = Counter()
    warned: Counter[str] = Counter()
    for record in records.values():
        if record.row in rows:
            trials[record.method] += 1
            warned[record.method] += bool(record.warnings)
            told.setdefault(record.method, Counter()).update(record.warnings)
            if record.error:
                told[record.method][f"failed: {record.error}"] += 1
    return Table(
        "Warnings and failures",
        "Fits in which a method warned or failed, and its most frequent word.",
        ("method", "fits", "with warnings", "most frequent"),
        tuple(
            (name, trials[name], warned[name], next((f"{n}× {text}" for text, n in said.most_common(1)), ""))
            for name, said in told.items()
        ),
    )


def seconds(records: Mapping[Key, Record], rows: Sequence[str], methods: Sequence[str]) -> Table:
    """Median seconds of a fit."""
    shown = [name for name in methods if any(key[2] == name for key in records)]

    def median(row: str, name: str) -> float | str:
        taken = [record.seconds for record in records.values() if (record.row, record.method) == (row, name)]
        return float(np.median(taken)) if taken else ""

    return Table(
        "Seconds of these fits",
        "Of the processor, median over splits, one thread.",
        ("row", *shown),
        tuple((row, *(median(row, name) for name in shown)) for row in rows if any(key[0] == row for key in records)),
    )
