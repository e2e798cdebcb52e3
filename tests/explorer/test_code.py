"""What the page offers to copy computes what it shows: 20 random states, run as Python and as studies."""

import json

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.studies import read_configuration

# How many random states of each view are drawn.
DRAWN = {"line": 8, "unknowns": 4, "race": 3, "events": 3, "deep": 2}
TOLERANCE = 1e-8
# A random value for each knob that shows, by a generator of our own, so that a failure can be repeated.
SHUFFLE = """(seed) => {
    let state = seed;
    const uniform = () => ((state = (1103515245 * state + 12345) % 2147483648) / 2147483648);
    for (const { key, kind, choices, minimum, maximum, step, shown } of explorer.knobs()) {
        if (shown && !shown(explorer.state())) continue;
        if (kind === "choice") {
            const chosen = choices[Math.floor(choices.length * uniform())];
            explorer.set({ ...chosen.also, [key]: chosen.value });
        } else if (kind === "logarithmic") {
            const least = Math.max(minimum, 1e-4);
            explorer.set({ [key]: Number((least * (maximum / least) ** uniform()).toPrecision(3)) });
        } else if (kind === "slider" || (kind === "number" && minimum !== undefined)) {
            const steps = Math.round((maximum - minimum) / step);
            explorer.set({ [key]: Number((minimum + step * Math.floor((steps + 1) * uniform())).toPrecision(6)) });
        }
    }
    return explorer.state();
}"""


def printed(code, trains):
    """What the last line of a program prints, as it is computed; without trainings that it does not depend on."""
    lines = code.rstrip().splitlines()
    assert lines[-1].startswith("print(")
    if not trains:
        lines = [line for line in lines if " = rl.train(" not in line]
    space = {}
    exec(compile("\n".join([*lines[:-1], f"printed = {lines[-1][6:-1]}"]), "copied", "exec"), space)
    return np.asarray(space["printed"])


def close(found, wanted):
    return np.linalg.norm(found - wanted) <= TOLERANCE * np.linalg.norm(wanted)


def compared(page, count, trains):
    """Runs what `count` random states offer to copy, and returns those whose numbers differ."""
    wrong, run = [], 0
    for seed in range(1, 5 * count):
        state = page.evaluate(SHUFFLE, seed)
        code, x = page.evaluate("explorer.python()"), page.evaluate("explorer.numbers().x")
        is_trained = code is not None and "rl.train(" in code.splitlines()[-1]
        if code is None or (is_trained and not trains):
            continue
        found = printed(code, trains)
        # What no theorem predicts is compared by test_dynamics, after as many steps.
        if not is_trained and not close(found, np.array(x)):
            wrong.append(json.dumps(state))
        run += 1
        if run == count:
            return wrong
    return [*wrong, f"{run} of {count} states were compared"]


def test_copied_programs_print_what_the_page_shows(open_page):
    page = open_page("view=line")
    for view, count in DRAWN.items():
        page.evaluate("(view) => explorer.set({ view })", view)
        assert compared(page, count, trains=False) == []


@pytest.mark.slow
@pytest.mark.parametrize("view", ["race", "events", "deep"])
def test_copied_trainings_run_as_well(open_page, view):
    assert compared(open_page(f"view={view}"), DRAWN[view], trains=True) == []


def test_copied_studies_compute_what_the_page_shows(open_page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page, run = open_page("view=line"), 0
    for name, network, second in [("Difference", 1, 1), ("Product", 1, 0), ("TwoBranch", 1, 1)]:
        for depth in (2,):
            page.evaluate(
                "(change) => explorer.set(change)",
                {
                    "network": name,
                    "depth": depth,
                    "scale": 0.07,
                    "u1": network,
                    "u2": network,
                    "v1": second,
                    "v2": second,
                },
            )
            study, x = page.evaluate("explorer.study()"), page.evaluate("explorer.numbers().x")
            for file, content in study["files"].items():
                (tmp_path / file).write_text(content, encoding="utf-8")
            (tmp_path / "study.toml").write_text(study["toml"], encoding="utf-8")
            results = rl.study(read_configuration("study.toml"))
            assert close(np.squeeze(results.x.values), np.array(x)), study["toml"]
            run += 1
    assert run == 3


def test_a_start_that_no_init_makes_has_no_study(open_page):
    page = open_page("view=line&u1=0.5")
    assert page.evaluate("explorer.study()") is None
    page.get_by_role("button", name="TOML").click()
    assert "Copy as TOML" in page.locator("dialog").inner_text()


def test_the_dialog_shows_the_program(open_page):
    page = open_page("view=line&scale=0.05")
    page.get_by_role("button", name="Python").click()
    assert page.locator("dialog textarea").input_value() == page.evaluate("explorer.python()")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
