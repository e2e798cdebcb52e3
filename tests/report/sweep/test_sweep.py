"""The report of a sweep: the right numbers under the right names, whatever axes there are."""

import re

import numpy as np
import pytest
import xarray as xr

from ridgeless.report import write_preview, write_report
from ridgeless.report.sweep.exhibits import best, sweep_figures
from ridgeless.report.sweep.slices import main_axis, main_measure, panels
from ridgeless.report.sweep.writer import sweep_contents

SCALES = [1.0, 1e-2, 1e-4]
METHODS = ["limit", "GradientDescent step_size=0.1", "Adam"]


def swept(**axes):
    """A study over these axes and its methods, whose errors tell their places: no two are alike."""
    axes = {
        name: np.asarray(values, dtype=object if name in ("network", "method") else None)
        for name, values in axes.items()
    }
    shape = tuple(len(values) for values in axes.values())
    dims = tuple(axes)
    order = np.arange(np.prod(shape)).reshape(shape)
    status = np.full(shape, "CONVERGED", dtype=object)
    verdict = np.full(shape, "", dtype=object)
    verdict[..., 0] = "certified"
    distance = 1e-3 * (1.0 + order)
    distance[..., 0] = np.nan
    variables = {"error": 0.01 * (1.0 + order), "l1_norm": 5.0 + order, "distance": distance}
    return xr.Dataset(
        {name: (dims, values) for name, values in {**variables, "status": status, "verdict": verdict}.items()},
        axes,
        {"name": "trial", "system": "<LinearSystem 'made up'>"},
    )


@pytest.fixture
def sweep():
    return swept(seed=[0, 1, 2], depth=[2, 3], scale=SCALES, method=METHODS)


def text_of(dataset):
    page = sweep_contents(dataset, {})["report.html"].decode()
    return re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


def test_each_panel_shows_its_own_numbers(sweep):
    figure = sweep_figures(sweep)[0].figure
    shown = [ax for ax in figure.axes if ax.get_title()]
    assert [ax.get_title() for ax in shown] == ["depth 2", "depth 3"]
    for ax, depth in zip(shown, (2, 3), strict=True):
        medians = [sweep["error"].sel({"depth": depth, "method": each}).median("seed").values for each in METHODS]
        drawn = [np.asarray(line.get_ydata()) for line in ax.lines]
        for wanted in medians:
            assert any(np.shape(ys) == np.shape(wanted) and np.allclose(ys, wanted) for ys in drawn)


def test_axes_run_from_lazy_to_rich_under_their_names(sweep):
    for found in sweep_figures(sweep):
        shown = [ax for ax in found.figure.axes if ax.get_title()]
        assert all(ax.get_xlim()[0] > ax.get_xlim()[1] for ax in shown)
        assert {ax.get_xscale() for ax in shown} == {"log"}
        assert "scale" in shown[-1].get_xlabel()
        assert "error" in found.figure.get_supylabel() or "distance" in found.figure.get_supylabel()


def test_one_legend_names_every_method_in_words(sweep):
    written = sweep_contents(sweep, {})
    assert {"figures/measure.png", "figures/training.svg", "report.html"} <= set(written)
    figure = sweep_figures(sweep)[0].figure
    (legend,) = figure.legends
    words = [each.get_text() for each in legend.get_texts()]
    assert set(METHODS) <= set(words)
    assert all(ax.get_legend() is None for ax in figure.axes)
    page = text_of(sweep)
    assert "gradient descent, step size 0.1" in page
    assert "GradientDescent" not in page


def test_a_shared_legend_has_no_count_of_one_panel(sweep):
    for depth, seeds in ((0, 1), (1, 2)):
        sweep["status"].values[:seeds, depth, 2, 1] = "DIVERGED"
    (legend,) = sweep_figures(sweep)[0].figure.legends
    words = [each.get_text() for each in legend.get_texts()]
    assert words.count("diverged") == 1
    assert not [word for word in words if re.search(r"diverged: \d", word)]


def test_the_best_place_is_named_with_its_median(sweep):
    sweep["error"].values[:, 1, 2, 0] = 1e-5, 2e-5, 7.0
    assert best(sweep) == ("The smallest median over seeds of the error is 2·10⁻⁵ at depth 3, scale 10⁻⁴, limit.")
    sweep["status"].values[:, 1, 2, 0] = "DIVERGED"
    assert "10⁻⁵" not in best(sweep)


