"""Formulas keep their letters: one that begins a docstring is not capitalised as a sentence is."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("src", "tests", "benchmarks", "examples")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
# A lone capital before an operator, a bracket or a function; or before a word, as in "x by Newton's method".
OPERATOR = r" ?[=≤≥∈∝≈·+−∘/]|\(|\^| (?:sinh|cosh|exp|log)\b"
BEGINNING = re.compile(rf"([A-Z])(?:[₀-₉⁺⁻']|_\w)?(?:{OPERATOR})|([B-HJ-Z]) (?:by|along|at|of|in|for|from)\b")
# What `Network.tangent_metric` is called in every network.
KNOWN = {"M"}


def capitalised(source, names_count=False):
    """First lines of docstrings whose leading capital is a symbol nowhere else in the docstrings of the file.

    Tests and examples say their symbols in code: there the names of variables count too.
    """
    tree = ast.parse(source)
    nodes = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node)
    ]
    texts = [ast.get_docstring(node) for node in nodes]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} if names_count else set()
    found = []
    for place, text in enumerate(texts):
        start = BEGINNING.match(text)
        symbol = None if start is None else start[1] or start[2]
        if symbol is None or symbol in KNOWN | names:
            continue
        others = " ".join([*texts[:place], *texts[place + 1 :], text[1:]])
        if not re.search(rf"(?<![A-Za-z]){symbol}(?![a-z])", others):
            found.append(text.splitlines()[0])
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_formula_is_capitalised(path):
    assert capitalised(path.read_text(encoding="utf-8"), names_count=path.relative_to(ROOT).parts[0] != "src") == []


@pytest.mark.parametrize(
    "line",
    [
        "K sinh(c z).",
        "S = φ'(ρ)².",
        "X = Σ ± X_j for x.",
        "Q(x), for complex x as well.",
        "R along a change of b that x can follow.",
        "X by damped Newton on the dual.",
    ],
)
def test_a_formula_that_is_capitalised_is_seen(line):
    is_seen = capitalised(f'def f():\n    """{line}"""\n') != []
    assert is_seen is ("X_j" not in line)


def test_a_symbol_of_the_code_is_no_capitalised_formula():
    source = 'def f(A):\n    """R along a change of b."""\n    R = A\n    return R\n'
    assert capitalised(source) != []
    assert capitalised(source, names_count=True) == []
