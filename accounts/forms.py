from django.contrib.auth.forms import BaseUserCreationForm

from accounts.models import User


class FirstAdminForm(BaseUserCreationForm):  # type: ignore[type-arg]
    """Makes the account that may do everything."""

    class Meta(BaseUserCreationForm.Meta):
        model = User

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  as Django has it
        self.instance.is_staff = self.instance.is_superuser = True
        admin: User = super().save(commit)
        return admin
