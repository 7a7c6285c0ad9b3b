//! The program from outside: a module for each verb.

mod cert;
mod completions;
mod exit;
mod help;
mod id;
mod man;
mod policy_show;
mod support;
