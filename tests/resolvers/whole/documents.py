"""Random queries of what PostgreSQL can write by itself: pages, columns, relations, in any nesting, with any names."""

from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type, is_list_type
from graphql.type import GraphQLField

from tests.executor.documents.choices import Choices

ROOTS = ("notes", "patients", "facilities", "practitioners", "appointments", "reminders", "reminderRules", "templates")
# Lists that are no pages, and figures: those are read field by field.
BEYOND = {"versions", "addenda", "calendar", "dailyStats", "dailyStatsRange", "attempts", "preferences", "texts"}
BEYOND |= {"elapsed", "daysBefore", "at"}
ARGUMENTS = {
    "NoteConnection": (
        "filter: {categories: [VITALS, PROGRESS]}",
        "filter: {effectiveBefore: $before, priorities: [HIGH]}",
        "filter: {statuses: [FINAL, ENTERED_IN_ERROR, PRELIMINARY]}, orderBy: {field: RECORDED_AT, direction: ASC}",
        'filter: {search: "slept"}',
        "filter: {facilityIds: [$facility]}",
        "orderBy: {direction: ASC}",
    ),
    "PatientConnection": (
        'search: "an", filter: {statuses: [ACTIVE]}',
        'search: "on"',
        "filter: {facilityIds: [$facility]}, orderBy: {field: CREATED_AT, direction: DESC}",
    ),
    "AppointmentConnection": (
        "filter: {upcoming: true}",
        "filter: {startBefore: $before, statuses: [BOOKED, CANCELLED]}",
        "filter: {facilityIds: [$facility], upcoming: false}, orderBy: {direction: ASC}",
    ),
    "ReminderConnection": (
        "filter: {statuses: [SENDING, SENT]}",
        "filter: {statuses: [DEAD, CANCELLED], dueBefore: $before}",
        "filter: {priorities: [NORMAL]}, orderBy: {direction: ASC}",
    ),
    "FacilityConnection": ("filter: {statuses: [ACTIVE]}",),
    "PractitionerConnection": ("filter: {roles: [NURSE]}",),
}
VARIABLES = {"$before": "DateTime", "$facility": "ID!", "$after": "Cursor"}


class Document:
    """A query whose variables are `$before`, an instant, `$facility`, an id, and `$after`, where its root's page begins."""

    def __init__(self, choices: Choices, schema: GraphQLSchema) -> None:
        self._choices, self._names = choices, 0
        query = schema.query_type
        assert query
        roots = [choices.among(ROOTS) for _ in range(1 + choices.below(2))]
        fields = [
            f"root{n}: {name}{self._paging(query.fields[name], '$after' if n == 0 else None)} {{ "
            f"pageInfo {{ endCursor }} {self._connection(query.fields[name], 3)} }}"
            for n, name in enumerate(roots)
        ]
        body = " ".join(fields)
        used = [f"{name}: {type_}" for name, type_ in VARIABLES.items() if name in body]
        self.text = f"query ({', '.join(used)}) {{ {body} }}"

    def _key(self) -> str:
        if self._choices.chance(70):
            return ""
        self._names += 1
        return f"k{self._names}: "

    def _paging(self, field: GraphQLField, after: str | None) -> str:
        arguments = []
        if self._choices.chance(80):
            arguments.append(f"{self._choices.among(['first', 'last'])}: {self._choices.below(6)}")
        if after:
            arguments.append(f"after: {after}")
        known = ARGUMENTS.get(get_named_type(field.type).name, ())
        if known and self._choices.chance(50):
            arguments.append(self._choices.among(known))
        return f"({', '.join(arguments)})" if arguments else ""

    def _connection(self, field: GraphQLField, depth: int) -> str:
        connection: Any = get_named_type(field.type)
        node: Any = get_named_type(get_named_type(connection.fields["edges"].type).fields["node"].type)
        parts = [
            f"edges {{ {self._key()}cursor {self._key()}node {{ {self._object(node, depth)} }} __typename }}",
            f"edges {{ {self._key()}node {{ {self._object(node, depth)} }} }}",
            f"{self._key()}totalCount",
            f"{self._key()}pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }}",
            "pageInfo { __typename hasPreviousPage }",
            "__typename",
        ]
        return " ".join(dict.fromkeys(self._choices.among(parts) for _ in range(1 + self._choices.below(3))))

    def _object(self, type_: GraphQLObjectType, depth: int) -> str:
        fields = [name for name in type_.fields if name not in BEYOND]
        chosen = [self._choices.among(fields) for _ in range(1 + self._choices.below(6))]
        selected = [self._field(type_.fields[name], name, depth - 1) for name in dict.fromkeys(chosen)]
        return " ".join([*filter(None, selected), "__typename"])

    def _field(self, field: GraphQLField, name: str, depth: int) -> str:
        type_: Any = get_named_type(field.type)
        if is_leaf_type(type_):
            return f"{self._key()}{name}"
        if depth == 0 or is_list_type(getattr(field.type, "of_type", field.type)):
            return ""
        # A name of its own: the same field with other arguments would not merge.
        self._names += 1
        key = f"r{self._names}: {name}"
        if type_.name.endswith("Connection"):
            return f"{key}{self._paging(field, None)} {{ {self._connection(field, depth)} }}"
        return f"{key} {{ {self._object(type_, depth)} }}"
