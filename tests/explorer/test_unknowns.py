"""Many unknowns: the answer is that of the library, it follows a drag, and it says what it cannot do."""

import re

import numpy as np
import pytest

import ridgeless as rl

DRAG = """async ([low, high, frames]) => {
    for (let frame = 0; frame < frames; frame += 1) {
        explorer.set({ scale: low * (high / low) ** (frame / frames) });
        await new Promise(requestAnimationFrame);
    }
}"""
DRAGS = """(count) => {
    let largest = 0;
    for (let drag = 0; drag < count; drag += 1) {
        explorer.set({ scale: 10 ** (-3 + 3 * Math.abs(Math.sin(drag))) });
        largest = Math.max(largest, explorer.numbers().gap);
    }
    return largest;
}"""
FRAMES = 60
ANSWERS = [
    ("sparse", "Difference", 2, 0.01),
    ("sparse", "TwoBranch", 3, 1e-6),
    ("small", "Power", 4, 0.3),
    ("photograph20", "Product", 3, 0.1),
    ("photograph20", "Direct", 1, 1.0),
]
PROBLEMS = {
    "sparse": lambda: rl.systems.GaussianSparse(40, 200, 5),
    "small": lambda: rl.systems.GaussianSparse(5, 12, 2),
    "photograph20": lambda: rl.systems.SinglePixelCamera(140, 20, "dct"),
}


def test_every_answer_is_that_of_the_library(open_page):
    page = open_page("view=unknowns")
    for system, name, depth, scale in ANSWERS:
        page.evaluate(
            "(state) => explorer.set(state)", {"system": system, "network": name, "depth": depth, "scale": scale}
        )
        found = np.array(page.evaluate("explorer.numbers().x"))
        network = rl.networks.Direct() if name == "Direct" else getattr(rl.networks, name)(depth)
        wanted = rl.limit(PROBLEMS[system]().system(0), network, rl.inits.Constant(scale), tol=1e-12).x
        assert np.linalg.norm(found - wanted) <= 1e-9 * np.linalg.norm(wanted), (system, name, depth, scale)


@pytest.mark.parametrize("system", ["sparse", "photograph20", "photograph32"])
@pytest.mark.parametrize("depth", [2, 3])
def test_a_drag_leaves_the_page_its_frames(open_page, system, depth):
    """Solving and drawing, by the processor's clock; the large photograph is solved in the worker."""
    page = open_page(f"view=unknowns&system={system}&depth={depth}", clock="thread")
    page.wait_for_selector('.unknowns[data-status="converged"]')
    page.evaluate(DRAG, [1, 0.1, 20])
    before = page.spent()
    page.evaluate(DRAG, [1, 1e-3, FRAMES])
    assert 1000 * (page.spent() - before) / FRAMES <= 16


def test_a_thousand_drags_leave_no_memory_behind(open_page):
    page = open_page("view=unknowns")
    session = page.context.new_cdp_session(page)

    def held():
        session.send("HeapProfiler.collectGarbage")
        return page.evaluate("performance.memory.usedJSHeapSize")

    page.evaluate(DRAGS, 50)
    before = held()
    assert page.evaluate(DRAGS, 1000) <= 1e-12
    assert held() - before <= 2_000_000


def test_the_worker_answers_for_a_large_system(open_page):
    page = open_page("view=unknowns&system=photograph32&scale=0.05", wait='.unknowns[data-status="converged"]')
    assert "Proved" in page.locator(".proof").inner_text()
    assert "410 equations" in page.locator(".sentence").inner_text()


def test_curves_fill_in_by_themselves(open_page):
    page = open_page("view=unknowns&system=small")
    page.wait_for_function("document.querySelector('.unknowns').dataset.points >= 40")
    page.evaluate("explorer.set({ depth: 3 })")
    page.wait_for_function("document.querySelector('.unknowns').dataset.points < 40")


def test_a_network_of_one_sign_says_where_it_has_no_answer(open_page, tmp_path):
    system = rl.LinearSystem(np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 1.0]]), np.array([-1.0, -2.0]))
    page = open_page(file=rl.explore(system).save(tmp_path / "own.html"))
    page.evaluate("explorer.set({ network: 'Power' })")
    page.wait_for_selector('.unknowns[data-status="signs"]')
    assert "no solution has only such signs" in page.locator(".sentence").inner_text()
    page.evaluate("explorer.set({ network: 'Difference' })")
    page.wait_for_selector('.unknowns[data-status="converged"]')


def test_without_a_truth_there_is_no_distance_from_it(open_page, tmp_path):
    system = rl.LinearSystem(np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 1.0]]), np.array([-1.0, 2.0]))
    page = open_page(file=rl.explore(system).save(tmp_path / "own.html"))
    page.wait_for_selector('.unknowns[data-status="converged"]')
    assert page.locator(".unknowns .pair section").first.is_hidden()
    assert "truth" not in page.locator(".sentence").inner_text()


def test_play_shrinks_the_start(open_page):
    page = open_page("view=unknowns&scale=3")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("explorer.state().scale < 1")
    page.get_by_role("button", name="Stop").click()
    assert page.get_by_role("button", name="Play").is_visible()


def test_unknowns_are_numbered_by_whole_numbers(open_page, tmp_path):
    system = rl.LinearSystem(np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 1.0]]), np.array([-1.0, 2.0]))
    page = open_page(file=rl.explore(system).save(tmp_path / "own.html"))
    page.wait_for_selector('.unknowns[data-status="converged"]')
    stems = page.evaluate("explorer.svg()").pop(0)
    under = re.findall(r'text-anchor="middle"[^>]*>([^<]+)</text>', stems)
    assert under == ["1", "2", "3"]
