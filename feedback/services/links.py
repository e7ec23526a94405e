"""Where PPS staff work on a case."""

from django.urls import reverse


def admin_url(*, model: str, pk: int) -> str:
    """The page of a case of this app in the admin."""
    return reverse(f"admin:feedback_{model}_change", args=[pk])
