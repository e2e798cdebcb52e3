"""A study's results are read by their labels, whatever their order on disk."""

import math

import pytest

from ridgeless.errors import InvalidInputError
from ridgeless.report.study import cells


def test_every_cell_is_read_with_its_own_numbers(small):
    found = cells.runs(small)
    assert len(found) == 3 * 3 * 2
    for run in found:
        cell = {"network": run.network, "method": run.method, "scale": run.scale}
        assert run.status == small["status"].loc[cell].item()
        assert run.steps == pytest.approx(small["steps"].loc[cell].item(), nan_ok=True)


def test_order_of_axes_and_of_scales_does_not_matter(small):
    turned = small.sortby("scale").transpose("scale", "method", "network", ...)
    assert repr(cells.runs(turned)) == repr(cells.runs(small))
    assert cells.scales(turned) == [10.0, 0.1]


def test_variables_that_are_missing_are_not_known(small):
    run = cells.runs(small.drop_vars(["psnr", "message"]))[0]
    assert math.isnan(run.psnr)
    assert run.message == ""


def test_quality_is_told_by_what_there_is(small, vectors, nothing):
    assert cells.measure(small).name == "psnr"
    assert cells.measure(vectors).name == "error"
    assert cells.measure(nothing) is None


def test_the_best_is_the_largest_ratio_or_the_smallest_error(small, vectors):
    for dataset in (small, vectors):
        found = cells.measure(dataset)
        candidates = cells.select(cells.runs(dataset), known=found.name)
        values = [found.of(run) for run in candidates]
        wanted = max(values) if found.name == "psnr" else min(values)
        assert found.text(found.of(found.best(candidates))) == found.text(wanted)


def test_of_answers_that_read_the_same_the_first_is_the_best(dataset):
    course = cells.shown_runs(dataset, "Difference, depth 2", "psnr")
    best = cells.measure(dataset).best(course)
    assert best.scale > 1e-8
    assert f"{best.psnr:.1f}" == f"{max(run.psnr for run in course):.1f}"


def test_training_stands_in_where_no_limit_is_known(small):
    assert cells.shown_method(small, "Difference, depth 2") == "limit"
    assert cells.shown_method(small, "Dense, 1 hidden layer") == "gradient flow"


@pytest.mark.parametrize("axis", ["network", "method", "scale"])
def test_a_dataset_without_an_axis_is_refused(small, axis):
    with pytest.raises(InvalidInputError, match=f"lacks {axis}.*ridgeless.study"):
        cells.check(small.drop_vars(axis))
    with pytest.raises(InvalidInputError, match=f"empty axis: {axis}"):
        cells.check(small.isel({axis: slice(0, 0)}))


def test_a_dataset_without_statuses_is_refused(small):
    with pytest.raises(InvalidInputError, match="lacks status"):
        cells.check(small.drop_vars("status"))
