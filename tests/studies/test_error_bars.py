"""The page with error bars: one short file, six lines of Python, and the axes and marks that its picture shows."""

import re
import tomllib
from pathlib import Path

import pytest

import ridgeless as rl

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "examples" / "error_bars.toml"


@pytest.fixture(scope="module")
def results():
    table = tomllib.loads(FILE.read_text())
    table["seeds"]["count"] = 3
    table["runs"][0]["init"]["scale"]["count"] = 2
    for method in table["runs"][0]["methods"][1:]:
        method["max_steps"] = 50
    return rl.study(table)


def test_the_file_is_short_and_asks_for_what_the_page_says():
    assert len(FILE.read_text().splitlines()) <= 25
    plan = rl.studies.make_plan(rl.studies.read_configuration(FILE))
    assert dict(zip(plan.names, plan.shape, strict=True)) == {"seed": 20, "depth": 2, "scale": 7, "method": 4}
    assert len(plan.cells) == 1120


def test_the_program_of_the_page(results, monkeypatch, tmp_path):
    (program,) = re.findall(r"```py\n(.*?)```", (ROOT / "docs" / "error-bars.md").read_text(), flags=re.DOTALL)
    assert len([line for line in program.splitlines() if line]) <= 6
    monkeypatch.setattr(rl, "study", lambda path: results)
    monkeypatch.chdir(tmp_path)
    exec(program, {})
    assert {path.name for path in tmp_path.iterdir()} == {"error-bars-2.png", "error-bars-3.png"}


def test_bands_lie_between_the_quartiles_of_the_seeds(results):
    ax = rl.plots.measure_along(results.sel(depth=3), "error", "scale", by="method")
    limits = results.error.sel(depth=3).isel(method=0)
    assert list(ax.lines[0].get_ydata()) == pytest.approx(limits.median("seed").values.tolist())
