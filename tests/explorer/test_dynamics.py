"""Race, events and deep linear networks in the page: they run, end by themselves, and agree with the library."""

import json
import re

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.studies import read_configuration

STILL = {"reduced_motion": "reduce"}
ALL = "flow.descent.stochastic.momentum.adam.sign.normalised"
RACE_IS_OVER = (
    "[...document.querySelectorAll('.runners td:nth-child(2)')].every((cell) => cell.textContent !== 'running')"
)
DEEP_HAS_ENDED = "!document.querySelector('.sentence').textContent.includes('on its way')"
EVENTS_ARE_DRAWN = "document.querySelector('.sentence').textContent.includes('at this moment')"


def far(one, other):
    return np.linalg.norm(np.asarray(one) - np.asarray(other)) / np.linalg.norm(other)


def executed(code):
    """The names that a copied program defines, without what it prints."""
    space = {}
    exec(
        compile("\n".join(line for line in code.splitlines() if not line.startswith("print(")), "copied", "exec"), space
    )
    return space


def test_a_race_ends_by_itself_and_rewinds_to_the_same_ends(open_page):
    page = open_page(f"view=race&system=small&start=random&seed=7&stepSize=0.05&batch=2&runners={ALL}", **STILL)
    page.wait_for_function(RACE_IS_OVER)
    before = page.evaluate("explorer.numbers()")
    page.get_by_role("button", name="Rewind").click()
    page.wait_for_function(RACE_IS_OVER)
    assert page.evaluate("explorer.numbers()") == before
    assert far(before["flow"], before["x"]) < 1e-6
    assert far(before["descent"], before["x"]) > 1e-4
    assert page.get_by_role("button", name="Pause").is_disabled()
    page.get_by_role("button", name="New seed").click()
    page.wait_for_function(RACE_IS_OVER)
    assert far(page.evaluate("explorer.numbers().x"), before["x"]) > 1e-3


def test_a_race_moves_within_a_second_and_can_be_held(open_page):
    page = open_page("view=race")
    start = page.evaluate("explorer.numbers().descent")
    page.wait_for_function("(start) => explorer.numbers().descent.join() !== start", arg=",".join(map(str, start)))
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(100)
    held = page.evaluate("explorer.numbers()")
    page.wait_for_timeout(200)
    assert page.evaluate("explorer.numbers()") == held
    page.get_by_role("button", name="Go on").click()
    page.wait_for_function(RACE_IS_OVER)


def test_methods_are_chosen_in_the_table(open_page):
    page = open_page("view=race", **STILL)
    page.get_by_label("Adam").uncheck()
    page.get_by_label("Normalised descent").check()
    assert page.evaluate("explorer.state().runners") == "flow.descent.momentum.sign.normalised"
    page.wait_for_function(RACE_IS_OVER)
    assert "adam" not in page.evaluate("explorer.numbers()")


def test_a_race_tells_which_steps_are_too_long(open_page):
    page = open_page("view=race&stepSize=0.5&runners=descent", **STILL)
    page.wait_for_function(RACE_IS_OVER)
    assert "too long for gradient descent" in page.locator(".sentence").inner_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        f"view=race&system=small&stepSize=0.03&batch=2&seed=5&start=random&stepDecay=0.99&runners={ALL}",
        f"view=race&network=Product&depth=3&scale=0.3&stepSize=0.02&runners={ALL}",
        "view=race&network=TwoBranch&scale=0.2&runners=descent.momentum",
        "view=race&network=Direct&stepSize=0.02&runners=flow.descent.adam.sign",
    ],
)
def test_every_runner_ends_where_the_library_does(open_page, address):
    page = open_page(address, **STILL)
    page.wait_for_function(RACE_IS_OVER)
    space, numbers = executed(page.evaluate("explorer.python()")), page.evaluate("explorer.numbers()")
    assert far(numbers.pop("x"), space["predicted"].x) < 1e-8
    for name, x in numbers.items():
        # Steps are the same, but rounding grows while methods hover; and flow is integrated by another method.
        exact = name in ("descent", "stochastic", "momentum")
        assert far(x, space[name].x) < (1e-8 if exact else 1e-6), json.dumps([address, name])


def test_events_come_when_the_library_says(open_page):
    page = open_page("view=events&moment=0.95&scale=1e-10", **STILL)
    page.wait_for_function(EVENTS_ARE_DRAWN)
    numbers = page.evaluate("explorer.numbers()")
    lines = [line for line in page.evaluate("explorer.python()").splitlines() if not line.startswith("trained")]
    space = executed("\n".join(lines))
    assert far(numbers["x"], space["predicted"].x) < 1e-12
    np.testing.assert_allclose(numbers["times"], space["times"], rtol=1e-12)
    away = page.locator(".sentence").inner_text().split("10⁻¹⁰ is ")[1]
    assert away.startswith("on the stairs") or float(away.split()[0]) < 3


