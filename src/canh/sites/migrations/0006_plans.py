
import canh.kit.ids
import canh.kit.text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sites', '0005_atm'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FloorPlan',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', canh.kit.text.NfcCharField(max_length=60)),
                ('sha256', models.CharField(max_length=64)),
                ('media', models.CharField(max_length=20)),
                ('size', models.PositiveIntegerField()),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='plans', to='sites.site')),
            ],
        ),
        migrations.CreateModel(
            name='PlanMark',
            fields=[
                ('id', models.BigIntegerField(default=canh.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('x', models.PositiveSmallIntegerField()),
                ('y', models.PositiveSmallIntegerField()),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='marks', to='sites.floorplan')),
                ('zone', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mark', to='sites.zone')),
            ],
        ),
        migrations.AddConstraint(
            model_name='floorplan',
            constraint=models.UniqueConstraint(fields=('site', 'name'), name='sites_floorplan_name_once'),
        ),
        migrations.AddConstraint(
            model_name='planmark',
            constraint=models.CheckConstraint(condition=models.Q(('x__lte', 1000), ('y__lte', 1000)), name='sites_planmark_on_the_plan'),
        ),
    ]
