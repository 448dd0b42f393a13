from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from apps.audit.models import Event
from apps.customers.models import Customer
from apps.notifications.enums import MailKind
from apps.notifications.wording import Wording

# Name and value; names are translated when the mail is written.
Facts = list[tuple[str | Promise, str]]


@dataclass(frozen=True, slots=True)
class Occasion:
    """A reason to write: which mail, about what, to whom, and what it says.

    `once` is the public id that makes it once: of the event, or of the thing itself where that has only one
    such mail ever. `context` fills `templates/notifications/<kind>.txt` and `.html`; amounts and days in it
    are written already.
    """

    kind: MailKind
    customer: Customer
    wording: Wording
    recipients: tuple[str, ...]
    subject_id: str
    once: str
    context: Mapping[str, Any]
    attachment_kind: str = ""


# None: the event is one of those about which nobody is written to, as things stand.
Describe = Callable[[Event], Occasion | None]


def recipients_of(customer: Customer) -> tuple[str, ...]:
    """The customer's address and the further ones, each once however it is capitalised."""
    found: dict[str, str] = {}
    for address in [customer.email, *customer.extra_recipients]:
        found.setdefault(address.lower(), address)
    return tuple(found.values())
