"""The page in a browser: it opens, every view draws, a link reproduces, and anyone can use it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.explorer import _start
from ridgeless.explorer._page import page as page_of

AXE = Path(__file__).parent / "javascript" / "node_modules" / "axe-core" / "axe.min.js"
VIEWS = re.findall(r'from "\./(\w+)\.js"', (Path(rl.__file__).parent / "explorer/page/views/all.js").read_text("utf-8"))
REFUSED = {
    "": "empty",
    "1,2": "needs three",
    "1,2,3\n1,zwei,3": "Line 2 has “zwei”",
    "1,2,3,4\n1,2,3": "Line 2 has 3 numbers",
    "nan,2,3\n4,5,6": "Line 1 has “nan”",
    "1,,3\n4,5,6": "Line 1 has “”",
    "1,2,3\n4,5,6\n7,8,9": "3 equations for 2 unknowns",
    "0,0,3": "Every entry of A is 0",
    "a,b,c\n": "no numbers below",
    "1,1e999,3": "not a finite number",
}
FRAMES = 30
DRAG = """async (key) => {
    const { minimum, maximum, kind } = explorer.knobs().find((knob) => knob.key === key);
    const [low, high] = kind === "logarithmic" ? [1e-3, 1] : [Math.max(0.1, minimum), maximum];
    for (let frame = 0; frame < 30; frame += 1) {
        explorer.set({ [key]: low + (high - low) * frame / 30 });
        await new Promise(requestAnimationFrame);
    }
}"""
# Keeps where on their canvas words are written from now on, unless they are turned.
WRITTEN = """() => {
    globalThis.written = [];
    const pen = CanvasRenderingContext2D.prototype;
    const { fillText } = pen;
    pen.fillText = function (words, ...rest) {
        const { actualBoundingBoxLeft, actualBoundingBoxRight } = this.measureText(words);
        const { e, b } = this.getTransform();
        const width = this.canvas.width / devicePixelRatio;
        const place = e / devicePixelRatio;
        const [left, right] = [place - actualBoundingBoxLeft, place + actualBoundingBoxRight];
        if (b === 0) written.push({ words, left, right, width });
        fillText.call(this, words, ...rest);
    };
}"""
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def drawn(page):
    """How many colours the largest picture of the page has."""
    return page.evaluate("""() => {
        const size = ({ width, height }) => width * height;
        const [canvas] = [...document.querySelectorAll("#picture canvas")].sort((a, b) => size(b) - size(a));
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
    }""")


def test_it_is_small_without_its_data():
    assert len(page_of([]).encode()) <= 400_000


def test_it_asks_for_no_other_file(open_page):
    page = open_page()
    asked = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [name for name in asked if not name.startswith(("blob:", "data:"))] == []


def test_it_is_painted_within_half_a_second(open_page):
    """By the processor's clock, which other processes do not stop: the script runs before the first paint."""
    page = open_page(clock="thread")
    assert page.spent() <= 0.5


def test_every_view_draws_when_its_address_is_opened(open_page):
    for view in VIEWS:
        page = open_page(f"view={view}")
        page.wait_for_function("document.querySelector('#picture canvas').width > 300")
        page.wait_for_timeout(150)
        assert page.locator("#tabs button[aria-current]").get_attribute("data-view") == view
        assert drawn(page) > 20
        assert page.locator("#question").inner_text().endswith((".", "?"))


def test_every_view_follows_another(open_page):
    """Clicks through all tabs, there and back: what a view leaves behind would be an error or a second picture."""
    page = open_page("view=line")
    for view in [*VIEWS, *reversed(VIEWS)]:
        page.click(f'#tabs button[data-view="{view}"]')
        page.wait_for_timeout(40)
        assert page.locator("#tabs button[aria-current]").count() == 1
        assert page.evaluate("document.querySelector('#picture').dataset.view") == view


