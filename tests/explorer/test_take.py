"""What a reader takes home, and what a reader brings: pictures, and archives of NumPy."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import ridgeless as rl

VIEWS = re.findall(r'from "\./(\w+)\.js"', (Path(rl.__file__).parent / "explorer/page/views/all.js").read_text("utf-8"))


def test_pictures_of_every_view_are_whole_documents(open_page):
    page = open_page("view=line")
    for view in VIEWS:
        page.evaluate("(view) => explorer.set({ view })", view)
        page.wait_for_timeout(300)
        pictures = page.evaluate("explorer.svg()")
        assert pictures, view
        for picture in pictures:
            root = ET.fromstring(picture)
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            assert len(list(root.iter())) > 10, view
            assert "NaN" not in picture, view


def test_a_picture_is_saved_as_svg_and_as_png(open_page):
    page = open_page("view=line")
    for kind, begins in (("svg", b"<svg"), ("png", b"\x89PNG")):
        with page.expect_download(lambda each, kind=kind: each.suggested_filename == f"line.{kind}") as saved:
            page.get_by_role("button", name=kind.upper(), exact=True).click()
        assert Path(saved.value.path()).read_bytes().startswith(begins)


A = np.array([[1.0, -2.0, 0.1, 1e-300], [1 / 3, 0.0, 5.0, -7.0]])
B = np.array([1.0, 2.0])
REFUSED = [
    ({"A": A}, "no array named b"),
    ({"b": B}, "no array named A"),
    ({"A": A * 1j, "b": B}, "A is complex, which this page does not take"),
    ({"A": A.astype(np.float16), "b": B}, "A.astype(float)"),
    ({"A": A.astype(str), "b": B}, "no numbers"),
    ({"A": A, "b": np.ones(3)}, "b has 3 entries"),
    ({"A": A.ravel(), "b": B}, "needs two: equations and unknowns"),
    ({"A": A * np.nan, "b": B}, "row 1, column 1 is not a finite number"),
]


class TestArchives:
    @pytest.fixture
    def page(self, open_page):
        return open_page("view=line")

    def give(self, page, path):
        if page.locator("dialog").count() == 0:
            page.get_by_role("button", name="Your own A and b").click()
        page.locator("dialog input[type=file]").set_input_files(path)

    def test_every_bit_arrives(self, page, tmp_path):
        for save in (np.savez, np.savez_compressed):
            for order in "CF":
                save(tmp_path / "mine.npz", A=np.array(A, order=order), b=B)
                page.evaluate("explorer.set({ view: 'line' })")
                self.give(page, tmp_path / "mine.npz")
                page.wait_for_function(
                    "explorer.state().view === 'unknowns' && explorer.state().system.startsWith('yours')"
                )
                code, space = page.evaluate("explorer.python()"), {}
                exec(code[: code.index("network = ")], space)
                assert (space["system"].A == A).all()
                assert (space["system"].b == B).all()

    @pytest.mark.parametrize("kind", [">f8", "<f4", ">i4", "<u4", ">u2", "<u8", "|i1", "|b1"])
    def test_numbers_of_every_kind_are_read(self, page, tmp_path, kind):
        given = np.array([[1, 0, 1], [0, 1, 1]]).astype(kind)
        np.savez(tmp_path / "mine.npz", A=given, b=B)
        self.give(page, tmp_path / "mine.npz")
        page.wait_for_function("explorer.state().system.startsWith('yours')")
        lines, space = page.evaluate("explorer.python()"), {}
        exec(lines[: lines.index("network = ")], space)
        np.testing.assert_array_equal(space["system"].A, given)

    def test_what_cannot_be_used_is_told(self, page, tmp_path):
        told = "(said) => document.querySelector('dialog .error').textContent.includes(said)"
        for place, (arrays, said) in enumerate(REFUSED):
            np.savez(tmp_path / f"{place}.npz", **arrays)
            self.give(page, tmp_path / f"{place}.npz")
            page.wait_for_function(told, arg=said)
        (tmp_path / "other.npz").write_bytes(b"no archive")
        self.give(page, tmp_path / "other.npz")
        page.wait_for_function(told, arg="no archive of NumPy")
        np.savez(tmp_path / "whole.npz", A=np.ones((20, 40)), b=np.ones(20))
        (tmp_path / "part.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[1000:])
        self.give(page, tmp_path / "part.npz")
        page.wait_for_function(told, arg="damaged")
