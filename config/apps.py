from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """The admin with our own site: default deny, the PPS home page, strict CSP."""

    default_site = "core.adminsite.PortalAdminSite"
