"""Formulas of the manual as MathML, which browsers typeset by themselves: no script, no network."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

# Around a norm, and nowhere in this manual between two terms, where browsers would put blanks on both sides of it.
_BAR = re.compile("<mo([^>]*)>([|‖])</mo>")
# Bars and brackets grow by \left alone, as in LaTeX: with an index, the right one would not grow as the left one does.
_BRACKET = re.compile("<mo>([⟨⟩])</mo>")
# The index of a letter with a hat belongs beside it, not below it.
_ACCENTED = re.compile(r'<munderover> (<mi>\w</mi>) (.+?) (<mo stretchy="false">ˆ</mo>) </munderover>')
# log p needs a blank that log(p) does not.
_APPLIED = re.compile("(<mo>&ApplyFunction;</mo>)(?! <mo)")


def mathml(formula: str, as_block: bool = False) -> str:
    """A formula in LaTeX as MathML, with its LaTeX beside it for programs that know no MathML."""
    made = " ".join(tex2mathml(formula, as_block=as_block).split())
    made = _BAR.sub(r'<mo\1 lspace="0" rspace="0" stretchy="false">\2</mo>', made)
    made = _BRACKET.sub(r'<mo stretchy="false">\1</mo>', made)
    made = _ACCENTED.sub(r"<msub> <mover> \1 \3 </mover> \2 </msub>", made)
    made = _APPLIED.sub(r'\1<mspace width="0.17em"/>', made)
    return made.replace("<math ", f'<math alttext="{escape(formula)}" ', 1)


def _written(node: nodes.Element, as_block: bool) -> str:
    try:
        return mathml(node.astext(), as_block)
    except MathError as error:
        logging.getLogger(__name__).warning("%s: %s", node.astext(), error, location=node)
        return escape(node.astext())


def visit_inline(self: Any, node: nodes.math) -> None:
    """Write a formula within a line."""
    self.body.append(_written(node, as_block=False))
    raise nodes.SkipNode


def visit_block(self: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own."""
    self.body.append(f'<div class="formula">{_written(node, as_block=True)}</div>')
    raise nodes.SkipNode
