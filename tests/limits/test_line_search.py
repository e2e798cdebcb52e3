"""Step lengths by slopes alone, on convex functions whose slopes are known."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.limits.line_search import Lengthening, line_search
from ridgeless.limits.tolerances import TOLERANCES


@dataclass
class Counted:
    """A derivative by the length, and the lengths that it was asked at, call by call."""

    derivative: object
    lengths_at_once: int = 1
    asked: list = field(default_factory=list)

    def slopes(self, lengths):
        self.asked.append(list(lengths))
        return [float(self.derivative(length)) for length in lengths]


def parabola(minimum):
    return lambda length: length - minimum


def test_a_whole_step_of_newton_is_taken_as_it_is():
    line = Counted(parabola(1.0))
    assert line_search(line, slope=-1.0) == 1.0
    assert line.asked == [[1.0]]


@given(st.floats(1e-9, 1.0))
def test_a_step_passes_the_minimum_by_little_and_is_not_needlessly_short(minimum):
    length = line_search(Counted(parabola(minimum)), slope=-minimum)
    assert length - minimum <= TOLERANCES.overshoot * minimum
    assert length == 1.0 or 2 * length - minimum > TOLERANCES.overshoot * minimum


def test_an_overflow_is_too_long():
    line = Counted(lambda length: np.inf if length > 0.3 else np.nan if length > 0.2 else -1.0)
    assert line_search(line, slope=-2.0) == 0.125


def test_no_length_is_found_where_the_function_rises():
    line = Counted(lambda length: 5.0)
    assert line_search(line, slope=-1.0) == 0.0
    assert len(line.asked) <= TOLERANCES.halvings + 1


def test_a_shorter_first_length_is_the_first_that_is_tried():
    line = Counted(parabola(1.0))
    assert line_search(line, slope=-1.0, longest=0.25) == 0.25
    assert line.asked == [[0.25]]


@pytest.mark.parametrize("factor", [1.4, 2.0])
def test_a_step_is_lengthened_on_the_near_side_while_slope_is_left(factor):
    """Far too large an exponential: each unit step takes a factor e off it, and a long one all that is needed."""
    line = Counted(lambda length: 1 - np.exp(20 - length))
    rule = Lengthening(factor, slope_left=1e-3)
    length = line_search(line, slope=1 - np.exp(20), lengthening=rule)
    left = (1 - np.exp(20 - length)) / (1 - np.exp(20))
    assert 0 <= left <= 1e-3
    assert length <= factor * (20 - np.log(1e-3))
    assert line_search(line, slope=1 - np.exp(20)) == 1.0


def test_a_step_is_never_lengthened_beyond_the_minimum():
    line = Counted(parabola(1.2))
    assert line_search(line, slope=-1.2, lengthening=Lengthening(2.0, 1e-3)) == 1.0
    assert line.asked == [[1.0], [2.0]]


def test_several_lengths_are_asked_at_once_after_the_first():
    line = Counted(parabola(0.06), lengths_at_once=4)
    assert line_search(line, slope=-0.06) == 0.0625
    assert line.asked == [[1.0], [0.5, 0.25, 0.125, 0.0625]]
