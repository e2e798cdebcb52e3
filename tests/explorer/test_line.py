"""The line: what is dragged moves what it should, and training ends where the limit is."""

import re

import numpy as np
import pytest

import ridgeless as rl


def drag(page, handle, across, down):
    """Drags a handle by so many pixels, in steps as a hand does."""
    box = page.locator(handle).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=5)
    page.mouse.up()


def test_dragging_a_start_moves_the_answer_to_where_the_library_says(open_page):
    page = open_page("view=line&scale=0.3")
    drag(page, '.handle[aria-label="Start of x1"]', 25, 10)
    state, x = page.evaluate("explorer.state()"), page.evaluate("explorer.numbers().x")
    assert state["u1"] > 1.1
    assert state["v1"] < 0.95
    start = {"u": 0.3 * np.array([state["u1"], state["u2"]]), "v": 0.3 * np.array([state["v1"], state["v2"]])}
    system = rl.LinearSystem(np.array([[2.0, 3.0]]), np.array([3.0]))
    np.testing.assert_allclose(rl.limit(system, rl.networks.Difference(2), start, tol=1e-12).x, x, rtol=1e-9)


def test_a_weight_dragged_to_the_edge_is_zero_and_locks_the_sign(open_page):
    page = open_page("view=line&scale=0.3")
    drag(page, '.handle[aria-label="Start of x1"]', -300, 0)
    assert page.evaluate("explorer.state().u1") == 0
    assert "locks the sign of x₁" in page.locator(".sentence").inner_text()


def test_dragging_the_line_turns_it_about_its_other_end(open_page):
    page = open_page("view=line")
    grips = '.handle[aria-label="The line of solutions"]'
    before = page.locator(grips).nth(0).bounding_box()
    drag(page, f"{grips} >> nth=1", -40, -60)
    state = page.evaluate("explorer.state()")
    assert (state["a1"], state["a2"], state["b"]) != (2, 3, 3)
    after = page.locator(grips).nth(0).bounding_box()
    assert np.hypot(after["x"] - before["x"], after["y"] - before["y"]) < 40


def test_dragging_along_the_chart_sets_the_scale(open_page):
    page = open_page("view=line")
    box = page.locator(".chart canvas").bounding_box()
    page.mouse.click(box["x"] + 60, box["y"] + 100)
    assert page.evaluate("explorer.state().scale") < 1e-3


def test_without_a_network_the_start_is_a_point_of_the_plane(open_page):
    page = open_page("view=line&network=Direct")
    drag(page, '.handle[aria-label="The start"]', 60, 90)
    state, x = page.evaluate("explorer.state()"), np.array(page.evaluate("explorer.numbers().x"))
    start = state["scale"] * np.array([state["u1"], state["u2"]])
    row, rhs = np.array([2.0, 3.0]), 3.0
    np.testing.assert_allclose(x, start + row * (rhs - row @ start) / (row @ row), rtol=1e-12)


@pytest.mark.parametrize(
    "address", ["network=Product&depth=3&v1=0&v2=0&scale=0.4", "depth=2.7&scale=0.1", "scale=0.001"]
)
def test_training_ends_where_the_limit_is(open_page, address):
    """In weights, by a method that shares no formula with the limit."""
    page = open_page(f"view=line&{address}")
    page.wait_for_function("explorer.numbers().trained !== undefined", timeout=20_000)
    told = page.evaluate("explorer.numbers()")
    np.testing.assert_allclose(told["trained"], told["x"], atol=1e-6)


def test_signs_that_no_solution_has_are_told(open_page):
    page = open_page("view=line&network=Power&a1=1&a2=2&b=-1")
    assert "never reaches the line" in page.locator(".sentence").inner_text()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("a1=0&a2=1&b=1", "practically the shortest solution, which is the sparsest too. x₂ does all the work."),
        ("a2=0", "practically the shortest solution, which is the sparsest too. x₁ does all the work."),
        ("b=0", "practically the shortest solution, which is the sparsest too. Both unknowns are 0."),
        ("b=0&u1=1.5", "beside the shortest solution, which is the sparsest too. The start pulls it aside."),
        ("a1=1&a2=1&b=1&scale=1e-5", "practically the shortest solution of all. Both unknowns share the work."),
        (
            "a1=1&a2=1&b=1&u1=2&v1=2&scale=1e-5",
            "closer to one of the two sparsest solutions than to the shortest. x₁ does most of the work.",
        ),
        (
            "a1=1&a2=1&b=1&u2=2&v2=2&scale=1e-5",
            "closer to one of the two sparsest solutions than to the shortest. x₂ does most of the work.",
        ),
        (
            "a1=1&a2=-1&b=1&depth=6&u1=2&v1=2&scale=1e-5",
            "practically one of the two sparsest solutions. x₁ does all the work.",
        ),
        (
            "depth=6&u1=2&v1=2&scale=1e-5",
            "practically x₁ alone, though x₂ alone would be smaller. The start pulls it aside.",
        ),
        ("scale=0.001", "practically the sparsest solution. x₂ does all the work."),
        ("scale=3", "practically the shortest solution of all. Both unknowns share the work."),
    ],
)
def test_the_sentence_says_which_known_solution_is_near(open_page, address, said):
    assert open_page(f"view=line&{address}").locator(".sentence").inner_text().endswith(f": {said}")


@pytest.mark.parametrize(
    ("address", "marks"),
    [
        ("a1=1&a2=-1&b=1", ["sparsest", "sparsest"]),
        ("network=Direct&a2=0&u1=1&u2=1&scale=1", ["shortest and sparsest"]),
        ("scale=0.25", ["shortest", "sparsest"]),
    ],
)
def test_each_known_solution_has_its_mark(open_page, address, marks):
    picture = open_page(f"view=line&{address}").evaluate("explorer.svg()[0]")
    assert [words for words in re.findall(r">([^<]+)</text>", picture) if "est" in words] == marks
