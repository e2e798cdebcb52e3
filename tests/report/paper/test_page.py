"""The page of a reproduced paper: what was claimed is told, what was measured is drawn, and nothing is lost."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.image import imread

from ridgeless._core.budget import Budget, Tier
from ridgeless._core.claims import Claim, Curve, Figure, Section, Table
from ridgeless.errors import UnwritableFolderError
from ridgeless.plots import _style
from ridgeless.report import write_paper_report
from ridgeless.report.paper.claim_table import band_text, claim_row
from ridgeless.report.paper.figures import draw, left_out
from ridgeless.report.paper.page import slugs

SCALES = np.array([1e-3, 1e-2, 1e-1])
VOID = {"meta"}


@dataclass(frozen=True)
class TinyPaper:
    """What the page tells of a paper."""

    key: str = "tiny2024"
    title: str = "On <small> papers & their claims"
    citation: str = "Nobody 2024, Nowhere 1, 1–2"
    standing: str = "A reconstruction, made up for a test."


def budget(seeds):
    return Budget(Tier.SECONDS, seeds)


def measured(label="h = 1", y=SCALES, **band):
    return Curve(label, SCALES[: len(y)], np.asarray(y, dtype=float), "measured", **band)


def predicted(label, y):
    return Curve(label, SCALES[: len(y)], np.asarray(y, dtype=float), "predicted")


def figure(*curves, **axes):
    return Figure("The gap", "scale (dimensionless)", "gap (dimensionless)", curves, "It falls.", **axes)


LAW = figure(
    measured("h = 1", SCALES, low=0.5 * SCALES, high=2 * SCALES),
    measured("h = 11", 3 * SCALES),
    predicted("law, h = 11", 3 * SCALES),
    predicted("law, h = 1", SCALES),
    predicted("bound for all", 10 * SCALES),
)
HOLDS = Claim("slope, h = 1", 1.0, 1.0000004, 1e-6, (0.9999999, 1.0000007))
FAILS = Claim("slope, h = 11", 1.0, 1.25, 0.05)
OPEN = Claim("error of W_1", 1.0, 0.9, band=(0.7, 1.2), sense="at most")
LOST = Claim("slope, h = 12", 1.0, float("nan"), 0.05)
ROWS = (("a & b", 2, 0.123456, True), ("c", np.int64(3), np.float64("nan"), np.bool_(False)), (None, 1e-9, "", 0))
SECTIONS = (
    Section("E1", "How far?", "First.\n\nSecond.", (LAW, figure(measured(y=[0.0, 1.0]))), (), (HOLDS, FAILS)),
    Section(
        "E2",
        "Who wins?",
        "So it is.",
        (),
        (Table("Errors", ("what", "n", "error", "best"), ROWS, "See."),),
        (LOST, OPEN),
    ),
    Section("E1", "Again?", "The same name once more.", (figure(measured()),)),
)


class Page(HTMLParser):
    """Checks that tags are balanced; collects what a browser would load, ids, tags, rows and text."""

    def __init__(self):
        super().__init__()
        self.open, self.loads, self.ids, self.tags, self.text, self.rows = [], [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append((dict(attrs).get("class"), []))
        if tag == "td":
            self.rows[-1][1].append("")
        if tag == "small":
            self.rows[-1][1][-1] += "\n"

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.loads += [value for name, value in attrs if name in ("src", "href", "xlink:href", "srcset", "data")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
        if "td" in self.open:
            self.rows[-1][1][-1] += data


def flat(text):
    """Without blanks, which differ between a formula and its source, and without word joiners."""
    return text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "").replace("\N{WORD JOINER}", "")


def parsed(folder):
    page = Page()
    page.feed((folder / "report.html").read_text(encoding="utf-8"))
    page.close()
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One report that several tests read."""
    folder = tmp_path_factory.mktemp("paper") / "new" / "run"
    paths = write_paper_report(
        TinyPaper(), SECTIONS, folder, budget(7), {"E1": 1.23456, "E2": 2.0}, ["ridgeless", "a b"]
    )
    assert sorted(paths) == sorted(path for path in folder.rglob("*") if path.is_file())
    return folder


@pytest.fixture(scope="module")
def page(folder):
    return parsed(folder)


