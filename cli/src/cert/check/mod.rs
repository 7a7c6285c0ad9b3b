//! `sealpost cert check`.

mod advice;
mod evidence;
mod options;
mod report;

use directory::{InDoubt, Inquiry, inquire};
use trust::{PathProfile, Purpose, Request};
use wire::oids;

pub use self::options::Check;

use self::evidence::AtHand;
use self::options::{For, Rules};
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::{output, policy, store};

impl Check {
    /// Judges.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open_if_there(global)?;
        let policy = policy::load(global)?;
        let at_hand = match AtHand::read(&self, directory.as_ref()) {
            Err(failure) if failure.exit() == Exit::NoSignature && global.json => {
                output::text(global, &report::malformed(failure.message().unwrap_or_default()))?;
                return Err(Failure::told(Exit::NoSignature));
            }
            other => other?,
        };
        let gatherer = self.fetching.gatherer(global, &policy)?.insisting();
        let request = self.request();
        let inquiry = Inquiry {
            leaf: &at_hand.leaf,
            request: &request,
            pool: &at_hand.pool,
            anchors: &at_hand.anchors,
            distrusted: &at_hand.distrusted,
            evidence: at_hand.evidence.clone(),
            policy: &policy,
            now: global.now(),
            how: policy.revocation().check,
            doubt: self.doubt(),
        };
        let answer = inquire(&inquiry, directory.as_ref(), &gatherer);
        let notes = gatherer.notes();
        let report = report::Report::new(&self, &at_hand, &answer, &notes);
        let text = if global.json { report.json() } else { report.words(global.verbose) };
        output::text(global, &text)?;
        if answer.path.is_ok() { Ok(()) } else { Err(Failure::told(Exit::NoSignature)) }
    }

    fn request(&self) -> Request {
        let mut request = Request::new(if self.purpose == For::Mail { Purpose::Mail } else { Purpose::Any });
        request.profile = if self.profile == Rules::SmimeBr { PathProfile::SmimeBr } else { PathProfile::Pkix };
        request.address = self.address.clone();
        let any = self.policy.is_empty() || self.policy.contains(&oids::ANY_POLICY);
        request.policies = (!any).then(|| self.policy.clone());
        request.explicit_policy = self.explicit_policy;
        request.inhibit_any_policy = self.inhibit_any_policy;
        request.inhibit_policy_mapping = self.inhibit_policy_mapping;
        request
    }

    fn doubt(&self) -> Option<InDoubt> {
        match (self.no_revocation, self.crl.is_empty()) {
            (true, _) => None,
            (false, false) => Some(InDoubt::Refused),
            (false, true) => Some(InDoubt::RefusedIfItCouldBeAsked),
        }
    }
}
