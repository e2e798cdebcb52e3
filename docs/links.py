"""Links from the list of references to the papers on arXiv."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

_NUMBER = re.compile(r"(arXiv:(\d{4}\.\d{4,5}))")


def link_papers(app: Any, doctree: nodes.document, name: str) -> None:  # noqa: ARG001
    """Make a link of every "arXiv:2002.09277" in the list of references."""
    for entry in list(doctree.findall(nodes.citation)):
        for text in list(entry.findall(nodes.Text)):
            if _NUMBER.search(text) and not isinstance(text.parent, nodes.reference):
                text.parent.replace(text, _linked(text))


def _linked(text: nodes.Text) -> list[nodes.Node]:
    before, mark, number, after = _NUMBER.split(text, maxsplit=1)
    link = nodes.reference("", mark, refuri=f"https://arxiv.org/abs/{number}", internal=False)
    return [nodes.Text(before), link, nodes.Text(after)]
