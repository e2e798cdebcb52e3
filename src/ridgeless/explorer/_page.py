"""The page: its frame, its style, the systems and the script, in one file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from ridgeless.explorer._bundle import bundle, page_modules

_PLACE = re.compile(r"/\* (style|systems|address|reference|program) \*/")


def page(systems: Sequence[dict[str, Any]], address: str = "", reference: dict[str, Any] | None = None) -> str:
    """The whole HTML document.

    Args:
        systems: as `ridgeless.explorer._systems.packed` makes them, the first of them shown first.
        address: what it shows when it is opened by a link that does not say.
        reference: numbers computed by the library, which the page compares its own with when asked to.

    Returns:
        A document that needs no other file and no network.
    """
    folder = files("ridgeless.explorer") / "page"
    document = (folder / "page.html").read_text(encoding="utf-8")
    parts = {
        "style": (folder / "style.css").read_text(encoding="utf-8"),
        "systems": _in_page(list(systems)),
        "address": _in_page(address),
        "reference": _in_page(reference),
        "program": bundle(page_modules(), "main.js"),
    }
    return _PLACE.sub(lambda match: parts[match[1]], document)


def _in_page(data: Any) -> str:
    """JSON that may stand between script tags: neither "</script" nor "<!--", after which no end tag would count."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
