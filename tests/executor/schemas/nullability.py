"""Every way to wrap a type in lists and non-null, around leaves and objects, in each style of field.

The random profiles put nulls, errors and wrong types into all of these positions.
"""

from graphql import build_schema

from tests.executor.documents.inputs import Samples
from tests.executor.world.dressing import dress
from tests.executor.world.leaves import NOTHING

WRAPPINGS = {
    "": "{}",
    "Req": "{}!",
    "List": "[{}]",
    "ListReq": "[{}!]",
    "ReqList": "[{}]!",
    "ReqListReq": "[{}!]!",
    "Lists": "[[{}]]",
    "ListsReq": "[[{}!]]",
    "ListReqLists": "[[{}]!]",
    "ListReqListsReq": "[[{}!]!]",
    "ReqLists": "[[{}]]!",
    "ReqListsReq": "[[{}!]]!",
    "ReqListReqLists": "[[{}]!]!",
    "ReqListReqListsReq": "[[{}!]!]!",
}


def _fields(prefix: str, type_: str) -> str:
    return "\n".join(f"{prefix}{name}: {wrapping.format(type_)}" for name, wrapping in WRAPPINGS.items())


SCHEMA = dress(
    build_schema(f"""
      type Query {{
        {_fields("leaf", "Int")}
        {_fields("node", "Node")}
        {_fields("batchedNode", "Node")}
      }}

      type Node {{
        {_fields("leaf", "Int")}
        {_fields("node", "Node")}
        {_fields("batchedLeaf", "Float")}
        {_fields("batchedNode", "Node")}
        {_fields("plainLeaf", "String")}
        {_fields("plainNode", "Node")}
      }}
    """)
)
INPUT_SAMPLES: Samples = {}
LEAVES = NOTHING
