"""Where the facilities are."""

from typing import NamedTuple


class Place(NamedTuple):
    zone: str
    locale: str
    towns: tuple[str, ...]


PLACES = (
    Place("Europe/Berlin", "de-DE", ("Berlin", "Köln", "Lübeck", "Görlitz")),
    Place("Europe/London", "en-GB", ("London", "Leeds", "Cardiff", "Inverness")),
    Place("America/New_York", "en-US", ("Boston", "Albany", "Buffalo", "Providence")),
    Place("America/Los_Angeles", "en-US", ("Oakland", "Portland", "Sacramento", "Tacoma")),
    Place("Australia/Sydney", "en-AU", ("Sydney", "Newcastle", "Wollongong", "Dubbo")),
    Place("Asia/Kolkata", "en-IN", ("Pune", "Kochi", "Jaipur", "Kolkata")),
    Place("Asia/Kathmandu", "ne-NP", ("Kathmandu", "Pokhara", "Lalitpur", "Bharatpur")),
    Place("America/St_Johns", "en-CA", ("St. John's", "Gander", "Corner Brook", "Mount Pearl")),
    Place("Europe/Lisbon", "pt-PT", ("Lisboa", "Évora", "Setúbal", "Coimbra")),
    Place("America/Sao_Paulo", "pt-BR", ("São Paulo", "Niterói", "Curitiba", "Goiânia")),
    Place("Asia/Singapore", "en-SG", ("Bedok", "Tampines", "Clementi", "Woodlands")),
    Place("Pacific/Auckland", "en-NZ", ("Auckland", "Dunedin", "Napier", "Whangārei")),
)

KINDS = (
    "Nursing Home",
    "Rehabilitation Centre",
    "Assisted Living",
    "Day Care Centre",
    "Memory Care",
    "Hospice",
    "Community Team",
    "Respite House",
)
