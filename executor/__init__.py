"""Runs GraphQL operations as compiled, breadth-first plans.

    engine = Engine(schema)
    result = await engine.execute("{ notes { text author { name } } }", context=request)

A document is parsed, validated and bound to the schema once. A plan then reads each field for all parents of a level
at once: plain attributes straight from the rows, relations by one call of a batch function, anything else by its
resolver, as graphql-core would. The answer, its errors, their paths and order are graphql-core's, which runs what no
plan covers: introspection, incremental delivery, directives of a schema's own.

This package knows nothing of CareNotes.
"""

from executor.batching import batched
from executor.dialects import Core, Dialect
from executor.documents import Document, Documents
from executor.engine import Engine
from executor.guards import Guard
from executor.limits import LimitExceeded, Limits
from executor.operations import Operation
from executor.plugged import PlannedExecution
from executor.reads import reads
from executor.strawberry_dialect import StrawberryDialect
from executor.subscribing import NoSource
from executor.tracing import Trace
from executor.whole import Whole

__all__ = [
    "Core",
    "Dialect",
    "Document",
    "Documents",
    "Engine",
    "Guard",
    "LimitExceeded",
    "Limits",
    "NoSource",
    "Operation",
    "PlannedExecution",
    "StrawberryDialect",
    "Trace",
    "Whole",
    "batched",
    "reads",
]
