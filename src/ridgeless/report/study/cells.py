"""Access to the results of a study, cell by cell, for its figures and paragraphs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import xarray as xr

from ridgeless._core.numbers import decibel, number
from ridgeless.errors import InvalidInputError
from ridgeless.solution import Status
from ridgeless.studies.cells import FAILED, LIMIT, NO_EXACT_LIMIT, NOT_RUN, REFUSED

# The methods of the built-in study, in words.
FLOW, DESCENT = "gradient flow", "gradient descent"
_AXES = ("network", "method", "scale")
_TEXTS = ("status", "verdict", "message")
_STATUS_WORDS = {
    Status.CONVERGED.name: "converged",
    Status.MAX_STEPS.name: "budget ended",
    Status.DIVERGED.name: "diverged",
    Status.STALLED.name: "stalled",
    Status.NOT_UNIQUE.name: "not unique",
    NOT_RUN: "not run",
    NO_EXACT_LIMIT: "no exact limit",
    REFUSED: "refused",
    FAILED: "failed",
}


@dataclass(frozen=True)
class CellResult:
    """One cell of the grid: a network, a method and a scale, with all that was measured there (NaN: nothing)."""

    network: str
    method: str
    scale: float
    status: str
    verdict: str
    message: str
    l1_norm: float
    l2_norm: float
    residual: float
    error: float
    psnr: float
    distance: float
    steps: float
    run_s: float
    compile_s: float
    feasibility: float
    bound: float
    gap: float

    @property
    def was_run(self) -> bool:
        """Whether anything was computed here."""
        return self.status not in ("", NOT_RUN, NO_EXACT_LIMIT, REFUSED, FAILED)

    @property
    def has_converged(self) -> bool:
        """Whether the equations were solved within tolerance."""
        return self.status == Status.CONVERGED.name

    @property
    def has_diverged(self) -> bool:
        """Whether training left all bounds, so that its numbers say nothing but that."""
        return self.status == Status.DIVERGED.name

    @property
    def place(self) -> str:
        """The network and the scale, in words."""
        return f"{self.network}, scale {number(self.scale)}"


_NUMBERS = tuple(field.name for field in fields(CellResult) if field.name not in (*_AXES, *_TEXTS))


@dataclass(frozen=True)
class Measure:
    """A number that tells how close an answer is to the truth.

    Attributes:
        name: the variable of the dataset, and the field of `CellResult`.
        label: what people call it.
        sign: +1 where larger is better, −1 where smaller is.
        text: the number with its unit.
    """

    name: str
    label: str
    sign: int
    text: Callable[[float], str]

    def of(self, run: CellResult) -> float:
        """The number of this run."""
        return float(getattr(run, self.name))

    def best(self, candidates: Sequence[CellResult]) -> CellResult:
        """The run closest to the truth: of those that read the same, the first."""
        closest = self.text(self.sign * self.merit(candidates))
        return next(run for run in candidates if self.text(self.of(run)) == closest)

    def merit(self, candidates: Sequence[CellResult]) -> float:
        """The closeness of the closest of these runs to the truth: larger is closer."""
        return max(self.sign * self.of(run) for run in candidates)


_PSNR = Measure("psnr", "PSNR", +1, decibel)
_RELATIVE_ERROR = Measure("error", "relative error", -1, number)


def check(dataset: xr.Dataset) -> None:
    """Raise unless the dataset is a study's.

    Raises:
        InvalidInputError: an axis or the statuses are missing, or an axis is empty.
    """
    missing = [name for name in (*_AXES, "status") if name not in dataset.variables]
    empty = [name for name in _AXES if dataset.sizes.get(name) == 0]
    if missing or empty:
        what = f"lacks {', '.join(missing)}" if missing else f"has an empty axis: {', '.join(empty)}"
        raise InvalidInputError(f"write_report: the dataset {what}; pass what ridgeless.study returns.")


def labels(dataset: xr.Dataset, axis: str) -> list[str]:
    """The labels of the axis "network" or "method", in order."""
    return [str(label) for label in dataset[axis].values]


def scales(dataset: xr.Dataset) -> list[float]:
    """The initialization scales, from lazy (large) to rich (small)."""
    return sorted((float(scale) for scale in dataset["scale"].values), reverse=True)


def runs(dataset: xr.Dataset) -> list[CellResult]:
    """Every cell: by network, then method, then scale from lazy to rich."""
    shape = tuple(dataset.sizes[axis] for axis in _AXES)
    numbers = {name: _grid(dataset, name, math.nan) for name in _NUMBERS}
    texts = {name: _grid(dataset, name, "") for name in _TEXTS}
    networks, methods = labels(dataset, "network"), labels(dataset, "method")
    sizes = [float(scale) for scale in dataset["scale"].values]
    cells = sorted(np.ndindex(shape), key=lambda cell: (*cell[:2], -sizes[cell[2]]))
    return [
        CellResult(
            network=networks[cell[0]],
            method=methods[cell[1]],
            scale=sizes[cell[2]],
            **_cell(texts, cell, str),
            **_cell(numbers, cell, float),
        )
        for cell in cells
    ]


def select(
    candidates: Sequence[CellResult], *, network: str | None = None, method: str | None = None, known: str | None = None
) -> list[CellResult]:
    """The runs of this network and this method whose number `known` is finite; None: no such condition."""
    return [
        run
        for run in candidates
        if network in (None, run.network)
        and method in (None, run.method)
        and (known is None or math.isfinite(getattr(run, known)))
    ]


def measure(dataset: xr.Dataset) -> Measure | None:
    """The measure of closeness to the truth: PSNR of a picture, else the relative error; None without a truth."""
    for candidate in (_PSNR, _RELATIVE_ERROR):
        if not all(run.has_diverged for run in select(runs(dataset), known=candidate.name)):
            return candidate
    return None


def shown_method(dataset: xr.Dataset, network: str) -> str:
    """The method whose answers are shown for a network: the limit, or the first that has any."""
    found = select(runs(dataset), network=network, known="l2_norm")
    answered = {run.method for run in found if not run.has_diverged}
    methods = sorted(labels(dataset, "method"), key=lambda method: method != LIMIT)
    return next((method for method in methods if method in answered), methods[0])


def shown_runs(dataset: xr.Dataset, network: str, known: str) -> list[CellResult]:
    """The runs that stand for this network and have this number, from lazy to rich, without those that diverged."""
    found = select(runs(dataset), network=network, method=shown_method(dataset, network), known=known)
    return [run for run in found if not run.has_diverged]


def courses(dataset: xr.Dataset, known: str) -> list[list[CellResult]]:
    """The `shown_runs` of every network that has any."""
    found = (shown_runs(dataset, network, known) for network in labels(dataset, "network"))
    return [course for course in found if course]


def status_words(status: str) -> str:
    """A status as a person says it."""
    return _STATUS_WORDS.get(status, status.lower().replace("_", " ") or "not run")


def truth_norms(dataset: xr.Dataset) -> dict[str, float]:
    """‖truth‖₁ and ‖truth‖₂ by the names of the answers' norms; NaN where the truth is not known."""
    if "truth" not in dataset:
        return {"l1_norm": math.nan, "l2_norm": math.nan}
    truth = np.asarray(dataset["truth"].values, dtype=float)
    return {"l1_norm": float(np.abs(truth).sum()), "l2_norm": float(np.linalg.norm(truth))}


def array(dataset: xr.Dataset, name: str, run: CellResult) -> np.ndarray:
    """The array `name` of this run: a picture, or x."""
    # Not as keywords: `sel` has an argument of its own that is called method.
    cell = {"network": run.network, "method": run.method, "scale": run.scale}
    return np.asarray(dataset[name].sel(cell).values, dtype=float)


def _cell(grids: dict[str, np.ndarray], cell: tuple[int, ...], kind: type) -> dict[str, Any]:
    return {name: kind(grid[cell]) for name, grid in grids.items()}


def _grid(dataset: xr.Dataset, name: str, absent: Any) -> np.ndarray:
    if name not in dataset:
        return np.full(tuple(dataset.sizes[axis] for axis in _AXES), absent, dtype=object)
    variable = dataset.variables[name]
    return np.transpose(variable.values, [variable.dims.index(axis) for axis in _AXES])
