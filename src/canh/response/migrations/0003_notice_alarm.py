import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('response', '0002_dispatch'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notice',
            name='alarm',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='alarms.alarm'),
        ),
    ]
