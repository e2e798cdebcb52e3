"""HTML elements of report pages: one file each, with style and figures inlined, no script and no network access."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ridgeless.plots import _style
from ridgeless.report._mathml import MATH_CSS, typeset

# Nine points, the size of labels in figures, become those of small print; a figure without a width is as wide as text.
_REM_PER_POINT, _WIDEST = 0.112, 44.0
# Letters of a cell that stays on one line.
_SHORT = 16


@dataclass(frozen=True)
class HtmlTable:
    """A table of texts: its head, rows of as many cells, and a class for each row, by its number, that stands out."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: Mapping[int, str] = field(default_factory=dict)


def _variable(colour: str) -> str:
    return f"--c{colour.removeprefix('#')}"


_COLOURS = {_variable(light): (light, dark) for light, dark in _style.ON_DARK.items()} | {
    "--soft": ("#5b5e66", "#a9acb5"),
    "--tint": ("#f3f4f6", "#22252b"),
    "--link": ("#0072b2", "#56b4e9"),
}
_LIGHT = " ".join(f"{name}: {light};" for name, (light, _) in _COLOURS.items())
_DARK = " ".join(f"{name}: {dark};" for name, (_, dark) in _COLOURS.items())
_NAMES = " ".join(
    f"--{name}: var({_variable(colour)});"
    for name, colour in (("ink", _style.INK), ("paper", _style.PAPER), ("grid", _style.GRID))
)
_CSS = (
    f"""
:root {{ color-scheme: light dark; {_NAMES} }}
:root {{ {_LIGHT} }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
@media print {{ :root {{ color-scheme: light; }} }}
"""
    + """\
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI",
  Roboto, "Helvetica Neue", Arial, sans-serif; -webkit-text-size-adjust: 100%; }
main { max-width: 80rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; max-width: 60rem; text-wrap: balance; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .5rem; text-wrap: balance; }
h3 { font-size: 1rem; line-height: 1.3; margin: 0 0 .25rem; }
p, dl, ul { max-width: 44rem; }
a { color: var(--link); }
code { font-size: .9em; }
section { margin-top: 2.25rem; padding-top: 1.5rem; border-top: 1px solid var(--grid); }
.opening { display: grid; gap: 1rem 3rem; }
.opening > * { min-width: 0; }
.system { color: var(--soft); margin: 0 0 1.25rem; overflow-wrap: anywhere; }
.headline { font-size: 1.15rem; line-height: 1.5; margin-top: 0; }
figure { margin: 0; }
figure svg { display: block; width: 100%; height: auto; }
.wide { overflow-x: auto; }
.wide svg { min-width: 46rem; }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
td.short { white-space: nowrap; }
td.long { min-width: 9rem; }
td small { display: block; color: var(--soft); font-weight: 400; }
dt { font-weight: 600; margin-top: .5rem; }
dd { margin: 0; color: var(--soft); }
details { margin: .75rem 0; }
summary { cursor: pointer; color: var(--link); }
pre { background: var(--tint); padding: .75rem; overflow-x: auto; font-size: .8rem; line-height: 1.4; }
footer { color: var(--soft); font-size: .875rem; margin-top: 3rem; }
@media (min-width: 64rem) {
  .opening { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); align-items: start; }
  .facts { columns: 2; column-gap: 3rem; }
  .facts > * { break-inside: avoid; margin-top: 0; }
}
@media print {
  main { max-width: none; padding: 0; }
  body { font-size: 10pt; }
  figure, tr, p { break-inside: avoid; }
  h2, h2 + p { break-after: avoid; }
  .wide svg { min-width: 0; }
}
"""
    + MATH_CSS
)


def document(title: str, parts: Iterable[str], more_css: str = "") -> str:
    """The page that holds these elements; empty ones are left out."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)} · ridgeless</title>\n<style>{_CSS}{more_css}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def inlined(svg: str, name: str, label: str) -> str:
    """An SVG file as an element of the page: no prolog, ids of its own, colours that follow light and dark."""
    element = svg[svg.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', element))
    element = re.sub(r' id="([^"]*)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", element)
    element = re.sub(r'href="#', f'href="#{name}-', element)
    element = element.replace("url(#", f"url(#{name}-")
    for colour in _style.ON_DARK:
        element = element.replace(colour, f"var({_variable(colour)})")
    shown = f'role="img" aria-label="{html.escape(label)}" style="max-width: {_rem(element)}rem"'
    return element.replace("<svg", f"<svg {shown}", 1)


def _rem(element: str) -> float:
    """The most width of a figure on the page, so that letters are of one size in all."""
    width = re.search(r'<svg[^>]* width="([\d.]+)pt"', element)
    return round(float(width[1]) * _REM_PER_POINT, 1) if width else _WIDEST


def table(content: HtmlTable, write: Callable[[str], str] = typeset) -> str:
    """A table that scrolls sideways where the screen is narrow.

    Args:
        content: the texts; lines of a cell after its first are small print.
        write: makes HTML of a line.
    """
    head = "".join(f'<th scope="col">{write(title)}</th>' for title in content.head)
    opened = (f'<tr class="{content.marked[i]}">' if i in content.marked else "<tr>" for i in range(len(content.rows)))
    rows = (
        f"{tag}{''.join(_cell(text, write) for text in row)}</tr>\n"
        for tag, row in zip(opened, content.rows, strict=True)
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{"".join(rows)}</tbody></table></div>'


def _cell(text: str, write: Callable[[str], str]) -> str:
    first, *others = text.split("\n")
    kind = "short" if max(map(len, (first, *others))) <= _SHORT else "long"
    return f'<td class="{kind}">{write(first)}{"".join(f"<small>{write(line)}</small>" for line in others)}</td>'


def definitions(items: Sequence[tuple[str, str]]) -> str:
    """Words, each with what it means here."""
    return "<dl>" + "".join(f"<dt>{typeset(t)}</dt><dd>{typeset(d)}</dd>" for t, d in items) + "</dl>"


def provenance(manifest: Mapping[str, Any]) -> str:
    """The manifest as a section: scalars in a table, everything longer to unfold."""
    scalars = [(_words(key), _scalar(value)) for key, value in manifest.items() if not _is_nested(value)]
    facts = table(HtmlTable(("what", "value"), tuple(scalars)), html.escape) if scalars else ""
    nested = "".join(_unfold(str(key), value) for key, value in manifest.items() if _is_nested(value))
    title = "<h2>Where the numbers come from</h2>"
    return f'<section id="provenance">\n{title}\n<div class="facts">{facts}{nested}</div></section>'


def _unfold(key: str, value: Any) -> str:
    if isinstance(value, Mapping) and value and not any(map(_is_nested, value.values())):
        inner = table(
            HtmlTable(("what", "value"), tuple((_words(k), _scalar(v)) for k, v in value.items())), html.escape
        )
    else:
        inner = f"<pre>{html.escape(json.dumps(value, indent=2, ensure_ascii=False, default=str))}</pre>"
    return f"<details><summary>{html.escape(_words(key))}</summary>{inner}</details>"


def _is_nested(value: Any) -> bool:
    return isinstance(value, (Mapping, list, tuple))


def _words(key: Any) -> str:
    """A key as words; the suffix _s is the unit."""
    text = str(key)
    return (f"{text[:-2]} (s)" if text.endswith("_s") else text).replace("_", " ")


def _scalar(value: Any) -> str:
    return "none" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
