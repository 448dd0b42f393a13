"""What is the same everywhere. Each concern is a module of `parts`; a later one may read an earlier one."""

from __future__ import annotations

from monetize.settings.parts.project import *  # isort: skip
from monetize.settings.parts.storage import *  # isort: skip
from monetize.settings.parts.people import *  # isort: skip
from monetize.settings.parts.security import *  # isort: skip
from monetize.settings.parts.api import *  # isort: skip
from monetize.settings.parts.gateways import *  # isort: skip
from monetize.settings.parts.taxes import *  # isort: skip
from monetize.settings.parts.portal import *  # isort: skip
from monetize.settings.parts.jobs import *  # isort: skip
from monetize.settings.parts.logs import *  # isort: skip
from monetize.settings.parts.registries import *  # isort: skip
