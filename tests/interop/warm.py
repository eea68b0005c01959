"""Runs a Python program again and again, each time in a process of its own, with everything imported already but the program's package.

warm.py PROGRAM PACKAGE: each line of the input is a run, {"words": […], "variables": {…}, "directory": …, "output": FOLDER}; each line of
the output is its exit code, and FOLDER has its `stdout` and `stderr` then. What differs from starting it: other people's modules, which
take most of the time of a start, were loaded before, in an environment without a home.
"""
import importlib
import json
import os
import runpy
import sys

program, package = sys.argv[1:3]


def run(order):
    """In the child: never returns."""
    os.environ.clear()
    os.environ.update(order["variables"])
    os.chdir(order["directory"])
    for number, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(os.path.join(order["output"], name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = [program, *order["words"]]
    sys.stdin, sys.stdout, sys.stderr = (open(number, mode) for number, mode in ((0, "r"), (1, "w"), (2, "w")))
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    # As the interpreter ends: with its traceback, its threads and what is to be done at the end.
    runpy.run_path(program, run_name="__main__")


def foreign(name):
    return name.split(".")[0] not in (package, "__main__")


learned = False
for line in sys.stdin:
    order = json.loads(line)
    names, told = os.pipe()
    child = os.fork()
    if not child:
        os.close(names)
        if not learned:
            import atexit

            atexit.register(lambda: os.write(told, "\n".join(filter(foreign, sys.modules)).encode()))
        run(order)
        sys.exit(0)
    os.close(told)
    with open(names) as pipe:
        modules = pipe.read().split()
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
    if not learned and modules:
        learned = True
        for name in modules:
            try:
                importlib.import_module(name)
            except Exception:
                pass
