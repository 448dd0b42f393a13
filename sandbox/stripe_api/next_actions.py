"""What a customer must do next: the 3-D Secure challenge."""

from __future__ import annotations

from urllib.parse import urlencode

from sandbox.call import Call
from sandbox.messages import Json


def next_action(call: Call, intent: Json) -> Json:
    """A redirect when the caller gave an address to come back to, else work for the card element."""
    page = challenge_url(call.base_url, intent)
    back = call.params.get("return_url")
    if back:
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": back, "url": page}}
    return {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page},
    }


def challenge_url(base_url: str, intent: Json) -> str:
    query = urlencode({"intent": intent["id"], "client_secret": intent["client_secret"]})
    return f"{base_url}/_element/challenge?{query}"
