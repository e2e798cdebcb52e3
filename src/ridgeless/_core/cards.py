"""What a notebook shows of an answer: a line that opens to a table. Plain HTML, no script, less than 5 kB."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import numpy as np

# In bytes: of the whole, and of one text.
MOST = 5000
_MOST_TEXT = 420
# Of the small picture, in pixels; so many stems stand beside each other.
_WIDTH, _HEIGHT, _STEMS = 360, 48, 120


_NEXT_TABLE = "</table><table>"
_LEFT_OUT = "<tr><td>… and more</td></tr>"


def card(
    title: str, facts: Iterable[tuple[str, str]] = (), picture: str = "", rows: Sequence[Sequence[str]] = ()
) -> str:
    """HTML of a line that opens to a picture, facts by name, and a table whose first row is its header.

    What comes after the first 5 kB is left out, which the last row says. Colours are those of the page.

    Example:
        >>> card("<b>", [("x", "1 & 2")])
        '<details class="ridgeless"><summary>&lt;b&gt;</summary><table><tr><th style="text-align:left">x</th><td
        style="text-align:left">1 &amp; 2</td></tr></table></details>'
    """
    head = f'<details class="ridgeless"><summary>{_text(title)}</summary>{picture}'
    lines = [f"<tr>{_cell(name, 'th')}{_cell(text, 'td')}</tr>" for name, text in facts]
    header, body = [_row(row, "th") for row in rows[:1]], [_row(row, "td") for row in rows[1:]]
    parts = [*lines, *([_NEXT_TABLE] if lines and rows else []), *header, *body]
    size, kept = len((head + _LEFT_OUT).encode()) + len("<table></table></details>"), list[str]()
    for part in parts:
        size += len(part.encode())
        if size > MOST:
            kept.append(_LEFT_OUT)
            break
        kept.append(part)
    table = f"<table>{''.join(kept)}</table>" if kept else ""
    return f"{head}{table}</details>"


def stems(values: np.ndarray, label: str) -> str:
    """A small picture of numbers, a stem each; of many, the largest in size of those that share a stem.

    Example:
        >>> stems(np.array([1.0, -1.0]), "x")[:68]
        '<svg role="img" aria-label="x" width="360" height="48" fill="none" s'
    """
    finite = np.where(np.isfinite(values), values, 0.0)
    groups = np.array_split(finite, min(len(finite), _STEMS)) if len(finite) else []
    shown = np.array([group[np.argmax(np.abs(group))] for group in groups])
    high, low = max(shown.max(initial=0.0), 0.0), min(shown.min(initial=0.0), 0.0)
    if high == low:
        return ""
    unit, step = (_HEIGHT - 4) / (high - low), _WIDTH / len(shown)
    zero = 2 + high * unit
    path = "".join(f"M{(i + 0.5) * step:.0f} {zero:.0f}v{-value * unit:.0f}" for i, value in enumerate(shown) if value)
    return (
        f'<svg role="img" aria-label="{html.escape(label)}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" '
        f'stroke="currentColor"><path stroke-width="2" d="{path}"/>'
        f'<path stroke-width=".5" d="M0 {zero:.0f}h{_WIDTH}"/></svg>'
    )


def _row(cells: Sequence[str], tag: str) -> str:
    return f"<tr>{''.join(_cell(text, tag) for text in cells)}</tr>"


def _cell(text: str, tag: str) -> str:
    return f'<{tag} style="text-align:left">{_text(text)}</{tag}>'


def _text(text: str) -> str:
    """Escaped, and cut to so many bytes."""
    found = html.escape(text)
    while len(found.encode()) > _MOST_TEXT:
        text = text[: len(text) * 4 // 5]
        found = html.escape(text) + "…"
    return found
