"""Digests by Python's hashlib, which has no MD2: each line of standard input is a function's name, a blank, and bytes in hex."""

import hashlib
import sys

for line in sys.stdin:
    name, text = line.rstrip("\n").split(" ")
    digest = None if name == "MD2" else hashlib.new(name.replace("-", "").lower(), bytes.fromhex(text)).hexdigest()
    print(digest or "-")
