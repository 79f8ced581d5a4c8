
import canh.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0002_chat'),
    ]

    operations = [
        migrations.CreateModel(
            name='PushDevice',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('endpoint', models.TextField(unique=True)),
                ('p256dh', models.CharField(max_length=100)),
                ('auth', models.CharField(max_length=30)),
                ('name', models.CharField(blank=True, max_length=60)),
                ('added_at', models.DateTimeField()),
            ],
        ),
        migrations.AlterField(
            model_name='channelsettings',
            name='kind',
            field=models.CharField(choices=[('email', 'Email'), ('webhook', 'Webhook'), ('sms', 'Text message (SMS)'), ('push', 'Message in the browser'), ('chat', 'Chat service'), ('siren', 'Siren'), ('paper', 'Call tree on paper')], max_length=10, primary_key=True, serialize=False),
        ),
    ]
