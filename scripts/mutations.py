"""The ways in which one line of the product can be wrong: mutants of Python and of page templates.

A mutant replaces one span of a file and nothing else. What no test can see is left
out: docstrings, annotations, the words of errors and logs, descriptions of metrics, memoisation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

COMPARED = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
COMPUTED = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.Pow: "*", ast.FloorDiv: "/",
    ast.BitAnd: "|", ast.BitOr: "&",
}  # fmt: skip
PAIRS = (
    ("any", "all"), ("min", "max"), ("any_horizontal", "all_horizontal"), ("sum", "max"),
    ("min_horizontal", "max_horizontal"), ("cum_max", "cum_min"), ("first", "last"),
    ("head", "tail"), ("mean", "median"), ("rolling_max", "rolling_min"), ("floor", "ceil"),
    ("is_null", "is_not_null"), ("startswith", "endswith"), ("starts_with", "ends_with"),
    ("rolling_mean", "rolling_median"), ("top_k", "bottom_k"), ("is_first_distinct", "is_last_distinct"),
    ("removeprefix", "removesuffix"), ("issubset", "issuperset"),
)  # fmt: skip
OTHER = dict(PAIRS) | {b: a for a, b in reversed(PAIRS)}
CHAIN = {
    "filter", "sort", "unique", "over", "drop_nulls", "drop_nans", "fill_null", "fill_nan", "abs",
    "clip", "shift", "head", "tail", "strip", "lower", "upper", "round", "cum_sum", "cum_max",
    "is_finite", "strip_chars", "replace_all", "casefold", "sort_by", "not_", "offset_by",
    "forward_fill", "backward_fill", "reverse", "diff", "log", "sqrt", "truncate", "shuffle",
}  # fmt: skip
OPTIONS = {
    "closed", "descending", "ascending", "nulls_last", "reverse", "key", "default", "min_samples",
    "ignore_nulls", "bias", "timeout", "how", "strategy", "keep", "attempts", "tolerance", "check",
}  # fmt: skip
JOINED = {
    '"left"': ['"inner"'],
    '"semi"': ['"anti"'],
    '"anti"': ['"semi"'],
    '"full"': ['"left"'],
}
SAID = {
    '"left"': ['"right"', '"both"'], '"right"': ['"left"'], '"both"': ['"left"', '"right"'],
    '"none"': ['"both"'], '"first"': ['"last"'], '"last"': ['"first"'],
    '"backward"': ['"forward"'],
}  # fmt: skip
DESCRIPTIONS = {
    "label", "reading", "pitfall", "paper", "unit", "doc", "help", "version", "metric_version",
    "metadata", "description", "hint", "title", "return_dtype", "schema", "schema_overrides", "cls",
    "dtype", "name", "url", "homepage", "limits", "page", "note", "why", "height", "width",
}  # fmt: skip
DRAWINGS = ("canvas.py", "charts.py")  # their numbers are places on the paper
MEMOISED = {"cache", "lru_cache", "cached_property", "property", "classmethod", "staticmethod"}
SILENT = {
    "info",
    "debug",
    "warning",
    "error",
    "exception",
    "add_note",
    "log",
    "cast",
    "assert_never",
}
SQL = re.compile(r"\b(SELECT|WHERE|FROM|UPDATE|DELETE|ORDER BY)\b")
IN_SQL = (
    (r"\bDESC\b", "ASC"), (r"\bASC\b", "DESC"), (r"\bDISTINCT ", ""), (r"\bAND\b", "OR"),
    (r"\bOR\b", "AND"), (r"\bmax\(", "min("), (r"\bmin\(", "max("), (r"<=", "<"), (r">=", ">"),
    (r" < ", " <= "), (r" > ", " >= "), (r"\bLEFT JOIN\b", "JOIN"), (r"\bNOT ", ""),
    (r"\bIS NULL\b", "IS NOT NULL"), (r" = ", " <> "), (r"\bLIMIT 1\b", "LIMIT 2"),
    (r"\barg_max\(", "arg_min("), (r"\bUNION ALL\b", "UNION"), (r"\bEXCEPT\b", "UNION"),
)  # fmt: skip
COLUMN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+|[a-z]{4,}")
LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
NO_CONTEXT = "__import__('contextlib').nullcontext()"
DECORATORS = {"rule", "retry", "wraps", "step"}
# A kind of wrong, the bytes that it replaces, and what stands there then.
Change = tuple[str, tuple[int, int], str]
EXPRESSION = re.compile(r"\{[{%]-?\s*(.*?)\s*-?[%}]\}", re.DOTALL)
IN_PAGES = (
    (r">= ", "> "), (r"<= ", "< "), (r"(?<=[\w)\]]) > ", " >= "), (r"(?<=[\w)\]]) < ", " <= "),
    (r" == ", " != "), (r" != ", " == "), (r" and ", " or "), (r" or ", " and "), (r"\bnot ", ""),
    (r"^(if|elif) (?!not )(?=[^|]*$)", r"\1 not "), (r"\bbest\b", "worst"), (r"\bhighest", "lowest"),
    (r"\blowest", "highest"), (r"\[1\]", "[0]"), (r"\[-1\]", "[0]"), (r"\[0\]", "[1]"),
    (r"\bfirst\b", "last"), (r"\blast\b", "first"), (r"\|length > 1", "|length > 2"),
    (r"\b(\d+)\b", lambda m: str(int(m[1]) + 1)), (r"\|(level|size|signed|percentile)\b", ""),
    (r'^"([^"]+)" if (.*) else "([^"]*)"$', r'"\3" if \2 else "\1"'),
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Mutant:
    """One span of a file replaced; `function` names what it stands in, offsets count bytes."""

    path: str
    line: int
    start: int
    end: int
    kind: str
    function: str
    before: str
    after: str

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]

    def shown(self, source: bytes) -> str:
        """The first line that differs, before and after."""
        old, new = source.decode().splitlines(), self.applied(source).decode().splitlines()
        pairs = zip([*old, ""], [*new, ""], strict=False)
        was, now = next(((a, b) for a, b in pairs if a != b), ("", ""))
        return f"  - {was.strip()}\n  + {now.strip()}"


def mutants(path: str, source: bytes) -> Iterator[Mutant]:
    """All mutants of a file: Python, or a template."""
    if path.endswith(".j2"):
        yield from _of_template(path, source.decode())
    else:
        yield from _Walk(path, source).found()


def compiles(mutant: Mutant, source: bytes) -> bool:
    """Whether the file is Python still; a template may be anything."""
    try:
        if mutant.path.endswith(".py"):
            compile(mutant.applied(source), mutant.path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _of_template(path: str, text: str) -> Iterator[Mutant]:
    for part in EXPRESSION.finditer(text):
        if part[1].startswith(("from ", "macro ", "import ", "set states", "set past", "#")):
            continue
        for pattern, other in IN_PAGES:
            for hit in re.finditer(pattern, part[1]):
                start = part.start(1) + hit.start()
                before, after = hit[0], hit.expand(other) if isinstance(other, str) else other(hit)
                at = len(text[:start].encode())
                line = text.count("\n", 0, start) + 1
                yield Mutant(
                    path, line, at, at + len(before.encode()), "page", part[1], before, after
                )


class _Walk:
    """A file's tree, with what each node stands in."""

    def __init__(self, path: str, source: bytes) -> None:
        self.path, self.source = path, source
        self.lines = [0]
        for line in source.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.tree = ast.parse(source)

    def found(self) -> Iterator[Mutant]:
        yield from self._inside(self.tree, "", frozenset())

    def _inside(self, node: ast.AST, function: str, names: frozenset[str]) -> Iterator[Mutant]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            function = f"{function}.{node.name}".lstrip(".")
            if not isinstance(node, ast.ClassDef):
                names = frozenset(_columns(node))
        for kind, where, after in self._of(node, names):
            yield self._mutant(kind, where, after, function)
        for child in _children(node):
            yield from self._inside(child, function, names)

    def _of(self, node: ast.AST, names: frozenset[str]) -> Iterator[Change]:
        yield from self._of_statement(node)
        yield from self._of_operator(node)
        match node:
            case ast.Call():
                yield from self._of_call(node)
            case ast.Constant():
                yield from self._of_constant(node, names)
            case ast.JoinedStr():
                yield from self._of_fields(node)

    def _of_operator(self, node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.Compare(ops=[op], comparators=[right]) if type(op) in COMPARED:
                yield "comparison", self._between(node.left, right), f" {COMPARED[type(op)]} "
            case ast.BinOp() if type(node.op) in COMPUTED and not _is_text(node):
                other = f" {COMPUTED[type(node.op)]} "
                yield "arithmetic", self._between(node.left, node.right), other
            case ast.BoolOp(values=[left, right, *_]):
                other = " or " if isinstance(node.op, ast.And) else " and "
                yield "boolean", self._between(left, right), other
            case ast.UnaryOp():
                yield "boolean", self._span(node), self._text(node.operand)
            case ast.IfExp():
                arms = [self._text(part) for part in (node.orelse, node.test, node.body)]
                yield "condition", self._span(node), "({} if {} else {})".format(*arms)
            case ast.AugAssign() if type(node.op) in COMPUTED:
                other = f" {COMPUTED[type(node.op)]}= "
                yield "arithmetic", self._between(node.target, node.value), other

    def _of_statement(self, node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.If():
                yield "condition", self._span(node.test), f"not ({self._text(node.test)})"
                if not node.orelse and isinstance(node.body[-1], LEAVES):
                    yield "guard", self._span(node.test), "False"
            case ast.comprehension(ifs=[test, *_]):
                yield "guard", self._span(test), "True"
            case ast.With(items=[ast.withitem(optional_vars=None)]):
                yield "with", self._span(node.items[0].context_expr), NO_CONTEXT
            case ast.Expr(value=ast.Call()) if _name(node.value) not in SILENT:
                yield "statement", self._span(node), "pass"
            case ast.FunctionDef():
                for one in node.decorator_list:
                    if _name(one) in DECORATORS:
                        start, end = self._span(one)
                        yield "decorator", (start - 1, end), ""

    def _of_call(self, node: ast.Call) -> Iterator[Change]:
        if isinstance(node.func, ast.Attribute):
            end = self._span(node.func)[1]
            name = (end - len(node.func.attr.encode()), end)
            if node.func.attr in OTHER:
                yield "pair", name, OTHER[node.func.attr]
            if node.func.attr in CHAIN:
                of = node.func.value
                if isinstance(of, ast.Attribute) and of.attr in {"dt", "str", "list"}:
                    of = of.value
                yield "chain", (self._span(of)[1], self._span(node)[1]), ""
        elif _name(node.func) in OTHER:
            yield "pair", self._span(node.func), OTHER[_name(node.func)]
        for given in node.keywords:
            if given.arg not in OPTIONS:
                continue
            value = self._text(given.value)
            others = JOINED if given.arg == "how" else SAID
            for other in others.get(value, ["**{}"]):
                yield "option", self._span(given if other == "**{}" else given.value), other

    def _of_constant(self, node: ast.Constant, names: frozenset[str]) -> Iterator[Change]:
        value, where = node.value, self._span(node)
        if isinstance(value, bool):
            yield "constant", where, str(not value)
        elif isinstance(value, int):
            yield "constant", where, {0: "1", 1: "0"}.get(value, str(value + 1))
        elif isinstance(value, float):
            if not self.path.endswith(DRAWINGS):
                yield "constant", where, "1.0" if value == 0 else f"{value * 1.5:g}"
        elif isinstance(value, str) and SQL.search(value):
            yield from self._of_sql(node)
        elif isinstance(value, str) and value in names:
            others = sorted(names - {value})
            if others:
                at = others.index(min(others, key=lambda o: (_far(o, value), o)))
                yield "name", where, f'"{others[at]}"'

    def _of_sql(self, node: ast.Constant) -> Iterator[Change]:
        start, _ = self._span(node)
        text = self._text(node)
        for pattern, other in IN_SQL:
            for hit in re.finditer(pattern, text):
                at = start + len(text[: hit.start()].encode())
                yield "sql", (at, at + len(hit[0].encode())), other

    def _of_fields(self, node: ast.JoinedStr) -> Iterator[Change]:
        fields = [v for v in node.values if isinstance(v, ast.FormattedValue)]
        texts = [ast.unparse(one.value) for one in fields]
        for one, other in pairwise(fields):
            before, after = ast.unparse(one.value), ast.unparse(other.value)
            if before != after and {'"', "'"}.isdisjoint(before + after):
                # Columns of parts of an f-string are not given reliably: the text is looked for.
                start, end = self._span(node)
                raw = self.source[start:end].decode()
                if raw.count("{" + before) == 1 and len(texts) > 1:
                    at = start + len(raw[: raw.index("{" + before) + 1].encode())
                    yield "field", (at, at + len(before.encode())), after

    def _mutant(self, kind: str, where: tuple[int, int], after: str, function: str) -> Mutant:
        start, end = where
        line = self.source.count(b"\n", 0, start) + 1
        return Mutant(
            self.path, line, start, end, kind, function, self.source[start:end].decode(), after
        )

    def _span(self, node: ast.AST) -> tuple[int, int]:
        start = self.lines[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = self.lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return start, end

    def _between(self, left: ast.AST, right: ast.AST) -> tuple[int, int]:
        """The operator between two operands, brackets of theirs left where they are."""
        start, end = self._span(left)[1], self._span(right)[0]
        gap = self.source[start:end]
        inner = re.search(rb"[^\s()#]+(?:\s+(?:in|not))?", gap)
        if inner is None:
            return start, end
        before = gap[: inner.start()].rstrip(b" \t")
        return start + len(before), start + inner.end() + len(gap[inner.end() :]) - len(
            gap[inner.end() :].lstrip(b" ")
        )

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.source[start:end].decode()


def _is_silent(node: ast.Constant | ast.Call) -> bool:
    """Whether a statement is a docstring, or speaks to nobody who reads figures."""
    return isinstance(node, ast.Constant) or _name(node.func) in SILENT


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What of a node can be wrong and seen to be."""
    match node:
        case ast.Raise() | ast.Assert() | ast.Import() | ast.ImportFrom():
            return
        case ast.Expr(value=ast.Constant() | ast.Call() as said) if _is_silent(said):
            return
        case ast.AnnAssign():
            yield from filter(None, [node.value])
        case ast.arguments():
            yield from [one for one in [*node.defaults, *node.kw_defaults] if one is not None]
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from [d for d in node.decorator_list if _name(d) not in MEMOISED]
            yield from [node.args, *node.body]
        case ast.ClassDef():  # whether a dataclass is frozen or ordered shows in no value
            yield from node.body
        case ast.If() if ast.unparse(node.test) in {"TYPE_CHECKING", "__name__ == '__main__'"}:
            return
        case ast.keyword() if node.arg in DESCRIPTIONS:
            return
        case ast.Call() if _name(node.func) in {"cast", "TypeVar", "NewType", "zip"}:
            # zip's strict is an assertion, which no input of the product can break.
            yield from node.args if _name(node.func) == "zip" else []
        case _:
            yield from ast.iter_child_nodes(node)


def _name(node: ast.AST) -> str:
    match node:
        case ast.Call():
            return _name(node.func)
        case ast.Attribute():
            return node.attr
        case ast.Name():
            return node.id
    return ""


def _is_text(node: ast.BinOp) -> bool:
    """Whether it joins texts or paths, or joins types: another operator only fails loudly."""
    sides = (node.left, node.right)
    return any(
        isinstance(s, ast.JoinedStr | ast.List | ast.Tuple | ast.Dict)
        or (isinstance(s, ast.Constant) and (isinstance(s.value, str) or s.value is None))
        for s in sides
    )


def _columns(node: ast.AST) -> Iterator[str]:
    """The strings of a function that name columns or the like."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            texts = [one.value for one in given if isinstance(one, ast.Constant)]
            yield from (one for one in texts if isinstance(one, str) and COLUMN.fullmatch(one))


def _far(one: str, other: str) -> int:
    """How unlike two names are: the parts that only one of them has."""
    return len(set(one.split("_")) ^ set(other.split("_")))
