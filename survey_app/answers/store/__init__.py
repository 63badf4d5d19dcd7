"""STORE of the answers side: the answers, in no order, at no time, of no person."""
