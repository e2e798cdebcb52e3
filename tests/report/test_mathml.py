"""Texts of pages: well-formed MathML for formulas, code for what stands between backticks, all else escaped."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.report._mathml import typeset

KNOWN = {"math", "mi", "mn", "mo", "mtext", "mspace", "mrow", "msub", "msup", "msubsup", "msqrt", "code", "p"}
CHILDREN = {"msub": 2, "msup": 2, "msubsup": 3}
SAMPLES = (*"aAxW_^()[]‖|²₁⁺ᵀ'*+−·/=≤,.√∇Σ∫∞ℓαλ… <>&\"`", "P_N W_1", "exp(−gain)", "x∞", "σ_min", "1e-6", "closed form")


def parsed(text):
    return ET.fromstring(f"<p>{typeset(text).replace('&#8288;', '')}</p>")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("W_1", "<math><msub><mi>W</mi><mn>1</mn></msub></math>"),
        ("u < v & `u^D`", "<math><mi>u</mi><mo>&lt;</mo><mi>v</mi></math> &amp; <code>u^D</code>"),
        ("2σ_min²", "<math><mn>2</mn><msubsup><mi>σ</mi><mtext>min</mtext><mn>2</mn></msubsup></math>"),
    ],
)
def test_formulas_become_mathml(text, shown):
    assert typeset(text) == shown


def test_a_long_formula_can_break_before_a_relation_and_a_short_one_stays_whole():
    assert typeset("x = u").count("<math>") == 1
    long = typeset("W = A⁺b·wᵀ/‖w‖² = M")
    assert long.count("<math>") == 3
    assert long.count('<mo form="infix" lspace="0" rspace=".25em">=</mo>') == 2


def test_no_line_breaks_before_a_mark():
    assert typeset("the end x, and w.") == "the end <math><mi>x</mi></math>&#8288;, and <math><mi>w</mi></math>&#8288;."


@given(st.lists(st.sampled_from(SAMPLES), max_size=20).map("".join))
def test_whatever_comes_is_well_formed(text):
    page = parsed(text)
    assert {element.tag for element in page.iter()} <= KNOWN
    for element in page.iter():
        assert len(element) == CHILDREN.get(element.tag, len(element))
        assert element.tag != "math" or len(element) > 0
