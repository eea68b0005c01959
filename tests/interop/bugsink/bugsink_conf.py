"""Bugsink for one test: on this machine alone, its files beside this one, every event held against the schema of events.

PHONEHOME is off before anything of it runs: by default it calls its maker.
"""

import os

from bugsink.settings.default import *  # noqa: F403

HERE = os.path.dirname(os.path.abspath(__file__))
DATABASES["default"]["NAME"] = os.path.join(HERE, "db.sqlite3")  # noqa: F405
DATABASES["snappea"]["NAME"] = os.path.join(HERE, "snappea.sqlite3")  # noqa: F405

# It signs cookies, of which there are none.
SECRET_KEY = "a test on loopback keeps no secret, and says so in fifty letters"
SENTRY_DSN = None
ALLOWED_HOSTS = ["127.0.0.1"]
TIME_ZONE = "UTC"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
# What it makes of an envelope is there before its answer.
SNAPPEA = {"TASK_ALWAYS_EAGER": True}
BUGSINK = {
    "BASE_URL": "http://127.0.0.1",
    "SINGLE_USER": True,
    "SINGLE_TEAM": True,
    "PHONEHOME": False,
    "INGEST_STORE_BASE_DIR": os.path.join(HERE, "ingestion"),
    "VALIDATE_ON_DIGEST": "strict",
    "KEEP_ENVELOPES": 50,
}