class TestFiles:
    def test_every_figure_is_written_whole_and_under_its_own_name(self, folder):
        names = {path.name for path in (folder / "figures").iterdir()}
        assert names == {f"{name}.{kind}" for name in ("e1", "e1-2", "e1-3") for kind in ("png", "svg")}
        for path in (folder / "figures").glob("*.png"):
            pixels = imread(path)
            assert min(pixels.shape[:2]) > 300
            assert np.ptp(pixels[..., :3]) > 0.5
        for path in (folder / "figures").glob("*.svg"):
            assert ET.parse(path).getroot().tag.endswith("svg")

    def test_claims_for_machines(self, folder):
        record = json.loads((folder / "claims.json").read_text(encoding="utf-8"))
        assert (record["paper"], record["seeds"]) == ("tiny2024", 7)
        assert (record["passed"], record["failed"], record["undecided"]) == (1, 2, 1)
        assert record["standing"] == TinyPaper().standing
        first, second, third, fourth = record["claims"]
        assert [claim["section"] for claim in record["claims"]] == ["E1", "E1", "E2", "E2"]
        assert (fourth["passed"], fourth["verdict"]) == (False, "undecided")
        assert (first["measured"], first["band"], first["passed"]) == (1.0000004, [0.9999999, 1.0000007], True)
        assert (second["expected"], second["tolerance"], second["band"], second["passed"]) == (1.0, 0.05, None, False)
        assert (third["measured"], third["passed"]) == (None, False)

    def test_the_manifest_tells_what_made_it(self, folder):
        record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert (record["name"], record["seeds"], record["command"]) == ("tiny2024", 7, "ridgeless 'a b'")
        assert record["tier"] == "seconds"
        assert record["wall_s"]["E1"] == 1.235
        assert record["wall_s"]["report"] > 0
        assert record["versions"]["numpy"] == np.__version__
        assert record["machine"]["cores"] >= 1
        assert "git_revision" in record

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(UnwritableFolderError, match=r"write_paper_report.*file"):
            write_paper_report(TinyPaper(), (), tmp_path / "file" / "run", budget(1))


class TestPage:
    def test_it_needs_nothing_else(self, page, folder):
        text = (folder / "report.html").read_text(encoding="utf-8")
        assert all(target.startswith("#") for target in page.loads)
        assert not {"script", "link", "iframe", "img"} & set(page.tags)
        assert not re.search(r"@import|url\((?!#)", text)
        assert len(page.ids) == len(set(page.ids))
        used = {target[1:] for target in page.loads} | set(re.findall(r"url\(#([^)]+)\)", text))
        assert used <= set(page.ids)
        assert {"e1", "e2", "e1-2", "provenance"} <= set(page.ids)

    def test_it_says_what_it_is_before_anything_else(self, page):
        text = "".join(page.text)
        for part in (TinyPaper().title, TinyPaper().citation, TinyPaper().standing):
            assert text.index(part) < text.index("How far?")
        told = "3 experiments, 4 claims: 1 holds, 2 fail and 1 is undecided. What does not hold is listed below."
        assert told in text
        assert "1 of 2 claims holds" in text
        assert "0 of 2 claims hold, 1 undecided" in text
        assert "The tier is seconds; statistics are taken over 7 random instances" in text

    def test_every_claim_is_in_its_section_and_what_does_not_hold_is_on_top_too(self, page):
        rows = [(kind, [flat(cell) for cell in cells]) for kind, cells in page.rows]
        holds = ["slope,h=1", "1±10⁻⁶", "1.0000004\n0.9999999to1.0000007", "✓holds"]
        fails = ["slope,h=11", "1±0.05", "1.25", "✗fails"]
        lost = ["slope,h=12", "1±0.05", "notknown", "✗fails"]
        undecided = ["errorofW1", "atmost1", "0.9\n0.7to1.2", "?undecided"]
        for kind, section, cells in (
            (None, "E1", holds),
            ("failed", "E1", fails),
            ("failed", "E2", lost),
            ("undecided", "E2", undecided),
        ):
            assert ((kind, [f"{section}:{cells[0]}", *cells[1:]]) in rows) is (kind is not None)
            assert (kind, cells) in rows

    def test_formulas_are_typeset(self, folder):
        text = (folder / "report.html").read_text(encoding="utf-8")
        assert "error of <math><msub><mi>W</mi><mn>1</mn></msub></math>" in text
        assert "W_1" not in text

    def test_where_nothing_fails_no_table_says_so(self, tmp_path):
        write_paper_report(TinyPaper(), (Section("E1", "t", "p", claims=(HOLDS,)),), tmp_path, budget(1))
        text = "".join(parsed(tmp_path).text)
        assert "Claims that do not hold" not in text
        assert flat(text).count(flat(HOLDS.statement)) == 1

    def test_sections_tables_and_paragraphs_are_told(self, page):
        text = "".join(page.text)
        assert page.tags.count("svg") == 3
        for part in ("First.", "Second.", "E2 · Who wins?", "The gap", "It falls.", "Errors", "See."):
            assert part in text
        assert "1 measured point is not drawn" in text
        rows = [cells for _, cells in page.rows]
        assert ["a & b", "2", "0.123", "yes"] in rows
        assert ["c", "3", "not known", "no"] in rows
        assert ["", "10⁻⁹", "", "0"] in rows

    def test_texts_cannot_break_it(self, tmp_path):
        nasty = "</style><script>alert(1)</script>\"'&"
        claim = replace(FAILS, statement=nasty)
        table = Table(nasty, (nasty,), ((nasty,),), nasty)
        drawn = replace(LAW, title=nasty, x_label=nasty, paragraph=nasty, curves=(replace(LAW.curves[0], label=nasty),))
        sections = (Section(nasty, nasty, nasty, (drawn,), (table,), (claim,)),)
        write_paper_report(TinyPaper(nasty, nasty, nasty, nasty), sections, tmp_path, budget(1), {nasty: 1.0}, [nasty])
        page = parsed(tmp_path)
        assert "script" not in page.tags
        assert nasty in "".join(page.text).replace("\u2060", "")

    @pytest.mark.parametrize(
        ("sections", "told"),
        [
            ((), "0 experiments, 0 claims."),
            ((replace(SECTIONS[2], figures=()),), "1 experiment, 0 claims."),
            ((Section("E1", "t", "p", claims=(HOLDS,)),), "1 experiment, 1 claim: it holds."),
            ((Section("E1", "t", "p", claims=(HOLDS, HOLDS)),), "1 experiment, 2 claims: all of them hold."),
            ((Section("E1", "t", "p", claims=(FAILS,) * 5),), "5 claims: 0 hold and 5 fail."),
            ((Section("E1", "t", "p", claims=(HOLDS, OPEN, OPEN)),), "3 claims: 1 holds and 2 are undecided."),
        ],
    )
    def test_the_headline_counts(self, sections, told, tmp_path):
        write_paper_report(TinyPaper(), sections, tmp_path, budget(3))
        assert told in "".join(parsed(tmp_path).text)


