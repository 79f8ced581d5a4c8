"""The map: wards as cells, premises as dots, open alarms by shape and colour."""
