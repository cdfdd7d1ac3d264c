"""What resolvers are told, and that they run in parallel. Follows graphql-core's test_executor.py and test_parallel.py in
tests/execution."""

import asyncio
from typing import Any

from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema

from executor import Engine

Info = GraphQLResolveInfo[Any]


async def test_info_and_path() -> None:
    """provides info about current execution state; populates path correctly with complex types"""
    seen: list[Info] = []

    def resolve(_source: Any, info: Info) -> list[Any]:
        seen.append(info)
        return [{}]

    def schema() -> GraphQLSchema:
        schema = build_schema("type Query { l1: [[Query]], l2: [Query] }")
        assert schema.query_type is not None
        schema.query_type.fields["l1"].resolve = lambda *_: [[{}, {}]]
        schema.query_type.fields["l2"].resolve = resolve
        return schema

    query = "query ($v: Boolean = true) { a: l1 { b: l2 @include(if: $v) { __typename } } }"
    await Engine(schema()).execute(query, context="context", root="root")
    assert [info.path.as_list() for info in seen] == [["a", 0, 0, "b"], ["a", 0, 1, "b"]]
    info = seen[1]
    assert (info.path.typename, info.path.prev.typename) == ("Query", None)  # type: ignore[union-attr]
    assert (info.field_name, str(info.return_type), info.parent_type.name) == ("l2", "[Query]", "Query")
    assert (info.root_value, info.context) == ("root", "context")
    assert [node.name.value for node in info.field_nodes] == ["l2"]
    assert info.operation.variable_definitions


async def test_parallel_fields() -> None:
    """resolve fields in parallel, single fields and lists: each waits for the other, so that a series would not end"""
    met = asyncio.Barrier(4)

    async def wait(_source: Any, _info: Info) -> str:
        await met.wait()
        return "met"

    schema = build_schema("type Query { a: String, b: String, list: [Item] } type Item { c: String }")
    assert schema.query_type is not None
    for field in ("a", "b"):
        schema.query_type.fields[field].resolve = wait
    schema.query_type.fields["list"].resolve = lambda *_: [1, 2]
    schema.type_map["Item"].fields["c"].resolve = wait  # type: ignore[attr-defined]
    result = await asyncio.wait_for(Engine(schema).execute("{ a b list { c } }"), 10)
    assert result == ({"a": "met", "b": "met", "list": [{"c": "met"}, {"c": "met"}]}, None)
