
import canh.kit.ids
import canh.kit.text
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sites', '0002_doors'),
    ]

    operations = [
        migrations.CreateModel(
            name='HoursRule',
            fields=[
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='hours_rule', serialize=False, to='sites.site')),
                ('late_min', models.PositiveSmallIntegerField(default=30)),
                ('early_min', models.PositiveSmallIntegerField(default=30)),
                ('late_opening_min', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('keeps_holidays', models.BooleanField(default=True)),
                ('exit_s', models.PositiveSmallIntegerField(default=60)),
                ('entry_s', models.PositiveSmallIntegerField(default=30)),
                ('on_open', models.CharField(choices=[('refuse', 'Do not arm'), ('bypass', 'Arm without it')], default='refuse', max_length=8)),
                ('by_schedule', models.CharField(blank=True, choices=[('', 'Nothing: a person arms and disarms'), ('arm', 'Arm when closing and grace are over'), ('both', 'Arm after closing, disarm at opening')], default='', max_length=8)),
                ('changed_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('entry_s__lte', 45), ('exit_s__lte', 300)), name='sites_hoursrule_delays')],
            },
        ),
        migrations.CreateModel(
            name='OpeningException',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('opens', models.TimeField(blank=True, null=True)),
                ('closes', models.TimeField(blank=True, null=True)),
                ('reason', canh.kit.text.NfcCharField(max_length=200)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exceptions', to='sites.site')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'first'], name='sites_exception_site')],
                'constraints': [models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='sites_exception_goes_forward'), models.CheckConstraint(condition=models.Q(models.Q(('closes__isnull', True), ('opens__isnull', True)), models.Q(('closes__isnull', False), ('opens__isnull', False)), _connector='OR'), name='sites_exception_opens_and_closes')],
            },
        ),
    ]