class TestAddress:
    def test_a_knob_writes_it(self, open_page):
        page = open_page("view=line")
        page.locator('.knob[data-key="scale"] input').fill("-2")
        page.wait_for_function("location.hash.includes('scale=0.01')")

    def test_it_round_trips(self, open_page):
        address = (
            "view=line&network=Product&depth=3&scale=0.02&u1=1.5&v1=-0.5&u2=0.75&v2=0&a1=1.5&a2=-2&b=0.7&theme=dark"
        )
        first = open_page(address)
        first.wait_for_timeout(300)
        written = first.evaluate("location.hash.slice(1)")
        told = dict(pair.split("=") for pair in written.split("&"))
        wanted = dict(pair.split("=") for pair in address.split("&"))
        assert {key: told.get(key) for key in wanted} == wanted
        sentences = [open_page(each).locator(".sentence").inner_text() for each in (address, written)]
        assert sentences[0] == sentences[1]

    def test_what_it_cannot_mean_is_passed_over(self, open_page):
        page = open_page("view=line&network=Transformer&scale=large&depth=40&colour=red")
        state = page.locator('.knob[data-key="network"] select').input_value()
        assert state == "Difference"
        assert page.locator('.knob[data-key="depth"]:not([hidden]) output').inner_text() == "6"

    def test_going_back_shows_what_was_there(self, open_page):
        page = open_page("view=line&scale=0.5")
        before = page.locator(".sentence").inner_text()
        page.evaluate("location.hash = 'view=line&scale=0.001'")
        page.wait_for_function("(before) => document.querySelector('.sentence').innerText !== before", arg=before)
        page.go_back()
        page.wait_for_function("(before) => document.querySelector('.sentence').innerText === before", arg=before)

    def test_a_link_followed_while_a_knob_is_being_written_wins(self, open_page):
        page = open_page("view=line&scale=0.5")
        page.evaluate("""() => {
            explorer.set({ scale: 0.3 });
            const until = performance.now() + 300;  // the address of the knob is due when the link is followed
            while (performance.now() < until);
            location.hash = "view=line&scale=0.001";
        }""")
        page.wait_for_function("explorer.state().scale === 0.001", timeout=5000)
        page.wait_for_timeout(300)
        assert "scale=0.001" in page.evaluate("location.hash")


class TestEveryone:
    @pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: npm install in tests/explorer/javascript")
    @pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
    def test_axe_finds_nothing_serious(self, open_page, theme):
        page = open_page(f"view=line&theme={theme}")
        page.add_script_tag(path=AXE)
        serious = []
        for view in VIEWS:
            page.evaluate("(view) => explorer.set({ view })", view)
            page.wait_for_timeout(150)
            found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
            serious += [
                f"{view}, {each['id']}: {node['html']} {node['failureSummary']}"
                for each in found
                if each["impact"] in ("serious", "critical")
                for node in each["nodes"]
            ]
        assert serious == []

    def test_a_phone_shows_it_without_scrolling_sideways(self, open_page):
        page = open_page("view=line", **PHONE)
        for view in VIEWS:
            page.evaluate("(view) => explorer.set({ view })", view)
            page.wait_for_timeout(150)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, view
            for slider in page.locator(".knob:not([hidden]) input[type=range]").all():
                if slider.is_visible():
                    assert slider.bounding_box()["width"] > 150

    def test_the_keyboard_moves_a_knob_and_a_handle(self, open_page):
        page = open_page("view=line")
        page.locator('.knob[data-key="scale"] input').press("ArrowLeft")
        page.wait_for_function("location.hash.includes('scale=')")
        page.locator('.handle[aria-label="Start of x1"]').press("ArrowRight")
        page.wait_for_function("location.hash.includes('u1=1.1')")

    @pytest.mark.parametrize(
        ("address", "handle", "key", "ends", "page_up"),
        [
            ("view=line", '.handle[aria-label="Start of x1"]', "u1", (0, 2), 0.5),
            ("view=line&network=Product", '.handle[aria-label="Start of x2"]', "u2", (-2, 2), -1.5),
            ("view=deep", ".deep .handle", "target", (-2, 2), -1.5),
        ],
    )
    def test_a_handle_has_the_keys_and_the_ends_of_a_slider(self, open_page, address, handle, key, ends, page_up):
        page = open_page(address, reduced_motion="reduce")
        slider = page.locator(handle)
        told = []
        for pressed in ("End", "Home", "PageUp", "PageDown", "ArrowRight"):
            slider.press(pressed)
            told.append(page.evaluate("(key) => explorer.state()[key]", key))
        assert told[:4] == [ends[1], ends[0], page_up, ends[0]]
        assert told[4] > ends[0]
        page.wait_for_timeout(100)
        assert [float(slider.get_attribute(f"aria-value{name}")) for name in ("min", "max", "now")] == [*ends, told[4]]

    @pytest.mark.parametrize("address", ["view=deep", "view=race", "view=race&system=small"])
    def test_no_words_of_a_picture_are_cut_on_a_small_phone(self, open_page, address):
        page = open_page(address, viewport={"width": 320, "height": 640}, reduced_motion="reduce")
        page.wait_for_timeout(200)
        page.evaluate(WRITTEN)
        page.evaluate("explorer.set({ theme: 'dark' })")
        page.wait_for_function("written.length > 20")
        assert page.evaluate("written.filter(({ left, right, width }) => left < -1 || right > width + 1)") == []

    def test_the_theme_follows_the_system_and_the_switch(self, open_page):
        page = open_page("view=line", color_scheme="dark")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.click("#theme-button")
        page.click("#theme-button")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"


