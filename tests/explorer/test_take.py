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
    for kind, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as saved:
            page.get_by_role("button", name=kind, exact=True).click()
        assert saved.value.suggested_filename == f"line.{kind.lower()}"
        assert Path(saved.value.path()).read_bytes().startswith(begins)


class TestArchives:
    A = np.array([[1.0, -2.0, 0.1, 1e-300], [1 / 3, 0.0, 5.0, -7.0]])
    B = np.array([1.0, 2.0])

    def opened(self, open_page, path):
        page = open_page("view=line")
        page.get_by_role("button", name="Your own A and b").click()
        page.locator("dialog input[type=file]").set_input_files(path)
        return page

    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    @pytest.mark.parametrize("order", ["C", "F"])
    def test_every_bit_arrives(self, open_page, tmp_path, save, order):
        save(tmp_path / "mine.npz", A=np.array(self.A, order=order), b=self.B)
        page = self.opened(open_page, tmp_path / "mine.npz")
        page.wait_for_function("explorer.state().system === 'own'")
        code = page.evaluate("explorer.python()")
        space = {}
        exec(code[: code.index("network = ")], space)
        assert (space["system"].A == self.A).all()
        assert (space["system"].b == self.B).all()

    @pytest.mark.parametrize(
        ("arrays", "said"),
        [
            ({"A": A}, "no array named b"),
            ({"b": B}, "no array named A"),
            ({"A": A * 1j, "b": B}, "astype(float)"),
            ({"A": A, "b": np.ones(3)}, "b has 3 entries"),
            ({"A": A.ravel(), "b": B}, "needs two: equations and unknowns"),
            ({"A": A * np.nan, "b": B}, "row 1, column 1 is not a finite number"),
        ],
    )
    def test_what_cannot_be_used_is_told(self, open_page, tmp_path, arrays, said):
        np.savez(tmp_path / "mine.npz", **arrays)
        page = self.opened(open_page, tmp_path / "mine.npz")
        page.wait_for_function("(said) => document.querySelector('dialog .error').textContent.includes(said)", arg=said)

    def test_another_file_is_told(self, open_page, tmp_path):
        (tmp_path / "mine.npz").write_bytes(b"no archive")
        page = self.opened(open_page, tmp_path / "mine.npz")
        page.wait_for_function("document.querySelector('dialog .error').textContent.includes('no archive of NumPy')")
