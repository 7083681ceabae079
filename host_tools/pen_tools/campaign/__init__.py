"""The fault campaign: runs drawn at random from a seed, each with a fault at a random moment, judged by what truly happened."""
