"""Small mistakes that a source could hold: each one change, known by its text and not its line."""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.BitAnd: "|",
    ast.BitOr: "&",
    ast.FloorDiv: "*",
}
_IS_SQL = re.compile(r"\b(SELECT|UPDATE|DELETE|INSERT|WHERE|ORDER BY|AND|LIMIT|PRAGMA)\b|[=<>] \?")
_SQL = (
    (re.compile(r"<="), "<"),
    (re.compile(r"<(?![=>])"), "<="),
    (re.compile(r"(?<![<-])>(?!=)"), ">="),
    (re.compile(r"(?<![<>!])= (?=[?'\d])"), "<> "),
    (re.compile(r"<> (?=[?'\d])"), "= "),
    (re.compile(r"\bAND\b"), "OR"),
    (re.compile(r"\bOR\b"), "AND"),
    (re.compile(r"\bNOT (?=EXISTS|IN\b)"), ""),
    (re.compile(r"\bIS NOT NULL\b"), "IS NULL"),
    (re.compile(r"\bIS NULL\b"), "IS NOT NULL"),
    (re.compile(r" DESC\b"), ""),
    (re.compile(r" ORDER BY \w+\b(?! DESC)"), ""),
    (re.compile(r"\bMAX\("), "MIN("),
    (re.compile(r"\bMIN\("), "MAX("),
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake. ``name`` stays the same when other lines change."""

    path: Path
    name: str
    first: int  # the lines it touches
    last: int
    start: int  # characters of the source that it replaces
    end: int
    text: str
    names: frozenset[str] = frozenset()  # of what the outermost statement around it defines
    uses: frozenset[int] = frozenset()  # the lines that name those

    def source(self) -> str:
        """Give the whole file with the mistake in it."""
        source = self.path.read_text("utf-8")
        return source[: self.start] + self.text + source[self.end :]


def mutants_of(path: Path) -> list[Mutant]:
    """List all mistakes for one file, those of a function by its name, in the file's order."""
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    finder = _Finder(source)
    finder.visit(tree)
    seen = Counter[str]()
    mutants = []
    defined: dict[int, tuple[frozenset[str], frozenset[int]]] = {}
    for place, start, end, text, first, last in finder.found:
        words = " ".join(source[start:end].split())
        name = f"{path.name}: {place}: `{words}` -> `{' '.join(text.split())}`"
        seen[name] += 1
        if seen[name] > 1:
            name += f" ({seen[name]})"
        statement = _around(tree, first)
        if statement.lineno not in defined:
            defined[statement.lineno] = _uses(tree, statement)
        uses = defined[statement.lineno]
        mutants.append(Mutant(path, name, first, last, start, end, text, *uses))
    return [one for one in mutants if _compiles(one)]


def _around(tree: ast.Module, line: int) -> ast.stmt:
    """Return the outermost statement around a line."""
    found = (one for one in tree.body if one.lineno <= line <= (one.end_lineno or 0))
    return next(found, tree.body[0])


def _uses(tree: ast.Module, within: ast.stmt) -> tuple[frozenset[str], frozenset[int]]:
    """Name what a statement defines, and what is made of that; and where those are used.

    Nothing of a function's body: that is no definition.
    """
    names = _defined(within)
    while True:
        lines = {one.lineno for one in ast.walk(tree) if _is_one_of(one, names)}
        more = {
            name
            for one in tree.body
            if not isinstance(one, ast.FunctionDef | ast.ClassDef)
            and any(one.lineno <= line <= (one.end_lineno or 0) for line in lines)
            for name in _defined(one)
        }
        if more <= names:
            own = range(within.lineno, (within.end_lineno or 0) + 1)
            return frozenset(names), frozenset(lines.difference(own))
        names |= more


def _defined(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    walked = (one for one in ast.walk(statement) if isinstance(one, ast.Name))
    return {one.id for one in walked if isinstance(one.ctx, ast.Store)}


def _is_one_of(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _compiles(mutant: Mutant) -> bool:
    try:
        compile(mutant.source(), str(mutant.path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


class _Finder(ast.NodeVisitor):
    def __init__(self, source: str) -> None:
        self._source = source
        self._starts = [0]  # where each line begins, in characters: the sources are not all ASCII
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._lines = source.splitlines(keepends=True)
        self._place = ["module"]
        self.found: list[tuple[str, int, int, str, int, int]] = []

    # ---- where ----------------------------------------------------------------------------

    def _at(self, line: int, column: int) -> int:
        text = self._lines[line - 1].encode("utf-8")[:column].decode("utf-8")
        return self._starts[line - 1] + len(text)

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._at(node.lineno, node.col_offset),
            self._at(node.end_lineno, node.end_col_offset),
        )

    def _text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self._span(node)
        return self._source[start:end]

    def _put(self, node: ast.expr | ast.stmt, text: str) -> None:
        start, end = self._span(node)
        last = node.end_lineno or node.lineno
        self.found.append(
            (".".join(self._place[1:]) or "module", start, end, text, node.lineno, last)
        )

    # ---- what is passed over ----------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._inside(node.name, [*node.args.defaults, *filter(None, node.args.kw_defaults)], node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._inside(node.name, [], node)

    def _inside(
        self, name: str, others: list[ast.expr], node: ast.FunctionDef | ast.ClassDef
    ) -> None:
        """Go into a body; annotations, decorators and docstrings are no behaviour."""
        self._place.append(name)
        for other in others:
            self.visit(other)
        for statement in node.body:
            self.visit(statement)
        self._place.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    # ---- statements -----------------------------------------------------------------------

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node.value, ast.Call):
            self._put(node, "pass")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.targets[0], ast.Attribute | ast.Subscript):
            self._put(node, "pass")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._put(node, "pass")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._put(node, "pass")  # and nothing of its words

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not _is_none(node.value):
            self._put(node, "return None")
        self.generic_visit(node)

    def visit_Continue(self, node: ast.Continue) -> None:
        self._put(node, "break")

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            if item.optional_vars is None:
                self._put(item.context_expr, "__import__('contextlib').nullcontext()")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._negate(test)
        self.generic_visit(node)

    def _negate(self, test: ast.expr) -> None:
        """Turn a condition round where nothing within it will be."""
        if not isinstance(test, ast.Compare | ast.UnaryOp | ast.Constant):
            self._put(test, f"(not ({self._text(test)}))")

    # ---- expressions ----------------------------------------------------------------------

    def visit_Compare(self, node: ast.Compare) -> None:
        for number in range(len(node.ops)):
            parts = [self._text(node.left)]
            for other, (op, value) in enumerate(zip(node.ops, node.comparators, strict=True)):
                sign = _COMPARISONS[type(op)] if other == number else _words(op)
                parts += [sign, self._text(value)]
            self._put(node, " ".join(parts))
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        word = " or " if isinstance(node.op, ast.And) else " and "
        self._put(node, f"({word.join(f'({self._text(value)})' for value in node.values)})")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._put(node, f"bool({self._text(node.operand)})")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        sign = _OPERATORS.get(type(node.op))
        if sign is not None:
            self._put(node, f"({self._text(node.left)} {sign} {self._text(node.right)})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        match node.value:
            case bool():
                self._put(node, str(not node.value))
            case int() | float():
                self._put(node, repr(node.value + 1))
            case str():
                self._sql(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._sql(node)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def _sql(self, node: ast.expr) -> None:
        text = self._text(node)
        if not _IS_SQL.search(text):
            return
        for pattern, other in _SQL:
            for found in pattern.finditer(text):
                self._put(node, text[: found.start()] + other + text[found.end() :])


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _words(operator: ast.cmpop) -> str:
    return ast.unparse(ast.Compare(ast.Name("a"), [operator], [ast.Name("b")]))[2:-2]
