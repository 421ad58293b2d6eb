"""Finds the parts of a statement that a Citus cluster can't send to the one shard of an account.

Citus looks for the account in each reference of a distributed table. It finds an equality with a parameter or a
literal in the same query level, also by way of other columns that are equal. PostgreSQL merges a plain sub-select in
FROM, a CTE that one place reads, and a plain EXISTS under AND into the level around it. A parameter in the SELECT list
of such a sub-select remains a parameter in inner levels, too. A column of any other sub-select, and any other column of
an outer level, names no account.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pglast
from pglast import enums, parse_sql

ast: Any = pglast.ast
"""The classes of the tree. Their declared types allow None everywhere."""

_Key = tuple[int, str]
"""A column of a table reference: the number of the reference, and the column's name."""
_Column = tuple[str, _Key | None]
_CONSTANT: _Key = (0, "")
_AGGREGATES = {"count", "sum", "max", "min", "array_agg", "string_agg", "jsonb_agg", "jsonb_object_agg", "bool_or"}
_STATEMENTS = (ast.SelectStmt, ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt)


class Finding(NamedTuple):
    rule: str
    table: str


def findings(sql: str, distributed: Mapping[str, str]) -> list[Finding]:
    """Returns what Citus refuses or sends to every shard. `distributed` maps tables to their distribution columns.

    The rules are:

    - "untied": a reference of a distributed table names no account.
    - "sub-select": an INSERT has one in VALUES, in ON CONFLICT or in RETURNING.
    - "row count": an INSERT … SELECT … ON CONFLICT has no RETURNING. On Citus, its row count is the number of selected
      rows.
    - "no columns": a CTE returns no columns.
    """
    check = _Check(distributed)
    for each in parse_sql(sql):
        if isinstance(each.stmt, _STATEMENTS):
            check.statement(each.stmt, _TOP)
    return check.found


class _Reference(NamedTuple):
    """A table, sub-select or function in FROM. `columns` has the keys of a sub-select's columns."""

    number: int
    table: str | None
    columns: Mapping[str, _Key] | None


class _Cte(NamedTuple):
    query: Any
    """The query that PostgreSQL merges into its only reader; None if it doesn't."""
    scope: "_Scope"


class _Scope(NamedTuple):
    """The CTEs that a level can read, and the columns of merged sub-selects around it that are parameters."""

    ctes: Mapping[str, _Cte]
    parameters: frozenset[tuple[str, str]]

    def inside(self, names: Mapping[str, _Reference]) -> "_Scope":
        """Returns the scope of the sub-selects of a level with these references."""
        outer = {one for one in self.parameters if one[0] not in names}
        for name, reference in names.items():
            outer |= {(name, column) for column, key in (reference.columns or {}).items() if key == _CONSTANT}
        return _Scope(self.ctes, frozenset(outer))


_TOP = _Scope({}, frozenset())


class _Level:
    """A query level with all that PostgreSQL merges into it."""

    def __init__(self) -> None:
        self.references: list[tuple[str, _Key]] = []
        self._parents: dict[_Key, _Key] = {}

    def equate(self, one: _Key, other: _Key) -> None:
        self._parents[self._root(one)] = self._root(other)

    def is_tied(self, key: _Key) -> bool:
        return self._root(key) == self._root(_CONSTANT)

    def _root(self, key: _Key) -> _Key:
        while (parent := self._parents.get(key, key)) != key:
            key = parent
        return key


