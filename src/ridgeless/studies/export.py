"""Results of a study as one file for other programs."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import xarray as xr

from ridgeless._core.extras import needed_by
from ridgeless.errors import InvalidInputError, UnwritableFolderError
from ridgeless.studies.cells import NOT_RUN

_NEEDED = {".parquet": ("pyarrow",), ".nc": ("h5netcdf", "h5py")}


def export_results(dataset: xr.Dataset, target: Path) -> Path:
    """Write the results to a file: a table with a row a cell as .parquet or .csv, everything as netCDF in .nc.

    Args:
        dataset: of a study.
        target: the file; its extension tells the format.

    Returns:
        The file.

    Raises:
        InvalidInputError: another extension.
        MissingDependencyError: the package that writes the format is not installed.
        UnwritableFolderError: the file cannot be written.
    """
    kind = target.suffix.lower()
    writers = {
        ".parquet": lambda path: as_table_of_cells(dataset).to_parquet(path, index=False),
        ".csv": lambda path: as_table_of_cells(dataset).to_csv(path, index=False),
        ".nc": lambda path: dataset.to_netcdf(path, engine="h5netcdf"),
    }
    if kind not in writers:
        raise InvalidInputError(f"export: the extension {kind!r} is unknown; type a file in .parquet, .csv or .nc.")
    with needed_by(f"export to {kind}", instead="Without it there is .csv."):
        for package in _NEEDED.get(kind, ()):
            importlib.import_module(package)
    staged = target.with_name(f".{target.name}.partial")
    try:
        writers[kind](staged)
        staged.replace(target)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise UnwritableFolderError(f"export: cannot write {target} ({error.strerror or error}).") from error
    return target


def as_table_of_cells(dataset: xr.Dataset) -> pd.DataFrame:
    """One row for each cell with a result: its labels and every number and text. Arrays such as x are left out."""
    dims = dataset["status"].dims
    names = [name for name, variable in dataset.data_vars.items() if variable.dims == dims]
    along = [name for name, each in dataset.coords.items() if set(each.dims) <= set(dims)]
    table = dataset[names].reset_coords([name for name in along if name not in dims]).to_dataframe().reset_index()
    return table.loc[~table["status"].isin(["", NOT_RUN])].reset_index(drop=True)
