"""What the page offers to copy computes what it shows: 20 random states, run as Python and as studies."""

import contextlib
import json
import tomllib

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


def studied(study, folder, trains):
    """The x that a study finds first, in a folder with its files; without trainings that it does not depend on."""
    for file, content in study["files"].items():
        (folder / file).write_text(content, encoding="utf-8")
    (folder / "study.toml").write_text(study["toml"], encoding="utf-8")
    configuration = tomllib.loads(study["toml"])
    (run,) = configuration["runs"]
    if not trains and run["methods"][0] == "limit":
        configuration["runs"] = [{**run, "methods": ["limit"]}]
    source = folder / "study.toml" if trains else configuration
    with contextlib.chdir(folder):
        return np.squeeze(rl.study(read_configuration(source)).x.isel(method=0).values)


def compared(page, count, trains, folder):
    """Runs what `count` random states offer to copy, as a program and as a study, and returns those that differ."""
    wrong, run = [], 0
    for seed in range(1, 5 * count):
        state = page.evaluate(SHUFFLE, seed)
        code, x = page.evaluate("explorer.python()"), page.evaluate("explorer.numbers().x")
        study = page.evaluate("explorer.study()")
        # Between two whole depths there is a potential, and no network that a study could hold.
        assert (study is None) == ("rl.networks." not in (code or "")), json.dumps(state)
        is_trained = code is not None and "rl.train(" in code.splitlines()[-1]
        if code is None or (is_trained and not trains):
            continue
        found = [printed(code, trains)]
        if study is not None:
            found.append(studied(study, folder, trains))
        # What no theorem predicts is compared with the page by test_dynamics, after as many steps.
        wanted = found[0] if is_trained else np.array(x)
        wrong += [json.dumps(state) for each in found if not close(each, wanted)]
        run += study is not None
        if run == count:
            return wrong
    return [*wrong, f"{run} of {count} states were compared"]


def test_copied_programs_and_studies_compute_what_the_page_shows(open_page, tmp_path):
    page = open_page("view=line")
    for view, count in DRAWN.items():
        page.evaluate("(view) => explorer.set({ view })", view)
        assert compared(page, count, trains=False, folder=tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("view", ["race", "events", "deep"])
def test_copied_trainings_run_as_well(open_page, tmp_path, view):
    assert compared(open_page(f"view={view}"), DRAWN[view], trains=True, folder=tmp_path) == []


def test_between_two_depths_no_network_of_a_study_is_offered(open_page):
    page = open_page("view=line&depth=2.5")
    assert page.evaluate("explorer.study()") is None
    page.get_by_role("button", name="TOML").click()
    assert "whole depths" in page.locator("dialog").inner_text()


def test_the_dialog_shows_the_program(open_page):
    page = open_page("view=line&scale=0.05")
    page.get_by_role("button", name="Python").click()
    assert page.locator("dialog textarea").input_value() == page.evaluate("explorer.python()")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