def lines_of(drawing):
    """Label by colour and order: data of every line and cloud that was drawn."""
    (ax,) = drawing.axes
    return ax, list(ax.lines)


class TestFigures:
    def test_a_prediction_has_the_colour_of_its_own_measurement(self):
        _, drawn = lines_of(draw(LAW))
        one, eleven, law_of_eleven, law_of_one, common = (to_hex(line.get_color()) for line in drawn)
        assert one == law_of_one != eleven == law_of_eleven
        assert common == _style.INK

    def test_marks_are_measured_and_lines_predicted(self):
        _, drawn = lines_of(draw(LAW))
        assert [line.get_linestyle() for line in drawn] == ["None", "None", "-", "-", "--"]
        assert [line.get_marker() != "None" for line in drawn] == [True, True, False, False, False]
        for line, curve in zip(drawn, LAW.curves, strict=True):
            np.testing.assert_array_equal(line.get_ydata(), curve.y)

    def test_bands_are_drawn_where_there_are_any(self):
        ax, _ = lines_of(draw(LAW))
        (bars,) = ax.collections
        ends = [segment[:, 1] for segment in bars.get_segments()]
        np.testing.assert_allclose(ends, np.column_stack([0.5 * SCALES, 2 * SCALES]))
        ax, _ = lines_of(draw(figure(measured())))
        assert len(ax.collections) == 0
        shaded = replace(predicted("law", SCALES), low=0.5 * SCALES, high=2 * SCALES)
        ax, _ = lines_of(draw(figure(shaded)))
        assert ax.collections[0].get_paths()[0].get_extents().y1 == 0.2

    def test_a_band_that_reaches_zero_ends_at_the_edge(self):
        ax, _ = lines_of(draw(figure(measured(low=np.zeros(3), high=2 * SCALES))))
        bottom = ax.get_ylim()[0]
        assert bottom > 0
        assert [segment[0, 1] for segment in ax.collections[0].get_segments()] == [bottom] * 3

    @pytest.mark.parametrize("x_scale", ["linear", "log"])
    @pytest.mark.parametrize("y_scale", ["linear", "log"])
    def test_axes_are_as_asked_and_hold_everything(self, x_scale, y_scale):
        ax, drawn = lines_of(draw(figure(*LAW.curves, x_scale=x_scale, y_scale=y_scale)))
        assert (ax.get_xscale(), ax.get_yscale()) == (x_scale, y_scale)
        for line in drawn:
            assert ax.get_xlim()[0] < line.get_xdata().min()
            assert line.get_xdata().max() < ax.get_xlim()[1]
            assert ax.get_ylim()[0] < line.get_ydata().min()
            assert line.get_ydata().max() < ax.get_ylim()[1]

    @pytest.mark.parametrize(
        ("curve", "axes", "missing"),
        [
            (measured(y=[0.0, -1.0, 1.0]), {}, 2),
            (measured(y=[0.0, -1.0, 1.0]), {"y_scale": "linear"}, 0),
            (measured(y=[np.nan, np.inf, 1.0]), {"y_scale": "linear"}, 2),
            (Curve("m", np.array([0.0, 1.0]), np.ones(2)), {}, 1),
            (Curve("m", np.array([0.0, 1.0]), np.ones(2)), {"x_scale": "linear"}, 0),
            (predicted("law", [0.0, 1.0]), {}, 0),
        ],
    )
    def test_what_cannot_be_drawn_is_counted(self, curve, axes, missing):
        found = figure(curve, **axes)
        assert left_out(found) == missing
        (line,) = lines_of(draw(found))[1]
        if curve.kind == "measured":
            assert len(line.get_ydata()) == len(curve.y) - missing

    @pytest.mark.parametrize("curves", [(), (measured(y=[0.0, np.nan]),)])
    def test_nothing_to_draw_is_said(self, curves):
        ax, drawn = lines_of(draw(figure(*curves)))
        assert drawn == []
        assert [text.get_text() for text in ax.texts] == ["there is nothing to draw"]

    def test_the_legend_names_everything_and_covers_no_data(self):
        drawing = draw(LAW)
        (ax,) = drawing.axes
        drawing.draw_without_rendering()
        legend = ax.get_legend()
        # A law of one measurement alone shares its entry.
        assert {text.get_text() for text in legend.get_texts()} == {"$h=1$", "$h=11$", "bound for all"}
        assert legend.get_title().get_text() == "marks: measured · lines: predicted · bars: 95 % bands"
        assert legend.get_window_extent().y0 >= ax.get_window_extent().y1

    @pytest.mark.parametrize("curves", [LAW.curves, [measured(f"a long label of curve {i}") for i in range(9)]])
    def test_the_legend_does_not_outweigh_the_data(self, curves):
        drawing = draw(figure(*curves))
        drawing.draw_without_rendering()
        (ax,) = drawing.axes
        assert ax.get_legend().get_window_extent().height < 0.7 * ax.get_window_extent().height
        assert ax.get_legend().get_window_extent().x1 <= drawing.bbox.x1

    @pytest.mark.parametrize(
        ("curves", "told"),
        [
            ((measured("h = 1"), predicted("slope 2, h = 1", SCALES)), "lines: slope 2, predicted"),
            ((measured("gap"), predicted("predicted gap", SCALES)), "lines: predicted"),
            ((measured("gap"), replace(predicted("before", SCALES), kind="reference")), None),
        ],
    )
    def test_the_legend_says_what_lines_are(self, curves, told):
        drawing = draw(figure(*curves))
        names = drawing.axes[0].get_legend().get_title().get_text().split(" · ")
        assert [name for name in names if name.startswith("line")] == ([told] if told else [])
        assert len([line for line in drawing.axes[0].lines if line.get_linestyle() != "None"]) == 1

    def test_a_mark_under_another_still_shows(self):
        sizes = [line.get_markersize() for line in draw(figure(measured("a"), measured("b"))).axes[0].lines]
        assert sizes[0] > sizes[1]

    @given(st.lists(st.text(st.characters(categories=["L", "N", "P", "Z"], exclude_characters="$\\")), max_size=9))
    def test_any_labels_fit(self, names):
        before = dict(mpl.rcParams)
        drawing = draw(figure(*(measured(f"{i} {name}") for i, name in enumerate(names))))
        assert len(drawing.axes[0].lines) == len(names)
        assert dict(mpl.rcParams) == before


