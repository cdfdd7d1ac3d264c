"""Demo data: invented care providers and their notes, the same for the same plan on every machine and every day."""

from db.demo.load import DemoTenant, Summary, load
from db.demo.organisations import FIRST_SLUG, slugs
from db.demo.plan import Plan, quarter

__all__ = ["FIRST_SLUG", "DemoTenant", "Plan", "Summary", "load", "quarter", "slugs"]
