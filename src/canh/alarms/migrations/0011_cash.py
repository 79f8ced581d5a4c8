
import canh.kit.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alarms', '0010_drills'),
        ('sites', '0004_drill_panel'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='routinerule',
            name='cash_limit',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='CashCount',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('is_over', models.BooleanField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.site')),
            ],
            options={
                'indexes': [models.Index(fields=['site', '-at'], name='alarms_cashcount_site')],
            },
        ),
    ]
