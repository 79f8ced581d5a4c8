
import canh.kit.ids
import canh.kit.text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ContactMethod',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('email', 'Email'), ('webhook', 'Webhook'), ('sms', 'Text message (SMS)'), ('siren', 'Siren'), ('paper', 'Call tree on paper')], max_length=10)),
                ('address', canh.kit.text.NfcCharField(max_length=200)),
                ('order', models.PositiveSmallIntegerField()),
                ('verified_at', models.DateTimeField(null=True)),
                ('last_tested_at', models.DateTimeField(null=True)),
                ('last_result', models.CharField(blank=True, choices=[('sent', 'Sent'), ('retry', 'To be tried again'), ('failed', 'Failed')], max_length=10)),
                ('last_detail', canh.kit.text.NfcCharField(blank=True, max_length=300)),
                ('due_at', models.DateTimeField()),
                ('code_digest', models.CharField(blank=True, max_length=64)),
                ('code_until', models.DateTimeField(null=True)),
                ('code_tries', models.PositiveSmallIntegerField(default=0)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_methods', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['due_at'], name='accounts_contactmethod_due')],
                'constraints': [models.UniqueConstraint(fields=('user', 'kind', 'address'), name='accounts_contactmethod_once'), models.CheckConstraint(condition=models.Q(('code_digest', ''), ('code_until__isnull', False), _connector='OR'), name='accounts_contactmethod_code_ends')],
            },
        ),
    ]
