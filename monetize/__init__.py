"""The composition root: settings, URLs and the timetable. Imports every app, imported by none."""

from __future__ import annotations

from monetize.celery import app as celery_app

__all__ = ["celery_app"]
