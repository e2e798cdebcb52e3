"""Texts of figures with their formulas as mathtext, which matplotlib draws by itself."""

from __future__ import annotations

import textwrap
from functools import cache

from matplotlib.mathtext import MathTextParser

from ridgeless._core.formulas import Fenced, Formula, Node, Root, Row, Symbol
from ridgeless._core.notation import formulas

_WIDE = "\N{NO-BREAK SPACE}"
_COMMANDS = {
    "‖": r"\Vert ",
    "⟨": r"\langle ",
    "⟩": r"\rangle ",
    "∘": r"\circ ",
    "·": r"\cdot ",
    "∗": r"\ast ",
    "′": r"\prime ",
    "…": r"\ldots ",
    "∞": r"\infty ",
    "Σ": r"\Sigma ",
    " ": r"\,",
    ",": r",\ ",
}


def typeset(text: str) -> str:
    """A text for matplotlib: formulas between dollars.

    Example:
        >>> typeset("gap, α^(1−h)")
        'gap, $α^{1−h}$'
    """
    return "".join(_formula(part) if isinstance(part, Formula) else _plain(part) for part in formulas(text))


def wrapped(text: str, width: int) -> str:
    """A typeset text on lines of at most so many letters, formulas counted as they were written."""
    return "\n".join(map(typeset, textwrap.wrap(text, width))) if text.strip() else text


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("$", r"\$")


def _formula(formula: Formula) -> str:
    told = f"${_row(formula.row)}$"
    # Letters of a user may be none that mathtext knows: a figure with them as they were written is better than none.
    return told if _can_be_drawn(told) else _plain(formula.source)


@cache
def _can_be_drawn(told: str) -> bool:
    try:
        MathTextParser("path").parse(told)
    except ValueError:
        return False
    return True


def _row(row: Row) -> str:
    return "".join(map(_node, row.parts))


def _node(node: Node) -> str:
    if isinstance(node, Symbol):
        return _symbol(node)
    if isinstance(node, Row):
        return _row(node)
    if isinstance(node, Root):
        return rf"\sqrt{{{_node(node.body)}}}"
    if isinstance(node, Fenced):
        return f"{_sign(node.opening)}{_row(node.body)}{_sign(node.closing)}"
    told = f"{{{_node(node.base)}}}" if isinstance(node.base, (Row, Fenced)) else _node(node.base)
    told += "" if node.lower is None else f"_{{{_node(node.lower)}}}"
    return told + ("" if node.upper is None else f"^{{{_node(node.upper)}}}")


def _sign(text: str) -> str:
    return _COMMANDS.get(text, text)


def _symbol(symbol: Symbol) -> str:
    if symbol.kind in ("function", "words"):
        return rf"\mathrm{{{symbol.text.replace(_WIDE, chr(92) + ' ')}}}"
    return _sign(symbol.text)
