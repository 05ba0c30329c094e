"""Pure rules over values and frames: no framework, no input or output, no clock of its own."""
