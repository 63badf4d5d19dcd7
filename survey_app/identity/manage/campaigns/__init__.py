"""A campaign from its plan to its close: draft, strata, samples, signing keys."""
