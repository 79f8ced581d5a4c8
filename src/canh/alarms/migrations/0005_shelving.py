
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alarms', '0004_sights'),
        ('intake', '0002_doors'),
        ('sites', '0002_doors'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='alarm',
            name='shelve_reason',
            field=models.CharField(blank=True, choices=[('repair', 'The fault is known, its repair is ordered'), ('work', 'Somebody works on the system'), ('weather', 'Weather or surroundings'), ('keyholder', 'A keyholder is on the way'), ('other', 'Other (say which)')], default='', max_length=16),
        ),
        migrations.AddField(
            model_name='alarm',
            name='shelved_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='alarm',
            name='shelved_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='alarmevent',
            name='reason',
            field=models.CharField(blank=True, default='', max_length=16),
        ),
        migrations.AddField(
            model_name='alarmevent',
            name='until_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='alarm',
            name='state',
            field=models.CharField(choices=[('unacknowledged', 'Unacknowledged'), ('acknowledged', 'Acknowledged'), ('shelved', 'Shelved'), ('closed', 'Closed')], default='unacknowledged', max_length=16),
        ),
        migrations.AlterField(
            model_name='alarmevent',
            name='kind',
            field=models.CharField(choices=[('received', 'Message received'), ('stored', 'Stored durably, then acknowledged to the panel'), ('shown', 'Shown at the desk'), ('raised', 'Alarm raised'), ('again', 'Reported again'), ('reactivated', 'Active again after acknowledgement'), ('repeat', 'Same message delivered again'), ('returned', 'Condition returned to normal'), ('acknowledged', 'Acknowledged'), ('shelved', 'Shelved'), ('unshelved', 'Back from the shelf'), ('note', 'Note'), ('sight', 'What somebody saw'), ('closed', 'Closed'), ('reopened', 'Reopened')], max_length=16),
        ),
        migrations.AddIndex(
            model_name='alarm',
            index=models.Index(condition=models.Q(('state', 'shelved')), fields=['shelved_until'], name='alarms_alarm_shelf'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('shelved_by__isnull', False), ('shelved_until__isnull', False), ('state', 'shelved'), models.Q(('shelve_reason', ''), _negated=True)), models.Q(models.Q(('state', 'shelved'), _negated=True), ('shelved_until__isnull', True)), _connector='OR'), name='alarms_alarm_shelved_until'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'shelved'), _negated=True), models.Q(('kind__in', ['duress', 'fire', 'hold_up', 'panic']), _negated=True), _connector='OR'), name='alarms_alarm_urgent_never_shelved'),
        ),
    ]
