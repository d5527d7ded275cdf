from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tools", "0002_connecting"),
    ]

    operations = [
        migrations.AddField(
            model_name="mcpserver",
            name="client",
            field=models.TextField(
                blank=True,
                default="",
                db_default="",
                help_text="this site's registration there if an admin made it, as JSON, encrypted",
            ),
        ),
    ]
