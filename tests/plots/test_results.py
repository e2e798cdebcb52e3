"""Results are arranged as they are labelled, and what cannot be drawn is refused with what to type."""

import numpy as np
import pytest
import xarray as xr

import ridgeless as rl
from ridgeless.plots import _axes, _results

CALL = "plots.test"


def test_values_stand_at_their_labels(errors):
    """Whatever the order of the dimensions of the dataset."""
    for order in (("seed", "depth", "scale"), ("scale", "seed", "depth")):
        cells = _results.arranged(errors.transpose(*order), CALL, "error", ("depth", "scale"))
        for i, depth in enumerate(errors.depth.values):
            for j, scale in enumerate(errors.scale.values):
                wanted = errors.error.sel(depth=depth, scale=scale).values
                np.testing.assert_array_equal(cells.values[i, j], wanted)


def test_a_swept_field_of_methods_is_an_axis(distances):
    cells = _results.arranged(distances.sel(scale=1e-2), CALL, "distance", ("method", "step_size"))
    assert cells.labels("method") == ["GradientDescent"]
    np.testing.assert_array_equal(cells.coordinate("step_size"), [0.01, 0.1])
    for place, size in enumerate((0.01, 0.1)):
        wanted = distances.distance.sel({"scale": 1e-2, "method": f"GradientDescent step_size={size}"})
        np.testing.assert_array_equal(cells.values[0, place], wanted)


def test_families_of_methods_share_the_axis_of_their_steps(distances):
    """One of two steps of a second family: the other cell was not run."""
    names = ["limit", "A step_size=0.01", "B step_size=0.1 batch=2", "Adam"]
    renamed = distances.assign_coords({"method": names})
    cells = _results.arranged(renamed.sel(scale=1e-2), CALL, "distance", ("method", "step_size"))
    assert cells.labels("method") == ["A", "B batch=2"]
    assert np.isfinite(cells.values[0, 0]).all()
    assert np.isnan(cells.values[0, 1]).all()
    assert (cells.status[0, 1] == "").all()


def test_an_axis_of_one_value_needs_no_choice(errors):
    cells = _results.arranged(errors.isel(depth=[0]), CALL, "error", ("scale",))
    assert cells.values.shape == (3, 11)


def test_results_without_seeds_have_one_sample(errors):
    cells = _results.arranged(errors.isel(seed=0, depth=0), CALL, "error", ("scale",))
    assert cells.values.shape == (3, 1)


def test_what_is_missing_is_told_by_its_reason(errors):
    values, status = errors.error.values, errors.status.values
    values[0, 0, 0] = values[1, 0, 0] = values[2, 1, 1] = values[3, 0, 0] = np.nan
    status[0, 0, 0], status[1, 0, 0], status[2, 1, 1] = "", "", "FAILED"
    values[4, 0, 0], status[4, 0, 0] = np.inf, "DIVERGED"
    cells = _results.arranged(
        errors.assign(error=errors.error.copy(data=values), status=(errors.status.dims, status)),
        CALL,
        "error",
        ("depth", "scale"),
    )
    assert cells.left_out("error") == "left out: 2 not run, 1 without error and 1 failed, of 66 cells"
    assert cells.has_diverged.sum() == 1
    assert np.isnan(cells.values[0, 0, 4])


def test_a_status_of_long_words_is_kept(errors):
    """NumPy cuts strings that are assigned to shorter ones: the check above must not depend on that."""
    status = errors.status.astype(object)
    status[0, 0, 0] = "NO EXACT LIMIT"
    cells = _results.arranged(errors.assign(status=status), CALL, "error", ("depth", "scale"))
    assert cells.status[0, 0, 0] == "NO EXACT LIMIT"


@pytest.mark.parametrize(
    ("measure", "axes", "words"),
    [
        ("eror", ("scale",), "did you mean 'error'"),
        ("error", ("scales",), "did you mean 'scale'"),
        ("error", ("scale",), r"several values along 'depth': 2, 3; choose one: dataset.sel\(\{'depth': 2\}\)"),
        ("error", ("nonsense",), "no axis 'nonsense'"),
        ("status", ("scale",), "no measure 'status': they have error and l1_norm"),
        ("error", ("scale", "scale"), "name different ones"),
        ("error", ("seed",), "not the seeds"),
    ],
)
def test_what_is_not_there_is_refused(errors, measure, axes, words):
    with pytest.raises(rl.InvalidInputError, match=words):
        _results.arranged(errors, CALL, measure, axes)


def test_what_to_type_works(errors):
    with pytest.raises(rl.InvalidInputError, match="choose one") as refused:
        _results.arranged(errors, CALL, "error", ("scale",))
    typed = str(refused.value).partition("choose one: ")[2].rstrip(".")
    assert _results.arranged(eval(typed, {"dataset": errors}), CALL, "error", ("scale",)).values.shape == (3, 11)


def test_a_measure_that_an_axis_does_not_move_is_refused(errors):
    flat = errors.assign(truth_norm=("seed", np.ones(11)))
    with pytest.raises(rl.InvalidInputError, match="the same all along 'scale'"):
        _results.arranged(flat, CALL, "truth_norm", ("scale",))


@pytest.mark.usefixtures("as_a_user")
def test_only_datasets_are_taken(errors):
    with pytest.raises(rl.InvalidInputError, match="got a DataArray; pass the dataset"):
        _results.arranged(errors.error, CALL, "error", ("scale",))


def test_two_methods_of_one_family_and_step_are_refused(distances):
    names = ["limit", "A step_size=0.01", "A step_size=0.01", "Adam"]
    twice = distances.assign_coords({"method": names, "step_size": ("method", [np.nan, 0.01, 0.01, np.nan])})
    with pytest.raises(rl.InvalidInputError, match=r"are 'A' with step_size = 0\.01; choose"):
        _results.arranged(twice.sel(scale=1e-2), CALL, "distance", ("method", "step_size"))


def test_labels_say_the_unit():
    seconds = xr.DataArray([0.1], name="run_s", attrs={"long_name": "time of the computation", "units": "s"})
    bare = xr.DataArray([0.1], name="l1_norm")
    counts = xr.DataArray([3], name="equations")
    found = [_results.described(each) for each in (seconds, bare, counts)]
    assert found == ["time of the computation (s)", "l1 norm (dimensionless)", "equations"]


@pytest.mark.parametrize(
    ("values", "is_wide"),
    [
        ([1e-6, 1e-3, 1.0], True),
        ([0.01, 0.03, 0.1], True),
        ([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], False),
        ([2, 3, 4], False),
        ([0.0, 1e-3, 1.0], False),
        ([-1.0, 10.0, 100.0], False),
        ([5.0], False),
        ([], False),
    ],
)
def test_an_axis_is_logarithmic_where_numbers_span_decades(values, is_wide):
    assert _axes.spans_decades(np.array(values, dtype=float)) is is_wide
