
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alarms', '0012_calls'),
    ]

    operations = [
        migrations.AlterField(
            model_name='alarmevent',
            name='kind',
            field=models.CharField(choices=[('received', 'Message received'), ('stored', 'Stored durably, then acknowledged to the panel'), ('shown', 'Shown at the desk'), ('raised', 'Alarm raised'), ('again', 'Reported again'), ('reactivated', 'Active again after acknowledgement'), ('repeat', 'Same message delivered again'), ('returned', 'Condition returned to normal'), ('acknowledged', 'Acknowledged'), ('shelved', 'Shelved'), ('unshelved', 'Back from the shelf'), ('taken_over', 'Taken over'), ('released', 'Owner no longer at the desk'), ('called', 'People called'), ('dispatched', 'Sent to the spot'), ('on_spot', 'Word from who was sent'), ('stood_down', 'Stand-down'), ('note', 'Note'), ('sight', 'What somebody saw'), ('closed', 'Closed'), ('reopened', 'Reopened')], max_length=16),
        ),
    ]
