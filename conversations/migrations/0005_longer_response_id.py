from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0004_refused")]

    operations = [
        migrations.AlterField(
            model_name="response",
            name="response_id",
            field=models.CharField(
                blank=True, help_text="the provider's id for it", max_length=1000, null=True, unique=True
            ),
        ),
    ]
