from __future__ import annotations

from datetime import date

import pytest

from apps.payments.errors import StatementUnreadable
from apps.payments.statements import StatementEntry, read_statement

CSV = b"""date,amount,currency,reference,counterparty,id
2026-01-05,29.00,EUR,Invoice A-1,Ada Ltd,B1
2026-01-05,-3.50,EUR,Account fee,,B2
"""
CAMT = b"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Ntry><NtryRef>1</NtryRef><Amt Ccy="EUR">29.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-01-05</Dt></BookgDt><AcctSvcrRef>S1</AcctSvcrRef><NtryDtls><TxDtls>
<RltdPties><Dbtr><Pty><Nm>Ada Ltd</Nm></Pty></Dbtr></RltdPties>
<RmtInf><Ustrd>Invoice</Ustrd><Ustrd>A-1</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="JPY">500</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><DtTm>2026-01-06T10:00:00</DtTm></BookgDt><AddtlNtryInf>Fee</AddtlNtryInf></Ntry>
<Ntry><Amt Ccy="EUR">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts>
<BookgDt><Dt>2026-01-07</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def test_csv_is_read_in_minor_units() -> None:
    assert read_statement(CSV) == [
        StatementEntry("id:B1", date(2026, 1, 5), 2900, "EUR", "Invoice A-1", "Ada Ltd"),
        StatementEntry("id:B2", date(2026, 1, 5), -350, "EUR", "Account fee", ""),
    ]


def test_camt_is_read_without_what_is_only_pending() -> None:
    first, second = read_statement(CAMT)

    assert first == StatementEntry("id:S1", date(2026, 1, 5), 2900, "EUR", "Invoice A-1", "Ada Ltd")
    assert (second.booked_on, second.amount_minor, second.currency) == (date(2026, 1, 6), -500, "JPY")
    assert (second.reference, second.key[:4]) == ("Fee", "sha:")


def test_equal_lines_of_a_day_are_two_and_the_same_each_time() -> None:
    line = "2026-01-05;10.00;EUR;Gift"
    content = f"\ufeffdate;amount;currency;reference\n{line}\n{line}\n".encode()

    keys = [entry.key for entry in read_statement(content)]

    assert len(set(keys)) == 2
    assert keys == [entry.key for entry in read_statement(content)]


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&x;</Document>"""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"date,amount\n", "Columns are missing: currency, reference"),
        (b"date,amount,currency,reference\n5.1.2026,1.00,EUR,x\n", "Line 2: '5.1.2026' is no day"),
        (b'date,amount,currency,reference\n2026-01-05,"1,00",EUR,x\n', "Line 2: '1,00 EUR' is no amount"),
        (b"date,amount,currency,reference\n2026-01-05,1.005,EUR,x\n", "'1.005 EUR' is no amount of money"),
        (b"date,amount,currency,reference\n2026-01-05,NaN,EUR,x\n", "'NaN EUR' is no amount"),
        (b"date,amount,currency,reference\n2026-01-05,1.00,XXZ,x\n", "'1.00 XXZ' is no amount"),
        ("date;é".encode("latin-1"), "not written in UTF-8"),
        (b"<Document/>", "no CAMT.053 statement"),
        (b"<Document", "The file is no XML"),
        (ENTITY, "declares no document type"),
    ],
)
def test_what_makes_no_sense_is_refused_as_a_whole(content: bytes, said: str) -> None:
    with pytest.raises(StatementUnreadable, match=said):
        read_statement(content)


def test_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(StatementUnreadable, match="10 MB"):
        read_statement(b"x" * (10 * 1024 * 1024 + 1))
