
import canh.kit.ids
import canh.kit.text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alarms', '0006_owners'),
        ('intake', '0003_not_armed'),
        ('sites', '0003_hours'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Arming',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('partition', models.CharField(blank=True, max_length=8)),
                ('state', models.CharField(choices=[('unknown', 'Not known'), ('disarmed', 'Disarmed'), ('arming', 'Exit delay'), ('pending', 'Entry delay'), ('armed_away', 'Armed'), ('armed_stay', 'Armed, people inside'), ('armed_night', 'Armed for the night')], default='unknown', max_length=12)),
                ('mode', models.CharField(blank=True, choices=[('unknown', 'Not known'), ('disarmed', 'Disarmed'), ('arming', 'Exit delay'), ('pending', 'Entry delay'), ('armed_away', 'Armed'), ('armed_stay', 'Armed, people inside'), ('armed_night', 'Armed for the night')], max_length=12)),
                ('since_at', models.DateTimeField()),
                ('until_at', models.DateTimeField(null=True)),
                ('tripped_at', models.DateTimeField(null=True)),
                ('user_number', models.CharField(blank=True, max_length=40)),
                ('panel_told_at', models.DateTimeField(null=True)),
                ('tried_at', models.DateTimeField(null=True)),
                ('panel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.panel')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.site')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ArmingChange',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('before', models.CharField(choices=[('unknown', 'Not known'), ('disarmed', 'Disarmed'), ('arming', 'Exit delay'), ('pending', 'Entry delay'), ('armed_away', 'Armed'), ('armed_stay', 'Armed, people inside'), ('armed_night', 'Armed for the night')], max_length=12)),
                ('after', models.CharField(choices=[('unknown', 'Not known'), ('disarmed', 'Disarmed'), ('arming', 'Exit delay'), ('pending', 'Entry delay'), ('armed_away', 'Armed'), ('armed_stay', 'Armed, people inside'), ('armed_night', 'Armed for the night')], max_length=12)),
                ('cause', models.CharField(choices=[('panel', 'the panel reported it'), ('person', 'in the console'), ('schedule', 'by its schedule'), ('exit_over', 'the exit delay was over'), ('entry', 'the entry route was opened'), ('entry_over', 'nobody disarmed within the entry delay'), ('zone_open', 'not armed: something was open'), ('panel_failed', 'the panel could not arm'), ('panel_late', 'the panel said that it was not closed in time')], max_length=12)),
                ('user_number', models.CharField(blank=True, max_length=40)),
                ('facts', models.JSONField(default=dict)),
                ('is_checked', models.BooleanField(default=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('arming', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='alarms.arming')),
                ('signal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.signal')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='Bypass',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('zone_number', models.CharField(blank=True, max_length=40)),
                ('condition', models.CharField(blank=True, max_length=40)),
                ('name', canh.kit.text.NfcCharField(blank=True, max_length=200)),
                ('source', models.CharField(choices=[('panel', 'the panel reported it'), ('person', 'in the console'), ('arming', 'was open when it was armed')], max_length=8)),
                ('reason', canh.kit.text.NfcCharField(blank=True, max_length=200)),
                ('begun_at', models.DateTimeField()),
                ('until_at', models.DateTimeField(null=True)),
                ('ends_when_opened', models.BooleanField(default=False)),
                ('ended_at', models.DateTimeField(null=True)),
                ('begun_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.panel')),
                ('signal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.signal')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='Lapse',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(choices=[('late_to_close', 'Not closed in time'), ('late_to_open', 'Not opened in time'), ('unexpected_opening', 'Opened outside hours'), ('opening_in_grace', 'Opened shortly before or after hours'), ('failed_to_arm', 'Could not be armed')], max_length=20)),
                ('due_at', models.DateTimeField()),
                ('told_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.panel')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='Sensor',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('zone_number', models.CharField(blank=True, max_length=40)),
                ('code', models.CharField(blank=True, max_length=40)),
                ('open_at', models.DateTimeField(null=True)),
                ('lost_at', models.DateTimeField(null=True)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.panel')),
            ],
        ),
        migrations.CreateModel(
            name='SiteClosing',
            fields=[
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='closing', serialize=False, to='sites.site')),
                ('standing', models.CharField(choices=[('late', 'Should be closed'), ('outside', 'Opened outside hours'), ('closing', 'Closing time'), ('open', 'Open by its hours'), ('not_opened', 'Should be open'), ('closed', 'Closed and armed'), ('unknown', 'Not known')], default='unknown', max_length=12)),
                ('state', models.CharField(choices=[('unknown', 'Not known'), ('disarmed', 'Disarmed'), ('arming', 'Exit delay'), ('pending', 'Entry delay'), ('armed_away', 'Armed'), ('armed_stay', 'Armed, people inside'), ('armed_night', 'Armed for the night')], default='unknown', max_length=12)),
                ('since_at', models.DateTimeField(null=True)),
                ('is_open_expected', models.BooleanField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('because', canh.kit.text.NfcCharField(blank=True, max_length=200)),
                ('look_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('look_at__isnull', False)), fields=['look_at'], name='alarms_closing_due'), models.Index(fields=['standing'], name='alarms_closing_standing')],
            },
        ),
        migrations.AddIndex(
            model_name='arming',
            index=models.Index(condition=models.Q(('until_at__isnull', False)), fields=['until_at'], name='alarms_arming_due'),
        ),
        migrations.AddIndex(
            model_name='arming',
            index=models.Index(fields=['site'], name='alarms_arming_site'),
        ),
        migrations.AddConstraint(
            model_name='arming',
            constraint=models.UniqueConstraint(condition=models.Q(('panel__isnull', False)), fields=('panel', 'partition'), name='alarms_arming_partition_once'),
        ),
        migrations.AddConstraint(
            model_name='arming',
            constraint=models.UniqueConstraint(condition=models.Q(('panel__isnull', True)), fields=('site',), name='alarms_arming_bare_once'),
        ),
        migrations.AddConstraint(
            model_name='arming',
            constraint=models.CheckConstraint(condition=models.Q(('until_at__isnull', True), models.Q(('panel__isnull', True), ('state__in', ['arming', 'pending'])), _connector='OR'), name='alarms_arming_delay_is_ours'),
        ),
        migrations.AddIndex(
            model_name='armingchange',
            index=models.Index(condition=models.Q(('is_checked', False)), fields=['id'], name='alarms_armchange_waiting'),
        ),
        migrations.AddIndex(
            model_name='armingchange',
            index=models.Index(fields=['site', '-at'], name='alarms_armchange_site'),
        ),
        migrations.AddIndex(
            model_name='bypass',
            index=models.Index(condition=models.Q(('ended_at__isnull', True), ('until_at__isnull', False)), fields=['until_at'], name='alarms_bypass_due'),
        ),
        migrations.AddIndex(
            model_name='bypass',
            index=models.Index(fields=['site', '-id'], name='alarms_bypass_site'),
        ),
        migrations.AddConstraint(
            model_name='bypass',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('panel', 'zone_number', 'condition'), name='alarms_bypass_once'),
        ),
        migrations.AddConstraint(
            model_name='bypass',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source', 'person'), _negated=True), models.Q(('begun_by__isnull', False), ('until_at__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='alarms_bypass_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='lapse',
            constraint=models.UniqueConstraint(fields=('site', 'code', 'due_at'), name='alarms_lapse_once'),
        ),
        migrations.AddConstraint(
            model_name='lapse',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('site', 'code'), name='alarms_lapse_running_once'),
        ),
        migrations.AddConstraint(
            model_name='sensor',
            constraint=models.UniqueConstraint(fields=('panel', 'zone_number', 'code'), name='alarms_sensor_once'),
        ),
    ]
