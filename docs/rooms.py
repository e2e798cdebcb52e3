"""The picture of the rooms: one box for each room of `src/ridgeless`, arrows where one room imports another.

Rows are the layers of import-linter's contract in pyproject.toml. Boxes, counts and arrows are read from the source.
`make docs` draws it; by hand: `python docs/rooms.py`, which writes docs/images/rooms.svg.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "ridgeless"

# What lives in each room, in one plain phrase.
PHRASES = {
    "cli": "the command line: solve, explore, study, verify, reproduce, list",
    "explorer": "one page for the browser: drag the start, and the answer moves",
    "report": "figures and one HTML page of a study or a paper",
    "plots": "figures of studies, trainings and models, on axes of your own",
    "papers": "published results, computed anew and checked; one package per paper",
    "course": "the exercises of the manual, which judge answers; one file per chapter",
    "studies": "grids of networks, methods and scales, as labelled arrays",
    "estimators": "fit and predict as scikit-learn does; start and stop regularize",
    "analysis": "calibrate, design, explain, learn, leave_one_out, sensitivity",
    "measures": "numbers that say something about a solution; one file each",
    "verbs": "limit, limit_path, lazy_limit, train, train_batch, solve",
    "certificates": "proofs about an answer: bounds on its error, enclosures, recovery",
    "accelerated": "limits in batches and differentiable limits, on JAX",
    "flows": "training: gradient flow, gradient descent, Adam and others; on JAX",
    "inits": "where the weights start",
    "networks": "how x is made of weights, and which theorem covers a start",
    "limits": "where training ends, computed without training, by theorem",
    "potentials": "the convex functions Φ that training minimises",
    "systems": "A x = b: arrays, files, tables, and problems with a known solution",
    "penalties": "penalties to design a start for",
    "solution": "the answer that every verb returns; saving and loading",
    "_core": "checked arrays, finding of classes, storage, exact arithmetic",
    "errors": "everything that is refused, by name",
}

# In pixels.
BOX, HEIGHT, ROW, GAP, TRUNK, MARGIN = 252, 62, 106, 26, 20, 24
LETTERS = 36  # of a phrase, on one line of its box
PAPER, INK, FAINT, LINE, FILL, MARKED = "#fdfcf9", "#1b1b1f", "#5a5a62", "#77777f", "#ffffff", "#e3effa"


@dataclass(frozen=True)
class House:
    """The rooms and what they import.

    Attributes:
        layers: names of rooms, row by row from the top.
        modules: how many modules each room has.
        imports: (room, other room) for every import of one by the other.
        independent: rooms that never import one another.
    """

    layers: tuple[tuple[str, ...], ...]
    modules: dict[str, int]
    imports: frozenset[tuple[str, str]]
    independent: tuple[str, ...]

    @property
    def row(self) -> dict[str, int]:
        """The row of each room, counted from the top."""
        return {room: number for number, layer in enumerate(self.layers) for room in layer}

    def arrows(self) -> list[tuple[str, str]]:
        """The imports that do not follow from others: those with no longer way from the one room to the other."""
        targets = {room: {to for source, to in self.imports if source == room} for room in self.modules}
        below: dict[str, set[str]] = {}
        for room in sorted(self.modules, key=self.row.__getitem__, reverse=True):
            below[room] = targets[room].union(*(below[to] for to in targets[room]))
        return sorted((a, b) for a, b in self.imports if not any(b in below[between] for between in targets[a]))


def house(source: Path, project: Path) -> House:
    """The house as it stands: layers from pyproject.toml, all else from the source.

    Args:
        source: the folder of the package.
        project: pyproject.toml.
    """
    contracts = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    (independent,) = (contract["modules"] for contract in contracts if contract["type"] == "independence")
    rows = tuple(tuple(name.strip().removeprefix(f"{PACKAGE}.") for name in layer.split("|")) for layer in layers)
    rooms = {room for row in rows for room in row}
    modules, imports = dict.fromkeys(sorted(rooms), 0), set()
    for path in source.rglob("*.py"):
        room = path.relative_to(source).with_suffix("").parts[0]
        if room in rooms:
            modules[room] += 1
            found = {name for name in imported(ast.parse(path.read_text(encoding="utf-8"))) if name in rooms}
            imports |= {(room, name) for name in found - {room}}
    return House(rows, modules, frozenset(imports), tuple(name.removeprefix(f"{PACKAGE}.") for name in independent))


def imported(tree: ast.AST) -> Iterator[str]:
    """The rooms that a module imports from anywhere in its code, but for what only type checkers read."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (parts[1] for parts in (name.split(".") for name in names) if parts[0] == PACKAGE and parts[1:])
        yield from imported(node)


