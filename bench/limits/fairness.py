"""What other tenants, and the probe of health, notice of a tenant that asks as badly as it may."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.limits.asking import LIVE, Asking, p95, post

ATTACKERS = 100
OTHERS = 4
PROBE_PAUSE = 0.02


@dataclass(frozen=True)
class Seen:
    """p95 in milliseconds."""

    others: float
    live: float
    worst: float | None
    """Of those who ask badly; None where none of them was answered."""
    answered: int
    """How many of those were."""
    failed: int


async def compared(
    address: str,
    worst: Mapping[str, str],
    token: str,
    others: list[bytes],
    seconds: float,
    tell: Callable[[str], None],
) -> dict[str, tuple[Seen, Seen]]:
    """For each way to be bad: what is seen while nobody is, and while a hundred are."""
    found = {}
    for name, document in worst.items():
        idle = await _seen(address, [], others, seconds)
        busy = await _seen(address, [post(document, token)], others, seconds)
        found[name] = idle, busy
        themselves = "none answered" if busy.worst is None else f"{busy.answered} answered, p95 {busy.worst:.0f} ms"
        tell(
            f"{name}: others {idle.others:.1f} -> {busy.others:.1f} ms, live {idle.live:.1f} -> {busy.live:.1f} ms, "
            f"bad ones: {themselves}, {busy.failed} failed"
        )
    return found


async def _seen(address: str, worst: list[bytes], others: list[bytes], seconds: float) -> Seen:
    bad = Asking(address, worst or [b""], ATTACKERS if worst else 0)
    good, probe = Asking(address, others, OTHERS), Asking(address, [LIVE], 1, PROBE_PAUSE)
    async with bad.going_on():
        await asyncio.sleep(1.0 if worst else 0.0)  # until all of them are there
        async with good.going_on(), probe.going_on():
            await asyncio.sleep(0.2)
            good.latencies.clear()
            probe.latencies.clear()
            await asyncio.sleep(seconds)
    return Seen(
        p95(good.latencies),
        p95(probe.latencies),
        p95(bad.latencies) if bad.latencies else None,
        len(bad.latencies),
        bad.failed + good.failed + probe.failed,
    )
