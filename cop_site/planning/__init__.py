"""How those who run events make, change, copy, publish and call them off."""
