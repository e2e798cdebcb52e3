"""Marks stand at the distances that were measured, and their shapes tell how a training ended."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb

import ridgeless as rl


def marks(ax, shape, is_filled, colour=None):
    """(k, 2) positions of the marks of this look, in the order of their heights."""
    found = []
    for line in ax.lines:
        fits = line.get_marker() == shape and (line.get_markerfacecolor() != "none") == is_filled
        if fits and colour in (None, line.get_color()):
            found += line.get_xydata().tolist()
    return np.array(sorted(found, key=lambda point: point[1])).reshape(-1, 2)


def colour_of(ax, label):
    (found,) = [line.get_color() for line in ax.lines if line.get_label() == label]
    return found


def words(ax):
    return [text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts()]


def ended(dataset, status, near=None):
    """Distances of the trainings that ended so."""
    chosen = dataset.status == status
    if near is not None:
        chosen &= (dataset.distance <= 0.01) == near
    values = dataset.distance.where(chosen).values
    return np.sort(values[np.isfinite(values)])


def test_each_end_has_a_shape_of_its_own(distances):
    ax = rl.plots.training_against_prediction(distances)
    np.testing.assert_array_equal(marks(ax, "o", True)[:, 1], ended(distances, "CONVERGED", near=True))
    np.testing.assert_array_equal(marks(ax, "D", True)[:, 1], ended(distances, "CONVERGED", near=False))
    np.testing.assert_array_equal(marks(ax, "o", False)[:, 1], ended(distances, "MAX_STEPS"))
    kinds = {"solved, at the limit", "solved, another minimiser", "not solved yet", "diverged: 2 trainings"}
    assert kinds <= set(words(ax))


def test_not_solved_yet_and_another_minimiser_differ_at_the_same_distance(distances):
    """Two cells with one and the same number, and another status."""
    same = distances.assign(distance=xr.full_like(distances.distance, 0.3).where(distances.status != ""))
    ax = rl.plots.training_against_prediction(same)
    solved, unsolved = marks(ax, "D", True), marks(ax, "o", False)
    assert len(solved) == int((same.status.isel(method=slice(1, None)) == "CONVERGED").sum())
    assert len(unsolved) == int((same.status == "MAX_STEPS").sum()) == 5


def test_the_line_is_the_median_of_what_was_solved(distances):
    ax = rl.plots.training_against_prediction(distances)
    label = "GradientDescent step_size=0.01"
    (line,) = [line for line in ax.lines if line.get_label() == label]
    wanted = np.median(distances.distance.sel(method_is(label)), axis=0)[:2]  # the smallest scale is not solved
    np.testing.assert_allclose(line.get_ydata(), wanted, rtol=1e-14)


def method_is(label):
    return {"method": label}


def test_every_mark_stands_at_the_scale_of_its_training(distances):
    ax = rl.plots.training_against_prediction(distances)
    for shape, is_filled in (("o", True), ("D", True), ("o", False)):
        assert set(marks(ax, shape, is_filled)[:, 0]) <= set(distances.scale.values)


def test_the_band_lies_between_the_quartiles_of_what_was_solved(distances):
    ax = rl.plots.training_against_prediction(distances)
    label = "GradientDescent step_size=0.01"
    colour = to_rgb(colour_of(ax, label))
    (found,) = [each for each in ax.collections if to_rgb(each.get_facecolor()[0, :3]) == colour]
    edges = np.quantile(distances.distance.sel(method_is(label)), [0.25, 0.75], axis=0)[:, :2]
    at = distances.scale.values[:2]
    corners = {(x, y) for row in edges for x, y in zip(at, row, strict=True)}
    drawn = found.get_paths()[0].vertices
    assert all(np.isclose(drawn, corner, rtol=1e-12, atol=0).all(axis=1).any() for corner in corners)
    assert "quartiles of the solved" in words(ax)


def test_trainings_that_diverged_are_crosses_at_the_edge(distances):
    distances.distance.loc[{"seed": [0, 1], "scale": 1.0, "method": "GradientDescent step_size=0.1"}] = 1e300
    ax = rl.plots.training_against_prediction(distances)
    label = "GradientDescent step_size=0.1"
    crosses = marks(ax, "x", True, colour_of(ax, label))
    assert crosses[:, 1].tolist() == [0.97]
    assert ax.get_ylim()[1] < 1e3


def test_the_bound_is_a_line(distances):
    ax = rl.plots.training_against_prediction(distances, within=0.7)
    (line,) = [line for line in ax.lines if line.get_label() == "70 % from the limit"]
    assert line.get_ydata()[0] == 0.7
    assert not len(marks(ax, "D", True))
    assert "left out: 1 not run, of 45 cells" in words(ax)


def test_along_the_step_size(distances):
    ax = rl.plots.training_against_prediction(distances.sel(scale=1e-2), along="step_size")
    at, values = marks(ax, "o", True).T
    for size in (0.01, 0.1):
        wanted = distances.distance.sel({"scale": 1e-2, "method": f"GradientDescent step_size={size}"}).values
        np.testing.assert_array_equal(np.sort(values[np.isclose(at, size)]), np.sort(wanted))


def test_a_distance_of_zero_is_counted(distances):
    zero = distances.assign(distance=distances.distance.where(distances.method != "Adam", 0.0))
    assert "not shown: 15 trainings at distance 0" in words(rl.plots.training_against_prediction(zero))


def test_results_without_training_are_refused(distances):
    with pytest.raises(rl.InvalidInputError, match="no method but the limit"):
        rl.plots.training_against_prediction(distances.sel({"method": ["limit"]}))
    with pytest.raises(rl.InvalidInputError, match="no axis 'method'"):
        rl.plots.training_against_prediction(distances.isel(method=1).drop_vars(["method", "step_size"]))
    with pytest.raises(rl.InvalidInputError, match="no measure 'distance'"):
        rl.plots.training_against_prediction(distances.drop_vars("distance"))


def test_the_limit_of_lazy_training_is_a_line_without_marks(distances):
    """Nothing is trained for it: whatever it is far from, it is no other minimiser that training found."""
    lazy = distances.isel(method=[1]).assign_coords(method=["lazy_limit"])
    lazy = lazy.assign(distance=xr.full_like(lazy.distance, 0.5), status=xr.full_like(lazy.status, "CONVERGED"))
    both = xr.concat([distances, lazy], "method")
    ax, before = rl.plots.training_against_prediction(both), rl.plots.training_against_prediction(distances)
    for shape, is_filled in (("o", True), ("D", True), ("o", False)):
        assert len(marks(ax, shape, is_filled)) == len(marks(before, shape, is_filled))
    (line,) = [line for line in ax.lines if line.get_label() == "lazy_limit"]
    assert set(line.get_ydata()) == {0.5}
    with pytest.raises(rl.errors.InvalidInputError, match="no method but the limit"):
        rl.plots.training_against_prediction(both.isel(method=[0, -1]))
