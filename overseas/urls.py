from django.urls import URLPattern

app_name = "overseas"
urlpatterns: list[URLPattern] = []
