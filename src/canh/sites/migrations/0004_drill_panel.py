
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sites', '0003_hours'),
    ]

    operations = [
        migrations.AddField(
            model_name='panel',
            name='is_drill',
            field=models.BooleanField(default=False),
        ),
    ]
