"""Each line is a column of what was passed; ranks, greys and directions are those of the numbers."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import ridgeless as rl

AT = np.geomspace(0.1, 100, 7)
SIZES = np.array([3.0, -5.0, 0.001, 1.0, 0.5])
VALUES = np.outer(AT, SIZES)
NAMES = ["zinc", "iron", "gold", "lead", "tin"]


def named(ax):
    return {line.get_label(): line for line in ax.lines if line.get_label() in NAMES}


def test_lines_are_columns():
    ax = rl.plots.coefficient_path(VALUES, AT, NAMES)
    lines = named(ax)
    assert list(lines) == ["iron", "zinc", "lead", "tin"]  # by size at the end; gold is below a hundredth
    for name, line in lines.items():
        assert_array_equal(line.get_xdata(), AT)
        assert_array_equal(line.get_ydata(), VALUES[:, NAMES.index(name)])
    assert ax.get_xscale() == "log"
    assert not ax.xaxis_inverted()


def test_the_largest_are_those_where_the_fit_stops():
    values = VALUES.copy()
    values[2, 2] = 100.0
    ax = rl.plots.coefficient_path(values, AT, NAMES, stop=float(AT[2]), most=2)
    assert list(named(ax)) == ["gold", "iron"]
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "the other 3 features" in words
    assert "where the fit stops" in words
    stops = [line for line in ax.lines if line.get_linestyle() == ":" and len(line.get_xdata())]
    assert_array_equal(stops[0].get_xdata(), [AT[2], AT[2]])


def test_others_are_grey_if_they_can_be_seen():
    ax = rl.plots.coefficient_path(VALUES, AT, NAMES, most=1)
    (grey,) = ax.collections
    drawn = sorted(segment[-1, 1] for segment in grey.get_segments())
    assert drawn == sorted(VALUES[-1, [0, 3, 4]])  # gold lies on the axis


def test_a_penalty_runs_from_strong_to_weak():
    ax = rl.plots.coefficient_path(VALUES, AT[::-1], NAMES, clock="penalty λ")
    assert ax.xaxis_inverted()
    assert rl.plots.coefficient_path(VALUES, AT[::-1], NAMES, ax=ax).xaxis_inverted()


def test_points_that_repeat_at_the_end_are_left_out():
    values = np.vstack([VALUES, VALUES[[-1, -1, -1]]])
    at = np.geomspace(0.1, 1e5, 10)
    assert len(named(rl.plots.coefficient_path(values, at, NAMES))["iron"].get_xdata()) == 7
    late = rl.plots.coefficient_path(values, at, NAMES, stop=float(at[8]))
    assert len(named(late)["iron"].get_xdata()) == 9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"coefficients": VALUES[0]}, r"shape \(5,\) and points \(7,\); pass \(k, p\)"),
        ({"coefficients": VALUES * np.nan}, "not finite"),
        ({"at": np.ones(7)}, "neither increase nor decrease"),
        ({"at": AT - 1}, "not above 0"),
        ({"names": NAMES[:2]}, "2 names for 5 features"),
        ({"most": 0}, "most = 0"),
        ({"stop": -1.0}, "stop = -1.0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    with pytest.raises(rl.InvalidInputError, match=message):
        rl.plots.coefficient_path(**({"coefficients": VALUES, "at": AT, "names": NAMES} | arguments))


def test_one_point_and_zeros_are_drawn():
    assert rl.plots.coefficient_path(VALUES[:1], AT[:1]).get_legend()
    words = rl.plots.coefficient_path(np.zeros((2, 3)), [1.0, 2.0]).get_legend().get_texts()
    assert words[0].get_text() == "the other 3 features"
