"""Which pages of the built manual are wider than the window: `python docs/widths.py docs/_build/html`.

A page is too wide if it scrolls sideways at 1300 or at 390 pixels, or if anything in it does at 1300: code, a table, a
formula. On a phone code and tables may scroll within their own frames. Chromium loads every page into frames of these
widths, and is looked for by its usual names.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

WIDE, PHONE = 1300, 390
# Pages of their own, with tests of their own.
_OTHERS = ("explorer-page.html",)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
)
# How many pages one browser loads at once.
_TOGETHER = 8
# Frames load before the page that holds them does, and what it says then is what the browser prints.
_MEASURE = """<!doctype html><meta charset="utf-8"><body><script>
const found = [];
let count = 0;
const scrolls = (element, view) => {
  const style = view.getComputedStyle(element);
  return ["auto", "scroll"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
};
function measure(frame, width) {
  const view = frame.contentWindow, root = view.document.documentElement;
  count += 1;
  if (root.scrollWidth > root.clientWidth) found.push([frame.src, width, "the page", root.scrollWidth]);
  if (width === WIDE)
    for (const element of view.document.querySelectorAll("main *"))
      if (scrolls(element, view))
        found.push([frame.src, width, element.textContent.trim().slice(0, 60), element.scrollWidth]);
}
addEventListener("load", () => {
  document.body.innerHTML = "<pre id=found></pre>";
  document.body.firstChild.textContent = JSON.stringify({ count, found });
});
</script>"""
_FRAME = '<iframe src="{page}" style="width:{width}px;height:900px;border:0" onload="measure(this, {width})"></iframe>'


def browser() -> str | None:
    """A Chromium, if there is one."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def too_wide(folder: Path, program: str) -> list[str]:
    """Each page, or part of a page, that scrolls sideways, as a line.

    Raises:
        RuntimeError: the browser did not measure every page.
    """
    pages = [path for path in sorted(folder.resolve().rglob("*.html")) if path.name not in _OTHERS]
    groups = [pages[first : first + _TOGETHER] for first in range(0, len(pages), _TOGETHER)]
    # Frames load in an order of their own.
    measured = sorted(each for group in groups for each in _measured(group, program))
    root = folder.resolve().as_uri()
    return [f"{page.removeprefix(root)} at {at}: {part!r} is {wide}" for page, at, part, wide in measured]


def _measured(pages: list[Path], program: str) -> list[tuple[str, int, str, int]]:
    """The address, the width of the window, the part and its width, of all that is too wide on these pages."""
    frames = [_FRAME.format(page=page.as_uri(), width=width) for page in pages for width in (WIDE, PHONE)]
    with tempfile.TemporaryDirectory() as made:
        place = Path(made) / "measure.html"
        place.write_text(_MEASURE.replace("WIDE", str(WIDE)) + "".join(frames), encoding="utf-8")
        command = [program, *_FLAGS, f"--user-data-dir={made}/user", "--dump-dom", place.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    told = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    answer = json.loads(unescape(told[1])) if told else {"count": 0}
    if answer["count"] != len(frames):
        raise RuntimeError(f"{answer['count']} of {len(frames)} frames were measured: {done.stderr[-500:]}")
    return answer["found"]


if __name__ == "__main__":
    chromium = browser()
    if chromium is None:
        sys.exit(f"none of {', '.join(_BROWSERS)} is installed.")
    lines = too_wide(Path(sys.argv[1]), chromium)
    sys.exit("\n".join(lines) or 0)
