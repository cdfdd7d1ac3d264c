"""Interfaces of interfaces and unions, whose runtime types are told, tested, or read from `__typename`."""

from graphql import build_schema

from tests.executor.documents.inputs import Samples
from tests.executor.world.dressing import dress
from tests.executor.world.leaves import NOTHING

SCHEMA = dress(
    build_schema("""
      type Query {
        one: Named
        required: Aged!
        many: [Named!]
        mixed: [Thing]!
        grid: [[Pet]!]
        batchedPets: [Pet!]!
        batchedThing: Thing
        cat: Cat
        rock: Rock
        untold: [Untold]
      }

      interface Named { name: String, batchedFriends: [Named] }

      interface Aged implements Named { name: String, batchedFriends: [Named], age: Int! }

      interface Pet implements Named & Aged {
        name: String, batchedFriends: [Named], age: Int!, owner: Named, batchedOwner: Person
      }

      type Cat implements Pet & Aged & Named {
        name: String, batchedFriends: [Named!], age: Int!, owner: Person!, batchedOwner: Person, lives: Int!,
        plainLikes: [Thing!]
      }

      type Dog implements Pet & Aged & Named {
        name: String!, batchedFriends: [Named], age: Int!, owner: Named, batchedOwner: Person!, plainBarks: Boolean,
        chases: Thing!
      }

      type Person implements Aged & Named {
        name: String, batchedFriends: [Person], age: Int!, pets: [Pet], batchedThings: [[Thing!]], plainBest: Pet
      }

      type Rock { name: String, weight: Float!, under: [Thing], plainOn: Untold }

      union Thing = Cat | Rock | Person

      union Untold = Rock | Dog
    """),
    told={"Named", "Pet"},
    tested={"Cat", "Person", "Rock"},
)
INPUT_SAMPLES: Samples = {}
LEAVES = NOTHING
