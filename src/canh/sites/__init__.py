"""Sites: the register of premises with their zones, devices, panels and contacts."""
