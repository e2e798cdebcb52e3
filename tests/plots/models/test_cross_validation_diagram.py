"""Colours are the errors over the least, rows go by scale, and the ring is at the choice."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import ridgeless as rl

SCALES = [1.0, 1e-6, 1e-2]
PROGRESS = np.logspace(0, 3, 4)
ERRORS = np.array([[8.0, 6.0, 5.0, 5.5], [9.0, 2.0, 4.0, 40.0], [8.0, 3.0, 3.5, 6.0]])


def test_cells_are_relative_errors_by_scale():
    ax = rl.plots.cross_validation_diagram(ERRORS, SCALES, PROGRESS)
    (mesh,) = ax.collections
    assert_array_equal(np.asarray(mesh.get_array()).reshape(3, 4), ERRORS[[1, 2, 0]] / 2)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["10⁻⁶", "0.01", "1"]
    assert mesh.norm.vmax == 4.0
    assert ax.get_xscale() == "log"


@pytest.mark.parametrize("chosen", [(1, 1), (0, 2)])
def test_the_ring_is_at_the_choice(chosen):
    ax = rl.plots.cross_validation_diagram(ERRORS, SCALES, PROGRESS, chosen)
    (ring,) = (line for line in ax.lines if line.get_marker() == "o")
    assert_allclose(ring.get_xdata(), PROGRESS[chosen[1]])
    assert_allclose(ring.get_ydata(), {1: 0, 0: 2}[chosen[0]])


def test_the_end_where_nothing_changes_is_left_out():
    errors = np.column_stack([ERRORS, ERRORS[:, -1], ERRORS[:, -1]])
    progress = np.logspace(0, 5, 6)
    (mesh,) = rl.plots.cross_validation_diagram(errors, SCALES, progress).collections
    assert np.asarray(mesh.get_array()).size == 12
    (late,) = rl.plots.cross_validation_diagram(errors, SCALES, progress, (0, 4)).collections
    assert np.asarray(late.get_array()).size == 15


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scales": SCALES[:2]}, r"errors have shape \(3, 4\), for scales of shape \(2,\)"),
        ({"scales": [1.0, 0.0, 2.0]}, "scales are numbers above 0"),
        ({"progress": PROGRESS[::-1]}, "progress increases"),
        ({"errors": 0 * ERRORS}, "the least error is not above 0"),
        ({"errors": np.nan * ERRORS}, "the least error is not above 0"),
        ({"chosen": (3, 0)}, r"chosen = \(3, 0\); type a row and a column"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    call = {"errors": ERRORS, "scales": SCALES, "progress": PROGRESS} | arguments
    with pytest.raises(rl.InvalidInputError, match=message):
        rl.plots.cross_validation_diagram(**call)
