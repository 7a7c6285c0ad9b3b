//! Whether one is cleared for what a signer labels (RFC 2634 §3.1.2, §3.4.2).

use std::fmt;

use cms::{SecurityLabel, Services};
use trust::{Address, Clearance, NotCleared};

/// Why what is labelled is not for whoever reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LabelObstacle {
    /// No clearance is for the label's policy, and nobody who is trusted with that translates it into one that is.
    UnknownPolicy(Box<SecurityLabel>),
    /// The label is beyond the clearance for its policy.
    Beyond(Box<SecurityLabel>, NotCleared),
    /// There is a label, and it cannot be read.
    Unreadable,
}

/// Compares what a signer says, whose signature holds, with the clearances. `signer` are the addresses of a signer whose
/// certificate is trusted: only such a one may translate labels.
pub(crate) fn check(services: &Services, clearances: &[Clearance], signer: &[Address]) -> Result<(), LabelObstacle> {
    if services.unreadable.contains(&"securityLabel") {
        return Err(LabelObstacle::Unreadable);
    }
    if let Some(label) = &services.label
        && let Some(answer) = by_policy(label, clearances.iter())
    {
        return answer; // a policy that is understood leaves nothing to translate
    }
    // The policies of all labels of a signer are different ones (RFC 2634 §3.4.1); Services sees to those among the
    // equivalent labels.
    let twice = |own: &SecurityLabel| services.equivalent.iter().any(|other| other.policy == own.policy);
    let translated = if services.label.as_ref().is_some_and(twice) { &[][..] } else { &services.equivalent };
    let trusted = clearances.iter().filter(|clearance| {
        clearance.translators.iter().any(|translator| signer.iter().any(|own| own.same_mailbox(translator)))
    });
    let found = translated.iter().find_map(|label| by_policy(label, trusted.clone()));
    match (found, &services.label) {
        (Some(answer), _) => answer,
        (None, Some(label)) => Err(LabelObstacle::UnknownPolicy(Box::new(label.clone()))),
        (None, None) => Ok(()),
    }
}

/// What the clearances for the label's policy say; `None` where there is none.
fn by_policy<'c>(
    label: &SecurityLabel,
    clearances: impl Iterator<Item = &'c Clearance>,
) -> Option<Result<(), LabelObstacle>> {
    let mut answer = None;
    for clearance in clearances.filter(|clearance| clearance.policy == label.policy) {
        match clearance.permits(label.classification, &label.categories) {
            Ok(()) => return Some(Ok(())),
            Err(why) => answer = Some(Err(LabelObstacle::Beyond(Box::new(label.clone()), why))),
        }
    }
    answer
}

/// A label in words.
pub(crate) fn words(label: &SecurityLabel) -> String {
    let classification = label.classification_name().unwrap_or_else(|| "without a classification".to_owned());
    let mark = label.privacy_mark.as_ref().map_or_else(String::new, |mark| format!(" \"{mark}\""));
    format!("{classification}{mark} by policy {}", label.policy)
}

/// Goes on from a sentence that begins with who says so.
impl fmt::Display for LabelObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabelObstacle::UnknownPolicy(label) => write!(f, "labels it {}, which no clearance is for", words(label)),
            LabelObstacle::Beyond(label, why) => write!(f, "labels it {}: {why}", words(label)),
            LabelObstacle::Unreadable => f.write_str("labels it in a way that cannot be read"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(policy: &str, classification: u64) -> SecurityLabel {
        let policy = policy.parse().unwrap();
        SecurityLabel { policy, classification: Some(classification), privacy_mark: None, categories: Vec::new() }
    }

    fn says(own: Option<SecurityLabel>, equivalent: &[SecurityLabel]) -> Services {
        Services { label: own, equivalent: equivalent.to_vec(), ..Services::default() }
    }

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    /// Cleared for 1.2.3 up to confidential, into which the guard translates.
    fn clearances() -> Vec<Clearance> {
        let own: Clearance = "1.2.3=confidential".parse().unwrap();
        vec![Clearance { translators: vec![address("guard@example.org")], ..own }]
    }

    #[test]
    fn ess_04_a_label_is_understood_or_it_stops() {
        let check = |services: Services| super::check(&services, &clearances(), &[]);
        assert_eq!(check(says(None, &[])), Ok(()));
        assert_eq!(check(says(Some(label("1.2.3", 3)), &[])), Ok(()));
        let beyond = label("1.2.3", 4);
        let why = NotCleared::Classification;
        assert_eq!(check(says(Some(beyond.clone()), &[])), Err(LabelObstacle::Beyond(Box::new(beyond), why)));
        let unknown = label("1.2.4", 0);
        assert_eq!(check(says(Some(unknown.clone()), &[])), Err(LabelObstacle::UnknownPolicy(Box::new(unknown))));
        let unreadable = Services { unreadable: vec!["securityLabel"], ..Services::default() };
        assert_eq!(check(unreadable), Err(LabelObstacle::Unreadable));
        // Of two clearances for one policy the wider one counts.
        let both = [clearances(), vec!["1.2.3=secret".parse().unwrap()]].concat();
        assert_eq!(super::check(&says(Some(label("1.2.3", 4)), &[]), &both, &[]), Ok(()));
    }

    #[test]
    fn ess_04_labels_are_translated_by_whom_one_trusts_with_it() {
        let guard = [address("guard@example.org")];
        let check = |services: &Services, signer: &[Address]| super::check(services, &clearances(), signer);
        let foreign = label("1.2.4", 9);
        let translated = says(Some(foreign.clone()), &[label("1.2.5", 9), label("1.2.3", 2)]);
        assert_eq!(check(&translated, &guard), Ok(()));
        for other in [&[][..], &[address("mallory@example.org")]] {
            assert_eq!(check(&translated, other), Err(LabelObstacle::UnknownPolicy(Box::new(foreign.clone()))));
        }
        let beyond = label("1.2.3", 4);
        let too_high = says(Some(foreign.clone()), std::slice::from_ref(&beyond));
        assert_eq!(
            check(&too_high, &guard),
            Err(LabelObstacle::Beyond(Box::new(beyond.clone()), NotCleared::Classification))
        );
        // A policy that is understood leaves nothing to translate (RFC 2634 §3.4.2).
        let own = says(Some(beyond.clone()), &[label("1.2.3", 0)]);
        assert_eq!(
            check(&own, &guard),
            Err(LabelObstacle::Beyond(Box::new(beyond.clone()), NotCleared::Classification))
        );
        assert_eq!(check(&says(Some(label("1.2.3", 1)), std::slice::from_ref(&beyond)), &guard), Ok(()));
        // Policies are different ones in the whole set (RFC 2634 §3.4.1).
        let twice = says(Some(foreign.clone()), &[label("1.2.4", 0), label("1.2.3", 0)]);
        assert_eq!(check(&twice, &guard), Err(LabelObstacle::UnknownPolicy(Box::new(foreign))));
        // Without a label of its own (RFC 2634 §3.4.1).
        let alone = says(None, std::slice::from_ref(&beyond));
        assert_eq!(check(&alone, &guard), Err(LabelObstacle::Beyond(Box::new(beyond), NotCleared::Classification)));
        assert_eq!(check(&alone, &[]), Ok(()), "nobody is believed who is not trusted with it");
    }
}
