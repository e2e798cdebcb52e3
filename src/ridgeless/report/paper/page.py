"""The report of a reproduced paper as one HTML file: claims, measured numbers, figures, provenance."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from ridgeless._core import claims
from ridgeless._core.numbers import counted, listed, number
from ridgeless.report._html import HtmlTable, definitions, document, inlined, provenance, table
from ridgeless.report._mathml import typeset
from ridgeless.report.paper.claim_table import compact_rows
from ridgeless.report.paper.figures import left_out

_CSS = """\
.kicker { color: var(--soft); margin: 0; }
.standing { background: var(--tint); border-left: .25rem solid var(--link); padding: .6rem .9rem; margin: 0; }
.failed, .failed td { color: var(--cd55e00); font-weight: 600; }
.undecided, .undecided td { font-weight: 600; }
.contents { list-style: none; padding: 0; margin: 0 0 1rem; }
.contents li { margin: .3rem 0; }
.claims { margin: 1rem 0; }
.claims td.long { min-width: 0; }
.claims td:first-child { min-width: 9rem; overflow-wrap: anywhere; }
.claims td.long:not(:first-child) { white-space: nowrap; }
.claims td:last-child, .claims th:last-child { padding-right: 0; }
.exhibit { margin: 1.25rem 0 0; }
.exhibit figure { margin-top: .5rem; }
@media (min-width: 64rem) {
  .columns { columns: 2; column-gap: 3rem; }
  .columns > * { break-inside: avoid; margin: 0 0 1.25rem; }
  .columns > .claims { break-inside: auto; }
}
"""

_WORDS = (
    ("claim", "a statement of the paper, or of the theory behind it, as a number that must come out."),
    ("expected", "the number that the statement gives; after “at least” or “at most”, a bound."),
    ("measured", "the number that came out on this machine."),
    (
        "tolerance",
        "after ±, how far the measured number may lie from the expected one, or beyond a bound; within it the claim "
        "holds.",
    ),
    ("undecided", "the 95 % band reaches to both sides of the bound: this many random instances do not tell."),
    (
        "95 % band",
        "below a measured number: where it lies with 95 % confidence, judged from its spread over random instances; as "
        "one number and ± where the ends differ too little to be written out; none where no spread was taken.",
    ),
    (
        "mark, line, bar",
        "in a figure: what was measured, what the theory predicts, and 95 % bands of what was measured.",
    ),
)


@runtime_checkable
class Cited(Protocol):
    """The description of a paper that its page shows; `ridgeless.papers.Paper` has it.

    Attributes:
        key: its name on the command line.
        title: its title.
        citation: authors, year, where.
        standing: how the rerun relates to the paper's own experiments.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str]
    standing: ClassVar[str]


@dataclass(frozen=True)
class Picture:
    """A figure as it was drawn: its name, which is that of its files, and its SVG."""

    name: str
    svg: str


def paper_page(
    paper: Cited,
    sections: Sequence[claims.Section],
    pictures: Sequence[Sequence[Picture]],
    manifest: Mapping[str, Any],
) -> str:
    """The whole page.

    Args:
        paper: title, citation and standing.
        sections: the experiments.
        pictures: for each section, its figures as drawn.
        manifest: where the numbers come from; its `tier` and `seeds` are told beside the claims.
    """
    anchors = slugs([section.name for section in sections], taken=("provenance",))
    body = [
        '<p class="kicker">The claims of a paper, computed anew</p>',
        f"<h1>{html.escape(paper.title)}</h1>",
        f'<p class="system">{html.escape(paper.citation)}</p>',
        f'<div class="opening"><div><p class="standing">{typeset(paper.standing)}</p>',
        f"<details><summary>How to read this page</summary>{definitions(_WORDS)}</details></div>",
        f'<div><p class="headline">{html.escape(_headline(sections, manifest))}</p>',
        f"{_contents(sections, anchors)}</div></div>",
        _open_claims(sections),
        *map(_section, sections, anchors, pictures),
        provenance(manifest),
        "<footer>Written by ridgeless. Beside this page lie the figures, in figures/ as PNG and as SVG, the claims in "
        "claims.json, and what made them in manifest.json.</footer>",
    ]
    return document(f"{paper.title}, computed anew", body, _CSS)


