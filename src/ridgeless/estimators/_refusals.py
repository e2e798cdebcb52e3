"""What other packages refuse, told as this one tells it: which call, and what is wrong, in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ridgeless.errors import InvalidInputError, InvalidTypeError

# A printed array says nothing in a message, and a list of other estimators does not help.
_PRINTED = re.compile(r"(\n?array=.*?\.\n|\n\s*\[.*$)", re.DOTALL)
_ADVERTISED = re.compile(r"\n\w+ does not accept missing values.*$", re.DOTALL)


@contextmanager
def told_as(call: str) -> Iterator[None]:
    """Refusals of what is called inside, as errors of this package that begin with `call`.

    Raises:
        InvalidInputError: what was raised inside, in one line; those of this package pass as they are.
    """
    try:
        yield
    except InvalidInputError:
        raise
    except TypeError as error:
        raise InvalidTypeError(_in_one_line(call, error)) from error
    except (ValueError, IndexError, OverflowError) as error:
        raise InvalidInputError(_in_one_line(call, error)) from error


def _in_one_line(call: str, error: Exception) -> str:
    message = _ADVERTISED.sub(" Impute or drop what is missing first.", _PRINTED.sub(" ", str(error)))
    return f"{call}: {' '.join(message.split())}"
