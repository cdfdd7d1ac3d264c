"""What templates say: the texts of one version of each."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, bindparam, func, select

from db.pool import values_of
from db.reminder_tables import Template, TemplateText
from db.scope import Scope
from db.statements import TENANT, Columns, Shapes, columns_of
from loaders.keys import among
from loaders.loader import Loader


class TemplateTexts(Loader[UUID, list[TemplateText]]):
    """By channel and language; of the published version where none is given."""

    def __init__(self, scope: Scope, version: int | None) -> None:
        super().__init__(scope)
        self._version = version

    async def fetch(self, keys: list[UUID], columns: Columns) -> list[list[TemplateText]]:
        statement = _shapes.get(columns, lambda: _said(columns))
        found = defaultdict[UUID, list[TemplateText]](list)
        rows = await self.scope.rows(statement, TemplateText, keys=keys, version=self._version)
        for template, row in zip(values_of(rows, TemplateText.template_id), rows, strict=True):
            found[template].append(row)
        return [found[key] for key in keys]


_shapes = Shapes()


def _said(columns: Columns) -> Select[Any]:
    version = bindparam("version", type_=Integer())
    return (
        select(*columns_of(TemplateText.__table__, columns, "template_id"))
        .join(Template, (Template.tenant_id == TENANT) & (Template.id == TemplateText.template_id))
        .where(
            TemplateText.tenant_id == TENANT,
            among(TemplateText.template_id),
            TemplateText.version == func.coalesce(version, Template.published),
        )
        .order_by(TemplateText.channel, TemplateText.locale)
    )
