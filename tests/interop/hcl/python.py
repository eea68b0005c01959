# What python-hcl2 makes of texts: a JSON list of texts, each in base64, comes in; for each what is at the top, or null, goes out.
import base64
import json
import sys

import hcl2


def reading(text):
    try:
        return hcl2.loads(base64.b64decode(text).decode("utf-8-sig"))
    except Exception:
        return None


print(json.dumps([reading(text) for text in json.load(sys.stdin)]))