def test_many_marks_hide_neither_each_other_nor_the_line_of_all_of_them():
    x = np.linspace(1.0, 2.0, 64)
    curves = [Curve(f"start {k}", x, x + k, "measured") for k in (0, 1)]
    ax = draw(figure(*curves, Curve("law", x, x, "predicted"))).axes[0]
    marks, law = ax.lines[:2], ax.lines[2]
    few = draw(LAW).axes[0].lines[0]
    assert all(each.get_markersize() < 0.6 * few.get_markersize() for each in marks)
    assert law.get_zorder() > max(each.get_zorder() for each in marks)


@given(st.lists(st.text(), max_size=12))
def test_slugs_are_unique_names_of_files(names):
    made = slugs(names, taken=("provenance",))
    assert len({slug.lower() for slug in made}) == len(names)
    assert "provenance" not in made
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in made)


@pytest.mark.parametrize(
    ("claim", "shown"),
    [
        (Claim("c", 1.0, 1.04, 0.05), "1.04"),
        (Claim("c", -0.5, -0.5123456, 0.03), "−0.5123"),
        (Claim("c", 0.0, 3e-13, 1e-10), "3·10⁻¹³"),
        (Claim("c", 1.0, 1.00000049, 1e-6), "1.00000049"),
        (Claim("c", 0.0, 0.0, 0.0), "0"),
        (Claim("c", 1.0, float("inf"), 0.1), "∞"),
        (Claim("c", 2.0, 2.0, float("inf")), "2"),
    ],
)
def test_numbers_are_shown_as_finely_as_they_are_judged(claim, shown):
    assert claim_row(claim)[2] == shown


