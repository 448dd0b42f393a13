"""Every word of a scenario that nobody understands, with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apps.scenarios.cases.vocabulary import Case
from apps.scenarios.timeline import vocabulary

Given = Mapping[str, Any]


def unknown_words(case: Case) -> list[str]:
    """What is not known of a case of the scenario schema, each once."""
    missing = [
        f"part {part!r} is not built yet" for part in case.get("needs") or () if part not in vocabulary.NEEDS
    ]
    missing += _unknown("brand", case.get("brand") or {}, vocabulary.BRAND)
    missing += _unknown_in_tax(case.get("tax") or {})
    for number, coupon in enumerate(case.get("coupons") or (), 1):
        missing += _unknown(f"coupons[{number}]", coupon, vocabulary.COUPON)
    for place, step in places(case, "steps"):
        missing += _unknown_in_step(place, step)
    for place, expectation in places(case, "expect"):
        missing += _unknown(place, expectation, vocabulary.EXPECTATION)
        for name in ("invoices", "drafts"):
            for number, invoice in enumerate(expectation.get(name) or (), 1):
                missing += _unknown_in_invoice(f"{place}.{name}[{number}]", invoice)
        for note in expectation.get("credit_notes") or ():
            missing += _unknown(f"{place}.credit_notes", note, vocabulary.CREDIT_NOTE)
            missing += _unknown_in_list(f"{place}.credit_notes", note, "taxes", vocabulary.TAXES)
    return list(dict.fromkeys(missing))


def places(case: Case, field: str) -> Iterator[tuple[str, Given]]:
    """The entries of a list of the case, each with its place for people."""
    for number, entry in enumerate(case[field], 1):
        yield f"{field}[{number}]", entry


def _unknown_in_tax(tax: Given) -> list[str]:
    return [
        *_unknown("tax", tax, vocabulary.TAX),
        *_unknown_in_list("tax", tax, "registrations", vocabulary.REGISTRATION),
        *_unknown_in_list("tax", tax, "rates", vocabulary.RATE),
    ]


def _unknown_in_step(place: str, step: Given) -> list[str]:
    if step.get("do") not in vocabulary.STEPS:
        return [f"{place}: step {step.get('do')!r} is not built yet"]
    needed, possible = vocabulary.STEPS[step["do"]]
    return _unknown(f"{place} {step['do']}", step, needed | possible | vocabulary.EVERY_STEP)


def _unknown_in_invoice(place: str, invoice: Given) -> list[str]:
    return [
        *_unknown(place, invoice, vocabulary.INVOICE),
        *_unknown_in_list(place, invoice, "lines", vocabulary.LINE),
        *_unknown_in_list(place, invoice, "discounts", vocabulary.DISCOUNT),
        *_unknown_in_list(place, invoice, "taxes", vocabulary.TAXES),
    ]


def _unknown_in_list(place: str, entry: Given, name: str, known: frozenset[str]) -> list[str]:
    return [
        missing for inner in entry.get(name) or () for missing in _unknown(f"{place}.{name}", inner, known)
    ]


def _unknown(place: str, entry: Given, known: frozenset[str]) -> list[str]:
    return [f"{place}: field {name!r} is not built yet" for name in entry if name not in known]
