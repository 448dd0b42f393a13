"""An e-invoice as UBL 2.1: an Invoice, or a CreditNote, which orders its elements otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

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

_OASIS = "urn:oasis:names:specification:ubl:schema:xsd"


def write_ubl(invoice: EInvoice) -> bytes:
    """Return the invoice as UBL, UTF-8; valid or not is for `check_einvoice` to say."""
    name = "CreditNote" if invoice.is_credit_note else "Invoice"
    namespaces: dict[str | None, str] = {
        None: f"{_OASIS}:{name}-2",
        "cac": f"{_OASIS}:CommonAggregateComponents-2",
        "cbc": f"{_OASIS}:CommonBasicComponents-2",
    }
    root = Branch.root(name, namespaces)
    _head(root, invoice)
    _references(root, invoice)
    _party(root.branch("cac:AccountingSupplierParty", "cac:Party"), invoice.seller)
    _party(root.branch("cac:AccountingCustomerParty", "cac:Party"), invoice.buyer)
    _delivery(root, invoice)
    _payment(root, invoice)
    _allowances(root, invoice.allowances, invoice.currency)
    _taxes(root, invoice)
    _totals(root, invoice)
    for line in invoice.lines:
        _line(root, line, invoice)
    return root.to_bytes()


def _head(root: Branch, invoice: EInvoice) -> None:
    root.leaf("cbc:CustomizationID", GUIDELINE)
    root.leaf("cbc:ID", invoice.number)
    root.leaf("cbc:IssueDate", invoice.issued_on.isoformat())
    if invoice.is_credit_note:
        root.leaf("cbc:CreditNoteTypeCode", invoice.type_code)
    else:
        root.leaf("cbc:DueDate", invoice.due_on.isoformat() if invoice.due_on else "")
        root.leaf("cbc:InvoiceTypeCode", invoice.type_code)
    # UBL has one note where EN 16931 has several: what tells them apart is a line break.
    root.leaf("cbc:Note", "\n".join(invoice.notes))
    root.leaf("cbc:DocumentCurrencyCode", invoice.currency)
    root.leaf("cbc:TaxCurrencyCode", invoice.local_tax.currency if invoice.local_tax else "")


def _references(root: Branch, invoice: EInvoice) -> None:
    _period(root, invoice.period)
    if invoice.po_number:
        root.branch("cac:OrderReference").leaf("cbc:ID", invoice.po_number)
    if invoice.preceding:
        number, issued_on = invoice.preceding
        corrected = root.branch("cac:BillingReference", "cac:InvoiceDocumentReference")
        corrected.leaf("cbc:ID", number)
        corrected.leaf("cbc:IssueDate", issued_on.isoformat())


def _party(here: Branch, party: Party) -> None:
    here.leaf("cbc:EndpointID", party.email, schemeID="EM")
    if party.identifier:
        here.branch("cac:PartyIdentification").leaf("cbc:ID", party.identifier)
    address = here.branch("cac:PostalAddress")
    lines = (*party.address.lines, "", "", "")
    address.leaf("cbc:StreetName", lines[0])
    address.leaf("cbc:AdditionalStreetName", lines[1])
    address.leaf("cbc:CityName", party.address.city)
    address.leaf("cbc:PostalZone", party.address.postal_code)
    address.leaf("cbc:CountrySubentity", party.address.region)
    if lines[2]:
        address.branch("cac:AddressLine").leaf("cbc:Line", lines[2])
    address.branch("cac:Country").leaf("cbc:IdentificationCode", party.address.country)
    for scheme, number in (("VAT", party.vat_id), ("TAX", party.tax_registration)):
        if number:
            registered = here.branch("cac:PartyTaxScheme")
            registered.leaf("cbc:CompanyID", number)
            registered.branch("cac:TaxScheme").leaf("cbc:ID", scheme)
    here.branch("cac:PartyLegalEntity").leaf("cbc:RegistrationName", party.name)


def _delivery(root: Branch, invoice: EInvoice) -> None:
    delivery = root.branch("cac:Delivery")
    delivery.leaf("cbc:ActualDeliveryDate", invoice.delivered_on.isoformat())
    if invoice.deliver_to_country:
        country = delivery.branch("cac:DeliveryLocation", "cac:Address", "cac:Country")
        country.leaf("cbc:IdentificationCode", invoice.deliver_to_country)


def _payment(root: Branch, invoice: EInvoice) -> None:
    means = invoice.payment_means
    if means is not None:
        added = root.branch("cac:PaymentMeans")
        added.leaf("cbc:PaymentMeansCode", means.code)
        added.leaf("cbc:PaymentID", invoice.number)
        if means.iban:
            account = added.branch("cac:PayeeFinancialAccount")
            account.leaf("cbc:ID", means.iban)
            account.leaf("cbc:Name", means.account_name)
            if means.bic:
                account.branch("cac:FinancialInstitutionBranch").leaf("cbc:ID", means.bic)
    if invoice.terms:
        root.branch("cac:PaymentTerms").leaf("cbc:Note", invoice.terms)


def _allowances(here: Branch, allowances: Sequence[Allowance], currency: str) -> None:
    for allowance in allowances:
        added = here.branch("cac:AllowanceCharge")
        added.leaf("cbc:ChargeIndicator", "true" if allowance.is_charge else "false")
        added.leaf("cbc:AllowanceChargeReason", allowance.reason)
        _amount(added, "cbc:Amount", allowance.amount, currency)
        if allowance.category is not None:
            _category(added.branch("cac:TaxCategory"), allowance.category)


def _taxes(root: Branch, invoice: EInvoice) -> None:
    total = root.branch("cac:TaxTotal")
    _amount(total, "cbc:TaxAmount", invoice.totals.tax, invoice.currency)
    for row in invoice.vat:
        part = total.branch("cac:TaxSubtotal")
        _amount(part, "cbc:TaxableAmount", row.taxable, invoice.currency)
        _amount(part, "cbc:TaxAmount", row.tax, invoice.currency)
        _category(part.branch("cac:TaxCategory"), row.category, row)
    if invoice.local_tax:
        local = invoice.local_tax
        _amount(root.branch("cac:TaxTotal"), "cbc:TaxAmount", local.tax, local.currency)


def _totals(root: Branch, invoice: EInvoice) -> None:
    totals, currency = invoice.totals, invoice.currency
    added = root.branch("cac:LegalMonetaryTotal")
    _amount(added, "cbc:LineExtensionAmount", totals.lines, currency)
    _amount(added, "cbc:TaxExclusiveAmount", totals.net, currency)
    _amount(added, "cbc:TaxInclusiveAmount", totals.gross, currency)
    _amount(added, "cbc:AllowanceTotalAmount", totals.allowances, currency)
    _amount(added, "cbc:ChargeTotalAmount", totals.charges, currency)
    _amount(added, "cbc:PrepaidAmount", totals.paid, currency)
    _amount(added, "cbc:PayableAmount", totals.due, currency)


def _line(root: Branch, line: Line, invoice: EInvoice) -> None:
    is_credit = invoice.is_credit_note
    added = root.branch("cac:CreditNoteLine" if is_credit else "cac:InvoiceLine")
    added.leaf("cbc:ID", line.identifier)
    quantity = "cbc:CreditedQuantity" if is_credit else "cbc:InvoicedQuantity"
    added.leaf(quantity, line.quantity, unitCode=line.unit)
    _amount(added, "cbc:LineExtensionAmount", line.net, invoice.currency)
    _period(added, line.period)
    _allowances(added, line.allowances, invoice.currency)
    item = added.branch("cac:Item")
    item.leaf("cbc:Description", line.description)
    item.leaf("cbc:Name", line.name)
    _category(item.branch("cac:ClassifiedTaxCategory"), line.category)
    price = added.branch("cac:Price")
    _amount(price, "cbc:PriceAmount", line.price, invoice.currency)
    price.leaf("cbc:BaseQuantity", line.price_quantity, unitCode=line.unit)


def _category(here: Branch, category: VatCategory, row: VatRow | None = None) -> None:
    here.leaf("cbc:ID", category.code)
    here.leaf("cbc:Percent", category.percent)
    if row is not None:
        here.leaf("cbc:TaxExemptionReasonCode", row.reason_code)
        here.leaf("cbc:TaxExemptionReason", row.reason)
    here.branch("cac:TaxScheme").leaf("cbc:ID", "VAT")


def _amount(here: Branch, name: str, amount: Decimal, currency: str) -> None:
    here.leaf(name, amount, currencyID=currency)


def _period(here: Branch, period: Period | None) -> None:
    if period is not None:
        added = here.branch("cac:InvoicePeriod")
        added.leaf("cbc:StartDate", period.first.isoformat())
        added.leaf("cbc:EndDate", period.last.isoformat())
