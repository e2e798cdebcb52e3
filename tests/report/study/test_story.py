"""The strip shows the scales at which answers differ, and the two networks that tell the story."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.report.study.cells import courses, measure
from ridgeless.report.study.figures import _answers, _story


def test_the_rows_are_the_networks_closest_to_the_truth_and_farthest_from_it(dataset):
    best = {course[0].network: max(run.psnr for run in course) for course in courses(dataset, "psnr")}
    assert _story.protagonists(dataset) == [max(best, key=best.__getitem__), min(best, key=best.__getitem__)]
    assert sorted(_story.protagonists(dataset) + _story.others(dataset)) == sorted(dataset["network"].values)


def test_the_rows_follow_the_numbers(dataset):
    dataset["psnr"].loc["Difference, depth 3", "limit", 1e-3] = 60.0
    dataset["psnr"].loc["Direct", "limit"] = -30.0
    assert _story.protagonists(dataset) == ["Difference, depth 3", "Direct"]


def test_without_a_truth_the_rows_are_those_that_move_most_and_least(small):
    unknown = small.drop_vars(["truth", "truth_picture", "psnr", "error"])
    assert measure(unknown) is None
    ends = {
        network: [_answers.as_seen(unknown, _answers.shown_at(unknown, network, scale)) for scale in (10.0, 0.1)]
        for network in unknown["network"].values.tolist()
    }
    moved = {network: np.linalg.norm(first - last) for network, (first, last) in ends.items()}
    assert _story.protagonists(unknown) == [max(moved, key=moved.__getitem__), min(moved, key=moved.__getitem__)]


@pytest.mark.parametrize(("number", "rows"), [(0, 0), (1, 1), (2, 2), (4, 2)])
def test_there_are_no_more_rows_than_networks_with_answers(dataset, number, rows):
    for network in dataset["network"].values[number:]:
        dataset["picture"].loc[network] = np.nan
        dataset["x"].loc[network] = np.nan
    assert len(_story.protagonists(dataset)) == rows
    assert bool(_story.told_scales(dataset)) == bool(rows)


def test_scales_are_dense_where_answers_change(dataset):
    """All change lies between 1 and 0.01: no scale but the richest is spent beyond."""
    shown = _story.told_scales(dataset)
    assert len(shown) == 5
    assert (shown[0], shown[-1]) == (10.0, 1e-8)
    images = [_answers.as_seen(dataset, _answers.shown_at(dataset, "Difference, depth 2", each)) for each in shown]
    steps = [np.sqrt(np.mean((first - second) ** 2)) for first, second in itertools.pairwise(images)]
    evenly = [10.0, 0.1, 1e-4, 1e-6, 1e-8]
    images = [_answers.as_seen(dataset, _answers.shown_at(dataset, "Difference, depth 2", each)) for each in evenly]
    assert min(steps) > min(np.sqrt(np.mean((a - b) ** 2)) for a, b in itertools.pairwise(images))


def test_scales_that_look_alike_are_shown_once(dataset):
    same = dataset["picture"].sel({"network": "Difference, depth 2", "method": "limit", "scale": 1e-4}).values
    for scale in dataset["scale"].values:
        if scale < 0.1:
            dataset["picture"].loc["Difference, depth 2", "limit", scale] = same
    assert _story.told_scales(dataset) == [10.0, 1.0, 0.1, 1e-8]


def test_scales_without_an_answer_are_left_out(dataset):
    dataset["picture"].loc["Difference, depth 2", "limit", 10.0] = np.nan
    assert 10.0 not in _story.told_scales(dataset)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=9), st.integers(2, 5))
def test_no_other_choice_has_a_larger_smallest_step(course, most):
    values = np.array(course)
    differences = np.abs(values[:, None] - values)
    chosen = _story.farthest_apart(differences, most)
    assert (chosen[0], chosen[-1]) == (0, len(course) - 1)
    assert len(set(chosen)) == min(most, len(course))
    if len(course) > most:
        every = ((0, *inner, len(course) - 1) for inner in itertools.combinations(range(1, len(course) - 1), most - 2))
        smallest = max(min(differences[pair] for pair in itertools.pairwise(places)) for places in every)
        assert min(differences[pair] for pair in itertools.pairwise(chosen)) == smallest


@pytest.mark.parametrize(("amount", "most"), [(3, 6), (6, 6), (17, 6), (100, 10)])
def test_a_long_row_is_thinned_and_keeps_its_ends(amount, most):
    values = [10.0**-i for i in range(amount)]
    kept = _story.spread(values, most)
    assert len(kept) == min(amount, most) == len(set(kept))
    assert (kept[0], kept[-1]) == (values[0], values[-1])