class _Check:
    def __init__(self, distributed: Mapping[str, str]) -> None:
        self.found: list[Finding] = []
        self._distributed = distributed
        self._last = 0

    def statement(self, stmt: Any, scope: _Scope) -> None:
        """Checks a statement or sub-select as a separate level."""
        level = _Level()
        if isinstance(stmt, ast.SelectStmt):
            self._select(stmt, scope, level)
        elif isinstance(stmt, ast.InsertStmt):
            self._insert(stmt, scope, level)
        else:
            scope = self._with(stmt, scope)
            is_update = isinstance(stmt, ast.UpdateStmt)
            others = stmt.fromClause if is_update else stmt.usingClause
            names = self._from((stmt.relation, *(others or ())), scope, level)
            self._condition(stmt.whereClause, names, scope, level)
            self._expressions((stmt.targetList if is_update else (), _returned(stmt)), scope.inside(names))
        for table, key in level.references:
            if not level.is_tied(key):
                self._note("untied", table)

    def _note(self, rule: str, table: str) -> None:
        self.found.append(Finding(rule, table))

    def _select(self, stmt: Any, scope: _Scope, level: _Level) -> list[_Column]:
        """Adds a SELECT to a level. Returns its columns."""
        scope = self._with(stmt, scope)
        if stmt.op != enums.SetOperation.SETOP_NONE:
            self.statement(stmt.larg, scope)
            self.statement(stmt.rarg, scope)
            return []
        names = self._from(stmt.fromClause or (), scope, level)
        self._condition(stmt.whereClause, names, scope, level)
        lists = (stmt.targetList, stmt.valuesLists, stmt.groupClause, stmt.sortClause)
        self._expressions((*lists, stmt.havingClause, stmt.limitCount), scope.inside(names))
        columns: list[_Column] = []
        for target in stmt.targetList or ():
            path = _path(target.val)
            if path[-1:] == ["*"]:
                columns += self._star(names, path)
            else:
                columns.append((target.name or (path[-1] if path else ""), self._key(target.val, names, scope)))
        return columns

    def _star(self, names: Mapping[str, _Reference], path: list[str]) -> Iterator[_Column]:
        for name, one in names.items():
            if len(path) == 1 or path[0] == name:
                if one.columns is not None:
                    yield from one.columns.items()
                elif one.table is not None:
                    column = self._distributed[one.table]
                    yield column, (one.number, column)

    def _insert(self, stmt: Any, scope: _Scope, level: _Level) -> None:
        scope = self._with(stmt, scope)
        table, query, returned = stmt.relation.relname, stmt.selectStmt, _returned(stmt)
        names = [column.name for column in stmt.cols or ()]
        is_select = query is not None and not query.valuesLists
        if is_select:
            rows = [[key for _, key in self._select(query, scope, level)]]
        else:
            rows = [[self._key(value, {}, scope) for value in row] for row in query.valuesLists]
            self._expressions((query,), scope)
        self._expressions((stmt.onConflictClause, returned), scope)
        column = self._distributed.get(table)
        if column is None:
            return
        accounts = [row[names.index(column)] if column in names and len(row) == len(names) else None for row in rows]
        if not all(account is not None and level.is_tied(account) for account in accounts):
            self._note("untied", table)
        if is_select and stmt.onConflictClause is not None and not returned:
            self._note("row count", table)
        if any(True for _ in _sublinks((query.valuesLists, stmt.onConflictClause, returned))):
            self._note("sub-select", table)

    def _with(self, stmt: Any, scope: _Scope) -> _Scope:
        """Returns the scope with the statement's CTEs. Checks those that are separate levels."""
        for cte in stmt.withClause.ctes if stmt.withClause else ():
            query, name = cte.ctequery, cte.ctename
            is_select = isinstance(query, ast.SelectStmt)
            is_empty = not query.targetList and not query.valuesLists and query.larg is None if is_select else False
            if is_empty or (not is_select and not _returned(query)):
                self._note("no columns", name)
            is_fenced = cte.ctematerialized == enums.CTEMaterialize.CTEMaterializeAlways
            readers = sum(isinstance(each, ast.RangeVar) and each.relname == name for each in _walk(stmt))
            is_merged = is_select and not is_fenced and readers == 1 and _is_simple(query)
            if not is_merged:
                self.statement(query, scope)
            scope = scope._replace(ctes={**scope.ctes, name: _Cte(query if is_merged else None, scope)})
        return scope

    def _from(self, items: Iterable[Any], scope: _Scope, level: _Level) -> dict[str, _Reference]:
        """Adds the references of a FROM clause to a level, with the conditions of its joins."""
        names: dict[str, _Reference] = {}
        joins: list[Any] = []
        for item in items:
            self._item(item, scope, level, names, joins)
        for condition in joins:
            self._condition(condition, names, scope, level)
        return names

    def _item(self, item: Any, scope: _Scope, level: _Level, names: dict[str, _Reference], joins: list[Any]) -> None:
        if isinstance(item, ast.JoinExpr):
            self._item(item.larg, scope, level, names, joins)
            self._item(item.rarg, scope, level, names, joins)
            joins.append(item.quals)
            return
        self._last += 1
        number, name = self._last, getattr(item, "relname", "")
        table: str | None = None
        columns: Mapping[str, _Key] | None = None
        if name in scope.ctes:
            query, outer = scope.ctes[name]
            columns = {} if query is None else _named(self._select(query, outer, level))
        elif name in self._distributed:
            table = name
            level.references.append((name, (number, self._distributed[name])))
        elif isinstance(item, ast.RangeSubselect):
            if _is_simple(item.subquery) and not item.lateral:
                columns = _named(self._select(item.subquery, scope, level))
            else:
                columns = {}
                self.statement(item.subquery, scope.inside(names) if item.lateral else scope)
        names[item.alias.aliasname if item.alias else name] = _Reference(number, table, columns)

    def _condition(self, condition: Any, names: Mapping[str, _Reference], scope: _Scope, level: _Level) -> None:
        """Adds the equalities of a condition to a level."""
        if isinstance(condition, ast.BoolExpr) and condition.boolop == enums.BoolExprType.AND_EXPR:
            for part in condition.args:
                self._condition(part, names, scope, level)
        elif _is_plain_exists(condition):
            inner = condition.subselect
            found = dict(names) | self._from(inner.fromClause, scope, level)
            self._condition(inner.whereClause, found, scope, level)
        else:
            if _is_equality(condition):
                for left, right in zip(_values(condition.lexpr), _values(condition.rexpr), strict=False):
                    one, other = self._key(left, names, scope), self._key(right, names, scope)
                    if one is not None and other is not None:
                        level.equate(one, other)
            self._expressions((condition,), scope.inside(names))

    def _expressions(self, nodes: Any, scope: _Scope) -> None:
        """Checks the sub-selects in expressions. Each is a separate level."""
        for link in _sublinks(nodes):
            self.statement(link.subselect, scope)
            self._expressions((link.testexpr,), scope)

    def _key(self, node: Any, names: Mapping[str, _Reference], scope: _Scope) -> _Key | None:
        """Returns the key of a column, _CONSTANT for a parameter or literal, or None."""
        while isinstance(node, ast.TypeCast):
            node = node.arg
        if isinstance(node, ast.ParamRef | ast.A_Const):
            return _CONSTANT
        *table, column = _path(node) or [""]
        if table:
            candidates = [names[table[-1]]] if table[-1] in names else []
        else:
            candidates = [one for one in names.values() if self._has(one, column)]
        if table and not candidates and (table[-1], column) in scope.parameters:
            return _CONSTANT
        if len(candidates) != 1:
            return None
        (one,) = candidates
        return (one.number, column) if one.columns is None else one.columns.get(column)

    def _has(self, one: _Reference, column: str) -> bool:
        return column in (one.columns or ()) or (one.table is not None and self._distributed[one.table] == column)


