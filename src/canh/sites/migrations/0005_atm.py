
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sites', '0004_drill_panel'),
    ]

    operations = [
        migrations.AlterField(
            model_name='site',
            name='kind',
            field=models.CharField(choices=[('bank_branch', 'Bank branch'), ('treasury', 'State treasury'), ('credit_fund', "People's credit fund"), ('atm', 'Cash machine (ATM)'), ('school', 'School'), ('office', 'Office'), ('enterprise', 'Enterprise'), ('control_room', 'Control room'), ('other', 'Other premises')], max_length=20),
        ),
    ]
