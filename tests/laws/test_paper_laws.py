"""What every paper must keep to, whoever adds it."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from ridgeless.papers import FOUND
from ridgeless.report import write_paper_report

PAPERS = sorted(FOUND)


def test_the_papers_of_the_project_are_there():
    older, newer = {"gruber2024", "azulay2021", "min2021"}, {"woodworth2020", "vaskevicius2019", "li2021"}
    newest = {"even2023", "haochen2021", "tu2024", "jacobs2025", "anguita2026"}
    assert older | newer | newest | {"pesme2023", "berthier2026"} <= set(FOUND)


@pytest.mark.parametrize("key", PAPERS)
def test_a_paper_says_what_it_is(key):
    paper = FOUND[key]
    assert re.fullmatch(r"[a-z]+(19|20)\d\d[a-z]?", key)
    assert paper.key == key
    assert len(paper.title) > 20
    year = re.search(r"\d{4}", key)
    assert year is not None
    assert year.group() in paper.citation
    assert key[: year.start()] in paper.citation.lower()
    assert re.search(r"arXiv \d{4}\.\d{5}|doi", paper.citation)
    assert len(paper.standing) > 100
    # A rerun says that it is one.
    assert re.search("reconstruct|drawn anew", paper.standing)


def test_a_list_of_papers_loads_no_jax_and_no_matplotlib():
    code = (
        "import sys, ridgeless.papers\n"
        "print([name for name in ('jax', 'diffrax', 'matplotlib', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("key", PAPERS)
def test_the_tier_of_seconds_holds(key, keeps_the_laws_of_sections, as_a_user):
    """Every claim but the misses that the paper tells of."""
    paper = FOUND[key]()
    sections = list(paper.sections(paper.budget("seconds")))
    for section in sections:
        keeps_the_laws_of_sections(section)
    claims = [claim for section in sections for claim in section.claims]
    # By the measured number alone: a band that holds the bound excuses none here.
    assert {claim.statement for claim in claims if replace(claim, band=None).failed} <= set(paper.misses)
    assert set(paper.misses) <= {claim.statement for claim in claims}


@pytest.mark.slow
@pytest.mark.parametrize("key", PAPERS)
def test_whole_papers(key, keeps_the_laws_of_sections, as_a_user, tmp_path):
    """With two seeds every section is whole, and a report can be written; statistics may need more seeds to hold."""
    told, budget = [], FOUND[key].budget("minutes", seeds=2)
    sections = list(FOUND[key]().sections(budget, progress=told.append))
    assert told
    assert len({section.name for section in sections}) == len(sections)
    for section in sections:
        keeps_the_laws_of_sections(section)
    files = write_paper_report(FOUND[key](), sections, tmp_path / key, budget)
    assert {path.name for path in files} >= {"report.html", "claims.json", "manifest.json"}
