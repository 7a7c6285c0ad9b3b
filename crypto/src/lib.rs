//! Algorithms by name, over chosen libraries, and the PrivateKey trait.
