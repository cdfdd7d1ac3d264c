"""Queries that PostgreSQL answers whole: one statement, which sets the tenant and writes the JSON.

A plan reads field by field: it can do everything, and takes a round trip for each relation. Where all that it selects are
rows, columns and relations, and that was asked for often, what it would read is said in one statement, and the answer is
passed on as it comes. What is selected, and by whom it may be, is decided by the same declarations and the same functions.
"""

from resolvers.whole.answers import OFTEN, Whole

__all__ = ["OFTEN", "Whole"]
