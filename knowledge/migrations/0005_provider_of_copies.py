import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0004_claimed_stores"),
        ("providers", "0004_uploaded_files"),
    ]

    operations = [
        migrations.AlterField(
            model_name="store",
            name="provider",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="providers.provider"
            ),
        ),
    ]
