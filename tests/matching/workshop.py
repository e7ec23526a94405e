"""A process that has imported everything once and forks what a run needs: the relay, and Celery workers.

A worker that is killed is replaced by a fresh one, as a process manager would. One line goes to the standard output
for each death. It ends with its children when its standard input is closed.
"""

import importlib
import os
import select
import signal
import sys
import warnings

WORKERS = 2
# What a Celery worker imports only when it starts: once here, rather than in every child.
EARLY = ("celery.apps.worker", "celery.concurrency.solo", "celery.worker.consumer", "kombu.transport.redis")


def relay() -> None:
    from django.core.management import call_command

    call_command("run_relay")


def work(number: int) -> None:
    from config.celery import app

    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR"]
    app.worker_main(["worker", "--pool", "solo", "--hostname", f"worker{number}@test", *quiet])


def fork(task, *arguments) -> int:
    child = os.fork()
    if child:
        return child
    try:
        task(*arguments)
    finally:
        os._exit(1)


def prepare() -> None:
    """Everything that children share: Django, the shortened times, and blocks for rounds of a test's size."""
    import django
    from django.conf import settings

    django.setup()
    settings.MATCHING_PROBE = "tests.matching.probes.die"
    settings.MATCHING_LEASE_SECONDS = 1.0
    settings.MATCHING_PICK_UP_SECONDS = 1.5
    from config.celery import app
    from matching.engine import shards, steps

    app.loader.import_default_modules()
    for name in EARLY:
        importlib.import_module(name)

    steps.WHOLE, shards.BLOCK, shards.BLOCKS = 100, 15, 12


def main() -> None:
    warnings.simplefilter("ignore")
    prepare()
    clerk, number = fork(relay), WORKERS
    workers = {fork(work, place) for place in range(WORKERS)}
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child in workers:
            workers.discard(child)
            number += 1
            workers.add(fork(work, number))
            print(f"died {status}", flush=True)
        elif child == clerk:
            clerk = fork(relay)
    for child in [clerk, *workers]:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
