"""Lines are medians, bands are quantiles, computed here by NumPy; what is no number is told apart."""

import statistics

import numpy as np
import pytest
from matplotlib.figure import Figure

import ridgeless as rl
from ridgeless.plots import _style


def line(ax, label):
    (found,) = [each for each in ax.lines if each.get_label() == label]
    return found


def edges(ax, index):
    """Lower and upper edge of a band, by position."""
    corners = ax.collections[index].get_paths()[0].vertices
    positions = np.unique(corners[:, 0])
    return positions, *(
        np.array([pick(corners[corners[:, 0] == at, 1]) for at in positions]) for pick in (np.min, np.max)
    )


def words(ax):
    return [text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts()]


def test_lines_are_medians_and_bands_quantiles(errors):
    ax = rl.plots.measure_along(errors, "error", "scale", by="depth", quantiles=(0.1, 0.8))
    for index, depth in enumerate((2, 3)):
        wanted = errors.error.sel(depth=depth)
        drawn = line(ax, f"depth {depth}")
        np.testing.assert_array_equal(drawn.get_xdata(), errors.scale)
        medians = [statistics.median(wanted.sel(scale=scale).values.tolist()) for scale in errors.scale]
        np.testing.assert_allclose(drawn.get_ydata(), medians, rtol=1e-14)
        at, low, high = edges(ax, index)
        order = np.argsort(errors.scale.values)
        np.testing.assert_array_equal(at, errors.scale.values[order])
        np.testing.assert_allclose(low, np.quantile(wanted, 0.1, axis=0)[order], rtol=1e-14)
        np.testing.assert_allclose(high, np.quantile(wanted, 0.8, axis=0)[order], rtol=1e-14)
    assert "median over 11 seeds, band 10–80 %" in words(ax)


def test_scales_run_from_lazy_to_rich_on_logarithmic_axes(errors):
    ax = rl.plots.measure_along(errors, "error", "scale", by="depth")
    assert ax.get_xscale() == ax.get_yscale() == "log"
    left, right = ax.get_xlim()
    assert left > 1.0 > 1e-4 > right
    assert ax.get_xlabel().startswith("lazy")


def test_small_ranges_are_linear(errors):
    ax = rl.plots.measure_along(errors.isel(scale=0), "l1_norm", "depth")
    assert ax.get_xscale() == ax.get_yscale() == "linear"
    assert ax.get_xlim()[0] < ax.get_xlim()[1]


def test_names_stand_side_by_side(distances):
    ax = rl.plots.measure_along(distances.sel(scale=1e-2), "distance", "method")
    assert [text.get_text() for text in ax.get_xticklabels()] == list(distances.method.values)
    drawn = line(ax, "distance to the limit ‖x − x∞‖/‖x∞‖")
    np.testing.assert_array_equal(drawn.get_xdata(), [1, 2, 3])
    wanted = np.median(distances.distance.sel(scale=1e-2), axis=0)
    np.testing.assert_allclose(drawn.get_ydata(), wanted[1:], rtol=1e-14)
    assert "left out: 5 without distance, of 20 cells" in words(ax)


def test_a_step_size_is_an_axis(distances):
    ax = rl.plots.measure_along(distances.sel(scale=1e-2), "distance", "step_size")
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [0.01, 0.1])


def test_a_training_that_diverged_is_a_cross_and_no_number(distances):
    distances.distance.loc[{"seed": [0, 1], "scale": 1.0, "method": "GradientDescent step_size=0.1"}] = 1e200
    ax = rl.plots.measure_along(distances, "distance", "scale", by="method")
    drawn = line(ax, "GradientDescent step_size=0.1")
    wanted = distances.distance.sel({"method": "GradientDescent step_size=0.1", "scale": 1.0}).values[2:]
    assert drawn.get_ydata()[0] == np.median(wanted)
    crosses = [each for each in ax.lines if each.get_marker() == "x" and len(each.get_xdata())]
    assert [(each.get_color(), *each.get_xdata()) for each in crosses] == [(drawn.get_color(), 1.0)]
    assert "diverged: 2 trainings" in words(ax)
    assert ax.get_ylim()[1] < 1e3


def test_what_was_not_solved_is_hollow(distances):
    ax = rl.plots.measure_along(distances, "distance", "scale", by="method")
    hollow = [each for each in ax.lines if each.get_markerfacecolor() == _style.PAPER and len(each.get_xdata())]
    (found,) = hollow
    label = "GradientDescent step_size=0.01"
    assert found.get_color() == line(ax, label).get_color()
    np.testing.assert_array_equal(found.get_xdata(), [1e-4])
    assert found.get_ydata()[0] == np.median(distances.distance.sel({"method": label, "scale": 1e-4}))
    assert "hollow: some not solved yet" in words(ax)


def test_missing_cells_are_left_out_and_counted(distances):
    ax = rl.plots.measure_along(distances.sel({"method": ["Adam"]}), "distance", "scale")
    wanted = distances.distance.sel({"method": "Adam", "scale": 1e-4}).values[1:]
    assert ax.lines[0].get_ydata()[-1] == np.median(wanted)
    assert "left out: 1 not run, of 15 cells" in words(ax)


def test_zeros_that_a_logarithmic_axis_cannot_show_are_counted(errors):
    zero = errors.assign(error=errors.error.where(errors.scale > 1e-3, 0.0))
    ax = rl.plots.measure_along(zero, "error", "scale", by="depth")
    assert ax.get_yscale() == "log"
    assert len(line(ax, "depth 2").get_xdata()) == 2
    assert "not shown: 2 points at 0" in words(ax)


def test_results_without_a_value_say_so(errors):
    ax = rl.plots.measure_along(
        errors.assign(error=errors.error * np.nan, status=errors.status), "error", "scale", "depth"
    )
    assert [text.get_text() for text in ax.texts] == ["no cell has a value"]


def test_lines_of_two_calls_have_their_own_names_and_looks(errors):
    ax = Figure().add_subplot()
    for depth in (2, 3):
        rl.plots.measure_along(errors.sel(depth=depth), "error", "scale", label=f"D = {depth}", ax=ax)
    assert words(ax) == ["D = 2", "median over 11 seeds, band 25–75 %", "D = 3"]
    assert line(ax, "D = 2").get_color() != line(ax, "D = 3").get_color()
    for depth in (2, 3):
        wanted = np.median(errors.error.sel(depth=depth), axis=0)
        np.testing.assert_allclose(line(ax, f"D = {depth}").get_ydata(), wanted)


@pytest.mark.parametrize("quantiles", [(0.75, 0.25), (-0.1, 0.5), (0.5, 1.5)])
def test_bad_quantiles_are_refused(errors, quantiles):
    with pytest.raises(rl.InvalidInputError, match="two increasing numbers"):
        rl.plots.measure_along(errors, "error", "scale", by="depth", quantiles=quantiles)
