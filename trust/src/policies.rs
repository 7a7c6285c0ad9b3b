//! Certificate policies along a path: the graph of RFC 9618, which replaces the tree of RFC 5280 section 6.1.
//!
//! A policy is one node at each depth, however many of the policies above lead to it, so that the graph grows with
//! the certificates and not with the number of ways through them. Qualifiers are for people and are not kept.

use std::collections::{BTreeMap, BTreeSet};

use wire::{Certificate, Oid, oids};

use crate::path_error::{PathError, PolicyFault};
use crate::request::Request;

/// The user-constrained-policy-set of a path (RFC 9618 section 5.3): the policies that it is valid for, or anyPolicy
/// where nothing narrows them. `path` begins below the anchor and ends with the leaf; `work` is the number of nodes
/// and edges that may still be made.
pub(crate) fn constrained(
    path: &[&Certificate],
    request: &Request,
    work: &mut usize,
) -> Result<BTreeSet<Oid>, PathError> {
    let mut state = State::new(path.len(), request);
    let mut graph = Graph::new();
    for (at, certificate) in path.iter().enumerate() {
        let last = at + 1 == path.len();
        state.take_policies(&mut graph, certificate, last, work)?;
        if !last {
            state.prepare_next(&mut graph, certificate, work)?;
        }
    }
    if let Some(leaf) = path.last() {
        state.wrap_up(leaf);
    }
    let set = user_constrained(graph.authority_constrained(), request.policies.as_deref());
    match path.last() {
        Some(leaf) if state.explicit == 0 && set.is_empty() => Err(fault(leaf, PolicyFault::NoneAcceptable)),
        _ => Ok(set),
    }
}

/// The counters of RFC 5280 section 6.1.2 (d), (e), (f).
struct State {
    explicit: usize,
    inhibit_any: usize,
    mapping: usize,
}

impl State {
    fn new(length: usize, request: &Request) -> State {
        let unless = |set: bool| if set { 0 } else { length + 1 };
        State {
            explicit: unless(request.explicit_policy),
            inhibit_any: unless(request.inhibit_any_policy),
            mapping: unless(request.inhibit_policy_mapping),
        }
    }

    /// RFC 5280 section 6.1.3 (d), (e), (f).
    fn take_policies(
        &mut self,
        graph: &mut Graph,
        certificate: &Certificate,
        last: bool,
        work: &mut usize,
    ) -> Result<(), PathError> {
        let policies = certificate.policies();
        let distinct: BTreeSet<Oid> = policies.iter().copied().collect();
        if distinct.len() != policies.len() {
            return Err(fault(certificate, PolicyFault::Repeated));
        }
        let strange = |(policy, qualifier): &(Oid, Oid)| {
            *policy == oids::ANY_POLICY && ![oids::QUALIFIER_CPS, oids::QUALIFIER_NOTICE].contains(qualifier)
        };
        if certificate.policy_qualifiers().iter().any(strange) {
            return Err(fault(certificate, PolicyFault::QualifiesAny));
        }
        let any = self.inhibit_any > 0 || (!last && is_self_issued(certificate));
        graph.descend(&distinct, any && distinct.contains(&oids::ANY_POLICY), work)?;
        if self.explicit == 0 && graph.is_null() {
            return Err(fault(certificate, PolicyFault::NoneAcceptable));
        }
        Ok(())
    }

    /// RFC 5280 section 6.1.4 (a), (b), (h), (i), (j).
    fn prepare_next(
        &mut self,
        graph: &mut Graph,
        certificate: &Certificate,
        work: &mut usize,
    ) -> Result<(), PathError> {
        let mut mappings: BTreeMap<Oid, BTreeSet<Oid>> = BTreeMap::new();
        for (issuer, subject) in certificate.policy_mappings() {
            if [issuer, subject].contains(&&oids::ANY_POLICY) {
                return Err(fault(certificate, PolicyFault::MapsAny));
            }
            spend(work, 1)?;
            mappings.entry(*issuer).or_default().insert(*subject);
        }
        if self.mapping > 0 {
            graph.map(mappings, work)?
        } else {
            graph.remove(&mappings)
        }
        if !is_self_issued(certificate) {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
        let constraints = certificate.policy_constraints().unwrap_or_default();
        lower(&mut self.explicit, constraints.require_explicit);
        lower(&mut self.mapping, constraints.inhibit_mapping);
        lower(&mut self.inhibit_any, certificate.inhibit_any_policy());
        Ok(())
    }

    /// RFC 5280 section 6.1.5 (a), (b).
    fn wrap_up(&mut self, leaf: &Certificate) {
        self.explicit = self.explicit.saturating_sub(1);
        if leaf.policy_constraints().is_some_and(|c| c.require_explicit == Some(0)) {
            self.explicit = 0;
        }
    }
}

/// valid_policy_graph. It is NULL once its deepest level is empty: then pruning would leave nothing.
struct Graph {
    levels: Vec<Vec<Node>>,
}

struct Node {
    /// valid_policy.
    policy: Oid,
    /// expected_policy_set where it is not the policy alone.
    mapped: Option<BTreeSet<Oid>>,
    /// Where its parents stand in the level above.
    parents: Vec<usize>,
}

impl Graph {
    fn new() -> Graph {
        Graph { levels: vec![vec![Node { policy: oids::ANY_POLICY, mapped: None, parents: Vec::new() }]] }
    }

