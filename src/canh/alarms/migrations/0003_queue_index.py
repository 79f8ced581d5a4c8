
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alarms', '0002_doors'),
        ('intake', '0002_doors'),
        ('sites', '0002_doors'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='alarm',
            name='alarms_alarm_queue',
        ),
        migrations.RemoveIndex(
            model_name='alarm',
            name='alarms_alarm_fold',
        ),
        migrations.AddIndex(
            model_name='alarm',
            index=models.Index(condition=models.Q(models.Q(('state', 'closed'), _negated=True), ('fold', '')), fields=['priority', 'received_at'], name='alarms_alarm_queue'),
        ),
        migrations.AddIndex(
            model_name='alarm',
            index=models.Index(models.F('priority'), models.OrderBy(models.F('returned_at'), descending=True), models.F('id'), models.F('site'), models.F('state'), models.F('received_at'), models.F('last_at'), models.F('fold'), condition=models.Q(models.Q(('state', 'closed'), _negated=True), ('fold', 'storm')), name='alarms_alarm_storm'),
        ),
    ]
