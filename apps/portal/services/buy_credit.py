from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.hold_collection import hold_collection
from apps.billing.services.top_ups.bill_top_ups import invoice_top_up
from apps.invoices.models import Invoice
from apps.portal.services.record_purchase import TIME_TO_PAY
from apps.wallets.errors import TopUpRefused
from apps.wallets.models import Wallet
from apps.wallets.services.request_top_up import request_top_up


@transaction.atomic
def buy_credit(*, wallet: Wallet, amount_minor: int, at: datetime) -> Invoice:
    """Ask for credit for a wallet, in minor units of its currency, and issue its invoice at once.

    Nothing is charged here: the customer who is there pays it, and after half an hour a worker collects it.
    The credit comes once it is paid. `at` is the customer's time.

    Raises:
        WalletInvalid: the amount is not above zero (422).
        WalletClosed, TopUpRefused: it takes no credit, or a purchase is under way (409).
    """
    asked = request_top_up(wallet_id=wallet.pk, amount_minor=amount_minor, at=at)
    invoice = invoice_top_up(top_up_id=asked.pk, at=at)
    if invoice is None:
        raise TopUpRefused("A top-up of this wallet is under way.")
    hold_collection(invoice=invoice, until=at + TIME_TO_PAY)
    return invoice
