"""Every page that opens without a sign-in. A new one is a decision: add it here on purpose."""

PUBLIC_ROUTES = {
    "files/<uuid:file_id>/",
    "health/",
    "mail/",
    "metrics/",
    "products/",
    "products/<int:product_id>/",
    "products/<int:product_id>/certificates/<int:designation_id>/",
    "products/<int:product_id>/pilot-results/",
    "rounds/",
    "rounds/<int:round_id>/",
    "rounds/<int:round_id>/calendar.ics",
    "rounds/<int:round_id>/compare/",
    "rounds/<int:round_id>/products/<int:plan_id>/",
    "terms/",
    "privacy/",
    "invitations/<str:token>/",
    "verify/",
    "verify/<str:code>/",
}
