from datetime import datetime

import strawberry

from db.vocabulary import Channel, TemplateContext
from resolvers import template_preview, templates
from schema.fields import answered_by, column, global_id
from schema.relay import Node, Versioned


@strawberry.type(description="A text with made-up values in it.")
class TemplatePreview:
    subject: str | None = column("The subject or title; null if it has none.")
    text: str = column("The text.")
    html: str | None = column("The HTML of a mail; null if it has none.")


@strawberry.type(description="What a version of a template says on one channel in one language.")
class TemplateText:
    version: int = column("Of which version, counted from 1.")
    channel: Channel = column("On which channel.")
    locale: str = column("In which language (BCP 47).")
    subject: str | None = column("The subject of a mail, or the title of a notification.")
    text: str = column("The text.")
    html: str | None = column("The same as HTML, for a mail.")
    published_at: datetime = column("When it was published.")
    preview: TemplatePreview = answered_by(template_preview.preview)


@strawberry.type(
    description="What reminders say. A patient reads it in their language or, where there is none, the tenant's."
)
class Template(Node, Versioned):
    id: strawberry.ID = global_id("Template")
    name: str = column("What it is called, for the staff.")
    context: TemplateContext = column("What it may speak of.")
    published: int | None = column("The version that is sent: the last one. Null before the first.")
    texts: list[TemplateText] = answered_by(templates.texts, many=10)
