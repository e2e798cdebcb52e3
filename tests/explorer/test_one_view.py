"""A view is one file and two lines: that of docs/where-do-i.md draws, is typed, and copies what it shows."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.explorer import _bundle, _page
from ridgeless.explorer._systems import built_in_systems

ROOT = Path(__file__).parents[2]
TYPESCRIPT = Path(__file__).parent / "javascript" / "node_modules" / ".bin" / "tsc"
ALL = "views/all.js"


@pytest.fixture
def modules():
    """The modules of the page, with the view of the manual among them."""
    text = (ROOT / "docs" / "where-do-i.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```js\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    found = _bundle.page_modules()
    listed = found[ALL].replace("export const views = [", "export const views = [shortest, ")
    found[ALL] = listed.replace("\nimport", '\nimport { view as shortest } from "./shortest.js";\nimport', 1)
    return {**found, "views/shortest.js": code}


def test_it_draws_and_copies_what_it_shows(modules, open_page, tmp_path, monkeypatch):
    monkeypatch.setattr(_page, "page_modules", lambda: modules)
    file = tmp_path / "page.html"
    file.write_text(_page.page(built_in_systems()), encoding="utf-8")
    page = open_page("view=shortest", file=file)
    code, x = page.evaluate("explorer.python()"), page.evaluate("explorer.numbers().x")
    space = {"np": np, "rl": rl}
    exec(code.replace("print(", "found = ("), space)
    np.testing.assert_allclose(x, space["found"], rtol=0, atol=1e-12)
    assert "<path" in page.evaluate("explorer.svg()")[0]
    page.click('#tabs button[data-view="line"]')
    page.click('#tabs button[data-view="shortest"]')


@pytest.mark.skipif(not TYPESCRIPT.exists(), reason="no TypeScript: npm install in tests/explorer/javascript")
def test_it_is_typed(modules, tmp_path):
    for path, text in modules.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    told = (TYPESCRIPT.parents[2] / "tsconfig.json").read_text(encoding="utf-8")
    (tmp_path / "tsconfig.json").write_text(
        re.sub(r'"include": \[.*?\]', '"include": ["**/*.js"]', told), encoding="utf-8"
    )
    done = subprocess.run([str(TYPESCRIPT), "-p", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
