"""The explorer inside the manual: its page is written when the manual is built, and shown in a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import ridgeless

# Beside the pages of the manual.
NAME = "explorer-page.html"


def system() -> ridgeless.LinearSystem:
    """What the explorer of the manual shows first: 40 equations, 200 unknowns, six of them not 0."""
    rng = np.random.default_rng(16)
    A, truth = rng.standard_normal((40, 200)) / np.sqrt(40), np.zeros(200)
    truth[rng.choice(200, 6, replace=False)] = 1.0, -1.5, 2.0, -0.5, 0.8, -1.2
    return ridgeless.LinearSystem(A, A @ truth, truth=truth, name="40 equations, 200 unknowns")


def is_there() -> bool:
    """Whether this version of the package has an explorer."""
    return hasattr(ridgeless, "explore")


def write(app: Any, exception: Exception | None) -> None:
    """Write the page where the frame looks for it."""
    if exception is None and app.builder.format == "html" and is_there():
        ridgeless.explore(system()).save(Path(app.outdir) / NAME)


class Explorer(SphinxDirective):
    """The frame, or, in a version without an explorer, a sentence that says so."""

    def run(self) -> list[nodes.Node]:
        """The node of the frame."""
        if is_there():
            frame = f'<iframe class="explorer" src="{NAME}" title="The explorer" loading="lazy"></iframe>'
            whole = f'<p><a href="{NAME}">Open the explorer on a page of its own.</a></p>'
            return [nodes.raw("", frame + whole, format="html")]
        return [nodes.note("", nodes.paragraph("", "This version of the package has no explorer yet."))]
