
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alarms', '0007_arming'),
        ('intake', '0003_not_armed'),
        ('sites', '0003_hours'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='alarm',
            index=models.Index(condition=models.Q(('state', 'closed')), fields=['-closed_at', '-id'], name='alarms_alarm_history'),
        ),
    ]
