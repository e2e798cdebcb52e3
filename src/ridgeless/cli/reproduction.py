"""`ridgeless reproduce`: runs the sections of a paper, prints which claims hold, and lists what older runs found."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ridgeless._core.claims import Claim, Section
from ridgeless.papers import FOUND, Budget, Paper
from ridgeless.report.paper.claim_table import CLAIM_HEAD, claim_row

# Told before each part: what is about to run, how many sections are done, and None: nobody knows how many there are.
Display = Callable[[str, int, None], None]


def run(paper: Paper, budget: Budget, display: Display) -> tuple[list[Section], dict[str, float]]:
    """The sections of a paper, and the wall time of each in seconds; the display is told what is running."""
    sections: list[Section] = []
    wall_s: dict[str, float] = {}
    began = time.perf_counter()
    for section in paper.sections(budget, lambda part: display(part, len(sections), None)):
        ended = time.perf_counter()
        wall_s[section.name] = wall_s.get(section.name, 0.0) + ended - began
        display(f"{section.name}: {tally(section.claims)}, {ended - began:.1f} s", len(sections), None)
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
    """The lines that count the claims that hold, and list each that fails or is undecided."""
    every = [(section, claim) for section in sections for claim in section.claims]
    failed = [
        f"failed: {section.name}, {statement}: {expected} expected, {measured} measured, tolerance {tolerance}"
        for section, claim in every
        if claim.failed
        for statement, expected, measured, tolerance, *_ in [claim_row(claim)]
    ]
    undecided = [
        f"undecided: {section.name}, {statement}: {expected} expected, {measured} measured, 95 % band {band}"
        for section, claim in every
        if claim.verdict == "undecided"
        for statement, expected, measured, _, band, _ in [claim_row(claim)]
    ]
    return [tally([claim for _, claim in every]), *failed, *undecided]


def has_failed(sections: Sequence[Section]) -> bool:
    """Whether a claim fails; one that is undecided does not."""
    return any(claim.failed for section in sections for claim in section.claims)


def tally(claims: Sequence[Claim]) -> str:
    """How many claims hold, and how many are undecided where some are.

    Example:
        >>> open_question = Claim("the error falls", 1.0, 0.9, band=(0.7, 1.2), sense="at most")
        >>> tally([Claim("slope", 1.0, 1.0), open_question])
        '1 of 2 claims hold, 1 undecided'
    """
    verdicts = [claim.verdict for claim in claims]
    return _tally(verdicts.count("passed"), len(verdicts), verdicts.count("undecided"))


def _tally(passed: int, total: int, undecided: int) -> str:
    return f"{passed} of {total} claims hold{f', {undecided} undecided' if undecided else ''}"


def overview(out: Path) -> tuple[str, list[str], list[list[str]]]:
    """Title, header and rows of the table of all papers, each with the verdict of its newest run in a folder."""
    rows = [[key, *_newest(key, out)] for key in FOUND]
    return f"papers, and their newest runs in {out}", ["paper", "verdict", "tier", "seeds", "when", "folder"], rows


def _newest(key: str, out: Path) -> list[str]:
    """What the newest run of a paper found; a folder that does not say so is passed over."""
    folders = out.iterdir() if out.is_dir() else ()
    runs = [_told(folder) for folder in folders if re.fullmatch(rf"{key}(-\d+)?", folder.name)]
    newest = max((run for run in runs if run), key=lambda run: run[-2], default=None)
    return newest or ["not run", "", "", "", ""]


def _told(folder: Path) -> list[str] | None:
    """Verdict, tier, seeds, time and name of a run; None where its files cannot be read."""
    try:
        claims, manifest = (_read(folder / name) for name in ("claims.json", "manifest.json"))
        # Runs from before a claim could be undecided do not count such.
        passed, failed, undecided = int(claims["passed"]), int(claims["failed"]), int(claims.get("undecided", 0))
        mark = "✗" if failed else "?" if undecided else "✓"
        # Runs from before there were tiers name none.
        tier, seeds = str(claims.get("tier", "")), str(claims.get("seeds", ""))
        told = _tally(passed, passed + failed + undecided, undecided)
        return [f"{mark} {told}", tier, seeds, str(manifest["created"]), folder.name]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
