"""The explorer inside the manual: its page is written when the manual is built, and shown in a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import ridgeless

# Beside the pages of the manual.
NAME = "explorer-page.html"


def write(app: Any, exception: Exception | None) -> None:
    """Write the page where the frame looks for it."""
    if exception is None and app.builder.format == "html":
        ridgeless.explore().save(Path(app.outdir) / NAME)


class Explorer(SphinxDirective):
    """The frame, and a link to the page alone."""

    def run(self) -> list[nodes.Node]:
        """The node of the frame."""
        frame = f'<iframe class="explorer" src="{NAME}" title="The explorer" loading="lazy"></iframe>'
        whole = f'<p><a href="{NAME}">Open the explorer on a page of its own.</a></p>'
        return [nodes.raw("", frame + whole, format="html")]
