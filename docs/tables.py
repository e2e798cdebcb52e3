"""Tables of words, which a telephone shows as one card a row: each cell then carries the name of its column."""

from __future__ import annotations

from typing import Any

from docutils import nodes

# From here on the cells of a row are too long to stand side by side on a telephone, in letters.
_LONG = 24
_FEW = 2


def name_cells(app: Any, doctree: nodes.document, name: str) -> None:  # noqa: ARG001
    """Write the name of its column into each cell of a table of words; manual.css shows it on narrow screens only."""
    for table in doctree.findall(nodes.table):
        (group,) = table.findall(nodes.tgroup)
        heads, bodies = list(group.findall(nodes.thead)), list(group.findall(nodes.tbody))
        if len(heads) != 1 or len(heads[0]) != 1 or not _is_of_words(bodies[0]):
            continue
        table["classes"].append("of-words")
        for row in bodies[0]:
            for cell, head in zip(row, heads[0][0], strict=True):
                _name(cell, head)


def _is_of_words(body: nodes.Element) -> bool:
    """Whether there are more than two columns, and some cell beyond the first column is long."""
    cells = [cell.astext() for row in body for cell in row[1:]]
    return len(body[0]) > _FEW and any(len(text) > _LONG for text in cells)


def _name(cell: nodes.Element, head: nodes.Element) -> None:
    if not cell.astext().strip():
        cell["classes"].append("empty")
        return
    written = [each.deepcopy() for paragraph in head for each in paragraph]
    if written:
        cell[0].insert(0, nodes.inline("", "", *written, classes=["column-name"]))
