"""Tables of words, which a telephone shows as one card a row: each cell then carries the name of its column."""

from __future__ import annotations

from typing import Any

from docutils import nodes

# From here on the cells of a row are too long to stand side by side on a telephone, in letters.
_LONG = 24
_FEW = 2
_PARTS = (nodes.thead, nodes.tbody)


def name_cells(app: Any, doctree: nodes.document, name: str) -> None:  # noqa: ARG001
    """Write the name of its column into each cell of a table of words; manual.css shows it on narrow screens only."""
    for table in doctree.findall(nodes.table):
        head, body = ([_cells(row) for part in table.findall(kind) for row in _rows(part)] for kind in _PARTS)
        if len(head) != 1 or not body or not _is_of_words(body):
            continue
        table["classes"].append("of-words")
        for row in body:
            for cell, column in zip(row, head[0], strict=False):
                _name(cell, column)


def _rows(part: nodes.Element) -> list[nodes.row]:
    return [each for each in part.children if isinstance(each, nodes.row)]


def _cells(row: nodes.row) -> list[nodes.entry]:
    return [each for each in row.children if isinstance(each, nodes.entry)]


def _is_of_words(body: list[list[nodes.entry]]) -> bool:
    """Whether there are more than two columns, and some cell beyond the first column is long."""
    return len(body[0]) > _FEW and any(len(cell.astext()) > _LONG for row in body for cell in row[1:])


def _name(cell: nodes.entry, column: nodes.entry) -> None:
    if not cell.astext().strip():
        cell["classes"].append("empty")
        return
    words = [each.deepcopy() for paragraph in column.findall(nodes.paragraph) for each in paragraph.children]
    for paragraph in list(cell.findall(nodes.paragraph))[:1]:
        paragraph.insert(0, nodes.inline("", "", *words, classes=["column-name"]))
