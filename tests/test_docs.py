"""What is written about the package is true: its code runs, its commands exist, its lists are whole."""

import importlib
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from operator import attrgetter
from pathlib import Path
from pkgutil import iter_modules

import msgspec
import numpy as np
import pytest

import ridgeless as rl

ROOT = Path(__file__).parents[1]
MANUAL = [page for page in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in page.parts]
PAGES = [ROOT / "README.md", *MANUAL]
# Whole files of the package, in its own style.
FILES = {"extend.md", "reproduce.md", "where-do-i.md"}
TEXTS = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# Of a make command: NAME=value.
SETTING = re.compile(r"([A-Z]+)=\w+")


def blocks(path, language):
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.fixture
def reader():
    """What a reader of the documentation has at hand: an A and a b of their own."""
    names = {}
    exec(loaded("docs_reader", ROOT / "docs" / "reader.py").READER, names)
    return names


@pytest.fixture(scope="module")
def conf():
    return loaded("docs_conf", ROOT / "docs" / "conf.py")


def loaded(name, path):
    specification = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class TestCode:
    @pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name_of)
    def test_python_runs(self, page, tmp_path, monkeypatch):
        """As the manual runs it: after the A and b of the page, where it takes them for granted."""
        monkeypatch.chdir(tmp_path)
        names = {}
        setup = loaded("docs_reader", ROOT / "docs" / "reader.py").setup_of(page.read_text(encoding="utf-8"))
        for block in [setup, *blocks(page, "python")]:
            exec(compile(block, name_of(page), "exec"), names)

    @pytest.mark.parametrize("page", [page for page in MANUAL if page.name not in FILES], ids=name_of)
    def test_code_fits_beside_the_sidebars(self, page):
        long = [line for block in blocks(page, "python") for line in block.splitlines() if len(line) > 88]
        assert long == []

    def test_the_readme_does_the_main_job_in_five_lines(self, reader, capsys):
        code = blocks(ROOT / "README.md", "python")[0]
        assert len([line for line in code.splitlines() if line and not line.startswith("import")]) == 5
        exec(code, reader)
        verdict, distance = capsys.readouterr().out.split()
        assert verdict == "certified"
        assert float(distance) < 1e-6
        assert reader["found"].success

    def test_commands_exist(self):
        from ridgeless.cli.app import app

        found = 0
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
        variables = set(re.findall(r"^([A-Z]+) \?=", makefile, re.MULTILINE))
        for path in TEXTS:
            for line in "".join(blocks(path, "console")).splitlines():
                program, *words = shlex.split(line, comments=True)
                found += 1
                if program == "make":
                    assert {word for word in words if not SETTING.fullmatch(word)} <= targets, line
                    settings = {match[1] for word in words if (match := SETTING.fullmatch(word))}
                    assert settings <= variables, line
                elif program == "dask":
                    assert words[0] in ("scheduler", "worker"), line
                else:
                    assert program == "ridgeless", line
                    app.parse_args(words, exit_on_error=False, print_error=False)
        assert found > 10

    def test_links_lead_somewhere(self):
        for path in TEXTS:
            for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
                assert "://" in target or (path.parent / target).is_file(), f"{name_of(path)}: {target}"

    def test_paths_that_are_named_exist(self):
        """But for those of examples, which say that they are new, and of what a build writes."""
        rooms = (ROOT, ROOT / "src" / "ridgeless", ROOT / "src" / "ridgeless" / "report" / "study")
        folders = {path.name for room in rooms for path in room.iterdir() if path.is_dir()} - {"runs"}
        named = re.compile(rf"`((?:{'|'.join(sorted(folders))})/[\w/.-]*)`")
        for path in [*PAGES, ROOT / "CONTRIBUTING.md"]:
            text = path.read_text(encoding="utf-8")
            new = set(re.findall(r"This is\s+the\s+whole\s+of\s+`([^`]+)`", text.replace("It is the", "This is the")))
            new |= {name for name in named.findall(text) if re.search(r"NAME|THEOREM|^docs/_build/", name)}
            for name in set(named.findall(text)) - new:
                assert any((room / name).exists() for room in rooms), f"{name_of(path)}: {name}"


