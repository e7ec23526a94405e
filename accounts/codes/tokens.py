"""How the token of a link is found again without being stored."""

import hashlib


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
