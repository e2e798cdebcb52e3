"""Numbers, durations, counts and lists formatted as text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

# A number and its unit stay on one line.
_TIED = "\N{NO-BREAK SPACE}"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> str:
    """A number to so many significant digits, with a power of ten where it is far from 1.

    Example:
        >>> [number(value) for value in (10.0, 0.05, 1e-8, 2.34567e-5, -12345.0, float("nan"))]
        ['10', '0.05', '10⁻⁸', '2.35·10⁻⁵', '−1.23·10⁴', 'not known']
    """
    if math.isnan(value):
        return "not known"
    sign = "−" if value < 0 else ""
    size = abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    if size == 0 or 0.01 <= size < 10_000:
        return sign + _plain(size, digits)
    mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
    power = "10" + str(int(exponent)).translate(_SUPERSCRIPTS)
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return sign + (power if mantissa == "1" else f"{mantissa}·{power}")


def decibel(value: float) -> str:
    """A ratio in decibels, to a tenth.

    Example:
        >>> [decibel(value) for value in (20.04, -3.0, float("inf"), float("nan"))]
        ['20.0 dB', '−3.0 dB', '∞ dB', 'not known']
    """
    if math.isnan(value):
        return "not known"
    if math.isinf(value):
        return f"{number(value)}{_TIED}dB"
    return f"{'−' if value < 0 else ''}{abs(value):.1f}{_TIED}dB"


def seconds(value: float) -> str:
    """A duration in the unit that a person would choose.

    Example:
        >>> [seconds(value) for value in (0.00042, 0.0421, 2.34, 150.0, float("nan"))]
        ['0.42 ms', '42 ms', '2.3 s', '2.5 min', 'not known']
    """
    if not math.isfinite(value):
        return number(value)
    if value < 0.1:
        return f"{_plain(1000 * value, 2)}{_TIED}ms"
    return f"{_plain(value, 2)}{_TIED}s" if value < 100 else f"{_plain(value / 60, 2)}{_TIED}min"


def counted(amount: int, noun: str, plural: str | None = None) -> str:
    """An amount with its noun.

    Example:
        >>> counted(1, "run"), counted(3, "run"), counted(0, "entry", "entries")
        ('1 run', '3 runs', '0 entries')
    """
    return f"{amount} {noun if amount == 1 else plural or noun + 's'}"


def listed(items: Sequence[str]) -> str:
    """Items in a sentence.

    Example:
        >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
        ('a', 'a and b', 'a, b and c')
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def joined(sentences: Iterable[str]) -> str:
    """A paragraph of these sentences; empty ones are left out.

    Example:
        >>> joined(["It fell.", "", "It rose."])
        'It fell. It rose.'
    """
    return " ".join(filter(None, sentences))


def _plain(size: float, digits: int) -> str:
    """Decimal notation: `g` would turn 1234 at three digits into 1.23e+03."""
    whole_digits = math.floor(math.log10(size)) + 1 if size >= 1 else 1
    if whole_digits >= digits:
        return str(round(size))
    return f"{size:.{digits}g}"
