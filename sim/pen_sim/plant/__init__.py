"""The plant: what the firmware's pins are wired to. Edges in; levels and ADC values out; nothing here has a clock."""