# A box by its room, or the place where the arrows into a room pass another row, as ("to", room).
Node = str | tuple[str, str]


@dataclass(frozen=True)
class Plan:
    """Where everything stands.

    Attributes:
        rows: boxes and passing arrows of each row, from left to right.
        x: the centre of each (row, node).
        links: (row, node, node of the next row).
    """

    rows: list[list[Node]]
    x: dict[tuple[int, Node], float]
    links: list[tuple[int, Node, Node]]


def plan(shown: House) -> Plan:
    """Rows ordered so that few arrows cross, and places that keep arrows straight.

    All arrows into one room share their way past the rows between.
    """
    rows: list[list[Node]] = [list(layer) for layer in shown.layers]
    links: list[tuple[int, Node, Node]] = []
    for source, target in shown.arrows():
        way: list[Node] = [source]
        for number in range(shown.row[source] + 1, shown.row[target]):
            way.append(("to", target))
            if way[-1] not in rows[number]:
                rows[number].append(way[-1])
        steps = enumerate(pairwise([*way, target]), start=shown.row[source])
        links += [(number, one, other) for number, (one, other) in steps if (number, one, other) not in links]
    x = {(number, node): place for number, row in enumerate(rows) for node, place in zip(row, spread(row), strict=True)}
    for turn in range(600):
        numbers = range(len(rows)) if turn % 2 == 0 else range(len(rows) - 1, -1, -1)
        for number in numbers:
            wanted = {node: pull(number, node, links, x) for node in rows[number]}
            if turn < 40:
                rows[number].sort(key=lambda node, wanted=wanted: (wanted[node], str(node)))
            settle(number, rows[number], wanted, x)
    return Plan(rows, x, links)


def width(node: Node) -> float:
    """Of a box, or of an arrow that passes by."""
    return BOX if isinstance(node, str) else TRUNK


def spread(row: list[Node]) -> list[float]:
    """Centres of nodes side by side, around 0."""
    places = [0.0]
    for one, other in pairwise(row):
        places.append(places[-1] + (width(one) + width(other)) / 2 + GAP)
    return [place - places[-1] / 2 for place in places]


def pull(number: int, node: Node, links: list[tuple[int, Node, Node]], x: dict[tuple[int, Node], float]) -> float:
    """Where a node would stand: amid those it is linked to; an arrow that passes by, in line with itself."""
    near = [(number + 1, other) for at, one, other in links if (at, one) == (number, node)]
    near += [(number - 1, one) for at, one, other in links if (at, other) == (number - 1, node)]
    own = [each for each in near if each[1] == node]
    places = [x[each] for each in own or near]
    return sum(places) / len(places) if places else x[number, node]


def settle(number: int, row: list[Node], wanted: dict[Node, float], x: dict[tuple[int, Node], float]) -> None:
    """Put the nodes of a row as near to where they would stand as their widths allow, in this order."""
    offsets = spread(row)
    groups: list[list[int]] = []
    for index in range(len(row)):
        groups.append([index])
        while len(groups) > 1 and shift(groups[-2], row, wanted, offsets) > shift(groups[-1], row, wanted, offsets):
            groups[-2:] = [groups[-2] + groups[-1]]
    for group in groups:
        for index in group:
            x[number, row[index]] = offsets[index] + shift(group, row, wanted, offsets)


def shift(group: list[int], row: list[Node], wanted: dict[Node, float], offsets: list[float]) -> float:
    """How far nodes that stand shoulder to shoulder are moved together."""
    return sum(wanted[row[index]] - offsets[index] for index in group) / len(group)