def slugs(names: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """Names fit for files and anchors: lower case, no two alike, none of those taken.

    Example:
        >>> slugs(["E1", "Scale & depth", "E1", "‖x‖"])
        ['e1', 'scale-depth', 'e1-2', 'x']
    """
    made: list[str] = []
    for name in names:
        base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "section"
        slug, number_of_slug = base, 1
        while slug in made or slug in taken:
            number_of_slug += 1
            slug = f"{base}-{number_of_slug}"
        made.append(slug)
    return made


def _headline(sections: Sequence[claims.Section], manifest: Mapping[str, Any]) -> str:
    every = [claim.verdict for section in sections for claim in section.claims]
    held, failed, undecided = (every.count(verdict) for verdict in ("passed", "failed", "undecided"))
    made = f"{counted(len(sections), 'experiment')}, {counted(len(every), 'claim')}"
    amount = counted(manifest["seeds"], "random instance")
    drawn = f"The tier is {manifest['tier']}; statistics are taken over {amount}, unless a section says otherwise."
    if not every:
        return f"{made}. {drawn}"
    if held == len(every):
        return f"{made}: {'it holds' if len(every) == 1 else 'all of them hold'}. {drawn}"
    parts = [f"{held} {_verb(held, 'hold')}"]
    parts += [f"{failed} {_verb(failed, 'fail')}"] if failed else []
    parts += [f"{undecided} {'is' if undecided == 1 else 'are'} undecided"] if undecided else []
    return f"{made}: {listed(parts)}. What does not hold is listed below. {drawn}"


def _verb(amount: int, verb: str) -> str:
    return f"{verb}s" if amount == 1 else verb


def _contents(sections: Sequence[claims.Section], anchors: Sequence[str]) -> str:
    """The experiments, each with how its claims ended."""
    lines = []
    for section, anchor in zip(sections, anchors, strict=True):
        verdicts, amount = [claim.verdict for claim in section.claims], len(section.claims)
        passed, undecided = verdicts.count("passed"), verdicts.count("undecided")
        outcome = f"{passed} of {counted(amount, 'claim')} {_verb(passed, 'hold')}"
        outcome += f", {undecided} undecided" if undecided else ""
        kind = ' class="failed"' if "failed" in verdicts else ' class="undecided"' if undecided else ""
        told = f" – <span{kind}>{outcome}</span>" if amount else ""
        lines.append(f'<li><a href="#{anchor}">{typeset(_heading(section))}</a>{told}</li>')
    return f'<ul class="contents">{"".join(lines)}</ul>'


def _heading(section: claims.Section) -> str:
    return f"{section.name} · {section.title}"


def _open_claims(sections: Sequence[claims.Section]) -> str:
    """The table of the claims that fail or are undecided; every other claim stands in its section alone."""
    found = [(section.name, claim) for section in sections for claim in section.claims if not claim.passed]
    head, rows = compact_rows([claim for _, claim in found])
    told = tuple((f"{name}: {row[0]}", *row[1:]) for (name, _), row in zip(found, rows, strict=True))
    drawn = table(HtmlTable(head, told, _marked([claim for _, claim in found])))
    return f'<h3>Claims that do not hold</h3>\n<div class="claims all">{drawn}</div>' if told else ""


def _own_claims(section: claims.Section) -> str:
    head, rows = compact_rows(section.claims)
    found = table(HtmlTable(head, rows, _marked(section.claims)))
    return f'<div class="claims own">{found}</div>' if section.claims else ""


def _marked(found: Sequence[claims.Claim]) -> dict[int, str]:
    """The rows of the claims that do not hold, each with its verdict."""
    return {index: claim.verdict for index, claim in enumerate(found) if not claim.passed}


def _section(section: claims.Section, anchor: str, pictures: Sequence[Picture]) -> str:
    """Side by side where the screen is wide: the browser makes two columns of equal height."""
    parts = [
        f'<section id="{anchor}">\n<h2>{typeset(_heading(section))}</h2>\n<div class="columns">',
        _paragraphs(section.paragraph),
        _own_claims(section),
        *map(_figure, section.figures, pictures),
        *map(_table, section.tables),
        "</div></section>",
    ]
    return "\n".join(part for part in parts if part)


def _paragraphs(text: str) -> str:
    """A paragraph for each part between blank lines."""
    return "\n".join(f"<p>{typeset(part.strip())}</p>" for part in re.split(r"\n\s*\n", text) if part.strip())


def _figure(figure: claims.Figure, picture: Picture) -> str:
    missing = left_out(figure)
    verb = "is" if missing == 1 else "are"
    reason = "not finite, or not positive where an axis is logarithmic"
    note = f"<p>{counted(missing, 'measured point')} {verb} not drawn: {reason}.</p>" if missing else ""
    drawn = inlined(picture.svg, picture.name, figure.title)
    told = f"<h3>{typeset(figure.title)}</h3>\n{_paragraphs(figure.paragraph)}\n{note}"
    return f'<div class="exhibit">{told}<figure>{drawn}</figure></div>'


def _table(content: claims.Table) -> str:
    rows = tuple(tuple(map(_text, row)) for row in content.rows)
    drawn = table(HtmlTable(content.header, rows))
    told = f"<h3>{typeset(content.title)}</h3>\n{_paragraphs(content.paragraph)}"
    return f'<div class="exhibit">{told}\n{drawn}</div>'


def _text(cell: Any) -> str:
    """A cell as people write it: numbers to three digits, yes or no, nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, (bool, np.bool_)):
        return "yes" if cell else "no"
    return number(float(cell)) if isinstance(cell, (float, np.floating)) else str(cell)
