
import canh.kit.ids
import canh.kit.text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alarms', '0008_history'),
        ('sites', '0003_hours'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RoutineRule',
            fields=[
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='routine', serialize=False, to='sites.site')),
                ('asks_all_clear', models.BooleanField(default=False)),
                ('all_clear_min', models.PositiveSmallIntegerField(null=True)),
                ('asks_vault_second', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Holder',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', canh.kit.text.NfcCharField(max_length=120)),
                ('user_number', models.CharField(blank=True, max_length=40)),
                ('digest', models.CharField(max_length=64)),
                ('stem', models.CharField(max_length=64)),
                ('added_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holders', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='Clear',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('opening', 'Opening'), ('vault', 'Vault opened')], max_length=10)),
                ('at', models.DateTimeField()),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.site')),
                ('taken_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='alarms.holder')),
            ],
        ),
        migrations.CreateModel(
            name='Routine',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('opening', 'Opening'), ('vault', 'Vault opened')], max_length=10)),
                ('state', models.CharField(choices=[('waiting', 'Waits for the second person'), ('given', 'All clear'), ('missing', 'The second person is missing'), ('over', 'Closed again')], default='waiting', max_length=10)),
                ('opened_at', models.DateTimeField()),
                ('by_number', models.CharField(blank=True, max_length=40)),
                ('due_at', models.DateTimeField()),
                ('given_at', models.DateTimeField(null=True)),
                ('missing_at', models.DateTimeField(null=True)),
                ('is_outside', models.BooleanField(default=False)),
                ('outside_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('arming', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='alarms.arming')),
                ('change', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='alarms.armingchange')),
                ('given_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='alarms.holder')),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.panel')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='routines', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='VaultWindow',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('weekday', models.PositiveSmallIntegerField(choices=[(1, 'Monday'), (2, 'Tuesday'), (3, 'Wednesday'), (4, 'Thursday'), (5, 'Friday'), (6, 'Saturday'), (7, 'Sunday')])),
                ('opens', models.TimeField()),
                ('closes', models.TimeField()),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vault_windows', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='WrongCode',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='CrewVisit',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('transit', 'Cash in transit'), ('atm', 'ATM replenishment'), ('service', 'Service of ATM or vault')], max_length=10)),
                ('company', canh.kit.text.NfcCharField(max_length=120)),
                ('plate', models.CharField(max_length=20)),
                ('people', models.PositiveSmallIntegerField()),
                ('note', canh.kit.text.NfcCharField(blank=True, max_length=200)),
                ('from_at', models.DateTimeField()),
                ('until_at', models.DateTimeField()),
                ('came_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('planned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='crew_visits', to='sites.site')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'until_at'], name='alarms_crewvisit_site')],
                'constraints': [models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('from_at'))), name='alarms_crewvisit_goes_forward'), models.CheckConstraint(condition=models.Q(models.Q(('came_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('came_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='alarms_crewvisit_confirmed_by_someone')],
            },
        ),
        migrations.AddConstraint(
            model_name='holder',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True)), fields=('site', 'stem'), name='alarms_holder_stem_once'),
        ),
        migrations.AddConstraint(
            model_name='holder',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True), models.Q(('user_number', ''), _negated=True)), fields=('site', 'user_number'), name='alarms_holder_number_once'),
        ),
        migrations.AddIndex(
            model_name='clear',
            index=models.Index(fields=['site', '-at'], name='alarms_clear_site'),
        ),
        migrations.AddIndex(
            model_name='routine',
            index=models.Index(fields=['site', '-opened_at'], name='alarms_routine_site'),
        ),
        migrations.AddIndex(
            model_name='routine',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at'], name='alarms_routine_due'),
        ),
        migrations.AddIndex(
            model_name='routine',
            index=models.Index(condition=models.Q(('is_outside', True), ('outside_at__isnull', True)), fields=['id'], name='alarms_routine_outside'),
        ),
        migrations.AddIndex(
            model_name='routine',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['arming'], name='alarms_routine_running'),
        ),
        migrations.AddConstraint(
            model_name='routine',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('arming', 'kind'), name='alarms_routine_runs_once'),
        ),
        migrations.AddConstraint(
            model_name='vaultwindow',
            constraint=models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='alarms_vaultwindow_goes_forward'),
        ),
        migrations.AddConstraint(
            model_name='vaultwindow',
            constraint=models.UniqueConstraint(fields=('site', 'weekday', 'opens'), name='alarms_vaultwindow_once'),
        ),
        migrations.AddIndex(
            model_name='wrongcode',
            index=models.Index(fields=['site', 'at'], name='alarms_wrongcode_site'),
        ),
    ]
