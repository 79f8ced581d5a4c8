"""MQTT: what Frigate, Zigbee2MQTT and Home Assistant's discovery say through a broker.

broker     the address of a broker, as the operator set it
wire       the connection, in a thread of its own
line       messages in order, acknowledged in order
clerk      places a message, has it read and judged, hands it to the journal
frigate, zigbee, hass    a message into facts: pure
judge      whether a fact is news
memory     what was told before, also before a restart
"""

DOOR = "mqtt"