class TestTour:
    def test_it_begins_by_itself_once(self, open_page):
        page = open_page()
        assert page.locator("#tour").is_visible()
        page.get_by_role("button", name="Leave").click()
        page.evaluate("location.hash = ''")
        page.reload()
        assert not page.locator("#tour").is_visible()

    def test_a_link_is_shown_without_it(self, open_page):
        assert not open_page("view=line&scale=0.5").locator("#tour").is_visible()

    def test_each_step_moves_its_knob(self, open_page):
        page = open_page(reduced_motion="reduce")
        count = int(page.locator("#tour p").first.inner_text().split()[-1])
        for _ in range(count):
            page.wait_for_timeout(150)
            assert page.locator(".knob.pointed:not([hidden])").count() >= 1
            following = page.locator("#tour").get_by_role("button", name="Next")
            if following.count():
                following.click()
        assert count == 6

    def test_on_a_phone_the_card_leaves_the_knob_of_each_step_in_sight(self, open_page):
        page = open_page(reduced_motion="reduce", **PHONE)
        for following in range(6):
            page.wait_for_timeout(250)
            top, card = page.evaluate("""() => [
                document.querySelector(".knob.pointed").getBoundingClientRect(),
                document.querySelector("#tour").getBoundingClientRect(),
            ]""")
            assert top["height"] > 0
            assert top["top"] >= 0
            assert top["bottom"] <= card["top"]
            if following < 5:
                page.locator("#tour").get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Leave").click()
        assert page.evaluate("document.body.style.paddingBottom") == ""

    def test_escape_closes_it(self, open_page):
        page = open_page()
        page.keyboard.press("Escape")
        assert page.locator("#tour").is_hidden()
        assert page.locator(".knob.pointed").count() == 0
        assert page.evaluate("document.activeElement.id") == "tour-button"

    def test_another_view_closes_it_and_its_own_steps_do_not(self, open_page):
        page = open_page(reduced_motion="reduce")
        for _ in range(3):
            page.locator("#tour").get_by_role("button", name="Next").click()
            page.wait_for_timeout(100)
            assert page.locator("#tour").is_visible()
        page.click('#tabs button[data-view="race"]')
        page.locator("#tour").wait_for(state="hidden")

    @pytest.mark.parametrize("table", ["1,2,3", "1,2,3,4"])
    def test_own_data_close_it(self, open_page, table):
        page = open_page(reduced_motion="reduce")
        page.get_by_role("button", name="Your own A and b").click()
        page.locator("dialog textarea").fill(table)
        page.get_by_role("button", name="Use it").click()
        page.locator("#tour").wait_for(state="hidden")

    def test_escape_closes_a_dialog_before_it(self, open_page):
        page = open_page(reduced_motion="reduce")
        page.get_by_role("button", name="Your own A and b").click()
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="detached")
        assert page.locator("#tour").is_visible()


