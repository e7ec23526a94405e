from products.views.applications import (
    appeal,
    application,
    application_edit,
    application_withdraw,
    applications,
    apply,
    supplement,
)
from products.views.catalogue import catalogue, certificate, detail
from products.views.mine import copy, create, edit, file_remove, mine, own, register, restore, withdraw

__all__ = [
    "appeal",
    "application",
    "application_edit",
    "application_withdraw",
    "applications",
    "apply",
    "catalogue",
    "certificate",
    "copy",
    "create",
    "detail",
    "edit",
    "file_remove",
    "mine",
    "own",
    "register",
    "restore",
    "supplement",
    "withdraw",
]
