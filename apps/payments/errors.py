from __future__ import annotations

from apps.core.errors import DomainError


class PaymentMethodMissing(DomainError):
    """The customer has no payment method that could be charged."""

    code = "payment_method_missing"
    status = 409


class PaymentMethodRefused(DomainError):
    """The gateway did not accept the payment method."""

    code = "payment_method_refused"
    status = 402


class PaymentMethodNotFound(DomainError):
    """No such payment method of this customer."""

    code = "payment_method_not_found"
    status = 404


class PaymentMethodInUse(DomainError):
    """The last payment method of a customer whose subscription is charged automatically stays."""

    code = "payment_method_in_use"
    status = 409


class PaymentNotFound(DomainError):
    """No such payment in this brand and mode."""

    code = "payment_not_found"
    status = 404


class PaymentInProgress(DomainError):
    """An attempt for this invoice is still open; a second one could charge twice."""

    code = "payment_in_progress"
    status = 409


class ReceivedPaymentRefused(DomainError):
    """The money does not fit the invoices that it is to pay."""

    code = "received_payment_refused"
    status = 409


class NothingDue(DomainError):
    """The invoice is not open, or nothing is left to pay."""

    code = "nothing_due"
    status = 409


class GatewayUnreachable(DomainError):
    """The payment provider did not answer; nothing was charged by this call."""

    code = "gateway_unreachable"
    status = 503


class WebhookRefused(DomainError):
    """The message is not signed by the gateway."""

    code = "webhook_refused"
    status = 400
