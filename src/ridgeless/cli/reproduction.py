"""`ridgeless reproduce`: runs the sections of a paper, and prints which claims hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ridgeless._core.claims import Section
from ridgeless.papers import Paper
from ridgeless.report.paper.claim_table import CLAIM_HEAD, claim_row

# Told before each part: what is about to run, how many sections are done, and None: nobody knows how many there are.
Display = Callable[[str, int, None], None]


def run(paper: Paper, seeds: int, display: Display) -> tuple[list[Section], dict[str, float]]:
    """The sections of a paper, and the wall time of each in seconds; the display is told what is running."""
    sections: list[Section] = []
    wall_s: dict[str, float] = {}
    began = time.perf_counter()
    for section in paper.sections(seeds, lambda part: display(part, len(sections), None)):
        ended = time.perf_counter()
        wall_s[section.name] = wall_s.get(section.name, 0.0) + ended - began
        display(f"{section.name}: {_tally(section)}, {ended - began:.1f} s", len(sections), None)
        sections.append(section)
        began = time.perf_counter()
    return sections, wall_s


def table(sections: Sequence[Section]) -> tuple[str, list[str], list[list[str]]]:
    """Title, header and rows of the table of claims."""
    rows = [claim_row(claim) for section in sections for claim in section.claims]
    names = [section.name for section in sections for _ in section.claims]
    told = [[f"{name}: {statement}", *cells] for name, (statement, *cells) in zip(names, rows, strict=True)]
    return "what was claimed, and what came out", list(CLAIM_HEAD), told


def verdict(sections: Sequence[Section]) -> list[str]:
    """The lines that count the claims that hold, and list each that fails."""
    every = [(section, claim) for section in sections for claim in section.claims]
    failed = [(section, claim_row(claim)) for section, claim in every if not claim.passed]
    told = [
        f"failed: {section.name}, {statement}: {expected} expected, {measured} measured, tolerance {tolerance}"
        for section, (statement, expected, measured, tolerance, *_) in failed
    ]
    return [f"{len(every) - len(failed)} of {len(every)} claims hold", *told]


def has_failed(sections: Sequence[Section]) -> bool:
    """Whether a claim fails."""
    return not all(claim.passed for section in sections for claim in section.claims)


def _tally(section: Section) -> str:
    return f"{sum(claim.passed for claim in section.claims)} of {len(section.claims)} claims hold"
