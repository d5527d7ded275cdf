from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def rename_permission(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the permission its new name, which Django makes only once."""
    apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="assistants", codename="share_prompt"
    ).update(name="Can share prompts with groups and with everybody")


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("assistants", "0005_test_questions"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="prompt",
            options={
                "default_permissions": (),
                "ordering": [models.functions.Lower("name"), "created_at"],
                "permissions": [
                    ("change_prompt", "Can change and delete prompts that others share"),
                    ("share_prompt", "Can share prompts with groups and with everybody"),
                ],
            },
        ),
        migrations.AddField(
            model_name="prompt",
            name="groups",
            field=models.ManyToManyField(
                blank=True, help_text="who can insert it besides its owner", related_name="+", to="auth.group"
            ),
        ),
        migrations.RunPython(rename_permission, migrations.RunPython.noop, elidable=True),
    ]
