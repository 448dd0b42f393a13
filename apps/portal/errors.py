from __future__ import annotations

from apps.core.errors import DomainError


class PortalNotReady(DomainError):
    """The installation has no brand, so there is nobody to buy from."""

    code = "portal_not_ready"
    status = 503
    title = "This shop is not open yet"


class LinkInvalid(DomainError):
    """The link is forged, too old, or was used up."""

    code = "link_invalid"
    status = 410
    title = "This link no longer works"


class AlreadySubscribed(DomainError):
    """The customer has a paid plan: it is changed, not bought a second time."""

    code = "already_subscribed"
    status = 409
    title = "There is a plan already"


class FeatureSwitchedOff(DomainError):
    """The feature is not part of the customer's plan, or staff have switched it off."""

    code = "feature_switched_off"
    status = 403
    title = "This is not available"
