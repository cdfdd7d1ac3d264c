"""Arguments, leaves, and mutations whose effects are recorded."""

from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    extend_schema,
    parse,
)

from tests.executor.documents.inputs import Samples
from tests.executor.world.dressing import BATCH, dress
from tests.executor.world.leaves import LeafValues
from tests.executor.world.world import World


def _coerce_even(value: Any) -> int:
    if not isinstance(value, int) or value % 2:
        raise ValueError(f"{value!r} is not even")
    return value


def _serialize_picky(value: Any) -> Any:
    if value == "raise":
        raise ValueError("cannot be serialized")
    return value


SCALARS = (
    GraphQLScalarType("Even", serialize=_coerce_even, parse_value=_coerce_even),
    GraphQLScalarType("Picky", serialize=_serialize_picky),
    GraphQLScalarType("Json"),
)
LEVEL = GraphQLEnumType("Level", {"LOW": 1, "HIGH": "top", "NONE": None, "PAIR": (1, 2), "FALSE": False})

# What SDL cannot say: graphql-core's own ways to rename and to convert arguments.
ORDER = GraphQLInputObjectType(
    "Order",
    {
        "by": GraphQLInputField(GraphQLNonNull(GraphQLString)),
        "descending": GraphQLInputField(GraphQLBoolean, default_value=False, out_name="is_descending"),
        "level": GraphQLInputField(LEVEL),
    },
    out_type=lambda values: ("order", values),
)

INPUT_SAMPLES: Samples = {"Even": (2, 0, -4), "Picky": ("a", 1), "Json": ({"deep": [1, None]}, [], "text", 1.5)}
LEAVES = LeafValues(
    right={"Even": (2, 0), "Picky": ("fine", 1), "Json": ({"deep": [1, None]}, [], False)},
    wrong={"Even": (3, "x"), "Picky": ("raise", None), "Json": ()},
)


SDL = """
  schema { query: Query, mutation: Mutation }
  type Query {
    int(a: Int, b: Int! = 3): Int
    float(a: Float = 1, b: [Float!]): Float!
    string(a: String! = "x", b: ID): String
    boolean(a: Boolean!): Boolean
    id(a: ID = 5): ID!
    even(a: Even = 2, b: Even!): Even
    picky(a: [Picky]): [Picky!]
    json(a: Json, b: [[Json]] = [["x"], []]): Json
    level(a: Level = HIGH, b: [Level!]! = [LOW, PAIR]): Level
    levels(a: [Level]): [Level!]!
    find(filter: Filter = {text: "t"}, order: [Order!] = {by: "name"}): [Leaf!]
    batchedFind(filter: Filter!, first: Int = 2): [Leaf]!
    pick(by: Pick!): Leaf
    leaf: Leaf!
  }

  input Filter {
    text: String!
    level: Level = HIGH
    even: Even
    nested: Filter
    list: [[Int!]] = [[1], [2, 3]]
    order: Order! = {by: "id", descending: true}
  }

  input Pick @oneOf { id: ID, even: Even, filter: Filter, names: [String!] }

  type Leaf {
    int: Int, float: Float, string: String, boolean: Boolean, id: ID, even: Even, picky: Picky, json: Json, level: Level
    requiredInt: Int!, requiredEven: Even!, requiredLevel: Level!
    plainInt: Int!, plainFloat: Float, plainString: String, plainEven: Even, plainLevel: [Level], plainJson: Json!
    plainTimes(factor: Float = 2, from: [Level!] = PAIR): Float
    batchedInt(plus: Int = 1): Int, batchedLevel(not: Level): Level!, batchedLeaf(filter: Filter): Leaf, leaves: [Leaf!]
  }

  type Mutation {
    change(to: Int, level: Level = LOW): Receipt
    changeOrNone(to: Even!): Receipt!
    changeAll(filters: [Filter!]): [Receipt!]
    touch: Int!
  }

  type Receipt { position: Int!, batchedPosition: Int, note: String, strict: Int!, leaf: Leaf, next: Receipt }
"""


def _position(source: Any, info: GraphQLResolveInfo[Any]) -> Any:
    """How many mutations have begun, when this is read: it tells whether the next one waited."""
    world: World = info.context
    dice = world.dice("position", info.path.as_list())
    return world.perhaps_later(dice, lambda: sum(effect.startswith("begin") for effect in world.effects))


def _position_of_batch(sources: list[Any], info: GraphQLResolveInfo[Any]) -> list[int]:
    world: World = info.context
    return [sum(effect.startswith("begin") for effect in world.effects)] * len(sources)


def _schema() -> GraphQLSchema:
    schema = dress(extend_schema(GraphQLSchema(types=[*SCALARS, LEVEL, ORDER]), parse(SDL)))
    query, receipt = schema.type_map["Query"], schema.type_map["Receipt"]
    assert isinstance(query, GraphQLObjectType)
    assert isinstance(receipt, GraphQLObjectType)
    query.fields["find"].args["filter"].out_name = "criteria"
    for name in ("position", "batchedPosition"):
        receipt.fields[name].resolve = _position
    receipt.fields["batchedPosition"].extensions = {BATCH: _position_of_batch}
    return schema


SCHEMA = _schema()
