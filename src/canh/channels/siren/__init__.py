"""A siren or relay on MQTT, on a broker of the operator."""
