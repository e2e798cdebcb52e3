"""Citations of the library and of answers: BibTeX that parses, and names the papers behind them."""

import re
from pathlib import Path

import numpy as np
import pytest

import ridgeless as rl
from ridgeless._core import bibliography
from ridgeless._core.bibliography import Citations, cited, entries
from ridgeless.potentials import Bias

ROOT = Path(__file__).parents[2]
# Of what a thing may rest on without a paper of its own.
FOLKLORE = {"GradientFlow", "GradientDescent", "DecayThenOff"}


def read(text):
    """BibTeX as {key: (kind, fields)}; an AssertionError where a .bib file could not hold it."""
    found, rest = {}, text.strip()
    while rest:
        head = re.match(r"@(\w+)\{(\w+),\s*", rest)
        assert head, rest[:60]
        fields, rest = {}, rest[head.end() :]
        while not rest.startswith("}"):
            name = re.match(r"(\w+)\s*=\s*", rest)
            assert name, rest[:60]
            value, rest = braced(rest[name.end() :])
            assert name[1] not in fields
            fields[name[1]] = value
            rest = rest.removeprefix(",").lstrip()
        assert head[2] not in found
        found[head[2]] = head[1], fields
        rest = rest[1:].lstrip()
    return found


def braced(text):
    assert text.startswith("{"), text[:60]
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if not depth:
            return text[1:place], text[place + 1 :].lstrip()
    raise AssertionError("a brace is open")


@pytest.fixture(scope="module")
def system():
    return rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))


def test_what_is_no_solution_is_refused(as_a_user):
    with pytest.raises(rl.InvalidInputError, match="got a str; pass what"):
        rl.cite("Woodworth 2020")


def test_the_library_is_cited_as_its_citation_file_says():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    told = dict(re.findall(r'^(title|version): "?(.*?)"?$', text, re.MULTILINE))
    authors = re.findall(r'^  - name: "(.*)"$', text, re.MULTILINE)
    kind, fields = read(rl.cite())["ridgeless"]
    assert kind == "misc"
    assert fields["title"].replace("{", "").replace("}", "") == told["title"]
    assert fields["note"] == f"Version {told['version']}" == f"Version {rl.__version__}"
    assert [fields["author"].strip("{}")] == authors


def test_a_limit_cites_its_theorem(system):
    found = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(1e-2))
    assert set(read(found.cite())) == {"ridgeless", "woodworth2020"}
    assert rl.cite(found) == found.cite()


def test_a_vanishing_limit_cites_the_theorems_of_the_limit(system):
    found = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Vanishing())
    assert set(read(found.cite())) == {"ridgeless", "zhao2026", "pesme2023"}


def test_a_training_cites_its_method_and_its_theorem(system):
    found = rl.train(system, rl.networks.Difference(depth=2), rl.inits.Constant(0.1), rl.flows.SignDescent())
    assert set(read(found.cite())) == {"ridgeless", "woodworth2020", "bernstein2018"}


def test_it_prints_as_it_pastes():
    cited = rl.cite()
    assert isinstance(cited, Citations)
    assert repr(cited) == str(cited) == f"{cited}"


def test_every_theorem_leads_to_a_listed_paper(found_network, starts, solvable):
    A = np.random.default_rng(0).standard_normal((2, 5))
    for theta0 in starts(found_network, rl.LinearSystem(A, A @ np.ones(5)), scale=0.5).values():
        theorem = found_network.theorem(theta0, solvable(found_network, theta0, A))
        if not isinstance(theorem, Bias):
            continue
        papers = cited(theorem.citation)
        assert papers, theorem.citation
        assert set(papers) <= set(entries()), theorem.citation
        read("\n".join(papers.values()))


@pytest.mark.parametrize("name", sorted(rl.flows.FOUND))
def test_every_flow_leads_to_a_paper_or_is_folklore(name):
    papers = cited(rl.flows.FOUND[name].citation)
    assert bool(papers) == (name not in FOLKLORE)
    read("\n".join(papers.values()))


@pytest.mark.parametrize("name", sorted(rl.papers.FOUND))
def test_every_paper_that_is_computed_anew_is_listed(name):
    assert set(cited(rl.papers.FOUND[name].citation)) & set(entries())


def test_every_entry_parses_and_goes_by_its_first_author_and_year():
    path = Path(bibliography.__file__).with_name("references.bib")
    everything = read(path.read_text(encoding="utf-8"))
    assert list(everything) == list(entries())
    for key, (_, fields) in everything.items():
        assert {"author", "title", "year"} <= set(fields)
        if key != "ridgeless":
            surname = re.sub(r"\\[`'^\"c]|\W", "", re.split(r",| and ", fields["author"])[0]).lower()
            assert key == surname + fields["year"]


def test_it_parses_as_pybtex_reads_it(system):
    database = pytest.importorskip("pybtex.database", reason="pybtex comes with [docs]")
    found = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Vanishing())
    parsed = database.parse_string(found.cite(), "bibtex")
    assert set(parsed.entries) == {"ridgeless", "zhao2026", "pesme2023"}
    assert parsed.entries["pesme2023"].persons["author"][0].last_names == ["Pesme"]


@pytest.mark.parametrize(
    ("source", "papers"),
    [
        ("", {}),
        ("closed form of a stall", {}),
        ("Candès, Romberg and Tao 2006", {"candes2006": None}),
        ("Someone et al. 2001", {"someone2001": "Someone and others"}),
        ("One, Two and Three 1999, Theorem 4", {"one1999": "One and Two and Three"}),
        ("closed form; for one neuron Azulay et al. 2021, arXiv 2102.09769", {"azulay2021": None}),
        ("Gruber and Avron 2024, arXiv 2402.02454; Ablin 2020", {"gruber2024": None, "ablin2020": None}),
        # Another paper of the same author and year.
        ("Woodworth et al. 2020, arXiv 2001.99999", {"woodworth2020b": "Woodworth and others"}),
    ],
)
def test_sources(source, papers):
    found = cited(source)
    assert set(found) == set(papers)
    for key, authors in papers.items():
        if authors is None:
            assert found[key] == entries()[key]
        else:
            assert read(found[key])[key][1]["author"] == authors


@pytest.mark.parametrize("broken", ["@misc{a, title = {open}", "@misc{a, title = {{open}}, year}", "misc{a}"])
def test_the_reader_refuses_what_is_no_bibtex(broken):
    with pytest.raises((AssertionError, IndexError)):
        read(broken)
