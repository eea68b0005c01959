"""posthog: `capture` without a person's profile; NAME.py ADDRESS COUNT v1 for its endpoint that acknowledges each event."""

import sys

# Its package is called like this file.
own = sys.path.pop(0)
from posthog import Posthog  # noqa: E402

sys.path.insert(0, own)
import event  # noqa: E402

mode = sys.argv[3] if len(sys.argv) > 3 else "v0"
events = event.ids()
client = Posthog("phc_PROJECTKEY", host=event.address(), max_queue_size=len(events), capture_mode=mode)

with event.timed():
    for one in events:
        client.capture(
            event.NAME,
            distinct_id=event.USER,
            properties={**event.FIELDS, "version": event.VERSION, "$process_person_profile": False},
            timestamp=event.TIME,
            uuid=one,
        )
    client.flush()
client.shutdown()
