from django.urls import path

from accounts import views
from common.turns import own_turn

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="sign-in"),
    path("sign-out/", views.SignOutView.as_view(), name="sign-out"),
    path("first-run/<str:token>/", views.first_run, name="first-run"),
    path("password/", own_turn(views.PasswordChangeView.as_view()), name="password"),
    path("preferences/", views.PreferencesView.as_view(), name="preferences"),
    path("memories/", views.all_memories, name="memories"),
    path("memories/<uuid:pk>/", views.memory, name="memory"),
]
