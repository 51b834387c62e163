from django.db import migrations, models


class Migration(migrations.Migration):
    """An exposure's `attempt` holds an epoch, and says so in the program. The column stays as it is: nothing is executed."""

    dependencies = [("chat", "0005_policies")]

    operations = [
        migrations.AlterField(
            model_name="exposure",
            name="attempt",
            field=models.PositiveIntegerField(db_column="attempt"),
        ),
        migrations.RenameField(model_name="exposure", old_name="attempt", new_name="epoch"),
    ]
