
import canh.kit.ids
import canh.kit.text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0002_procedures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EvidenceFile',
            fields=[
                ('sha256', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('size', models.BigIntegerField()),
                ('kept_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='incidents_evidence_not_empty')],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('name', canh.kit.text.NfcCharField(max_length=120)),
                ('media', models.CharField(choices=[('image/jpeg', 'Picture (JPEG)'), ('image/png', 'Picture (PNG)'), ('image/gif', 'Picture (GIF)'), ('image/webp', 'Picture (WebP)'), ('application/pdf', 'Document (PDF)'), ('video/mp4', 'Video (MP4)'), ('video/x-matroska', 'Video (Matroska)'), ('video/x-msvideo', 'Video (AVI)'), ('audio/wav', 'Sound (WAV)'), ('audio/ogg', 'Sound (Ogg)'), ('audio/mpeg', 'Sound (MP3)'), ('application/zip', 'Archive or office document'), ('text/plain', 'Text'), ('application/octet-stream', 'Not recognised')], max_length=40)),
                ('note', models.TextField(blank=True)),
                ('added_at', models.DateTimeField()),
                ('locked_at', models.DateTimeField(null=True)),
                ('lock_reason', models.TextField(blank=True)),
                ('removed_at', models.DateTimeField(null=True)),
                ('removed_why', models.CharField(blank=True, choices=[('person', 'by a person'), ('retention', 'its time is over')], max_length=12)),
                ('remove_reason', models.TextField(blank=True)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='incidents.incident')),
                ('locked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('removed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='incidents.evidencefile')),
            ],
            options={
                'indexes': [models.Index(fields=['incident', 'id'], name='incidents_attach_case'), models.Index(condition=models.Q(('file__isnull', False), ('removed_at__isnull', False)), fields=['removed_at'], name='incidents_attach_collect'), models.Index(condition=models.Q(('locked_at__isnull', True), ('removed_at__isnull', True)), fields=['id'], name='incidents_attach_retain')],
                'constraints': [models.CheckConstraint(condition=models.Q(('locked_at__isnull', True), models.Q(('file__isnull', False), ('removed_at__isnull', True)), _connector='OR'), name='incidents_attachment_locked_stays'), models.CheckConstraint(condition=models.Q(('file__isnull', False), ('removed_at__isnull', False), _connector='OR'), name='incidents_attachment_file_or_removed'), models.CheckConstraint(condition=models.Q(('file__isnull', True), ('file', models.F('sha256')), _connector='OR'), name='incidents_attachment_says_its_file'), models.CheckConstraint(condition=models.Q(models.Q(('lock_reason', ''), ('locked_at__isnull', True), ('locked_by__isnull', True)), models.Q(('locked_at__isnull', False), ('locked_by__isnull', False), models.Q(('lock_reason', ''), _negated=True)), _connector='OR'), name='incidents_attachment_lock_with_reason'), models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True)), fields=('incident', 'sha256'), name='incidents_attachment_once')],
            },
        ),
    ]