def test_the_smaller_the_start_the_nearer_to_the_stairs(open_page):
    page = open_page("view=events&moment=0.95", **STILL)
    shares = []
    for scale in (0.1, 1e-3, 1e-10, 1e-30):
        page.evaluate("(scale) => explorer.set({ scale })", scale)
        page.wait_for_function("!document.querySelector('.row .buttons button').textContent.includes('Stop')")
        page.wait_for_timeout(400)
        words = page.locator(".sentence").inner_text()
        shares.append(float(words.split(" is ")[-1].split()[0]) if "%" in words else 0.0)
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 5 > shares[2]


def test_at_depth_three_the_page_says_from_where_it_draws(open_page):
    page = open_page("view=events&depth=3&scale=1e-10", **STILL)
    assert "10⁻⁷" in page.locator(".remark").inner_text()
    page.evaluate("explorer.set({ scale: 1e-5 })")
    assert page.locator(".remark").inner_text() == ""


def test_the_network_lands_where_its_target_is_dragged(open_page):
    page = open_page("view=deep", **STILL)
    page.wait_for_function(DEEP_HAS_ENDED)
    box = page.locator(".deep .handle").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 150, steps=8)
    page.mouse.up()
    target = page.evaluate("explorer.state().target")
    assert target < 0.2
    page.wait_for_function(DEEP_HAS_ENDED)
    numbers = page.evaluate("explorer.numbers()")
    assert far(numbers["trained"], numbers["x"]) < 1e-8
    system = rl.LinearSystem(np.array([[2.0, 3.0]]), np.array([3.0]))
    assert abs(np.linalg.norm(np.array(numbers["trained"]) - system.min_norm()) - abs(target)) < 1e-8
    page.locator(".deep .handle").press("ArrowUp")
    assert page.evaluate("explorer.state().target") == pytest.approx(target + 0.05, abs=0.011)


