"""What Frigate, Zigbee2MQTT and Home Assistant's discovery publish, in the form of their documentation."""

from __future__ import annotations

import json
from typing import Any


def frigate_event(kind: str = "new", occasion: str = "1764082800.375477-mxklsc", **after: Any) -> bytes:
    """`frigate/events` of Frigate 0.14 to 0.16."""
    now = {
        "id": occasion, "camera": "front_door", "frame_time": 1764082806.08, "snapshot": {
            "frame_time": 1764082805.9, "box": [415, 489, 528, 700], "area": 12728, "region": [260, 446, 660, 846],
            "score": 0.77546, "attributes": []},
        "label": "person", "sub_label": None, "top_score": 0.958984375, "false_positive": False,
        "start_time": 1764082800.375477, "end_time": None, "score": 0.87890625, "box": [432, 496, 544, 854],
        "area": 40096, "ratio": 1.251397, "region": [218, 440, 693, 915], "active": True, "stationary": False,
        "motionless_count": 0, "position_changes": 2, "current_zones": ["driveway"],
        "entered_zones": ["yard", "driveway"], "has_clip": False, "has_snapshot": False, "attributes": {"face": 0.86},
        "current_attributes": [], "current_estimated_speed": 0, "velocity_angle": 0,
    }  # fmt: skip
    now |= {"end_time": 1764082820.5} if kind == "end" else {}
    return json.dumps({"type": kind, "before": now | {"score": 0.78}, "after": now | after}).encode()


def frigate_review(
    kind: str = "new", occasion: str = "1764082801.308396-fqk5ka", severity: str = "alert", **after: Any
) -> bytes:
    """`frigate/reviews` since Frigate 0.14."""
    now = {
        "id": occasion, "camera": "front_door", "start_time": 1764082801.308396, "end_time": None,
        "severity": severity, "thumb_path": f"/media/frigate/clips/review/thumb-front_door-{occasion}.webp",
        "data": {"detections": ["1764082800.375477-mxklsc"], "objects": ["person", "car"], "sub_labels": [],
                 "zones": ["yard"], "audio": []},
    }  # fmt: skip
    now |= {"end_time": 1764082820.5} if kind == "end" else {}
    return json.dumps({"type": kind, "before": now | {"severity": "detection"}, "after": now | after}).encode()


def frigate_stats(**fps: float) -> bytes:
    """`frigate/stats`: camera → pictures a second."""
    cameras = {
        name: {"camera_fps": value, "process_fps": value, "skipped_fps": 0.0, "detection_fps": 0.1,
               "detection_enabled": True, "pid": 401, "capture_pid": 402, "ffmpeg_pid": 403, "audio_dBFS": 0.0}
        for name, value in fps.items()
    }  # fmt: skip
    return json.dumps(
        {"cameras": cameras, "detectors": {}, "service": {"version": "0.15.1-abc", "uptime": 60}}
    ).encode()


def zigbee_devices(**names: str) -> bytes:
    """`zigbee2mqtt/bridge/devices`: friendly name (`__` for a slash) → IEEE address."""
    coordinator = {
        "ieee_address": "0x00124b00120144ae", "type": "Coordinator", "network_address": 0, "supported": True,
        "friendly_name": "Coordinator", "definition": None, "disabled": False, "interview_completed": True,
    }  # fmt: skip
    contact = {"type": "binary", "name": "contact", "property": "contact", "access": 1, "value_on": False,
               "value_off": True, "label": "Contact"}  # fmt: skip
    devices = [
        {"ieee_address": ieee, "type": "EndDevice", "network_address": 29159, "supported": True, "disabled": False,
         "friendly_name": name.replace("__", "/"), "power_source": "Battery", "model_id": "lumi.sensor_magnet.aq2",
         "manufacturer": "LUMI", "interview_completed": True, "endpoints": {"1": {"bindings": [], "clusters": {}}},
         "definition": {"model": "MCCGQ11LM", "vendor": "Aqara", "description": "Door and window sensor",
                        "options": [], "exposes": [contact, {"type": "numeric", "name": "battery",
                                                             "property": "battery", "unit": "%"}]}}
        for name, ieee in names.items()
    ]  # fmt: skip
    return json.dumps([coordinator, *devices]).encode()


def hass_panel(**more: Any) -> bytes:
    """`homeassistant/alarm_control_panel/…/config`, abbreviated as gateways publish it."""
    return json.dumps({
        "~": "pai/paradox/states/partitions/hall", "name": "Hall", "uniq_id": "paradox_7100_partition_hall",
        "stat_t": "~/current_state", "cmd_t": "pai/control/hall", "avty_t": "pai/interface/availability",
        "sup_feat": ["arm_home", "arm_away"], "o": {"name": "PAI", "sw": "3.5"},
        "dev": {"ids": ["paradox_7100"], "mf": "Paradox", "mdl": "EVO192", "name": "Tủ báo động"}, **more,
    }).encode()  # fmt: skip


def hass_sensor(**more: Any) -> bytes:
    """`homeassistant/binary_sensor/…/config`, in full words."""
    return json.dumps({
        "name": "Cửa kho", "unique_id": "esp32_kho_cua", "device_class": "door", "state_topic": "esp/kho/cua",
        "availability": [{"topic": "esp/kho/status"}], "device": {"identifiers": ["esp32_kho"], "name": "ESP kho"},
        **more,
    }).encode()  # fmt: skip


def hass_device() -> bytes:
    """`homeassistant/device/…/config`: several entities in one message, since Home Assistant 2024.11."""
    return json.dumps({
        "dev": {"ids": "ea334450945afc", "name": "Kho quỹ", "mf": "Bla electronics", "mdl": "xya"},
        "o": {"name": "bla2mqtt", "sw": "2.1"},
        "cmps": {
            "motion": {"p": "binary_sensor", "dev_cla": "motion", "val_tpl": "{{ value_json.motion }}",
                       "uniq_id": "bla_motion", "off_dly": 30},
            "smoke": {"p": "binary_sensor", "dev_cla": "smoke", "val_tpl": "{{ value_json['smoke'] }}",
                      "uniq_id": "bla_smoke", "pl_on": True, "pl_off": False},
            "temperature": {"p": "sensor", "dev_cla": "temperature", "uniq_id": "bla_t"},
        },
        "stat_t": "bla/state", "avty": {"t": "bla/up", "pl_avail": "1", "pl_not_avail": "0"}, "qos": 2,
    }).encode()  # fmt: skip
