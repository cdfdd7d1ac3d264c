"""Who may ask for a field: decided once for a field, not for each of its values."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension


class Guard(FieldExtension):
    """A field extension that refuses, or lets the field be. What it decides depends on nothing but the request."""

    def check(self, context: Any) -> None:
        """Raises what the field fails with. `context` is the request's."""
        raise NotImplementedError

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info[Any], **kwargs: Any) -> Any:
        self.check(info.context)
        return next_(source, info, **kwargs)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info[Any], **kwargs: Any
    ) -> Any:
        self.check(info.context)
        return await next_(source, info, **kwargs)
