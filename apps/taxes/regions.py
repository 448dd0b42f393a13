"""States that levy a tax of their own: India's and those of the US, by the names that addresses use."""

from __future__ import annotations

# ISO 3166-2:IN, the two digits by which a GSTIN begins (CBIC's list of state codes), the name.
_INDIA = """
AN 35 Andaman and Nicobar Islands|AP 37 Andhra Pradesh|AR 12 Arunachal Pradesh|AS 18 Assam|BR 10 Bihar
CH 04 Chandigarh|CG 22 Chhattisgarh|DH 26 Dadra and Nagar Haveli and Daman and Diu|DL 07 Delhi|GA 30 Goa
GJ 24 Gujarat|HR 06 Haryana|HP 02 Himachal Pradesh|JK 01 Jammu and Kashmir|JH 20 Jharkhand|KA 29 Karnataka
KL 32 Kerala|LA 38 Ladakh|LD 31 Lakshadweep|MP 23 Madhya Pradesh|MH 27 Maharashtra|MN 14 Manipur
ML 17 Meghalaya|MZ 15 Mizoram|NL 13 Nagaland|OD 21 Odisha|PY 34 Puducherry|PB 03 Punjab|RJ 08 Rajasthan
SK 11 Sikkim|TN 33 Tamil Nadu|TS 36 Telangana|TR 16 Tripura|UP 09 Uttar Pradesh|UK 05 Uttarakhand
WB 19 West Bengal
"""
_US = """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas
KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi
MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island
SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington
WV West Virginia|WI Wisconsin|WY Wyoming
"""
# UTGST Act 2017, section 1(2) with 2(22): union territories without a legislature of their own.
WITHOUT_LEGISLATURE = frozenset({"AN", "CH", "DH", "LA", "LD"})
# Other spellings that addresses still have.
_ALSO = {
    "IN": {"CT": "CG", "OR": "OD", "ORISSA": "OD", "TG": "TS", "UT": "UK", "DN": "DH", "DD": "DH", "25": "DH"}
    | {"PONDICHERRY": "PY", "NEW DELHI": "DL", "28": "AP", "NCT OF DELHI": "DL", "UTTARANCHAL": "UK"},
    "US": {"WASHINGTON DC": "DC", "WASHINGTON D.C.": "DC", "D.C.": "DC"},
}


def _parts(table: str) -> list[str]:
    return [part for line in table.strip().splitlines() for part in line.split("|")]


def _codes() -> dict[str, dict[str, str]]:
    india: dict[str, str] = dict(_ALSO["IN"])
    for part in _parts(_INDIA):
        code, digits, name = part.split(" ", 2)
        india |= {code: code, digits: code, name.upper(): code}
    states: dict[str, str] = dict(_ALSO["US"])
    for part in _parts(_US):
        code, name = part.split(" ", 1)
        states |= {code: code, name.upper(): code}
    return {"IN": india, "US": states}


_CODES = _codes()


def has_regions(country: str) -> bool:
    """Whether its states levy the tax, so that an address without a state cannot be taxed."""
    return country in _CODES


def region_code(country: str, text: str) -> str:
    """The code of a state by its code, GSTIN digits or name; empty when unknown.

    Of a country without tax states: the text as it is, in capitals, at most ten characters.
    """
    wanted = text.strip().upper().removeprefix(f"{country}-").replace("&", "AND")
    if country not in _CODES:
        return wanted[:10]
    return _CODES[country].get(wanted, "")