    fn is_null(&self) -> bool {
        self.deepest().is_empty()
    }

    fn deepest(&self) -> &[Node] {
        self.levels.last().map_or(&[], Vec::as_slice)
    }

    /// The next level. Nodes above it that have no child are left, since nothing looks at them again.
    fn descend(&mut self, policies: &BTreeSet<Oid>, any: bool, work: &mut usize) -> Result<(), PathError> {
        let above = self.deepest();
        let mut expecting: BTreeMap<Oid, Vec<usize>> = BTreeMap::new();
        let mut any_above = None;
        for (at, node) in above.iter().enumerate() {
            if node.policy == oids::ANY_POLICY {
                any_above = Some(at);
            }
            match &node.mapped {
                Some(mapped) => mapped.iter().for_each(|policy| expecting.entry(*policy).or_default().push(at)),
                None => expecting.entry(node.policy).or_default().push(at),
            }
        }
        let mut level = Vec::new();
        for policy in policies.iter().filter(|p| **p != oids::ANY_POLICY) {
            let parents = expecting.remove(policy).or(any_above.map(|at| vec![at]));
            if let Some(parents) = parents {
                spend(work, 1 + parents.len())?;
                level.push(Node { policy: *policy, mapped: None, parents });
            }
        }
        if any {
            for (policy, parents) in expecting {
                spend(work, 1 + parents.len())?;
                level.push(Node { policy, mapped: None, parents });
            }
        }
        self.levels.push(level);
        Ok(())
    }

    /// RFC 9618 section 5.2 (b) (1), (2).
    fn map(&mut self, mappings: BTreeMap<Oid, BTreeSet<Oid>>, work: &mut usize) -> Result<(), PathError> {
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        let known: BTreeMap<Oid, usize> = level.iter().enumerate().map(|(at, node)| (node.policy, at)).collect();
        for (policy, subjects) in mappings {
            spend(work, subjects.len())?;
            if let Some(node) = known.get(&policy).and_then(|at| level.get_mut(*at)) {
                node.mapped = Some(subjects);
            } else if let Some(any) = known.get(&oids::ANY_POLICY).and_then(|at| level.get(*at)) {
                // The parent of anyPolicy is anyPolicy and nothing else.
                let parents = any.parents.clone();
                level.push(Node { policy, mapped: Some(subjects), parents });
            }
        }
        Ok(())
    }

    /// RFC 9618 section 5.2 (b) (3).
    fn remove(&mut self, mappings: &BTreeMap<Oid, BTreeSet<Oid>>) {
        if let Some(level) = self.levels.last_mut() {
            level.retain(|node| !mappings.contains_key(&node.policy));
        }
    }

    /// RFC 9618 section 5.3 (g): the policies that begin below anyPolicy and lead to the leaf. Walking up from the
    /// leaf's level leaves out what pruning would have taken away.
    fn authority_constrained(&self) -> BTreeSet<Oid> {
        let mut set = BTreeSet::new();
        let mut alive: BTreeSet<usize> = (0..self.deepest().len()).collect();
        if self.deepest().iter().any(|node| node.policy == oids::ANY_POLICY) {
            set.insert(oids::ANY_POLICY);
        }
        for (level, above) in self.levels.iter().zip(self.levels.iter().skip(1)).map(|(above, l)| (l, above)).rev() {
            let mut parents = BTreeSet::new();
            for node in alive.iter().filter_map(|at| level.get(*at)) {
                let below_any = |at: &usize| above.get(*at).is_some_and(|n| n.policy == oids::ANY_POLICY);
                if node.policy != oids::ANY_POLICY && node.parents.iter().all(below_any) {
                    set.insert(node.policy);
                }
                parents.extend(&node.parents);
            }
            alive = parents;
        }
        set
    }
}

fn user_constrained(authority: BTreeSet<Oid>, initial: Option<&[Oid]>) -> BTreeSet<Oid> {
    match initial {
        Some(initial) if !initial.contains(&oids::ANY_POLICY) => {
            let every = authority.contains(&oids::ANY_POLICY);
            initial.iter().filter(|policy| every || authority.contains(*policy)).copied().collect()
        }
        _ => authority,
    }
}

fn lower(counter: &mut usize, skip_certs: Option<u32>) {
    if let Some(limit) = skip_certs.and_then(|skip| usize::try_from(skip).ok()) {
        *counter = (*counter).min(limit);
    }
}

/// Self-issued as RFC 5280 section 6.1 has it: the same name twice, whoever's key signed.
pub(crate) fn is_self_issued(certificate: &Certificate) -> bool {
    certificate.subject().matches(certificate.issuer())
}

fn spend(work: &mut usize, amount: usize) -> Result<(), PathError> {
    *work = work.checked_sub(amount).ok_or(PathError::Budget)?;
    Ok(())
}

fn fault(certificate: &Certificate, fault: PolicyFault) -> PathError {
    PathError::Policy { fault, which: certificate.subject().to_string() }
}
