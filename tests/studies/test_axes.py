"""Axes: what an entry of a configuration stands for."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.errors import InvalidConfigurationError
from ridgeless.studies.axes import axis_values, refuse_repeats

VALUES = {
    "a list": ([3, 1, 2], (3, 1, 2)),
    "values": ({"values": [0.5, "a"]}, (0.5, "a")),
    "a line": ({"linspace": [0, 1], "count": 5}, (0.0, 0.25, 0.5, 0.75, 1.0)),
    "a line of whole numbers": ({"linspace": [2, 8], "count": 4}, (2, 4, 6, 8)),
    "decades": ({"logspace": [10.0, 1e-3], "count": 5}, (10.0, 1.0, 0.1, 0.01, 0.001)),
    "powers of two": ({"logspace": [1, 8], "count": 4}, (1, 2, 4, 8)),
    "one point": ({"logspace": [10.0, 1.0], "count": 1}, (10.0,)),
}
NO_AXES = [1, 0.5, "a", None, True, {"name": "Difference", "depth": [2, 3]}, {}]

# What is wrong, and what the message must name.
REFUSED = {
    "empty": ([], ["init.scale is an empty list"]),
    "values of another kind": ({"values": 3}, ["init.scale.values is 3", "type a list"]),
    "two forms": ({"linspace": [1, 2], "logspace": [1, 2], "count": 2}, ["linspace and logspace", "keep one"]),
    "misspelt key": ({"linspace": [1, 2], "cont": 2}, ["'cont'", "did you mean 'count'?"]),
    "a key too many": ({"values": [1], "count": 1}, ["'count'", "known are values"]),
    "no count": ({"logspace": [1, 2]}, ["init.scale has no count", "count = 5"]),
    "count 0": ({"linspace": [1, 2], "count": 0}, ["init.scale.count = 0"]),
    "count 2.5": ({"linspace": [1, 2], "count": 2.5}, ["init.scale.count = 2.5"]),
    "count true": ({"linspace": [1, 2], "count": True}, ["init.scale.count = True"]),
    "count without end": ({"linspace": [1, 2], "count": 10**12}, ["at most 1000000"]),
    "one end": ({"linspace": [1], "count": 2}, ["init.scale.linspace is [1]", "two numbers"]),
    "text for ends": ({"linspace": "ab", "count": 2}, ["two numbers"]),
    "an infinite end": ({"linspace": [1, math.inf], "count": 2}, ["two numbers"]),
    "NaN": ({"linspace": [math.nan, 1], "count": 2}, ["two numbers"]),
    "an end beyond float64": ({"linspace": [1, 10**400], "count": 2}, ["two numbers"]),
    "true for an end": ({"linspace": [True, 2], "count": 2}, ["two numbers"]),
    "a line without length": ({"linspace": [1, 1], "count": 2}, ["1 twice"]),
    "a logarithm of 0": ({"logspace": [1, 0], "count": 2}, ["init.scale.logspace = [1, 0]", "above 0"]),
    "an unknown law": ({"draw": "normal", "between": [0, 1], "count": 2}, ["'normal'", "'uniform'"]),
    "a list of laws": ({"draw": ["uniform"], "between": [0, 1], "count": 2}, ["init.scale.draw is ['uniform']"]),
    "no ends": ({"draw": "uniform", "count": 2}, ["init.scale.between is None"]),
    "ends exchanged": ({"draw": "uniform", "between": [2, 1], "count": 2}, ["exchange them"]),
    "whole ends exchanged": ({"draw": "integers", "between": [2, 1], "count": 2}, ["exchange them"]),
    "a fraction": ({"draw": "integers", "between": [0.5, 3], "count": 2}, ["two whole numbers"]),
    "too few to draw": ({"draw": "integers", "between": [1, 3], "count": 4}, ["there are 3 whole numbers"]),
    "a logarithm of a negative": ({"draw": "loguniform", "between": [-1, 1], "count": 2}, ["above 0"]),
}


@pytest.mark.parametrize(("entry", "values"), VALUES.values(), ids=VALUES)
def test_forms(entry, values):
    found = axis_values(entry, "scale")
    assert found == values
    assert list(map(type, found)) == list(map(type, values))


@pytest.mark.parametrize("entry", NO_AXES, ids=repr)
def test_other_entries_are_values_themselves(entry):
    assert axis_values(entry, "scale") is None


@pytest.mark.parametrize("values", [(1, 2, 1.0), ({"a": [1]}, {"a": [1]}), ("a", "a")])
def test_a_value_twice(values):
    with pytest.raises(InvalidConfigurationError, match=r"init\.scale has .* twice; remove one"):
        refuse_repeats(values, "init.scale")


@pytest.mark.parametrize(("entry", "named"), REFUSED.values(), ids=REFUSED)
def test_refusals_name_the_place_and_the_way_out(entry, named):
    with pytest.raises(InvalidConfigurationError) as refusal:
        axis_values(entry, "init.scale")
    message = str(refusal.value)
    assert message.startswith("configuration: init.scale")
    assert all(text in message for text in named), message


@given(st.sampled_from(["uniform", "loguniform", "integers"]), st.integers(1, 40), st.integers(1, 9))
def test_what_is_drawn_lies_between_and_is_drawn_again(law, low, count):
    entry = {"draw": law, "between": [low, low + 10], "count": count}
    drawn = axis_values(entry, "problem.noise")
    assert drawn == axis_values(entry, "problem.noise")
    assert len(set(drawn)) == count
    assert all(low <= value <= low + 10 for value in drawn)
    assert all(isinstance(value, int if law == "integers" else float) for value in drawn)
    # Another place draws other numbers: two axes do not go together by accident.
    assert law == "integers" or drawn != axis_values(entry, "init.scale")


def test_all_whole_numbers_may_be_drawn():
    assert sorted(axis_values({"draw": "integers", "between": [3, 7], "count": 5}, "seed")) == [3, 4, 5, 6, 7]


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9), st.integers(2, 50))
def test_logarithmic_axes_are_even_in_logarithms(first, last, count):
    if np.isclose(first, last, rtol=1e-6):
        return
    logs = np.log(axis_values({"logspace": [first, last], "count": count}, "scale"))
    assert np.allclose(logs, np.linspace(np.log(first), np.log(last), count), rtol=0, atol=1e-12)
