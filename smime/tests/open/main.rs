//! Mails are opened: sound ones, and those that somebody made to deceive.
#![allow(clippy::disallowed_methods)]

mod attacks;
mod build;
mod capabilities;
mod compression;
mod damage;
mod encryption;
mod expand;
mod format;
mod forms;
mod headers;
mod limits;
mod partial;
mod peers;
mod protection;
mod readings;
mod receipts;
mod revocation;
#[path = "../seal/ring.rs"]
#[allow(dead_code)] // the other tests use more of it
mod ring;
mod sender;
mod signers;
mod stateless;
mod structure;
mod wrapped;

use ring::{Person, Ring, person};

/// Alice writes, Bob reads and trusts her, Mallory is trusted too: as Mallory.
struct World {
    alice: Person,
    bob: Person,
    mallory: Person,
    ring: Ring,
}

fn world() -> World {
    let (alice, bob, mallory) = (person("alice@example.org"), person("bob@example.net"), person("mallory@example.com"));
    let ring = Ring::of(&bob, &[&alice, &mallory]);
    World { alice, bob, mallory, ring }
}
