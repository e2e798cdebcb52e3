"""Sphinx configuration: `make docs`.

The reference is written from what the packages hold, when the build begins: a new network, potential, init, flow or
problem has its entry without an edit here.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import ridgeless
from ridgeless._core.discovery import summary

project = "ridgeless"
author = "The ridgeless developers"
copyright = "2026, the ridgeless developers"  # noqa: A001 - Sphinx's name
version = release = ridgeless.__version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # notebook.py, mathml.py, tables.py, links.py and explorer_page.py

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinxcontrib.bibtex",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build"]
default_role = "code"
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

# Every ```python block is run, and what it prints and draws is shown; what has not changed comes from a cache.
nb_custom_formats = {".md": "notebook.read"}
nb_execution_mode = "cache"
fingerprint = importlib.import_module("reader").fingerprint()
nb_execution_in_temp = True
nb_execution_timeout = 180
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_output_stderr = "warn"  # a warning of the code is a warning of the build
nb_code_prompt_show = "Show the A and b of this page"
nb_code_prompt_hide = "Hide the A and b of this page"
copybutton_selector = "div:not(.cell_output) > div.highlight pre"

smartquotes_action = "D"  # dashes only: f' is a derivative
autodoc_member_order = "bysource"
autodoc_type_aliases = {name: name for name in ("ArrayLike", "Vector", "Dual", "Matrix", "Pictures", "Theta")}
autodoc_type_aliases["Numbers"] = "ArrayLike"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

bibtex_bibfiles = ["../src/ridgeless/_core/references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

html_theme = "pydata_sphinx_theme"
html_title = f"ridgeless {release}"
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_sidebars = {
    "**": ["sidebar-nav-bs"],
    **{name: [] for name in ("index", "gallery", "explorer", "search", "genindex", "py-modindex")},
}
html_theme_options = {
    "show_prev_next": False,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": [], "gallery": [], "explorer": []},
    "navbar_align": "left",
    "footer_end": [],
}

REFERENCES = HERE.parent / "src" / "ridgeless" / "_core" / "references.bib"

# What a user types, by page. Registries are read from the packages instead.
BY_HAND: dict[str, tuple[str, tuple[str, ...]]] = {
    "verbs": (
        "Verbs",
        (
            "limit",
            "limit_path",
            "verbs.limit_path.LimitPath",
            "calibrate",
            "analysis.calibrate.Calibration",
            "train",
            "train_batch",
            "predict",
            "record",
            "verbs.record.Recording",
            "continue_from",
            "certify",
            "solve",
            "study",
            "load",
            "cite",
        ),
    ),
    "answers": (
        "Systems and answers",
        ("LinearSystem", "Solution", "Status", "History", "solution.Saddles", "Certificate", "Bias"),
    ),
    "causes": (
        "Explaining a solution",
        (
            "explain",
            "analysis.explain.Explanation",
            "lazy_limit",
            "mixed_dynamics",
            "analysis.mixed_dynamics.MixedDynamics",
            "convergence_rate",
            "inits.project_rows",
        ),
    ),
    "exact": ("Exact limits in rational numbers", ("limits.rational_saddles", "limits.ExactPath")),
    "backwards": (
        "Derivatives and designs of limits",
        (
            "sensitivity",
            "analysis.sensitivity.Sensitivity",
            "analysis.sensitivity.Derivative",
            "leave_one_out",
            "analysis.leave_one_out.LeaveOneOut",
            "design",
            "learn",
            "penalties.ElasticNet",
            "penalties.KullbackLeibler",
            "penalties.WeightedSquares",
        ),
    ),
    "accelerated": (
        "Limits on accelerators",
        ("accelerated.limit_batch", "accelerated.BatchedLimits", "accelerated.traceable_limit"),
    ),
    "estimators": (
        "Estimators",
        (
            "estimators.RidgelessRegressor",
            "estimators.RidgelessRegressorCV",
            "estimators.ridgeless_path",
            "estimators.RegressionPath",
            "estimators.RidgelessClassifier",
            "estimators.RidgelessClassifierCV",
            "estimators.ClassificationPath",
            "estimators.DevianceCertificate",
            "estimators.stability_selection",
            "estimators.StabilitySelection",
            "estimators.AtTime",
            "estimators.Penalty",
            "estimators.Discrepancy",
            "estimators.Explained",
            "estimators.Interpolate",
            "estimators.Stop",
            "estimators.FitCertificate",
            "estimators.GridEdgeWarning",
        ),
    ),
    "explorer": ("The explorer", ("explore", "Explorer")),
    "files": ("Reading systems", ("systems.read_system", "systems.peak_signal_to_noise")),
    "proofs": (
        "Proofs",
        (
            "certificates.Verdict",
            "certificates.Witness",
            "certificates.enclose",
            "certificates.enclose_limit",
            "certificates.enclose_vanishing",
            "certificates.Enclosure",
            "certificates.conservation",
            "certificates.stationarity",
            "certificates.certify_beside",
            "certificates.KnownLimit",
            "certificates.bi_optimality",
            "certificates.recovery",
            "certificates.Recovery",
            "certificates.small_start",
            "certificates.tangent_kernel",
            "certificates.tangent_spectrum",
        ),
    ),
    "studies": (
        "Studies and reports",
        (
            "studies.Configuration",
            "studies.read_configuration",
            "studies.parsed_settings",
            "studies.read_store",
            "report.write_report",
            "measures.Measured",
            "measures.function_measure",
        ),
    ),
    "plots": (
        "Plots",
        (
            "plots.solution_entries",
            "plots.limits_along_scale",
            "plots.certificate_bounds",
            "plots.gap_by_cause",
            "plots.left_out_predictions",
            "plots.phase_diagram",
            "plots.half_width_diagram",
            "plots.measure_along",
            "plots.training_against_prediction",
            "plots.effective_scale_along_step_size",
            "plots.double_descent",
            "plots.loss_along_time",
            "plots.norms_along_time",
            "plots.singular_values_along_time",
            "plots.sharpness_along_time",
            "plots.coefficient_path",
            "plots.coefficient_spectrum",
            "plots.largest_coefficients",
            "plots.cross_validation_diagram",
            "plots.jump_times",
            "plots.wilson_interval",
            "plots.Interval",
        ),
    ),
    "exercises": (
        "Exercises of the course",
        ("course.check", "course.exercise", "course.Mark", "course.NotYet"),
    ),
    "claims": (
        "Claims of a paper",
        (
            "papers.Claim",
            "papers.Section",
            "papers.Figure",
            "papers.Curve",
            "papers.Table",
            "papers.slope",
            "papers.confidence",
            "report.write_paper_report",
        ),
    ),
}
# Registry: page title, package, base class.
REGISTRIES: dict[str, tuple[str, str, str]] = {
    "networks": ("Networks", "networks", "Network"),
    "inits": ("Inits", "inits", "Init"),
    "flows": ("Flows", "flows", "Flow"),
    "potentials": ("Potentials", "potentials", "Potential"),
    "problems": ("Problems", "systems", "Problem"),
    "bases": ("Bases", "systems.bases", "Basis"),
    "measures": ("Measures", "measures", "Measure"),
    "papers": ("Papers", "papers", "Paper"),
    "course": ("Chapters of the course", "course", "Exercise"),
}


def pages() -> dict[str, str]:
    """Every page of the reference, by file name, as reStructuredText."""
    made = {name: _page(title, [_entry(member) for member in members]) for name, (title, members) in BY_HAND.items()}
    for name, (title, package, base) in REGISTRIES.items():
        module = importlib.import_module(f"ridgeless.{package}")
        paths = {name: _path(module, name, found) for name, found in module.FOUND.items()}
        paths[base] = f"{module.__name__}.{base}"
        listed = [f"* :class:`~{paths[kind]}`: {_escaped(summary(found))}" for kind, found in module.FOUND.items()]
        entries = [_class(path) for path in paths.values()]
        made[name] = _page(title, [f".. automodule:: {module.__name__}\n   :no-members:", "\n".join(listed), *entries])
    made["cited"] = _page("Further citations", [_CITED, *[f"* {line}" for line in unlisted()]])
    errors = ".. automodule:: ridgeless.errors\n   :members:\n   :show-inheritance:"
    made["errors"] = _page("Errors", [errors])
    listed = "\n".join(f"   {name}" for name in made)
    contents = [f"* :doc:`{name}`: {_contents(name)}" for name in made if name in BY_HAND or name in REGISTRIES]
    others = "* :doc:`errors`, and :doc:`further citations <cited>`."
    hidden = f".. toctree::\n   :hidden:\n\n{listed}"
    made["index"] = _page("API reference", [_INDEX, "\n".join([*contents, others]), hidden])
    return made


_INDEX = "Each page lists what its module offers, with the arguments, the errors raised and an example."
_SHOWN = 6


def _contents(page: str) -> str:
    """The first names of a page of the reference, and how many there are beside them."""
    if page in BY_HAND:
        names = [member.rpartition(".")[2] for member in BY_HAND[page][1]]
    else:
        names = list(importlib.import_module(f"ridgeless.{REGISTRIES[page][1]}").FOUND)
    shown, more = ", ".join(f"``{name}``" for name in names[:_SHOWN]), len(names) - _SHOWN
    return f"{shown} and {more} more." if more > 0 else f"{shown}."


_CITED = (
    "What classes and problems cite beyond the :doc:`bibliography </references>`: a new file brings its citation with "
    "it, and an entry in ``references.bib`` moves it there."
)


def unlisted() -> list[str]:
    """Citations in the code that references.bib has no entry for, with where they stand, as reStructuredText."""
    listed = REFERENCES.read_text(encoding="utf-8")
    root, lines = Path(ridgeless.__file__).parent, []
    for path in sorted(root.rglob("*.py")):
        for number in sorted(set(re.findall(r"arXiv (\d{4}\.\d{5})", path.read_text(encoding="utf-8")))):
            if f"arXiv:{number}" not in listed:
                place = ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
                lines.append(f"`arXiv {number} <https://arxiv.org/abs/{number}>`__, in ``{place}``")
    entries = [re.sub(r"\{\\[`']\{?(\w)\}?\}", r"\1", entry) for entry in listed.split("\n@")]
    for name, problem in ridgeless.systems.FOUND.items():
        surname, year = problem.citation.partition(" ")[0].strip(","), problem.citation[-4:]
        fits = any(surname.replace("è", "e") in entry and f"{{{year}}}" in entry for entry in entries)
        if problem.citation and not fits:
            lines.append(f"{_escaped(problem.citation)}, behind ``{name}``")
    return lines


def _page(title: str, parts: list[str]) -> str:
    return "\n\n".join([f"{title}\n{'=' * len(title)}", *parts]) + "\n"


def _path(module: Any, name: str, found: type) -> str:
    """Where a class found is imported from: a paper, which goes by its key, from its own module."""
    return f"{module.__name__}.{name}" if name == found.__name__ else f"{found.__module__}.{found.__name__}"


def _entry(name: str) -> str:
    member: Any = ridgeless
    for part in name.split("."):
        member = getattr(member, part)
    return _class(f"ridgeless.{name}") if inspect.isclass(member) else f".. autofunction:: ridgeless.{name}"


def _class(path: str) -> str:
    return f".. autoclass:: {path}\n   :members:\n   :special-members: __call__\n   :show-inheritance:"


def write_pages(app: Any) -> None:
    """Write docs/api, leaving what has not changed alone, so that a second build is short."""
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    wanted = {folder / f"{name}.rst": text for name, text in pages().items()}
    for path in set(folder.glob("*.rst")) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


# |x| and Φ* are mathematics in our docstrings; in reStructuredText they would be markup.
_MARKUP = re.compile(r"(``[^`]*``|`[^`]*`)|([*|])")


def _escaped(line: str) -> str:
    return _MARKUP.sub(lambda found: found[1] or "\\" + found[2], line)


def escape_docstring(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:  # noqa: ARG001
    """Escape the prose of a docstring; examples and literal blocks stay as they are."""
    is_example, is_source, literal = False, False, None
    for index, line in enumerate(lines):
        text, indent = line.strip(), len(line) - len(line.lstrip())
        if not text:
            is_example = is_source = False
            continue
        if literal is not None and indent <= literal:
            literal = None
        is_example = is_example or text.startswith(">>>")
        if not is_example and literal is None:
            is_source = line.startswith("Source: ") or (is_source and indent > 0)
            lines[index] = _escaped(text if is_source and indent else line)  # indented, it would be a definition
            literal = indent if text.endswith("::") else None
    if what == "property":
        lines[:0] = ["..", ""]  # Napoleon takes what stands before a colon in the first line for a type


def leave_out(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:  # noqa: ARG001
    """Leave out what no user calls.

    The methods that scikit-learn makes for metadata refer to its own manual; `examples` are instances for tests.
    """
    return True if re.fullmatch(r"set_\w+_request|examples", name) else None


_LONGEST = 40  # of a default, in letters


def _shorter(signature: str) -> str:
    """A signature with … for a default that is made when it is needed, or is long, so that Sphinx can read it."""
    if "<factory>" not in signature and len(signature) < 10 * _LONGEST:
        return signature
    (function,) = ast.parse(f"def f{signature.replace('<factory>', '...')}: ...").body
    arguments = function.args  # pyright: ignore[reportAttributeAccessIssue]
    for defaults in (arguments.defaults, arguments.kw_defaults):
        for place, default in enumerate(defaults):
            if default and len(ast.unparse(default)) > _LONGEST:
                defaults[place] = ast.Constant(...)
    return f"({ast.unparse(arguments)})"


_WRAPPED = re.compile(r"TypeAliasForwardRef\('(\w+)'\)|OnDemand\[([^\]]*)\]")


def plain_signature(
    app: Any,  # noqa: ARG001
    what: str,  # noqa: ARG001
    name: str,  # noqa: ARG001
    obj: Any,  # noqa: ARG001
    options: Any,  # noqa: ARG001
    signature: str | None,
    returned: str | None,
) -> tuple[str | None, str | None]:
    """Types as a reader knows them: an alias by its name, a field that is computed when it is read by what it holds."""
    found = [text and _WRAPPED.sub(lambda match: match[1] or match[2], text) for text in (signature, returned)]
    return found[0] and _shorter(found[0]), found[1]


def draw_pictures(app: Any) -> None:
    """Draw docs/images/rows, plots and guides, where they are older than what draws them, in processes of their own.

    They train networks, and a process in which JAX has run must not fork, which Sphinx does to read pages.

    Raises:
        RuntimeError: a script failed.
    """
    started = []
    for script, name in (("pictures", "rows"), ("gallery", "plots"), ("guides", "guides")):
        folder, source = Path(app.srcdir) / "images" / name, HERE / f"{script}.py"
        drawn = list(folder.glob("*.svg"))
        if not drawn or min(path.stat().st_mtime for path in drawn) < source.stat().st_mtime:
            started.append((script, subprocess.Popen([sys.executable, str(source), str(folder)])))
    failed = [script for script, process in started if process.wait() != 0]
    if failed:
        raise RuntimeError(f"docs/{failed[0]}.py failed; its message stands above.")


def draw_rooms(app: Any) -> None:
    """Draw docs/images/rooms.svg, the picture of the rooms and their imports."""
    package = Path(ridgeless.__file__).parent
    _script("rooms").draw(Path(app.srcdir) / "images" / "rooms.svg", package, HERE.parent / "pyproject.toml")


def _script(name: str) -> Any:
    """A script beside this file, as a module."""
    specification: Any = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses look themselves up
    specification.loader.exec_module(module)
    return module


def quiet_kernels(app: Any) -> None:
    """Give the kernels that run the pages a profile of their own: no start-up files of a user, and no greetings."""
    folder = Path(app.outdir).parent / "ipython"
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    settings = (
        "IPKernelApp.log_level = 'ERROR'",
        "IPKernelApp.capture_fd_output = False",
        "HistoryManager.enabled = False",
    )
    text = "".join(f"{line}\n" for line in ("c = get_config()", *(f"c.{setting}" for setting in settings)))
    (profile / "ipython_kernel_config.py").write_text(text, encoding="utf-8")
    os.environ["IPYTHONDIR"] = str(folder)


# Shorter names of code stay whole.
_LONG_NAME = re.compile(r'(?<=<span class="pre">)[^<]{16,}(?=</span>)')
_BREAKS = re.compile(r"(?<=\w)([._/|(])(?=\w)")


def break_names(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:  # noqa: ARG001
    """Let long names of code break at their dots, underscores and brackets, in the windows where manual.css says so."""
    if "body" in context:
        context["body"] = _LONG_NAME.sub(lambda found: _BREAKS.sub(r"\1<wbr/>", found[0]), context["body"])


def setup(app: Any) -> None:
    """Connect the functions above to the build."""
    app.add_config_value("fingerprint", "", "env")  # when it changes, Sphinx reads every page again
    formulas = importlib.import_module("mathml")
    app.add_html_math_renderer("mathml", (formulas.visit_inline, None), (formulas.visit_block, None))
    app.connect("doctree-resolved", importlib.import_module("tables").name_cells)
    app.connect("doctree-resolved", importlib.import_module("links").link_papers)
    explorer = importlib.import_module("explorer_page")
    app.add_directive("explorer", explorer.Explorer)
    app.connect("build-finished", explorer.write)
    app.connect("html-page-context", break_names)
    app.connect("builder-inited", quiet_kernels)
    app.connect("builder-inited", write_pages)
    app.connect("builder-inited", draw_pictures)
    app.connect("builder-inited", draw_rooms)
    app.connect("autodoc-process-docstring", escape_docstring, priority=400)
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("autodoc-skip-member", leave_out)
