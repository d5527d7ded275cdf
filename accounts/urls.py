from django.contrib.auth import views as auth_views
from django.urls import path

from accounts import views

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="sign-in"),
    path("sign-out/", auth_views.LogoutView.as_view(), name="sign-out"),
    path("first-run/<str:token>/", views.first_run, name="first-run"),
    path("password/", views.PasswordChangeView.as_view(), name="password"),
]
