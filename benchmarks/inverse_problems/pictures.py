"""The pictures of docs/images/inverse-*.png: what every method makes of one question, side by side."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from benchmarks.inverse_problems.questions import Question

_WIDTH = 8.6
_MOST_BYTES = 150_000


def draw(question: Question, found: dict[str, tuple[np.ndarray, str]], path: Path) -> None:
    """Write one row of pictures in the greys of the reference, or of the last of them where there is none.

    Args:
        question: what was asked.
        found: picture and caption of each method, by its name.
        path: of the PNG.
    """
    shown = {
        name: (np.abs(picture) if question.is_complex else picture, told) for name, (picture, told) in found.items()
    }
    if question.reference is not None:
        whole = question.reference
        shown = {question.called: (np.abs(whole) if question.is_complex else whole, ""), **shown}
    standard = next(iter(shown.values()))[0] if question.reference is not None else list(shown.values())[-1][0]
    low, high = (
        (0.0 if question.is_complex else float(np.quantile(standard, 0.01))),
        float(np.quantile(standard, 0.998)),
    )
    columns = -(-len(shown) // 2)
    rows, across = standard[question.window].shape
    height = _WIDTH / columns * rows / across + 0.42
    figure = Figure(figsize=(_WIDTH, 2 * height), layout="constrained")
    axes = np.ravel(figure.subplots(2, columns))
    for axis in axes:
        axis.axis("off")
    for axis, (name, (picture, told)) in zip(axes, shown.items(), strict=False):
        axis.imshow(picture[question.window], cmap="gray", vmin=low, vmax=high)
        axis.set_title(f"{name}\n{told}" if told else name, fontsize=8)
    for dpi in (120, 100, 80):
        drawn = BytesIO()
        figure.savefig(drawn, dpi=dpi)
        # Nothing in it is coloured, and 64 greys are all that is seen.
        Image.open(drawn).convert("L").quantize(64).save(path, optimize=True)
        if path.stat().st_size < _MOST_BYTES:
            break
