from django.urls import path

from overseas.views import company, guest, public

app_name = "overseas"
urlpatterns = [
    path("overseas/", public.overview, name="overview"),
    path("overseas/<int:demonstration_id>/", public.demonstration, name="demonstration"),
    path("overseas/guest/<str:token>/", guest.guest, name="guest"),
    path("my/overseas/", company.application_list, name="application_list"),
    path("my/overseas/calls/<int:call_id>/apply/", company.apply, name="apply"),
    path("my/overseas/<int:application_id>/", company.application, name="application"),
    path("my/overseas/<int:application_id>/edit/", company.edit, name="edit"),
    path("my/overseas/<int:application_id>/submit/", company.submit, name="submit"),
    path("my/overseas/<int:application_id>/withdraw/", company.withdraw, name="withdraw"),
    path("my/overseas/<int:application_id>/opinion/", company.opinion, name="opinion"),
    path("my/overseas/<int:application_id>/certificates/", company.certificate, name="certificate"),
]
