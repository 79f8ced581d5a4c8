"""The premises register: sites, panels, zones, devices, contacts."""
