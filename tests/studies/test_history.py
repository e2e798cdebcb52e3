"""Histories on one grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.solution import History
from ridgeless.studies.history import course_at


def course(at, loss):
    at, loss = np.array(at, dtype=float), np.array(loss, dtype=float)
    return History("step", at, loss, loss, loss, loss)


@given(st.floats(-3, 3), st.floats(1e-3, 1e3))
def test_a_power_law_is_read_off_exactly(power, factor):
    at = np.geomspace(1, 1e4, 9)
    grid = np.geomspace(1.5, 9e3, 20)
    assert np.allclose(course_at(course(at, factor * at**power), "loss", grid), factor * grid**power, rtol=1e-10)


def test_outside_of_its_span_nothing_is_known():
    found = course_at(course([0, 2, 8], [9, 4, 1]), "loss", np.array([1.0, 2.0, 8.0, 9.0]))
    assert np.isnan(found[[0, 3]]).all()
    assert found[1:3] == pytest.approx([4, 1])


def test_a_loss_of_zero_is_zero():
    assert course_at(course([1, 2], [1.0, 0.0]), "loss", np.array([2.0])) == [0.0]


def test_losses_that_overflowed_are_left_out():
    assert np.isnan(course_at(course([1, 2], [np.inf, np.nan]), "loss", np.array([1.0, 2.0]))).all()


def test_a_limit_has_none():
    assert course_at(None, "loss", np.array([1.0])) is None


def test_a_study_keeps_the_sharpness_that_its_plot_draws(small):
    """Against the measure at the end of trainings cut short."""
    flows = [{"flow": name, "step_size": [0.02], "max_steps": 30} for name in ("GradientDescent", "EdgeFlow")]
    asked = small(methods=["limit", *flows], measures=["sharpness"], history=[1, 10, 30])
    dataset = rl.study({**asked, "keep": ["loss_history", "sharpness_history"]}).squeeze()
    assert dataset.sharpness_history.sel({"method": "limit"}).isnull().all()
    for flow in flows:
        label = f"{flow['flow']} step_size=0.02"
        kept = dataset.sel({"method": label})
        for steps, value in zip([1, 10, 30], kept.sharpness_history.values, strict=True):
            cut = small(methods=[{**flow, "max_steps": steps}], measures=["sharpness"])
            alone = float(rl.study(cut).sharpness.squeeze())
            assert value == pytest.approx(alone, rel=1e-6)
        ax = rl.plots.sharpness_along_time(kept)
        right = ax.figure.axes[-1]
        np.testing.assert_array_equal(right.lines[0].get_ydata(), kept.sharpness_history.values)
        assert 2 / 0.02 in [line.get_ydata()[0] for line in right.lines]


def test_a_study_measures_the_effective_scale_that_its_plot_draws(small):
    flow = {"flow": "GradientDescent", "step_size": [0.01, 0.1]}
    dataset = rl.study(small(methods=[flow], measures=["effective_scale"], seeds={"count": 3}))
    assert (dataset.effective_scale < 0.1).all()
    ax = rl.plots.effective_scale_along_step_size(dataset)
    middle = dataset.effective_scale.median("seed").squeeze()
    np.testing.assert_allclose(ax.lines[0].get_xydata(), np.column_stack([[0.01, 0.1], middle]), rtol=1e-12)
