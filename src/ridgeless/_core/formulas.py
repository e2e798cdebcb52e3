"""Formulas as trees, which pages draw as MathML and figures as mathtext."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["variable", "number", "function", "operator", "relation", "mark", "words"]


@dataclass(frozen=True)
class Symbol:
    """A letter, a number, the name of a function, an operator, a mark (comma, ellipsis), or words within bars."""

    text: str
    kind: Kind


@dataclass(frozen=True)
class Row:
    """Parts side by side."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Scripts:
    """A base with a subscript, a superscript, or both; a superscript keeps the order in which it was written."""

    base: Node
    lower: Node | None = None
    upper: Node | None = None


@dataclass(frozen=True)
class Fenced:
    """A row between brackets or bars."""

    opening: str
    body: Row
    closing: str


@dataclass(frozen=True)
class Root:
    """A square root."""

    body: Node


Node = Symbol | Row | Scripts | Fenced | Root


@dataclass(frozen=True)
class Formula:
    """A formula of a text: the tree, and the characters that it was read from."""

    row: Row
    source: str


def has_letter(node: Node | None) -> bool:
    """Whether there is more in a tree than numbers and words, which text shows as well.

    Example:
        >>> has_letter(Symbol("α", "variable")), has_letter(Row((Symbol("2", "number"), Symbol("trained", "words"))))
        (True, False)
    """
    if isinstance(node, Symbol):
        return node.kind == "variable" or node.text in ("∇", "∫", "Σ")
    if isinstance(node, Row):
        return any(map(has_letter, node.parts))
    if isinstance(node, Scripts):
        return any(map(has_letter, (node.base, node.lower, node.upper)))
    return isinstance(node, Root) or (isinstance(node, Fenced) and (node.opening in "‖|" or has_letter(node.body)))