class TestOwnData:
    def show(self, open_page, text):
        page = open_page("view=line")
        page.get_by_role("button", name="Your own A and b").click()
        page.locator("dialog textarea").fill(text)
        page.get_by_role("button", name="Use it").click()
        return page

    def test_bad_data_are_refused_in_a_sentence(self, open_page):
        page = self.show(open_page, "")
        for text, said in REFUSED.items():
            page.locator("dialog textarea").fill(text)
            page.get_by_role("button", name="Use it").click()
            page.wait_for_function(
                "(said) => document.querySelector('dialog .error').textContent.includes(said)", arg=said
            )

    def test_one_equation_goes_to_the_line(self, open_page):
        page = self.show(open_page, "x1;y;x2\n2,5;1;-1")
        page.wait_for_function("location.hash.includes('a2=-1')")
        assert "a1=2.5" in page.evaluate("location.hash")
        assert "b=1" in page.evaluate("location.hash")


def test_a_system_of_python_is_what_the_page_shows(open_page, tmp_path):
    system = rl.systems.GaussianSparse(6, 15, 2).system(3)
    explorer = rl.explore(rl.limit(system, rl.networks.Product(3), rl.inits.Constant(0.2)))
    page = open_page(file=explorer.save(tmp_path / "own"))
    assert page.locator('.knob[data-key="system"] select').input_value() == "own"
    assert page.locator('.knob[data-key="network"] select').input_value() == "Product"


@pytest.mark.parametrize(
    ("system", "network", "start"),
    [
        ("line", rl.networks.Difference(3), {"u": np.array([0.3, 0.1]), "v": np.array([0.2, 0.7])}),
        ("line", rl.networks.Product(2), {"layers": np.array([[0.5, -0.2], [0.1, 0.3]])}),
        ("line", rl.networks.TwoBranch(3), rl.inits.Constant(1e-4)),
        ("line", rl.networks.Power(2), {"u": np.array([0.4, 1e-7])}),
        ("line", rl.networks.Direct(), {"x": np.array([-1.0, 2.5])}),
        ("many", rl.networks.TwoBranch(6), rl.inits.Constant(0.01)),
    ],
    ids=repr,
)
def test_the_page_of_a_solution_shows_that_solution(open_page, tmp_path, system, network, start):
    line = rl.LinearSystem(np.array([[2.0, 3.0]]), np.array([3.0]))
    found = rl.limit(line if system == "line" else rl.systems.GaussianSparse(6, 15, 2).system(3), network, start)
    page = open_page(file=rl.explore(found).save(tmp_path / "own"))
    shown = np.array(page.evaluate("explorer.numbers().x"))
    assert np.linalg.norm(shown - found.x) < 1e-8 * np.linalg.norm(found.x)


def test_what_python_takes_for_knobs_are_the_knobs_of_the_page(open_page):
    page = open_page("view=unknowns")
    for view, scales in (("unknowns", _start.SCALES), ("line", _start.SCALES_ON_THE_LINE)):
        page.evaluate("(view) => explorer.set({ view })", view)
        ranges = {each["key"]: (each.get("minimum"), each.get("maximum")) for each in page.evaluate("explorer.knobs()")}
        assert ranges["scale"] == pytest.approx(scales, rel=1e-15)
        assert ranges["depth"] == _start.DEPTHS
    assert ranges["u1"] == (-_start.REACH, _start.REACH)


def test_a_second_system_of_the_reader_has_answers_of_its_own(open_page):
    page = open_page("view=unknowns")
    for text in ("1 2 3 4\n2 -1 0 1", "5 2 3 9\n2 7 1 1", "1 0 2 3 1\n0 1 1 1 2\n1 1 0 5 3"):
        page.get_by_role("button", name="Your own A and b").click()
        page.locator("dialog textarea").fill(text)
        page.get_by_role("button", name="Use it").click()
        page.wait_for_selector("dialog", state="detached")
        rows = np.array([[float(cell) for cell in line.split()] for line in text.splitlines()])
        A, b = rows[:, :-1], rows[:, -1]
        wanted = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), rl.inits.Constant(0.1)).x
        assert np.linalg.norm(np.array(page.evaluate("explorer.numbers().x")) - wanted) < 1e-8 * np.linalg.norm(wanted)
        page.wait_for_function("document.querySelector('.unknowns').dataset.points >= 10")
        assert f"{len(b)} equations leave {A.shape[1]} unknowns" in page.locator(".sentence").inner_text()
        assert page.locator('.knob[data-key="system"] option').count() == 6


