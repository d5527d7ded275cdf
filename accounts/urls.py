from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path

from accounts import views

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="sign-in"),
    # A person who has signed out in another tab must not be asked to sign in before signing out.
    path("sign-out/", login_not_required(auth_views.LogoutView.as_view()), name="sign-out"),
    path("first-run/<str:token>/", views.first_run, name="first-run"),
    path("password/", views.PasswordChangeView.as_view(), name="password"),
    path("preferences/", views.PreferencesView.as_view(), name="preferences"),
]
