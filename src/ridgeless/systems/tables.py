"""Parsing of tables of numbers: header line, column of row names, and values.

A table that can be read in one way is read; one that can be read in two ways is refused, with what to type for each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from ridgeless.errors import UnreadableFileError
from ridgeless.systems.cells import Cells, Row, cells
from ridgeless.systems.headers import (
    VECTOR_NAMES,
    Refusal,
    decimal_comma_hint,
    has_fractions,
    have_fractions,
    is_header,
    names_in_comment,
    names_rows,
    place_of,
    without_last_blanks,
)
from ridgeless.systems.names import listed
from ridgeless.systems.number_styles import (
    PLAIN,
    Style,
    are_counts,
    are_groups,
    cleaned,
    counts_from,
    is_infinite,
    is_missing,
    is_number,
    is_whole,
    plain_numbers,
    styles_of,
)

NO_INDEX = "none"
_MOST_LISTED = 12
# The name that pandas gives to a column without one.
_UNNAMED = re.compile(r"unnamed: \d+(\.\d+)?", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class NumberTable:
    """The numbers of a table with the names of its columns and rows.

    `LinearSystem` accepts it like a DataFrame.

    Attributes:
        values: (n, w) the numbers, without the index.
        columns: (w,) names of the columns; None where the file has none.
        index: (n,) names of the rows; None where the file has none.
        numbers: (w,) the number of each column in the file, from 0.
        is_told: whether the names of the columns come from a header, not from a comment.
        may_have_header: whether the first number is a 0 that may be the name pandas gives to a single column.
    """

    values: Float[np.ndarray, "n w"]
    columns: tuple[str, ...] | None
    index: tuple[str, ...] | None
    numbers: tuple[int, ...]
    is_told: bool = True
    may_have_header: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """(n, w)."""
        return self.values.shape[0], self.values.shape[1]

    def to_numpy(self) -> Float[np.ndarray, "n w"]:
        """The numbers."""
        return self.values

    def picked(self, places: Sequence[int]) -> NumberTable:
        """The table of these columns alone."""
        names = None if self.columns is None else tuple(self.columns[i] for i in places)
        return NumberTable(self.values[:, list(places)], names, self.index, tuple(self.numbers[i] for i in places))

    def below_header(self) -> NumberTable:
        """The table without its first row."""
        return replace(self, values=self.values[1:], may_have_header=False)

    def description(self) -> str:
        """A description of the columns, for messages."""
        last = self.shape[1] - 1
        return self.called(0) if last == 0 else f"{last + 1} columns, from {self.called(0)}, to {self.called(last)}"

    def called(self, place: int) -> str:
        """A column as messages write it.

        Example:
            >>> NumberTable(np.ones((1, 2)), ("u", "b"), None, (1, 2)).called(1)
            "column 2, 'b'"
        """
        name = "" if self.columns is None else f", {self.columns[place]!r}"
        return f"column {self.numbers[place]}{name}"


def read_table(
    text: str, refusal: Refusal, index: str | int | None = None, vector: str | int | None = None
) -> NumberTable:
    """The table in a text.

    Args:
        text: lines of fields, delimited by tabs, semicolons, bars, commas or blanks.
        refusal: makes the error from a reason, and from `in_python` and `at_command_line`.
        index: name or number of the column that names the rows, "none" where none does; inferred where not given.
        vector: name or number of the column that is b, where the caller gave it; it does not name the rows.

    Raises:
        UnreadableFileError: the text is no table of numbers, or can be read in two ways.
    """
    found = cells(text)
    if not found.rows:
        raise refusal("it holds no row of numbers.")
    if found.unclear:
        raise refusal(
            "its commas may part two columns or be decimal commas; write 1.0,2.0 for two numbers and 1.5 for one, or "
            "put a header above it."
        )
    body = _Body.of(found, refusal)
    return body.table(body.index(index, vector))


@dataclass(frozen=True)
class _Body:
    """The rows of a table below its header, all of the same length.

    Attributes:
        rows: of numbers, and possibly row names.
        header: names of the columns; None where there are none.
        is_told: whether the names come from a header line and not from a comment.
        has_row_names: whether the header is one field short because it omits the column of row names, as R's does.
        has_commas: whether commas are the delimiters; points then cannot be thousands separators.
        refusal: makes an error from a reason.
    """

    rows: list[Row]
    header: list[str] | None
    is_told: bool
    has_row_names: bool
    has_commas: bool
    refusal: Refusal

    @classmethod
    def of(cls, found: Cells, refusal: Refusal) -> _Body:
        """The body of a table, after the header is separated from the rows.

        Raises:
            UnreadableFileError: no rows, rows of different lengths, or a header that does not fit.
        """
        has_commas = found.delimiter == ","
        has_header = is_header(found.rows, refusal)
        top = found.rows[0] if has_header else None
        rows = found.rows[1:] if has_header else found.rows
        if not rows:
            raise refusal("it holds no row of numbers.")
        header = None if top is None else without_last_blanks(top).fields
        width = max(len(without_last_blanks(row).fields) for row in rows)
        if header is not None and len(header) > width:
            # A column with a name and without numbers has missing values, and is no trailing comma.
            width = min(len(header), max(len(row.fields) for row in rows))
        rows = [_cut(row, width) for row in rows]
        _refuse_ragged(rows, refusal)
        if header is None:
            names = names_in_comment(found, width)
            return cls(rows, names, names is None, False, has_commas, refusal)
        if found.delimiter is None and width == 1:
            header = [" ".join(header)]  # the one name of one column, with blanks in it
        if len(header) == width - 1 and all(row.fields[-1] for row in rows):
            return cls(rows, ["", *header], True, True, has_commas, refusal)
        if len(header) != width:
            raise refusal(
                f"its header names {len(header)} columns, and line {rows[0].line} has {width} fields; correct the "
                f"header or leave it out.{decimal_comma_hint(header, rows)}"
            )
        return cls(rows, header, True, False, has_commas, refusal)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.rows[0].fields)

    def column(self, place: int) -> list[str]:
        """The fields of one column."""
        return [row.fields[place] for row in self.rows]

    def index(self, asked: str | int | None, vector: str | int | None) -> list[int]:
        """The columns that name the rows, of which the first is used; empty where none does.

        Raises:
            UnreadableFileError: no such column, or a first column that may name the rows or be an unknown.
        """
        if asked == NO_INDEX and not (self.header and NO_INDEX in self.header):
            return []
        if asked is not None:
            return [self._place(asked)]
        if self.width == 1:
            return []
        found = self._sure_index()
        is_vector = vector is not None and place_of(vector, self.header, range(self.width)) == 0
        if not found:
            if not is_vector:
                self._refuse_unsure_index()
            self._refuse_index_elsewhere(vector)
        return found

    def _place(self, asked: str | int) -> int:
        place = place_of(asked, self.header, range(self.width))
        if place is None:
            names = "" if self.header is None else f": {listed(self.header, _MOST_LISTED)}"
            raise self.refusal(f"no column is called {asked!r}; it has {self.width} columns{names}.")
        return place

    def _sure_index(self) -> list[int]:
        if self.header is not None:
            leading = [_UNNAMED.fullmatch(name) is not None or not name for name in self.header]
            count = next((i for i, is_unnamed in enumerate(leading) if not is_unnamed), len(leading))
            if count and not self.has_row_names:
                return list(range(min(count, self.width - 1)))
        first = self.column(0)
        if self._is_first_quoted() and not all(all(row.quoted) for row in self.rows):
            return [0]
        if not any(is_number(field) or is_missing(field) for field in first):
            return [0]
        if self.has_row_names:
            if len(first) > 1 and counts_from(first) in (0, 1):
                return [0]
            shown = self.rows[0]
            raise self.refusal(
                f"its header names {self.width - 1} columns, and line {shown.line} has {self.width} fields; correct "
                "the header or leave it out.",
                in_python="Where the first column names the rows, type index=0.",
                at_command_line="Where the first column names the rows, type --index 0.",
            )
        return []

    def _is_first_quoted(self) -> bool:
        """Whether the first field of every row is quoted as a name is, and no other field."""
        return all(row.only_first_is_named for row in self.rows)

    def _refuse_unsure_index(self) -> None:
        """Raise where the first column may name the rows as well as be an unknown."""
        name = "" if self.header is None else self.header[0]
        does = "" if name.lower() in VECTOR_NAMES else self._likeness_to_index(name)
        if not does:
            return
        raise self._may_name_rows(f"its first column, {name!r}," if name else "its first column", does, 0)

    def _refuse_index_elsewhere(self, vector: str | int | None) -> None:
        """Raise where a later column of whole numbers may name the rows: by its name, or as a last column that counts.

        A last column that counts the rows is only in doubt where another column is b.
        """
        header = self.header or []
        told = None if vector is None else place_of(vector, header, range(self.width))
        has_b = told is not None or any(name.lower() in VECTOR_NAMES for name in header)
        for place, name in enumerate(header):
            if place in (0, told) or name.lower() in VECTOR_NAMES or not all(map(is_whole, self.column(place))):
                continue
            if names_rows(name):
                does = "is named like one that tells the rows apart"
            elif place == self.width - 1 and has_b and are_counts(self.column(place)):
                does = "counts the rows"
            else:
                continue
            raise self._may_name_rows(f"its column {place}, {name!r},", does, place)

    def _may_name_rows(self, called: str, does: str, place: int) -> UnreadableFileError:
        return self.refusal(
            f"{called} {does}: it may name them, or be an unknown.",
            in_python=f'Type index={place} or index="{NO_INDEX}".',
            at_command_line=f"Type --index {place} or --index {NO_INDEX}.",
        )

    def _likeness_to_index(self, name: str) -> str:
        """Why the first column may contain row names, in words; "" where it looks like an unknown."""
        first = self.column(0)
        if self._is_first_quoted():
            return "is quoted, as names are"
        if not all(map(is_whole, first)):
            return ""
        if are_counts(first):
            return "counts the rows"
        if names_rows(name):
            return "is named like one that tells the rows apart"
        if name and self.header is not None and counts_from([each for each in self.header[1:] if is_whole(each)]) == 0:
            return "has a name where the others are numbered, as the names of rows have"
        others = [Row(row.line, row.fields[1:], row.quoted[1:]) for row in self.rows]
        if len(first) > 1 and len(set(first)) == len(first) and have_fractions(others):
            return "holds different whole numbers beside columns of fractions, as the names of rows would be"
        return ""

    def table(self, index: list[int]) -> NumberTable:
        """The numbers in the other columns.

        Raises:
            UnreadableFileError: a field is missing, infinite or no number, or the numbers can be read in two ways.
        """
        kept = [place for place in range(self.width) if place not in index]
        if not kept:
            raise self.refusal("it holds no row of numbers.")
        labels = None
        if index:
            labels = tuple(self.column(index[0]))
            if "" in labels:
                line = self.rows[labels.index("")].line
                raise self.refusal(f"line {line} has no name, and the first column names the rows; give it one.")
        names = None if self.header is None else tuple(self.header[i] or f"column {i}" for i in kept)
        is_zero = self.header is None and self.width == 1 and self.rows[0].fields == ["0"]
        may_have_header = is_zero and has_fractions(self.rows[1:])
        return NumberTable(self._values(kept), names, labels, tuple(kept), self.is_told, may_have_header)

    def _values(self, kept: list[int]) -> Float[np.ndarray, "n w"]:
        read = [plain_numbers(row.fields[i] for i in kept) for row in self.rows]
        plain = [numbers for numbers in read if numbers is not None]
        if len(plain) == len(read) and not self._is_odd(kept):
            return np.array(plain)
        texts = [[cleaned(row.fields[i]) for i in kept] for row in self.rows]
        flat = [text for row in texts for text in row]
        styles = styles_of(flat)
        if len(styles) == 1:
            return np.array([styles[0].number(text) for text in flat]).reshape(len(texts), -1)
        raise self._unread(texts, kept, styles)

    def _is_odd(self, kept: list[int]) -> bool:
        """Whether numbers that Python reads are ambiguous, as 1.250 beside 17, or not numbers in a table, as 1_000."""
        fields = (row.fields[i] for row in self.rows for i in kept)
        has_groups = not self.has_commas and are_groups(fields)
        return has_groups or any("_" in row.fields[i] for row in self.rows for i in kept)

    def _unread(self, texts: list[list[str]], kept: list[int], styles: list[Style]) -> UnreadableFileError:
        """The error for the first field that prevents reading the numbers."""
        places = [(row, place, text) for row, line in enumerate(texts) for place, text in zip(kept, line, strict=True)]
        for row, place, text in places:
            where = self._where(row, place)
            if is_missing(text):
                return self.refusal(
                    f"{where} holds {text!r}, which is no number: it is missing; fill it in, or remove its row or "
                    "column."
                )
            if is_infinite(text):
                return self.refusal(f"{where} holds {text!r}, which is infinite; correct or remove it.")
            if not is_number(text):
                return self._no_number(where, place, text)
        row, place, text = next(each for each in places if "," in each[2] or (styles and "." in each[2]))
        if styles:
            ways = " or ".join(f"{style.number(text):.10g} ({style.name})" for style in styles)
            return self.refusal(
                f"{self._where(row, place)} holds {text!r}, which may be {ways}; write it with a decimal point and "
                "nothing between thousands."
            )
        other = next((each for each in places if PLAIN.pattern.fullmatch(each[2]) and "." in each[2]), places[0])
        return self.refusal(
            f"{self._where(row, place)} holds {text!r}, and {self._where(other[0], other[1])} holds {other[2]!r}: "
            "points and commas in two meanings; write every number with a decimal point and nothing between thousands."
        )

    def _no_number(self, where: str, place: int, text: str) -> UnreadableFileError:
        reason = f"{where} holds {text[:40]!r}, which is no number; correct or remove it."
        if any(map(is_number, self.column(place))):
            return self.refusal(reason)
        return self.refusal(
            f"{where} holds {text[:40]!r}, which is no number, nor is any other entry of column {place}; remove the "
            "column.",
            in_python=f"Where it names the rows, type index={place}.",
            at_command_line=f"Where it names the rows, type --index {place}.",
        )

    def _where(self, row: int, place: int) -> str:
        name = "" if self.header is None or not self.header[place] else f", column {self.header[place]!r},"
        return f"line {self.rows[row].line}{name}"


def _cut(row: Row, width: int) -> Row:
    """The row without empty fields beyond the last column, which trailing commas produce."""
    if len(row.fields) <= width or any(row.fields[width:]):
        return row
    return replace(row, fields=row.fields[:width], quoted=row.quoted[:width])


def _refuse_ragged(rows: list[Row], refusal: Refusal) -> None:
    first = rows[0]
    for row in rows:
        if len(row.fields) != len(first.fields):
            raise refusal(
                f"line {row.line} has {len(row.fields)} fields and line {first.line} has {len(first.fields)}; make the "
                "rows equally long."
            )
