import logging
import select
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from core import chains, outbox

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """The relay: sends outbox messages after their commit and seals the chains, every second or when told."""

    help = "Send outbox messages to the broker and seal the hash chains, until stopped."
    stopping = False

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--once", action="store_true", help="one pass, then exit")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        while not self.stopping:
            try:
                self._work()
            except DatabaseError as error:
                log.warning("database not reachable: %s", error)
                connection.close()
                time.sleep(1)
            if options["once"]:
                return

    def _stop(self, *_args: Any) -> None:
        self.stopping = True

    def _work(self) -> None:
        while outbox.relay(send=outbox.send_to_broker):
            pass
        chains.seal_all(is_thorough=False)  # the thorough pass is a task of its own, every five minutes
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {outbox.CHANNEL}")
        raw = connection.connection
        if not self.stopping and not raw.notifies:
            select.select([raw], [], [], 1.0)
        raw.poll()
        raw.notifies.clear()
