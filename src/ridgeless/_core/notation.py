"""Reading formulas out of running text: W_1, P_N, u^D, ‖x‖₁ and e^(−t), as consoles and files show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ridgeless._core.formulas import Fenced, Formula, Kind, Node, Root, Row, Scripts, Symbol, has_letter

FUNCTIONS = frozenset(("log", "exp", "min", "max", "asinh", "argmin", "diag", "tanh", "det", "rank", "tr"))
_LETTER = r"[A-Za-zΑ-ΡΣ-Ωα-ωϱϑϕℓ]"
_UPPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀⁿ", "0123456789+−Tn", strict=True))
_LOWER = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+−", strict=True))
_RELATIONS = "=≠<>≤≥≪≫≈∝∈"
_OPERATORS = "+−·×/∘±∫Σ∇∂"
_PREFIXES = "−±∫Σ∇∂"
_CLOSING = {"(": ")", "[": "]", "⟨": "⟩", "‖": "‖", "|": "|"}
_BARS = "‖|"
# Words of two letters that are products.
_PRODUCTS = frozenset(("Ax", "dt"))
# These words are letters of a formula only beside another part of one.
_ARTICLES = frozenset("aAI")
_THIN, _WIDE = Symbol(" ", "mark"), Symbol("\N{NO-BREAK SPACE}", "words")
_TOKENS = re.compile(
    rf"""(?P<code>`[^`]*`)
    |(?P<number>\d+(?:[.,]\d+)*(?:e[+-]?\d+(?!\w)|(?![A-Za-z]{{2}}))|[½¼¾])
    |(?P<name>[A-Za-z]{{2,}}(?:[._][A-Za-z]\w*)*|[A-Za-z]+\d\w*|{_LETTER})
    |(?P<upper>[{"".join(_UPPER)}]+)
    |(?P<lower>[{"".join(_LOWER)}]+)
    |(?P<blank>\s+)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


class _NoFormulaError(Exception):
    """What stands here is no formula."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


def formulas(text: str) -> list[str | Formula]:
    """The text in order: formulas, and what stands between them; `1e-6` in it has become 10⁻⁶.

    A formula is a letter, or letters and numbers that operators, scripts, brackets and bars join. Words are none, and
    neither are the articles "a" and "A".

    Example:
        >>> [part if isinstance(part, str) else part.source for part in formulas("a part P_N W_1 of x = u^D, at 1e-6")]
        ['a part ', 'P_N W_1', ' of ', 'x = u^D', ', at 10⁻⁶']
    """
    tokens = [_Token(match.lastgroup or "other", match[0], match.start()) for match in _TOKENS.finditer(text)]
    parts: list[str | Formula] = []
    plain, place = "", 0
    while place < len(tokens):
        found = _Reader(tokens, place).formula()
        if found is None:
            plain, place = plain + _plainly(tokens[place]), place + 1
            continue
        row, end = found
        parts += [plain] if plain else []
        source = text[tokens[place].start : tokens[end].start if end < len(tokens) else len(text)]
        parts.append(Formula(row, source))
        plain, place = "", end
    return [*parts, plain] if plain else parts


def _plainly(token: _Token) -> str:
    """A number with its power of ten as people write it, all else as it is."""
    if token.kind != "number" or "e" not in token.text:
        return token.text
    mantissa, exponent = token.text.split("e")
    raised = str(int(exponent)).replace("-", "⁻").translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}" if mantissa == "1" else f"{mantissa}·10{raised}"


@dataclass
class _Reader:
    """Reads one formula by recursive descent; gives up by `_NoFormulaError`."""

    tokens: list[_Token]
    place: int

    def formula(self) -> tuple[Row, int] | None:
        """The longest formula that begins here, and the place after it; None where there is none worth typesetting."""
        before = self._ahead(-1)
        # Behind a tied blank stands a unit.
        if before is not None and (before.kind in ("name", "code", "number") or before.text in "'’\N{NO-BREAK SPACE}"):
            return None
        try:
            parts = list(self._row())
        except _NoFormulaError:
            return None
        return (Row(tuple(parts)), self.place) if any(map(has_letter, parts)) else None

    def _row(self) -> Iterator[Node]:
        """Atoms, each joined to the one before by an operator, by a blank, or by nothing."""
        yield from self._signed_atom()
        while True:
            start = self.place
            try:
                joined = list(self._joined())
            except _NoFormulaError:
                self.place = start
                return
            yield from joined

    def _joined(self) -> Iterator[Node]:
        blank = self._skip_blank()
        operator = self._operator()
        if operator:
            yield operator
            self._skip_blank()
        elif blank and not self._continues_after_blank():
            raise _NoFormulaError
        elif blank:
            yield _THIN
        yield from self._signed_atom(signs=operator is not None)

    def _continues_after_blank(self) -> bool:
        """Whether a juxtaposed factor follows, as in P_N W_1: a letter, or a bar; a lone number is none."""
        token = self._peek()
        return token is not None and (token.kind == "name" or token.text in ("…", "‖", "√"))

    def _signed_atom(self, signs: bool = True) -> Iterator[Node]:
        while signs and (token := self._peek()) and self._is_prefix(token):
            self.place += 1
            yield Symbol("−" if token.text == "-" else token.text, "operator")
        yield self._scripted(self._atom())

    def _is_prefix(self, token: _Token) -> bool:
        following = self._ahead(1)
        return token.text in _PREFIXES or (token.text == "-" and following is not None and following.kind == "number")

    def _operator(self) -> Symbol | None:
        token = self._peek()
        if token is None or token.kind != "other" or token.text not in _RELATIONS + _OPERATORS:
            return None
        self.place += 1
        return Symbol(token.text, "relation" if token.text in _RELATIONS else "operator")

    def _atom(self) -> Node:
        token = self._peek()
        if token is None:
            raise _NoFormulaError
        if token.kind == "number":
            return self._number()
        if token.kind == "name":
            return self._name()
        if token.text in _CLOSING:
            return self._fenced()
        if token.text == "√":
            self.place += 1
            return Root(_unwrapped(self._argument()))
        if token.text in "…∞" and token.kind == "other":
            self.place += 1
            return Symbol(token.text, "mark" if token.text == "…" else "number")
        raise _NoFormulaError

    def _number(self) -> Node:
        text = self._next().text
        if "e" not in text:
            return Symbol(text, "number")
        mantissa, exponent = text.split("e")
        power = Scripts(Symbol("10", "number"), upper=Symbol(str(int(exponent)).replace("-", "−"), "number"))
        if mantissa == "1":
            return power
        return Row((Symbol(mantissa, "number"), Symbol("·", "operator"), power))

    def _name(self) -> Node:
        text = self.tokens[self.place].text
        if text in FUNCTIONS:
            return self._function()
        if len(text) == 1:
            if text in _ARTICLES and not self._stands_in_formula():
                raise _NoFormulaError
            if text.isascii() and self._abbreviates():
                raise _NoFormulaError
            self.place += 1
            return self._norm() if text == "ℓ" else Symbol(text, "variable")
        if text in _PRODUCTS or (len(text) == 2 and self._is_scripted(self.place + 1)):
            self.place += 1
            last = self._scripted(Symbol(text[1], "variable"))
            return Row((Symbol(text[0], "variable"), last))
        raise _NoFormulaError

    def _function(self) -> Node:
        """The name of a function before its argument; "log gap" is words."""
        name = Symbol(self._next().text, "function")
        if (token := self._peek()) and token.text == "_":
            name = self._scripted(name)
        start = self.place
        self._skip_blank()
        if (token := self._peek()) is None or (token.kind != "name" and token.text not in _CLOSING):
            raise _NoFormulaError
        argument = self._scripted(self._argument())
        is_apart = start + 1 <= self.place and not isinstance(argument, Fenced)
        return Row((name, _THIN, argument) if is_apart else (name, argument))

    def _argument(self) -> Node:
        """An atom; brackets around it may hold words, as in exp(−gain)."""
        token = self._peek()
        if token is None or token.text != "(":
            return self._atom()
        self.place += 1
        return Fenced("(", self._until(")", has_words=True), ")")

    def _norm(self) -> Node:
        """ℓ with the number of the norm below it."""
        token = self._peek()
        if token and token.kind == "number" and token.text.isdigit():
            self.place += 1
            return Scripts(Symbol("ℓ", "variable"), lower=Symbol(token.text, "number"))
        return Symbol("ℓ", "variable")

    def _fenced(self) -> Fenced:
        before, opening, last = self._ahead(-1), self._next().text, self._ahead(1)
        closing = _CLOSING[opening]
        # W(end): one word may be an argument.
        is_argument = before is not None and before.kind != "blank" and last is not None and last.text == closing
        return Fenced(opening, self._until(closing, has_words=opening in _BARS or is_argument), closing)

    def _until(self, closing: str, has_words: bool) -> Row:
        """What stands before the closing bracket, which is skipped: a formula, with words where they are allowed."""
        parts: list[Node] = []
        while True:
            blank = self._skip_blank()
            token = self._peek()
            if token is None:
                raise _NoFormulaError
            if token.text == closing and parts:
                self.place += 1
                return Row(tuple(parts))
            if token.text == "," and parts:
                self.place += 1
                parts.append(Symbol(",", "mark"))
                continue
            operator = self._operator() if parts else None
            if operator:
                parts.append(operator)
                continue
            if parts and blank and (space := _space_after(parts[-1])):
                parts.append(space)
            parts += self._part_of_group(closing, has_words)

    def _part_of_group(self, closing: str, has_words: bool) -> list[Node]:
        start, token = self.place, self._peek()
        if token is not None and token.text in _PREFIXES:
            self.place += 1
            return [Symbol(token.text, "operator")]
        try:
            if token is not None and token.text == closing:
                raise _NoFormulaError
            return list(self._signed_atom())
        except _NoFormulaError:
            self.place = start
            token = self._next()
            if not has_words or token.kind != "name":
                raise
            return [Symbol(token.text, "words")]

    def _scripted(self, base: Node) -> Node:
        """The base with all that is written above and below it."""
        lower: list[Node] = []
        upper: list[Node] = []
        while (token := self._peek()) is not None:
            if token.kind == "upper":
                upper += [_raised(token.text, _UPPER)]
            elif token.kind == "lower":
                lower += [_raised(token.text, _LOWER)]
            elif token.text == "*" and isinstance(base, Symbol):
                upper.append(Symbol("∗", "operator"))
            elif token.text == "'" and not self._is_letter(self.place + 1):
                upper.append(Symbol("′", "operator"))
            elif token.text == "∞" and isinstance(base, Symbol) and base.kind == "variable":
                lower.append(Symbol("∞", "number"))
            elif token.text in ("_", "^"):
                self.place += 1
                (lower if token.text == "_" else upper).append(self._written_script())
                continue
            else:
                break
            self.place += 1
        if not lower and not upper:
            return base
        return Scripts(base, _one(lower), _one(upper))

    def _written_script(self) -> Node:
        """What follows _ or ^: a group in brackets, which are dropped, a word, a letter, or a number with its sign."""
        token = self._next()
        if token.text == "(":
            return self._until(")", has_words=True)
        sign = [Symbol("−", "operator")] if token.text == "−" else []
        token = self._next() if sign else token
        if token.kind == "number":
            return _one([*sign, Symbol(token.text, "number")]) or Row(())
        if token.kind == "name":
            kind: Kind = "variable" if len(token.text) == 1 else "words"
            return _one([*sign, Symbol(token.text, kind)]) or Row(())
        raise _NoFormulaError

    def _stands_in_formula(self) -> bool:
        """Whether the letter of an article is one of a formula: by what is beside it, or as a capital in a sentence."""
        after, before = self._ahead(1), self._ahead(-1)
        if after is not None and (after.kind in ("upper", "lower") or after.text in ("_", "^", "'", "*")):
            return True
        if before is not None and before.kind in ("name", "upper", "lower", "number"):
            return True
        following = self._ahead(2) if after is not None and after.kind == "blank" else after
        if following is not None and following.kind == "other" and following.text in _RELATIONS + _OPERATORS:
            return True
        at = -2 if before is not None and before.kind == "blank" else -1
        before, further = self._ahead(at), self._ahead(at - 1)
        if before is not None and before.kind == "other" and before.text in _RELATIONS + _OPERATORS + "[‖|…√":
            return True
        is_matrix = following is not None and following.kind == "name" and len(following.text) == 1
        is_apart = further is None or further.kind == "blank"
        begins = before is None or before.text in ".:;!?“" or (before.text == "(" and is_apart)
        return self.tokens[self.place].text.isupper() and (is_matrix or not begins)

    def _abbreviates(self) -> bool:
        """Whether the letter stands for a word, as in "B. subtilis" or "x's"."""
        after, then, word = self._ahead(1), self._ahead(2), self._ahead(3)
        if after is None or after.text not in (".", "'"):
            return False
        if after.text == "'":
            return then is not None and then.kind == "name"
        return bool(then and then.kind == "blank" and word and word.kind == "name" and word.text.islower())

    def _is_scripted(self, place: int) -> bool:
        token = self.tokens[place] if place < len(self.tokens) else None
        return token is not None and (token.kind in ("upper", "lower") or token.text in ("_", "^"))

    def _is_letter(self, place: int) -> bool:
        return place < len(self.tokens) and self.tokens[place].kind == "name"

    def _ahead(self, steps: int) -> _Token | None:
        place = self.place + steps
        return self.tokens[place] if 0 <= place < len(self.tokens) else None

    def _peek(self) -> _Token | None:
        return self._ahead(0)

    def _next(self) -> _Token:
        token = self._peek()
        if token is None:
            raise _NoFormulaError
        self.place += 1
        return token

    def _skip_blank(self) -> bool:
        token = self._peek()
        # A tied blank and a break of the line end a formula.
        if token is None or token.text != " ":
            return False
        self.place += 1
        return True


def _space_after(node: Node) -> Symbol | None:
    """The blank between this part of a group and the next; operators and commas bring their own."""
    if not isinstance(node, Symbol):
        return _THIN
    if node.kind == "words":
        return _WIDE
    return None if node.kind in ("operator", "relation", "mark") else _THIN


def _raised(text: str, letters: dict[str, str]) -> Node:
    plain = "".join(letters[letter] for letter in text)
    kind: Kind = "variable" if plain == "n" else "words" if plain == "T" else "number"
    return Symbol(plain, kind)


def _one(nodes: list[Node]) -> Node | None:
    if not nodes:
        return None
    return nodes[0] if len(nodes) == 1 else Row(tuple(nodes))


def _unwrapped(node: Node) -> Node:
    """What a root covers: brackets around it are dropped."""
    return node.body if isinstance(node, Fenced) and node.opening == "(" else node
