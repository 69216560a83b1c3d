"""Many specifications at once, each under the same dealt roll-outs, and tests of all together."""
