"""Watching a long computation: progress as it goes, and a checkpoint from which it goes on after a kill."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ridgeless._core import storage
from ridgeless._core.arrays import Dual, Vector
from ridgeless.errors import InvalidInputError, UnreadableFileError, UnwritableFolderError
from ridgeless.limits.tolerances import TOLERANCES


@dataclass(frozen=True)
class Progress:
    """How far a limit has come.

    Attributes:
        steps: Newton steps so far.
        share: of the path from the size of the solution (0) to the start's own scale (1), in the logarithm.
        residual: ‖Ax − b‖/‖b‖ now; it falls to the tolerance only at the end of the path.
        seconds: since the call.
    """

    steps: int
    share: float
    residual: float
    seconds: float


@dataclass(frozen=True)
class HomotopyState:
    """Where a path-following method stands: all that is needed to go on from there.

    Attributes:
        t: how far along the homotopy, from 0 to 1.
        nu: ν.
        stage: length of the next stage to try.
        steps: Newton steps so far.
    """

    t: float
    nu: Dual
    stage: float
    steps: int


def fresh_state(equations: int) -> HomotopyState:
    """The state at the beginning of a homotopy: ν = 0, the whole way as the first stage."""
    return HomotopyState(0.0, np.zeros(equations), 1.0, 0)


@dataclass(frozen=True)
class Identity:
    """Which problem a checkpoint belongs to.

    Attributes:
        exact: digest of what is the same to the bit in every run: shapes, b, the start, the network's rate.
        witness: a few numbers that depend on every entry of A, the same up to rounding.
    """

    exact: str
    witness: Vector


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint file holds."""

    identity: Identity
    state: HomotopyState


@dataclass(frozen=True)
class Watch:
    """Who is told of the progress, and in which file the state is kept.

    Attributes:
        progress: called with a `Progress` after every Newton step, or None.
        checkpoint: file that holds the state, or None.
        identity: of the problem that the state belongs to.
        began: when the call began, by `time.perf_counter`.
        used: the files that this call has read a state from, or written one to: the only ones that it may remove.
    """

    progress: Callable[[Progress], object] | None = None
    checkpoint: Path | None = None
    identity: Identity | None = None
    began: float = field(default_factory=time.perf_counter)
    used: set[Path] = field(default_factory=set)

    def on(self, shape: tuple[int, int], b: Dual, maps: Iterable[Vector | float], shortest: Vector) -> Watch:
        """The watch of one problem: A of this `shape`, b, the numbers of its mirror map, and A⁺b."""
        if self.checkpoint is None:
            return self
        digest = hashlib.sha256(repr(shape).encode())
        for numbers in (b, *maps):
            digest.update(np.ascontiguousarray(numbers, dtype=float).tobytes())
        probes = np.random.default_rng(0).standard_normal((4, 1024))
        folded = np.resize(probes, (4, len(shortest)))
        return replace(self, identity=Identity(digest.hexdigest(), folded @ shortest))

    def resumed(self, fresh: HomotopyState) -> HomotopyState:
        """The state that an earlier run left, or the fresh one.

        Raises:
            InvalidInputError: the checkpoint belongs to another problem.
            UnreadableFileError: it is damaged, or no checkpoint.
        """
        if self.checkpoint is None or self.identity is None or not self.checkpoint.exists():
            return fresh
        try:
            found = storage.read(self.checkpoint)
        except UnreadableFileError as error:
            why = f"{type(error.__cause__).__name__}: {' '.join(str(error.__cause__).split())}"
            raise UnreadableFileError(
                f"limit: the checkpoint {self.checkpoint} is damaged, or none ({why}); delete it, or pass another path."
            ) from error
        if not isinstance(found, Checkpoint):
            raise UnreadableFileError(
                f"limit: {self.checkpoint} holds a {type(found).__name__}, no checkpoint; pass another path."
            )
        differs = _difference(found.identity, self.identity)
        if differs:
            raise InvalidInputError(
                f"limit: the checkpoint {self.checkpoint} belongs to another problem: {differs}. Delete it, or pass "
                "another path."
            )
        self.used.add(self.checkpoint)
        return found.state

    def tell(self, state: HomotopyState, residual: float) -> None:
        """Write the state down, and tell of it."""
        if self.checkpoint is not None and self.identity is not None:
            storage.write(self.checkpoint, Checkpoint(self.identity, state))
            self.used.add(self.checkpoint)
        self.report(state.steps, state.t, residual)

    def report(self, steps: int, share: float, residual: float) -> None:
        """Tell how far it is."""
        if self.progress is not None:
            self.progress(Progress(steps, share, float(residual), time.perf_counter() - self.began))

    def finish(self, steps: int, residual: float, is_reached: bool) -> None:
        """The end: a limit that was reached needs its checkpoint no more."""
        self.report(steps, 1.0, residual)
        if is_reached:
            for path in self.used:
                path.unlink(missing_ok=True)


UNWATCHED = Watch()


def watch(progress: Any, checkpoint: str | os.PathLike[str] | None) -> Watch:
    """A `Watch`, checked before any work.

    Args:
        progress: a function of one `Progress`, or None.
        checkpoint: path of the file to keep the state in, .npz added; or None.

    Raises:
        InvalidInputError: progress is no function, or checkpoint no path of a file.
        UnwritableFolderError: the folder of the checkpoint does not exist or cannot be written.
    """
    if progress is not None and not callable(progress):
        raise InvalidInputError(
            f"limit: progress is a {type(progress).__name__}; pass a function of one argument, such as "
            "lambda now: show(now.share, now.residual)."
        )
    if checkpoint is None:
        return Watch(progress)
    if not isinstance(checkpoint, (str, os.PathLike)) or not Path(checkpoint).name:
        raise InvalidInputError(f"limit: checkpoint = {checkpoint!r}; pass the path of a file, such as 'state.npz'.")
    target = Path(checkpoint)
    target = target if target.suffix == ".npz" else target.with_name(target.name + ".npz")
    if not (target.parent.is_dir() and os.access(target.parent, os.W_OK)):
        raise UnwritableFolderError(
            f"limit: the checkpoint's folder {target.parent} does not exist or cannot be written; pass a path in a "
            "folder that can."
        )
    return Watch(progress, target)


def _difference(found: Identity, wanted: Identity) -> str:
    if found.exact != wanted.exact:
        return "its shape, b, network or start is another"
    close = np.allclose(
        found.witness,
        wanted.witness,
        rtol=TOLERANCES.shown,
        atol=TOLERANCES.shown * float(np.abs(wanted.witness).max()),
    )
    return "" if close else "its A is another"
