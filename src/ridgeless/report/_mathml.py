"""Texts as HTML with their formulas as MathML, which browsers draw without a script."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from ridgeless._core.formulas import Fenced, Formula, Node, Root, Row, Symbol
from ridgeless._core.notation import formulas

# A formula of more letters than these may break before a relation, and a long one before a plus or a minus, too.
_SHORT, _LONG = 12, 24
_THIN = '<mspace width=".12em"/>'
# What browsers would set apart from its neighbours.
_TIGHT = "/∇Σ∫∂…"
# Letters in the italics of a text font: few machines have a font of mathematical letters, and theirs differ.
MATH_CSS = """\
math { font-family: "STIX Two Text", Cambria, "Times New Roman", "Liberation Serif", serif; font-size: 1.06em; }
math mi { text-transform: none; font-style: italic; }
math mi.name { font-style: normal; }
"""


def typeset(text: str) -> str:
    """A text as HTML: formulas as MathML, what stands between backticks as code, all else escaped.

    Example:
        >>> typeset("the gap & α^(1−h)")
        'the gap &amp; <math><msup><mi>α</mi><mrow><mn>1</mn><mo>−</mo><mi>h</mi></mrow></msup></math>'
    """
    parts = (_formula(part) if isinstance(part, Formula) else _plain(part) for part in formulas(text))
    # No line breaks between a formula and the mark after it.
    return re.sub(r"(?<=</math>)(?=[,.:;)’”])", "&#8288;", "".join(parts))


def _plain(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text))


def _formula(formula: Formula) -> str:
    """One element for each part between two relations, so that a line may break there."""
    first, *others = _chunks(formula)
    rows = ["".join(map(_node, first)), *(f"{_joint(part[0])}{''.join(map(_node, part[1:]))}" for part in others)]
    return " ".join(f"<math>{row}</math>" for row in rows)


def _joint(operator: Node) -> str:
    """The operator that an element begins with: it stands between two sides, and a blank is before it."""
    text = html.escape(operator.text) if isinstance(operator, Symbol) else ""
    return f'<mo form="infix" lspace="0" rspace=".25em">{text}</mo>'


def _chunks(formula: Formula) -> Iterator[list[Node]]:
    length = len(formula.source)
    breaks = ("relation", "operator") if length > _LONG else ("relation",) if length > _SHORT else ()
    chunk: list[Node] = []
    for index, node in enumerate(formula.row.parts):
        is_break = isinstance(node, Symbol) and node.kind in breaks and (node.kind == "relation" or node.text in "+−")
        is_sign = index == 0 or _is_operator(formula.row.parts[index - 1])
        if is_break and not is_sign and chunk:
            yield chunk
            chunk = []
        chunk.append(node)
    yield chunk


def _is_operator(node: Node) -> bool:
    return isinstance(node, Symbol) and node.kind in ("operator", "relation")


def _node(node: Node) -> str:
    if isinstance(node, Symbol):
        return _symbol(node)
    if isinstance(node, Row):
        return "".join(map(_node, node.parts))
    if isinstance(node, Root):
        return f"<msqrt>{_node(node.body)}</msqrt>"
    if isinstance(node, Fenced):
        return f"{_fence(node.opening, 'prefix')}{_node(node.body)}{_fence(node.closing, 'postfix')}"
    scripts = [script for script in (node.lower, node.upper) if script is not None]
    name = "msubsup" if len(scripts) == 2 else "msub" if node.upper is None else "msup"
    return f"<{name}>{''.join(map(_grouped, (node.base, *scripts)))}</{name}>"


def _grouped(node: Node) -> str:
    """One element, whatever it is made of."""
    return f"<mrow>{_node(node)}</mrow>" if isinstance(node, (Row, Fenced)) else _node(node)


def _fence(bracket: str, form: str) -> str:
    return f'<mo form="{form}" stretchy="false">{bracket}</mo>'


def _symbol(symbol: Symbol) -> str:
    text = html.escape(symbol.text)
    if symbol.kind == "variable":
        return f"<mi>{text}</mi>"
    if symbol.kind == "function":
        return f'<mi class="name">{text}</mi>'
    if symbol.kind == "number":
        return f"<mn>{text}</mn>"
    if symbol.kind == "words":
        return f"<mtext>{text}</mtext>"
    if text == " ":
        return _THIN
    return f'<mo lspace="0" rspace="0">{text}</mo>' if text in _TIGHT else f"<mo>{text}</mo>"
