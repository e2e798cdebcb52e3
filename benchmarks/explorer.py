"""How fast the explorer's page is in headless Chromium: benchmarks/EXPLORER.md.

Its scale is dragged over the small systems, which are solved in the frame that shows them, and over the large
photograph, which is solved in a worker while the page goes on. Run it by `make bench-explorer`; Chromium is looked for
by its usual names.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import ridgeless as rl
from benchmarks.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

_TARGET = Path(__file__).with_name("EXPLORER.md")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
_SYSTEMS = {"sparse": "40×200", "photograph20": "140×400, a photograph", "photograph32": "410×1024, a photograph"}
_IN_WORKER = "photograph32"
_WINDOW = {"width": 1300, "height": 900}
# Counts what runs in each frame: the page's own callbacks, by the frame's time.
_COUNTED = """
    const frames = new Map(), original = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) => original((at) => {
        const began = performance.now();
        callback(at);
        frames.set(at, (frames.get(at) ?? 0) + performance.now() - began);
    });
    window.countedFrames = frames;
"""
# A drag as a hand makes it: a new scale in each frame. Returns the work of each frame, and the time to the next.
_DRAG = """async ([low, high, count]) => {
    const work = [], between = [];
    let last = await new Promise(requestAnimationFrame);
    for (let frame = 0; frame < count; frame += 1) {
        const began = performance.now();
        explorer.set({ scale: low * (high / low) ** (frame / count) });
        const setting = performance.now() - began;
        const at = await new Promise(requestAnimationFrame);
        await new Promise((resolve) => setTimeout(resolve));
        work.push(setting + (countedFrames.get(at) ?? 0));
        between.push(at - last);
        last = at;
    }
    return { work, between };
}"""
_DRAGS = """(count) => {
    for (let drag = 0; drag < count; drag += 1) {
        explorer.set({ scale: 10 ** (-3 + 3 * Math.abs(Math.sin(drag))) });
        explorer.numbers();
    }
}"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def main() -> int:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=240, help="of each drag")
    parser.add_argument("--out", type=Path, default=_TARGET)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = rl.explore().save(Path(folder) / "explorer.html")
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Chromium {browser.version}"
        tables = (of_page(browser, page), of_drags(browser, page, asked.frames), of_worker(browser, page, asked.frames))
    head = f"# The explorer's page\n\nPrinted by `make bench-explorer`: {machine}. Headless, drawn by the processor.\n"
    text = "\n".join([head, *(table.markdown() for table in tables)])
    asked.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise SystemExit(f"bench-explorer needs one of {', '.join(_BROWSERS)} on the path.")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, page: Path, address: str) -> Iterator[Page]:
    """The page at an address, in a context of its own."""
    context = browser.new_context(viewport=_WINDOW)
    shown = context.new_page()
    shown.add_init_script(_COUNTED)
    shown.goto(f"{page.as_uri()}#{address}")
    shown.wait_for_selector("#picture canvas")
    yield shown
    context.close()


def of_page(browser: Browser, page: Path) -> Table:
    """Size, first paint and memory."""
    paints = []
    for _ in range(9):
        with opened(browser, page, "view=line") as shown:
            shown.wait_for_function(f"{_PAINT} !== null")
            paints.append(shown.evaluate(_PAINT))
    html = page.read_text("utf-8")
    data = sum(
        len(found.encode()) for found in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.S)
    )
    whole = len(html.encode())
    rows = (
        ("size without data, kB", (whole - data) / 1000, "400"),
        ("size with its systems and reference numbers, kB", whole / 1000, ""),
        ("first paint, ms, median of 9", float(np.median(paints)), "500"),
        ("memory kept by 1000 drags, MB", grown(browser, page), "flat"),
    )
    return Table("Size, first paint, memory", "Opened from disk.", ("what", "measured", "aim"), rows)


def grown(browser: Browser, page: Path) -> float:
    """Megabytes that a thousand drags of the scale leave behind."""
    with opened(browser, page, "view=unknowns") as shown:
        session = shown.context.new_cdp_session(shown)

        def held() -> float:
            session.send("HeapProfiler.collectGarbage")
            return shown.evaluate("performance.memory.usedJSHeapSize") / 1e6

        shown.evaluate(_DRAGS, 50)
        before = held()
        shown.evaluate(_DRAGS, 1000)
        return held() - before


def of_drags(browser: Browser, page: Path, frames: int) -> Table:
    """What a frame takes while the scale is dragged."""
    rows = []
    for system, name in _SYSTEMS.items():
        for depth in (2, 3):
            with opened(browser, page, f"view=unknowns&system={system}&depth={depth}") as shown:
                settle(shown)
                shown.evaluate(_DRAG, [1.0, 0.1, 30])
                rows.append((name, depth, *summary(shown.evaluate(_DRAG, [1.0, 1e-3, frames]))))
    note = (
        "The scale goes from 1 to 1e-3 in so many frames. Work is what the page computes and draws in a frame; the "
        "browser begins one every 16.7 ms. The large photograph is solved in a worker, and the page shows its newest "
        "answer. Aims: 4 ms of work at 40×200; 16 ms in the median and 33 ms at 95 % for the small photograph."
    )
    header = ("system", "depth", "work, median, ms", "work, 95 %, ms", "frame to frame, median, ms", "95 %, ms")
    return Table(f"A drag of {frames} frames", note, header, tuple(rows))


def summary(drag: dict[str, Any]) -> tuple[float, ...]:
    """Median and 95 % of the work in a frame and of the time between frames."""
    return tuple(float(np.quantile(drag[name], part)) for name in ("work", "between") for part in (0.5, 0.95))


def settle(shown: Page) -> None:
    """Wait for the answer, and for the curves beside it, which are computed while nothing moves."""
    shown.wait_for_selector('.unknowns[data-status="converged"]')
    shown.wait_for_timeout(500)


def of_worker(browser: Browser, page: Path, frames: int) -> Table:
    """How long the worker solves the large photograph."""
    rows = []
    for depth in (2, 3):
        with opened(browser, page, f"view=unknowns&system={_IN_WORKER}&depth={depth}") as shown:
            settle(shown)
            solved = [solve(shown, scale) for scale in np.geomspace(1.0, 1e-3, min(frames, 30))]
        rows.append((_SYSTEMS[_IN_WORKER], depth, float(np.median(solved)), max(solved)))
    note = (
        "Each solved from the last to a gap of 1e-12, at 30 scales from 1 to 1e-3: the time that the page tells. Aim: "
        "250 ms."
    )
    return Table("Solved in the worker", note, ("system", "depth", "median, ms", "most, ms"), tuple(rows))


def solve(shown: Page, scale: float) -> float:
    """Milliseconds that the worker takes for a new scale."""
    before = shown.locator(".sentence").inner_text()
    shown.evaluate("(scale) => explorer.set({ scale })", float(f"{scale:.3g}"))
    shown.wait_for_function("(before) => document.querySelector('.sentence').innerText !== before", arg=before)
    told = shown.locator(".proof").inner_text()
    found = re.search(r"Found in ([\d.]+) (ms|s)", told)
    if found is None:
        raise RuntimeError(f"bench-explorer: the page tells no time: {json.dumps(told)}")
    return float(found[1]) * (1000 if found[2] == "s" else 1)


if __name__ == "__main__":
    sys.exit(main())
