
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ChannelSettings',
            fields=[
                ('kind', models.CharField(choices=[('email', 'Email'), ('webhook', 'Webhook'), ('sms', 'Text message (SMS)'), ('siren', 'Siren'), ('paper', 'Call tree on paper')], max_length=10, primary_key=True, serialize=False)),
                ('is_on', models.BooleanField(default=False)),
                ('facts', models.JSONField(default=dict)),
                ('secret_sealed', models.BinaryField(null=True)),
                ('changed_at', models.DateTimeField()),
                ('last_at', models.DateTimeField(null=True)),
                ('last_state', models.CharField(blank=True, choices=[('sent', 'Sent'), ('retry', 'To be tried again'), ('failed', 'Failed')], max_length=10)),
                ('last_detail', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('last_at__isnull', True), ('last_state', '')), models.Q(('last_at__isnull', False), models.Q(('last_state', ''), _negated=True)), _connector='OR'), name='channels_settings_result_is_whole')],
            },
        ),
    ]
