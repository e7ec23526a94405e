"""What can go wrong with the embedded services, in words for the person at the keyboard."""


class EmbeddedError(RuntimeError):
    """The embedded services cannot be had; the text says why and what to do."""
