"""Printed documents, made from an invoice's immutable snapshot."""
