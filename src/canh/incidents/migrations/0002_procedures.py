
import canh.kit.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('incidents', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='incident',
            name='none_found',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.CreateModel(
            name='Procedure',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('hold_up', 'Hold-up'), ('duress', 'Duress'), ('panic', 'Panic'), ('fire', 'Fire'), ('gas', 'Gas'), ('medical', 'Medical'), ('intrusion', 'Intrusion'), ('tamper', 'Tamper'), ('access', 'Access'), ('open_close', 'Opening and closing'), ('bypass', 'Bypass'), ('path', 'Transmission path'), ('power', 'Power'), ('fault', 'Fault'), ('flood', 'Flood'), ('test', 'Test'), ('info', 'Information'), ('security', 'Attack on the transmission'), ('unknown', 'Unknown code')], max_length=12)),
                ('draft', models.JSONField(null=True)),
                ('draft_at', models.DateTimeField(null=True)),
                ('retired_at', models.DateTimeField(null=True)),
                ('draft_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit')),
            ],
        ),
        migrations.CreateModel(
            name='ProcedureVersion',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('steps', models.JSONField()),
                ('published_at', models.DateTimeField()),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='incidents.procedure')),
                ('published_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('hold_up', 'Hold-up'), ('duress', 'Duress'), ('panic', 'Panic'), ('fire', 'Fire'), ('gas', 'Gas'), ('medical', 'Medical'), ('intrusion', 'Intrusion'), ('tamper', 'Tamper'), ('access', 'Access'), ('open_close', 'Opening and closing'), ('bypass', 'Bypass'), ('path', 'Transmission path'), ('power', 'Power'), ('fault', 'Fault'), ('flood', 'Flood'), ('test', 'Test'), ('info', 'Information'), ('security', 'Attack on the transmission'), ('unknown', 'Unknown code')], max_length=12)),
                ('steps', models.JSONField()),
                ('begun_at', models.DateTimeField()),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='incidents.incident')),
                ('version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.procedureversion')),
            ],
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=40)),
                ('value', models.TextField(blank=True)),
                ('is_skipped', models.BooleanField(default=False)),
                ('reason', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('seen_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='incidents.run')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddConstraint(
            model_name='procedure',
            constraint=models.UniqueConstraint(fields=('unit', 'kind'), name='incidents_procedure_once'),
        ),
        migrations.AddConstraint(
            model_name='procedureversion',
            constraint=models.UniqueConstraint(fields=('procedure', 'number'), name='incidents_procedureversion_once'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(fields=('incident', 'kind'), name='incidents_run_once'),
        ),
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(condition=models.Q(('is_skipped', True), ('seen_at', None)), fields=['id'], name='incidents_answer_unseen'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_skipped', False), ('reason', '')), models.Q(('is_skipped', True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='incidents_answer_skipped_with_reason'),
        ),
    ]
