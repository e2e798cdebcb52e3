"""Histories on one grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
