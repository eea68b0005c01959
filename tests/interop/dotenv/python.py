# What python-dotenv reads: a JSON list of texts, each a list of bytes, comes in; for each how it ended and what is set goes out.
import json
import logging
import os
import sys
import tempfile

from dotenv import dotenv_values


def reading(text):
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(text))
        file.flush()
        try:
            # As Meltano calls it.
            return {"end": "whole", "values": dict(dotenv_values(file.name))}
        except Exception:
            return {"end": "crash", "values": {}}


logging.disable(logging.CRITICAL)
os.environ.clear()
print(json.dumps([reading(text) for text in json.load(sys.stdin)]))
