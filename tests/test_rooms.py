"""The picture of the rooms shows what the imports are, and can be read."""

import importlib.util
import re
import sys
import tomllib
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path
from textwrap import wrap

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "rooms.svg"
SVG = "{http://www.w3.org/2000/svg}"
# Of the size of a letter: what the widest common sans-serif fonts need at the mean.
LETTER = 0.56


@pytest.fixture(scope="module")
def rooms():
    specification = importlib.util.spec_from_file_location("docs_rooms", ROOT / "docs" / "rooms.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules["docs_rooms"] = module  # dataclasses look themselves up
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def house(rooms):
    return rooms.house(ROOT / "src" / "ridgeless", ROOT / "pyproject.toml")


@pytest.fixture(scope="module")
def graph():
    """The imports as import-linter sees them."""
    return grimp.build_graph("ridgeless", exclude_type_checking_imports=True, cache_dir=None)


@pytest.fixture(scope="module")
def picture():
    return ET.parse(PICTURE).getroot()


def without_counts(text):
    return re.sub(r"\d+ modules?<|\(\d+\)", "#", text)


def counts(text):
    return {room: int(count) for room, count in re.findall(r"(\w+) \((\d+)\):", text)}


def test_every_phrase_fits_into_its_box(rooms):
    long = {room: text for room, text in rooms.PHRASES.items() if len(wrap(text, rooms.LETTERS)) > 2}
    assert not long


def test_the_committed_picture_is_what_the_imports_give(rooms, house):
    """A new file changes one count alone, and nobody has to draw anew for that: a count may lag by a tenth."""
    committed, drawn = PICTURE.read_text(encoding="utf-8"), rooms.drawn(house)
    assert without_counts(committed) == without_counts(drawn), "type: python docs/rooms.py (or make docs), and commit"
    for room, count in counts(drawn).items():
        assert abs(counts(committed)[room] - count) <= max(2, count // 10), f"{room}: type python docs/rooms.py"


def test_every_import_between_rooms_is_known(house, graph):
    everything = {f"ridgeless.{room}" for room in house.modules}
    for room in house.modules:
        inside = {f"ridgeless.{room}", *graph.find_descendants(f"ridgeless.{room}")}
        found = {
            ".".join(name.split(".")[:2]) for each in inside for name in graph.find_modules_directly_imported_by(each)
        }
        others = {name.removeprefix("ridgeless.") for name in found & everything} - {room}
        assert {to for source, to in house.imports if source == room} == others
        assert house.modules[room] == len(inside)


def test_an_arrow_is_an_import_and_every_import_follows_from_arrows(house):
    arrows = set(house.arrows())
    assert arrows <= house.imports
    assert len(arrows) < 1.8 * len(house.modules)

    def reached(room):
        return {other for source, to in arrows if source == room for other in {to} | reached(to)}

    for source, to in house.imports:
        assert to in reached(source)


def test_no_room_imports_one_above_or_beside_it(house):
    assert all(house.row[source] < house.row[to] for source, to in house.imports)


def test_rows_are_the_layers_that_import_linter_enforces(picture, rooms):
    """Read off the picture: names of rooms by their heights."""
    names = [each for each in picture.iter(f"{SVG}text") if each.get("font-weight") == "bold"]
    heights = sorted({float(each.get("y")) for each in names})
    drawn = [{f"ridgeless.{each.text}" for each in names if float(each.get("y")) == height} for height in heights]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    assert drawn == [set(layer.split(" | ")) for layer in contracts[0]["layers"]]


def test_the_guide_opens_with_the_picture():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert re.match(r"# Contributing\n\n!\[[^\]]+\]\(docs/images/rooms\.svg\)\n", text)


def test_every_room_has_its_phrase(rooms, house):
    assert set(rooms.PHRASES) == set(house.modules)


def test_what_only_type_checkers_read_is_no_import_and_what_a_function_imports_is(rooms, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[[tool.importlinter.contracts]]\ntype = "layers"\n'
        'layers = ["ridgeless.a", "ridgeless.b | ridgeless.c", "ridgeless.d"]\n'
        '[[tool.importlinter.contracts]]\ntype = "independence"\nmodules = ["ridgeless.b", "ridgeless.c"]\n'
    )
    code = {
        "a": "from ridgeless import b\nfrom ridgeless.d import one, two\nimport numpy",
        "b": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ridgeless import c\n",
        "c": "def f():\n    import ridgeless.d.e",
        "d": "",
    }
    source = tmp_path / "ridgeless"
    for room, text in code.items():
        (source / room).mkdir(parents=True)
        (source / room / "__init__.py").write_text(text)
    found = rooms.house(source, tmp_path / "pyproject.toml")
    assert found.layers == (("a",), ("b", "c"), ("d",))
    assert found.imports == {("a", "b"), ("a", "d"), ("c", "d")}
    (source / "b" / "__init__.py").write_text("import ridgeless.d")
    assert rooms.house(source, tmp_path / "pyproject.toml").arrows() == [("a", "b"), ("b", "d"), ("c", "d")]


class TestLegibility:
    def test_boxes_stand_apart_and_within_the_frame(self, picture):
        frame, *boxes = [
            [float(each.get(key, 0)) for key in ("x", "y", "width", "height")] for each in picture.iter(f"{SVG}rect")
        ]
        for x, y, wide, tall in boxes:
            assert min(x, y) > 0
            assert x + wide < frame[2]
            assert y + tall < frame[3]
        for (x, y, wide, tall), (u, v, *_) in combinations(boxes, 2):
            assert abs(x - u) >= wide + 10 or abs(y - v) >= tall + 10

    def test_texts_fit_into_their_boxes(self, picture, rooms):
        texts = [(each, float(each.get("x")), float(each.get("y"))) for each in picture.iter(f"{SVG}text")]
        for box in list(picture.iter(f"{SVG}rect"))[1:]:
            x, y = float(box.get("x")), float(box.get("y"))
            inside = [each for each, u, v in texts if x < u < x + rooms.BOX and y < v < y + rooms.HEIGHT]
            name, count, *phrase = inside
            assert 1 <= len(phrase) <= 2
            for line in [f"{name.text}{count.text}", *(each.text for each in phrase)]:
                assert len(line) * LETTER * 12 < rooms.BOX

    def test_it_has_a_paper_of_its_own_so_that_it_reads_on_dark(self, picture, rooms):
        assert next(picture.iter(f"{SVG}rect")).get("fill") == rooms.PAPER

    def test_no_arrow_runs_through_a_box(self, picture, rooms):
        boxes = [(float(each.get("x")), float(each.get("y"))) for each in list(picture.iter(f"{SVG}rect"))[1:]]
        passing = [each.get("d") for each in picture.iter(f"{SVG}path") if " V" in each.get("d", "")]
        assert passing
        for path in passing:
            x, y, _ = map(float, re.findall(r"[\d.]+", path))
            assert all(v != y or not u < x < u + rooms.BOX for u, v in boxes)
