"""The loop over the grid of a study: every network, at every scale, by every method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import xarray as xr

from ridgeless.certificates import certify
from ridgeless.errors import NoExactLimit, RidgelessError
from ridgeless.studies.cells import NO_EXACT_LIMIT, REFUSED, Cell, Grid, Outcome, make_grid
from ridgeless.studies.config import read_configuration
from ridgeless.studies.dataset import labelled

# Told before each computation: what is about to run, how many have run, how many there are.
StudyProgress = Callable[[str, int, int], None]


def study(config: Any = None, progress: StudyProgress | None = None) -> xr.Dataset:
    """Limits and trainings of some networks on one system, from lazy to rich, as labelled arrays.

    Args:
        config: path of a TOML file, a dict in the form of one, a `Configuration`, or None for the built-in
            single-pixel camera. `ridgeless.studies.Configuration` tells its keys.
        progress: called before each computation with (what is about to run, how many have run, how many there are).

    Returns:
        The results over (network, method, scale): `status`, `message`, norms, `residual`, `error` to the truth,
        `distance` to the limit, `steps`, seconds, certificate, `x`; and `picture` and `psnr` where the problem
        has pictures. A computation that fails or is refused has its status and message, and NaN. Select a method
        by `.sel({"method": "limit"})`: as a keyword, xarray takes the word for an option of its own.

    Raises:
        InvalidConfigurationError: an unknown key, or a value that its key does not take.
        UnreadableFileError: a file of the configuration or of the system cannot be read.
        InconsistentSystemError: no x solves the system.
        IncompatibleInitError: a start makes no sense for its network.

    Example:
        >>> small = {
        ...     "system": {"problem": "GaussianSparse", "parameters": {"equations": 10, "unknowns": 20}},
        ...     "networks": [{"name": "Direct"}, {"name": "Difference", "depth": 2}],
        ...     "scales": {"values": [1.0, 1e-4]},
        ...     "flow": {"run": False},
        ...     "descent": {"run": False},
        ... }
        >>> study(small).l1_norm.sel({"method": "limit"}).values.round(2)
        array([[13.45,  2.78],
               [ 2.78,  2.24]])
    """
    grid = make_grid(read_configuration(config))
    return labelled(grid, run(grid, progress))


def run(grid: Grid, progress: StudyProgress | None = None) -> dict[Cell, Outcome]:
    """The outcome of every cell that the configuration asks for; one that fails stops no other."""
    cells = list(grid.cells())
    outcomes = {}
    for index, cell in enumerate(cells):
        if progress is not None:
            progress(str(cell), index, len(cells))
        outcomes[cell] = outcome(grid, cell)
    return outcomes


def outcome(grid: Grid, cell: Cell) -> Outcome:
    """The outcome of one cell: its certified solution, or why there is none."""
    _, network = grid.networks[cell.network]
    try:
        solution = grid.solvers[cell.method](grid.system, network, grid.start(cell.network, cell.scale))
        certificate = certify(solution)
    except NoExactLimit as error:
        return Outcome(NO_EXACT_LIMIT, str(error))
    except RidgelessError as error:
        return Outcome(REFUSED, str(error))
    return Outcome(solution.status.name, solution.message, solution, certificate)
