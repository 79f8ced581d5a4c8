
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('response', '0003_notice_alarm'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(blank=True, choices=[('email', 'Email'), ('webhook', 'Webhook'), ('sms', 'Text message (SMS)'), ('chat', 'Chat service'), ('siren', 'Siren'), ('paper', 'Call tree on paper')], max_length=10),
        ),
    ]
