
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='channelsettings',
            name='kind',
            field=models.CharField(choices=[('email', 'Email'), ('webhook', 'Webhook'), ('sms', 'Text message (SMS)'), ('chat', 'Chat service'), ('siren', 'Siren'), ('paper', 'Call tree on paper')], max_length=10, primary_key=True, serialize=False),
        ),
    ]
