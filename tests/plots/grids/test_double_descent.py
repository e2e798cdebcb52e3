"""The error stands over n/d, whichever of the two is the axis, and wherever the other is written."""

import json

import numpy as np
import pytest
import xarray as xr

import ridgeless as rl


def over(axis, values, **coordinates):
    rng = np.random.default_rng(3)
    error = np.exp(rng.standard_normal((7, len(values))))
    return xr.Dataset({"error": (("seed", axis), error)}, {axis: values} | coordinates)


def drawn(dataset, **options):
    return rl.plots.double_descent(dataset, **options).lines[0].get_xydata()


@pytest.mark.parametrize(
    "told",
    [
        lambda found: found.assign_coords(unknowns=20),
        lambda found: found.assign_attrs(unknowns=20),
        lambda found: found.assign_attrs(configuration=json.dumps({"problem": {"unknowns": 20}})),
        lambda found: found.expand_dims({"unknowns": [20]}),
    ],
    ids=["coordinate", "attribute", "configuration", "axis of one"],
)
def test_equations_over_unknowns(told):
    dataset = over("equations", [5, 10, 20, 40])
    points = drawn(told(dataset))
    np.testing.assert_allclose(points[:, 0], [0.25, 0.5, 1, 2], rtol=1e-15)
    np.testing.assert_allclose(points[:, 1], np.median(dataset.error, axis=0), rtol=1e-14)


def test_unknowns_as_the_axis_run_the_other_way():
    dataset = over("unknowns", [10, 20, 40], equations=20)
    points = drawn(dataset)
    np.testing.assert_allclose(points[:, 0], [0.5, 1, 2], rtol=1e-15)
    np.testing.assert_allclose(points[:, 1], np.median(dataset.error, axis=0)[::-1], rtol=1e-14)


def test_a_line_for_each_number_of_unknowns():
    rng = np.random.default_rng(4)
    error = rng.random((3, 2, 4))
    axes = {"seed": range(3), "unknowns": [10, 40], "equations": [5, 10, 20, 40]}
    dataset = xr.Dataset({"error": (tuple(axes), error)}, axes)
    ax = rl.plots.double_descent(dataset, by="unknowns")
    for line, size, values in zip(ax.lines, (10, 40), np.median(error, axis=0), strict=False):
        assert line.get_label() == f"unknowns {size}"
        np.testing.assert_allclose(line.get_xdata(), np.array([5, 10, 20, 40]) / size)
        np.testing.assert_allclose(line.get_ydata(), values)
    with pytest.raises(rl.InvalidInputError, match='type by="unknowns"'):
        rl.plots.double_descent(dataset)


@pytest.mark.parametrize(("most", "has_threshold"), [(40, True), (18, True), (10, False)])
def test_the_threshold_is_drawn_where_it_is_near(most, has_threshold):
    ax = rl.plots.double_descent(over("equations", [5, most], unknowns=20))
    dotted = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == ":"]
    assert dotted == ([1.0] if has_threshold else [])


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (over("equations", [5, 10]), r"do not say the number of unknowns; type dataset.assign_coords\(unknowns=200\)"),
        (over("equations", [5, 10]).assign_attrs(unknowns="many"), "do not say the number of unknowns"),
        (over("scale", [0.1, 1.0]), "no axis 'equations' or 'unknowns'"),
    ],
)
def test_unknown_sizes_are_refused(dataset, words):
    with pytest.raises(rl.InvalidInputError, match=words):
        rl.plots.double_descent(dataset)
