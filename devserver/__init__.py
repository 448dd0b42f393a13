"""Development only: an embedded PostgreSQL, and the supervisor of `make demo`. Standard library, no Django."""

from __future__ import annotations
