from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("providers", "0004_uploaded_files")]

    operations = [
        migrations.AddField(
            model_name="uploadedfile",
            name="name",
            field=models.CharField(db_default="", default="", help_text="under which it is there", max_length=300),
        ),
    ]
