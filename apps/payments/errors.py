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


class NetworkCapReached(DomainError):
    """The card has declined this amount as often as card networks allow in 30 days."""

    code = "network_cap_reached"
    status = 409


class ReceivedPaymentRefused(DomainError):
    """The money does not fit the invoices that it is to pay."""

    code = "received_payment_refused"
    status = 409


class RefundNotFound(DomainError):
    """No such refund in this brand and mode."""

    code = "refund_not_found"
    status = 404


class RefundRefused(DomainError):
    """The money cannot be given back: more than is left, or nothing of it came or is owed."""

    code = "refund_refused"
    status = 409


class SecondPersonNeeded(DomainError):
    """Who asked for a refund above the brand's limit does not decide on it."""

    code = "second_person_needed"
    status = 403


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


class DisputeNotFound(DomainError):
    """No such dispute in this brand and mode."""

    code = "dispute_not_found"
    status = 404


class EvidenceRefused(DomainError):
    """The dispute takes no evidence any more."""

    code = "evidence_refused"
    status = 409


class MovementMatched(DomainError):
    """The movement was matched before, or its gateway's payout waits for the rest."""

    code = "movement_matched"
    status = 409


class StatementUnreadable(DomainError):
    """The file is no bank statement that can be read."""

    code = "statement_unreadable"
    status = 422


class StatementLineMatched(DomainError):
    """The line of the bank statement was dealt with before."""

    code = "statement_line_matched"
    status = 409


class MovementNotFound(DomainError):
    """No such movement of a gateway's account."""

    code = "movement_not_found"
    status = 404


class PayoutNotFound(DomainError):
    """No such payout."""

    code = "payout_not_found"
    status = 404


class StatementLineNotFound(DomainError):
    """No such line of a bank statement in this brand and mode."""

    code = "statement_line_not_found"
    status = 404
