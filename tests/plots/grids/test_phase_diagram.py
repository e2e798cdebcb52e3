"""Diagrams show counts, Wilson's interval as SciPy has it, and the line of one half."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import binomtest

import ridgeless as rl


def shown(ax):
    mesh = ax.collections[0]
    return np.ma.filled(np.ma.asarray(mesh.get_array()).astype(float), np.nan)


def counted(dataset, within=0.01):
    """(nonzeros, equations) successes."""
    return (dataset.error <= within).sum("seed").transpose("nonzeros", "equations").values


def contour(ax):
    (found,) = [line for line in ax.lines if line.get_label() == "50 % recovered"]
    return found.get_xydata()


def test_colours_are_the_parts_that_recovered(recoveries):
    ax = rl.plots.phase_diagram(recoveries, "equations", "nonzeros")
    np.testing.assert_array_equal(shown(ax), counted(recoveries) / 20)
    assert ax.collections[0].get_clim() == (0.0, 1.0)


def test_axes_are_increasing_whatever_their_order(recoveries):
    ax = rl.plots.phase_diagram(recoveries.isel(equations=[2, 0, 3, 1], nonzeros=[1, 2, 0]), "equations", "nonzeros")
    np.testing.assert_array_equal(shown(ax), counted(recoveries) / 20)


def test_each_cell_says_its_interval(recoveries):
    ax = rl.plots.phase_diagram(recoveries, "equations", "nonzeros", confidence=0.9)
    found = {(round(text.get_position()[0]), round(text.get_position()[1])): text.get_text() for text in ax.texts}
    assert len(found) == 12
    for row, nonzeros in enumerate((1, 2, 4)):
        for column, equations in enumerate((10, 20, 30, 40)):
            successes = int(counted(recoveries)[row, column])
            low, high = binomtest(successes, 20).proportion_ci(0.9, method="wilson")
            assert found[equations, nonzeros] == f"{5 * successes} %\n{100 * low:.0f}–{100 * high:.0f}"


def test_its_companion_shows_half_widths(recoveries):
    ax = rl.plots.half_width_diagram(recoveries, "equations", "nonzeros")
    intervals = [binomtest(int(each), 20).proportion_ci(method="wilson") for each in counted(recoveries).ravel()]
    wanted = [(each.high - each.low) / 2 for each in intervals]
    np.testing.assert_allclose(shown(ax).ravel(), wanted, rtol=0, atol=1e-13)
    assert ax.texts[0].get_text() == f"± {100 * wanted[0]:.0f}\n{counted(recoveries)[0, 0]} of 20"


def test_the_line_of_one_half_is_where_interpolation_says(recoveries):
    """At one entry the parts are 5/20, 15/20: half way between 10 and 20 equations; at four, 10/20 at 30 itself."""
    points = contour(rl.plots.phase_diagram(recoveries, "equations", "nonzeros"))
    for nonzeros, equations in ((1, 15.0), (2, 20.0), (4, 30.0)):
        assert points[np.isclose(points[:, 1], nonzeros), 0] == pytest.approx(equations)


def test_on_a_logarithmic_axis_it_is_half_way_by_ratio(recoveries):
    by_scale = recoveries.rename({"equations": "scale"}).assign_coords(scale=[1e-8, 1e-6, 1e-4, 1e-2])
    ax = rl.plots.phase_diagram(by_scale, "scale", "nonzeros")
    assert ax.get_xscale() == "log"
    points = contour(ax)
    assert points[np.isclose(points[:, 1], 1), 0] == pytest.approx(1e-7)
    edges = ax.collections[0].get_coordinates()[0, :, 0]
    np.testing.assert_allclose(edges, [1e-9, 1e-7, 1e-5, 1e-3, 1e-1], rtol=1e-12)


def test_trainings_that_diverged_are_trials_and_missing_cells_are_none(recoveries):
    recoveries.status.loc[{"seed": slice(0, 4), "nonzeros": 1, "equations": 40}] = "DIVERGED"
    recoveries.error.loc[{"seed": slice(10, 19), "nonzeros": 1, "equations": 40}] = np.nan
    status = recoveries.status.astype(object)
    status.loc[{"seed": slice(10, 19), "nonzeros": 1, "equations": 40}] = ""
    status.loc[{"nonzeros": 4, "equations": 10}] = "REFUSED"
    recoveries.error.loc[{"nonzeros": 4, "equations": 10}] = np.nan
    ax = rl.plots.phase_diagram(recoveries.assign(status=status), "equations", "nonzeros")
    assert shown(ax)[0, 3] == 5 / 10
    assert np.isnan(shown(ax)[2, 0])
    words = [text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts()]
    assert "left out: 10 not run and 20 refused, of 240 cells" in words
    assert "grey: no result in 1 place" in words


def test_many_cells_have_no_text():
    errors = np.zeros((3, 40, 30))
    import xarray as xr

    axes = {"seed": range(3), "nonzeros": range(1, 41), "equations": range(1, 31)}
    ax = rl.plots.phase_diagram(xr.Dataset({"error": (tuple(axes), errors)}, axes), "equations", "nonzeros")
    assert not ax.texts
    assert len(ax.get_xticks()) < 30


def test_a_diagram_takes_the_place_of_an_earlier_one(recoveries):
    ax = Figure().add_subplot()
    rl.plots.half_width_diagram(recoveries.isel(nonzeros=[0]), "equations", "nonzeros", ax=ax)
    rl.plots.phase_diagram(recoveries, "equations", "nonzeros", ax=ax)
    np.testing.assert_array_equal(shown(ax), counted(recoveries) / 20)
    assert len(ax.figure.axes) == 2
    assert not [text for text in ax.texts if "±" in text.get_text()]


def test_axes_of_names_are_refused(distances):
    with pytest.raises(rl.InvalidInputError, match="'method' is no axis of numbers"):
        rl.plots.phase_diagram(distances, "method", "scale", measure="distance")


def test_a_bound_of_one_counts_all(recoveries):
    assert (shown(rl.plots.phase_diagram(recoveries, "equations", "nonzeros", within=1.0)) == 1).all()
