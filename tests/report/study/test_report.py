"""The report is one page that needs nothing else, and files that are whole."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from ridgeless.errors import InvalidInputError, UnwritableFolderError
from ridgeless.report import write_report
from ridgeless.report._mathml import typeset
from ridgeless.report.study.figures import called_for
from ridgeless.report.study.page import inlined

VOID = {"meta", "br", "img", "hr", "link", "input"}


class Page(HTMLParser):
    """Checks that tags are balanced, and collects what a browser would load, the ids and the text."""

    def __init__(self):
        super().__init__()
        self.open, self.loads, self.ids, self.tags, self.text = [], [], [], set(), []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.loads += [value for name, value in attrs if name in ("src", "href", "xlink:href", "srcset", "data")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def parsed(path):
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def written(few_cells, facts, tmp_path_factory):
    """One report that several tests read."""
    return write_report(few_cells, facts, tmp_path_factory.mktemp("report"))


@pytest.mark.parametrize("results", ["dataset", "vectors", "nothing"])
def test_every_file_is_written_and_whole(results, request, manifest, tmp_path):
    found = request.getfixturevalue(results)
    names = [exhibit.name for exhibit in called_for(found)]
    paths = write_report(found, manifest, tmp_path / "new" / "folder")
    wanted = {"report.html"} | {f"figures/{name}.{kind}" for name in names for kind in ("png", "svg")}
    assert {path.relative_to(tmp_path / "new" / "folder").as_posix() for path in paths} == wanted
    assert paths[0].name == "report.html"
    for path in paths:
        if path.suffix == ".png":
            pixels = imread(path)
            assert min(pixels.shape[:2]) > 100
            assert np.ptp(pixels[..., :3]) > 0.5
        if path.suffix == ".svg":
            assert ET.parse(path).getroot().tag.endswith("svg")
    check_page(parsed(paths[0]), paths[0].read_text(encoding="utf-8"), len(names))


def check_page(page, text, figures):
    """One file, no request, no script, every figure, ids that are unique and found."""
    assert all(target.startswith(("#", "data:image/")) for target in page.loads)
    assert not page.tags & {"script", "link", "iframe", "img"}
    assert not re.search(r"@import|url\((?!#)", text)
    assert len(page.ids) == len(set(page.ids))
    targets = {target[1:] for target in page.loads if target.startswith("#")}
    assert targets | set(re.findall(r"url\(#([^)]+)\)", text)) <= set(page.ids)
    assert text.count("<svg") == figures
    assert 'name="viewport"' in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_the_page_holds_paragraphs_certificates_and_provenance(written, small, manifest):
    text = " ".join(parsed(written[0]).text)
    page = written[0].read_text(encoding="utf-8")
    for exhibit in called_for(small):
        assert all(f"<p>{typeset(line)}</p>" in page for line in exhibit.paragraph(small).split("\n"))
    assert "gradient descent of Difference, depth 3: diverged." in text
    assert all(version in text for version in manifest["versions"].values())
    assert "x86_64" in text
    assert "93.4" in text


def test_texts_cannot_break_the_page(small, tmp_path):
    nasty = "</style><script>alert(1)</script>\"'&"
    small.attrs |= {"name": nasty, "system": nasty}
    small["message"][:] = nasty
    renamed = small.assign_coords(network=[nasty, "b", "c"])
    page = parsed(write_report(renamed, {nasty: nasty, "nested": {"key": [nasty]}}, tmp_path)[0])
    assert "script" not in page.tags
    assert nasty in "".join(page.text)


def test_the_same_results_give_the_same_bytes_whatever_a_user_s_settings(written, small, manifest, tmp_path):
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "lines.linewidth": 20, "savefig.dpi": 30}):
        again = write_report(small, manifest, tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in written]


def test_settings_and_results_are_left_alone(small, tmp_path):
    before, untouched = dict(mpl.rcParams), small.copy(deep=True)
    text = " ".join(parsed(write_report(small, {}, tmp_path)[0]).text)
    assert dict(mpl.rcParams) == before
    assert small.identical(untouched)
    assert '"scales"' in text  # the configuration that the results carry, where the manifest has none


def test_optional_variables_may_be_missing(small, manifest, tmp_path):
    needed = {"status", "l1_norm", "l2_norm"}
    bare = small.drop_vars([name for name in small.data_vars if name not in needed])
    bare.attrs = {}
    parsed(write_report(bare, manifest, tmp_path)[0])


def test_what_is_no_study_is_refused_and_leaves_nothing(small, tmp_path):
    with pytest.raises(InvalidInputError, match="lacks status"):
        write_report(small.drop_vars("status"), {}, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cannot_be_made_is_named(small, tmp_path, monkeypatch):
    monkeypatch.setattr("ridgeless.report.study.writer._contents", lambda *_: {"report.html": b"text"})
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnwritableFolderError, match=r"file.*cannot be written"):
        write_report(small, {}, tmp_path / "file" / "run")


def test_inlined_figures_follow_light_and_dark():
    mark = '<g id="a" style="fill: #1b1b1f"/><g id="unused"/><use xlink:href="#a"/>'
    svg = f'<?xml version="1.0"?>\n<svg width="100pt" height="50pt"><metadata>x</metadata>{mark}</svg>'
    found = inlined(svg, "norms", 'a "label"')
    assert found.startswith('<svg role="img" aria-label="a &quot;label&quot;" style="max-width: 11.2rem" ')
    assert 'id="norms-a"' in found
    assert 'href="#norms-a"' in found
    assert "#1b1b1f" not in found
    assert "var(--c1b1b1f)" in found
    assert "metadata" not in found
    assert "unused" not in found


def test_importing_the_report_is_light():
    code = "import sys, ridgeless, ridgeless.report as r; assert 'write_report' in r.__all__; "
    code += "assert not {'matplotlib', 'xarray', 'jax'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_are_no_part_of_the_report():
    import ridgeless.report

    with pytest.raises(AttributeError, match="no attribute 'wrong'"):
        _ = ridgeless.report.wrong
