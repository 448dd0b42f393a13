"""Development only: the environment, an embedded PostgreSQL, the supervisor of `make demo`. No Django."""

from __future__ import annotations
