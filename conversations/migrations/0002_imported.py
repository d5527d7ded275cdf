"""What was imported is marked. The columns have defaults in the database, for older code that runs beside this one."""

from django.db import migrations, models

SOURCES = [("chatgpt", "ChatGPT"), ("chatsite", "Chat export")]


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_schema")]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="imported_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="imported_from",
            field=models.CharField(
                blank=True,
                choices=SOURCES,
                db_default="",
                default="",
                help_text="empty if begun here",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="response",
            name="imported_from",
            field=models.CharField(
                blank=True,
                choices=SOURCES,
                db_default="",
                default="",
                help_text="where its message and its answer came from first; empty if they came about here",
                max_length=20,
            ),
        ),
    ]
