from django.contrib import admin
from django.urls import include, path

from config import api

handler404 = "core.views.page_not_found"
handler500 = "core.views.server_error"
urlpatterns = [
    path("", include("core.urls")),
    path("", include("accounts.urls")),
    path("", include("products.urls")),
    path("", include("pilots.urls")),
    path("", include("matching.urls")),
    path("", include("feedback.urls")),
    path("", include("overseas.urls")),
    path("", include("market.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("api/", include(api.urlpatterns)),
]
