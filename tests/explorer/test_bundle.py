"""Modules become one script, and what the bundler does not know is refused."""

import pytest

from ridgeless.explorer._bundle import BundleError, bundle, page_modules


def test_modules_come_before_those_that_import_them():
    modules = {
        "main.js": 'import { one } from "./a.js";\nimport { two } from "./b.js";\nuse(one, two);',
        "b.js": 'import { one } from "./a.js";\nexport const two = 2 * one;',
        "a.js": "export const one = 1;",
        "unused.js": "export const three = 3;",
    }
    script = bundle(modules, "main.js")
    assert script.index("$a = ") < script.index("$b = ") < script.index("$main = ")
    assert "three" not in script


def test_names_may_change_on_the_way():
    modules = {
        "views/main.js": 'import {\n  one as first,\n  two,\n} from "../a.js";\nuse(first, two);',
        "a.js": "const eins = 1;\nexport function two() {}\nexport { eins as one };\n",
    }
    script = bundle(modules, "views/main.js")
    assert "const { one: first, two } = $a;" in script
    assert "return { two, one: eins };" in script


def test_remarks_are_left_out_and_casts_stay():
    script = bundle(
        {"a.js": "/** What it is.\n * More. */\n  // Why.\nconst x = /** @type {any} */ (1); // end\n"}, "a.js"
    )
    assert "What it is" not in script
    assert "Why" not in script
    assert "// end" in script
    assert "/** @type {any} */ (1)" in script


def test_no_script_ends_the_page():
    assert "</script" not in bundle({"a.js": 'const text = "</script>";'}, "a.js")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('import thing from "./b.js";', "no form"),
        ('import * as b from "./b.js";', "no form"),
        ("export default 1;", "no form"),
        ("export let changing = 1;", "no form"),
        ('export * from "./b.js";', "no form"),
        ("const b = await import(name);", "no form"),
        ('import { b } from "./nowhere.js";\n', "not there"),
        ('import { b, c } from "./b.js";\n', "imports c, which b.js does not export"),
        ('import { main } from "./main.js";\n', "circle"),
    ],
)
def test_what_it_does_not_know_is_refused(text, said):
    with pytest.raises(BundleError, match=said):
        bundle({"main.js": text, "b.js": "export const b = 1;"}, "main.js")


def test_the_page_is_bundled():
    assert "$views_line" in bundle(page_modules(), "main.js")
