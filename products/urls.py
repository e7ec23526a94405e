from django.urls import path

from products import views

app_name = "products"
urlpatterns = [
    path("products/", views.catalogue, name="list"),
    path("products/<int:product_id>/", views.detail, name="detail"),
    path("products/<int:product_id>/certificates/<int:designation_id>/", views.certificate, name="certificate"),
    path("my/products/", views.mine, name="mine"),
    path("my/products/new/", views.create, name="create"),
    path("my/products/<int:product_id>/", views.own, name="own"),
    path("my/products/<int:product_id>/edit/", views.edit, name="edit"),
    path("my/products/<int:product_id>/copy/", views.copy, name="copy"),
    path("my/products/<int:product_id>/register/", views.register, name="register"),
    path("my/products/<int:product_id>/withdraw/", views.withdraw, name="withdraw"),
    path("my/products/<int:product_id>/restore/", views.restore, name="restore"),
    path("my/products/<int:product_id>/files/<uuid:file_id>/remove/", views.file_remove, name="file_remove"),
    path("my/designations/", views.applications, name="applications"),
    path("my/designations/new/", views.apply, name="apply"),
    path("my/designations/<int:application_id>/", views.application, name="application"),
    path("my/designations/<int:application_id>/edit/", views.application_edit, name="application_edit"),
    path("my/designations/<int:application_id>/withdraw/", views.application_withdraw, name="application_withdraw"),
    path("my/designations/<int:application_id>/supplement/", views.supplement, name="supplement"),
    path("my/designations/<int:application_id>/appeal/", views.appeal, name="appeal"),
]
