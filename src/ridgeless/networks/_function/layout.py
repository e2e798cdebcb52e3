"""The layout of a network that is a function: names and shapes, or a function from the number of unknowns to them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ridgeless.errors import InvalidInputError
from ridgeless.networks.layers import Layer

_CALL = "networks.Function"
_EXAMPLE = '{"kernel": (3, 8), "bias": (8,)}'

Layers = dict[str, Layer | list[Layer]]


class Layout:
    """Names and shapes of weights, as they were written; called with a number of unknowns, the layers.

    Two are equal where they were written alike, and hash by it. One that is a function is equal to itself only.

    Attributes:
        given: a dict from names to shapes, or a function from the number of unknowns to such a dict.

    Example:
        >>> Layout({"kernel": (3, 8)})(unknowns=5)
        {'kernel': Layer(shape=(3, 8), fan_in=3, is_orthogonal=False, is_trained=True)}
    """

    def __init__(self, given: Any) -> None:
        self.given = dict(given) if isinstance(given, Mapping) else given
        if not callable(self.given):
            layers_of(self.given)

    def __call__(self, unknowns: int) -> Layers:
        return layers_of(self.given(unknowns) if callable(self.given) else self.given)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return name_of(self.given) if callable(self.given) else repr(self.given)

    def _key(self) -> Any:
        if callable(self.given):
            return id(self.given)
        return tuple((name, tuple(entry) if isinstance(entry, list) else entry) for name, entry in self.given.items())


def layers_of(given: Any) -> Layers:
    """The layers of names and shapes that a user wrote.

    Raises:
        InvalidInputError: no dict from names to shapes.
    """
    if not isinstance(given, Mapping) or not given or not all(isinstance(name, str) for name in given):
        raise InvalidInputError(f"{_CALL}: layout is {given!r}; pass a dict from names to shapes, such as {_EXAMPLE}.")
    return {
        name: [_layer(name, each) for each in entry] if isinstance(entry, list) else _layer(name, entry)
        for name, entry in given.items()
    }


def name_of(function: Any) -> str:
    """What a function is called in messages: its own name, or that of its class."""
    return getattr(function, "__name__", None) or type(function).__name__


def _layer(name: str, entry: Any) -> Layer:
    if isinstance(entry, Layer):
        if entry.is_orthogonal or not entry.is_trained:
            raise InvalidInputError(
                f"{_CALL}: layout[{name!r}] is orthogonal, or is not trained; every layer of a function is trained, "
                "and its weights are free. Let apply hold arrays that are fixed."
            )
        return entry
    is_shape = isinstance(entry, tuple) and all(isinstance(size, int) and size > 0 for size in entry)
    if not is_shape:
        raise InvalidInputError(
            f"{_CALL}: layout[{name!r}] is {entry!r}; type a shape, a tuple of numbers of at least 1 as in {_EXAMPLE}, "
            "or a list of shapes for a list of arrays."
        )
    # As jax.nn.initializers counts: the last axis is that of outputs, all others feed one of them.
    return Layer(entry, fan_in=math.prod(entry[:-1]) if len(entry) > 1 else 1)
