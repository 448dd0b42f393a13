from __future__ import annotations

from django.db import models


class ActorType(models.TextChoices):
    """Who caused an event."""

    SYSTEM = "system", "System"
    """The platform itself: a renewal, a retry, the passing of time."""
    USER = "user", "User"
    """A person who is logged in: a customer's member or staff."""
    API_KEY = "api_key", "API key"
    GATEWAY = "gateway", "Gateway"
    """A payment provider, through a signed webhook."""
