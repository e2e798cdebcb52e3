"""Formulas keep their letters: one that begins a docstring is not capitalised as a sentence is."""

import ast
import re
from pathlib import Path

import pytest

SOURCES = sorted((Path(__file__).parents[1] / "src").rglob("*.py"))
# A lone capital before an operator, a bracket or a function.
BEGINNING = re.compile(r"([A-Z])(?:[₀-₉⁺⁻']|_\w)?(?: ?[=≤≥∈∝≈·+−∘/]|\(|\^| (?:sinh|cosh|exp|log)\b)")
# What `Network.tangent_metric` is called in every network.
KNOWN = {"M"}


def capitalised(source):
    """First lines of docstrings whose leading capital is a symbol nowhere else in the docstrings of the file."""
    nodes = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node)
    ]
    texts = [ast.get_docstring(node) for node in nodes]
    found = []
    for place, text in enumerate(texts):
        start = BEGINNING.match(text)
        if start is None or start[1] in KNOWN:
            continue
        others = " ".join([*texts[:place], *texts[place + 1 :], text[start.end(1) :]])
        if not re.search(rf"(?<![A-Za-z]){start[1]}(?![a-z])", others):
            found.append(text.splitlines()[0])
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: "/".join(path.parts[path.parts.index("ridgeless") :]))
def test_no_formula_is_capitalised(path):
    assert capitalised(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("line", ["K sinh(c z).", "S = φ'(ρ)².", "X = Σ ± X_j for x.", "Q(x), for complex x as well."])
def test_a_formula_that_is_capitalised_is_seen(line):
    is_seen = capitalised(f'def f():\n    """{line}"""\n') != []
    assert is_seen is ("X_j" not in line)
