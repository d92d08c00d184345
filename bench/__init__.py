"""How fast the site is, as ratios to a bare page in the same run, and what holds in a crush."""
