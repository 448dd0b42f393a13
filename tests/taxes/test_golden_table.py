"""Real situations, each with the source of the rule, and exactly how it is taxed.

Sold are services supplied electronically, in March 2026 where nothing else is said. VSD: Directive
2006/112/EC. IR: Implementing Regulation 282/2011.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.taxes.enums import CheckStatus, ConsumersAbroad, Scheme, UncheckedId
from apps.taxes.services.decide import treatments_for
from apps.taxes.treatment import AppliedRate, Treatment
from tests.factories.customers import make_brand, make_customer
from tests.factories.taxes import make_check, make_registration, ship_rates

DE_ID, FR_ID, IT_ID, GB_ID = "DE136695976", "FR40303265045", "IT00743110157", "GB980780684"
KA_GSTIN, MH_GSTIN, CH_UID = "29AAACB0446L1ZT", "27AAPFU0939F1ZV", "CHE-107.787.577 MWST"

# (country, scheme, more columns): numbers are <country>-1.
Registered = tuple[str, Scheme, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Situation:
    name: str
    source: str
    seller: str
    registered: list[Registered]
    buyer: dict[str, Any]
    expected: Treatment
    code: str = "standard"
    check: CheckStatus | None = None
    at: datetime = field(default=datetime(2026, 3, 1, 12, tzinfo=UTC))


def vat(country: str, **more: Any) -> Registered:
    return country, Scheme.VAT, more


def gst(region: str) -> Registered:
    return "IN", Scheme.GST, {"region": region}


def nexus(region: str) -> Registered:
    return "US", Scheme.SALES_TAX, {"region": region, "number": f"US-{region}-1"}


def taxed(registration: str, *rates: tuple[str, str, str, str]) -> Treatment:
    return Treatment("S", tuple(AppliedRate(n, j, Decimal(p), k) for n, j, p, k in rates), "", registration)


def vat_of(country: str, percent: str, registration: str = "") -> Treatment:
    return taxed(registration or f"{country}-1", ("VAT", country, percent, "vat"))


DE = [vat("DE")]
DE_OSS = [vat("DE"), ("DE", Scheme.OSS_UNION, {"number": "DE-OSS"})]
CH = [("CH", Scheme.SWISS_VAT, {})]
REVERSE_CHARGE = Treatment("AE", (), "reverse_charge", "DE-1")

SITUATIONS = [
    Situation(
        "German consumer of a German seller",
        "VSD art. 58, UStG § 12(1)",
        "DE",
        DE,
        {"country": "DE"},
        vat_of("DE", "19"),
    ),
    Situation(
        "German business of a German seller",
        "VSD art. 44: taxed where the business is; no reverse charge at home",
        "DE",
        DE,
        {"country": "DE", "tax_id": DE_ID},
        vat_of("DE", "19"),
        check=CheckStatus.VALID,
    ),
    Situation(
        "German e-book", "UStG § 12(2) no. 14", "DE", DE, {"country": "DE"}, vat_of("DE", "7"), code="reduced"
    ),
    Situation(
        "Germany's lowered rate of 2020",
        "Zweites Corona-Steuerhilfegesetz, art. 3: 16 % until 31 Dec 2020",
        "DE",
        DE,
        {"country": "DE"},
        vat_of("DE", "16"),
        at=datetime(2020, 12, 31, 12, tzinfo=UTC),
    ),
    Situation(
        "The day after",
        "Zweites Corona-Steuerhilfegesetz, art. 3",
        "DE",
        DE,
        {"country": "DE"},
        vat_of("DE", "19"),
        at=datetime(2021, 1, 1, 12, tzinfo=UTC),
    ),
    Situation(
        "French consumer under One Stop Shop",
        "VSD art. 58 and 369a",
        "DE",
        DE_OSS,
        {"country": "FR"},
        vat_of("FR", "20", "DE-OSS"),
    ),
    Situation(
        "Finnish consumer under One Stop Shop",
        "VSD art. 58; Finland's Act 1501/1993 s. 84 as of 1 Sep 2024",
        "DE",
        DE_OSS,
        {"country": "FI"},
        vat_of("FI", "25.5", "DE-OSS"),
    ),
    Situation(
        "Estonian consumer before the rise",
        "VSD art. 58; Käibemaksuseadus § 15: 22 % until 30 June 2025",
        "DE",
        DE_OSS,
        {"country": "EE"},
        vat_of("EE", "22", "DE-OSS"),
        at=datetime(2025, 6, 30, 12, tzinfo=UTC),
    ),
    Situation(
        "Estonian consumer after the rise",
        "VSD art. 58; Käibemaksuseadus § 15: 24 % from 1 July 2025",
        "DE",
        DE_OSS,
        {"country": "EE"},
        vat_of("EE", "24", "DE-OSS"),
        at=datetime(2025, 7, 1, 12, tzinfo=UTC),
    ),
    Situation(
        "Consumer in Monaco",
        "VSD art. 7(1): Monaco is treated as France",
        "DE",
        DE_OSS,
        {"country": "MC"},
        vat_of("FR", "20", "DE-OSS"),
    ),
    Situation(
        "Consumer in Madeira",
        "CIVA art. 18(3)",
        "DE",
        DE_OSS,
        {"country": "PT", "postal_code": "9000-018"},
        vat_of("PT", "22", "DE-OSS"),
    ),
    Situation(
        "Consumer on the Canary Islands",
        "VSD art. 6(1)(b): outside the territory",
        "DE",
        DE_OSS,
        {"country": "ES", "postal_code": "35001"},
        Treatment("O", (), "outside_scope", "DE-1"),
    ),
    Situation(
        "French consumer below the threshold",
        "VSD art. 59c(1): below 10,000 EUR at the seller's rate",
        "DE",
        [vat("DE", consumers_abroad=ConsumersAbroad.OWN_RATE)],
        {"country": "FR"},
        vat_of("DE", "19"),
    ),
    Situation(
        "French consumer of a seller registered in France",
        "VSD art. 58, 193 and 214",
        "DE",
        [*DE_OSS, vat("FR")],
        {"country": "FR"},
        vat_of("FR", "20"),
    ),
    Situation(
        "French business with a valid id",
        "VSD art. 44, 196 and 226(11a)",
        "DE",
        DE_OSS,
        {"country": "FR", "tax_id": FR_ID},
        REVERSE_CHARGE,
        check=CheckStatus.VALID,
    ),
    Situation(
        "French business with a valid id, without One Stop Shop",
        "VSD art. 44, 196 and 226(11a)",
        "DE",
        DE,
        {"country": "FR", "tax_id": FR_ID},
        REVERSE_CHARGE,
        check=CheckStatus.VALID,
    ),
    Situation(
        "French business whose id nobody has confirmed",
        "IR art. 18(1)(a): a business once its id is confirmed",
        "DE",
        DE_OSS,
        {"country": "FR", "tax_id": FR_ID},
        vat_of("FR", "20", "DE-OSS"),
        check=CheckStatus.PENDING,
    ),
    Situation(
        "The same with a seller that trusts",
        "IR art. 18(1)(b): other proof, at the seller's risk",
        "DE",
        [vat("DE", unchecked_ids=UncheckedId.TRUST), *DE_OSS[1:]],
        {"country": "FR", "tax_id": FR_ID},
        REVERSE_CHARGE,
        check=CheckStatus.UNAVAILABLE,
    ),
    Situation(
        "Italian buyer whose id the register denies",
        "IR art. 18(1)(a) and 18(2): without a valid id a consumer",
        "DE",
        DE_OSS,
        {"country": "IT", "tax_id": IT_ID},
        vat_of("IT", "22", "DE-OSS"),
        check=CheckStatus.INVALID,
    ),
    Situation(
        "Swiss business of a German seller",
        "VSD art. 44",
        "DE",
        DE_OSS,
        {"country": "CH", "tax_id": CH_UID},
        Treatment("O", (), "outside_scope", "DE-1"),
    ),
    Situation(
        "American consumer of a German seller",
        "VSD art. 58(1)(c) and 59",
        "DE",
        DE_OSS,
        {"country": "US", "region": "CA"},
        Treatment("O", (), "outside_scope", "DE-1"),
    ),
    Situation(
        "British consumer of a German seller registered in the UK",
        "VATA 1994 Sch. 4A para. 15; HMRC VAT Notice 741A s. 15",
        "DE",
        [*DE_OSS, vat("GB")],
        {"country": "GB"},
        vat_of("GB", "20"),
    ),
    Situation(
        "British business of a German seller registered in the UK",
        "VATA 1994 s. 8; HMRC VAT Notice 741A s. 18",
        "DE",
        [*DE_OSS, vat("GB")],
        {"country": "GB", "tax_id": GB_ID},
        Treatment("O", (), "reverse_charge_abroad", "DE-1"),
    ),
    Situation(
        "Small business",
        "VSD art. 284, UStG § 19",
        "DE",
        [("DE", Scheme.SMALL_BUSINESS, {})],
        {"country": "DE"},
        Treatment("E", (), "small_business", "DE-1"),
    ),
    Situation(
        "British consumer of a British seller",
        "VATA 1994 s. 2(1)",
        "GB",
        [vat("GB")],
        {"country": "GB"},
        vat_of("GB", "20"),
    ),
    Situation(
        "Consumer on the Isle of Man",
        "Customs and Excise Agreement 1979: one area with the UK",
        "GB",
        [vat("GB")],
        {"country": "IM"},
        vat_of("GB", "20"),
    ),
    Situation(
        "British e-book",
        "VATA 1994 Sch. 8 group 3, as of SI 2020/459",
        "GB",
        [vat("GB")],
        {"country": "GB"},
        Treatment("Z", (), "zero_rated", "GB-1"),
        code="zero",
    ),
    Situation(
        "French business of a British seller",
        "VATA 1994 s. 7A(2)(a); HMRC VAT Notice 741A s. 6",
        "GB",
        [vat("GB")],
        {"country": "FR", "tax_id": FR_ID},
        Treatment("O", (), "reverse_charge_abroad", "GB-1"),
        check=CheckStatus.VALID,
    ),
    Situation(
        "French consumer of a British seller under the non-union scheme",
        "VSD art. 58 and 358a",
        "GB",
        [vat("GB"), ("IE", Scheme.OSS_NON_UNION, {"number": "EU372000000"})],
        {"country": "FR"},
        vat_of("FR", "20", "EU372000000"),
    ),
    Situation(
        "Swiss consumer of a Swiss seller",
        "MWSTG art. 25(1)",
        "CH",
        CH,
        {"country": "CH"},
        vat_of("CH", "8.1"),
    ),
    Situation(
        "Switzerland before 2024",
        "MWSTG art. 25(1) until 31 Dec 2023",
        "CH",
        CH,
        {"country": "CH"},
        vat_of("CH", "7.7"),
        at=datetime(2023, 12, 31, 12, tzinfo=UTC),
    ),
    Situation(
        "Liechtenstein",
        "MWSTG art. 3(a) and the treaty of 28 Oct 1994",
        "CH",
        CH,
        {"country": "LI"},
        vat_of("CH", "8.1"),
    ),
    Situation(
        "German business of a Swiss seller",
        "MWSTG art. 8(1): where the recipient is",
        "CH",
        CH,
        {"country": "DE", "tax_id": DE_ID},
        Treatment("O", (), "reverse_charge_abroad", "CH-1"),
        check=CheckStatus.VALID,
    ),
    Situation(
        "Karnataka to Karnataka",
        "CGST Act 2017 s. 9(1), IGST Act 2017 s. 8(2)",
        "IN",
        [gst("KA")],
        {"country": "IN", "region": "Karnataka"},
        taxed("IN-1", ("CGST", "IN", "9", "cgst"), ("SGST", "IN-KA", "9", "sgst")),
    ),
    Situation(
        "Karnataka to Maharashtra",
        "IGST Act 2017 s. 5(1) and 7(3)",
        "IN",
        [gst("KA")],
        {"country": "IN", "region": "MH"},
        taxed("IN-1", ("IGST", "IN", "18", "igst")),
    ),
    Situation(
        "Business registered in Maharashtra with an address in Karnataka",
        "IGST Act 2017 s. 12(2)(a): the place of the registered person",
        "IN",
        [gst("KA")],
        {"country": "IN", "region": "KA", "tax_id": MH_GSTIN},
        taxed("IN-1", ("IGST", "IN", "18", "igst")),
    ),
    Situation(
        "Within Chandigarh",
        "UTGST Act 2017 s. 7(1)",
        "IN",
        [gst("CH")],
        {"country": "IN", "region": "Chandigarh"},
        taxed("IN-1", ("CGST", "IN", "9", "cgst"), ("UTGST", "IN-CH", "9", "utgst")),
    ),
    Situation(
        "Export from India",
        "IGST Act 2017 s. 2(6) and 16(1)(a); CGST Rules 2017 r. 96A",
        "IN",
        [gst("KA")],
        {"country": "US", "region": "CA"},
        Treatment("G", (), "in_export", "IN-1"),
    ),
    Situation(
        "Indian consumer of an American seller",
        "IGST Act 2017 s. 14: online services from abroad",
        "US",
        [gst("")],
        {"country": "IN", "region": "KA"},
        taxed("IN-1", ("IGST", "IN", "18", "igst")),
    ),
    Situation(
        "Indian business of an American seller",
        "Notification 10/2017-Integrated Tax (Rate), no. 1",
        "US",
        [gst("")],
        {"country": "IN", "region": "KA", "tax_id": MH_GSTIN},
        Treatment("O", (), "reverse_charge_abroad", "IN-1"),
    ),
    Situation(
        "Washington, registered there",
        "RCW 82.08.020(1)",
        "US",
        [nexus("WA")],
        {"country": "US", "region": "Washington"},
        taxed("US-WA-1", ("Washington sales tax", "US-WA", "6.5", "sales_tax")),
    ),
    Situation(
        "New York City",
        "NY Tax Law § 1105(a), Publication 718",
        "US",
        [nexus("NY")],
        {"country": "US", "region": "NY", "city": "New York", "postal_code": "10001"},
        taxed(
            "US-NY-1",
            ("New York sales tax", "US-NY", "4", "sales_tax"),
            ("New York City sales tax", "US-NY", "4.5", "sales_tax"),
            ("Metropolitan Commuter Transportation District", "US-NY", "0.375", "sales_tax"),
        ),
    ),
    Situation(
        "Software as a service in Austin",
        "Texas Tax Code § 151.351: 20 % of data processing is exempt",
        "US",
        [nexus("TX")],
        {"country": "US", "region": "TX", "city": "Austin", "postal_code": "78701"},
        taxed(
            "US-TX-1",
            ("Texas sales tax", "US-TX", "5", "sales_tax"),
            ("Austin sales tax", "US-TX", "0.8", "sales_tax"),
            ("Austin MTA sales tax", "US-TX", "0.8", "sales_tax"),
        ),
        code="saas",
    ),
    Situation(
        "Software as a service in California",
        "18 CCR 1502(f)(1)(D)",
        "US",
        [nexus("CA")],
        {"country": "US", "region": "CA"},
        Treatment("E", (), "not_taxable", "US-CA-1"),
        code="saas",
    ),
    Situation(
        "A state without nexus",
        "South Dakota v. Wayfair, 585 U.S. 162 (2018)",
        "US",
        [nexus("WA")],
        {"country": "US", "region": "TX"},
        Treatment("O", (), "not_registered", ""),
    ),
    Situation(
        "A charity with a certificate",
        "NY Tax Law § 1116(a)(4)",
        "US",
        [nexus("NY")],
        {"country": "US", "region": "NY", "tax_exempt": True, "tax_exempt_reason": "ST-119.1"},
        Treatment("E", (), "customer_exempt", "US-NY-1"),
    ),
    Situation(
        "An international organisation in Germany",
        "VSD art. 151(1)(b)",
        "DE",
        DE,
        {"country": "DE", "tax_exempt": True, "tax_exempt_reason": "Art. 151"},
        Treatment("E", (), "customer_exempt", "DE-1"),
    ),
    Situation(
        "Exempt service",
        "VSD art. 132(1)(i)",
        "DE",
        DE,
        {"country": "DE"},
        Treatment("E", (), "exempt_supply", "DE-1"),
        code="exempt",
    ),
    Situation(
        "A seller without any registration", "nothing to collect", "DE", [], {"country": "DE"}, Treatment("O")
    ),
]


def test_the_table_has_enough_situations_with_sources() -> None:
    assert len(SITUATIONS) >= 30
    assert len({situation.name for situation in SITUATIONS}) == len(SITUATIONS)
    assert [situation.name for situation in SITUATIONS if not situation.source] == []


@pytest.mark.django_db
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_real_situation_is_taxed_as_the_law_says(situation: Situation) -> None:
    ship_rates()
    brand = make_brand(country=situation.seller)
    for country, scheme, more in situation.registered:
        make_registration(brand, country, scheme, **more)
    customer = make_customer(brand=brand, **situation.buyer)
    if situation.check is not None:
        make_check(customer, situation.check)

    treatments = treatments_for(brand=brand, customer=customer, tax_codes=[situation.code], at=situation.at)

    assert treatments == [situation.expected]
