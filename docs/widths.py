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
    "--virtual-time-budget=600000",
)
_MEASURE = """<!doctype html><meta charset="utf-8"><pre id="found"></pre><script>
const pages = %s, found = [];
const scrolls = (element, view) => {
  const style = view.getComputedStyle(element);
  return ["auto", "scroll"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
};
async function measure(page, width) {
  const frame = document.createElement("iframe");
  frame.style = `width:${width}px;height:900px;border:0`;
  frame.src = page;
  document.body.append(frame);
  await new Promise((resolve) => (frame.onload = resolve));
  const view = frame.contentWindow, root = view.document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push([page, width, "the page", root.scrollWidth]);
  if (width === %d)
    for (const element of view.document.querySelectorAll("main *"))
      if (scrolls(element, view))
        found.push([page, width, element.textContent.trim().slice(0, 60), element.scrollWidth]);
  frame.remove();
}
(async () => {
  for (const page of pages) for (const width of [%d, %d]) await measure(page, width);
  document.getElementById("found").textContent = JSON.stringify({ pages: pages.length, found });
})();
</script>"""


def browser() -> str | None:
    """A Chromium, if there is one."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def too_wide(folder: Path, program: str) -> list[str]:
    """Each page, or part of a page, that scrolls sideways, as a line.

    Raises:
        RuntimeError: the browser did not measure every page.
    """
    pages = [path.resolve().as_uri() for path in sorted(folder.rglob("*.html"))]
    with tempfile.TemporaryDirectory() as made:
        place = Path(made) / "measure.html"
        place.write_text(_MEASURE % (json.dumps(pages), WIDE, WIDE, PHONE), encoding="utf-8")
        command = [program, *_FLAGS, f"--user-data-dir={made}/user", "--dump-dom", place.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    told = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    if told is None:
        raise RuntimeError(f"the browser measured nothing: {done.stderr[-500:]}")
    measured = json.loads(unescape(told[1]))
    root = folder.resolve().as_uri()
    return [f"{page.removeprefix(root)} at {at}: {part!r} is {wide}" for page, at, part, wide in measured["found"]]


if __name__ == "__main__":
    chromium = browser()
    if chromium is None:
        sys.exit(f"none of {', '.join(_BROWSERS)} is installed.")
    lines = too_wide(Path(sys.argv[1]), chromium)
    sys.exit("\n".join(lines) or 0)
