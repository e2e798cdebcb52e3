"""Writing the report of a reproduced paper: page, figures, claims.json and manifest.json."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from ridgeless._core import claims
from ridgeless._core.budget import Budget
from ridgeless.report._files import figure_files, write_files
from ridgeless.report.paper.figures import draw
from ridgeless.report.paper.page import Cited, Picture, paper_page, slugs
from ridgeless.studies.manifest import record

_FURTHER_PACKAGES = ("scikit-learn",)


def write_paper_report(
    paper: Cited,
    sections: Sequence[claims.Section],
    folder: Path,
    budget: Budget,
    wall_s: Mapping[str, float] | None = None,
    command: Sequence[str] = (),
) -> list[Path]:
    """Write what came out of a reproduced paper: a page that needs no other file, and the same for machines.

    Args:
        paper: `key`, `title`, `citation` and `standing`: a `ridgeless.papers.Paper`.
        sections: what its `sections` gave.
        folder: made if it does not exist.
        budget: the tier, and the random instances that each statistic was taken over.
        wall_s: wall time by section, in seconds.
        command: the words of the command line; none where it was started from Python.

    Returns:
        The files: `report.html`, every figure as `figures/<name>.png` and `figures/<name>.svg`, `claims.json` (every
        claim with `passed` and `verdict`; null where a number is not finite) and `manifest.json` (tier, seeds, wall
        times, versions, machine, git revision).

    Raises:
        UnwritableFolderError: the folder cannot be made or written.

    Example::

        paper = ridgeless.papers.FOUND["gruber2024"]()
        budget = paper.budget("seconds")
        files = write_paper_report(paper, list(paper.sections(budget)), Path("runs/gruber2024"), budget)
    """
    began = time.perf_counter()
    manifest = record(paper.key, command, _cost(budget), wall_s or {}, _FURTHER_PACKAGES)
    pictures, images = _drawn(sections)
    page = paper_page(paper, sections, pictures, manifest)
    manifest["wall_s"]["report"] = round(time.perf_counter() - began, 3)
    files = {"report.html": page.encode(), **images}
    files |= {"claims.json": _json(_claims(paper, sections, budget)), "manifest.json": _json(manifest)}
    return write_files(files, folder, "write_paper_report")


def _drawn(sections: Sequence[claims.Section]) -> tuple[list[list[Picture]], dict[str, bytes]]:
    """The figures of every section, and the files of all."""
    names = iter(slugs([name for section in sections for name in _figure_names(section)]))
    pictures, images = [], {}
    for section in sections:
        files = figure_files(named := {next(names): draw(figure) for figure in section.figures})
        pictures.append([Picture(name, files[f"figures/{name}.svg"].decode()) for name in named])
        images |= files
    return pictures, images


def _figure_names(section: claims.Section) -> list[str]:
    return [section.name if index == 0 else f"{section.name}-{index + 1}" for index in range(len(section.figures))]


def _claims(paper: Cited, sections: Sequence[claims.Section], budget: Budget) -> dict[str, Any]:
    every = [_claim(section, claim) for section in sections for claim in section.claims]
    return {
        "paper": paper.key,
        "title": paper.title,
        "citation": paper.citation,
        "standing": paper.standing,
        **_cost(budget),
        **{verdict: sum(claim["verdict"] == verdict for claim in every) for verdict in get_args(claims.ClaimVerdict)},
        "claims": every,
    }


def _cost(budget: Budget) -> dict[str, Any]:
    return {"tier": budget.tier.value, "seeds": budget.seeds}


def _claim(section: claims.Section, claim: claims.Claim) -> dict[str, Any]:
    return {
        "section": section.name,
        "experiment": section.title,
        "statement": claim.statement,
        "expected": _finite(claim.expected),
        "measured": _finite(claim.measured),
        "tolerance": _finite(claim.tolerance),
        "sense": claim.sense,
        "band": None if claim.band is None else [_finite(end) for end in claim.band],
        "passed": claim.passed,
        "verdict": claim.verdict,
    }


def _finite(value: float) -> float | None:
    """JSON has no word for NaN and infinity."""
    return float(value) if math.isfinite(value) else None


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
