"""The report of a study as one HTML file: headline, table, figures with a paragraph each, provenance."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ridgeless.report._html import HtmlTable, definitions, document, inlined, provenance, table
from ridgeless.report._mathml import typeset

_WORDS = (
    ("scale", "how large the weights are when training starts; nothing else about a start changes along a row."),
    ("lazy, rich", "training from large weights barely moves them (lazy); from small ones it must build them (rich)."),
    ("gradient flow", "training with infinitely small steps, computed by an integrator of differential equations."),
    ("gradient descent", "training with finite steps, as it is done in practice."),
    ("limit", "where gradient flow ends, computed from the start and the data by a theorem, without training."),
    ("certificate", "a proof, without regard to how x was found, of how far x can be from that limit."),
)

_CSS = """\
.glance td:first-child { white-space: nowrap; }
.glance .scroll { margin-top: 0; }
.text p { margin: 0 0 .6rem; }
@media (min-width: 64rem) {
  .story { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 36rem); gap: 0 3rem; align-items: start; }
  .story > h2, .story > details { grid-column: 1 / -1; }
  .wide-story .text { columns: 2; column-gap: 3rem; margin-bottom: 1rem; }
}
"""


@dataclass(frozen=True)
class FigureSection:
    """A figure with its title and paragraph.

    Attributes:
        name: of the figure; prefix of the ids inside it.
        title: of the section.
        paragraph: what a reader should see.
        svg: the figure.
        is_wide: whether a narrow screen scrolls it sideways.
        details: a table to unfold, with its name; None: no table.
    """

    name: str
    title: str
    paragraph: str
    svg: str
    is_wide: bool = False
    details: tuple[str, HtmlTable] | None = None


def page(
    title: str,
    system: str,
    headline: str,
    glance: HtmlTable,
    sections: Sequence[FigureSection],
    manifest: Mapping[str, Any],
) -> str:
    """The whole report.

    Args:
        title: of the study.
        system: what was solved, in one line.
        headline: the study in three sentences.
        glance: the study in one table.
        sections: the figures in reading order.
        manifest: where the results come from: scalars, and mappings and lists of such.
    """
    body = [
        f"<h1>{html.escape(title)}</h1>",
        f'<p class="system">{html.escape(system)}</p>' if system else "",
        f'<div class="opening"><p class="headline">{typeset(headline)}</p>',
        f'<div class="glance">{table(glance)}',
        f"<details><summary>The words used here</summary>{definitions(_WORDS)}</details></div></div>",
        *map(_section, sections),
        provenance(manifest),
        "<footer>Written by ridgeless. The figures lie beside this page in figures/, as PNG and as SVG.</footer>",
    ]
    return document(title, body, _CSS)


def _section(section: FigureSection) -> str:
    figure = inlined(section.svg, section.name, section.title)
    kind = ' class="wide"' if section.is_wide else ""
    shape = "wide-story" if section.is_wide else "story"
    details = ""
    if section.details is not None:
        name, numbers = section.details
        details = f"<details><summary>{html.escape(name)}</summary>{table(numbers)}</details>"
    return (
        f'<section id="{section.name}" class="{shape}">\n<h2>{typeset(section.title)}</h2>\n'
        f'<div class="text">{_paragraphs(section.paragraph)}</div>\n'
        f"<figure{kind}>{figure}</figure>\n{details}</section>"
    )


def _paragraphs(text: str) -> str:
    """A paragraph for each line."""
    return "".join(f"<p>{typeset(line)}</p>" for line in text.split("\n"))
