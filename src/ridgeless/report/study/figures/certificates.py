"""Figure of the certificates' verdicts: certified, refuted or inconclusive, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from ridgeless._core.numbers import counted, joined, listed, number
from ridgeless.certificates import WITHIN, Verdict
from ridgeless.plots import _style
from ridgeless.report.study.cells import DESCENT, CellResult, labels, runs, scales, select
from ridgeless.report.study.figures import _marks
from ridgeless.studies.cells import NO_EXACT_LIMIT, NOT_RUN, REFUSED


@dataclass(frozen=True)
class VerdictMark:
    """The mark of a verdict: a word, its symbol and its fill."""

    word: str
    symbol: str
    fill: str


CERTIFIED = VerdictMark("certified", "✓", "#8fd0b5")
REFUTED = VerdictMark("refuted", "✗", "#f0a07a")
INCONCLUSIVE = VerdictMark("inconclusive", "?", "#f3dd86")
UNKNOWN_LIMIT = VerdictMark("no exact limit known", "∅", "#c3d4ea")
NOT_JUDGED = VerdictMark("ran, not judged", "!", "#d9d3b8")
IMPOSSIBLE = VerdictMark("refused", "⊘", "#e3c4dd")
LEFT_OUT = VerdictMark("not run", "·", "#e9eaec")
_OUTCOMES = (CERTIFIED, REFUTED, INCONCLUSIVE, UNKNOWN_LIMIT, NOT_JUDGED, IMPOSSIBLE, LEFT_OUT)
_BY_STATUS = {NO_EXACT_LIMIT: UNKNOWN_LIMIT, REFUSED: IMPOSSIBLE, NOT_RUN: LEFT_OUT, "": LEFT_OUT}
_BY_VERDICT = {
    Verdict.CERTIFIED.value: CERTIFIED,
    Verdict.REFUTED.value: REFUTED,
    Verdict.INCONCLUSIVE.value: INCONCLUSIVE,
}
_MOST_LABELS = 14
_FINITE_STEPS = "; the theorem is about infinitely small steps, and these are finite"


@_style.applied()
def certificates(dataset: xr.Dataset, ax: Axes | None = None) -> Axes:
    """One cell per network, method and scale, with the verdict as a symbol and a fill."""
    every, columns = runs(dataset), scales(dataset)
    tried = {run.method for run in every if outcome(run) != LEFT_OUT}
    methods = [method for method in labels(dataset, "method") if method in tried] or labels(dataset, "method")
    rows = [(network, method) for network in labels(dataset, "network") for method in methods]
    ax = ax or _style.new_figure(_style.COLUMN_WIDTH + 0.4, 1.5 + 0.21 * len(rows)).add_subplot()
    shown = [run for run in every if run.method in methods]
    for run in shown:
        left = columns.index(run.scale)
        _cell(ax, left, rows.index((run.network, run.method)), outcome(run), 8.5 if len(columns) <= 14 else 6.0)
    _axes(ax, rows, columns, len(methods))
    found = {outcome(run) for run in shown}
    handles = [Patch(facecolor=kind.fill, label=f"{kind.symbol} {kind.word}") for kind in _OUTCOMES if kind in found]
    ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1.01), ncols=3, borderaxespad=0, columnspacing=1.0)
    return ax


def outcome(run: CellResult) -> VerdictMark:
    """The mark of this run's verdict, or of the reason why it has none."""
    if run.verdict in _BY_VERDICT:
        return _BY_VERDICT[run.verdict]
    return _BY_STATUS.get(run.status, NOT_JUDGED)


def paragraph(dataset: xr.Dataset) -> str:
    """The verdicts counted, and the reasons of what was refuted."""
    every = runs(dataset)
    sentences = [
        "Every answer is checked without regard to how it was found. Certified means that it meets every equation to "
        f"{number(WITHIN)} of its own terms, and that the minimiser which the theorem names is proved to lie within "
        f"{number(WITHIN)} of its length; refuted, that an equation is missed or the minimiser is proved to lie "
        "elsewhere."
    ]
    by_method = {method: select(every, method=method) for method in labels(dataset, "method")}
    sentences.append(joined(_count(found, method) for method, found in by_method.items()))
    sentences.append(joined(_refuted(found, method) for method, found in by_method.items()))
    return "\n".join(filter(None, [*sentences, _refused_cells(every)]))


def _count(found: Sequence[CellResult], method: str) -> str:
    judged = [run for run in found if run.was_run]
    if not judged:
        return f"{method.capitalize()}: not run."
    amounts = {kind: len([run for run in judged if outcome(run) == kind]) for kind in _OUTCOMES}
    words = [f"{amount} {kind.word}" for kind, amount in amounts.items() if amount]
    return f"{method.capitalize()}: of {counted(len(judged), 'answer')} {listed(words)}."


def _refuted(found: Sequence[CellResult], method: str) -> str:
    refuted = [run for run in found if outcome(run) == REFUTED]
    if not refuted:
        return ""
    unsolved = [run for run in refuted if not _solves(run)]
    moved = [run for run in refuted if _solves(run)]
    parts = []
    if unsolved:
        parts.append(f"{len(unsolved)} because A x = b is not solved closely enough")
    if moved:
        reason = _FINITE_STEPS if method == DESCENT else ""
        parts.append(f"{len(moved)} because x solves A x = b but is not the minimiser{_farthest(moved)}{reason}")
    return f"Refuted of {method}: {', '.join(parts)}."


def _refused_cells(every: Sequence[CellResult]) -> str:
    refused = [run for run in every if outcome(run) == IMPOSSIBLE]
    if not refused:
        return ""
    first = refused[0]
    amount = counted(len(refused), "cell was", "cells were")
    return f"{amount} refused before any work; the first is {first.method}, {first.place}: {first.message}"


def _farthest(moved: Sequence[CellResult]) -> str:
    """The largest bound on the distance to the minimiser: a broken sign refutes without one."""
    known = [run for run in moved if math.isfinite(run.bound)]
    if not known:
        return ""
    worst = max(known, key=lambda run: run.bound)
    return f" (off by up to {number(worst.bound, 2)} of its length, {worst.place})"


def _solves(run: CellResult) -> bool:
    """Whether what refuted this run is its place among the solutions, and not its residual."""
    return run.feasibility <= WITHIN


def _cell(ax: Axes, left: int, top: int, kind: VerdictMark, size: float) -> None:
    ax.add_patch(Rectangle((left, top), 1, 1, facecolor=kind.fill, edgecolor=_style.PAPER, linewidth=1.2))
    ax.text(left + 0.5, top + 0.5, kind.symbol, color=_style.FIXED_INK, fontsize=size, ha="center", va="center")


def _axes(ax: Axes, rows: Sequence[tuple[str, str]], columns: Sequence[float], methods: int) -> None:
    """Names rows and columns; a gap sets the networks apart."""
    stride = -(-len(columns) // _MOST_LABELS)
    ax.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    ax.set_xticks([i + 0.5 for i in range(0, len(columns), stride)], [number(s, 2) for s in columns[::stride]])
    ax.set_yticks([i + 0.5 for i in range(len(rows))], [f"{network} · {method}" for network, method in rows])
    ax.tick_params(length=0, labelsize=7.0)
    ax.tick_params(axis="x", labelsize=6.5)
    ax.set_xlabel(_marks.SCALE_LABEL.replace(" (dimensionless)", "") + "\n(dimensionless)")
    ax.set_ylabel("network · method")
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    for edge in range(methods, len(rows), methods):
        ax.axhline(edge, color=_style.INK, linewidth=0.8)