def test_turning_from_a_large_system_to_another_leaves_no_curve_empty(open_page):
    page = open_page("view=unknowns&system=photograph32")
    page.wait_for_selector('.unknowns[data-status="converged"]')
    page.wait_for_timeout(600)
    page.evaluate("explorer.set({ system: 'sparse' })")
    page.evaluate("explorer.set({ system: 'photograph32' })")
    page.evaluate("explorer.set({ system: 'small' })")
    page.wait_for_function("document.querySelector('.unknowns').dataset.points >= 10")


def test_a_page_that_may_have_no_workers_computes_by_itself(open_page, page_file, tmp_path):
    policy = '<meta http-equiv="Content-Security-Policy" content="worker-src \'none\'">'
    closed = tmp_path / "closed.html"
    closed.write_text(page_file.read_text("utf-8").replace("<head>", f"<head>{policy}", 1), encoding="utf-8")
    browser_tells = "Creating a worker"
    page = open_page("view=unknowns&system=small", file=closed, expected=browser_tells)
    page.wait_for_function("document.querySelector('.unknowns').dataset.points >= 10")


def test_a_page_inside_another_leaves_the_other_where_it_is(open_page, tmp_path):
    around = tmp_path / "notebook.html"
    inner = rl.explore(rl.systems.GaussianSparse(6, 15, 2))._repr_html_()
    around.write_text(f"<meta charset='utf-8'><input><p style='height: 2500px'>above</p>{inner}", encoding="utf-8")
    page = open_page(file=around, wait=None)
    frame = page.frame_locator("iframe")
    frame.locator("#picture canvas").first.wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_inside_a_notebook_it_tells_its_address(open_page, page_file, tmp_path):
    """In a frame the page has no address of its own, and writes it to the window around: anywidget's model hears it."""
    from ridgeless.explorer._widget import MODULE

    around = tmp_path / "notebook.html"
    around.write_text("<title>a notebook</title>", encoding="utf-8")
    page = open_page(file=around, wait=None)
    page.add_script_tag(content=MODULE.replace("export default { render };", "globalThis.render = render;"))
    page.evaluate(
        """(html) => {
            const values = { html, height: 700 };
            const model = { get: (key) => values[key], set: (key, value) => (values[key] = value), save_changes() {} };
            globalThis.values = values;
            render({ model, el: document.body });
        }""",
        page_file.read_text(encoding="utf-8"),
    )
    frame = page.frame_locator("iframe")
    frame.locator("#tour").get_by_role("button", name="Leave").click()
    frame.locator('.knob[data-key="scale"] input').fill("-2.5")
    page.wait_for_function("(values.address ?? '').includes('scale=0.003162')")


def test_bits_of_a_camera_become_its_matrix(open_page):
    """A is stored as masks, one bit a pixel, and transformed in the page."""
    camera = rl.systems.SinglePixelCamera(410, 32, "haar").system(0)
    page = open_page("view=line")
    told = page.evaluate("""() => JSON.parse(document.querySelector("#systems").textContent)
        .find((each) => each.name === "photograph32").A""")
    assert told["kind"] == "masks"
    assert len(told["data"]) < camera.A.nbytes / 40
    assert json.dumps(told["low"]) == "-1"


def test_dragging_a_knob_takes_less_than_a_frame(open_page):
    """Sixty frames a second leave 16 ms for each, by the processor's clock."""
    page = open_page("view=line", clock="thread")
    page.wait_for_timeout(500)
    for key in ("scale", "v1"):
        before = page.spent()
        page.evaluate(DRAG, key)
        assert (page.spent() - before) / FRAMES <= 0.016, key
