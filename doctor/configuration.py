"""CareNotes' own settings: those that are no mistake by themselves, and one where it runs."""

import os
from collections.abc import AsyncIterator

from config import Settings
from doctor.checks import Finding, Group, note, warning
from doctor.subject import Subject

CONFIGURATION = Group("settings")

_HERE = ("127.0.0.1", "::1", "localhost")


@CONFIGURATION.check
async def settings(on: Subject) -> AsyncIterator[Finding]:
    """The settings fit the place."""
    for finding in judged(on.settings):
        yield finding


def judged(settings: Settings) -> list[Finding]:
    found = []
    reachable = settings.host not in _HERE
    if reachable and settings.environment == "development":
        found.append(
            warning(
                f"ENVIRONMENT is development, and HOST is {settings.host}: others can reach it.",
                "Set ENVIRONMENT=production, and a JWT key.",
            )
        )
    if reachable and settings.metrics_port and not settings.metrics_token:
        found.append(
            warning(
                f"Whoever reaches port {settings.metrics_port} may read the metrics.",
                "Set METRICS_TOKEN, or let a firewall keep the port to the scraper.",
            )
        )
    if settings.plans != "whole":
        found.append(note(f"PLANS is {settings.plans}: for comparing, and slower.", "Leave it out."))
    if settings.log_level == "debug":
        found.append(note("LOG_LEVEL is debug: each probe of /health is a line.", "Leave it out in production."))
    if settings.workers > 2 * (os.cpu_count() or 1):
        found.append(
            note(
                f"{settings.workers} workers share {os.cpu_count()} processors.",
                "A worker for each processor is enough: each serves many requests at once.",
            )
        )
    return found
