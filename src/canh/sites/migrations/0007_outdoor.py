
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sites', '0006_plans'),
    ]

    operations = [
        migrations.AlterField(
            model_name='zone',
            name='use',
            field=models.CharField(choices=[('hold_up', 'Hold-up'), ('entry', 'Entry route'), ('perimeter', 'Perimeter'), ('outdoor', 'Outdoors'), ('interior', 'Interior'), ('vault', 'Vault'), ('fire', 'Fire'), ('technical', 'Technical')], default='interior', max_length=20),
        ),
    ]
