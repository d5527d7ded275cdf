"""A person chooses a theme and the size of letters."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_schema"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="theme",
            field=models.CharField(
                blank=True, db_default="", help_text="light or dark; empty: as the system.", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="letter_size",
            field=models.CharField(
                blank=True, db_default="", help_text="small, large or larger; empty: normal.", max_length=10
            ),
        ),
    ]
