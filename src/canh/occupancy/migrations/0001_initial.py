
import canh.kit.ids
import canh.kit.text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('sites', '0005_atm'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Key',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('label', canh.kit.text.NfcCharField(max_length=60)),
                ('opens', canh.kit.text.NfcCharField(blank=True, max_length=120)),
                ('added_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(null=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='KeyLoan',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('holder', canh.kit.text.NfcCharField(blank=True, max_length=120)),
                ('out_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('told_at', models.DateTimeField(null=True)),
                ('back_at', models.DateTimeField(null=True)),
                ('back_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='loans', to='occupancy.key')),
                ('out_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', canh.kit.text.NfcCharField(max_length=120)),
                ('place', canh.kit.text.NfcCharField(blank=True, max_length=120)),
                ('is_leader', models.BooleanField(default=False)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('added_at', models.DateTimeField()),
                ('linked_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='Lockdown',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('is_drill', models.BooleanField(default=False)),
                ('started_at', models.DateTimeField()),
                ('start_signal', models.BigIntegerField(null=True, unique=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('told_end_at', models.DateTimeField(null=True)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lockdowns', to='sites.site')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='occupancy.member')),
                ('started_member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='occupancy.member')),
            ],
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('visitor', 'Visitor'), ('contractor', 'Contractor'), ('delivery', 'Delivery')], max_length=12)),
                ('name', canh.kit.text.NfcCharField(blank=True, max_length=120)),
                ('company', canh.kit.text.NfcCharField(blank=True, max_length=120)),
                ('host', canh.kit.text.NfcCharField(blank=True, max_length=120)),
                ('badge', models.CharField(blank=True, max_length=20)),
                ('in_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('told_at', models.DateTimeField(null=True)),
                ('out_at', models.DateTimeField(null=True)),
                ('in_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('out_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visits', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('safe', 'Safe'), ('help', 'Needs help'), ('away', 'Not on the premises')], max_length=8)),
                ('people', models.PositiveSmallIntegerField(default=0)),
                ('note', canh.kit.text.NfcCharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lockdown', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='occupancy.lockdown')),
                ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='occupancy.member')),
                ('visit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='occupancy.visit')),
            ],
        ),
        migrations.CreateModel(
            name='Buttons',
            fields=[
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='buttons', serialize=False, to='sites.site')),
                ('since_at', models.DateTimeField()),
                ('lockdown', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sites.panel')),
                ('safe', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sites.panel')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('lockdown', models.F('safe')), _negated=True), name='occupancy_buttons_are_two')],
            },
        ),
        migrations.AddConstraint(
            model_name='key',
            constraint=models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True)), fields=('site', 'label'), name='occupancy_key_label_once'),
        ),
        migrations.AddIndex(
            model_name='keyloan',
            index=models.Index(condition=models.Q(('back_at__isnull', True), ('told_at__isnull', True)), fields=['due_at'], name='occupancy_loan_due'),
        ),
        migrations.AddIndex(
            model_name='keyloan',
            index=models.Index(condition=models.Q(('told_at__isnull', False)), fields=['told_at'], name='occupancy_loan_told'),
        ),
        migrations.AddIndex(
            model_name='keyloan',
            index=models.Index(condition=models.Q(('back_at__isnull', False), models.Q(('holder', ''), _negated=True)), fields=['back_at'], name='occupancy_loan_names'),
        ),
        migrations.AddConstraint(
            model_name='keyloan',
            constraint=models.UniqueConstraint(condition=models.Q(('back_at__isnull', True)), fields=('key',), name='occupancy_loan_once'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['site', 'name'], name='occupancy_member_site'),
        ),
        migrations.AddIndex(
            model_name='lockdown',
            index=models.Index(fields=['site', '-started_at'], name='occupancy_lockdown_site'),
        ),
        migrations.AddIndex(
            model_name='lockdown',
            index=models.Index(condition=models.Q(('ended_at__isnull', False), ('told_end_at__isnull', True)), fields=['ended_at'], name='occupancy_lockdown_untold'),
        ),
        migrations.AddConstraint(
            model_name='lockdown',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('site',), name='occupancy_lockdown_runs_once'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['site', '-in_at'], name='occupancy_visit_site'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(('out_at__isnull', True), ('told_at__isnull', True)), fields=['due_at'], name='occupancy_visit_due'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(('told_at__isnull', False)), fields=['told_at'], name='occupancy_visit_told'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(('out_at__isnull', False), models.Q(('name', ''), _negated=True)), fields=['out_at'], name='occupancy_visit_names'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.UniqueConstraint(condition=models.Q(('out_at__isnull', True), models.Q(('badge', ''), _negated=True)), fields=('site', 'badge'), name='occupancy_visit_badge_once'),
        ),
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(fields=['lockdown', 'id'], name='occupancy_answer_lockdown'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('member__isnull', False), ('visit__isnull', True)), models.Q(('member__isnull', True), ('visit__isnull', False)), _connector='OR'), name='occupancy_answer_of_one'),
        ),
    ]
