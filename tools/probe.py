"""Health checks in a container: `probe.py URL` asks the web server, `probe.py outbox` whether the relay keeps up."""

import os
import sys
import urllib.error
import urllib.request

import psycopg2  # type: ignore[import-untyped]

LATE = """
    SELECT count(*) FROM core_outboxmessage
    WHERE sent_at IS NULL AND failed_at IS NULL AND available_at < now() - interval '2 minutes'
"""


def main(subject: str) -> int:
    """Return 0 when the subject is well."""
    return outbox() if subject == "outbox" else web(subject)


def web(url: str) -> int:
    """Ask with a host name that the portal accepts; the address of the container is not one."""
    hosts = os.environ.get("ALLOWED_HOSTS", "").split(",")
    name = next((host.strip(". ") for host in hosts if host.strip("*. ")), "localhost")
    request = urllib.request.Request(url, headers={"Host": name, "X-Forwarded-Proto": "https"})
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return 0 if response.status == 200 else 1
    except OSError as error:
        print(error)
        return 1


def outbox() -> int:
    """Count messages that should have been sent long ago."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute(LATE)
            row = cursor.fetchone()
    finally:
        connection.close()
    late = row[0] if row else 0
    if late:
        print(f"{late} messages wait for more than two minutes")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
