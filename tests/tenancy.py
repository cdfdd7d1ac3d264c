"""Does a statement name the tenant for each table that has one?"""

from sqlalchemy import BindParameter, Column, Table
from sqlalchemy.sql import ClauseElement, operators, visitors
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.selectable import Alias


def unnamed_tenants(statement: ClauseElement) -> set[str]:
    """The tables of a statement with a `tenant_id` that is compared with no bound value."""
    if not hasattr(statement, "get_children"):
        return set()
    tables, named = set(), set()
    for element in visitors.iterate(statement):
        if isinstance(element, Table) and "tenant_id" in element.c:
            tables.add(element.name)
        elif isinstance(element, Insert) and isinstance(element.table, Table):
            # An INSERT gives its values; a row without a tenant is refused by NOT NULL.
            named.add(element.table.name)
        elif isinstance(element, BinaryExpression) and element.operator is operators.eq:
            for side, other in ((element.left, element.right), (element.right, element.left)):
                if isinstance(side, Column) and side.name == "tenant_id" and isinstance(other, BindParameter):
                    table = side.table.element if isinstance(side.table, Alias) else side.table
                    named.add(getattr(table, "name", ""))
    return tables - named
