"""Texts of figures: formulas between dollars that matplotlib can draw, and every other letter as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from ridgeless.plots._mathtext import typeset, wrapped

SAMPLES = (
    *"aAxW_^()[]‖|²₁⁺ᵀ'*+−·/=≤,√∇Σ∫∞ℓαλ… $\\{}#%&~",
    "P_N W_1",
    "exp(−gain)",
    "x∞",
    "σ_min",
    "1e-6",
    "closed form",
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("scale α of the start", "scale $α$ of the start"),
        ("‖P_N W_1(0)‖", r"$\Vert P_{N}\,W_{1}(0)\Vert $"),
        ("‖A⁺b‖^(h/(h+1))", r"${\Vert A^{+}b\Vert }^{h/(h+1)}$"),
        ("held-out error; 1: no prediction", "held-out error; 1: no prediction"),
        ("costs $5", r"costs \$5"),
    ],
)
def test_formulas_become_mathtext(text, shown):
    assert typeset(text) == shown


@given(st.lists(st.sampled_from(SAMPLES), max_size=20).map("".join))
def test_whatever_comes_can_be_drawn(text):
    MathTextParser("path").parse(typeset(text))


def test_lines_are_wrapped_as_they_were_written():
    assert wrapped("the norm ‖x‖ at the end", 12).splitlines() == [r"the norm $\Vert x\Vert $", "at the end"]
    assert wrapped("", 5) == ""
