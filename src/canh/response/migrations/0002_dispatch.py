
import canh.kit.ids
import canh.kit.text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def name_alarms(apps, schema_editor):
    """Notices of before knew their alarm through the climb alone."""
    notices, climbs = apps.get_model("response", "Notice"), apps.get_model("response", "Climb")
    climb = climbs.objects.filter(pk=models.OuterRef("climb_id")).values("alarm_id")[:1]
    notices.objects.filter(alarm__isnull=True).update(alarm_id=models.Subquery(climb))


class Migration(migrations.Migration):

    dependencies = [
        ('alarms', '0013_dispatch'),
        ('response', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='alarm',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='alarms.alarm'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='climb',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='response.climb'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='purpose',
            field=models.CharField(choices=[('call', 'Call'), ('silence', 'Siren off'), ('dispatch', 'Dispatch'), ('down', 'Stand-down')], default='call', max_length=8),
        ),
        migrations.AlterField(
            model_name='notice',
            name='round',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='notice',
            name='rung',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('task', canh.kit.text.NfcCharField(blank=True, max_length=300)),
                ('state', models.CharField(choices=[('sent', 'sent, no answer yet'), ('accepted', 'on the way'), ('arrived', 'on the spot'), ('done', 'done'), ('declined', 'cannot come'), ('stood_down', 'stood down')], default='sent', max_length=10)),
                ('made_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('arrived_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('note', canh.kit.text.NfcCharField(blank=True, max_length=300)),
                ('alarm', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dispatches', to='alarms.alarm')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='notice',
            name='dispatch',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='response.dispatch'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('dispatch', 'way', 'purpose'), name='response_notice_dispatch_once'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('climb__isnull', False), ('dispatch__isnull', True)), models.Q(('climb__isnull', True), ('dispatch__isnull', False)), _connector='OR'), name='response_notice_of_one'),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(fields=['user', '-id'], name='response_dispatch_user'),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(fields=['alarm', 'id'], name='response_dispatch_alarm'),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['id'], name='response_dispatch_open'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('alarm', 'user'), name='response_dispatch_once'),
        ),
        migrations.RunPython(name_alarms, migrations.RunPython.noop),
    ]