def test_endings_are_counted_by_method(sweep):
    sweep["status"].values[0, 0, 0, 2] = "MAX_STEPS"
    sweep["status"].values[1, 0, 0, 2] = "DIVERGED"
    page = text_of(sweep)
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    assert ["Adam", "16", "1", "1", "0"] in rows
    assert ["limit", "18", "0", "0", "18"] in rows
    assert "54 computations over seed (3), depth (2), scale (3) and method (3)." in page


def test_an_unfinished_study_says_so(sweep):
    sweep["status"].values[2] = ""
    for name in ("error", "l1_norm", "distance"):
        sweep[name].values[2] = np.nan
    page = text_of(sweep)
    assert "So far 36 have ended." in page
    assert not re.search(r"\bnan\b", page.lower())


def test_a_study_without_any_result_has_a_page(sweep):
    sweep["status"].values[:] = ""
    for name in ("error", "l1_norm", "distance"):
        sweep[name].values[:] = np.nan
    page = text_of(sweep)
    assert "So far 0 have ended." in page
    assert "No computation gave an answer." in page


@pytest.mark.parametrize(
    ("axes", "figures"),
    [
        ({"depth": [2, 3], "scale": SCALES, "method": METHODS}, ["measure", "training"]),
        ({"seed": [0, 1], "noise": [0.0, 0.1], "method": METHODS}, ["measure", "training"]),
        ({"seed": [0, 1], "scale": SCALES, "method": METHODS[1:]}, ["measure"]),
        ({"seed": [0, 1], "scale": SCALES, "method": METHODS[:1]}, ["measure"]),
        ({"seed": [0, 1], "network": ["Direct", "Difference"], "method": METHODS}, []),
        (
            {"seed": [0, 1], "equations": [5, 9], "nonzeros": [1, 2], "scale": SCALES, "method": METHODS[:1]},
            ["measure", "recovery"],
        ),
    ],
    ids=["no seeds", "no scale", "no limit", "one method", "no axis of numbers", "recovery"],
)
def test_the_figures_are_those_that_the_axes_call_for(axes, figures, tmp_path):
    dataset = swept(**axes)
    assert [each.name for each in sweep_figures(dataset)] == figures
    paths = write_report(dataset, {}, tmp_path)
    names = {path.stem for path in paths if path.suffix == ".png"}
    assert names == set(figures)
    page = paths[0].read_text(encoding="utf-8")
    assert ("median over seeds" in page) == ("seed" in axes)


def test_panels_are_at_most_six_and_keep_their_ends(sweep):
    many = swept(depth=list(range(2, 13)), scale=SCALES, method=METHODS)
    found = [part.label for part in panels(many, ("scale", "method"))]
    assert len(found) == 6
    assert (found[0], found[-1]) == ("depth 2", "depth 12")
    assert [part.label for part in panels(sweep, ("scale", "method", "seed"))] == ["depth 2", "depth 3"]


def test_the_main_axis_and_measure(sweep):
    assert (main_axis(sweep), main_measure(sweep)) == ("scale", "error")
    assert main_axis(swept(noise=[0.0, 0.1, 0.2], depth=[2, 3], method=METHODS)) == "noise"
    assert main_axis(swept(network=["a", "b"], method=METHODS)) is None
    sweep["error"].values[:] = np.nan
    assert main_measure(sweep) == "l1_norm"


def test_the_preview_shows_what_is_there_so_far(sweep, tmp_path):
    begun = sweep.copy(deep=True)
    for name in ("error", "l1_norm", "distance"):
        begun[name].values[..., 1:] = np.nan
    begun["status"].values[..., 1:] = ""
    assert write_preview(begun.assign(l1_norm=begun["l1_norm"] * np.nan), tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    path = write_preview(begun, tmp_path)
    assert [each.relative_to(tmp_path).as_posix() for each in tmp_path.rglob("*.*")] == ["figures/measure.png"]
    first = path.read_bytes()
    assert write_preview(sweep, tmp_path).read_bytes() != first
