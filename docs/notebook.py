"""Pages of the manual as notebooks: what a ```python block prints and draws stands below it.

`read` is what myst-nb reads pages with; `setup_of` and `READER` are what `tests/test_docs.py` runs the same blocks with.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

import nbformat
import ridgeless
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

# What a reader has at hand: an A and a b of one's own.
READER = """\
import numpy as np

rng = np.random.default_rng(0)
A = rng.standard_normal((8, 20))
b = A[:, 3] - 2 * A[:, 14]
"""

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ASSIGNED = re.compile(r"^(?:A|b)(?:, \w+)* = |^A\b.*, b = ", re.MULTILINE)


def setup_of(text: str) -> str:
    """The code that a page takes for granted: A and b, unless its first use of them makes them, or it has none."""
    code = "".join(_BLOCK.findall(text))
    used = re.search(r"\b[Ab]\b(?!=)", re.sub(r"#.*|\"[^\"\n]*\"", "", code))
    return READER if used and not _ASSIGNED.search(code) else ""


def read(text: str) -> NotebookNode:
    """The notebook of a page: its ```python blocks are code cells, and all between them is Markdown."""
    pieces = _BLOCK.split(text)
    setup = [new_code_cell(_quiet(), metadata={"tags": ["remove-cell"]})]
    if given := setup_of(text):
        setup.append(new_code_cell(given, metadata={"tags": ["hide-cell"]}))
    cells, line = [], 0
    for index, piece in enumerate(pieces):
        if index % 2:
            cells += [*setup, new_code_cell(piece.rstrip("\n"))]
            setup, line = [], line + piece.count("\n") + 2
        elif piece.strip() or not index:
            cells.append(new_markdown_cell(piece))
            line += piece.count("\n")
    for cell in cells:
        cell.pop("id", None)  # drawn anew each time; a page that has not changed is to be the same
    mode = {} if len(pieces) > 1 else {"mystnb": {"execution_mode": "off"}}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python", "pygments_lexer": "python"}, **mode}
    return new_notebook(cells=cells, metadata=nbformat.from_dict(metadata), nbformat_minor=4)


def _quiet() -> str:
    """What runs unseen before the first block: pictures as SVG, and no cached output of another version of the code."""
    return (
        f"# {_version()}\n"
        "from IPython.core.pylabtools import select_figure_formats\n"
        "select_figure_formats(get_ipython(), {'svg'})\n"
    )


@cache
def _version() -> str:
    """A hash of the whole package, so that a page is run again when anything changed that it may show."""
    found = hashlib.sha256()
    for path in sorted(Path(ridgeless.__file__).parent.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]
