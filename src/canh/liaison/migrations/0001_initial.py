
import canh.kit.ids
import canh.kit.text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_contact_methods'),
        ('alarms', '0012_calls'),
        ('incidents', '0003_evidence'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PoliceDesk',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', canh.kit.text.NfcCharField(max_length=120)),
                ('folded', canh.kit.text.FoldedField(max_length=500, sources=('name',))),
                ('kind', models.CharField(choices=[('emergency', 'Emergency call 113'), ('ward', 'Police of the ward or commune'), ('city', 'Police of the city, duty desk'), ('other', 'Another police unit')], max_length=10)),
                ('phone', models.CharField(max_length=30)),
                ('email', models.CharField(blank=True, max_length=200)),
                ('opens', models.TimeField(blank=True, null=True)),
                ('closes', models.TimeField(blank=True, null=True)),
                ('joins_drills', models.BooleanField(default=False)),
                ('tested_at', models.DateTimeField(null=True)),
                ('test_note', canh.kit.text.NfcCharField(blank=True, max_length=200)),
                ('retired_at', models.DateTimeField(null=True)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.area')),
                ('tested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Referral',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('new', 'waiting for the police to confirm'), ('accepted', 'taken by the police'), ('rejected', 'refused by the police'), ('cancelled', 'called off'), ('closed', 'closed by the police')], default='new', max_length=10)),
                ('is_drill', models.BooleanField(default=False)),
                ('code', models.CharField(max_length=8)),
                ('sheet', models.JSONField()),
                ('made_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('overdue_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('officer', canh.kit.text.NfcCharField(blank=True, max_length=120)),
                ('reference', canh.kit.text.NfcCharField(blank=True, max_length=60)),
                ('refusal', models.CharField(blank=True, choices=[('bad_address', 'The address is wrong or not theirs'), ('wrong_kind', 'Not a matter for the police'), ('too_old', 'Too long ago'), ('other', 'Another reason (say which)')], max_length=12)),
                ('disposition', models.CharField(blank=True, choices=[('arrest', 'Somebody was held'), ('record', 'A record was made, the matter is followed up'), ('passed_on', 'Passed on to the investigating body'), ('nothing', 'On the spot, nothing found'), ('false', 'A false alarm'), ('other', 'Something else (say what)')], max_length=12)),
                ('ended_at', models.DateTimeField(null=True)),
                ('alarm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='alarms.alarm')),
                ('desk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='liaison.policedesk')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='referrals', to='incidents.incident')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ReferralLine',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(choices=[('made', 'Handed over'), ('mailed', 'Sheet sent by email'), ('not_mailed', 'Sheet could not be sent by email'), ('overdue', 'No confirmation in time'), ('called_back', 'Somebody called back with the right code'), ('accepted', 'Taken by the police'), ('rejected', 'Refused by the police'), ('on_way', 'The police are on the way'), ('on_spot', 'The police are on the spot'), ('question', 'The police ask'), ('news', 'The police tell'), ('answer', 'We answer'), ('keyholder', 'We tell: a keyholder is on the way'), ('info', 'We tell'), ('cancelled', 'We call it off'), ('closed', 'Closed by the police')], max_length=12)),
                ('text', models.TextField(blank=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('referral', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='liaison.referral')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.AddConstraint(
            model_name='policedesk',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closes__isnull', True), ('opens__isnull', True)), models.Q(('closes__isnull', False), ('opens__isnull', False), models.Q(('opens', models.F('closes')), _negated=True)), _connector='OR'), name='liaison_desk_hours'),
        ),
        migrations.AddConstraint(
            model_name='policedesk',
            constraint=models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True)), fields=('name',), name='liaison_desk_once'),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(condition=models.Q(('overdue_at__isnull', True), ('state', 'new')), fields=['due_at'], name='liaison_referral_due'),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(condition=models.Q(('overdue_at__isnull', False)), fields=['overdue_at'], name='liaison_referral_rings'),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(fields=['-made_at', '-id'], name='liaison_referral_list'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('new', 'accepted'))), fields=('incident',), name='liaison_referral_open_once'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('new', 'accepted'))), fields=('code',), name='liaison_referral_code_once'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'rejected'), _negated=True), models.Q(('refusal', ''), _negated=True), _connector='OR'), name='liaison_referral_refused_for'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('disposition', ''), _negated=True), _connector='OR'), name='liaison_referral_closed_with'),
        ),
    ]
