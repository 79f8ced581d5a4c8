
import canh.kit.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('alarms', '0005_shelving'),
        ('intake', '0002_doors'),
        ('sites', '0002_doors'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('note', models.TextField()),
                ('counts', models.JSONField(default=dict)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Watcher',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('seen_at', models.DateTimeField()),
            ],
        ),
        migrations.AlterField(
            model_name='alarmevent',
            name='kind',
            field=models.CharField(choices=[('received', 'Message received'), ('stored', 'Stored durably, then acknowledged to the panel'), ('shown', 'Shown at the desk'), ('raised', 'Alarm raised'), ('again', 'Reported again'), ('reactivated', 'Active again after acknowledgement'), ('repeat', 'Same message delivered again'), ('returned', 'Condition returned to normal'), ('acknowledged', 'Acknowledged'), ('shelved', 'Shelved'), ('unshelved', 'Back from the shelf'), ('taken_over', 'Taken over'), ('released', 'Owner no longer at the desk'), ('note', 'Note'), ('sight', 'What somebody saw'), ('closed', 'Closed'), ('reopened', 'Reopened')], max_length=16),
        ),
        migrations.AddIndex(
            model_name='alarm',
            index=models.Index(condition=models.Q(('state', 'acknowledged'), models.Q(('fold', 'storm'), _negated=True)), fields=['acknowledged_by'], name='alarms_alarm_owner'),
        ),
        migrations.AddIndex(
            model_name='alarmevent',
            index=models.Index(condition=models.Q(('kind', 'acknowledged')), fields=['at', 'actor'], name='alarms_event_taken'),
        ),
        migrations.AddField(
            model_name='handover',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='to',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='handover',
            index=models.Index(fields=['to', '-id'], name='alarms_handover_to'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('by', models.F('to')), _negated=True), name='alarms_handover_to_another'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.UniqueConstraint(condition=models.Q(('accepted_at__isnull', True), ('withdrawn_at__isnull', True)), fields=('by',), name='alarms_handover_one_waits'),
        ),
    ]
