"""Who is acting now: set by delivery code for the length of a request or task, read by every event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from apps.audit.enums import ActorType


@dataclass(frozen=True, slots=True)
class Actor:
    """``id`` is a public id or a row's number; ``label`` is shown as it is, and holds no name and no address.

    Events are never erased, so a person's name is looked up by ``id`` when a page is rendered.
    """

    type: ActorType
    id: str
    label: str


SYSTEM = Actor(ActorType.SYSTEM, "", "Monetize")

_current: ContextVar[Actor] = ContextVar("audit_actor", default=SYSTEM)


def current_actor() -> Actor:
    """The actor of the running request or task; the system where nobody said otherwise."""
    return _current.get()


def identify(actor: Actor) -> None:
    """Name the actor for the rest of the enclosing ``acting_as`` block, once it is known in the middle."""
    _current.set(actor)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Record every event inside the block as caused by this actor."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)
