
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
        ('sites', '0005_atm'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Climb',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('rungs', models.JSONField()),
                ('rounds', models.PositiveSmallIntegerField()),
                ('again_s', models.PositiveIntegerField()),
                ('began_at', models.DateTimeField()),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('rung', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('end', models.CharField(blank=True, choices=[('acknowledged', 'Somebody took it'), ('closed', 'It was closed'), ('shelved', 'It was shelved'), ('folded', 'It became part of a storm')], default='', max_length=12)),
                ('alarm', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='climbs', to='alarms.alarm')),
            ],
        ),
        migrations.CreateModel(
            name='Ladder',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', canh.kit.text.NfcCharField(max_length=120)),
                ('priority', models.PositiveSmallIntegerField(choices=[(1, 'Urgent'), (2, 'High'), (3, 'Normal')])),
                ('rungs', models.JSONField(default=list)),
                ('rounds', models.PositiveSmallIntegerField(default=1)),
                ('again_s', models.PositiveIntegerField(default=300)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sites.site')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit')),
            ],
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('round', models.PositiveSmallIntegerField()),
                ('rung', models.PositiveSmallIntegerField()),
                ('purpose', models.CharField(choices=[('call', 'Call'), ('silence', 'Siren off')], default='call', max_length=8)),
                ('whom', models.CharField(max_length=220)),
                ('kind', models.CharField(blank=True, choices=[('email', 'Email'), ('webhook', 'Webhook'), ('sms', 'Text message (SMS)'), ('siren', 'Siren'), ('paper', 'Call tree on paper')], max_length=10)),
                ('address', models.CharField(blank=True, max_length=200)),
                ('way', models.PositiveSmallIntegerField(default=0)),
                ('state', models.CharField(choices=[('waiting', 'to be sent'), ('sending', 'being sent'), ('sent', 'sent'), ('failed', 'did not arrive'), ('uncertain', 'perhaps sent: the sender was stopped at that moment'), ('stopped', 'no longer needed'), ('no_way', 'has no way to be reached')], default='waiting', max_length=10)),
                ('made_at', models.DateTimeField()),
                ('next_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('claimed_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('detail', canh.kit.text.NfcCharField(blank=True, max_length=300)),
                ('climb', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='response.climb')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='climb',
            index=models.Index(condition=models.Q(('ended_at__isnull', True), ('next_at__isnull', False)), fields=['next_at'], name='response_climb_due'),
        ),
        migrations.AddConstraint(
            model_name='climb',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('alarm',), name='response_climb_open_once'),
        ),
        migrations.AddConstraint(
            model_name='ladder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('site__isnull', False), ('unit__isnull', True)), models.Q(('site__isnull', True), ('unit__isnull', False)), _connector='OR'), name='response_ladder_of_one_place'),
        ),
        migrations.AddConstraint(
            model_name='ladder',
            constraint=models.UniqueConstraint(fields=('site', 'priority'), name='response_ladder_site_once'),
        ),
        migrations.AddConstraint(
            model_name='ladder',
            constraint=models.UniqueConstraint(fields=('unit', 'priority'), name='response_ladder_unit_once'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'sending'])), fields=['next_at'], name='response_notice_due'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('climb', 'round', 'rung', 'whom', 'way', 'purpose'), name='response_notice_once'),
        ),
    ]
