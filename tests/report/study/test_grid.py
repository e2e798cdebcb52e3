"""A study's dataset as the grid that figures read."""

import numpy as np
import pytest
import xarray as xr

from ridgeless.report import write_preview, write_report
from ridgeless.report.study import cells
from ridgeless.report.study.grid import as_grid, in_words, is_grid, network_in_words


def test_methods_are_told_in_words_and_results_stay_where_they_were(small, studied):
    assert studied["method"].values.tolist() == ["limit", "GradientFlow", "GradientDescent"]
    assert repr(cells.runs(as_grid(studied))) == repr(cells.runs(small))
    assert as_grid(studied)["method"].attrs == studied["method"].attrs


@pytest.mark.parametrize("label", [None, "Difference, depth 2"])
def test_a_network_that_stands_alone_becomes_a_row(studied, label):
    alone = studied.sel(network="Difference, depth 2", drop=label is None)
    assert is_grid(alone)
    grid = as_grid(alone)
    assert grid["network"].values.tolist() == [label or "the network"]
    wanted = cells.select(cells.runs(as_grid(studied)), network="Difference, depth 2")
    assert [run.l1_norm for run in cells.runs(grid)] == pytest.approx([run.l1_norm for run in wanted], nan_ok=True)
    assert grid["truth"].dims == ("coordinate",)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("limit", "limit"),
        ("lazy_limit", "lazy limit"),
        ("GradientDescent step_size=0.1", "gradient descent, step size 0.1"),
        ("StochasticGradientDescent", "stochastic gradient descent"),
        ("Adam step_size=0.01", "Adam, step size 0.01"),
        ("AdaGrad", "AdaGrad"),
        ("RiemannianFlow time=3", "Riemannian flow, time 3"),
        ("RMSprop", "RMSprop"),
        ("gradient flow", "gradient flow"),
    ],
)
def test_names_of_methods(label, words):
    assert in_words(label) == words


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Direct", "Direct"),
        ("Dense hidden=2 width=3", "Dense, 2 hidden layers, width 3"),
        ("Product depth=3", "Product, depth 3"),
        ("my own", "my own"),
    ],
)
def test_names_of_networks(label, words, studied):
    assert network_in_words(label) == words
    alone = studied.isel(network=[0]).assign_coords(network=[label])
    assert as_grid(alone)["network"].values.tolist() == [words]


def test_other_axes_make_a_sweep(studied):
    assert is_grid(studied)
    assert not is_grid(studied.expand_dims(seed=[0, 1]))
    assert not is_grid(studied.isel(scale=0, drop=True))
    assert not is_grid(xr.Dataset({"status": (("depth", "scale", "method"), np.full((1, 1, 1), ""))}))


def test_the_dataset_of_a_study_and_its_grid_have_one_report(small, studied, manifest, tmp_path):
    one, other = (write_report(each, manifest, tmp_path / name) for name, each in (("a", small), ("b", studied)))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_the_preview_shows_what_is_there_so_far(studied, tmp_path):
    assert write_preview(studied.assign(picture=studied["picture"] * np.nan, x=studied["x"] * np.nan), tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    begun = studied.copy(deep=True)
    for name in ("picture", "x"):
        begun[name].loc[{"network": ["Difference, depth 3", "Dense, 1 hidden layer"]}] = np.nan
    path = write_preview(begun, tmp_path)
    assert [each.relative_to(tmp_path).as_posix() for each in tmp_path.rglob("*.*")] == ["figures/strip.png"]
    first = path.read_bytes()
    assert write_preview(studied, tmp_path).read_bytes() != first
