"""Random tables in random dialects: each is read rightly or refused, and none is read as something else."""

from dataclasses import dataclass

import numpy as np
import pytest

from ridgeless.errors import UnreadableFileError
from ridgeless.systems import read_system

GROUPS = {".": ["", "", ",", "'"], ",": ["", "", ".", "\u202f"]}


@dataclass(frozen=True)
class Dialect:
    """How a program writes a table."""

    delimiter: str
    decimal: str
    group: str
    number: str
    quotes: str
    header: str
    index: str
    ending: str
    encoding: str
    trailing: bool
    comment: bool

    def text_of(self, value):
        text = {"whole": f"{value:.0f}", "short": f"{value:.6g}", "full": repr(float(value)), "e": f"{value:.8e}"}[
            self.number
        ]
        if "e" in text:
            return text.replace(".", self.decimal)
        whole, _, fraction = text.lstrip("-").partition(".")
        groups = f"{int(whole):,}".replace(",", self.group) if self.group else whole
        return "-" * (text[0] == "-") + groups + (self.decimal + fraction if fraction else "")

    def truth_of(self, value):
        plain = Dialect(**{**self.__dict__, "decimal": ".", "group": ""})
        return float(plain.text_of(value))

    def field(self, text, is_name=False):
        needs = self.delimiter in text or self.quotes == "all" or (self.quotes == "names" and is_name)
        return f'"{text}"' if needs else text


def drawn(rng):
    decimal = rng.choice([".", ","], p=[0.7, 0.3])
    delimiter = rng.choice([",", ";", "\t", "|", " "])
    return Dialect(
        delimiter=str(delimiter),
        decimal=str(decimal),
        group=str(rng.choice(GROUPS[decimal])),
        number=str(rng.choice(["whole", "short", "full", "e"])),
        quotes=str(rng.choice(["need", "names", "all"])),
        header=str(rng.choice(["none", "names", "numbers", "numbers and y", "one short", "years"])),
        index=str(rng.choice(["none", "unnamed", "text", "id"])),
        ending=str(rng.choice(["\n", "\r\n", "\r"])),
        encoding=str(rng.choice(["utf-8", "utf-8-sig", "utf-16"])),
        trailing=bool(rng.random() < 0.1) and delimiter != " ",
        comment=bool(rng.random() < 0.2),
    )


def written(dialect, table, rng):
    """The text of the table [A, b], and the place where it puts b."""
    rows, unknowns = table.shape[0], table.shape[1] - 1
    names = {
        "none": None,
        "names": [*(f"g{i}" for i in range(unknowns)), "y"],
        "one short": [*(f"g{i}" for i in range(unknowns)), "target"],
        "numbers": [str(i) for i in range(unknowns + 1)],
        "numbers and y": [*map(str, range(unknowns)), "y"],
        "years": [str(2010 + i) for i in range(unknowns + 1)],
    }[dialect.header]
    order = list(range(unknowns + 1))
    if dialect.header == "names":
        order.insert(int(rng.integers(unknowns + 1)), order.pop())
        names = [names[i] for i in order]
    labels = {
        "none": None,
        "unnamed": [str(i) for i in range(rows)],
        "text": [f"s{i}" for i in range(rows)],
        "id": [str(i) for i in rng.permutation(900)[:rows] + 100],
    }[dialect.index]
    if dialect.header == "one short" and labels is None:
        labels = [f"s{i}" for i in range(rows)]
    lines = ["# a comment of some words"] if dialect.comment else []
    if names is not None:
        above = [] if labels is None or dialect.header == "one short" else [{"id": "id"}.get(dialect.index, "")]
        quoted = [dialect.field(name, is_name=True) or '""' for name in [*above, *names]]
        lines.append(dialect.delimiter.join(quoted))
    for place, row in enumerate(table):
        fields = [dialect.field(dialect.text_of(row[i])) for i in order]
        label = [] if labels is None else [dialect.field(labels[place], is_name=True)]
        lines.append(dialect.delimiter.join([*label, *fields]))
    tail = dialect.delimiter if dialect.trailing else ""
    return dialect.ending.join(line + tail * (line[0] != "#") for line in lines) + dialect.ending


def is_undecidable(dialect, table):
    """What looks like another table to anyone.

    Row names that are numbers, without a header, look like an unknown. 1.234 is a decimal where all numbers of a table
    look like it. Nobody parts thousands by points and columns by commas.
    """
    is_bare = dialect.header == "none" and dialect.index in ("id", "unnamed") and dialect.quotes != "names"
    if is_bare and (len(table) == 1 or dialect.index == "id" or dialect.quotes == "all"):
        return True
    texts = [dialect.text_of(value) for value in table.flat]
    has_only_points = dialect.group == "." and all("." in text and "," not in text for text in texts)
    return has_only_points or (dialect.delimiter, dialect.decimal, dialect.group) == (",", ",", ".")


def fate(dialect, table, path, rng):
    path.write_text(written(dialect, table, rng), encoding=dialect.encoding, newline="")
    try:
        system = read_system(path)
    except UnreadableFileError as error:
        assert "\n" not in str(error)  # noqa: PT017 - one of two fates
        return "refused"
    truth = np.vectorize(dialect.truth_of)(table)
    is_right = system.A.shape == truth[:, :-1].shape and np.array_equal(np.column_stack([system.A, system.b]), truth)
    return "right" if is_right else "wrong"


def fates(seed, count, path):
    rng = np.random.default_rng(seed)
    found = {"right": 0, "refused": 0}
    for _ in range(count):
        dialect = drawn(rng)
        rows, unknowns = int(rng.integers(1, 5)), int(rng.integers(2, 6))
        table = rng.standard_normal((rows, unknowns + 1)) * 10.0 ** rng.integers(0, 7, (rows, unknowns + 1))
        if rng.random() < 0.3:
            table = np.round(table)
        if is_undecidable(dialect, table):
            continue
        ending = fate(dialect, table, path, rng)
        assert ending != "wrong", (dialect, path.read_bytes().decode(dialect.encoding))
        found[ending] += 1
    return found


@pytest.mark.parametrize("seed", range(3))
def test_no_table_is_read_as_another(tmp_path, seed):
    found = fates(seed, 400, tmp_path / "table.csv")
    assert found["right"] > 0.4 * sum(found.values())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 6))
def test_no_table_of_many_is_read_as_another(tmp_path, seed):
    fates(seed, 5_000, tmp_path / "table.csv")


def test_the_test_sees_a_wrong_table(tmp_path, monkeypatch):
    """A reader that takes the names of rows for an unknown is caught."""
    read = read_system
    monkeypatch.setitem(globals(), "read_system", lambda path: read(path, index="none"))
    with pytest.raises(AssertionError):
        fates(0, 400, tmp_path / "table.csv")
