"""STORE of the answers side: what was said, in no order and at no time, by nobody."""
