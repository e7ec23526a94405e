from django.urls import path

from core import views

app_name = "core"
urlpatterns = [
    path("my/", views.home, name="home"),
    path("my/inbox/", views.inbox_page, name="inbox"),
    path("my/inbox/read/", views.inbox_read_all, name="inbox_read_all"),
    path("my/inbox/preferences/", views.preferences, name="preferences"),
    path("my/inbox/<int:notification_id>/", views.inbox_open, name="inbox_open"),
    path("my/receipts/", views.receipt_list, name="receipts"),
    path("receipts/<str:number>/", views.receipt_page, name="receipt"),
    path("files/<uuid:file_id>/", views.file, name="file"),
    path("drafts/<str:key>/", views.draft, name="draft"),
    path("health/", views.health_page, name="health"),
    path("metrics/", views.metrics_page, name="metrics"),
    path("licenses/", views.licenses_page, name="licenses"),
    path("mail/", views.mail_page, name="mail"),
]
