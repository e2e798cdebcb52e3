"""Header lines of tables: which line names the columns, and which names mean b or row labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from ridgeless.errors import UnreadableFileError
from ridgeless.systems.cells import Cells, Row
from ridgeless.systems.number_styles import counts_from, is_missing, is_number, is_whole

# Names of b, in lower case.
VECTOR_NAMES = ("b", "y", "rhs", "right_hand_side", "target", "response", "outcome")
# A column with such a name is often a row label and no unknown; the caller is then asked to say which.
INDEX_NAMES = frozenset(
    [
        *("index", "id", "row", "rowname", "rownames", "row.names", "row_names", "row_id", "rowid", "level_0", "key"),
        *("sample", "sample_id", "sampleid", "obs", "observation", "name", "no", "nr", "number"),
        *("date", "datetime", "time", "timestamp"),
    ]
)

# Endings of names of row labels, such as patient_id, PatientID, "Sample no".
_INDEX_ENDS = re.compile(r".*[_ .-](id|no|nr|index|key|code)|.*[a-z](ID|Id)", re.DOTALL)
# Consecutive whole numbers from here on may be a header of years.
_YEARS = 1000

Refusal = Callable[..., UnreadableFileError]


def names_rows(name: str) -> bool:
    """Whether a column with this name is often one of row labels.

    Example:
        >>> [names_rows(name) for name in ("id", "PatientID", "sample_no", "liquid", "flour")]
        [True, True, True, False, False]
    """
    return name.lower() in INDEX_NAMES or bool(_INDEX_ENDS.fullmatch(name) or _INDEX_ENDS.fullmatch(name.lower()))


def without_last_blanks(row: Row) -> Row:
    """The row without empty fields at its end, which trailing commas produce."""
    end = len(row.fields)
    while end and not row.fields[end - 1]:
        end -= 1
    return row if end == len(row.fields) else replace(row, fields=row.fields[:end], quoted=row.quoted[:end])


def is_header(rows: list[Row], refusal: Refusal) -> bool:
    """Whether the first row names the columns.

    Raises:
        UnreadableFileError: it may be a header or an equation.
    """
    first, others = without_last_blanks(rows[0]), [without_last_blanks(row) for row in rows[1:]]
    filled = [(field, quoted) for field, quoted in zip(first.fields, first.quoted, strict=True) if field]
    numbers = [field for field, _ in filled if is_number(field)]
    if not numbers:
        return not all(is_missing(field) for field, _ in filled) and not _is_torn_row(first)
    if all(quoted and is_whole(field) for field, quoted in filled) and any(not all(row.quoted) for row in others):
        return True
    if len(numbers) < len(filled) or not first.fields[0]:
        return _is_mixed_header(first, numbers, others, refusal)
    return _is_numbered_header(first, others, refusal)


def _is_torn_row(first: Row) -> bool:
    """Whether the fields are numbers, separated by another delimiter than in the other rows."""
    pieces = re.split(r"[\s;,|]+", " ".join(first.fields))
    return all(map(is_number, filter(None, pieces)))


def _is_mixed_header(first: Row, numbers: list[str], others: list[Row], refusal: Refusal) -> bool:
    """Whether a line of names and numbers is a header: consecutive numbers beside a name of row labels or of b.

    Raises:
        UnreadableFileError: a word and whole numbers, as in every row below, may be a header or an equation.
    """
    start = counts_from(numbers)
    words = [field for field in first.fields if field and not is_number(field)]
    if start is None or any(map(is_missing, words)) or not others:
        return False
    if words and all(word.lower() in VECTOR_NAMES or names_rows(word) for word in words):
        return True
    labels = [row.fields[0] for row in others]
    if start == 0 and words == first.fields[:1] and not has_fractions(others):
        raise _header_or_equation(first, refusal)
    are_labels = not any(map(is_number, labels)) or counts_from(labels) in (0, 1)
    return start == 0 or (not first.fields[0] and are_labels)


def _is_numbered_header(first: Row, others: list[Row], refusal: Refusal) -> bool:
    """Whether a line of numbers is a header: 0, 1, 2, … above columns whose numbers all have fractions, or none.

    A program such as pandas writes such columns, and would have written the 0 of an equation as 0.0.

    Raises:
        UnreadableFileError: consecutive numbers that may be a header or an equation.
    """
    start = counts_from(first.fields)
    if start is None or len(first.fields) < 2 or not others:
        return False
    tells = has_fractions(others)
    if start == 0 and tells:
        return True
    is_likely = start == 1 and any(_is_fraction(field) for row in others for field in row.fields)
    if start == 0 or start >= _YEARS or is_likely or (len(first.fields) > 2 and tells):
        raise _header_or_equation(first, refusal)
    return False


def _header_or_equation(first: Row, refusal: Refusal) -> UnreadableFileError:
    return refusal(
        f"line {first.line} counts, {first.fields[0]}, {first.fields[1]}, …: it may be a header or an equation; "
        "write its numbers with decimal points for an equation, or names for a header."
    )


def have_fractions(rows: list[Row]) -> bool:
    """Whether every number in every column is written with a fraction."""
    return all(_is_fraction(field) for row in rows for field in row.fields)


def _is_fraction(field: str) -> bool:
    return is_number(field) and not is_whole(field)


def has_fractions(rows: list[Row]) -> bool:
    """Whether some columns write every number with a fraction, as 1.0, and no column mixes both forms."""
    shapes = set()
    for column in zip(*(row.fields for row in rows), strict=False):
        shapes.add(frozenset(is_whole(field) for field in column if is_number(field)))
    return frozenset({False}) in shapes and frozenset({True, False}) not in shapes


def names_in_comment(found: Cells, width: int) -> list[str] | None:
    """Column names in the comment above the first row, as numpy.savetxt writes them; None without as many as columns.

    A sentence may have as many words by chance, and counts only where one of them is a name of a right-hand side.
    """
    if found.comment is None or len(found.comment.fields) != width or width < 2:
        return None
    names = found.comment.fields
    if any(map(is_number, names)) or not all(names[1:]):
        return None
    is_sentence = found.delimiter is None or any(" " in name for name in names)
    if is_sentence and not any(name.lower() in VECTOR_NAMES for name in names):
        return None
    return list(names)


def decimal_comma_hint(header: list[str], rows: list[Row]) -> str:
    """Advice on decimal commas, where they would explain rows longer than the header; "" elsewhere."""
    fields = rows[0].fields
    if len(fields) > len(header) and all(map(is_whole, fields)):
        return " Where it has decimal commas, put semicolons between the columns."
    return ""


def place_of(asked: str | int, names: Sequence[str] | None, numbers: Sequence[int]) -> int | None:
    """The position of the column of this name, or else of this number; None where there is none, or two of the name.

    Numbers count from 0, and negative ints from the end; a text of digits is a number, one with a sign is not.
    """
    if isinstance(asked, str):
        places = [place for place, name in enumerate(names or ()) if name == asked]
        if len(places) == 1:
            return places[0]
        if places or not re.fullmatch(r"\d+", asked):
            return None
        asked = int(asked)
    wanted = int(asked) if asked >= 0 else max(numbers) + 1 + int(asked)
    return list(numbers).index(wanted) if wanted in numbers else None