@given(st.floats(0.01, 100), st.floats(-12, 2))
def test_the_ends_of_a_band_can_be_told_apart(low, power):
    told = band_text(low, low + 10**power)
    assert "±" in told or len(set(told.split("\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}"))) == 2


@pytest.mark.parametrize(
    ("claim", "passed", "shown"),
    [
        (Claim("c", 11.0, 16.0, sense="at least"), True, ("at least 11", "16", "none")),
        (Claim("c", 11.0, 10.0, sense="at least"), False, ("at least 11", "10", "none")),
        (Claim("c", 0.1, 0.11, 0.02, sense="at most"), True, ("at most 0.1", "0.11", "0.02")),
        (Claim("c", 0.1, 0.13, 0.02, sense="at most"), False, ("at most 0.1", "0.13", "0.02")),
        (Claim("c", 0.1, float("nan"), sense="at most"), False, ("at most 0.1", "not known", "none")),
    ],
)
def test_a_bound_is_called_one(claim, passed, shown):
    assert claim.passed is passed
    assert tuple(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in claim_row(claim)[1:4]) == shown


@given(st.floats(-1e6, 1e6), st.floats(1e-9, 1.0))
def test_a_claim_that_just_fails_looks_different(expected, tolerance):
    """Unless the tolerance is finer than the digits that a table has room for."""
    if abs(expected) > 1e9 * tolerance:
        return
    row = claim_row(Claim("c", expected, expected + 1.05 * tolerance, tolerance))
    assert row[1] != row[2]
    assert row[-1].endswith("fails")


BOUND = Claim("c", 1.0, 0.9, sense="at most")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (replace(BOUND, band=(0.7, 0.99)), "passed"),
        (replace(BOUND, band=(0.7, 1.0)), "passed"),  # an end that lies on the bound keeps it
        (replace(BOUND, band=(0.7, 1.01)), "undecided"),
        (replace(BOUND, band=(0.7, 1.01), tolerance=0.02), "passed"),
        (replace(BOUND, measured=1.1, band=(0.99, 1.2)), "undecided"),
        (replace(BOUND, measured=1.1, band=(1.01, 1.2)), "failed"),
        (replace(BOUND, measured=1.1), "failed"),
        (replace(BOUND, measured=float("nan"), band=(0.7, 1.2)), "failed"),
        (replace(BOUND, sense="at least", band=(0.7, 1.2)), "undecided"),
        (replace(BOUND, sense="at least", band=(0.7, 0.95)), "failed"),
        (replace(BOUND, sense="at least", tolerance=0.4, band=(0.7, 0.95)), "passed"),
        (replace(BOUND, sense="near", band=(0.7, 1.2), tolerance=0.2), "passed"),
        (replace(BOUND, sense="near", band=(0.7, 1.2), tolerance=0.05), "failed"),
    ],
)
def test_a_band_on_both_sides_of_a_bound_decides_nothing(claim, verdict):
    assert claim.verdict == verdict
    assert (claim.passed, claim.failed) == (verdict == "passed", verdict == "failed")
    assert claim_row(claim)[-1].split("\N{NO-BREAK SPACE}")[1] == {"passed": "holds", "failed": "fails"}.get(
        verdict, verdict
    )
