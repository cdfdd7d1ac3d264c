import strawberry

from auth import Permission
from db.vocabulary import TenantStatus
from resolvers import facilities
from resolvers.scalars import TimeZone
from schema.facility import Facility
from schema.fields import answered_by, column, global_id
from schema.relay import Connection, Node, Versioned


@strawberry.type(description="An organization whose data nobody else sees.")
class Tenant(Node, Versioned):
    id: strawberry.ID = global_id("Tenant")
    name: str = column("What it is called.")
    slug: str = column("Its short name, unique and fixed.")
    status: TenantStatus = column("Whether it can be used.")
    time_zone: TimeZone = column("The zone its new facilities and patients start with.")
    locale: str = column(
        "The language its new patients start with, and of what is not said in a patient's own (BCP 47)."
    )
    facilities: Connection[Facility] | None = answered_by(facilities.facilities_of_tenant, Permission.ORGANIZATION_READ)
