"""The summary of a study: three sentences and one table."""

from __future__ import annotations

import math

import xarray as xr

from ridgeless._core.numbers import counted, number, seconds
from ridgeless.report._html import HtmlTable
from ridgeless.report.study.cells import (
    CellResult,
    Measure,
    courses,
    labels,
    measure,
    runs,
    scales,
    select,
    shown_method,
    shown_runs,
)
from ridgeless.report.study.figures.certificates import CERTIFIED, outcome
from ridgeless.studies.cells import LIMIT, NOT_RUN


def headline(dataset: xr.Dataset) -> str:
    """Three sentences: the system, what was varied, and what that changed."""
    return " ".join((_system_sentence(dataset), _variation_sentence(dataset), _result_sentence(dataset)))


def at_a_glance(dataset: xr.Dataset) -> HtmlTable:
    """One row per network: the answer at the laziest, the best and the richest scale, proofs, and the limit's time."""
    found = measure(dataset)
    name = "l1_norm" if found is None else found.name
    what = "‖x‖₁" if found is None else found.label
    best = f"{what}, best" if found else ""
    head = ("network", f"{what}, laziest", best, f"{what}, richest", "certified answers", "time of a limit")
    keep = [i for i, title in enumerate(head) if title]
    rows = [_glance_row(dataset, network, name, found) for network in labels(dataset, "network")]
    return HtmlTable(tuple(head[i] for i in keep), tuple(tuple(row[i] for i in keep) for row in rows))


def certificate_table(dataset: xr.Dataset) -> HtmlTable:
    """The numbers behind every verdict: one row per cell that was tried."""
    head = (
        "network",
        "method",
        "scale",
        "status",
        "verdict",
        "feasibility",
        "distance at most",
        "relative gap",
        "message",
    )
    tried = [run for run in runs(dataset) if run.status not in ("", NOT_RUN)]
    rows = [
        (
            run.network,
            run.method,
            number(run.scale),
            run.status,
            f"{outcome(run).symbol} {outcome(run).word}",
            *(number(value, 2) for value in (run.feasibility, run.bound, run.gap)),
            run.message,
        )
        for run in tried
    ]
    return HtmlTable(head, tuple(rows))


def _system_sentence(dataset: xr.Dataset) -> str:
    equations, unknowns = _size(dataset, "equations"), _size(dataset, "unknowns")
    if equations is None or unknowns is None:
        return "A x = b is to be solved for x."
    given = counted(equations, "equation")
    if unknowns > equations:
        return (
            f"A x = b asks for {unknowns} unknowns but gives only {given}, so infinitely many x solve it and nothing "
            "in the data says which one to take."
        )
    return f"A x = b gives {given} for {unknowns} unknowns, so the data alone may settle the answer."


def _variation_sentence(dataset: xr.Dataset) -> str:
    found = scales(dataset)
    networks = labels(dataset, "network")
    subject = "The same network" if len(networks) == 1 else f"Each of {len(networks)} networks"
    if len(found) == 1:
        return (
            f"{subject} is fitted to the same data with no penalty, from initial weights of scale {number(found[0])}."
        )
    return (
        f"{subject} is fitted to the same data, with no penalty and no other change: only the scale of its initial "
        f"weights goes from {number(found[0])} (“lazy”) down to {number(found[-1])} (“rich”)."
    )


def _result_sentence(dataset: xr.Dataset) -> str:
    found = measure(dataset)
    if found is not None:
        return _improvement(dataset, found)
    moves = [course for course in courses(dataset, "l1_norm") if course[-1].l1_norm > 0]
    if not moves:
        return "No run gave an answer."
    most = max(moves, key=lambda course: abs(math.log(course[0].l1_norm / course[-1].l1_norm)))
    return (
        f"That alone takes ‖x‖₁ of {most[0].network}’s answer from {number(most[0].l1_norm)} to "
        f"{number(most[-1].l1_norm)}."
    )


def _improvement(dataset: xr.Dataset, found: Measure) -> str:
    """The row that comes closest to the truth: where it starts, and where it gets."""
    closest = max(courses(dataset, found.name), key=found.merit)
    first, best = closest[0], found.best(closest)
    if best is first:
        return (
            f"Here that gains nothing: {first.network} is at its best, {found.text(found.of(first))}, where it starts."
        )
    return (
        f"That alone takes the {found.label} of {first.network}’s answer from {found.text(found.of(first))} to "
        f"{found.text(found.of(best))} (at scale {number(best.scale)})."
    )


def _glance_row(dataset: xr.Dataset, network: str, name: str, found: Measure | None) -> tuple[str, ...]:
    course = shown_runs(dataset, network, name)
    text = number if found is None else found.text
    of_network = select(runs(dataset), network=network)
    ran = [run for run in of_network if run.was_run]
    certified = sum(outcome(run) == CERTIFIED for run in ran)
    timed = sorted(run.run_s for run in select(of_network, method=LIMIT, known="run_s") if run.was_run)
    method = shown_method(dataset, network)
    label = network if method == LIMIT else f"{network} ({method})"
    proofs = f"{certified} of {len(ran)}"
    duration = seconds(timed[len(timed) // 2]) if timed else "no limit"
    if not course:
        return (label, "none", "none", "none", proofs, duration)
    ends = tuple(text(float(getattr(run, name))) for run in (course[0], course[-1]))
    best = "" if found is None else _best_text(found, found.best(course))
    return (label, ends[0], best, ends[1], proofs, duration)


def _best_text(found: Measure, run: CellResult) -> str:
    return f"{found.text(found.of(run))} at {number(run.scale)}"


def _size(dataset: xr.Dataset, name: str) -> int | None:
    value = dataset.attrs.get(name)
    return None if value is None else int(value)
