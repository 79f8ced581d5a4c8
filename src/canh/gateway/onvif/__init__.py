"""The ONVIF door: it calls cameras and asks each, again and again, what has happened (pull point)."""

DOOR, PROTOCOL = "onvif", "ONVIF"
