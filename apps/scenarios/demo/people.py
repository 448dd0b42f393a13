"""Invented customers, the same for the same seed: names, places, and what they will buy."""

from __future__ import annotations

import random
from dataclasses import dataclass

_FIRST = ("Aurora", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Indigo", "Juniper",
          "Kestrel", "Lumen", "Meadow", "Nimbus", "Ochre", "Prism", "Quartz", "Ridge", "Saffron", "Tundra",
          "Umbra", "Velvet", "Willow", "Zephyr")  # fmt: skip
_SECOND = ("Analytics", "Bakery", "Clinic", "Design", "Energy", "Freight", "Games", "Homes",
           "Insurance", "Journeys", "Kitchens", "Labs", "Media", "Outdoors", "Press", "Robotics",
           "Sports", "Travel")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where customers come from, and in what they pay."""

    country: str
    city: str
    postal_code: str
    street: str
    zone: str
    currency: str
    locale: str
    share: int
    region: str = ""


PLACES = (
    Place("DE", "Berlin", "10115", "Invalidenstraße 12", "Europe/Berlin", "EUR", "de", 28),
    Place("FR", "Lyon", "69002", "Rue de la Charité 8", "Europe/Paris", "EUR", "fr", 16),
    Place("IE", "Dublin", "D02 X285", "Camden Street 41", "Europe/Dublin", "EUR", "en", 8),
    Place("US", "Portland", "97205", "SW Yamhill Street 1100", "America/Los_Angeles", "USD", "en", 22, "OR"),
    Place("US", "Boston", "02118", "Tremont Street 590", "America/New_York", "USD", "en", 12, "MA"),
    Place("JP", "Osaka", "530-0001", "Umeda 2-4", "Asia/Tokyo", "JPY", "en", 14),
)
PLANS = (("starter", 34), ("team", 28), ("scale", 20), ("free", 12), ("team-yearly", 6))


@dataclass(frozen=True, slots=True)
class Person:
    """One customer to be: who, where, which plan, on which day of the year, and how busy."""

    name: str
    email: str
    place: Place
    plan: str
    day: int
    seats: int
    busyness: int
    adds_card: bool


def invent_people(*, count: int, days: int, seed: int) -> list[Person]:
    """`count` customers in order of the day (0 to `days`) on which they sign up, more of them later on."""
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    names = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    chance.shuffle(names)
    # A square root bends an even spread towards the end: a company that grows.
    when = sorted(int(days * ((n + chance.random()) / count) ** 0.8) for n in range(count))
    return [_person(chance, name, day) for name, day in zip(names, when, strict=False)]


def _person(chance: random.Random, name: str, day: int) -> Person:
    (place,) = chance.choices(PLACES, [place.share for place in PLACES])
    (plan,) = chance.choices([plan for plan, _ in PLANS], [share for _, share in PLANS])
    return Person(
        name=name,
        email=f"billing@{name.lower().replace(' ', '-')}.example",
        place=place,
        plan=plan,
        day=day,
        seats=chance.randint(2, 24),
        busyness=chance.randint(1, 9),
        adds_card=chance.random() < 0.7,
    )
