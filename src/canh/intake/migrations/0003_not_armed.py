
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0002_doors'),
    ]

    operations = [
        migrations.AlterField(
            model_name='signal',
            name='held_back',
            field=models.CharField(blank=True, choices=[('on_test', 'On test'), ('runaway', 'Too many: runaway'), ('disarmed', 'Not armed'), ('exit', 'Exit delay'), ('entry', 'Entry delay'), ('bypassed', 'Bypassed')], max_length=12),
        ),
    ]
