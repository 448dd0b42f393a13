"""What a web server calls."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monetize.settings.prod")

application = get_wsgi_application()

# What is loaded by now stays for good: the garbage collector need not look through it again.
gc.collect()
gc.freeze()
