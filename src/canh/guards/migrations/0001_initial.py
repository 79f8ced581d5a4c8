
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
            name='Duty',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('leader', 'Shift leader'), ('guard', 'On guard'), ('on_call', 'On call')], max_length=12)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('note', canh.kit.text.NfcCharField(blank=True, max_length=200)),
                ('removed_at', models.DateTimeField(null=True)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sites.site')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['site', 'ends_at'], name='guards_duty_site'), models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['unit', 'ends_at'], name='guards_duty_unit'), models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['user', 'ends_at'], name='guards_duty_user')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='guards_duty_has_span'), models.CheckConstraint(condition=models.Q(models.Q(('site__isnull', False), ('unit__isnull', True)), models.Q(('site__isnull', True), ('unit__isnull', False)), _connector='OR'), name='guards_duty_at_one_place')],
            },
        ),
    ]