def _named(columns: Iterable[_Column]) -> dict[str, _Key]:
    return {name: key for name, key in columns if key is not None}


def _path(node: Any) -> list[str]:
    """Returns the names of a column reference: its table, if it has one, and the column or a star."""
    fields: Any = node.fields if isinstance(node, ast.ColumnRef) else ()
    return [each.sval if isinstance(each, ast.String) else "*" for each in fields]


def _values(node: Any) -> tuple[Any, ...]:
    return tuple(node.args) if isinstance(node, ast.RowExpr) else (node,)


def _is_equality(node: Any) -> bool:
    return isinstance(node, ast.A_Expr) and node.kind == enums.A_Expr_Kind.AEXPR_OP and node.name[-1].sval == "="


def _is_plain_exists(node: Any) -> bool:
    return (
        isinstance(node, ast.SubLink)
        and node.subLinkType == enums.SubLinkType.EXISTS_SUBLINK
        and _is_simple(node.subselect)
    )


def _is_simple(query: Any) -> bool:
    """Returns whether PostgreSQL merges a sub-select into the level around it.

    `database.with_account_id` adds an OFFSET 0, which prevents that, on a single server only.
    """
    fences = (
        *(query.limitCount, query.distinctClause, query.groupClause, query.havingClause),
        *(query.lockingClause, query.withClause, query.valuesLists, query.windowClause, query.sortClause),
    )
    if query.op != enums.SetOperation.SETOP_NONE or any(each is not None for each in fences) or not query.fromClause:
        return False
    calls = (each for each in _walk(query.targetList, is_deep=False) if isinstance(each, ast.FuncCall))
    return not any(call.over is not None or call.funcname[-1].sval in _AGGREGATES for call in calls)


def _returned(stmt: Any) -> Any:
    """Returns the RETURNING list. Versions of the parser have it in different places."""
    clause = getattr(stmt, "returningClause", None)
    return clause.exprs if clause is not None else getattr(stmt, "returningList", None)


def _sublinks(nodes: Any) -> Iterator[ast.SubLink]:
    """Yields the outermost sub-selects of expressions."""
    return (each for each in _walk(nodes, is_deep=False) if isinstance(each, ast.SubLink))


def _walk(node: Any, *, is_deep: bool = True) -> Iterator[Any]:
    """Yields the nodes of a tree. Without `is_deep`, it does not enter sub-selects."""
    if isinstance(node, tuple | list):
        for each in node:
            yield from _walk(each, is_deep=is_deep)
    elif isinstance(node, ast.Node):
        yield node
        if is_deep or not isinstance(node, ast.SubLink):
            for name in node:
                yield from _walk(getattr(node, name), is_deep=is_deep)
