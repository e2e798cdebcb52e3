"""BibTeX of what an answer rests on, from `references.bib`, which the manual prints too."""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

OWN = "ridgeless"
# "Woodworth et al. 2020", "Yun, Krishnan and Mobahi 2021", "Ablin 2020", with the number of arXiv where one follows.
_NAME = r"[^\W\d_a-z][\w'’-]+"
_CITED = re.compile(
    rf"(?P<authors>(?P<first>{_NAME})(?: et al\.|(?:, {_NAME})*,? and {_NAME})?),? (?P<year>\d{{4}})"
    r"(?:, arXiv (?P<number>\d{4}\.\d{4,5}))?"
)


class Citations(str):
    """Entries of BibTeX, which print as they are: into a terminal, a notebook or a .bib file."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def citations(sources: Iterable[str]) -> Citations:
    """The entry of the library, and of each paper that the sources name, each once.

    Args:
        sources: as a `Bias` or a flow has them: "Woodworth et al. 2020, arXiv 2002.09277, Theorems 1 and 4".

    Example:
        >>> citations(["Ablin 2020, arXiv 2011.13831"]).splitlines()[-3:]
        ['  year   = {2020},', '  note   = {arXiv:2011.13831},', '}']
    """
    found = {OWN: _own()}
    for source in sources:
        found.update(cited(source))
    return Citations("\n\n".join(found.values()))


def cited(source: str) -> dict[str, str]:
    """The entries of the papers that a source names, by key; one that is not listed is made of its citation."""
    found = {}
    for paper in _CITED.finditer(source):
        key = _plain(paper["first"]).lower() + paper["year"]
        number = f"arXiv:{paper['number']}" if paper["number"] else ""
        same = [each for each, entry in entries().items() if number and number in entry]
        if not same and key in entries() and not (number and "arXiv:" in entries()[key]):
            same = [key]
        # Another paper of the same author and year is none of ours.
        key = same[0] if same else f"{key}b" if key in entries() else key
        found[key] = entries().get(key) or _made(key, paper)
    return found


@cache
def entries() -> dict[str, str]:
    """Every entry of `references.bib` as it stands there, by key: the first author and the year."""
    text = resources.files("ridgeless._core").joinpath("references.bib").read_text(encoding="utf-8")
    listed = [entry.strip() for entry in re.split(r"\n(?=@)", text)]
    return {entry.partition("{")[2].partition(",")[0]: entry for entry in listed if entry.startswith("@")}


def _own() -> str:
    version = importlib.import_module("ridgeless").__version__
    return entries()[OWN].removesuffix("}") + f"  note   = {{Version {version}}},\n}}"


def _made(key: str, paper: re.Match[str]) -> str:
    authors = paper["authors"].replace(" et al.", " and others")
    *before, last = re.split(r",? and ", authors)
    names = " and ".join([*re.split(r", ", " and ".join(before)), last]) if before else last
    number = f"  note   = {{arXiv:{paper['number']}}},\n" if paper["number"] else ""
    return f"@misc{{{key},\n  author = {{{names}}},\n  year   = {{{paper['year']}}},\n{number}}}"


def _plain(name: str) -> str:
    """A name without accents and signs."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())