class TestConfigurationPage:
    path = ROOT / "docs" / "study.md"

    def test_every_file_is_valid(self, tmp_path, monkeypatch):
        from ridgeless.studies import make_plan, read_configuration

        monkeypatch.chdir(tmp_path)
        Path("prices.csv").write_text("1,2,3\n4,5,6\n")  # the reader's own file
        first, *others = [tomllib.loads(block) for block in blocks(self.path, "toml")]
        assert make_plan(read_configuration(first)).names == ("noise", "seed", "depth", "scale", "method")
        for table in others:
            make_plan(read_configuration(table))

    def test_every_key_is_told_with_its_default(self):
        from ridgeless.studies.schema import Configuration, Runs, Seeds

        text = self.path.read_text(encoding="utf-8")
        named = {field.name: field for field in msgspec.structs.fields(Configuration) if field.name != "seeds"}
        named |= {f"seeds.{field.name}": field for field in msgspec.structs.fields(Seeds)}
        for name, field in [*named.items(), *((each.name, each) for each in msgspec.structs.fields(Runs))]:
            rows = re.findall(rf"^\| `{re.escape(name)}` \|([^|]*)\|", text, re.MULTILINE)
            assert rows, f"docs/study.md does not tell the key {name}"
            if field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT:
                continue
            default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
            told = [tomllib.loads(f"value = {row.strip(' `')}")["value"] for row in rows if row.strip()]
            assert told == [] or msgspec.json.encode(default) in map(msgspec.json.encode, told), name

    def test_every_variable_is_told(self):
        text = self.path.read_text(encoding="utf-8")
        problem = {"name": "SinglePixelCamera", "measurements": 30, "side": 8}
        runs = [{"network": "Direct", "init": {"name": "Constant", "scale": 1.0}}]
        results = rl.study({"problem": problem, "runs": runs})
        for name in results.data_vars:
            assert f"`{name}`" in text, f"docs/study.md does not tell the variable {name}"


class TestAddANetwork:
    """The worked example of CONTRIBUTING.md, put where it says, by a path of its own."""

    @pytest.fixture
    def network(self, tmp_path, monkeypatch):
        from ridgeless._core.discovery import discover

        (code,) = blocks(ROOT / "CONTRIBUTING.md", "python")
        (tmp_path / "ensemble.py").write_text(code, encoding="utf-8")
        monkeypatch.setattr(rl.networks, "__path__", [*rl.networks.__path__, str(tmp_path)])
        importlib.invalidate_caches()
        found = discover("ridgeless.networks", rl.networks.Network)
        yield found
        sys.modules.pop("ridgeless.networks.ensemble")
        del rl.networks.ensemble

    def test_it_is_found_by_being_there(self, network):
        from ridgeless._core.discovery import summary

        assert set(network) - set(rl.networks.FOUND) == {"Ensemble"}
        assert summary(network["Ensemble"]).startswith("Sum of diagonal networks")

    @pytest.mark.parametrize("scale", [0.3, 0.05])
    def test_its_theorem_is_true(self, network, scale):
        rng = np.random.default_rng(1)
        system = rl.LinearSystem(rng.standard_normal((4, 9)), rng.standard_normal(4))
        ensemble = network["Ensemble"](members=2)
        theta0 = rl.inits.Gaussian(scale)(ensemble, system, seed=2)
        exact = rl.limit(system, ensemble, theta0)
        trained = rl.train(system, ensemble, theta0, rl.flows.GradientFlow(coordinates="weights"), tol=1e-11)
        assert np.linalg.norm(trained.x - exact.x) <= 1e-8 * np.linalg.norm(exact.x)
        assert rl.certify(exact).verdict.value == "certified"
        assert max(rl.certificates.conservation(system, ensemble, theta0, trained.theta).values()) < 1e-6

    def test_it_does_what_pooling_says(self, network):
        rng = np.random.default_rng(3)
        system = rl.LinearSystem(rng.standard_normal((4, 9)), rng.standard_normal(4))
        many = rl.limit(system, network["Ensemble"](members=4), rl.inits.Constant(0.1)).x
        one = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(0.2)).x
        np.testing.assert_allclose(many, one, rtol=1e-9, atol=1e-12)


