"""Stems and marks stand where the coefficients say, and the legend counts them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import ridgeless as rl

VALUES = np.array([0.0, 3.0, -5.0, 1.0, 0.2])


def test_stems_reach_from_zero_to_the_coefficients():
    at = [1100, 1102, 1104, 1106, 1108]
    ax = rl.plots.coefficient_spectrum(VALUES, at, feature="wavelength (nm)")
    (stems,) = ax.collections
    segments = np.array(stems.get_segments())
    assert_array_equal(segments[:, 0], np.column_stack([at, np.zeros(5)]))
    assert_array_equal(segments[:, 1], np.column_stack([at, VALUES]))
    assert ax.get_xlabel() == "wavelength (nm)"


def test_features_without_numbers_are_counted():
    (stems,) = rl.plots.coefficient_spectrum(VALUES).collections
    assert_array_equal(np.array(stems.get_segments())[:, 1, 0], np.arange(5))


def test_the_largest_are_on_top():
    ax = rl.plots.largest_coefficients(VALUES, ["a", "b", "c", "d", "e"], most=3)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["c", "b", "d"]
    assert ax.yaxis_inverted()
    marks = ax.lines[-1]
    assert_array_equal(marks.get_xdata(), [-5.0, 3.0, 1.0])


def test_a_second_model_finds_the_lines_of_the_first():
    ax = rl.plots.largest_coefficients([1.0, 2.0, 0.0], ["a", "b", "c"])
    rl.plots.largest_coefficients([0.0, 1.0, 4.0], ["a", "b", "c"], ax=ax)
    ax.figure.draw_without_rendering()
    first, second = (line for line in ax.lines if line.get_marker() == "o")
    assert_allclose(ax.convert_yunits(list(first.get_ydata(orig=True))), [0, 1])
    assert_allclose(ax.convert_yunits(list(second.get_ydata(orig=True))), [2, 0])


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (np.ones(10), "9 of 10 features hold 90 % of Σ|coefficient|"),
        ([100.0, 1.0, -1.0], "1 of 3 features holds 90 % of Σ|coefficient|"),
        (np.zeros(2), "all 2 coefficients are 0"),
    ],
)
@pytest.mark.parametrize("draw", ["coefficient_spectrum", "largest_coefficients"])
def test_the_legend_counts_what_holds_nine_tenths(values, told, draw):
    ax = getattr(rl.plots, draw)(values)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [told]


@pytest.mark.parametrize("draw", ["coefficient_spectrum", "largest_coefficients"])
@pytest.mark.parametrize("bad", [[[1.0, 2.0]], [], [1.0, np.inf]])
def test_what_is_no_row_of_numbers_is_refused(draw, bad):
    with pytest.raises(rl.InvalidInputError, match=r"pass finite numbers of one target"):
        getattr(rl.plots, draw)(bad)


def test_a_number_for_each_feature():
    with pytest.raises(rl.InvalidInputError, match=r"5 coefficients at numbers of shape \(2,\)"):
        rl.plots.coefficient_spectrum(VALUES, [1.0, 2.0])
