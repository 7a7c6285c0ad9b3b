//! Nonces that work once (RFC 8555 section 6.5) and how often something may be done (section 6.6).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crypto::Random;
use wire::Time;

use super::base64url;
use super::problem::Problem;

/// The nonces that were handed out and not used, the newest [`MAX_NONCES`] of them. They are not kept on disk: after a
/// restart a client is told `badNonce` once, and has another one with it.
#[derive(Debug, Default)]
pub(super) struct Nonces {
    order: VecDeque<String>,
    fresh: BTreeSet<String>,
}

impl Nonces {
    /// A fresh one.
    pub fn make(&mut self, rng: &mut dyn Random) -> Result<String, Problem> {
        let nonce = random_text(16, rng)?;
        while self.order.len() >= MAX_NONCES {
            self.order.pop_front().map(|oldest| self.fresh.remove(&oldest));
        }
        self.order.push_back(nonce.clone());
        self.fresh.insert(nonce.clone());
        Ok(nonce)
    }

    /// Uses one up.
    pub fn take(&mut self, nonce: &str) -> bool {
        self.fresh.remove(nonce)
    }
}

/// How often what may be done, by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    /// A new account, by anybody at all: nothing tells one stranger from another.
    Account,
    /// A new order, by an account.
    Order,
    /// A challenge mail, to an address: nobody's mailbox is to be filled by strangers.
    Mail,
}

impl Deed {
    /// Times in so many seconds.
    const fn most(self) -> (usize, i64) {
        match self {
            Deed::Account => (100, 3600),
            Deed::Order => (50, 3600),
            Deed::Mail => (10, 86_400),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Deed::Account => "accounts were made here",
            Deed::Order => "orders were made by this account",
            Deed::Mail => "challenge mails were sent to this address",
        }
    }
}

/// Counts deeds in a sliding window.
#[derive(Debug, Default)]
pub(super) struct Limits(BTreeMap<(Deed, String), VecDeque<i64>>);

impl Limits {
    /// Counts one more.
    pub fn count(&mut self, deed: Deed, who: &str, now: Time) -> Result<(), Problem> {
        let (most, seconds) = deed.most();
        let since = now.0.saturating_sub(seconds);
        if self.0.len() >= MAX_COUNTED {
            self.0.retain(|(deed, _), times| times.back().is_some_and(|last| *last > now.0 - deed.most().1));
        }
        let times = self.0.entry((deed, who.to_owned())).or_default();
        times.retain(|time| *time > since);
        if let Some(first) = times.front().filter(|_| times.len() >= most) {
            let wait = (first - since).max(1);
            let detail = format!("{most} {} of late; try again in {wait} seconds", deed.words());
            return Err(Problem::rate_limited(detail, wait));
        }
        times.push_back(now.0);
        Ok(())
    }
}

/// So many random octets, in base64url.
pub(super) fn random_text(octets: usize, rng: &mut dyn Random) -> Result<String, Problem> {
    let mut bytes = vec![0; octets];
    rng.fill(&mut bytes).map_err(|e| Problem::internal(e.to_string()))?;
    Ok(base64url::encode(&bytes))
}

const MAX_NONCES: usize = 8192;
/// Before those are cleared away that no longer count.
const MAX_COUNTED: usize = 10_000;

#[cfg(test)]
mod tests {
    use crypto::SystemRandom;

    use super::*;

    #[test]
    fn acme_a_nonce_works_once_and_the_oldest_are_forgotten() {
        let mut nonces = Nonces::default();
        let first = nonces.make(&mut SystemRandom).unwrap();
        let second = nonces.make(&mut SystemRandom).unwrap();
        assert!(nonces.take(&first) && !nonces.take(&first) && !nonces.take("") && !nonces.take("x"));
        for _ in 0..MAX_NONCES {
            nonces.make(&mut SystemRandom).unwrap();
        }
        assert!(!nonces.take(&second));
        assert!(nonces.fresh.len() <= MAX_NONCES);
    }

    #[test]
    fn acme_limits_slide() {
        let mut limits = Limits::default();
        let (most, seconds) = Deed::Mail.most();
        for at in 0..most {
            limits.count(Deed::Mail, "a@x", Time(at as i64)).unwrap();
        }
        let refused = limits.count(Deed::Mail, "a@x", Time(100)).unwrap_err();
        assert_eq!((refused.kind, refused.status, refused.retry_after), ("rateLimited", 429, Some(seconds - 100)));
        limits.count(Deed::Mail, "b@x", Time(100)).unwrap();
        limits.count(Deed::Mail, "a@x", Time(seconds)).unwrap();
        assert!(limits.count(Deed::Mail, "a@x", Time(seconds)).is_err());
    }
}
