//! Nothing: cargo wants a target before it resolves the dependencies, which are what this package is for.
