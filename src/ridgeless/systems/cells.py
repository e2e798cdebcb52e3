"""Splitting of delimited text into rows of fields: delimiters, quotes, comments and empty lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ridgeless.systems.number_styles import MISSING

_COMMENT_MARKS = "#%"
# The delimiters that are recognised, the safest first: no number contains a tab.
_DELIMITERS = "\t;|,"
_DIRECTIVE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_BLANKS = re.compile(r"[ \t\n]+")
# No-break spaces are not delimiters: they separate thousands within numbers.
_BLANK_SEPARATED = re.compile(r'"((?:[^"]|"")*)"|([^ \t\n]+)')
_ASKS = re.compile(r"[,;|\s]")
_FRACTION = re.compile(r",0\d")
_DECIMAL_COMMAS = re.compile(r"[+-]?\d+(?:,\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        line: its number in the file, from 1.
        fields: without the quotes and blanks around them.
        quoted: which fields stood in quotes.
    """

    line: int
    fields: list[str]
    quoted: list[bool]

    @property
    def is_empty(self) -> bool:
        """Whether all fields are empty."""
        return not any(self.fields)

    @property
    def only_first_is_named(self) -> bool:
        """Whether only the first field is quoted although nothing in it requires quotes, as row names are."""
        needless = [quoted and not _ASKS.search(text) for text, quoted in zip(self.fields, self.quoted, strict=True)]
        return len(needless) > 1 and needless[0] and not any(needless[1:])


@dataclass(frozen=True)
class Cells:
    """The rows of a text.

    Attributes:
        rows: those that are not empty.
        delimiter: between the fields; None for blanks.
        comment: the comment directly above the first row, as a row.
        unclear: whether commas may be delimiters or decimal commas.
    """

    rows: list[Row]
    delimiter: str | None
    comment: Row | None = None
    unclear: bool = False


def cells(text: str) -> Cells:
    r"""The text as rows of fields; lines that are blank, hold empty fields only or begin with # or % are left out.

    Example:
        >>> [row.fields for row in cells('"name", in kg\n# a comment\n1, 2\n').rows]
        [['name', 'in kg'], ['1', '2']]
    """
    lines, comment, delimiter = _lines(text)
    unclear = False
    if delimiter is None and lines:
        delimiter = _delimiter([line for _, line in lines])
        if delimiter == ",":
            delimiter, unclear = _comma_delimiter([line for _, line in lines])
    rows = [_row(number, line, delimiter) for number, line in lines]
    above = None if comment is None else _row(comment[0], comment[1], delimiter)
    return Cells([row for row in rows if not row.is_empty], delimiter, above, unclear)


def _lines(text: str) -> tuple[list[tuple[int, str]], tuple[int, str] | None, str | None]:
    """The numbered nonempty lines, the comment directly above the first, and the delimiter of a sep= line."""
    lines: list[tuple[int, str]] = []
    comment: tuple[int, str] | None = None
    delimiter: str | None = None
    for number, line in _whole_lines(text.replace("\r\n", "\n").replace("\r", "\n")):
        if not line.strip():
            continue
        directive = None if lines else _DIRECTIVE.fullmatch(line.rstrip(" \n"))
        if directive:
            delimiter = directive[1]
        elif _is_comment(line):
            comment = comment if lines else (number, line.lstrip().lstrip(_COMMENT_MARKS))
        else:
            lines.append((number, line))
    return lines, comment, delimiter


def _whole_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; a line that ends within quotes continues to the line where the quotes close."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        end = at
        if lines[at].count('"') % 2 and not _is_comment(lines[at]):
            closing = (i for i in range(at + 1, len(lines)) if lines[i].count('"') % 2)
            end = next(closing, at)
        yield at + 1, "\n".join(lines[at : end + 1])
        at = end + 1


def _is_comment(line: str) -> bool:
    """Whether a line begins with # or %; error values of spreadsheets, such as #N/A, are no comments."""
    start = line.lstrip()
    if start[:1] not in tuple(_COMMENT_MARKS):
        return False
    return re.split(r"[\s;,|]", start, maxsplit=1)[0].lower() not in MISSING


def _delimiter(lines: list[str]) -> str | None:
    # The last line is looked at first: the first line may be a header, with any punctuation in its names.
    for line in lines[-1:] + lines:
        bare = _QUOTED.sub("", line)
        for mark in _DELIMITERS:
            if mark in bare.strip(" "):
                return mark
    return None


def _comma_delimiter(lines: list[str]) -> tuple[str | None, bool]:
    """The delimiter of lines with commas, None where these are decimal commas, and whether that is unclear."""
    pieces = [_between_blanks(line) for line in lines]
    body = pieces[1:] if not all(map(_DECIMAL_COMMAS.fullmatch, pieces[0])) else pieces
    if not body or not all(_DECIMAL_COMMAS.fullmatch(piece) for row in body for piece in row):
        return ",", False
    if len(body[0]) > 1:
        return None, False  # 1,5 2,5: between commas there is "5 2", which is no number
    if any(_FRACTION.search(row[0]) for row in body):
        return None, False  # 1,05: nobody writes the number 5 as 05
    header = lines[0] if body is not pieces and len(body) < len(pieces) else None
    if header is not None:
        return ("," if "," in _QUOTED.sub("", header) else None), False
    return ",", True


def _row(line: int, text: str, delimiter: str | None) -> Row:
    if '"' not in text:
        fields = _between_blanks(text) if delimiter is None else [piece.strip() for piece in text.split(delimiter)]
        return Row(line, fields, [False] * len(fields))
    if delimiter is None:
        found = [(quoted or plain, not plain) for quoted, plain in _BLANK_SEPARATED.findall(text)]
    else:
        found = _parted(text, delimiter)
    fields = [_BLANKS.sub(" ", field.replace('""', '"')).strip() for field, _ in found]
    return Row(line, fields, [flag for _, flag in found])


def _between_blanks(line: str) -> list[str]:
    return [piece for piece in _BLANKS.split(line) if piece]


def _parted(text: str, delimiter: str) -> list[tuple[str, bool]]:
    """Fields between delimiters, and whether each is quoted; a delimiter within quotes belongs to its field."""
    mark = re.escape(delimiter)
    piece = re.compile(rf'[ ]*(?:"((?:[^"]|"")*)"[ ]*|([^{mark}]*))({mark}|$)')
    found, at = [], 0
    while True:
        match = piece.match(text, at)
        if match is None:  # a quote that does not close where a field ends is no quote
            return [(field.strip(' "'), False) for field in text.split(delimiter)]
        quoted, plain, ending = match.groups()
        found.append((plain if quoted is None else quoted, quoted is not None))
        if not ending:
            return found
        at = match.end()
