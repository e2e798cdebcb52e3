"""What notebooks show: small, without a script, whatever an answer is called, and readable on any page."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless._core.cards import MOST, card, stems

NASTY = "<script>alert('x')</script> & \"b\" " * 40


@pytest.fixture(scope="module")
def system():
    rng = np.random.default_rng(0)
    A, truth = rng.standard_normal((8, 300)), np.zeros(300)
    truth[[3, 200]] = 2.0, -1.0
    return rl.LinearSystem(A, A @ truth, truth=truth, name=NASTY, names=[f"{NASTY}{i}" for i in range(300)])


def shown(system):
    network = rl.networks.Difference()
    found = rl.limit(system, network, rl.inits.Constant(1e-2))
    moved = found.x + system.project_null(np.ones(300))
    claims = (rl.papers.Claim(NASTY, 1.0, 2.0, 0.1, (0.5, 3.0)), rl.papers.Claim("a bound", 1.0, 0.5, sense="at most"))
    return [
        system,
        found,
        rl.train(system, network, rl.inits.Constant(1e-2), rl.flows.GradientDescent(max_steps=9)),
        rl.limit_path(system, network, np.logspace(-3, 2, 50)),
        rl.certify(found),
        rl.certify(system, moved, found.bias),
        *claims,
        rl.papers.Section("E1", NASTY, "", claims=claims * 50),
    ]


def check(text):
    assert len(text.encode()) <= MOST
    assert "<script" not in text
    root = ET.fromstring(text)  # well-formed, with every tag closed
    assert root.tag == "details"
    assert root[0].tag == "summary"
    tags = {each.tag for each in root.iter()}
    assert tags <= {"details", "summary", "table", "tr", "th", "td", "svg", "path"}
    # A colour of its own would be lost on a dark page, or on a light one.
    assert not re.search(r"colou?r:|background|#[0-9a-f]{3}|fill=\"(?!none)|stroke=\"(?!currentColor)", text)
    assert "on" not in {name[:2] for each in root.iter() for name in each.attrib}
    return root


def test_every_card_keeps_the_rules(system):
    for answer in shown(system):
        check(answer._repr_html_())


def test_a_solution_tells_what_its_summary_tells(system):
    found = rl.limit(system, rl.networks.Difference(), rl.inits.Constant(1e-2))
    root = check(found._repr_html_())
    cells = {row[0].text: row[1].text for row in root.iter("tr")}
    assert root[0].text == f"Solution: CONVERGED, residual {found.residual:.1e}"
    assert f"‖x‖₁ = {np.abs(found.x).sum():.6g}" in cells["x"]
    assert found.bias.citation in cells["implicit bias"]
    assert cells["message"] == found.message


def test_a_path_has_its_ends_and_in_text_the_same_rows(system):
    path = rl.limit_path(system, rl.networks.Difference(), np.logspace(2, -3, 50))
    rows = [[cell.text for cell in row] for row in check(path._repr_html_()).iter("tr")]
    assert rows[0] == ["scale", "‖x‖₁", "‖x‖₂", "residual", "status"]
    assert (rows[1][0], rows[-1][0]) == ("0.001", "100")
    for row, line in zip(rows, repr(path).splitlines()[1:], strict=True):
        assert line.split() == row


def test_a_section_counts_its_claims():
    kept, missed = rl.papers.Claim("kept", 1.0, 1.0), rl.papers.Claim("missed", 1.0, 2.0)
    open_yet = rl.papers.Claim("open", 1.0, 0.9, band=(0.7, 1.2), sense="at most")
    root = check(rl.papers.Section("E2", "Does it hold?", "", claims=(kept, missed, open_yet))._repr_html_())
    assert root[0].text == "E2: Does it hold? (1 of 3 claims hold)"
    assert [row[0].text for row in root.iter("tr")][1:] == ["holds", "fails", "undecided"]


def test_a_system_is_not_factorised_for_its_card():
    system = rl.LinearSystem(np.eye(3)[:2], np.ones(2))
    system._repr_html_()
    assert "row_space" not in vars(system)


def test_what_is_left_for_later_stays_so(system):
    found = rl.train(system, rl.networks.Difference(), rl.inits.Constant(0.1), rl.flows.GradientDescent(max_steps=9))
    text = found._repr_html_()
    assert "solution.bias tells" in text


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_any_text_is_escaped(title, facts):
    class Tags(HTMLParser):
        found = set()  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            self.found.add(tag)

    text = card(title, facts)
    assert len(text.encode()) <= MOST
    parser = Tags()
    parser.feed(text)
    assert parser.found <= {"details", "summary", "table", "tr", "th", "td"}


@given(st.lists(st.floats(allow_subnormal=False), max_size=400))
def test_any_numbers_have_a_picture_that_is_small(values):
    with np.errstate(over="ignore"):
        text = stems(np.array(values), "x")
    assert len(text) < 3000
    assert "nan" not in text
    assert "inf" not in text


def test_stems_stand_where_the_numbers_do():
    text = stems(np.array([1.0, 0.0, -1.0]), "x")
    assert re.findall(r"M(\d+) 24v(-?\d+)", text) == [("60", "-22"), ("300", "22")]