def test_without_a_null_component_every_random_start_ends_at_the_shortest_solution(open_page):
    page = open_page("view=deep&kind=gaussian&hidden=3&nullShare=0&system=small", **STILL)
    program = page.evaluate("explorer.python()")
    system = executed("\n".join(program.split("network = ")[:1]))["system"]
    for scale in (0.2, 0.6):
        page.evaluate("(scale) => explorer.set({ scale })", scale)
        page.wait_for_function(DEEP_HAS_ENDED)
        assert far(page.evaluate("explorer.numbers().trained"), system.min_norm()) < 1e-7
    page.evaluate("explorer.set({ nullShare: 1 })")
    page.wait_for_function(DEEP_HAS_ENDED)
    assert far(page.evaluate("explorer.numbers().trained"), system.min_norm()) > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        "view=deep&target=-1.1&width=3&scale=0.3",
        "view=deep&kind=chain&hidden=3&balance=1.6&nullShare=1.4&system=small",
        "view=deep&kind=gaussian&hidden=2&scale=0.4&width=5",
        "view=deep&kind=gaussian&hidden=2&training=descent&stepSize=0.02",
    ],
)
def test_deep_ends_are_those_of_the_library(open_page, address):
    page = open_page(address, **STILL)
    page.wait_for_function(DEEP_HAS_ENDED)
    code, numbers = page.evaluate("explorer.python()"), page.evaluate("explorer.numbers()")
    *lines, last = code.rstrip().splitlines()
    space = executed("\n".join([*lines, f"x = {last.removeprefix('print(').removesuffix(')')}"]))
    assert far(numbers["x"], space["x"]) < 1e-8
    if "trained" in space:
        assert far(numbers["trained"], space["trained"].x) < 1e-7


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        "view=events&depth=3&network=Product",
        "view=deep&target=-0.7&width=4",
        "view=race&runners=descent.sign&stepSize=0.02",
    ],
)
def test_copied_studies_compute_what_the_page_shows(open_page, tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    page = open_page(address, **STILL)
    page.wait_for_function(RACE_IS_OVER)
    study, numbers = page.evaluate("explorer.study()"), page.evaluate("explorer.numbers()")
    for file, content in {**study["files"], "study.toml": study["toml"]}.items():
        (tmp_path / file).write_text(content, encoding="utf-8")
    results = rl.study(read_configuration("study.toml"))
    found = dict(
        zip(results.method.values.tolist(), results.x.values.reshape(results.sizes["method"], -1), strict=True)
    )
    assert far(found["limit"], numbers["x"]) < 1e-8
    for name, flow in {"descent": "GradientDescent", "sign": "SignDescent"}.items():
        if name in numbers:
            assert far(found[flow], numbers[name]) < 1e-8


def test_a_random_start_is_copied_with_its_weights(open_page):
    page = open_page("view=race&start=random&seed=3", **STILL)
    weights = page.evaluate("explorer.study()")["toml"].split("theta = ")[1].split("}")[0]
    assert weights.startswith("{u = [0.")
    assert len(set(weights.replace("]", ",").split(","))) > 4
    page.evaluate("explorer.set({ start: 'even' })")
    assert 'init = {name = "Constant", scale = 0.1}' in page.evaluate("explorer.study()")["toml"]


def test_the_moment_of_the_events_follows_what_is_played(open_page):
    page = open_page("view=events", **STILL)
    assert page.evaluate("explorer.state().moment") == 1
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("explorer.state().moment > 0.05 && explorer.state().moment < 0.9")
    page.get_by_role("button", name="Stop").click()
    held = page.evaluate("explorer.state().moment")
    assert 0 < held < 1
    page.wait_for_timeout(200)
    assert page.evaluate("explorer.state().moment") == held
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("(held) => explorer.state().moment > held", arg=held)
    page.evaluate("explorer.set({ moment: 0.2 })")
    page.get_by_role("button", name="Play").wait_for()
    assert page.evaluate("explorer.state().moment") == 0.2


def test_a_correction_is_praised_only_where_it_explains_an_end(open_page):
    """Of steps that have not settled, and of an end that is flow's own, there is nothing to explain."""
    page = open_page("view=race", **STILL)
    page.wait_for_function(RACE_IS_OVER)
    assert "its finite steps explain by only" in page.locator(".sentence").inner_text()
    for change in (
        {"system": "small", "stepSize": 1e-4},
        {"network": "Direct", "system": "small", "scale": 0.0004929, "stepSize": 0.0001248},
    ):
        page.evaluate("(change) => explorer.set(change)", change)
        page.wait_for_function(RACE_IS_OVER)
        page.wait_for_timeout(100)
        assert "explain" not in page.locator(".sentence").inner_text()


def test_a_race_in_which_nothing_settles_says_so(open_page):
    page = open_page("view=race&system=small&stepSize=0.0001&runners=descent", **STILL)
    page.wait_for_function(RACE_IS_OVER)
    page.wait_for_timeout(100)
    assert page.locator(".sentence").inner_text() == "No method has reached a solution within its steps."


def own(open_page, table, **state):
    """The page with equations that a reader has typed."""
    page = open_page("view=line", **STILL)
    page.get_by_role("button", name="Your own A and b").click()
    page.locator("dialog textarea").fill(table)
    page.get_by_role("button", name="Use it").click()
    page.wait_for_function("explorer.state().system.startsWith('yours')")
    page.evaluate("(state) => explorer.set(state)", state)
    page.wait_for_function(RACE_IS_OVER)
    page.wait_for_function(DEEP_HAS_ENDED)
    page.wait_for_timeout(100)
    return page


def test_a_race_for_nothing_ends_at_nothing(open_page):
    page = own(open_page, "1,2,3,0\n2,1,0,0", view="race", runners="flow.descent")
    assert page.locator(".sentence").inner_text() == "Gradient flow and gradient descent end where the theorem says."


@pytest.mark.parametrize("kind", ["landing", "chain"])
@pytest.mark.parametrize(
    ("table", "said", "not_said"),
    [
        ("1,2,3,4\n2,4,6,9", "contradict each other", "lands|allow|agrees"),
        ("1,2,3,0\n2,1,0,0", "", "∞|–|of the size of x"),
        ("1e100,2,1e100,1e100\n1,2,3,4", "has not settled", "lands|agrees"),
    ],
)
def test_deep_training_asserts_an_end_only_where_there_is_one(open_page, kind, table, said, not_said):
    words = own(open_page, table, view="deep", kind=kind).locator(".sentence").inner_text()
    assert said in words
    assert re.search(not_said, words) is None


def test_names_of_ends_do_not_overlap_in_a_saved_race(open_page):
    """By the widths that the browser gives the words of the SVG document."""
    page = open_page("view=race", **STILL)
    page.wait_for_function(RACE_IS_OVER)
    boxes = page.evaluate("""() => {
        const place = document.createElement("div");
        place.innerHTML = explorer.svg()[2];
        document.body.append(place);
        const words = [...place.querySelectorAll('text[font-weight="600"]')];
        return words.map((each) => each.getBoundingClientRect().toJSON());
    }""")
    assert len(boxes) == 5
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            beside = one["right"] < other["left"] or other["right"] < one["left"]
            assert beside or abs(one["bottom"] - other["bottom"]) > 12
