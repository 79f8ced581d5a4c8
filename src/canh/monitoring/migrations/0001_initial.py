
import canh.kit.ids
import canh.kit.text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_contact_methods'),
        ('sites', '0005_atm'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WatchDesk',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', canh.kit.text.NfcCharField(max_length=120)),
                ('phone', models.CharField(blank=True, max_length=30)),
                ('retired_at', models.DateTimeField(null=True)),
                ('people', models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('weekdays', models.CharField(max_length=7)),
                ('opens', models.TimeField()),
                ('closes', models.TimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sites.site')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit')),
                ('desk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='watches', to='monitoring.watchdesk')),
                ('reserve', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='monitoring.watchdesk')),
            ],
        ),
        migrations.CreateModel(
            name='Takeover',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('watch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='takeovers', to='monitoring.watch')),
                ('to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='monitoring.watchdesk')),
            ],
        ),
        migrations.AddConstraint(
            model_name='watchdesk',
            constraint=models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True)), fields=('name',), name='monitoring_desk_once'),
        ),
        migrations.AddIndex(
            model_name='watch',
            index=models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['site'], name='monitoring_watch_site'),
        ),
        migrations.AddIndex(
            model_name='watch',
            index=models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['unit'], name='monitoring_watch_unit'),
        ),
        migrations.AddConstraint(
            model_name='watch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('site__isnull', False), ('unit__isnull', True)), models.Q(('site__isnull', True), ('unit__isnull', False)), _connector='OR'), name='monitoring_watch_of_one_ground'),
        ),
        migrations.AddConstraint(
            model_name='watch',
            constraint=models.CheckConstraint(condition=models.Q(('desk', models.F('reserve')), _negated=True), name='monitoring_watch_reserve_is_another'),
        ),
        migrations.AddIndex(
            model_name='takeover',
            index=models.Index(fields=['-began_at', '-id'], name='monitoring_takeover_list'),
        ),
        migrations.AddConstraint(
            model_name='takeover',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('watch',), name='monitoring_takeover_once'),
        ),
    ]
