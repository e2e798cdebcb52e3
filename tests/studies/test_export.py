"""Results for other programs."""

import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import ridgeless as rl
from ridgeless.errors import InvalidInputError, MissingDependencyError, UnwritableFolderError
from ridgeless.studies.export import as_table_of_cells, export_results


@pytest.fixture(scope="module")
def dataset(small):
    first = small(network="Direct", init={"name": "Constant", "scale": [1.0, 0.1]})
    second = small(init={"name": "Constant", "scale": [1.0, 0.1]}, methods=["limit", "lazy_limit"])
    return rl.study({**first, "runs": first["runs"] + second["runs"], "seeds": {"count": 2}})


def test_a_row_for_each_cell_that_was_asked_for(dataset):
    table = as_table_of_cells(dataset)
    assert len(table) == 2 * 2 * 3
    assert set(table.columns) >= {"seed", "network", "scale", "method", "init", "status", "error", "run_s"}
    assert "x" not in table.columns
    row = table[(table.network == "Difference") & (table.method == "limit") & (table.seed == 1) & (table.scale == 0.1)]
    cell = dataset.sel({"network": "Difference", "method": "limit", "seed": 1, "scale": 0.1})
    assert row.error.item() == cell.error
    assert row.verdict.item() == cell.verdict


@pytest.mark.parametrize("kind", ["parquet", "csv", "CSV"])
def test_tables_are_read_back(dataset, tmp_path, kind):
    path = export_results(dataset, tmp_path / f"results.{kind}")
    found = pd.read_parquet(path) if kind == "parquet" else pd.read_csv(path, keep_default_na=True)
    wanted = as_table_of_cells(dataset)
    assert list(found.columns) == list(wanted.columns)
    for name in ("error", "residual", "scale", "run_s"):
        assert np.array_equal(found[name], wanted[name], equal_nan=True), name
    assert list(found.status) == list(wanted.status)
    assert list(tmp_path.iterdir()) == [path]


def test_net_cdf_is_read_back(dataset, tmp_path):
    path = export_results(dataset, tmp_path / "results.nc")
    with xr.open_dataset(path, engine="h5netcdf") as found:
        for name in (*dataset.data_vars, *dataset.coords):
            kind = dataset[name].dtype.kind
            assert np.array_equal(found[name].values, dataset[name].values, equal_nan=kind == "f"), name
            assert found[name].attrs["long_name"] == dataset[name].attrs["long_name"]
        assert found.attrs["configuration"] == dataset.attrs["configuration"]


def test_another_extension(dataset, tmp_path):
    with pytest.raises(InvalidInputError, match=r"export: the extension '.xlsx' is unknown; type a file in .parquet"):
        export_results(dataset, tmp_path / "results.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(dataset, tmp_path):
    with pytest.raises(UnwritableFolderError, match="export: cannot write"):
        export_results(dataset, tmp_path / "nowhere" / "results.csv")


def test_a_package_that_is_not_installed(dataset, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "ridgeless\[lab\]"\. Without it there is \.csv'):
        export_results(dataset, tmp_path / "results.parquet")


def test_a_file_is_replaced_whole_or_not_at_all(dataset, tmp_path, monkeypatch):
    path = tmp_path / "results.csv"
    path.write_text("older")

    def half(self, target, **options):
        target.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", half)
    with pytest.raises(UnwritableFolderError, match="No space left on device"):
        export_results(dataset, path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "older"
