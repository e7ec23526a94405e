"""PostgreSQL and Valkey for machines that have neither: found, started, shared and stopped.

`urls` says where the services are, or would be, without starting anything. `ensure` starts them, or joins those that
somebody else started, and uses them until this process ends; the last user stops them. Where DATABASE_URL or REDIS_URL
is set, that service is not ours to start.
"""

from core.embedded.client import Services, Urls, ensure, urls
from core.embedded.errors import EmbeddedError
from core.embedded.places import Profile

__all__ = ["EmbeddedError", "Profile", "Services", "Urls", "ensure", "urls"]