def drawn(shown: House) -> str:
    """The picture, as SVG."""
    made = plan(shown)
    left = min(x - width(node) / 2 for (_, node), x in made.x.items()) - MARGIN
    wide = round(max(x + width(node) / 2 for (_, node), x in made.x.items()) + MARGIN - left)
    place = {key: round(x - left) for key, x in made.x.items()}
    tall = 2 * MARGIN + ROW * (len(made.rows) - 1) + HEIGHT + 58
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}" '
        f'font-family="Helvetica, Arial, sans-serif" role="img">',
        f"<title>The rooms of {PACKAGE} and what they import</title>",
        f"<desc>{escape(described(shown))}</desc>",
        f'<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        f'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{LINE}"/></marker></defs>',
        f'<rect width="{wide}" height="{tall}" rx="10" fill="{PAPER}"/>',
    ]
    lines += [curve(*link, place) for link in made.links]
    for number, row in enumerate(made.rows):
        for node in row:
            x, y = place[number, node], MARGIN + ROW * number
            if isinstance(node, str):
                lines += box(node, x, y, shown)
            else:
                lines.append(f'<path d="M{x} {y} V{y + HEIGHT}" fill="none" stroke="{LINE}" stroke-width="1.3"/>')
    lines += legend(shown, tall - MARGIN - 26)
    return "\n".join([*lines, "</svg>", ""])


def curve(number: int, one: Node, other: Node, place: dict[tuple[int, Node], int]) -> str:
    """A link from one row to the next; a tip where it arrives at a room."""
    top, bottom = MARGIN + ROW * number + HEIGHT, MARGIN + ROW * (number + 1)
    start, end, middle = place[number, one], place[number + 1, other], (top + bottom) / 2
    tip = ' marker-end="url(#tip)"' if isinstance(other, str) else ""
    path = f"M{start} {top} C{start} {middle:g} {end} {middle:g} {end} {bottom}"
    return f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.3"{tip}/>'


def box(room: str, x: int, y: int, shown: House) -> list[str]:
    """A room: its name, how many modules it has, and what lives there."""
    left, count = x - BOX // 2, shown.modules[room]
    fill = MARKED if room in shown.independent else FILL
    counted = f"{count} module" + "s" * (count != 1)
    phrase = wrap(PHRASES[room], LETTERS)
    return [
        f'<rect x="{left}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="6" fill="{fill}" stroke="{INK}"/>',
        f'<text x="{left + 10}" y="{y + 20}" font-size="15" font-weight="bold" fill="{INK}">{room}</text>',
        f'<text x="{left + BOX - 10}" y="{y + 20}" font-size="11" text-anchor="end" fill="{FAINT}">{counted}</text>',
        *(
            f'<text x="{left + 10}" y="{y + 37 + 15 * index}" font-size="12" fill="{INK}">{escape(line)}</text>'
            for index, line in enumerate(phrase)
        ),
    ]


def legend(shown: House, y: int) -> list[str]:
    """How to read the picture."""
    *most, last = shown.independent
    texts = (
        "An arrow means “imports”. All imports go down; one that a chain of arrows already implies is not drawn.",
        f"Blue: {', '.join(most)} and {last} never import one another, so that each can test the others.",
    )
    return [
        f'<text x="{MARGIN}" y="{y + 18 * index}" font-size="12.5" fill="{FAINT}">{escape(text)}</text>'
        for index, text in enumerate(texts)
    ]


def described(shown: House) -> str:
    """The picture in words, for those who cannot see it."""
    parts = []
    for room in (room for layer in shown.layers for room in layer):
        targets = [target for source, target in shown.arrows() if source == room]
        tail = f", builds on {', '.join(targets)}" if targets else ""
        parts.append(f"{room} ({shown.modules[room]}): {PHRASES[room]}{tail}")
    return "; ".join(parts) + "."


def draw(path: Path, source: Path = ROOT / "src" / PACKAGE, project: Path = ROOT / "pyproject.toml") -> None:
    """Write the picture, if it is not there already as it should be."""
    text = drawn(house(source, project))
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    draw(Path(__file__).parent / "images" / "rooms.svg")
