"""Run in a process of its own, to be killed while it sends: the settings and the moment come as JSON."""

import json
import sys
from datetime import datetime

from roadmap.services import desk as desks
from roadmap.services import reminders
from roadmap.settings import Settings

given = json.load(sys.stdin)
now = datetime.fromisoformat(given.pop("now"))
settings = Settings(
    _env_file=None, demo=False, smtp_host="127.0.0.1", smtp_tls="none", smtp_from="roadmap@example.org", **given
)
with desks.desk(settings) as desk:
    reminders.send(desk, settings, now)