class TestCertificatePage:
    text = (ROOT / "docs" / "certificates.md").read_text(encoding="utf-8")

    def rows(self, head):
        table = self.text.partition(f"| {head} |")[2].partition("\n\n")[0]
        return [row.split("|")[1].strip() for row in table.splitlines()[2:]]

    def test_every_reason_is_one_that_is_given(self):
        given = "".join(path.read_text("utf-8") for path in (ROOT / "src/ridgeless/certificates").glob("*.py"))
        reasons = self.rows("`certificate.reason` says")
        assert len(reasons) == 5
        assert [reason for reason in reasons if reason.removesuffix(", …") not in given] == []

    def test_every_kind_of_witness_is_told(self):
        made = (ROOT / "src/ridgeless/certificates/certificate.py").read_text("utf-8")
        assert set(self.rows("`witness.kind`")) == {f'`"{kind}"`' for kind in re.findall(r'Witness\("(\w+)"', made)}

    def test_every_number_of_a_certificate_is_told(self):
        for name in rl.Certificate.__dataclass_fields__:
            assert re.search(rf"\b{name}\b", self.text)


class TestReference:
    def test_every_class_found_has_an_entry(self, conf):
        pages = conf.pages()
        for page, (_, package, _) in conf.REGISTRIES.items():
            found = attrgetter(package)(rl).FOUND
            assert found
            for kind in found.values():
                assert re.search(rf"\.\. autoclass:: ridgeless\.{package}\.(\w+\.)?{kind.__name__}\n", pages[page])

    def test_a_new_class_has_one_too(self, conf, monkeypatch):
        class Fresh(rl.networks.Direct):
            """A network that was not there |before|."""

        monkeypatch.setitem(rl.networks.FOUND, "Fresh", Fresh)
        assert ".. autoclass:: ridgeless.networks.Fresh\n" in conf.pages()["networks"]
        assert r"not there \|before\|" in conf.pages()["networks"]

    def test_every_registry_has_a_page(self, conf):
        packages = {name for name in rl.__all__ if hasattr(getattr(rl, name), "FOUND")}
        inside = {f"{name}.{info.name}" for name in packages for info in iter_modules(getattr(rl, name).__path__)}
        packages |= {name for name in inside if hasattr(importlib.import_module(f"ridgeless.{name}"), "FOUND")}
        assert packages == {package for _, package, _ in conf.REGISTRIES.values()}

    def test_every_public_name_is_documented(self, conf):
        text = "\n".join(conf.pages().values())
        errors = set(vars(rl.errors))
        for name in set(rl.__all__) - errors - {"__version__"}:
            is_module = hasattr(getattr(rl, name), "__path__") or name == "errors"
            assert is_module or re.search(rf"auto(class|function):: ridgeless\.{name}\n", text + "\n"), name

    def test_mathematics_is_escaped_and_code_is_not(self, conf):
        lines = ["Φ*(z) of `a*b` and ``|x|``, not |u|.", "", ">>> 2 * 3", "6", "", "So::", "", "    a * b", "", "x*"]
        conf.escape_docstring(None, "class", "name", None, None, lines)
        assert lines[0] == r"Φ\*(z) of `a*b` and ``|x|``, not \|u\|."
        assert lines[2] == ">>> 2 * 3"
        assert lines[7] == "    a * b"
        assert lines[9] == r"x\*"

    def test_the_first_line_of_a_property_is_no_type(self, conf):
        lines = ["Whether it is downhill: no memory."]
        conf.escape_docstring(None, "property", "name", None, None, lines)
        made = pytest.importorskip("sphinx.ext.napoleon").GoogleDocstring(lines, what="property", name="name").lines()
        assert made[2:3] == ["Whether it is downhill: no memory."]
        assert not any(":type:" in line for line in made)

    def test_a_source_of_two_lines_is_one_paragraph(self, conf):
        lines = ["Text.", "", "Source: a long", "    title."]
        conf.escape_docstring(None, "class", "name", None, None, lines)
        assert lines[2:] == ["Source: a long", "title."]

    def test_signatures_show_types_by_the_names_that_readers_know(self, conf):
        shown = "(init: Init | TypeAliasForwardRef('Theta'), bias: OnDemand[Bias | None] = None)"
        plain = conf.plain_signature(None, "class", "name", None, None, shown, "OnDemand[Theta]")
        assert plain == ("(init: Init | Theta, bias: Bias | None = None)", "Theta")
        assert conf.plain_signature(None, "attribute", "name", None, None, None, None) == (None, None)

    def test_long_defaults_are_cut_and_short_ones_stay(self, conf):
        shown = f"(a: int = 3, *, runs: tuple = {('long',) * 20}, table: dict[str, ~typing.Any] = <factory>)"
        plain, _ = conf.plain_signature(None, "class", "name", None, None, shown, None)
        assert plain == "(a: int=3, *, runs: tuple=..., table: dict[str, ~typing.Any]=...)"

    def test_the_index_names_what_stands_on_each_page(self, conf):
        index = conf.pages()["index"]
        assert "* :doc:`flows`: ``AdaGrad``, ``Adam``, " in index
        assert "* :doc:`verbs`: ``limit``, ``limit_path``, ``LimitPath``, " in index

    @pytest.mark.slow
    def test_it_builds_without_a_warning(self, tmp_path):
        if importlib.util.find_spec("sphinx") is None:
            pytest.skip("Sphinx is not installed; `make docs` installs it")
        shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("_build", "api"))
        shutil.copytree(ROOT / "examples", tmp_path / "examples")
        shutil.copy(ROOT / "pyproject.toml", tmp_path)  # whose layers are the rows of a picture
        (tmp_path / "src").symlink_to(ROOT / "src")  # with the list of references
        command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "docs", "html"]
        done = subprocess.run([*command, "-j", "2"], cwd=tmp_path, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, done.stderr
        assert "ridgeless.networks.Difference" in (tmp_path / "html" / "api" / "networks.html").read_text("utf-8")
        shown = (tmp_path / "html" / "index.html").read_text("utf-8")
        assert re.search(r"<pre>.*certified", shown), "what a block prints is not shown"
        assert "<math" in (tmp_path / "html" / "which-limit.html").read_text("utf-8")
        widths = loaded("docs_widths", ROOT / "docs" / "widths.py")
        if program := widths.browser():
            assert widths.too_wide(tmp_path / "html", program) == []


class TestManual:
    def test_a_page_that_takes_a_system_for_granted_is_given_one(self):
        setup_of = loaded("docs_reader", ROOT / "docs" / "reader.py").setup_of
        assert setup_of("```python\nrl.LinearSystem(A, b)\n```")
        assert not setup_of("```python\nA, b = made()\nrl.LinearSystem(A, b)\n```")
        assert not setup_of("```python\nrl.solve(system, b=2)\n```")
        assert not setup_of('```python\n"""A of b."""\nprint(system.A, "b")  # b\n```')

    def test_blocks_of_python_are_cells_and_all_else_is_text(self, monkeypatch):
        pytest.importorskip("nbformat")
        monkeypatch.syspath_prepend(str(ROOT / "docs"))
        read = loaded("docs_notebook", ROOT / "docs" / "notebook.py").read
        cells = read("# Title\n\n```python\nprint(A)\n```\n\n```console\nmake\n```\n").cells
        assert [cell.cell_type for cell in cells] == ["markdown", "code", "code", "code", "markdown"]
        assert cells[3].source == "print(A)"
        assert cells[4].source == "\n\n```console\nmake\n```\n"
        assert read("# Title\n").metadata.mystnb.execution_mode == "off"

    def test_the_system_of_a_page_stands_before_the_block_that_uses_it(self, monkeypatch):
        pytest.importorskip("nbformat")
        monkeypatch.syspath_prepend(str(ROOT / "docs"))
        read = loaded("docs_notebook", ROOT / "docs" / "notebook.py").read
        cells = read("```python\nprint(1)\n```\n```python\nprint(A)\n```\n").cells
        shown = [
            cell.source
            for cell in cells
            if cell.cell_type == "code" and "remove-cell" not in cell.metadata.get("tags", [])
        ]
        assert [source.splitlines()[0] for source in shown] == ["print(1)", "import numpy as np", "print(A)"]

    def test_long_names_of_code_may_break_and_short_ones_may_not(self, conf):
        context = {"body": '<span class="pre">rl.limit_path(system)</span> <span class="pre">rl.limit</span>'}
        conf.break_names(None, "", "", context, None)
        assert context["body"].count("<wbr/>") == 3
        assert '<span class="pre">rl.limit</span>' in context["body"]

    def test_words_that_readers_asked_about_are_in_the_glossary(self):
        told = set(re.findall(r"^([a-z][\w -]*)$", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE))
        asked = "certified,dual coordinates,hypentropy,lazy,lift,lock signs,mirror map,rich,tangent kernel,vertex"
        assert set(asked.split(",")) <= told
        for page in MANUAL:
            for term in re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", page.read_text("utf-8")):
                assert term in told, f"{name_of(page)}: {term}"

    def test_every_picture_is_in_the_gallery(self):
        shown = (ROOT / "docs" / "gallery.md").read_text("utf-8")
        for path in (ROOT / "docs" / "images").glob("*.png"):
            assert path.name in shown or path.name.startswith("inverse-tooth"), path.name

    def test_formulas_become_mathml(self):
        pytest.importorskip("sphinx")
        mathml = loaded("docs_mathml", ROOT / "docs" / "mathml.py").mathml
        assert "<msqrt>" in mathml(r"\sqrt{2} < x")
        assert r'alttext="\sqrt{2} &lt; x"' in mathml(r"\sqrt{2} < x")
        assert mathml(r"\lVert x\rVert_1").count('stretchy="false">‖</mo>') == 2
        with pytest.raises(Exception, match="unknown"):
            mathml(r"\unknown{2}")

    @pytest.mark.parametrize(("last", "is_of_words"), [("how one is chosen, in words", True), ("0.417", False)])
    def test_cells_of_a_table_of_words_carry_the_names_of_their_columns(self, last, is_of_words):
        nodes = pytest.importorskip("docutils.nodes")
        rows = [["I have", "I want", "page"], ["A", "b", last], ["", "c", "d"]]
        written = "".join(f"   * - {row[0]}\n" + "".join(f"     - {cell}\n" for cell in row[1:]) for row in rows)
        source = f".. list-table::\n   :header-rows: 1\n\n{written}"
        document = pytest.importorskip("docutils.core").publish_doctree(source)
        loaded("docs_tables", ROOT / "docs" / "tables.py").name_cells(None, document, "page")
        (table,) = document.findall(nodes.table)
        assert ("of-words" in table["classes"]) == is_of_words
        cells = list(next(table.findall(nodes.tbody)).findall(nodes.entry))
        names = [[each.astext() for each in cell.findall(nodes.inline)] for cell in cells]
        row = [["I have"], ["I want"], ["page"]]
        assert names == ([*row, [], *row[1:]] if is_of_words else [[]] * 6)
        assert (cells[3]["classes"] == ["empty"]) == is_of_words

    def test_papers_in_the_list_of_references_are_links(self):
        nodes = pytest.importorskip("docutils.nodes")
        source = "[one]_ arXiv:2002.09277\n\n.. [one] A paper. arXiv:2002.09277, 2020."
        document = pytest.importorskip("docutils.core").publish_doctree(source)
        loaded("docs_links", ROOT / "docs" / "links.py").link_papers(None, document, "references")
        (found,) = [each for each in document.findall(nodes.reference) if "refuri" in each]
        assert (found.astext(), found["refuri"]) == ("arXiv:2002.09277", "https://arxiv.org/abs/2002.09277")
        (entry,) = document.findall(nodes.citation)
        assert entry.astext().endswith("A paper. arXiv:2002.09277, 2020.")

    def test_an_index_stands_beside_its_letter_whatever_the_letter_wears(self):
        pytest.importorskip("sphinx")
        mathml = loaded("docs_mathml", ROOT / "docs" / "mathml.py").mathml
        assert "<msub> <mover> <mi>x</mi>" in mathml(r"\hat x_i")
        assert "munder" not in mathml(r"\hat x_i")
        assert re.search(r'<msub> <mo[^>]* stretchy="false"', mathml(r"\lvert x\rvert_i"))

    def test_what_scrolls_sideways_is_found(self, tmp_path):
        widths = loaded("docs_widths", ROOT / "docs" / "widths.py")
        program = widths.browser()
        if program is None:
            pytest.skip("there is no Chromium")
        page = '<!doctype html><main><div style="overflow-x: auto">{}<p style="width: {}px">so</p></div></main>'
        for name, wide in (("fits", 200), ("phone", 1000), ("wide", 2000)):
            (tmp_path / f"{name}.html").write_text(page.format(name, wide), encoding="utf-8")
        (tmp_path / "whole.html").write_text('<p style="width: 400px">so</p>', encoding="utf-8")
        found = widths.too_wide(tmp_path, program)
        assert [line.partition(":")[0] for line in found] == ["/whole.html at 390", "/wide.html at 1300"]


class TestReferences:
    @pytest.fixture
    def listed(self):
        return (ROOT / "src" / "ridgeless" / "_core" / "references.bib").read_text(encoding="utf-8")

    def test_every_citation_has_an_entry(self, listed):
        keys = re.findall(r"^@\w+\{(\w+),", listed, re.MULTILINE)
        for page in PAGES:
            for key in re.findall(r"\{cite:\w\}`(\w+)`", page.read_text(encoding="utf-8")):
                assert key in keys

    def test_every_paper_behind_the_code_is_listed(self, listed, conf):
        """In the bibliography, or, where a new file brought it, on the page that is written for those."""
        page = conf.pages()["cited"]
        for path in (ROOT / "src").rglob("*.py"):
            for number in re.findall(r"arXiv (\d{4}\.\d{5})", path.read_text(encoding="utf-8")):
                assert f"arXiv:{number}" in listed or number in page, f"{path.name} cites arXiv {number}"

    def test_a_citation_that_a_new_file_brings_is_on_its_page(self, conf, monkeypatch):
        class Fresh(rl.systems.FOUND["GaussianSparse"]):
            citation = "Nobody 1066"

        assert not any("Nobody 1066" in line for line in conf.unlisted())
        monkeypatch.setitem(rl.systems.FOUND, "Fresh", Fresh)
        assert "* Nobody 1066, behind ``Fresh``" in conf.pages()["cited"]

    def test_a_number_that_no_entry_has_is_on_that_page_with_its_module(self, conf, monkeypatch, tmp_path, listed):
        (tmp_path / "references.bib").write_text(listed.replace("2002.09277", "0000.00000"), encoding="utf-8")
        monkeypatch.setattr(conf, "REFERENCES", tmp_path / "references.bib")
        assert any("2002.09277" in line and "``ridgeless.networks.difference``" in line for line in conf.unlisted())


class TestRepositoryFiles:
    def test_the_changelog_keeps_its_form(self):
        text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
        assert headings
        for heading in headings:
            assert re.fullmatch(r"\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading)
        kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
        assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= kinds

    def test_the_citation_file_parses(self):
        text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
        fields = dict(re.findall(r"^([a-z-]+): *(.*)$", text, re.MULTILINE))
        assert fields["cff-version"] == "1.2.0"
        assert fields["version"] == PROJECT["project"]["version"] == rl.__version__
        assert fields["license"] == PROJECT["project"]["license"]
        assert all(fields[key] for key in ("message", "title"))
        assert "authors" in fields
        for line in text.splitlines():
            assert re.match(r"([a-z-]+: *(.+)?|  - .+)$", line), line

    def test_no_path_of_one_machine_and_no_registry_is_named(self):
        if not (ROOT / ".git").exists():
            pytest.skip("this is no checkout")
        done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
        forbidden = re.compile(
            r"(?<![\w.])/(?:home|root|Users|work|mnt)/\w"
            r"|py[p]i\.org|python[h]osted\.|anaconda\.[o]rg|npm[j]s\.|crates\.[i]o|index-[u]rl"
        )
        for name in filter(None, done.stdout.split("\0")):
            path = ROOT / name
            if path.suffix in {".png", ".npz", ".npy", ".mat"} or not path.is_file():
                continue
            found = forbidden.search(path.read_text(encoding="utf-8"))
            assert found is None, f"{name} names {found[0]}"
