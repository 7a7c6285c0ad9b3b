//! Which resource a request is for, and what every answer has in common.

use super::problem::Problem;
use super::server::{Answer, Context, Server};
use super::{account, certificate, challenge, order};
use crate::http::{HttpAnswer, HttpRequest};

impl Server {
    /// Answers a request.
    pub fn handle(&mut self, request: &HttpRequest, context: &mut Context<'_>) -> Answer {
        let posted = request.method == "POST";
        let mut answer = match self.route(request, context) {
            Ok(answer) => answer,
            Err(problem) => refused(&problem),
        };
        let has_nonce = answer.http.headers.iter().any(|(name, _)| *name == "Replay-Nonce");
        if posted && !has_nonce {
            match self.nonces.make(context.random) {
                Ok(nonce) => answer = answer.with("Replay-Nonce", nonce),
                Err(problem) => answer = refused(&problem),
            }
        }
        let index = format!("<{}>;rel=\"index\"", self.url("directory"));
        answer.with("Link", index).with("Cache-Control", "no-store")
    }

    fn route(&mut self, request: &HttpRequest, context: &mut Context<'_>) -> Result<Answer, Problem> {
        let resource = self.resource(&request.path).ok_or_else(Problem::not_found)?.to_owned();
        match (request.method.as_str(), resource.as_str()) {
            ("GET" | "HEAD", "directory") => return Ok(Answer::json(200, &self.directory())),
            ("GET" | "HEAD", "new-nonce") => {
                // Section 7.2: 200 for HEAD, 204 for GET.
                let status = if request.method == "HEAD" { 200 } else { 204 };
                let nonce = self.nonces.make(context.random)?;
                return Ok(Answer::empty(status).with("Replay-Nonce", nonce));
            }
            ("POST", _) => {}
            _ => return Err(Problem::new(405, "malformed", "this resource is asked by POST (RFC 8555 section 6.3)")),
        }
        let signed = self.signed(request, &resource, context)?;
        match resource.split_once('/') {
            None => match resource.as_str() {
                "new-account" => account::create(self, &signed, context),
                "new-order" => order::create(self, &signed, context),
                "revoke-cert" => certificate::revoke(self, &signed, context),
                "key-change" => account::change_key(self, &signed, context),
                _ => Err(Problem::not_found()),
            },
            Some(("acct", id)) => match id.split_once('/') {
                None => account::update(self, id, &signed, context),
                Some((id, "orders")) => account::orders(self, id, &signed, context),
                Some(_) => Err(Problem::not_found()),
            },
            Some(("order", id)) => match id.split_once('/') {
                None => order::show(self, id, &signed, context),
                Some((id, "finalize")) => order::finalize(self, id, &signed, context),
                Some(_) => Err(Problem::not_found()),
            },
            Some(("authz", id)) => challenge::authorization(self, id, &signed, context),
            Some(("chall", id)) => challenge::respond(self, id, &signed, context),
            Some(("cert", id)) => certificate::download(id, &signed, context),
            Some(_) => Err(Problem::not_found()),
        }
    }
}

fn refused(problem: &Problem) -> Answer {
    let body = serde_json::to_vec_pretty(&problem.document()).unwrap_or_default();
    let mut answer = Answer::of(HttpAnswer::new(problem.status, "application/problem+json", body));
    if let Some(seconds) = problem.retry_after {
        answer = answer.with("Retry-After", seconds.to_string());
    }
    match &problem.location {
        Some(location) => answer.with("Location", location.as_str()),
        None => answer,
    }
}
