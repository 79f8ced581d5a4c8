
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_chat'),
    ]

    operations = [
        migrations.AlterField(
            model_name='contactmethod',
            name='kind',
            field=models.CharField(choices=[('email', 'Email'), ('webhook', 'Webhook'), ('sms', 'Text message (SMS)'), ('push', 'Message in the browser'), ('chat', 'Chat service'), ('siren', 'Siren'), ('paper', 'Call tree on paper')], max_length=10),
        ),
    ]
