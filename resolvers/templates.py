"""Reading templates."""

from collections.abc import Sequence
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement

from db.keyset import Order, Which
from db.pool import values_of
from db.reminder_tables import Template, TemplateText
from executor import batched, reads
from resolvers import paging
from resolvers.context import Context, Info
from resolvers.paging import After, Before, First, Last, Page
from resolvers.relations import listed

_WHICH: dict[str, ColumnElement[bool]] = {}


def listing(_: Context) -> paging.Listing:
    return paging.Listing(Order((Template.name, Template.id), descending=False), Which(_WHICH, {}), None)


@listed(Template, listing)
async def templates(
    info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Page[Template]:
    """The tenant's templates, by name."""
    which = listing(info.context)
    return await paging.page(info, Template, which, paging.window(info.context, which, first, after, last, before))


@batched("id")
async def texts(
    templates: strawberry.Parent[Sequence[Template]],
    info: Info,
    version: Annotated[
        int | None,
        strawberry.argument(description="Of this version, from 1; of the published one, the last, if not given."),
    ] = None,
) -> list[list[TemplateText]]:
    """What it says, by channel and language. Empty for a version that there is not."""
    return await info.context.loaders.template_texts(version).load_all(values_of(templates, Template.id), reads(info))
