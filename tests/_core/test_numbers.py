"""Numbers in words say what they stand for."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless._core.numbers import counted, decibel, listed, number, seconds

ASCII = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def read(text):
    """The number that a reader takes from the text."""
    if "10" in text and any(sign in text for sign in "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"):
        mantissa, _, power = text.rpartition("10")
        factor = mantissa.rstrip("·").translate(ASCII)
        return float({"": "1", "-": "-1"}.get(factor, factor)) * 10.0 ** float(power.translate(ASCII))
    return float(text.translate(ASCII))


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-300, max_value=1e300), st.booleans())
def test_a_number_reads_back_to_three_digits(size, is_negative):
    value = -size if is_negative else size
    assert read(number(value)) == pytest.approx(value, rel=0.0051)


@given(st.floats(min_value=1e-30, max_value=1e30))
def test_a_number_never_shows_program_notation(value):
    assert not set(number(value)) & set("e+-*")


@given(st.floats(min_value=1e-5, max_value=1e5))
def test_seconds_read_back(value):
    text, unit = seconds(value).split("\N{NO-BREAK SPACE}")
    assert float(text) * {"ms": 1e-3, "s": 1.0, "min": 60.0}[unit] == pytest.approx(value, rel=0.051)


def test_what_is_not_a_number_is_told():
    assert number(math.nan) == decibel(math.nan) == seconds(math.nan) == "not known"
    assert number(-math.inf) == "−∞"
    assert seconds(math.inf) == "∞"


def test_sentences_agree_with_their_amounts():
    assert counted(1, "cell was", "cells were") == "1 cell was"
    assert counted(2, "cell was", "cells were") == "2 cells were"
    assert listed([]) == ""
    assert listed(["a", "b", "c"]) == "a, b and c"
