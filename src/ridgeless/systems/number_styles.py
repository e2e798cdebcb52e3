"""Number formats of tables: decimal points or commas, with or without thousands separators.

A table has one style. It is accepted where a single style reads every number of the table, or where all such styles
read the same numbers; where two styles read different numbers, the table is ambiguous.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MISSING = frozenset(
    {"", "na", "n/a", "nan", "-nan", "<na>", "null", "none", "missing", "-", "--", ".", "?"}
    | {"#n/a", "#na", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"}
)
_EXPONENT = r"(?:[eEdD][+-]?\d+)?"
_POINTS = rf"(?:\d+\.?\d*|\.\d+){_EXPONENT}"
_COMMAS = rf"(?:\d+,?\d*|,\d+){_EXPONENT}"
_COMMA_GROUPS = r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?"
_POINT_GROUPS = r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?"
# Marks that are only used between thousands: no-break spaces, and the apostrophe of Swiss tables.
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[\u00a0\u202f\u2009'’]\d{3})+(?:[.,]\d*)?")
_GROUP_MARK = re.compile(r"[\u00a0\u202f\u2009'’]")
_WHOLE = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class Style:
    """A format of numbers.

    Attributes:
        name: for messages.
        pattern: of a number without blanks around it.
        decimal: the decimal mark.
        grouping: the thousands separator.
        required: characters that at least one number of a table must contain for this style to apply.
    """

    name: str
    pattern: re.Pattern[str]
    decimal: str
    grouping: str = ""
    required: str = ""

    def reads(self, texts: Iterable[str]) -> bool:
        """Whether every text is a number of this style, and one of them contains its required characters."""
        told = not self.required
        for text in texts:
            if not self.pattern.fullmatch(text):
                return False
            told = told or all(mark in text for mark in self.required)
        return told

    def number(self, text: str) -> float:
        """The number that a text of this style denotes."""
        plain = text.replace(self.grouping, "") if self.grouping else text
        return float(plain.replace(self.decimal, ".").replace("d", "e").replace("D", "e"))


def _style(name: str, *patterns: str, decimal: str, grouping: str = "", required: str = "") -> Style:
    return Style(name, re.compile(rf"[+-]?(?:{'|'.join(patterns)})"), decimal, grouping, required)


PLAIN = _style("decimal points", _POINTS, decimal=".")
_OTHERS = (
    _style("commas between thousands", _COMMA_GROUPS, _POINTS, decimal=".", grouping=","),
    _style("decimal commas", _COMMAS, decimal=","),
    # 1.234 beside 2,5 is ambiguous; only 1.234,5 shows that points separate thousands.
    _style("points between thousands", _POINT_GROUPS, _COMMAS, decimal=",", grouping=".", required=".,"),
)

# 1.250 beside 17 means 1250 in many countries, and 1.25 in others.
_WHOLE_GROUPS = _style("points between thousands", r"[1-9]\d{0,2}(?:\.\d{3})+", r"\d{1,3}", decimal=",", grouping=".")


def cleaned(text: str) -> str:
    """The text with an ASCII minus sign, and without no-break spaces or apostrophes between thousands."""
    text = text.replace("\u2212", "-")
    return _GROUP_MARK.sub("", text) if _GROUPED.fullmatch(text) else text


def is_missing(text: str) -> bool:
    """Whether a field denotes a missing value: empty, NA, NaN, #N/A and similar."""
    return text.lower() in MISSING


def is_number(text: str) -> bool:
    """Whether a field is a number in any style, infinity included.

    Example:
        >>> [is_number(text) for text in ("1.5", "1,5", "1.234,5", "x1", "", "nan", "-inf")]
        [True, True, True, False, False, False, True]
    """
    text = cleaned(text)
    return any(style.pattern.fullmatch(text) for style in (PLAIN, *_OTHERS)) or is_infinite(text)


def is_infinite(text: str) -> bool:
    """Whether a field denotes an infinite number."""
    return text.lower().lstrip("+-") in {"inf", "infinity", "1.#inf"}


def is_whole(text: str) -> bool:
    """Whether a field is written without a fraction: 3, and not 3.0."""
    return bool(_WHOLE.fullmatch(text))


def counts_from(texts: Sequence[str]) -> int | None:
    """The first of consecutive whole numbers, such as 0, 1, 2; None where the texts are not consecutive.

    Example:
        >>> counts_from(["2018", "2019", "2020"]), counts_from(["1", "3"]), counts_from(["0.0", "1.0"])
        (2018, None, None)
    """
    if not texts or not all(map(is_whole, texts)):
        return None
    numbers = [int(text) for text in texts]
    return numbers[0] if numbers == list(range(numbers[0], numbers[0] + len(numbers))) else None


def are_counts(column: Sequence[str]) -> bool:
    """Whether whole numbers are 0, 1, 2, … or 1, 2, 3, … in any order.

    Example:
        >>> are_counts(["1", "0", "2"]), are_counts(["7", "8"]), are_counts(["1"])
        (True, False, False)
    """
    return len(column) > 1 and counts_from(sorted(column, key=int)) in (0, 1)


def are_groups(texts: Iterable[str]) -> bool:
    """Whether every point may be a thousands separator: three digits after each, and numbers without points below 1000.

    Where all numbers have points, they are decimals with three digits.

    Example:
        >>> [are_groups(texts) for texts in (["1.250", "17"], ["1.250", "17.000"], ["1.25", "17"], ["0.250", "17"])]
        [True, False, False, False]
    """
    kinds = set()
    for text in texts:
        if not _WHOLE_GROUPS.pattern.fullmatch(text):
            return False
        kinds.add("." in text)
    return len(kinds) == 2


def styles_of(texts: Sequence[str]) -> list[Style]:
    """The styles in which all texts, cleaned, are numbers: several only where they read different numbers.

    Example:
        >>> [[style.name for style in styles_of(texts)] for texts in (["1.5"], ["1,5"], ["1,234"])]
        [['decimal points'], ['decimal commas'], ['commas between thousands', 'decimal commas']]
    """
    if PLAIN.reads(texts):
        return [PLAIN, _WHOLE_GROUPS] if are_groups(texts) else [PLAIN]
    found = [style for style in _OTHERS if style.reads(texts)]
    if len(found) < 2:
        return found
    first = [found[0].number(text) for text in texts]
    return found[:1] if all([s.number(text) for text in texts] == first for s in found[1:]) else found


def plain_numbers(row: Iterable[str]) -> list[float] | None:
    """The row as finite numbers with decimal points; None where a field is anything else."""
    try:
        numbers = [float(field) for field in row]
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
