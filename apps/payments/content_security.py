"""Opens the content security policy just as far as a gateway's script needs, and only on its page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpResponseBase

View = Callable[..., HttpResponseBase]


def allow_card_element(view: View) -> View:
    """Let the view's page load Stripe's script and show its frames; everything else stays forbidden."""
    return _opened(view, "CARD_ELEMENT_POLICY")


def allow_payment_window(view: View) -> View:
    """Let the view's page load Razorpay's script and show its window; everything else stays forbidden."""
    return _opened(view, "RAZORPAY_PAGE_POLICY")


def _opened(view: View, policy: str) -> View:
    @wraps(view)
    def with_gateway(*args: Any, **kwargs: Any) -> HttpResponseBase:
        strict = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        opened = {
            name: [*(source for source in strict[name] if source != "'none'"), *sources]
            for name, sources in getattr(settings, policy).items()
        }
        return csp_replace(opened)(view)(*args, **kwargs)

    return with_gateway
