from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0006_exposure_epoch")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="about",
            field=models.CharField(
                choices=[("answer", "Answer"), ("question", "Question")],
                db_default="answer",
                default="answer",
                max_length=10,
            ),
        ),
    ]
