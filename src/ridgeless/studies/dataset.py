"""The outcomes of a study as labelled arrays."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
import xarray as xr

from ridgeless._core.arrays import Vector
from ridgeless.solution import Solution
from ridgeless.studies.cells import LIMIT, METHODS, NOT_RUN, Cell, Grid, Outcome
from ridgeless.studies.config import as_table
from ridgeless.studies.schema import start_seed
from ridgeless.systems import peak_signal_to_noise

_AXES = ("network", "method", "scale")

# Name: what it is, unit.
_NUMBERS = {
    "l1_norm": ("‖x‖₁", "1"),
    "l2_norm": ("‖x‖₂", "1"),
    "residual": ("‖Ax − b‖/‖b‖", "1"),
    "error": ("‖x − truth‖/‖truth‖", "1"),
    "psnr": ("peak signal-to-noise ratio of the picture", "dB"),
    "distance": ("distance to the limit, ‖x − x_limit‖/‖x_limit‖", "1"),
    "steps": ("steps", "1"),
    "run_s": ("time of the computation", "s"),
    "compile_s": ("time of compilation", "s"),
    "feasibility": ("certificate: the worst equation, relative to its own terms |A||x| + |b|", "1"),
    "bound": ("certificate: bound on the distance to the limit, relative to ‖x‖", "1"),
    "gap": ("certificate: relative duality gap of the points that bound it", "1"),
}
_TEXTS = {
    "status": "how the computation ended",
    "verdict": "what the certificate says",
    "message": "how the computation ended, as a sentence",
}
_COORDINATES = {
    "network": "network",
    "method": "method",
    "scale": "initialization scale",
    "coordinate": "index of the unknown",
    "unknown": "name of the unknown",
    "row": "row of the picture",
    "column": "column of the picture",
}


def labelled(grid: Grid, outcomes: Mapping[Cell, Outcome]) -> xr.Dataset:
    """The outcomes over (network, method, scale), NaN and "" where nothing was computed."""
    cells = [Cell(network, method, scale) for network in grid.networks for method in METHODS for scale in grid.scales]
    found = [outcomes.get(cell, Outcome(NOT_RUN, "")) for cell in cells]
    shape = (len(grid.networks), len(METHODS), len(grid.scales))
    limits = {
        (cell.network, cell.scale): outcome.solution for cell, outcome in outcomes.items() if cell.method == LIMIT
    }
    rows = [
        _numbers(grid, outcome, None if cell.method == LIMIT else limits.get((cell.network, cell.scale)))
        for cell, outcome in zip(cells, found, strict=True)
    ]
    names = [name for name in _NUMBERS if name != "psnr" or grid.true_picture is not None]
    variables: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        name: (_AXES, np.array([row.get(name, np.nan) for row in rows]).reshape(shape)) for name in names
    }
    for name in _TEXTS:
        variables[name] = (_AXES, np.array([_text(outcome, name) for outcome in found]).reshape(shape))
    variables["x"] = ((*_AXES, "coordinate"), np.array([_x(grid, outcome) for outcome in found]).reshape(*shape, -1))
    variables |= _pictures(grid, found, shape) | _truth(grid)
    coordinates = {
        "network": list(grid.networks),
        "method": list(METHODS),
        "scale": list(grid.scales),
        "coordinate": np.arange(grid.system.shape[1]),
    }
    if grid.system.names is not None:
        coordinates["unknown"] = ("coordinate", list(grid.system.names))
    return _described(xr.Dataset(variables, coordinates, _attributes(grid)))


def _numbers(grid: Grid, outcome: Outcome, limit: Solution | None) -> dict[str, float]:
    solution, certificate = outcome.solution, outcome.certificate
    if solution is None or certificate is None:
        return {}
    x = solution.x
    numbers = {
        "residual": solution.residual,
        **{name: float(solution.stats.get(name, np.nan)) for name in ("steps", "run_s", "compile_s")},
        "feasibility": certificate.feasibility,
        "bound": certificate.distance,
        "gap": certificate.relative_gap,
    }
    with np.errstate(over="ignore", invalid="ignore"):  # diverged training may leave any number
        numbers |= {"l1_norm": float(np.abs(x).sum()), "l2_norm": float(np.linalg.norm(x))}
        if grid.system.truth is not None:
            numbers["error"] = _relative_distance(x, grid.system.truth)
        if limit is not None and limit.success:
            numbers["distance"] = _relative_distance(x, limit.x)
    picture = _picture(grid, x)
    if picture is not None and grid.true_picture is not None:
        numbers["psnr"] = peak_signal_to_noise(picture, grid.true_picture)
    return numbers


def _text(outcome: Outcome, name: str) -> str:
    if name == "verdict":
        return "" if outcome.certificate is None else outcome.certificate.verdict.value
    return getattr(outcome, name)


def _x(grid: Grid, outcome: Outcome) -> Vector:
    return np.full(grid.system.shape[1], np.nan) if outcome.solution is None else outcome.solution.x


def _picture(grid: Grid, x: Vector) -> np.ndarray | None:
    """The picture of x: all NaN where x is not finite, since a transform spreads one such number anyway."""
    if grid.problem is None or grid.true_picture is None:
        return None
    return grid.problem.picture(x) if np.isfinite(x).all() else np.full_like(grid.true_picture, np.nan)


def _pictures(
    grid: Grid, found: list[Outcome], shape: tuple[int, ...]
) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    if grid.true_picture is None:
        return {}
    pictures = np.array([_picture(grid, _x(grid, outcome)) for outcome in found])
    return {
        "picture": ((*_AXES, "row", "column"), pictures.reshape(*shape, *grid.true_picture.shape)),
        "truth_picture": (("row", "column"), grid.true_picture),
    }


def _truth(grid: Grid) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    return {} if grid.system.truth is None else {"truth": (("coordinate",), grid.system.truth)}


def _relative_distance(x: Vector, reference: Vector) -> float:
    size = float(np.linalg.norm(reference))
    return float(np.linalg.norm(x - reference)) / size if size > 0 else np.nan


def _described(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with a long name and a unit on everything."""
    others = {"x": "x", "picture": "picture", "truth": "the x that made b", "truth_picture": "the true picture"}
    names = {**{name: text for name, (text, _) in _NUMBERS.items()}, **_TEXTS, **_COORDINATES, **others}
    axes = {name: np.arange(dataset.sizes[name]) for name in ("row", "column") if name in dataset.sizes}
    dataset = dataset.assign_coords(axes)
    for name, variable in dataset.variables.items():
        unit = _NUMBERS[str(name)][1] if name in _NUMBERS else "1"
        variable.attrs.update(long_name=names[str(name)], units=unit)
    return dataset


def _attributes(grid: Grid) -> dict[str, str | int]:
    configuration = grid.configuration
    equations, unknowns = grid.system.shape
    return {
        "name": configuration.name,
        "configuration": msgspec.json.encode(as_table(configuration)).decode(),
        "seed": configuration.seed,
        "start_seed": start_seed(configuration.seed),
        "system": repr(grid.system),
        "equations": equations,
        "unknowns": unknowns,
    }
