//! Name constraints (RFC 5280 section 4.2.1.10, RFC 9549 section 2.4, RFC 9598 section 6): on mail names, directory names,
//! and by hosts.rs on names, URIs and addresses of hosts.
//!
//! Whatever cannot be processed for sure is refused: another kind of name that is both constrained and present,
//! a malformed name under a constraint, a malformed constraint.

use wire::x509::{GeneralName, GeneralSubtree, NameConstraints};
use wire::{Certificate, Name, oids};

use crate::hosts::{dns_lies_in, ip_lies_in, uri_lies_in};
use crate::mailbox::{Address, international_mailbox, is_host_name};

/// Whether the names of a certificate lie where an authority above it allows. `work` is the number of comparisons
/// that are left; when it runs out, the answer is no.
pub(crate) fn permits(constraints: &NameConstraints, certificate: &Certificate, work: &mut usize) -> bool {
    names_of(certificate).iter().all(|name| permits_name(constraints, name, work))
}

/// A name of a certificate, of the kinds that are told apart here.
enum Constrained<'a> {
    Mailbox(Address),
    Directory(&'a Name),
    /// A mail name that is no address: refused under any constraint on mail names.
    BadMailbox,
    /// A name, URI or address of a host, or a kind that is not processed.
    Other(&'a GeneralName),
}

fn names_of(certificate: &Certificate) -> Vec<Constrained<'_>> {
    let mut names = Vec::new();
    let mut has_mailbox = false;
    if !certificate.subject().is_empty() {
        names.push(Constrained::Directory(certificate.subject()));
    }
    for name in certificate.subject_alt_names() {
        let mailbox = |address: Option<Address>| address.map_or(Constrained::BadMailbox, Constrained::Mailbox);
        names.push(match name {
            GeneralName::Rfc822(text) => mailbox(Address::parse(text).ok()),
            GeneralName::SmtpUtf8(text) => mailbox(international_mailbox(text)),
            GeneralName::Directory(name) => Constrained::Directory(name),
            other => Constrained::Other(other),
        });
        has_mailbox |= matches!(name, GeneralName::Rfc822(_) | GeneralName::SmtpUtf8(_));
    }
    if !has_mailbox {
        for attribute in certificate.subject().attributes().filter(|a| a.oid == oids::EMAIL_ADDRESS) {
            let address = Address::parse(&attribute.text).ok();
            names.push(address.map_or(Constrained::BadMailbox, Constrained::Mailbox));
        }
    }
    names
}

fn permits_name(constraints: &NameConstraints, name: &Constrained<'_>, work: &mut usize) -> bool {
    let mut constrained = false;
    let mut inside = false;
    for subtree in constraints.permitted.iter().filter(|s| speaks_of(&s.base, name)) {
        if !take(work) {
            return false;
        }
        constrained = true;
        inside |= is_processable(subtree) && lies_in(name, &subtree.base, false) == Some(true);
    }
    if constrained && !inside {
        return false;
    }
    for subtree in constraints.excluded.iter().filter(|s| speaks_of(&s.base, name)) {
        if !take(work) || !is_processable(subtree) || lies_in(name, &subtree.base, true) != Some(false) {
            return false;
        }
    }
    true
}

fn take(work: &mut usize) -> bool {
    *work = work.saturating_sub(1);
    *work > 0
}

/// minimum and maximum are not used with any name form of this profile.
fn is_processable(subtree: &GeneralSubtree) -> bool {
    subtree.minimum == 0 && subtree.maximum.is_none()
}

fn speaks_of(base: &GeneralName, name: &Constrained<'_>) -> bool {
    match (base, name) {
        (GeneralName::Rfc822(_), Constrained::Mailbox(_) | Constrained::BadMailbox) => true,
        (GeneralName::Directory(_), Constrained::Directory(_)) => true,
        (GeneralName::Other { oid: a, .. }, Constrained::Other(GeneralName::Other { oid: b, .. })) => a == b,
        // RFC 9598 section 6 has no such constraints: they cannot be processed.
        (GeneralName::SmtpUtf8(_), Constrained::Mailbox(address)) => !address.is_ascii(),
        (GeneralName::Unparsed { tag: a, .. }, Constrained::Other(GeneralName::Unparsed { tag: b, .. })) => a == b,
        // A text of a foreign alphabet was meant for one of the kinds; which one is its tag.
        (GeneralName::Unparsed { tag: 1, .. }, Constrained::Mailbox(_) | Constrained::BadMailbox) => true,
        (GeneralName::Unparsed { tag: 2, .. }, Constrained::Other(GeneralName::Dns(_))) => true,
        (GeneralName::Unparsed { tag: 6, .. }, Constrained::Other(GeneralName::Uri(_))) => true,
        (base, Constrained::Other(GeneralName::Unparsed { tag, .. })) => text_tag(base) == Some(*tag),
        (GeneralName::Dns(_), Constrained::Other(GeneralName::Dns(_))) => true,
        (GeneralName::Uri(_), Constrained::Other(GeneralName::Uri(_))) => true,
        (GeneralName::Ip(_), Constrained::Other(GeneralName::Ip(_))) => true,
        _ => false,
    }
}

fn text_tag(base: &GeneralName) -> Option<u8> {
    match base {
        GeneralName::Rfc822(_) => Some(1),
        GeneralName::Dns(_) => Some(2),
        GeneralName::Uri(_) => Some(6),
        _ => None,
    }
}

/// Whether a name lies in a subtree; `None` where that cannot be said. A single mailbox is permitted in its exact
/// spelling and excluded in any letter case.
fn lies_in(name: &Constrained<'_>, base: &GeneralName, excluding: bool) -> Option<bool> {
    match (name, base) {
        (Constrained::Mailbox(address), GeneralName::Rfc822(base)) => mailbox_lies_in(address, base, excluding),
        (Constrained::Directory(name), GeneralName::Directory(base)) => Some(name.starts_with(base)),
        (Constrained::Other(GeneralName::Dns(name)), GeneralName::Dns(base)) => dns_lies_in(name, base, excluding),
        (Constrained::Other(GeneralName::Uri(uri)), GeneralName::Uri(base)) => uri_lies_in(uri, base),
        (Constrained::Other(GeneralName::Ip(address)), GeneralName::Ip(base)) => ip_lies_in(address, base),
        _ => None,
    }
}

fn mailbox_lies_in(address: &Address, base: &str, excluding: bool) -> Option<bool> {
    if base.is_empty() {
        return Some(true);
    }
    if base.contains('@') {
        let base = Address::parse(base).ok()?;
        return Some(base.same_mailbox(address) && (excluding || base.local() == address.local()));
    }
    let (sub_hosts, host) = match base.strip_prefix('.') {
        Some(host) => (true, host),
        None => (false, base),
    };
    if !is_host_name(host) {
        return None;
    }
    if !sub_hosts {
        return Some(address.domain().eq_ignore_ascii_case(host));
    }
    let (domain, base) = (address.domain().to_ascii_lowercase(), base.to_ascii_lowercase());
    Some(domain.ends_with(&base))
}
