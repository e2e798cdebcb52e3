"""The base class of inits, and `start`, which makes theta0 from an init or checks one that is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar

import numpy as np

from ridgeless._core.arrays import whole_number
from ridgeless._core.discovery import Exemplified
from ridgeless.errors import InvalidInputError
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem


class Init(Exemplified, ABC):
    """A recipe for theta0, the weights that training starts from.

    Inits are frozen dataclasses; a subclass in a file of this folder is found by being there.
    """

    # Whether it stands for a limit of starts, which has no scale that training could begin at.
    is_limit: ClassVar[bool] = False

    @classmethod
    def examples(cls) -> tuple[Init, ...]:
        """One of each kind: by default with `scale=0.3` where there is a scale, without arguments elsewhere."""
        made: Any = cls
        return (made(scale=0.3) if "scale" in {field.name for field in fields(made)} else made(),)

    def suited_to(self, system: LinearSystem) -> Init:  # noqa: ARG002
        """The same recipe for another system: itself, unless it names numbers that belong to one."""
        return self

    @abstractmethod
    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:
        """theta0 for the network on the system, from NumPy's `default_rng(SeedSequence(seed))`."""


def start(init: Init | Theta, network: Network, system: LinearSystem, seed: int, call: str) -> Theta:
    """theta0 from an init or from a dict in theta's form, checked.

    Args:
        init: an `Init`, or a dict of arrays.
        network: the network it starts.
        system: the system to be solved.
        seed: whole number of at least 0.
        call: who asks, for error messages.

    Raises:
        InvalidInputError: something else was passed, theta does not fit the network, or its x is not finite.
    """
    check_question(network, system, seed, call)
    if isinstance(init, Init) and init.is_limit:
        raise InvalidInputError(
            f"{call}: inits.{type(init).__name__} is the limit of ever smaller starts, and has no scale to begin at.",
            in_python="Type rl.limit for that limit, or a scale: rl.inits.Constant(1e-4).",
            at_command_line="Type a scale: --init Constant --scale 1e-4.",
        )
    if not isinstance(init, (Init, Mapping)):
        raise InvalidInputError(
            f"{call}: init is {init!r}; pass an init such as rl.inits.Constant(1e-3), or theta as a dict."
        )
    made = init(network, system, seed) if isinstance(init, Init) else init
    theta0 = network.checked(made, system.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        is_finite = np.isfinite(np.asarray(network(theta0))).all()
    if not is_finite:
        degree = network.homogeneity
        why = "" if degree is None else f": a product of {degree} weights"
        raise InvalidInputError(
            f"{call}: the x that {network} starts from is beyond float64{why}.",
            in_python="Pass smaller weights, such as rl.inits.Gaussian(1.0).",
            at_command_line="Type a smaller --scale.",
        )
    return theta0


def check_question(network: object, system: object, seed: object, call: str) -> None:
    """Raise unless these are a network, a system and a seed."""
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"{call}: system is a {type(system).__name__}; pass rl.LinearSystem(A, b).")
    if not isinstance(network, Network):
        raise InvalidInputError(
            f"{call}: network is {network!r}; pass a network such as rl.networks.Difference(depth=2)."
        )
    whole_number(seed, call, "seed", least=0)


def generator(seed: int) -> np.random.Generator:
    """The random generator of a seed, the same on every machine and for every backend."""
    return np.random.default_rng(np.random.SeedSequence(whole_number(seed, "inits", "seed", least=0)))
