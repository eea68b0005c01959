# What pyhocon reads: a JSON list of texts comes in; for each {"error": "CLASS"} or {"value": TREE} goes out, as Verdicts.java has them.
import json
import logging
import sys

from pyhocon import ConfigFactory


def tree(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, dict):
        return {"o": {key: tree(inner) for key, inner in value.items()}}
    if isinstance(value, list):
        return [tree(item) for item in value]
    if isinstance(value, (int, float)):
        return {"n": str(value)}
    return {"other": type(value).__name__}


def verdict(text):
    try:
        return {"value": tree(ConfigFactory.parse_string(text))}
    except Exception as error:
        return {"error": type(error).__name__}


logging.disable(logging.CRITICAL)
print(json.dumps([verdict(text) for text in json.load(sys.stdin)]))
