"""E-invoices of EN 16931: one neutral structure, written as CII (Factur-X) and as UBL 2.1."""
