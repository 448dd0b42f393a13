"""An e-invoice as UN/CEFACT Cross Industry Invoice (D16B), the syntax that Factur-X embeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from types import MappingProxyType

from apps.invoices.documents.einvoice.terms import (
    GUIDELINE,
    Allowance,
    EInvoice,
    Line,
    Party,
    Period,
    VatCategory,
    VatRow,
)
from apps.invoices.documents.einvoice.xml import Branch

_UNECE = "urn:un:unece:uncefact:data:standard"
NAMESPACES = MappingProxyType[str | None, str](
    {
        "rsm": f"{_UNECE}:CrossIndustryInvoice:100",
        "ram": f"{_UNECE}:ReusableAggregateBusinessInformationEntity:100",
        "udt": f"{_UNECE}:UnqualifiedDataType:100",
        "qdt": f"{_UNECE}:QualifiedDataType:100",
    }
)


def write_cii(invoice: EInvoice) -> bytes:
    """Return the invoice as CII, UTF-8; valid or not is for `check_einvoice` to say."""
    root = Branch.root("rsm:CrossIndustryInvoice", NAMESPACES)
    context = root.branch("rsm:ExchangedDocumentContext", "ram:GuidelineSpecifiedDocumentContextParameter")
    context.leaf("ram:ID", GUIDELINE)
    document = root.branch("rsm:ExchangedDocument")
    document.leaf("ram:ID", invoice.number)
    document.leaf("ram:TypeCode", invoice.type_code)
    _instant(document, "ram:IssueDateTime", invoice.issued_on)
    for note in invoice.notes:
        document.branch("ram:IncludedNote").leaf("ram:Content", note)
    trade = root.branch("rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        _line(trade, line)
    _agreement(trade, invoice)
    _delivery(trade, invoice)
    _settlement(trade, invoice)
    return root.to_bytes()


def _line(trade: Branch, line: Line) -> None:
    item = trade.branch("ram:IncludedSupplyChainTradeLineItem")
    item.branch("ram:AssociatedDocumentLineDocument").leaf("ram:LineID", line.identifier)
    product = item.branch("ram:SpecifiedTradeProduct")
    product.leaf("ram:Name", line.name)
    product.leaf("ram:Description", line.description)
    price = item.branch("ram:SpecifiedLineTradeAgreement", "ram:NetPriceProductTradePrice")
    price.leaf("ram:ChargeAmount", line.price)
    price.leaf("ram:BasisQuantity", line.price_quantity, unitCode=line.unit)
    item.branch("ram:SpecifiedLineTradeDelivery").leaf(
        "ram:BilledQuantity", line.quantity, unitCode=line.unit
    )
    settlement = item.branch("ram:SpecifiedLineTradeSettlement")
    _category(settlement.branch("ram:ApplicableTradeTax"), line.category)
    _period(settlement, line.period)
    _allowances(settlement, line.allowances)
    settlement.branch("ram:SpecifiedTradeSettlementLineMonetarySummation").leaf(
        "ram:LineTotalAmount", line.net
    )


def _agreement(trade: Branch, invoice: EInvoice) -> None:
    agreement = trade.branch("ram:ApplicableHeaderTradeAgreement")
    _party(agreement.branch("ram:SellerTradeParty"), invoice.seller)
    _party(agreement.branch("ram:BuyerTradeParty"), invoice.buyer)
    if invoice.po_number:
        agreement.branch("ram:BuyerOrderReferencedDocument").leaf("ram:IssuerAssignedID", invoice.po_number)


def _party(here: Branch, party: Party) -> None:
    here.leaf("ram:ID", party.identifier)
    here.leaf("ram:Name", party.name)
    address = here.branch("ram:PostalTradeAddress")
    address.leaf("ram:PostcodeCode", party.address.postal_code)
    for name, line in zip(("ram:LineOne", "ram:LineTwo", "ram:LineThree"), party.address.lines, strict=False):
        address.leaf(name, line)
    address.leaf("ram:CityName", party.address.city)
    address.leaf("ram:CountryID", party.address.country)
    address.leaf("ram:CountrySubDivisionName", party.address.region)
    if party.email:
        here.branch("ram:URIUniversalCommunication").leaf("ram:URIID", party.email, schemeID="EM")
    for scheme, number in (("VA", party.vat_id), ("FC", party.tax_registration)):
        if number:
            here.branch("ram:SpecifiedTaxRegistration").leaf("ram:ID", number, schemeID=scheme)


def _delivery(trade: Branch, invoice: EInvoice) -> None:
    delivery = trade.branch("ram:ApplicableHeaderTradeDelivery")
    if invoice.deliver_to_country:
        place = delivery.branch("ram:ShipToTradeParty", "ram:PostalTradeAddress")
        place.leaf("ram:CountryID", invoice.deliver_to_country)
    event = delivery.branch("ram:ActualDeliverySupplyChainEvent")
    _instant(event, "ram:OccurrenceDateTime", invoice.delivered_on)


def _settlement(trade: Branch, invoice: EInvoice) -> None:
    here = trade.branch("ram:ApplicableHeaderTradeSettlement")
    here.leaf("ram:PaymentReference", invoice.number if invoice.payment_means else "")
    here.leaf("ram:TaxCurrencyCode", invoice.local_tax.currency if invoice.local_tax else "")
    here.leaf("ram:InvoiceCurrencyCode", invoice.currency)
    _payment_means(here, invoice)
    for row in invoice.vat:
        _vat(here, row)
    _period(here, invoice.period)
    _allowances(here, invoice.allowances)
    _terms(here, invoice)
    _totals(here, invoice)
    if invoice.preceding:
        number, issued_on = invoice.preceding
        corrected = here.branch("ram:InvoiceReferencedDocument")
        corrected.leaf("ram:IssuerAssignedID", number)
        corrected.branch("ram:FormattedIssueDateTime").leaf(
            "qdt:DateTimeString", _day(issued_on), format="102"
        )


def _payment_means(here: Branch, invoice: EInvoice) -> None:
    means = invoice.payment_means
    if means is None:
        return
    added = here.branch("ram:SpecifiedTradeSettlementPaymentMeans")
    added.leaf("ram:TypeCode", means.code)
    if means.iban:
        account = added.branch("ram:PayeePartyCreditorFinancialAccount")
        account.leaf("ram:IBANID", means.iban)
        account.leaf("ram:AccountName", means.account_name)
    if means.bic:
        added.branch("ram:PayeeSpecifiedCreditorFinancialInstitution").leaf("ram:BICID", means.bic)


def _vat(here: Branch, row: VatRow) -> None:
    tax = here.branch("ram:ApplicableTradeTax")
    tax.leaf("ram:CalculatedAmount", row.tax)
    tax.leaf("ram:TypeCode", "VAT")
    tax.leaf("ram:ExemptionReason", row.reason)
    tax.leaf("ram:BasisAmount", row.taxable)
    tax.leaf("ram:CategoryCode", row.category.code)
    tax.leaf("ram:ExemptionReasonCode", row.reason_code)
    tax.leaf("ram:RateApplicablePercent", row.category.percent)


def _category(tax: Branch, category: VatCategory) -> None:
    tax.leaf("ram:TypeCode", "VAT")
    tax.leaf("ram:CategoryCode", category.code)
    tax.leaf("ram:RateApplicablePercent", category.percent)


def _allowances(here: Branch, allowances: Sequence[Allowance]) -> None:
    for allowance in allowances:
        added = here.branch("ram:SpecifiedTradeAllowanceCharge")
        added.branch("ram:ChargeIndicator").leaf("udt:Indicator", "true" if allowance.is_charge else "false")
        added.leaf("ram:ActualAmount", allowance.amount)
        added.leaf("ram:Reason", allowance.reason)
        if allowance.category is not None:
            _category(added.branch("ram:CategoryTradeTax"), allowance.category)


def _terms(here: Branch, invoice: EInvoice) -> None:
    if not invoice.terms and invoice.due_on is None:
        return
    terms = here.branch("ram:SpecifiedTradePaymentTerms")
    terms.leaf("ram:Description", invoice.terms)
    if invoice.due_on:
        _instant(terms, "ram:DueDateDateTime", invoice.due_on)


def _totals(here: Branch, invoice: EInvoice) -> None:
    totals = invoice.totals
    added = here.branch("ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    added.leaf("ram:LineTotalAmount", totals.lines)
    added.leaf("ram:ChargeTotalAmount", totals.charges)
    added.leaf("ram:AllowanceTotalAmount", totals.allowances)
    added.leaf("ram:TaxBasisTotalAmount", totals.net)
    added.leaf("ram:TaxTotalAmount", totals.tax, currencyID=invoice.currency)
    if invoice.local_tax:
        local = invoice.local_tax
        added.leaf("ram:TaxTotalAmount", local.tax, currencyID=local.currency)
    added.leaf("ram:GrandTotalAmount", totals.gross)
    added.leaf("ram:TotalPrepaidAmount", totals.paid)
    added.leaf("ram:DuePayableAmount", totals.due)


def _period(here: Branch, period: Period | None) -> None:
    if period is not None:
        added = here.branch("ram:BillingSpecifiedPeriod")
        _instant(added, "ram:StartDateTime", period.first)
        _instant(added, "ram:EndDateTime", period.last)


def _instant(here: Branch, name: str, day: date) -> None:
    here.branch(name).leaf("udt:DateTimeString", _day(day), format="102")


def _day(day: date) -> str:
    """Format 102 of UNCL2379: the year, the month and the day without anything between."""
    return f"{day:%Y%m%d}"
