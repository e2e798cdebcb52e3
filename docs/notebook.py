"""Pages of the manual as notebooks: what a ```python block prints and draws stands below it.

myst-nb reads pages with `read`.
"""

from __future__ import annotations

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from reader import BLOCK, fingerprint, setup_of, uses


def read(text: str) -> NotebookNode:
    """The notebook of a page: its ```python blocks are code cells, and all between them is Markdown.

    The A and b that it takes for granted stand, folded, before the first block that uses them.
    """
    pieces = BLOCK.split(text)
    quiet, given = _quiet(), setup_of(text)
    cells: list[NotebookNode] = []
    for index, piece in enumerate(pieces):
        if index % 2:
            if quiet:
                cells.append(new_code_cell(quiet, metadata={"tags": ["remove-cell"]}))
                quiet = ""
            if given and uses(piece):
                cells.append(new_code_cell(given, metadata={"tags": ["hide-cell"]}))
                given = ""
            cells.append(new_code_cell(piece.rstrip("\n")))
        elif piece.strip() or not index:
            cells.append(new_markdown_cell(piece))
    for cell in cells:
        cell.pop("id", None)  # drawn anew each time; a page that has not changed is to be the same
    mode = {} if len(pieces) > 1 else {"mystnb": {"execution_mode": "off"}}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python", "pygments_lexer": "python"}, **mode}
    return new_notebook(cells=cells, metadata=nbformat.from_dict(metadata), nbformat_minor=4)


def _quiet() -> str:
    """What runs unseen before the first block: pictures as SVG, no progress, no cached output of other code."""
    return (
        f"# {fingerprint()}\n"
        "from IPython.core.pylabtools import select_figure_formats\n"
        "select_figure_formats(get_ipython(), {'svg'})\n"
        "import logging\n"
        "logging.getLogger('ridgeless').setLevel(logging.WARNING)\n"
    )
