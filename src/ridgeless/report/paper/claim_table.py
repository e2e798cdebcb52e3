"""Claims as rows of text, for pages and for the console."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ridgeless._core.claims import Claim, ClaimVerdict
from ridgeless._core.numbers import number

CLAIM_HEAD = ("claim", "expected", "measured", "tolerance", "95 % band", "outcome")
_FEWEST_DIGITS, _MOST_DIGITS = 3, 12
# Beyond as many digits nobody sees where two ends differ: their distance is told instead.
_MOST_BAND_DIGITS = 8
# A band, and an outcome, stay on one line.
_TIED = "\N{NO-BREAK SPACE}"
_OUTCOMES: dict[ClaimVerdict, str] = {
    "passed": f"✓{_TIED}holds",
    "failed": f"✗{_TIED}fails",
    "undecided": f"?{_TIED}undecided",
}


def claim_row(claim: Claim) -> tuple[str, ...]:
    """The cells under `CLAIM_HEAD`: numbers to a tenth of the tolerance, so that they show the outcome.

    A bound is called one, and numbers beside it have the digits that tell them from it.

    Example:
        >>> claim_row(Claim("slope", expected=1.0, measured=1.0000004, tolerance=1e-6))[:4]
        ('slope', '1', '1.0000004', '10⁻⁶')
    """
    digits = _digits(claim)
    expected, is_bound = number(claim.expected, digits), claim.sense != "near"
    return (
        claim.statement,
        f"{claim.sense}{_TIED}{expected}" if is_bound else expected,
        number(claim.measured, digits),
        "none" if is_bound and claim.tolerance == 0 else number(claim.tolerance, 2),
        "none" if claim.band is None else band_text(*claim.band, digits),
        _OUTCOMES[claim.verdict],
    )


def compact_rows(found: Sequence[Claim]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Head and rows of a table for a page: the tolerance beside what is expected, the band below what was measured.

    Example:
        >>> head, rows = compact_rows([Claim("slope", expected=1.0, measured=1.02, tolerance=0.05, band=(0.9, 1.1))])
        >>> head, [cell.replace("\N{NO-BREAK SPACE}", " ").splitlines() for cell in rows[0]]
        (('claim', 'expected', 'measured', 'outcome'), [['slope'], ['1 ± 0.05'], ['1.02', '0.9 to 1.1'], ['✓ holds']])
    """
    return ("claim", "expected", "measured", "outcome"), tuple(map(_compact_row, found))


def _compact_row(claim: Claim) -> tuple[str, ...]:
    statement, expected, measured, tolerance, band, outcome = claim_row(claim)
    wanted = expected if claim.tolerance == 0 else f"{expected}{_TIED}±{_TIED}{tolerance}"
    return statement, wanted, measured if claim.band is None else f"{measured}\n{band}", outcome


def band_text(low: float, high: float, digits: int = _FEWEST_DIGITS) -> str:
    """A band with as many digits as its ends need to differ, or as one number and how far the ends are from it.

    Example:
        >>> [band_text(*ends).replace("\N{NO-BREAK SPACE}", " ") for ends in ((0.95, 1.05), (0.99996, 1.00002))]
        ['0.95 to 1.05', '0.99996 to 1.00002']
        >>> [band_text(*ends).replace("\N{NO-BREAK SPACE}", " ") for ends in ((1.0, 1 + 2e-11), (3.0, 3.0))]
        ['1 ± 2·10⁻¹¹', '3, both ends']
    """
    size, width = max(abs(low), abs(high)), high - low
    if not math.isfinite(width):
        return f"{number(low, digits)}{_TIED}to{_TIED}{number(high, digits)}"
    if width == 0:
        return f"{number(low, digits)},{_TIED}both{_TIED}ends"
    needed = math.ceil(math.log10(size / width)) + 1
    if needed > _MOST_BAND_DIGITS:
        middle = float(f"{(low + high) / 2:.{_MOST_BAND_DIGITS}g}")
        return f"{number(middle, _MOST_BAND_DIGITS)}{_TIED}±{_TIED}{number(max(high - middle, middle - low), 2)}"
    return f"{_TIED}to{_TIED}".join(number(end, max(digits, needed)) for end in (low, high))


def _digits(claim: Claim) -> int:
    size = max((abs(value) for value in (claim.expected, claim.measured) if math.isfinite(value)), default=0.0)
    # A bound is judged by the distance to it.
    finest = claim.tolerance if claim.sense == "near" else abs(claim.measured - claim.expected)
    if finest <= 0:
        return _MOST_DIGITS
    if size == 0 or not math.isfinite(finest):
        return _FEWEST_DIGITS
    wanted = math.ceil(math.log10(size / finest)) + 2
    return min(max(wanted, _FEWEST_DIGITS), _MOST_DIGITS)
