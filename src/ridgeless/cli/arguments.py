"""Strict conversion of command-line words to numbers, where cyclopts would round."""

from __future__ import annotations

from collections.abc import Sequence

from cyclopts import Token


def whole(kind: type, tokens: Sequence[Token]) -> int:  # noqa: ARG001 - cyclopts passes the type
    """An int and nothing else: cyclopts itself would take 2.5 for 2."""
    try:
        return int(tokens[0].value)
    except ValueError as error:
        raise ValueError(f"{tokens[0].value!r} is no whole number") from error
