"""Formulas are found in running text: where they begin and end, what they are made of, and that no letter is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless._core.formulas import Fenced, Formula, Root, Row, Scripts, Symbol
from ridgeless._core.notation import formulas

ALPHABET = "aAIxbuvWPNhDk_^(){}[]‖|⟨⟩²₁⁺ᵀ′'*+−·/=≤,.;:√∇Σ∫∞ℓαβ λησ… 0123e-\"`\n"
PHRASES = (
    "log gap",
    "P_N W_1",
    "exp(−gain)",
    "‖x∞ − A⁺b‖",
    "e^(−2σ_min(A)²μt)",
    "a step",
    "A x = b",
    "1e-6",
    "step_size=0.1",
)


def found(text):
    return [part.source for part in formulas(text) if isinstance(part, Formula)]


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("One layer: A step multiplies v by 1 − ηg, g a combination", ["v", "1 − ηg", "g"]),
        ("A x = b asks for 3 unknowns; what A does not see", ["A x = b", "A"]),
        ("Let N = P_N W. If N w = 0 then N (P_A W)ᵀ = 0", ["N = P_N W", "N w = 0", "N", "(P_A W)ᵀ = 0"]),
        ("fast as L(0)·e^(−2σ_min(A)²μt): a rate", ["L(0)·e^(−2σ_min(A)²μt)"]),
        ("slope of log gap against log ‖P_N W_1(0)‖", ["log ‖P_N W_1(0)‖"]),
        ("‖last saddle‖₁ over the least ℓ1 norm, less 1", ["‖last saddle‖₁", "ℓ1"]),
        ("from B. subtilis, x's end; p' = −(g + λ)p", ["p' = −(g + λ)p"]),
        ("h(s) = (1 − s)^(−D/(D−2)), in steps", ["h(s) = (1 − s)^(−D/(D−2))"]),
        ("by rl.predict with step_size=0.1, E1, 95 % (median), ±1", []),
        ("c² = ½(s² + √(s⁴ + 4‖A⁺b‖²)) at 2/λ_max a step", ["c² = ½(s² + √(s⁴ + 4‖A⁺b‖²))", "2/λ_max"]),
        ("(W, w) and N(0, α²/m), width m", ["(W, w)", "N(0, α²/m)", "m"]),
        ("‖P_N W_1(end)‖/‖P_N W_1(0)‖ over (1 − ηλ)^k", ["‖P_N W_1(end)‖/‖P_N W_1(0)‖", "(1 − ηλ)^k"]),
        ("revision 6e611f6, arXiv 2105.06351, `u^D` in code", []),
        ("", []),
    ],
)
def test_what_is_a_formula(text, sources):
    assert found(text) == sources


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("W_1", Scripts(Symbol("W", "variable"), lower=Symbol("1", "number"))),
        ("x*", Scripts(Symbol("x", "variable"), upper=Symbol("∗", "operator"))),
        ("x∞", Scripts(Symbol("x", "variable"), lower=Symbol("∞", "number"))),
        ("u^D", Scripts(Symbol("u", "variable"), upper=Symbol("D", "variable"))),
        ("σ_min²", Scripts(Symbol("σ", "variable"), Symbol("min", "words"), Symbol("2", "number"))),
        ("√n", Root(Symbol("n", "variable"))),
        ("‖x‖", Fenced("‖", Row((Symbol("x", "variable"),)), "‖")),
    ],
)
def test_what_a_formula_is_made_of(text, tree):
    (formula,) = formulas(text)
    assert formula == Formula(Row((tree,)), text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("at 1e-06 of it", "at 10⁻⁶ of it"), ("2.5e-3", "2.5·10⁻³"), ("1e80 and 12e3x", "10⁸⁰ and 12e3x")],
)
def test_powers_of_ten_are_written_out(text, shown):
    assert "".join(formulas(text)) == shown


def letters(node):
    """What a tree shows, in order."""
    if isinstance(node, Symbol):
        return node.text
    if isinstance(node, Row):
        return "".join(map(letters, node.parts))
    if isinstance(node, Root):
        return "√" + letters(node.body)
    if isinstance(node, Fenced):
        return node.opening + letters(node.body) + node.closing
    return "".join(letters(each) for each in (node.base, node.lower, node.upper) if each is not None)


def bare(text):
    """Sorted letters and digits; scripts count as what they raise, and a lower one may follow an upper one."""
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀⁿ₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+−Tn0123456789+−")
    return sorted(re.sub(r"[^\w+−]|_", "", text.translate(raised)))


@given(st.lists(st.sampled_from([*ALPHABET, *PHRASES]), max_size=25).map("".join))
def test_any_text_is_read_without_loss(text):
    parts = formulas(text)
    sources = [part if isinstance(part, str) else part.source for part in parts]
    has_powers = re.search(r"\de[+-]?\d", text)
    if not has_powers:
        assert "".join(sources) == text
    for part in parts:
        if isinstance(part, Formula) and not has_powers:
            assert bare(letters(part.row)) == bare(part.source)
